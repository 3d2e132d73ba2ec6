"""An error of the database about certain rows, such as those of one tenant."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from pagetojob.platform.tenants.models import Tenant


def refused(table: str, tenant: Tenant) -> AbstractContextManager[None]:
    """Let each write to a row of a tenant in a table raise an IntegrityError. For tests that commit."""
    return refused_unless(f"tenant_id <> {tenant.pk}", table)


@contextmanager
def refused_unless(condition: str, table: str) -> Iterator[None]:
    """Let each write to a row of a table that does not meet a condition raise an IntegrityError, as `refused` does."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({condition}) NOT VALID")
        try:
            yield
        finally:
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT refused")


def left_out(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Return the task and the tenant of each logged error that concerned one tenant only."""
    records = [vars(record) for record in caplog.records if record.getMessage() == "contractor left out"]
    return [(record["task"], record["tenant_id"]) for record in records]
