"""Refusals of ServiceTitan for pages: what was refused, the items that wait, and the checks.

Needs an operator scope.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pagetojob.titanmap.models import TaxonomyItem

from ..causes import responsible_party
from ..item_actions import ACCESS_REFUSED, MAPPING_REFUSED
from ..models import Refusal, State, SyncItem
from ..refused import ids_of, words_of
from ..refused_items import by_place, items_stopped, items_stopped_by

SHOWN, ENDED_SHOWN = 50, 20
_UNDERWAY = (State.QUEUED, State.SENDING, State.RETRYING)


@dataclass(frozen=True)
class RefusalLine:
    """A refusal with its words, the party that has to repair it, and the number of items that wait."""

    refusal: Refusal
    what: str
    party: str
    items: int = 0

    @property
    def underway(self) -> bool:
        """Return whether one item is being sent again."""
        return self.refusal.probe is not None and self.refusal.probe.state in _UNDERWAY


@dataclass(frozen=True)
class RefusalBoard:
    """Open refusals and those that ended last."""

    open: Sequence[RefusalLine]
    ended: Sequence[RefusalLine]


def refusal_board() -> RefusalBoard:
    """Return the first 50 open refusals, oldest first, and the last 20 that ended. Four queries."""
    rows = Refusal.objects.select_related("tenant", "probe")
    current = list(rows.filter(ended_at=None).order_by("id")[:SHOWN])
    ended = list(rows.filter(ended_at__isnull=False).order_by("-ended_at", "-id")[:ENDED_SHOWN])
    lines = _lines([*current, *ended])
    return RefusalBoard(lines[: len(current)], lines[len(current) :])


def refusal_line(refusal: Refusal) -> RefusalLine:
    """Return one refusal. Two queries."""
    return _lines([refusal])[0]


def first_stopped(refusal: Refusal) -> list[SyncItem]:
    """Return the first 50 items that a refusal stops, oldest first. A single query."""
    return list(items_stopped_by(refusal).select_related("lead")[:SHOWN])


def refusal_of(item: SyncItem) -> Refusal | None:
    """Return the open refusal that stops an item, if it is checked or released with it. Two queries; none for an item
    that was not refused.
    """
    key = item.missing[0].get("refused", "") if item.missing else ""
    if not key:
        return None
    rows = Refusal.objects.select_related("probe")
    refusal = rows.filter(tenant=item.tenant_id, environment=item.sent_to, key=key, ended_at=None).first()
    return refusal if refusal and items_stopped_by(refusal).filter(pk=item.pk).exists() else None


def _lines(rows: Sequence[Refusal]) -> list[RefusalLine]:
    names = _names(rows)
    waiting = by_place(items_stopped().filter(tenant__in={row.tenant_id for row in rows if not row.ended_at}))
    return [
        RefusalLine(
            row,
            _refused_part(row, names),
            responsible_party(MAPPING_REFUSED if ids_of(row.key) else ACCESS_REFUSED),
            stopped.items if (stopped := waiting.get((row.tenant_id, row.environment, row.key))) else 0,
        )
        for row in rows
    ]


def _refused_part(row: Refusal, names: dict[tuple[int, str, int], str]) -> str:
    ids = ids_of(row.key)
    if not ids:
        return "Access: a scope, a consent or the module for bookings"
    refused = {
        role: {"name": names.get((row.tenant_id, role, number), "not in the map"), "external_id": number}
        for role, number in ids.items()
    }
    words = words_of(refused)
    return f"{words[0].upper()}{words[1:]}"


def _names(rows: Iterable[Refusal]) -> dict[tuple[int, str, int], str]:
    """Return the names of refused records by tenant, role and ID."""
    ids = {number for row in rows for number in ids_of(row.key).values()}
    tenants = {row.tenant_id for row in rows}
    items = TaxonomyItem.objects.filter(tenant__in=tenants, external_id__in=ids).order_by("active")
    values = items.values_list("tenant_id", "family", "external_id", "name")
    return {(tenant_id, family.replace(" ", "_"), number or 0): name for tenant_id, family, number, name in values}
