"""The ledger: every captured lead is in exactly one bucket. Needs a worker's or an operator's scope.

A single statement adds the rows of closed days to a live count of later leads. So both are of the same instant, and a
query reads one row per closed day and the leads of two or three days.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import date

from django.db import connection

from pagetojob.platform.tenants.models import Tenant

from .. import sql

#: The notices are those of the leads of this many days including today, from midnight to midnight UTC.
NOTICE_DAYS = 30

SQL = sql.load("ledger")


@dataclass(frozen=True)
class BookingLedger:
    """Counts of leads: captured = delivered + manual complete + waiting + excluded; `missing` leads have no item."""

    captured: int
    delivered: int
    manual_complete: int
    waiting: int
    excluded: int

    @property
    def missing(self) -> int:
        return self.captured - self.delivered - self.manual_complete - self.waiting - self.excluded

    @property
    def balance(self) -> bool:
        return self.missing == 0

    def __add__(self, other: "BookingLedger") -> "BookingLedger":
        return BookingLedger(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class NoticeLedger:
    """Counts of notices: owed = told + told by hand + waiting + cancelled; `missing` leads have no notice.

    `told` means notified by email, `told_by_hand` by a person. Excluded leads need no notice. Counts the leads received
    since midnight UTC of the day `since`.
    """

    owed: int
    told: int
    told_by_hand: int
    waiting: int
    cancelled: int
    since: date | None = field(default=None, compare=False)

    @property
    def missing(self) -> int:
        return self.owed - self.told - self.told_by_hand - self.waiting - self.cancelled

    @property
    def balance(self) -> bool:
        return self.missing == 0

    def __add__(self, other: "NoticeLedger") -> "NoticeLedger":
        return NoticeLedger(
            self.owed + other.owed,
            self.told + other.told,
            self.told_by_hand + other.told_by_hand,
            self.waiting + other.waiting,
            self.cancelled + other.cancelled,
            self.since or other.since,
        )


@dataclass(frozen=True)
class Ledgers:
    """The ledger of bookings and of notices of one tenant, or of several, at one instant."""

    name: str
    books: BookingLedger
    notices: NoticeLedger


def ledgers(tenant: Tenant | None = None) -> Ledgers:
    """Return both ledgers of one tenant, or of all tenants together. A single query."""
    return together(_read(tenant))


def together(each: Sequence[Ledgers]) -> Ledgers:
    """Return the sums."""
    total = sum((ledger.books for ledger in each), BookingLedger(0, 0, 0, 0, 0))
    return Ledgers("", total, sum((ledger.notices for ledger in each), NoticeLedger(0, 0, 0, 0, 0)))


def books(tenant: Tenant | None = None) -> BookingLedger:
    """Return the booking ledger of one tenant, or of all. A single query."""
    return ledgers(tenant).books


def notice_ledger(tenant: Tenant | None = None) -> NoticeLedger:
    """Return the notice ledger of the last 30 days' leads. `untold` returns older open notices. A single query."""
    return ledgers(tenant).notices


def ledgers_by_tenant() -> list[Ledgers]:
    """Return the ledgers of each tenant that has leads: unbalanced ones first, then the largest. A single query."""
    with_leads = [ledger for ledger in _read(None) if ledger.books.captured]
    return sorted(with_leads, key=lambda ledger: (ledger.books.balance, -ledger.books.captured))


def _read(tenant: Tenant | None) -> list[Ledgers]:
    size = len(fields(BookingLedger))
    with connection.cursor() as cursor:
        cursor.execute(SQL["ledger"], {"tenant": tenant.pk if tenant else None, "notice_days": NOTICE_DAYS})
        return [Ledgers(name, BookingLedger(*of[:size]), NoticeLedger(*of[size:])) for name, *of in cursor.fetchall()]
