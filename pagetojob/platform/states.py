"""State transitions, checked against the model's MOVES and guarded by a version.

The guard compares versions rather than states. Otherwise a worker whose lease expired could settle the attempt of the
worker that claimed the item after it. To make the database reject illegal transitions as well, add `states.guard(MOVES,
…)` to the model's triggers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pgtrigger
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Now

from pagetojob.platform.postgresql.base import prepared_cursor

from .batches import batch_of, prepared

Moves = Mapping[str, Collection[str]]


class IllegalMove(Exception):
    """Raised when the state machine does not allow the transition."""


class LostRace(Exception):
    """Raised when the row was changed concurrently; read it again before deciding."""


class Stateful(models.Model):
    """Abstract model with a version and the time of the last transition.

    Subclasses define `state` and `MOVES`.
    """

    MOVES: ClassVar[Moves]

    version = models.PositiveIntegerField(default=0, editable=False)
    state_since = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


def move[Row: Stateful](row: Row, to: str, **facts: Any) -> Row:
    """Move one row to state `to`, set `facts`, and refresh the row in memory.

    `facts` are field values or expressions. Raises IllegalMove or LostRace. One UPDATE and one SELECT.
    """
    model, old = type(row), _legal_start(row, to)
    changed = model._default_manager.filter(pk=row.pk, version=row.version, state=old).update(
        state=to, version=F("version") + 1, state_since=Now(), **facts
    )
    if not changed:
        raise LostRace(f"{model.__name__} {row.pk} was changed concurrently")
    row.refresh_from_db(fields=["state", "version", "state_since", *facts])
    return row


def _legal_start(row: Stateful, to: str) -> str:
    """Return the state of the row. Raises IllegalMove if no transition leads from it to `to`."""
    old: str = getattr(row, "state")  # noqa: B009 - each subclass brings its own `state`
    if to not in row.MOVES.get(old, ()):
        raise IllegalMove(f"{type(row).__name__}: {old} -> {to}")
    return old


def move_many[Row: Stateful](
    rows: Sequence[Row],
    to: str,
    *,
    each: Mapping[str, Sequence[Any]] | None = None,
    **facts: Any,
) -> set[int]:
    """Move many rows of one model to state `to` in one UPDATE over arrays; return the ids that moved.

    `facts` are plain values for all rows; `each` maps a field to one value per row. Rows that were changed concurrently
    are skipped and are missing from the result. Raises IllegalMove before writing anything. Does not change the rows in
    memory.
    """
    if not rows:
        return set()
    model = type(rows[0])
    for row in rows:
        _legal_start(row, to)
    varying: dict[Any, Sequence[Any]] = {}
    constant: dict[Any, Any] = {model._meta.get_field(name): value for name, value in facts.items()}
    for name, values in (each or {}).items():
        # Pass a value that is the same in all rows as a scalar: building an array of it costs more than writing it.
        if all(value == values[0] for value in values):
            constant[model._meta.get_field(name)] = values[0]
        else:
            varying[model._meta.get_field(name)] = values
    batch, arrays = batch_of([row.pk for row in rows], varying, version=[row.version for row in rows])
    quote = connection.ops.quote_name
    sets = [f", {quote(field.column)} = batch.{quote(field.column)}" for field in varying]
    sets += [f", {quote(field.column)} = %s" for field in constant]
    sql = f"""
        UPDATE {quote(model._meta.db_table)} AS target
        SET state = %s, version = target.version + 1, state_since = now() {"".join(sets)}
        FROM {batch}
        WHERE target.id = batch.id AND target.version = batch.version
        RETURNING target.id
    """  # noqa: S608 - identifiers come from the model and are quoted; values are parameters
    with prepared_cursor() as cursor:
        cursor.execute(sql, [to, *(prepared(field, [value])[0] for field, value in constant.items()), *arrays])
        return {pk for (pk,) in cursor.fetchall()}


#: A person may undo within one minute; the database allows a few more seconds for the request to arrive.
UNDO_SECONDS = 60
_UNDO_GRACE = 15


def guard(
    moves: Moves,
    *,
    start: str,
    erasable: Collection[str] = (),
    undoable: Collection[str] = (),
    undoable_later: str = "",
) -> list[pgtrigger.Trigger]:
    """Return triggers that enforce the same rules for SQL that bypasses `move`.

    A new row starts in state `start` at version 0. A state change must follow `moves` and must increase the version by
    one; no other update may change the version. In a final state, only the `erasable` columns can still be updated, so
    that personal data can be erased. States listed in `undoable` are also final, but their transitions stay open for
    the first minute, and later while the SQL condition `undoable_later` is true of OLD.
    """
    return [_state_begins(start), _state_moves(moves, erasable, undoable, undoable_later)]


def _state_begins(start: str) -> pgtrigger.Trigger:
    # This condition and that of `_state_moves` are evaluated without a function call for valid rows. Calling a function
    # accounted for a third of the cost of enqueueing an item.
    return pgtrigger.Trigger(
        name="state_begins",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(f"NEW.state <> '{start}' OR NEW.version <> 0"),
        func=f"""
            RAISE EXCEPTION 'a row of % begins as {start} at version 0', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        """,
    )


def _state_moves(
    moves: Moves, erasable: Collection[str], undoable: Collection[str], undoable_later: str
) -> pgtrigger.Trigger:
    arrows = _array(f"{old}>{new}" for old, targets in moves.items() for new in targets)
    ended = _array({state for state, targets in moves.items() if not targets} | set(undoable))
    has_ended = f"OLD.state = ANY ({ended})"
    in_time = f"OLD.state_since > now() - interval '{UNDO_SECONDS + _UNDO_GRACE} seconds'"
    if undoable_later:
        in_time = f"({in_time} OR {undoable_later})"
    no_arrow = f"OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY ({arrows}))"
    miscounted = "NEW.version <> OLD.version + (OLD.state <> NEW.state)::int"
    return pgtrigger.Trigger(
        name="state_moves",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"{has_ended} OR ({no_arrow}) OR {miscounted}"),
        func=f"""
            IF {has_ended} AND NOT (
                OLD.state = ANY ({_array(undoable)}) AND OLD.state || '>' || NEW.state = ANY ({arrows})
                AND {in_time}
            ) THEN
                IF to_jsonb(NEW) - {_array(erasable)} IS DISTINCT FROM to_jsonb(OLD) - {_array(erasable)} THEN
                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END IF;
            IF {no_arrow} THEN
                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state
                    USING ERRCODE = 'check_violation';
            END IF;
            IF {miscounted} THEN
                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


def _array(words: Iterable[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in sorted(words)) + "]::text[]"


def append_only() -> list[pgtrigger.Trigger]:
    """Return triggers that make a table append-only: no role can update or delete its rows."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="never_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
        ),
    ]


def kept_until_purged() -> list[pgtrigger.Trigger]:
    """Return the append-only triggers, but let the owner's purge procedure delete expired rows."""
    _, never_emptied = append_only()
    protect = pgtrigger.Trigger(
        name="append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF TG_OP = 'DELETE' AND current_user = 'pagetojob_owner' AND current_setting('app.purge', true) = 'on' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
        """,
    )
    return [protect, never_emptied]


def erasable_append_only(*columns: str) -> list[pgtrigger.Trigger]:
    """Return the append-only triggers, but let the erasure of a person change these columns."""
    _, never_emptied = append_only()
    protect = pgtrigger.Trigger(
        name="append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'UPDATE' AND current_user = 'pagetojob_owner' AND current_setting('app.erase', true) = 'on'
                AND to_jsonb(NEW) - {_array(columns)} = to_jsonb(OLD) - {_array(columns)} THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
        """,
    )
    return [protect, never_emptied]
