"""Newer texts of the pack for rows that staff have not edited since the loader wrote them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone

from pagetojob.platform.audit.models import RowChange

from ..models import LoadedWords, PartnerAnswer
from .content import Row

#: Fields that a newer pack does not change: staff choose a row's position, and its status needs evidence.
_NO_WORDS = {"position", "status"}

#: A content row and the matching database row.
type Pair = tuple[Row, Any]
type Words = dict[str, Any]


def texts_of(row: Row) -> Words:
    """Return the texts of a content row as JSON values."""
    return {name: _plain(value) for name, value in row.values.items() if name not in _NO_WORDS}


def update_unedited(pairs: Iterable[Pair]) -> tuple[list[Any], list[Any]]:
    """Update unedited rows to the texts of `pairs`. Return (updated rows, rows that staff edited).

    The texts that the loader wrote are in `LoadedWords`; for rows loaded before that table existed, the first history
    entry has them. A row with neither, or an attested answer, counts as edited. Two queries, and one for each updated
    model.
    """
    differing = [(row, instance) for row, instance in pairs if _current_texts(row, instance) != texts_of(row)]
    if not differing:
        return [], []
    known = _as_loaded({(_table(instance), instance.pk) for _, instance in differing})
    reworded: list[Pair] = []
    theirs: list[Pair] = []
    for row, instance in differing:
        base = known.get((_table(instance), instance.pk))
        untouched = base is not None and all(
            base.get(name) == value for name, value in _current_texts(row, instance).items()
        )
        attested = isinstance(instance, PartnerAnswer) and instance.attester_id is not None
        (reworded if untouched and not attested else theirs).append((row, instance))
    for model in dict.fromkeys(row.model for row, _ in reworded):
        _write(model, [(row, instance) for row, instance in reworded if row.model is model])
    return [instance for _, instance in reworded], [instance for _, instance in theirs]


def store_loaded_texts(pairs: Iterable[Pair]) -> None:
    """Store what the loader wrote, for rows that now have these texts. Two queries."""
    current = {
        (_table(instance), instance.pk): texts_of(row)
        for row, instance in pairs
        if _current_texts(row, instance) == texts_of(row)
    }
    noted = {(entry.table, entry.row): entry.words for entry in LoadedWords.objects.all()}
    LoadedWords.objects.bulk_create(
        [
            LoadedWords(table=key[0], row=key[1], words=words)
            for key, words in current.items()
            if noted.get(key) != words
        ],
        update_conflicts=True,
        unique_fields=["table", "row"],
        update_fields=["words"],
    )


def _write(model: type[models.Model], pairs: list[Pair]) -> None:
    names = sorted({name for row, _ in pairs for name in texts_of(row)} - {"slug"})
    for row, instance in pairs:
        for name, value in row.values.items():
            if name not in _NO_WORDS:
                setattr(instance, name, value)
        instance.updated_at = timezone.now()
    model._base_manager.bulk_update([instance for _, instance in pairs], [*names, "updated_at"])


def _as_loaded(keys: set[tuple[str, int]]) -> dict[tuple[str, int], Words]:
    """Return what the loader last wrote for these rows, where known."""
    tables, rows = {table for table, _ in keys}, {row for _, row in keys}
    first = RowChange.objects.filter(table__in=tables, row__in=rows, operation="INSERT", actor=None)
    known = {(line.table, line.row): line.after or {} for line in first}
    noted = LoadedWords.objects.filter(table__in=tables, row__in=rows)
    return known | {(entry.table, entry.row): entry.words for entry in noted}


def _current_texts(row: Row, instance: Any) -> Words:
    """Return the database row's values of the fields in the content file."""
    return {name: _plain(getattr(instance, name)) for name in texts_of(row)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _table(instance: Any) -> str:
    return str(instance._meta.db_table)
