"""An error about one tenant: the database refuses its rows."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from pagetojob.platform.tenants.models import Tenant


@contextmanager
def refused(table: str, tenant: Tenant) -> Iterator[None]:
    """Let each write to a row of a tenant in a table raise an IntegrityError. For tests that commit."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (tenant_id <> {tenant.pk}) NOT VALID")
        try:
            yield
        finally:
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT refused")


def left_out(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Return the task and the tenant of each logged error that concerned one tenant only."""
    records = [vars(record) for record in caplog.records if record.getMessage() == "contractor left out"]
    return [(record["task"], record["tenant_id"]) for record in records]
