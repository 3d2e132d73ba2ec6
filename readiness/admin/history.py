"""Change history of a row and its children, with time, author and a word diff.

A database trigger writes the history, so changes by `QuerySet.update()` or by SQL are included, without an author.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
)
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from pagetojob.platform.audit.models import RowChange
from pagetojob.platform.forms import typed_number
from pagetojob.platform.tenants.models import User

from ..models import PackVersion
from ..word_diff import Kind, word_diff

#: Technical columns that the history does not show.
HIDDEN_COLUMNS = {"id", "updated_at", "from_pack", "attested_sha256"}
#: Columns that no public page shows: a change to only these appears in no version.
UNPUBLISHED_COLUMNS = {"reviewer_id"}
TAGS = {Kind.REMOVED: "del", Kind.ADDED: "ins"}
_VERBS = {"INSERT": "added", "UPDATE": "changed", "DELETE": "removed"}


@dataclass(frozen=True, slots=True)
class Children:
    """Child model and the column that references its parent row."""

    model: type[Model]
    parent: str


def changes_of(row: Model, children: Sequence[Children]) -> QuerySet[RowChange]:
    """Return all changes of a row and its children, newest first, each with the first version taken after it."""
    wanted = Q(table=row._meta.db_table, row=row.pk)
    for child in children:
        mine = Q(**{f"before__{child.parent}": row.pk}) | Q(**{f"after__{child.parent}": row.pk})
        wanted |= Q(table=child.model._meta.db_table) & mine
    since = PackVersion.objects.filter(created_at__gte=OuterRef("at")).order_by("number")
    return (
        RowChange.objects.filter(wanted).select_related("actor").annotate(version=Subquery(since.values("number")[:1]))
    )


def entries(rows: Iterable[Any], model: type[Model], children: Sequence[Children]) -> list[dict[str, Any]]:
    """Return one page of the history as entries. Makes one query, for the names of the people mentioned."""
    models = {kind._meta.db_table: kind for kind in (model, *(child.model for child in children))}
    parents = {child.parent for child in children}
    rows = list(rows)
    names = _names(rows)
    return [_entry(row, models[row.table], row.table == model._meta.db_table, parents, names) for row in rows]


def _entry(row: Any, model: type[Model], own: bool, parents: set[str], names: dict[int, str]) -> dict[str, Any]:
    before, after = row.before or {}, row.after or {}
    changed = [
        field
        for field in model._meta.concrete_fields
        if field.column not in HIDDEN_COLUMNS | parents and before.get(field.column) != after.get(field.column)
    ]
    thing = "" if own else f"{model._meta.verbose_name} “{(after or before).get('slug', '')}” "
    seen = row.version and not {field.column for field in changed} <= UNPUBLISHED_COLUMNS
    return {
        "pk": row.pk,
        "at": row.at,
        "who": str(row.actor) if row.actor else "",
        "what": f"{thing}{_VERBS[row.operation]}",
        "fields": [
            {
                "label": str(field.verbose_name),
                "words": marked(_display_value(field, before, names), _display_value(field, after, names)),
            }
            for field in changed
        ],
        "version": row.version if seen else None,
        # The form can be filled with the earlier texts.
        "restores": row.operation == "UPDATE" and bool(changed),
    }


def _names(rows: Iterable[Any]) -> dict[int, str]:
    columns = ("reviewer_id", "attester_id")
    sides = [side or {} for row in rows for side in (row.before, row.after)]
    mentioned: set[int] = {side[column] for side in sides for column in columns if side.get(column)}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=mentioned)}


def _display_value(field: Any, values: dict[str, Any], names: dict[int, str]) -> str:
    value = values.get(field.column)
    if value is None:
        return ""
    if field.related_model is User:
        return names.get(value, f"person {value}")
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def marked(before: str, after: str) -> SafeString:
    """Return the word diff as HTML. It reads in order, and unchanged words appear once."""
    pieces = word_diff(before, after).pieces
    return format_html_join("", "{}", ((_piece(piece.kind, piece.text),) for piece in pieces))


def _piece(kind: Kind, text: str) -> SafeString:
    tag = TAGS.get(kind)
    return format_html("<{0}>{1}</{0}>", tag, text) if tag else format_html("{}", text)


def words_before(pk: str | None, row: Model, children: Sequence[Children]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return earlier values for filling a form: (table, row) mapped to the field values before change `pk`. 1 query.

    Returns an empty dict if the row and its children have no such change. Saves nothing.
    """
    number = typed_number(pk)
    change = changes_of(row, children).filter(pk=number, operation="UPDATE").first() if number is not None else None
    if change is None:
        return {}
    models = {kind._meta.db_table: kind for kind in (type(row), *(child.model for child in children))}
    before, after = change.before or {}, change.after or {}
    plain = (BooleanField, CharField, TextField, IntegerField, DateField)
    values = {
        field.name: before.get(field.column)
        for field in models[change.table]._meta.concrete_fields
        if before.get(field.column) != after.get(field.column) and (isinstance(field, plain) or field.is_relation)
    }
    return {(change.table, change.row): values}
