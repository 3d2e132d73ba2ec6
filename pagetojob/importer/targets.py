"""What rows can be imported into. An app registers its targets in its `apps.py`; the importer knows none by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pagetojob.platform.tenants.models import Tenant

from .fields import FieldSpec
from .models import ImportRow, Upload

#: Of a batch of staged rows with `values`: sets `outcome` (new, changed, same), `subject_id` and `before` on each.
#: Writes nothing. A row whose values cannot be taken gets the outcome PROBLEM and its sentence.
Compare = Callable[[Tenant, Upload, Sequence[ImportRow]], None]
#: Write a batch of chosen rows. Sets `subject_id` and `before` on each it applied, and PROBLEM with a sentence on each
#: it could not. In one transaction with the mark that they are applied; a row is never given twice.
Apply = Callable[[Tenant, Upload, Sequence[ImportRow]], None]
#: Take a batch of applied rows back, newest row first. A row that changed since keeps its change and gets PROBLEM.
Undo = Callable[[Tenant, Upload, Sequence[ImportRow]], None]


BATCH = 1_000


@dataclass(frozen=True)
class Target:
    """One kind of thing that a file may bring. `personal`: whether it has a place for people's details.

    All three functions run in the scope of the tenant, with at most `batch` rows at once to apply or take back: as many
    as are done well within the minute for which a worker holds a run. `keys_of` tells rows of one file
    apart by two keys of at most 250 characters: a second row with a key that was there before is a problem; empty keys
    are not compared. `flag`: the manual feature that must be on for the tenant while a file is taken or let in.
    """

    slug: str
    label: str
    fields: tuple[FieldSpec, ...]
    keys_of: Callable[[Mapping[str, Any]], tuple[str, str]]
    compare: Compare
    apply: Apply
    undo: Undo
    personal: bool = False
    flag: str = ""
    batch: int = BATCH


_targets: dict[str, Target] = {}


def register_target(target: Target) -> None:
    """Name a target. Called from `apps.py`, once a slug."""
    if _targets.setdefault(target.slug, target) is not target:
        raise ValueError(f"two import targets are called {target.slug}")


def target_of(slug: str) -> Target:
    """The target of a slug. Raises KeyError for one that nobody registered."""
    return _targets[slug]


def targets(prefix: str = "") -> list[Target]:
    """All registered targets whose slug begins so, in the order in which they were registered."""
    return [one for slug, one in _targets.items() if slug.startswith(prefix)]
