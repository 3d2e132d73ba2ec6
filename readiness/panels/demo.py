"""The demo tenant: the only tenant whose rows the public pages read."""

from collections.abc import Generator
from contextlib import contextmanager

from django.db import connection, transaction

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.public import is_public, public_demo

from ..errors import ReadinessError


class NotADemo(ReadinessError):
    """Rows of a tenant that is not marked as a demo were requested."""


def find() -> Tenant | None:
    """Return the first public tenant marked as a demo, or None. Makes one query."""
    return public_demo()


@contextmanager
def rows_of(tenant: Tenant) -> Generator[None]:
    """Limit queries to the rows of a demo tenant. Raises NotADemo for any other tenant before reading a row."""
    if not tenant.is_demo:
        raise NotADemo("public pages show only tenants marked as a demo")
    if not is_public(tenant):
        raise NotADemo("public pages show only tenants that are live or paused")
    with scope.tenant(tenant.pk):
        yield


@contextmanager
def read_only() -> Generator[None]:
    """Open a transaction in which the database refuses every write. Three statements."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
