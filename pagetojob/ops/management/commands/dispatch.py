"""`manage.py dispatch`: run the dispatcher."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pagetojob import dispatcher
from pagetojob.platform.postgresql.base import limit_waits
from pagetojob.platform.recovery import DatabaseOutdated


class Command(BaseCommand):
    help = "Poll for due rows four times a second and wake up the workers. Run one; running two is safe."
    # The checks import every page and its libraries: 30 MB that the dispatcher never uses.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--alive-file", type=Path, help="touched before each tick, for health checks")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        alive: Path | None = options["alive_file"]

        def should_stop() -> bool:
            if alive:
                alive.touch()
            return stop.is_set()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: stop.set())
        limit_waits(settings.DATABASE_STATEMENT_SECONDS)
        self.stdout.write("dispatching")
        try:
            dispatcher.run(should_stop)
        except DatabaseOutdated as error:
            raise CommandError(f"{error} Run manage.py resume_after_restore (docs/how-to/restore.md).") from error
