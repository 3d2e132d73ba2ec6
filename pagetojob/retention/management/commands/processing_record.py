"""`manage.py processing_record`: print the record of processing activities as Markdown."""

from typing import Any

from django.core.management.base import BaseCommand

from pagetojob.retention.processing import document


class Command(BaseCommand):
    help = "Print the record of processing activities, generated from the models, as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(document(), ending="")
