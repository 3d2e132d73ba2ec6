"""Rules that the database enforces on items, without the triggers."""

import os
from collections.abc import Generator

import psycopg
import pytest
from django.db import IntegrityError
from psycopg.errors import CheckViolation

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, SyncItem
from tests.support.factories import make_sync_item

pytestmark = pytest.mark.django_db(transaction=True)

PROOF = "done_where = 'ServiceTitan', done_reference = '4711', done_at = now()"


@pytest.fixture
def owner() -> Generator[psycopg.Connection]:
    """Yield a connection without triggers, rolled back at the end. It locks the table: create rows before it."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as line:
        line.execute("ALTER TABLE syncqueue_syncitem DISABLE TRIGGER USER")
        yield line
        line.rollback()


@pytest.fixture
def booking(captured: Lead) -> SyncItem:
    with scope.worker():
        return SyncItem.objects.get(lead=captured, kind=Kind.BOOKING_REQUEST)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("state = 'lost'", "state_known"),
        ("state = ''", "state_known"),
        ("kind = 'fax'", "kind_has_its_lead"),
        ("kind = 'booking_request', lead_id = NULL", "kind_has_its_lead"),
        ("kind = 'visitor_confirmation', lead_id = NULL", "kind_has_its_lead"),
        ("state = 'sending'", "lease_is_sending"),
        ("lease_until = now()", "lease_is_sending"),
        ("state = 'manual complete'", "done_is_manual"),
        ("state = 'manual complete', done_where = 'ServiceTitan', done_at = now()", "done_is_manual"),
        ("done_reference = '4711'", "done_is_manual"),
        (PROOF, "done_is_manual"),
    ],
)
def test_a_row_that_is_wrong_is_refused(booking: SyncItem, owner: psycopg.Connection, wrong: str, rule: str) -> None:
    with pytest.raises(CheckViolation, match=f"sync_item_{rule}"):
        owner.execute(f"UPDATE syncqueue_syncitem SET {wrong} WHERE id = %s", [booking.pk])


@pytest.mark.parametrize(
    "right",
    [
        f"state = 'manual complete', {PROOF}",
        "state = 'sending', lease_until = now()",
        "kind = 'website_update', lead_id = NULL",
        "kind = 'website_update'",
    ],
)
def test_a_row_that_is_right_is_taken(booking: SyncItem, owner: psycopg.Connection, right: str) -> None:
    assert owner.execute(f"UPDATE syncqueue_syncitem SET {right} WHERE id = %s", [booking.pk]).rowcount == 1


def test_a_lead_has_a_single_item_of_each_kind(tenant: Tenant, captured: Lead) -> None:
    for kind in (Kind.VISITOR_CONFIRMATION, Kind.BOOKING_REQUEST, Kind.BUSINESS_NOTIFICATION):
        with pytest.raises(IntegrityError, match="of_lead_once"), scope.tenant(tenant.pk):
            make_sync_item(tenant=tenant, lead=captured, kind=kind)


def test_items_without_a_lead_are_unique_by_key(tenant: Tenant, other_tenant: Tenant) -> None:
    for entry in (tenant, other_tenant):
        with scope.tenant(entry.pk):
            make_sync_item(tenant=entry, lead=None, kind=Kind.WEBSITE_UPDATE, dedupe_key="the same")
            make_sync_item(tenant=entry, lead=None, kind=Kind.TAXONOMY_IMPORT, dedupe_key="the same")
    with pytest.raises(IntegrityError, match="owed_once"), scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, lead=None, kind=Kind.WEBSITE_UPDATE, dedupe_key="the same")


def test_check_constraints_are_short(owner: psycopg.Connection) -> None:
    """The server reads the text of all checks of a table for each statement that writes to it; see decision 0070."""
    [(length,)] = owner.execute(
        "SELECT sum(length(conbin::text)) FROM pg_constraint"
        " WHERE conrelid = 'syncqueue_syncitem'::regclass AND contype = 'c'"
    ).fetchall()
    assert length < 8_000
