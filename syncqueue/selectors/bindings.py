"""Previews of a page binding correction, and the result of the item released first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.titanmap.models import PageBinding, TaxonomyItem

from ..binding_blocked import Chosen, Page, Verdict, items_blocked_by, lacking, missing_by_item, page_of, verdict_on
from ..envelope import NEEDED_ROLES
from ..models import OPEN as ITEM_OPEN
from ..models import SyncItem
from .counts import LIMIT, capped

SHOWN = 50
_RELEASE = "syncqueue.release"
_UNBOUND = "not bound"


@dataclass(frozen=True)
class RoleChange:
    role: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def bound(self) -> bool:
        return self.before != _UNBOUND


@dataclass(frozen=True)
class Tried:
    """A blocked item, and what its envelope would still lack with the new binding."""

    item: SyncItem
    lacks: Sequence[str]


@dataclass(frozen=True)
class Preview:
    """The preview of a correction. `held` counts up to 1,000; the first 50 items are `tried`."""

    page: Page
    roles: Sequence[RoleChange]
    lacking: Sequence[str]
    held: int
    tried: Sequence[Tried]

    @property
    def blocked_words(self) -> str:
        return capped(self.held)

    @property
    def changes(self) -> bool:
        return any(role.changed for role in self.roles)

    @property
    def as_before(self) -> list[RoleChange]:
        return [role for role in self.roles if not role.changed]

    @property
    def next_version(self) -> int:
        return self.page.version + 1 if self.changes or not self.page.present else self.page.version

    @property
    def passing(self) -> int:
        """Return how many of the tried items would pass."""
        return sum(not tried.lacks for tried in self.tried)

    @property
    def can_be_made(self) -> bool:
        """Return whether the correction would be accepted: it lacks nothing, has an effect, and some item would
        pass.
        """
        return not self.lacking and (self.passing > 0 or (not self.tried and self.changes))


def taxonomy_offered(page: Page) -> dict[str, list[TaxonomyItem]]:
    """Return, by role of a binding, the tenant's suitable active items, and the one it points at now. A single
    query.
    """
    offered: dict[str, list[TaxonomyItem]] = {role: [] for role in PageBinding.MAPPED}
    for item in TaxonomyItem.objects.filter(tenant=page.tenant_id, active=True).order_by("name", "id"):
        role = item.family.replace(" ", "_")
        if role in offered:
            offered[role].append(item)
    for role, present in page.chosen.items():
        if present is not None and present not in offered[role]:
            offered[role].append(present)
    return offered


def roles_without_items(tenant_id: int) -> list[str]:
    """Return the roles that a booking needs and for which the map has no active item at all. A single query."""
    rows = TaxonomyItem.objects.filter(tenant=tenant_id, active=True)
    known = set(rows.order_by().values_list("family", flat=True).distinct())
    return [name for role in NEEDED_ROLES if (name := role.replace("_", " ")) not in known]


def blocked_count(page: Page) -> int:
    """Return how many items wait for the binding; stops at 1,001. A single query."""
    return items_blocked_by(page).order_by()[: LIMIT + 1].count()


def preview_correction(page: Page, chosen: Chosen, *, first: SyncItem) -> Preview:
    """Return what a correction would do, trying `first` among the first items. Writes nothing. Four queries."""
    blocked = items_blocked_by(page)
    mine = list(blocked.filter(pk=first.pk))
    shown = [*mine, *blocked.exclude(pk=first.pk)[: SHOWN - len(mine)]]
    lacks = missing_by_item(shown, chosen)
    return Preview(
        page=page,
        roles=[
            RoleChange(role.replace("_", " "), _name(page.chosen[role]), _name(chosen[role]))
            for role in PageBinding.MAPPED
        ],
        lacking=lacking(chosen),
        held=blocked_count(page),
        tried=[Tried(item, lacks.get(item.pk, [])) for item in shown],
    )


@dataclass(frozen=True)
class Release:
    """The progress of releasing a page's items, judged by the item that was released first."""

    page: Page
    verdict: Verdict
    others: int
    run: Run | None

    @property
    def other_words(self) -> str:
        return capped(self.others)


def release_of(item: SyncItem) -> Release | None:
    """Return the release that `item` was the first of; None if it belongs to no page. Five queries."""
    page = page_of(item)
    if page is None:
        return None
    run = Run.objects.filter(tenant=item.tenant_id, kind=_RELEASE, state__in=OPEN).first()
    return Release(page, verdict_on(item, page), blocked_count(page), run)


def _name(item: TaxonomyItem | None) -> str:
    return str(item) if item else _UNBOUND


def waiting_with(tenant_id: int, bindings: Iterable[int]) -> int:
    """Return how many open items came with one of these versions of a page; stops at 1,001. A single query."""
    rows = SyncItem.objects.filter(tenant=tenant_id, binding__in=list(bindings), state__in=ITEM_OPEN)
    return rows.order_by()[: LIMIT + 1].count()
