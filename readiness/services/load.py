"""Loader of the pack: it creates missing rows and updates the texts of rows that staff have not edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Now

from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.platform.postgresql.locks import wait_for_lock

from . import renew, runs
from .content import CONTENT_FOLDER, REST, SEED, Row, names_itself, read_all
from .edits import settle
from .versions import publish

#: A row and its parent, by the name of the foreign key.
type Below = tuple[Row, Mapping[str, models.Model]]
#: A content row, the matching database row, and whether it was just created.
type Found = tuple[Row, Any, bool]
type Key = tuple[int | None, object]


DATED_BY_LOAD = "Evidence that the loader of the pack had dated no longer counts."
NEWER = "Newer texts of the pack, for lines that staff had not edited."
NEWER_CODE = "Newer code of the pack, such as the description of a check. No line was added or reworded."


@dataclass(slots=True)
class Loaded:
    """Result of a load: rows created, rows that already existed, and rows that got newer texts.

    `theirs` names rows that staff edited and whose text differs from the newer pack.
    """

    made: int = 0
    existing: int = 0
    reworded: int = 0
    theirs: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.made} rows created, {self.existing} already present"
        if self.reworded:
            text += f", {self.reworded} of them updated"
        if self.theirs:
            text += f". Not updated because staff edited them: {', '.join(self.theirs)}"
        return text


def load_pack(folder: Path = CONTENT_FOLDER) -> Loaded:
    """Create missing rows by slug, and update rows that still have an older pack's text. Keep edits by staff.

    On an empty database, the original page becomes version 1 and the later pages become version 2. The loader dates no
    evidence: it imports the evidence files that signed runs left. All or nothing: invalid content raises `ContentError`
    before anything is written.
    """
    steps = [
        (read_all(folder, SEED), "The API-readiness page, word for word as supplied."),
        (read_all(folder, REST), "The other pages of the pack, and notes on what has been built since."),
    ]
    loaded = Loaded()
    with transaction.atomic():
        wait_for_lock("readiness.load_pack")
        _revoke_evidence_of_loaders()
        runs.import_folders()
        for rows, cause in steps:
            matches = make_missing([(row, {}) for row in rows], loaded)
            before = [(row, instance) for row, instance, made in matches if not made]
            reworded, theirs = renew.update_unedited(before)
            loaded.reworded += len(reworded)
            loaded.theirs += [f"{instance._meta.verbose_name} {instance.slug}" for instance in theirs]
            renew.store_loaded_texts([(row, instance) for row, instance, _ in matches])
            is_new = any(made for *_, made in matches)
            publish(cause=NEWER if reworded else cause if is_new else NEWER_CODE)
    return loaded


def make_missing(rows: list[Below], loaded: Loaded) -> list[Found]:
    """Create missing rows of one level, then of the levels below. Return every row with its database row.

    Two queries for each model and level, regardless of the number of rows.
    """
    matches: list[Found] = []
    below: list[Below] = []
    for model in dict.fromkeys(row.model for row, _ in rows):
        level = [(row, parent) for row, parent in rows if row.model is model]
        known = _known(model, level)
        fresh = {
            _key(row, parent): model(**parent, **row.values, from_pack=True)
            for row, parent in level
            if _key(row, parent) not in known
        }
        model._base_manager.bulk_create(fresh.values())
        loaded.made += len(fresh)
        loaded.existing += len(level) - len(fresh)
        for row, parent in level:
            instance = (known | fresh)[_key(row, parent)]
            matches.append((row, instance, _key(row, parent) in fresh))
            below += [(child, {row.parent: instance}) for child in row.children]
    return matches + make_missing(below, loaded) if below else matches


def _key(row: Row, parent: Mapping[str, models.Model]) -> Key:
    """Return the identity of a row: its slug alone, or its slug and its parent."""
    above = None if names_itself(row.model) else next((instance.pk for instance in parent.values()), None)
    return above, row.values["slug"]


def _known(model: type[models.Model], level: list[Below]) -> dict[Key, Any]:
    existing = model._base_manager.filter(slug__in=[row.values["slug"] for row, _ in level])
    name = next(iter(level[0][1]), "")
    apart = name and not names_itself(model)
    return {(getattr(row, f"{name}_id") if apart else None, row.slug): row for row in existing}  # type: ignore[attr-defined]


def _revoke_evidence_of_loaders() -> None:
    """Revoke evidence that earlier loaders recorded: it was dated by the load, and no one had checked anything."""
    undated = Evidence.objects.filter(
        subject_type=SubjectType.PACK, tenant=None, recorded_by=None, recorded_at_shell=False, confirmed_by=None
    )
    if undated.filter(revoked_at=None).update(revoked_at=Now(), revoked_reason=DATED_BY_LOAD):
        settle(cause=DATED_BY_LOAD, author=None)
