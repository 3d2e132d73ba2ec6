"""The list stays current while it is open: only changes are sent; and the content of a row."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.filters import Filters
from syncqueue.leads.models import Exclusion, Suspicion
from syncqueue.models import Kind, State, SyncItem
from syncqueue.views import item_rows
from tests.support.cast import SignIn
from tests.support.desk import more_items
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import reach

A_ROW = "6f0d3c1e-6a58-4b7b-9d5a-0c4b6b1f2a11"


def live_address(shown: Any, query: str = "") -> str:
    versions = ",".join(f"{item.public_id}.{item.version}" for item in shown.context["items"])
    return f"/ops/live?{query}&top={shown.context['page'].top}&rows={versions}"


def test_only_changes_are_sent(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        entry, other = [make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant)) for _ in range(2)]
    client = signed_in(operator)
    url = live_address(client.get("/ops/?all=yes"))
    first = client.get(url)
    assert "data-item" not in first.text and 'data-live-new=""' in first.text
    same = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    with scope.worker():
        reach(entry, State.BLOCKED, cause="gate-shut")
    changed = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]
    assert str(entry.public_id) in changed.text and str(other.public_id) not in changed.text
    assert "approved yet" in changed.text and 'data-tile="blocked" data-count="1"' in changed.text
    assert "no-store" in changed["Cache-Control"]


def test_the_ledger_is_sent_if_requested(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    assert "captured" not in client.get("/ops/live").text
    assert "balanced" in client.get("/ops/live?books=yes").text
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    assert "The ledger does not balance: 1 captured request" in client.get("/ops/live?books=yes").text


@pytest.mark.parametrize(("query", "new"), [("", "2"), ("state=queued", "1"), ("kind=outcome_match", "")])
def test_new_items_are_counted_and_not_put_in(
    signed_in: SignIn, operator: User, tenant: Tenant, query: str, new: str
) -> None:
    client = signed_in(operator)
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant)
    url = live_address(client.get(f"/ops/?{query or 'all=yes'}"), query)
    with scope.tenant(tenant.pk):
        items = [make_sync_item(tenant=tenant, created_at=timezone.now()) for _ in range(2)]
    with scope.worker():
        reach(items[0], State.BLOCKED)
    answer = client.get(url).text
    assert f'data-live-new="{new}"' in answer and "data-item" not in answer


@pytest.mark.parametrize(
    "rows_",
    ["x", "1.2", A_ROW, f"{A_ROW}.x", ",".join(f"{A_ROW}.1" for _ in range(51)), "\x00.1"],
)
def test_rows_that_are_no_rows_are_refused(signed_in: SignIn, operator: User, rows_: str) -> None:
    assert signed_in(operator).get("/ops/live", {"rows": rows_}).status_code == 400


def test_an_address_with_all_rows_of_a_page_fits_into_a_request_line(tenant: Tenant) -> None:
    """gunicorn accepts 4,094 bytes."""
    item = SyncItem(pk=2**40, public_id=uuid.uuid4(), created_at=timezone.now())
    longest = Filters("manual complete", Kind.BUSINESS_NOTIFICATION, "a" * 60, "a" * 40)
    longest = longest.but(untold=True, scheduled=True, suspected=True, excluded=True)
    rows_ = ",".join([f"{item.public_id}.{10**6}"] * PAGE_SIZE)
    assert len(f"GET /ops/live?{longest.as_query()}&top={selectors.items.mark(longest, item)}&rows={rows_}") < 3800


def test_a_live_update_costs_the_same_for_few_and_many(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, costs = signed_in(operator), []
    for _ in range(2):
        more_items(tenant)
        url = live_address(client.get("/ops/?all=yes"))
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 10


# --- Rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (59, "now"),
        (60, "1 min"),
        (3599, "59 min"),
        (7200, "2 h"),
        (86_400 * 1200, "1,200 d"),
        (-120, "2 min"),
    ],
)
def test_a_span_is_formatted_in_its_largest_unit(seconds: int, words: str) -> None:
    assert item_rows.span(timedelta(seconds=seconds)) == words


def test_a_row_shows_cause_next_step_and_labels(tenant: Tenant) -> None:
    now = timezone.now()
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, suspected=[Suspicion.TOO_FAST], excluded_as=Exclusion.SPAM)
        item = make_sync_item(
            tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION, created_at=now - timedelta(hours=1), due_at=now
        )

    def said() -> tuple[str, str, list[str]]:
        row = item_rows.row(item, now)
        return row["why"], row["next"], row["marks"]

    marks = ["not notified in time", "suspected", "excluded: spam"]
    assert said() == ("", "due now", marks)
    with scope.worker():
        states.move(item, State.SENDING, lease_until=now)
        assert said()[1] == "with a worker"
        states.move(item, State.RETRYING, lease_until=None, cause="mail-unreachable", due_at=now + timedelta(minutes=7))
        assert said() == ("The mail server cannot be reached", "in 7 min", marks)
        states.move(item, State.SENDING, lease_until=now)
        states.move(item, State.NEEDS_REVIEW, lease_until=None, cause="", last_error="odd", due_at=None)
        assert said() == ("odd", "Operations", marks)
        states.move(item, State.CANCELLED)
        assert said() == ("", "", ["suspected", "excluded: spam"])
        assert item_rows.row(SyncItem(created_at=now), now)["next"] == "not scheduled"
