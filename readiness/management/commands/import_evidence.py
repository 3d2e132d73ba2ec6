"""`manage.py import_evidence`: import the signed results of checks."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from readiness.evidence_files import EvidenceFileRefused
from readiness.services.runs import import_file, import_folders


class Command(BaseCommand):
    help = "Import evidence files. Without FILE, those of EVIDENCE_FOLDERS, which a periodic task also does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="An evidence file; - for standard input.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["files"]:
            self.stdout.write(f"{import_folders()} imported")
        for path in options["files"]:
            try:
                run = import_file(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
            except (EvidenceFileRefused, OSError, UnicodeDecodeError) as refused:
                raise CommandError(f"{path}: {refused}") from refused
            self.stdout.write(f"{path}: {_outcome(run)}")


def _outcome(run: Any) -> str:
    if run is None:
        return "already imported"
    return f"imported from {run.place}" if run.key else "signed by an unknown place; it does not count"
