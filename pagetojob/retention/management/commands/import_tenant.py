"""`manage.py import_tenant FILE`: import the export of a contractor into an instance without contractors."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.retention.importing import ImportRefused, import_tenant


class Command(BaseCommand):
    help = (
        "Import an export of a contractor into an instance without contractors. Set DATABASE_URL as for a migration."
        " Nothing is sent: open work waits for a person, and a live website is paused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The zip file of the export.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as source:
                imported = import_tenant(source)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read ({type(error).__name__}).") from error
        except ImportRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Imported {imported.tenant.name}: {imported.rows} rows, {imported.files} files.")
        if imported.unreadable:
            self.stdout.write(f"{imported.unreadable} files without content: the other instance could not decrypt them")
        for name, count in imported.stopped.items():
            self.stdout.write(f"{count} {name}")
