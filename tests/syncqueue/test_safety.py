"""A contractor's status page: numbers from the ledger, an age, and never more than is known."""

import os
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.models import Kind, State
from syncqueue.selectors import Safety
from syncqueue.services import ledger
from syncqueue.state_texts import how_long
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import reach

PAGE = "/portal/status/"


def came_in(tenant: Tenant, minutes: int, state: State, *, told: bool = True, owed: bool = True) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, received_at=at)
        notice = make_sync_item(tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION, created_at=at)
        booking = make_sync_item(tenant=tenant, lead=lead, kind=Kind.BOOKING_REQUEST) if owed else None
    with scope.worker():
        if told:
            reach(notice, State.DELIVERED)
        if booking:
            reach(booking, state, cause="gate-shut" if state == State.BLOCKED else "")


def read(tenant: Tenant) -> Safety:
    with scope.tenant(tenant.pk):
        result = selectors.safety_of(tenant)
    assert result
    return result


@pytest.mark.parametrize("closed", [False, True])
def test_the_numbers_come_from_the_ledger(tenant: Tenant, closed: bool) -> None:
    day = 24 * 60
    came_in(tenant, 9 * day, State.DELIVERED)
    came_in(tenant, 5 * day, State.BLOCKED)
    came_in(tenant, 4 * day, State.MANUAL_COMPLETE)
    came_in(tenant, 14, State.QUEUED)
    if closed:
        ledger.close_days()
    result = read(tenant)
    assert result.safe and result.behind == (not closed)
    totals = result.books
    assert (totals.captured, totals.delivered, totals.manual_complete, totals.waiting) == (4, 1, 1, 2)
    assert how_long(result.oldest) == "5 days"


def test_the_oldest_is_none_that_was_excluded_and_none_of_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    came_in(tenant, 14, State.BLOCKED)
    came_in(other_tenant, 900, State.BLOCKED)
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, received_at=timezone.now() - timedelta(hours=9), excluded_as="spam")
    assert how_long(read(tenant).oldest) == "14 minutes"


def test_the_page_is_calm_when_all_is_well(
    tenant: Tenant, owner: User, reviewer: User, viewer: User, signed_in: SignIn
) -> None:
    empty = signed_in(owner).get(PAGE).text
    assert "No requests yet." in empty and "Status of your requests" not in empty, "no list of zeros"
    for minutes in (3, 14):
        came_in(tenant, minutes, State.BLOCKED)
    came_in(tenant, 100, State.DELIVERED)
    for page in (
        signed_in(owner).get(PAGE).text,
        signed_in(reviewer).get(PAGE).text,
        signed_in(viewer).get(f"/ops/status/{tenant.slug}").text,
    ):
        assert "All 3 requests are safe. 2 are waiting for us; the oldest was received 14 minutes ago." in page
        for word in ("Rivera", "555-0199", "PTJ-", "st-ready"):
            assert word not in page


def test_a_gap_in_the_ledger_is_never_called_safe(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    came_in(tenant, 3, State.QUEUED, owed=False)
    page = signed_in(owner).get(PAGE).text
    assert "<h1>Status</h1>" in page, "as the menu names it"
    assert "for 1 of them the handoff is missing" in page and "are safe" not in page and "is safe" not in page


def test_a_missing_notice_is_reported(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, kind=Kind.BOOKING_REQUEST, lead=make_lead(tenant=tenant))
    page = signed_in(owner).get(PAGE).text
    assert "have not prepared a notice to you" in page


def test_strangers_see_only_their_tenant(tenant: Tenant, stranger: User, signed_in: SignIn) -> None:
    came_in(tenant, 3, State.QUEUED)
    assert "No requests yet." in signed_in(stranger).get(PAGE).text
    assert signed_in(stranger).get(f"/ops/status/{tenant.slug}").status_code == 404
    assert Client().get(PAGE).status_code == 302


def test_it_costs_the_same_however_many_came_in(tenant: Tenant) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(tenant)
        return len(queries)

    few = cost()
    for _ in range(5):
        came_in(tenant, 3, State.QUEUED)
    assert cost() == few


@pytest.mark.django_db(transaction=True)
def test_an_unknown_status_is_reported(
    tenant: Tenant, owner: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncqueue.selectors.ledger.LONGEST_MILLISECONDS", 100)
    client = signed_in(owner)
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as session:
        session.execute("LOCK TABLE syncqueue_ledgerday IN ACCESS EXCLUSIVE MODE")
        answer = client.get(PAGE)
        session.rollback()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "The status is not available right now." in answer.text and "safe." not in answer.text
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (59, "less than a minute"), (60, "1 minute"), (7300, "2 hours"), (90_000, "1 day")],
)
def test_a_length_of_time_in_words(seconds: Any, words: str) -> None:
    assert how_long(None if seconds is None else timedelta(seconds=seconds)) == words
