"""The ledger: every captured lead is in exactly one bucket. Needs a worker's or an operator's scope.

A single statement adds the rows of closed days to a live count of later leads. So both are of the same instant, and a
query reads one row per closed day and the leads of two or three days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Self

from django.db import OperationalError, transaction
from psycopg.errors import QueryCanceled

from pagetojob.platform.postgresql.base import fetch_all, set_time_limit
from pagetojob.platform.tenants.models import Tenant

from .. import sql

#: The notices are those of the leads of this many days including today, from midnight to midnight UTC.
NOTICE_DAYS = 30

SQL = sql.load("ledger")


@dataclass(frozen=True)
class _Ledger:
    """Counts: first all, then by bucket. Any that are in no bucket are `missing`."""

    @property
    def missing(self) -> int:
        everything, *buckets = (getattr(self, name) for name in self._counts())
        return int(everything - sum(buckets))

    @property
    def balance(self) -> bool:
        return self.missing == 0

    def __add__(self, other: Self) -> Self:
        return replace(other, **{name: getattr(self, name) + getattr(other, name) for name in self._counts()})

    def _counts(self) -> list[str]:
        return [field.name for field in fields(self) if field.compare]


@dataclass(frozen=True)
class BookingLedger(_Ledger):
    """Counts of leads: captured = delivered + manual complete + waiting + excluded; `missing` leads have no item."""

    captured: int
    delivered: int
    manual_complete: int
    waiting: int
    excluded: int


@dataclass(frozen=True)
class NoticeLedger(_Ledger):
    """Counts of notices: the counts after `due` add up to it; `missing` leads have no notice.

    `notified` counts those notified by a message, `notified_manually` those by a person. A `returned` notice
    bounced, and a `delayed` one waits at a mail server; no other one reached a person. Excluded leads need no notice.
    Counts the leads received since midnight UTC of the day `since`.
    """

    due: int
    notified: int
    notified_manually: int
    waiting: int
    canceled: int
    returned: int = 0
    delayed: int = 0
    since: date | None = field(default=None, compare=False)


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


def ledgers_by_tenant() -> list[Ledgers]:
    """Return the ledgers of each tenant that has leads: unbalanced ones first, then the largest. A single query."""
    with_leads = [ledger for ledger in _read(None) if ledger.books.captured]
    return sorted(with_leads, key=lambda ledger: (ledger.books.balance, -ledger.books.captured))


def _read(tenant: Tenant | None) -> list[Ledgers]:
    size = len(fields(BookingLedger))
    rows = fetch_all(SQL["ledger"], {"tenant": tenant.pk if tenant else None, "notice_days": NOTICE_DAYS})
    return [Ledgers(name, BookingLedger(*of[:size]), NoticeLedger(*of[size:])) for name, *of in rows]


LONGEST_MILLISECONDS = 2000


@dataclass(frozen=True)
class Safety:
    """The ledgers of a tenant, and how long the oldest lead has waited.

    `behind` means that days which should be closed are not: the numbers were counted live, and are just as correct.
    """

    books: BookingLedger
    notices: NoticeLedger
    oldest: timedelta | None
    counted_at: datetime
    behind: bool

    @property
    def safe(self) -> bool:
        return self.books.balance and self.notices.balance


def safety_of(tenant: Tenant) -> Safety | None:
    """Return the safety numbers. Three queries. None if the database could not answer within two seconds."""
    try:
        with transaction.atomic():
            set_time_limit(LONGEST_MILLISECONDS)
            return _safety_of(tenant)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None


def _safety_of(tenant: Tenant) -> Safety:
    now, oldest, behind = fetch_all(SQL["oldest_waiting"], {"tenant": tenant.pk})[0]
    both = ledgers(tenant)
    return Safety(both.books, both.notices, oldest and now - oldest, now, behind)
