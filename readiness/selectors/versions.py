"""Lists of versions with a summary of the changes in each."""

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from pagetojob.platform.tenants.models import User

from ..models import PackVersion
from ..version_diff import compare

#: Versions on one page of the list.
PAGE = 20
#: Number of cached change counts, keyed by the hashes of both versions, which never change.
CACHE_SIZE = 2000

_counted: OrderedDict[tuple[str, str], list[str]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Listed:
    """A version in the list. `by` is a role, never a name. `before` is the previous version, if any."""

    number: int
    sha256: str
    created_at: datetime
    cause: str
    by: str
    changes: list[str]
    before: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Versions, newest first. `older` is the number where the next page begins, or None at the end."""

    versions: list[Listed]
    older: int | None

    @property
    def last(self) -> int:
        """Return the lowest number in the list."""
        return self.versions[-1].number


def listing(*, newest: int, size: int = PAGE) -> Listing:
    """Return at most `size` versions from number `newest` downward. Two queries; one if the changes are cached."""
    versions = list(
        PackVersion.objects.filter(number__lte=newest)
        .select_related("author")
        .only("number", "sha256", "created_at", "cause", "author__staff_role", "author__ops_role")[: size + 1]
    )
    changes = _changes(versions)
    listed = [
        Listed(
            **{name: getattr(version, name) for name in ("number", "sha256", "created_at", "cause")},
            by=role(version.author),
            changes=changes.get(version.number, []),
            before=versions[place + 1].number if place + 1 < len(versions) else None,
        )
        for place, version in enumerate(versions[:size])
    ]
    return Listing(listed, versions[size].number if len(versions) > size else None)


def role(author: User | None) -> str:
    """Return the author's role, without a name."""
    if author is None:
        return "PageToJob, automatic"
    words = author.get_staff_role_display() if author.staff_role else author.get_ops_role_display()
    return f"PageToJob, {words}"


def _changes(versions: list[PackVersion]) -> dict[int, list[str]]:
    """Map version numbers to change counts against the previous version. 1 query for counts that are not cached."""
    steps = [(new, old) for new, old in pairwise(versions) if (old.sha256, new.sha256) not in _counted]
    numbers = {version.number for step in steps for version in step}
    last: tuple[str, dict[str, Any]] | None = None
    missing = {(old.sha256, new.sha256) for new, old in steps}
    for version in PackVersion.objects.filter(number__in=numbers).order_by("number") if numbers else ():
        document = json.loads(version.body)
        if last and (last[0], version.sha256) in missing:
            _counted[(last[0], version.sha256)] = compare(last[1], document).counts
            while len(_counted) > CACHE_SIZE:
                _counted.popitem(last=False)
        last = (version.sha256, document)
    return {new.number: _counted.get((old.sha256, new.sha256), []) for new, old in pairwise(versions)}


def find(number: int) -> PackVersion | None:
    """Return version `number` without its body, or None. Makes one query."""
    return PackVersion.objects.filter(number=number).defer("body").select_related("author").first()
