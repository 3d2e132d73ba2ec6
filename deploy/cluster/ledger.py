"""Compare what visitors were promised, what is stored, and what the simulator received."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"jamie(\d+)@example\.com")
#: Every lead with its booking item, for `stored_leads`.
LEADS = """
    SELECT lead.email, lead.reference, coalesce(item.state, ''), coalesce(item.cause, ''),
           coalesce(item.external_id, '')
    FROM leads_lead AS lead LEFT JOIN syncqueue_syncitem AS item
        ON item.lead_id = lead.id AND item.tenant_id = lead.tenant_id AND item.kind = 'booking_request'
    WHERE lead.excluded_as = ''
"""
#: Bookings that a worker will still send, or is sending.
OPEN = """
    SELECT count(*) FROM syncqueue_syncitem
    WHERE kind = 'booking_request' AND state IN ('queued', 'retrying', 'sending', 'unknown')
        AND (state = 'sending' OR due_at IS NOT NULL)
"""


#: Fields of a judgment that must be empty.
PROBLEMS = ("lost", "stored_twice", "booked_twice", "unknown", "not_received", "unexplained")


@dataclass(frozen=True)
class Lead:
    """A stored lead. `number` is that of the visitor; None for a lead of the demo."""

    number: int | None
    reference: str
    state: str
    cause: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class Judgment:
    """The comparison. Every list is empty if the promises hold."""

    acknowledged: int
    stored: int
    delivered: int
    #: Numbers of visitors who were thanked and whose lead is not stored.
    lost: list[int]
    #: Numbers of visitors whose form is stored more than once.
    stored_twice: list[int]
    #: References that the simulator has in more than one booking.
    booked_twice: list[str]
    #: References in the simulator that no lead has.
    unknown: list[str]
    #: References that we call delivered, under an id that the simulator does not have for them.
    not_received: list[str]
    #: References that are neither delivered nor have a cause.
    unexplained: list[str]
    balances: bool

    @property
    def holds(self) -> bool:
        return self.balances and not any(getattr(self, name) for name in PROBLEMS)


def stored_leads(rows: Sequence[Sequence[Any]]) -> list[Lead]:
    """Return the leads of the rows of LEADS."""
    leads = []
    for email, *columns in rows:
        match = _NUMBER.fullmatch(email)
        leads.append(Lead(int(match[1]) if match else None, *map(str, columns)))
    return leads


def judge(
    acknowledged: Collection[int], leads: Sequence[Lead], bookings: Sequence[dict[str, Any]], *, balances: bool
) -> Judgment:
    """Compare acknowledged numbers, stored leads and bookings of the simulator.

    A lead that was not acknowledged may be stored: the answer was lost, not the request. It must be there once.
    """
    numbers = Counter(lead.number for lead in leads if lead.number is not None)
    references = Counter(str(booking["externalId"]) for booking in bookings)
    received = {str(booking["id"]): str(booking["externalId"]) for booking in bookings}
    known = {lead.reference for lead in leads}
    delivered = [lead for lead in leads if lead.state == "delivered"]
    return Judgment(
        acknowledged=len(set(acknowledged)),
        stored=len(leads),
        delivered=len(delivered),
        lost=sorted(set(acknowledged) - set(numbers)),
        stored_twice=sorted(number for number, times in numbers.items() if times > 1),
        booked_twice=sorted(reference for reference, times in references.items() if times > 1),
        unknown=sorted(set(references) - known),
        not_received=sorted(lead.reference for lead in delivered if received.get(lead.external_id) != lead.reference),
        unexplained=sorted(lead.reference for lead in leads if lead.state != "delivered" and not lead.cause),
        balances=balances,
    )
