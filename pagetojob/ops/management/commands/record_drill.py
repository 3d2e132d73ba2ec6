"""`manage.py record_drill restore --outcome passed`: record that a runbook was practiced."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from pagetojob.ops.models import Outcome
from pagetojob.ops.runbooks import BY_SLUG, DrillRefused, record_drill


class Command(BaseCommand):
    help = "Record that a runbook was practiced, for scripts of drills. People use the page /ops/runbooks/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("runbook", choices=list(BY_SLUG), metavar="RUNBOOK", help=", ".join(BY_SLUG))
        parser.add_argument("--outcome", required=True, choices=Outcome.values)
        parser.add_argument("--at", help="ISO 8601 with offset, when the drill ended; now if it is not given.")
        parser.add_argument("--command", default="command line", help="The script that practiced it.")
        parser.add_argument("--note", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        at = _moment(options["at"])
        try:
            drill = record_drill(options["runbook"], options["command"], at, options["outcome"], options["note"])
        except DrillRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Recorded: {drill.runbook}, {drill.outcome}, {drill.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.")


def _moment(text: str | None) -> datetime:
    if not text:
        return timezone.now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError("--at is a time with an offset, such as 2026-11-29T14:00:00+00:00.")
    return at
