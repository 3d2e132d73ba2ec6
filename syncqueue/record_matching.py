"""Matches ServiceTitan records to our requests: by our reference, by booking number, or by the job it became.

Runs in the tenant's scope. Shared by the code that reads there and the code that writes here, so that both match alike.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from pagetojob.titanmap.models import Family, TaxonomyItem

from .models import HeardBooking, Kind, SyncItem

_MOST = 2  # two rows are enough to know that the match is not unique
_LONGEST = 120


@dataclass(frozen=True)
class Clue:
    """The identifiers in an event: our reference, their booking number, their job number."""

    reference: str = ""
    booking: str = ""
    job: str = ""

    @property
    def words(self) -> str:
        return "our reference" if self.reference else "ServiceTitan's number"


def clue_of(kind: str, data: Any) -> Clue:
    """Return the clue in the data of `booking.…` and `job.…` events. Pure."""
    get = data.get if isinstance(data, dict) else {}.get
    reference = get("externalId")
    about_job = kind.startswith("job.")
    return Clue(
        reference[:_LONGEST] if isinstance(reference, str) else "",
        _number(get("bookingId" if about_job else "id")),
        _number(get("id")) if about_job else "",
    )


def items_of(tenant_id: int, clue: Clue) -> list[SyncItem]:
    """Return at most two matching booking items; our reference takes precedence over numbers. One or two queries."""
    rows = SyncItem.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST).select_related("lead")
    if clue.reference:
        return list(rows.filter(lead__reference=clue.reference)[:_MOST])
    fits = Q()
    if clue.booking:
        fits |= Q(external_id=clue.booking) | Q(done_reference=clue.booking) | Q(pk__in=_heard(number=clue.booking))
    if clue.job:
        fits |= Q(pk__in=_heard(job=clue.job))
    return list(rows.filter(fits).order_by("pk")[:_MOST]) if fits else []


def providers_of(tenant_id: int) -> list[int]:
    """Return the ids of the booking providers in the tenant's map, which reading bookings requires. A single query."""
    rows = TaxonomyItem.objects.filter(tenant_id=tenant_id, family=Family.BOOKING_PROVIDER)
    return sorted({number for number in rows.values_list("external_id", flat=True) if number is not None})


def _heard(**by: str) -> Any:
    return HeardBooking.objects.filter(**by).values("item_id")


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value)
    return text if text.isascii() and text.isdecimal() and len(text) < 20 else ""
