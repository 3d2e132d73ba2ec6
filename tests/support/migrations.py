"""Which migrations let the released version keep running while they are applied, and after it.

An update replaces processes one by one, so the earlier version works on the new schema for a while (expand). What it
uses is removed one release later (contract). And no statement may hold a lock that visitors wait for.
`python -m tests.support.migrations` records today's migrations as those of the release. Run it for a release only:
migrations that it lists are no longer checked.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import django
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, models
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from manage import settings_for_files
from pagetojob.platform.postgresql.operations import CreateModels, Together

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests" / "architecture" / "released_migrations.txt"
APPS = ("pagetojob", "readiness", "syncqueue", "drift", "attribution")

_REMOVALS = (ops.RemoveField, ops.DeleteModel, ops.RenameField, ops.RenameModel, ops.AlterModelTable)
_REMOVING_SQL = re.compile(
    r"\b(?:DROP\s+(?:TABLE|COLUMN|VIEW|FUNCTION|PROCEDURE)|RENAME\s+(?:TO|COLUMN))\b", re.IGNORECASE
)
_LOCKING_SQL = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)|\bSET\s+NOT\s+NULL\b|\bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b"
    r"|\bADD\s+(?:CONSTRAINT\s+\w+\s+)?(?:CHECK|UNIQUE|FOREIGN\s+KEY)\b(?!.*\bNOT\s+VALID\b)",
    re.IGNORECASE | re.DOTALL,
)


def disk_migrations() -> MigrationLoader:
    """Return all migrations of the repository. Reads no database."""
    return MigrationLoader(None)


def names(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return our migrations, each with its app."""
    ours = {key for key, migration in loader.disk_migrations.items() if type(migration).__module__.startswith(APPS)}
    return sorted(ours)


def released() -> set[str]:
    """Return the migrations of the last release, as `app.name`."""
    return set(RECORDING.read_text(encoding="utf-8").split())


def problems(migration: Migration, before: Any) -> list[str]:
    """Return why a migration may stop the released version or its visitors. `before` is the state it starts from.

    A migration may say that it is a contraction: `contracts = "v0.2: no longer reads the column"` names the release
    that stopped using what it removes. `locks_briefly = "why"` says that a table it locks has few rows.
    """
    new: set[str] = set()
    removals, locks = [], []
    for step in _flat(migration.operations):
        if isinstance(step, ops.CreateModel):
            new.add(step.name.lower())
        model = (getattr(step, "model_name", "") or getattr(step, "name", "") or "").lower()
        if model in new:
            continue
        removals += _removals(step, migration.app_label, before)
        locks += _locks(step, migration.app_label, before)
        if not migration.atomic and isinstance(step, (AddConstraintNotValid, ops.RemoveConstraint)):
            # Interrupted, it could not be run again; and a migration that is not atomic waits for locks without end.
            locks.append(f"{step.describe()}: use a migration that is atomic")
    return ([] if getattr(migration, "contracts", "") else removals) + (
        [] if getattr(migration, "locks_briefly", "") else locks
    )


def _flat(steps: Sequence[Operation]) -> Iterator[Operation]:
    for step in steps:
        if isinstance(step, CreateModels):
            yield from _flat(step.models)
        elif isinstance(step, Together):
            yield from _flat(step.operations)
        elif isinstance(step, ops.SeparateDatabaseAndState):
            yield from _flat(step.database_operations)
        else:
            yield step


def _removals(step: Operation, app: str, before: Any) -> list[str]:
    """Return what the released version would miss, or could not write."""
    if isinstance(step, _REMOVALS):
        return [f"{step.describe()}: the released version still uses it"]
    if isinstance(step, ops.RunSQL) and (match := _REMOVING_SQL.search(_sql(step))):
        return [f"{match[0]}: the released version may still use it"]
    if isinstance(step, ops.AddField) and _is_required(step.field):
        return [f"{step.describe()}: the released version inserts rows without it; give it a db_default"]
    if isinstance(step, ops.AlterField) and _is_required(step.field):
        old = _field(step, app, before)
        if old is not None and old.null:
            return [f"{step.describe()}: the released version still stores NULL"]
    return []


def _locks(step: Operation, app: str, before: Any) -> list[str]:
    """Return what would lock a table while it is read or rewritten."""
    if isinstance(step, ops.AddIndex) and not isinstance(step, AddIndexConcurrently):
        return [f"{step.describe()}: use AddIndexConcurrently, in a migration that is not atomic"]
    if isinstance(step, ops.AddConstraint) and not isinstance(step, AddConstraintNotValid):
        return [f"{step.describe()}: use AddConstraintNotValid, and validate it in the next migration"]
    if isinstance(step, ops.RunSQL) and (match := _LOCKING_SQL.search(_sql(step))):
        return [f"{match[0]}: it locks the table while it reads it"]
    if isinstance(step, ops.AlterField):
        old = _field(step, app, before)
        if old is not None and _is_rewritten(old, step.field):
            return [f"{step.describe()}: it rewrites the table"]
    return []


def _is_required(field: models.Field) -> bool:
    return not (field.null or field.many_to_many or field.has_db_default() or field.generated)


def _field(step: ops.AlterField, app: str, before: Any) -> models.Field | None:
    state = before.models.get((app, step.model_name_lower))
    return state.fields.get(step.name) if state else None


def _is_rewritten(old: models.Field, new: models.Field) -> bool:
    """Return whether the type changes, other than to a longer text."""
    if isinstance(old, models.ForeignKey) or isinstance(new, models.ForeignKey):
        return False
    if isinstance(old, models.CharField) and isinstance(new, models.CharField | models.TextField):
        return new.max_length is not None and (old.max_length is None or new.max_length < old.max_length)
    return old.db_type(connection) != new.db_type(connection)


def _sql(step: ops.RunSQL) -> str:
    parts = step.sql if isinstance(step.sql, list | tuple) else [step.sql]
    return ";\n".join(part if isinstance(part, str) else str(part[0]) for part in parts)


def main() -> None:
    """Record today's migrations as those of the release. Connects to nothing."""
    os.environ |= settings_for_files() | {"DJANGO_SETTINGS_MODULE": "pagetojob.settings"}
    django.setup()
    lines = [f"{app}.{name}\n" for app, name in names(disk_migrations())]
    RECORDING.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
