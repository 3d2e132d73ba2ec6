"""The books: every captured lead is in exactly one bucket. Needs a worker's or an operator's scope.

Closed days come from their rows, what was received since is counted live, both in one statement: so the
two sides are of one moment, and a look reads a row a closed day and the leads of two or three days.
"""

from dataclasses import astuple, dataclass

from django.db import connection

from pagetojob.kernel.tenants.models import Tenant

from ..ledger_sql import COLUMNS, counted, in_states, midnight
from ..models import OPEN, Kind, State

_SUMS = ", ".join(f"coalesce(sum({column}), 0)::bigint AS {column}" for column in COLUMNS)

_BOOKS = f"""
    SELECT tenant.id, tenant.name, {", ".join(f"closed.{column} + live.{column}" for column in COLUMNS)}
    FROM tenants_tenant AS tenant
    CROSS JOIN LATERAL (
        SELECT max(day) AS last, {_SUMS} FROM syncqueue_ledgerday WHERE tenant_id = tenant.id
    ) AS closed
    CROSS JOIN LATERAL ({counted("tenant.id", f"coalesce({midnight('closed.last + 1')}, '-infinity')")}) AS live
    WHERE %(tenant)s::bigint IS NULL OR tenant.id = %(tenant)s
"""  # noqa: S608 - made of our own constants

#: A notice is no older than its lead. Said here, so that only the newest of all items are read.
_NOTICE_BOOKS = f"""
    SELECT count(lead.id),
        count(item.id) FILTER (WHERE {in_states(State.DELIVERED)}),
        count(item.id) FILTER (WHERE {in_states(State.MANUAL_COMPLETE)}),
        count(item.id) FILTER (WHERE {in_states(*OPEN)}),
        count(item.id) FILTER (WHERE {in_states(State.CANCELLED)})
    FROM tenants_tenant AS tenant
    JOIN leads_lead AS lead ON lead.tenant_id = tenant.id
        AND lead.received_at >= statement_timestamp() - make_interval(days => %(days)s) AND lead.excluded_as = ''
    LEFT JOIN syncqueue_syncitem AS item
        ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = '{Kind.BUSINESS_NOTIFICATION}'
        AND item.created_at >= statement_timestamp() - make_interval(days => %(days)s + 1)
    WHERE %(tenant)s::bigint IS NULL OR tenant.id = %(tenant)s
"""  # noqa: S608


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


def books(tenant: Tenant | None = None) -> Books:
    """The books of one tenant, or of all. One query."""
    return sum((found for _, found in _read(tenant)), Books(0, 0, 0, 0, 0))


def books_by_tenant() -> list[tuple[str, Books]]:
    """The books of each tenant that has leads, with its name: those that do not balance first, then the largest.

    One query.
    """
    found = [(name, of) for name, of in _read(None) if of.captured]
    return sorted(found, key=lambda row: (row[1].balance, -row[1].captured))


def _read(tenant: Tenant | None) -> list[tuple[str, Books]]:
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, {"tenant": tenant.pk if tenant else None})
        return [(name, Books(*numbers)) for _, name, *numbers in cursor.fetchall()]


@dataclass(frozen=True)
class NoticeBooks:
    """owed = told + told by hand + waiting + cancelled; `missing` leads have no notice.

    Told means by e-mail, told by hand means by a person. Leads a person excluded owe nobody anything.
    """

    owed: int
    told: int
    told_by_hand: int
    waiting: int
    cancelled: int

    @property
    def missing(self) -> int:
        return self.owed - self.told - self.told_by_hand - self.waiting - self.cancelled

    @property
    def balance(self) -> bool:
        return self.missing == 0


def notice_books(tenant: Tenant | None = None, *, days: int = 30) -> NoticeBooks:
    """Of the leads of the last `days` days: whether the business was told. `untold` has what is older and open.

    One query; reads those leads and their notices.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTICE_BOOKS, {"tenant": tenant.pk if tenant else None, "days": days})
        row = cursor.fetchone()
    assert row is not None
    return NoticeBooks(*row)
