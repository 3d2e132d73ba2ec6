"""The books: every captured lead is in exactly one bucket. Needs a worker's or an operator's scope.

Closed days come from their rows, what was received since is counted live, both in one statement: so the
two sides are of one moment, and a look reads a row a closed day and the leads of two or three days.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import date

from django.db import connection

from pagetojob.platform.tenants.models import Tenant

from ..ledger_sql import COLUMNS, NOTICE_COLUMNS, TODAY, counted, midnight

#: The notices are those of the leads of so many days, today's among them, each from midnight to midnight UTC.
NOTICE_DAYS = 30

#: A query of its own, so that it is asked once and not of every row.
_SINCE = f"(SELECT {TODAY} - {NOTICE_DAYS - 1})"
_NOTICE_SUM = f"coalesce(sum({{0}}) FILTER (WHERE day >= {_SINCE}), 0)::bigint AS {{0}}"
_SUMS = ", ".join(
    [
        *(f"coalesce(sum({column}), 0)::bigint AS {column}" for column in COLUMNS),
        *(_NOTICE_SUM.format(column) for column in NOTICE_COLUMNS),
    ]
)
_LIVE = counted("tenant.id", "closed.until", notices_within=f"lead.received_at >= (SELECT {midnight(_SINCE)})")

#: Where the closed days end is said by the row of their sums: COALESCE counts as leaky, and under the policy of a
#: tenant what is leaky is asked of every lead it has, and not of the index.
_BOOKS = f"""
    SELECT tenant.name, {", ".join(f"closed.{column} + live.{column}" for column in COLUMNS + NOTICE_COLUMNS)}, {_SINCE}
    FROM tenants_tenant AS tenant
    CROSS JOIN LATERAL (
        SELECT coalesce({midnight("max(day) + 1")}, '-infinity') AS until, {_SUMS}
        FROM syncqueue_ledgerday WHERE tenant_id = tenant.id
    ) AS closed
    CROSS JOIN LATERAL ({_LIVE}) AS live
    WHERE %(tenant)s::bigint IS NULL OR tenant.id = %(tenant)s
"""  # noqa: S608 - made of our own constants


@dataclass(frozen=True)
class Books:
    """captured = delivered + manual complete + waiting + excluded; `missing` leads have no item."""

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

    def __add__(self, other: "Books") -> "Books":
        return Books(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class NoticeBooks:
    """owed = told + told by hand + waiting + cancelled; `missing` leads have no notice.

    Told means by e-mail, told by hand means by a person. Leads a person excluded owe nobody anything. Of the leads
    received since midnight UTC of the day `since`.
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

    def __add__(self, other: "NoticeBooks") -> "NoticeBooks":
        return NoticeBooks(
            self.owed + other.owed,
            self.told + other.told,
            self.told_by_hand + other.told_by_hand,
            self.waiting + other.waiting,
            self.cancelled + other.cancelled,
            self.since or other.since,
        )


@dataclass(frozen=True)
class Ledgers:
    """Both books of one tenant, or of several, of one moment."""

    name: str
    books: Books
    notices: NoticeBooks


def ledgers(tenant: Tenant | None = None) -> Ledgers:
    """Both books of one tenant, or of all together. One query."""
    return together(_read(tenant))


def together(each: Sequence[Ledgers]) -> Ledgers:
    """The sums."""
    books = sum((one.books for one in each), Books(0, 0, 0, 0, 0))
    return Ledgers("", books, sum((one.notices for one in each), NoticeBooks(0, 0, 0, 0, 0)))


def books(tenant: Tenant | None = None) -> Books:
    """The books of one tenant, or of all. One query."""
    return ledgers(tenant).books


def notice_books(tenant: Tenant | None = None) -> NoticeBooks:
    """Of the leads of the last 30 days: whether the business was told. `untold` has what is older and open.

    One query.
    """
    return ledgers(tenant).notices


def ledgers_by_tenant() -> list[Ledgers]:
    """The books of each tenant that has leads, with its name: those that do not balance first, then the largest.

    One query.
    """
    found = [one for one in _read(None) if one.books.captured]
    return sorted(found, key=lambda one: (one.books.balance, -one.books.captured))


def _read(tenant: Tenant | None) -> list[Ledgers]:
    hand_over = len(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, {"tenant": tenant.pk if tenant else None})
        return [Ledgers(name, Books(*of[:hand_over]), NoticeBooks(*of[hand_over:])) for name, *of in cursor.fetchall()]
