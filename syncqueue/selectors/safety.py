"""The safety numbers of one tenant's requests, which may be shown to its own people. No personal data.

Works in the tenant's own scope and in an operator's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from pagetojob.platform.tenants.models import Tenant

from .counts import set_time_limit
from .ledger import SQL, BookingLedger, NoticeLedger, ledgers

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
            return _read(tenant)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None


def _read(tenant: Tenant) -> Safety:
    with connection.cursor() as cursor:
        cursor.execute(SQL["oldest_waiting"], {"tenant": tenant.pk})
        row = cursor.fetchone()
    assert row is not None
    now, oldest, behind = row
    both = ledgers(tenant)
    return Safety(both.books, both.notices, oldest and now - oldest, now, behind)
