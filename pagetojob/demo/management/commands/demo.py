"""`manage.py demo`: run the main job step by step and show the proof of each step."""

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.demo.simulator_label import open_places
from pagetojob.demo.simulator_walk import SimulatorWalk
from pagetojob.demo.walk import StepFailed, Walk
from pagetojob.platform.tenants.models import Tenant


class Command(BaseCommand):
    help = "Run the main job against the running instance at PUBLIC_URL. Fails if a step fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stand-in",
            action="store_true",
            help="Then hand off a second request to the simulator.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if open_places():
            raise CommandError(
                "The demo is connected to the simulator, so nothing waits at a gate. Run manage.py demo_api off first."
            )
        logging.getLogger("pagetojob").setLevel(logging.WARNING)
        self.stdout.write(f"The main job, at {settings.PUBLIC_URL}\n")
        try:
            walk = (SimulatorWalk if options["stand_in"] else Walk)(settings.PUBLIC_URL)
        except Tenant.DoesNotExist as error:
            raise CommandError("There is no demo tenant. Run manage.py load_demo first.") from error
        for number, (title, step) in enumerate(walk.steps(), start=1):
            try:
                proof = step()
            except StepFailed as error:
                self.stdout.write(f"{number:2}. FAILED  {title}\n            {error}")
                raise CommandError(f"Step {number} failed; the following steps were skipped.") from error
            self.stdout.write(f"{number:2}. ok  {title}\n        {proof}")
        self.stdout.write("\nAll steps passed. Nothing was sent to ServiceTitan.")
