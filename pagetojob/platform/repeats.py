"""Recognize a form that is sent a second time: by a double click, a reload, or the back button.

The form carries the number of rows that its page showed. If the sender has added the same row since then, it is the
same form.
"""

from typing import Any

from django import forms
from django.db.models import Model, QuerySet

from pagetojob.platform.postgresql.locks import wait_for_lock

#: Longest `seen` value: more digits than any list has rows, and fewer than the database accepts.
_MOST_DIGITS = 9


def seen_field() -> forms.IntegerField:
    """Return the hidden field with the number of rows that the page showed. Without it, each form counts as new."""
    return forms.IntegerField(
        # Without an id: a page has several forms with this field.
        widget=forms.HiddenInput({"id": False}),
        required=False,
        min_value=0,
        max_value=10**_MOST_DIGITS - 1,
        label="Rows shown",
    )


def seen_in(text: str) -> int | None:
    """Return the value of the hidden field of a form that has no form class, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def sent_before[Row: Model](rows: QuerySet[Row], *, seen: int | None, **same: Any) -> Row | None:
    """Return the row with these values that was added since the page was shown, or None.

    `rows` is the whole list of the page, from which nothing is removed. Call under the lock that orders its additions.
    Runs one query.
    """
    if seen is None:
        return None
    added = rows.order_by("pk")[seen:]
    return next((row for row in added if all(getattr(row, name) == value for name, value in same.items())), None)


def wait_for_additions(model: type[Model]) -> None:
    """Wait for the other transactions that add a row to this list; later ones wait for this one.

    For a list that belongs to no row that could be locked. Call before the check for an equal row.
    """
    wait_for_lock(f"additions to {model._meta.label_lower}")
