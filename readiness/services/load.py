"""Makes the rows of the pack that are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import models, transaction

from .content import CONTENT_FOLDER, Row, read_all


@dataclass(slots=True)
class Loaded:
    """How many rows were made and how many were there already."""

    made: int = 0
    kept: int = 0

    def __str__(self) -> str:
        return f"{self.made} rows made, {self.kept} kept"


def load_pack(folder: Path = CONTENT_FOLDER) -> Loaded:
    """Make what is missing by slug, touch nothing else: a row that staff reworded stays as it is.

    All or nothing; wrong content raises `ContentError` before anything is written.
    """
    rows = read_all(folder)
    loaded = Loaded()
    with transaction.atomic():
        make_missing(rows, {}, loaded)
    return loaded


def make_missing(rows: Iterable[Row], parent: dict[str, models.Model], loaded: Loaded) -> None:
    for row in rows:
        values = dict(row.values)
        instance, made = row.model._base_manager.get_or_create(
            slug=values.pop("slug"), **parent, defaults={**values, "from_pack": True}
        )
        loaded.made += made
        loaded.kept += not made
        if row.children:
            make_missing(row.children, {row.parent: instance}, loaded)
