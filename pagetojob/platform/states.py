"""The one way a state changes: checked against the model's MOVES, guarded by a version.

A version, not the old state, guards the change: a worker whose lease ran out would otherwise settle
the try of the worker that came after it. The database refuses other moves as well: put
`states.guard(MOVES, …)` among the model's triggers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pgtrigger
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Now

from pagetojob.platform.postgresql.arrays import array
from pagetojob.platform.postgresql.base import prepared_cursor

from .batches import column_type, prepared, prepared_array

Moves = Mapping[str, Collection[str]]


class IllegalMove(Exception):
    """The state machine has no such arrow."""


class LostRace(Exception):
    """Somebody else moved the row first; read it again before deciding."""


class Stateful(models.Model):
    """Adds the version and the time of the last move. A subclass defines `state` and `MOVES`."""

    MOVES: ClassVar[Moves]

    version = models.PositiveIntegerField(default=0, editable=False)
    state_since = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


def move[Row: Stateful](row: Row, to: str, **facts: Any) -> Row:
    """Move one row to state `to` and set `facts`, or raise IllegalMove or LostRace.

    `facts` are field values or expressions. The row in memory is brought up to date. One UPDATE
    and one SELECT.
    """
    model = type(row)
    old: str = getattr(row, "state")  # noqa: B009 - each subclass brings its own `state`
    if to not in row.MOVES.get(old, ()):
        raise IllegalMove(f"{model.__name__}: {old} -> {to}")
    changed = model._default_manager.filter(pk=row.pk, version=row.version, state=old).update(
        state=to, version=F("version") + 1, state_since=Now(), **facts
    )
    if not changed:
        raise LostRace(f"{model.__name__} {row.pk} was moved by somebody else")
    row.refresh_from_db(fields=["state", "version", "state_since", *facts])
    return row


def move_many[Row: Stateful](
    rows: Sequence[Row],
    to: str,
    *,
    each: Mapping[str, Sequence[Any]] | None = None,
    **facts: Any,
) -> set[int]:
    """Move many rows of one model in one UPDATE over arrays; return the ids that moved.

    `facts` are plain values for all rows, `each` maps a field to one value per row. Rows that
    somebody else moved meanwhile are left alone and missing from the answer. Raises IllegalMove
    before anything is written. The rows in memory are not changed.
    """
    if not rows:
        return set()
    model = type(rows[0])
    for row in rows:
        old: str = getattr(row, "state")  # noqa: B009
        if to not in row.MOVES.get(old, ()):
            raise IllegalMove(f"{model.__name__}: {old} -> {to}")
    columns: dict[str, Any] = {name: model._meta.get_field(name) for name in [*(each or {}), *facts]}
    quote = connection.ops.quote_name
    # What is the same in all of them is handed over once: making an array of it costs more than writing it.
    same = {name: values[0] for name, values in (each or {}).items() if all(one == values[0] for one in values)}
    facts, each = facts | same, {name: values for name, values in (each or {}).items() if name not in same}
    arrays: list[tuple[str, str, Any]] = [
        ("id", "bigint", array("bigint", [row.pk for row in rows])),
        ("version", "integer", array("integer", [row.version for row in rows])),
    ]
    for name, values in each.items():
        arrays.append((columns[name].column, column_type(columns[name]), prepared_array(columns[name], values)))
    unnest = ", ".join(f"%s::{kind}[]" for _, kind, _ in arrays)
    names = ", ".join(quote(column) for column, _, _ in arrays)
    sets = [f"{quote(columns[name].column)} = batch.{quote(columns[name].column)}" for name in each]
    sets += [f"{quote(columns[name].column)} = %s" for name in facts]
    sql = f"""
        UPDATE {quote(model._meta.db_table)} AS target
        SET state = %s, version = target.version + 1, state_since = now()
            {"".join(", " + part for part in sets)}
        FROM unnest({unnest}) AS batch ({names})
        WHERE target.id = batch.id AND target.version = batch.version
        RETURNING target.id
    """  # noqa: S608 - identifiers come from the model and are quoted; values are parameters
    params = [to, *(prepared(columns[name], [value])[0] for name, value in facts.items())]
    params += [values for _, _, values in arrays]
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        return {pk for (pk,) in cursor.fetchall()}


#: A person's undo takes a minute at most; the database allows some seconds more, for the way here.
UNDO_SECONDS = 60
_UNDO_GRACE = 15


def guard(
    moves: Moves, *, start: str, erasable: Collection[str] = (), undoable: Collection[str] = ()
) -> list[pgtrigger.Trigger]:
    """The same rules in the database, for SQL that does not come through `move`.

    A row begins in `start` at version 0. A change of state follows `moves` and raises the version by
    one; nothing else changes the version. A row in a state that leads nowhere has ended: of it only
    the `erasable` columns can still be written, so that personal values can go. States that are
    `undoable` have ended too, but their arrows are open for the first minute.
    """
    arrows = _array(f"{old}>{new}" for old, targets in moves.items() for new in targets)
    ended = _array({state for state, targets in moves.items() if not targets} | set(undoable))
    has_ended = f"OLD.state = ANY ({ended})"
    no_arrow = f"OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY ({arrows}))"
    miscounted = "NEW.version <> OLD.version + (OLD.state <> NEW.state)::int"
    # No row that begins or moves as it should calls a function: that was a third of what it costs to owe something.
    begins = pgtrigger.Trigger(
        name="state_begins",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(f"NEW.state <> '{start}' OR NEW.version <> 0"),
        func=f"""
            RAISE EXCEPTION 'a row of % begins as {start} at version 0', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        """,
    )
    moves_on = pgtrigger.Trigger(
        name="state_moves",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"{has_ended} OR ({no_arrow}) OR {miscounted}"),
        func=f"""
            IF {has_ended} AND NOT (
                OLD.state = ANY ({_array(undoable)}) AND OLD.state || '>' || NEW.state = ANY ({arrows})
                AND OLD.state_since > now() - interval '{UNDO_SECONDS + _UNDO_GRACE} seconds'
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
    return [begins, moves_on]


def _array(words: Iterable[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in sorted(words)) + "]::text[]"


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for a table of history: no row is ever changed or removed, whoever asks."""
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
    """As `append_only`, but a procedure of the owner's may remove what has outlived its time."""
    _, never_emptied = append_only()
    kept = pgtrigger.Trigger(
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
    return [kept, never_emptied]
