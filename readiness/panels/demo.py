"""The demo tenant: the only one whose rows the public pages ever read."""

from collections.abc import Generator
from contextlib import contextmanager

from django.db import connection, transaction

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..errors import ReadinessError


class NotADemo(ReadinessError):
    """Rows were asked for of a tenant that is not marked as a demo."""


def find() -> Tenant | None:
    """The tenant marked as a demo, the first one if there are several. One query."""
    return Tenant.objects.filter(is_demo=True).order_by("pk").first()


@contextmanager
def rows_of(tenant: Tenant) -> Generator[None]:
    """See the rows of a demo tenant and of nobody else. Raises NotADemo for any other tenant, before the first row."""
    if not tenant.is_demo:
        raise NotADemo("public pages show a tenant marked as a demo and no other")
    with scope.tenant(tenant.pk):
        yield


@contextmanager
def read_only() -> Generator[None]:
    """A transaction in which the database refuses every write. Three statements."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
