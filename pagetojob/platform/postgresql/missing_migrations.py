"""Migrations of this version that the database lacks, such as after an update without them."""

from functools import cache

from django.db import DatabaseError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

NO_DATABASE = "The database does not respond."


def missing_migrations() -> int:
    """Return how many migrations are missing. Runs one query."""
    return len(_on_disk() - _applied())


def lacks_migrations() -> bool:
    """Return whether the database responds and lacks migrations. For what to do after an error of a query."""
    try:
        return missing_migrations() > 0
    except DatabaseError:
        return False


def why_unreadable() -> str:
    """Return why the alarms could not be read, after an error of a query."""
    if lacks_migrations():
        return "The database lacks migrations of this version: run manage.py migrate."
    return NO_DATABASE


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    """Return the migrations on disk. Cached, because they do not change in a process and /readyz is public."""
    return frozenset(MigrationLoader(None).graph.nodes)


def _applied() -> set[tuple[str, str]]:
    try:
        return set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))
    except ProgrammingError:  # an empty database has no migrations table
        return set()
