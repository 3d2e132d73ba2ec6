"""Registry of import targets. Apps register their targets in `apps.py`; the importer knows none by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pagetojob.platform.files.services import MAX_BYTES
from pagetojob.platform.tenants.models import Tenant, User

from .fields import FieldSpec
from .models import ImportRow, Upload
from .tables import Table

#: Compare a batch of staged rows with existing data: set `outcome` (new, changed, same), `subject_id` and `before` on
#: each from its `values`. Writes nothing. A row whose values are unusable gets the outcome PROBLEM and a message.
Compare = Callable[[Tenant, Upload, Sequence[ImportRow]], None]
#: Write a batch of chosen rows: set `subject_id` and `before` on each applied row, and PROBLEM with a message on each
#: failed one. Runs in the transaction that marks the rows as applied; no row is passed twice.
Apply = Callable[[Tenant, Upload, Sequence[ImportRow]], None]
#: Undo a batch of applied rows, newest row first. A row that was edited since keeps its edit and gets PROBLEM.
Undo = Callable[[Tenant, Upload, Sequence[ImportRow]], None]


BATCH = 1_000


#: Return the staged rows of a whole file with the effect of each, and the notes of its upload. Writes nothing. With
#: `unusual` in the notes, a person must confirm the number of rows, which the write gets as `confirmed_rows`.
StageFile = Callable[[Upload, Table], tuple[list[ImportRow], dict[str, Any]]]
#: Write a whole file, given its bytes and the parameters of the run. Raises TableError if it no longer fits.
ApplyFile = Callable[[Upload, bytes, User, Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class BaseTarget:
    """A kind of data that a file may contain. `personal` is true if it accepts personal data.

    `flag` is the manual feature that must be on for the tenant when a file is uploaded or applied.
    """

    slug: str
    label: str
    fields: tuple[FieldSpec, ...]
    personal: bool = False
    flag: str = ""
    largest: int = MAX_BYTES


@dataclass(frozen=True, kw_only=True)
class FileTarget(BaseTarget):
    """A target that takes a file completely or not at all, in one transaction. `dated` files cover a period."""

    stage: StageFile
    write: ApplyFile
    dated: bool = False


@dataclass(frozen=True, kw_only=True)
class Target(BaseTarget):
    """A target that takes the rows that a person chooses, and can undo them.

    All three functions run in the tenant's scope. At most `batch` rows are applied or undone at once, so that a batch
    finishes well within the one-minute lease of a run. `keys_of` returns two keys of at most 250 characters that
    identify a row within a file: a later row with a key already seen is a problem, and empty keys are not compared.
    """

    keys_of: Callable[[Mapping[str, Any]], tuple[str, str]]
    compare: Compare
    apply: Apply
    undo: Undo
    batch: int = BATCH


_targets: dict[str, BaseTarget] = {}


def register_target(target: BaseTarget) -> None:
    """Register a target. Called from `apps.py`, once per slug."""
    if _targets.setdefault(target.slug, target) is not target:
        raise ValueError(f"duplicate import target {target.slug}")


def target_of(slug: str) -> BaseTarget:
    """Return the target with this slug. Raises KeyError if it is not registered."""
    return _targets[slug]


def targets(prefix: str = "") -> list[BaseTarget]:
    """Return the registered targets whose slug has this prefix, in order of registration."""
    return [target for slug, target in _targets.items() if slug.startswith(prefix)]
