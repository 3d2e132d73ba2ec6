"""Schema editor whose statements never make others wait for long."""

from typing import Self

from django.conf import settings
from django.db.backends.postgresql import schema
from django.db.models import Index, Model


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django's editor with a lock_timeout.

    A statement that waits for a lock lets every later statement on the table wait behind it: the request form too. So a
    migration gives up early, changes nothing, and is run again.
    """

    def __enter__(self) -> Self:
        editor = super().__enter__()
        if self.atomic_migration and not self.collect_sql:
            milliseconds = settings.MIGRATION_LOCK_SECONDS * 1000
            self.execute(f"SET LOCAL lock_timeout = {milliseconds:d}", None)
        return editor

    def add_index(self, model: type[Model], index: Index, concurrently: bool = False) -> None:
        """Build an index. A concurrent build replaces the invalid one that an interrupted build leaves."""
        if concurrently:
            self.remove_index(model, index, concurrently=True)  # if it exists
        super().add_index(model, index, concurrently=concurrently)
