"""The safety numbers of one tenant's requests, which may be shown to its own people. No personal data.

Works in the tenant's own scope and in an operator's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from psycopg.errors import QueryCanceled

from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.tenants.models import Tenant

from ..ledger_sql import TODAY, in_states, midnight
from ..models import OPEN, Kind
from .counts import set_time_limit
from .ledger import BookingLedger, NoticeLedger, ledgers

LONGEST_MILLISECONDS = 2000

_OF_TENANT = "FROM syncqueue_ledgerday WHERE tenant_id = %(tenant)s"

#: The oldest waiting lead is on the first closed day with waiting leads, or later than the last closed day. So this
#: reads the leads of one day, or the leads not closed yet. Each time is a subquery: COALESCE is not leakproof, and
#: under the row policy of a tenant, PostgreSQL would evaluate it for every lead instead of using the index.
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
"""  # noqa: S608 - built from constants


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
            return _read(tenant)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None


def _read(tenant: Tenant) -> Safety:
    now, oldest, behind = fetch_all(_OLDEST, {"tenant": tenant.pk})[0]
    both = ledgers(tenant)
    return Safety(both.books, both.notices, oldest and now - oldest, now, behind)
