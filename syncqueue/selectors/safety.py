"""How safe the requests of one tenant are, in numbers that may be shown to its own people. No personal data.

Works in the tenant's own scope and in an operator's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from pagetojob.platform.tenants.models import Tenant

from ..ledger_sql import TODAY, in_states, midnight
from ..models import OPEN, Kind
from .counts import set_time_limit
from .ledger import Books, NoticeBooks, ledgers

LONGEST_MILLISECONDS = 2000

_OF_TENANT = "FROM syncqueue_ledgerday WHERE tenant_id = %(tenant)s"

#: The oldest waits on the first closed day with something waiting, or since the last closed one. So this reads the
#: leads of one day, or those that are not closed yet. Each moment is a query of its own: COALESCE counts as leaky, and
#: under the policy of a tenant what is leaky is asked of every lead it has, and not of the index.
_OLDEST = f"""
WITH live AS MATERIALIZED (SELECT coalesce({midnight(f"SELECT max(day) + 1 {_OF_TENANT}")}, '-infinity') AS since),
waits AS MATERIALIZED (
    SELECT coalesce({midnight(f"SELECT min(day) {_OF_TENANT} AND waiting > 0")}, live.since) AS since FROM live
)
SELECT statement_timestamp(), (
    SELECT lead.received_at
    FROM leads_lead AS lead
    JOIN syncqueue_syncitem AS item
        ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = '{Kind.BOOKING_REQUEST}'
    WHERE lead.tenant_id = %(tenant)s AND lead.excluded_as = '' AND {in_states(*OPEN)}
        AND lead.received_at >= (SELECT since FROM waits)
    ORDER BY lead.received_at, lead.id LIMIT 1
), EXISTS (
    SELECT FROM leads_lead AS lead
    WHERE lead.tenant_id = %(tenant)s AND lead.received_at < {midnight(f"{TODAY} - 3")}
        AND lead.received_at >= (SELECT since FROM live)
)
"""  # noqa: S608 - made of our own constants


@dataclass(frozen=True)
class Safety:
    """The books of a tenant, whether it was told in the last 30 days, and how long the oldest has waited.

    `behind` says that days which should be closed are not: the numbers were counted live, and are as true.
    """

    books: Books
    notices: NoticeBooks
    oldest: timedelta | None
    counted_at: datetime
    behind: bool

    @property
    def safe(self) -> bool:
        return self.books.balance and self.notices.balance


def safety_of(tenant: Tenant) -> Safety | None:
    """Three queries. None when the database could not say within two seconds: then nobody knows, and says so."""
    try:
        with transaction.atomic():
            set_time_limit(LONGEST_MILLISECONDS)
            return _read(tenant)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None


def _read(tenant: Tenant) -> Safety:
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, {"tenant": tenant.pk})
        row = cursor.fetchone()
    assert row is not None
    now, oldest, behind = row
    both = ledgers(tenant)
    return Safety(both.books, both.notices, oldest and now - oldest, now, behind)
