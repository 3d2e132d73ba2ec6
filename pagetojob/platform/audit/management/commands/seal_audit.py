"""`manage.py seal_audit`: run the audit sealer once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pagetojob.platform.audit.sealer import seal_lines


class Command(BaseCommand):
    help = "Seal the waiting lines of the audit log. Workers do this automatically every 20 seconds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--everything",
            action="store_true",
            help="Search the whole log for lines that arrived more than an hour late.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = seal_lines(everything=options["everything"], budget=float("inf"))
        self.stdout.write(f"{sealed:,} sealed.")
