"""Drafts of changes: store, find, publish and discard them. A draft is published by saving the row's form."""

from typing import Any

from django.db.models import Model
from django.db.models.functions import Now

from pagetojob.platform.forms import typed_number
from pagetojob.platform.tenants.models import User

from ..models import Draft

#: Proposed or earlier values of a row and its children: field values by (table, row).
type Values = dict[tuple[str, int], dict[str, Any]]


def store(*, row: Model, values: Values, reason: str, author: User) -> Draft:
    """Store proposed values of a row. No reader sees them."""
    return Draft.objects.create(
        kind=row._meta.label_lower,
        row=row.pk,
        title=str(row)[:200],
        values={f"{table}:{key}": fields for (table, key), fields in values.items()},
        reason=reason,
        author=author,
    )


def waiting(row: Model, pk: str | None) -> Draft | None:
    """Return a draft of this row that waits for review, or None. Makes at most one query."""
    if (number := typed_number(pk)) is None:
        return None
    drafts = Draft.objects.filter(outcome=Draft.Outcome.WAITING, kind=row._meta.label_lower, row=row.pk)
    return drafts.select_related("author").filter(pk=number).first()


def values_of(draft: Draft) -> Values:
    """Return the proposed values, by (table, row)."""
    values: Values = {}
    for name, fields in draft.values.items():
        table, _, key = name.rpartition(":")
        values[table, int(key)] = fields
    return values


def close(draft: Draft, *, outcome: str, actor: User) -> None:
    """Record that a draft was published or discarded, and by whom. Does nothing if it is already closed."""
    open_drafts = Draft.objects.filter(pk=draft.pk, outcome=Draft.Outcome.WAITING)
    open_drafts.update(outcome=outcome, closed_by=actor, closed_at=Now())
