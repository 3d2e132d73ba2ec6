"""`manage.py migrate`: Django's command, with less work for the garbage collector."""

import gc
from typing import Any

from django.core.management.commands import migrate


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Leave the loaded modules out of garbage collection, which takes a second on an empty database.

        Models of past states are garbage, so the collector often reads every object of the process.
        """
        gc.freeze()
        try:
            super().handle(*args, **options)
        finally:
            gc.unfreeze()
