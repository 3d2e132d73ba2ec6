"""`manage.py load_readiness`: load the pack's texts from readiness/content/ into the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from readiness.errors import ContentError
from readiness.services.content import CONTENT_FOLDER
from readiness.services.load import load_pack


class Command(BaseCommand):
    help = (
        "Create missing rows of the readiness pack, and update the texts of rows that staff have not edited. Edited "
        "rows are never changed; they are listed if the pack has a different text."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--content", type=Path, default=CONTENT_FOLDER, help="Folder of content files.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_pack(options["content"])
        except ContentError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Readiness pack: {loaded}")
