"""The operators' list: closed filters, signed cursors, capped counters, and a bounded cost."""

import os
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform import time_limit
from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.postgresql.base import set_time_limit
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.filters import FILTERS, Filters
from syncqueue.leads.models import Exclusion, Suspicion
from syncqueue.models import Kind, State, SyncItem
from syncqueue.selectors import counts
from syncqueue.views.queue import list_url
from tests.support.cast import SignIn
from tests.support.desk import more_items
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import fill_queue, reach

ALL_SET = Filters(
    state="blocked",
    kind="booking_request",
    tenant="desert-peak",
    cause="gate-shut",
    untold=True,
    scheduled=True,
    suspected=True,
    excluded=True,
    adopted=True,
    needs_person=True,
    snoozed=True,
    finished=True,
    assignee="12",
)


def parsed(query: str) -> Filters:
    return Filters.parse(QueryDict(query))


def test_a_viewer_gets_no_boxes_to_tick(signed_in: SignIn, viewer: User, operator: User, tenant: Tenant) -> None:
    fill_queue(tenant, rounds=1)
    assert 'name="item"' not in signed_in(viewer).get("/ops/").text
    assert 'name="item"' in signed_in(operator).get("/ops/").text


# --- Filters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("state=nonsense", ("state",)),
        ("state=blocked&state=%00", ("state",)),
        ("kind=1%27%20OR%201=1", ("kind",)),
        ("tenant=a%00b", ("tenant",)),
        ("tenant=" + "a" * 61, ("tenant",)),
        ("cause=<script>", ("cause",)),
        ("suspected=no", ("suspected",)),
        ("untold=1&scheduled=%F0%9F%92%A9", ("untold", "scheduled")),
    ],
)
def test_an_invalid_filter_value_is_ignored_with_a_warning(
    signed_in: SignIn, operator: User, query: str, ignored: tuple[str, ...]
) -> None:
    assert parsed(query).ignored == ignored and not parsed(query).active()
    answer = signed_in(operator).get(f"/ops/?{query}")
    assert answer.status_code == 200 and f"no such {' or '.join(ignored)}" in answer.text


def test_an_unknown_tenant_is_ignored_with_a_warning(signed_in: SignIn, operator: User) -> None:
    assert "no such tenant" in signed_in(operator).get("/ops/?tenant=nobody").text


def test_filters_come_back_from_their_own_address() -> None:
    everything = ALL_SET
    assert tuple(everything.active()) == FILTERS
    assert parsed(everything.as_query()) == everything
    assert everything.but(state="").as_query().startswith("kind=booking_request")
    assert parsed("nonsense=1") == Filters() and Filters().describe() == "all items"
    assert parsed("state=needs review&untold=yes").describe() == ("state needs review, business not notified in time")


def test_each_filter_selects_its_items(tenant: Tenant, other_tenant: Tenant) -> None:
    now = timezone.now()
    with scope.tenant(tenant.pk):
        plain = make_sync_item(tenant=tenant)
        timed = make_sync_item(tenant=tenant, due_at=now)
        lead = make_lead(tenant=tenant, suspected=[Suspicion.TOO_FAST])
        suspected = make_sync_item(tenant=tenant, lead=lead)
        spam = make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant, excluded_as=Exclusion.SPAM))
        bot_lead = make_lead(tenant=tenant, suspected=[Suspicion.HONEYPOT], excluded_as=Exclusion.SPAM)
        bot = make_sync_item(tenant=tenant, lead=bot_lead)
        notice = {"tenant": tenant, "kind": Kind.BUSINESS_NOTIFICATION, "created_at": now - timedelta(minutes=11)}
        late = make_sync_item(**notice, lead=make_lead(tenant=tenant))
        texts = make_sync_item(**notice, lead=make_lead(tenant=tenant))
        make_sync_item(**notice, lead=make_lead(tenant=tenant, excluded_as=Exclusion.TEST))
        make_sync_item(**(notice | {"created_at": now}), lead=make_lead(tenant=tenant))
    with scope.tenant(other_tenant.pk):
        foreign = make_sync_item(tenant=other_tenant)
    with scope.worker():
        reach(texts, State.DELIVERED)
        reach(plain, State.BLOCKED, cause="gate-shut")
        reach(spam, State.CANCELLED)
        result = {
            query: set(parsed(query).queryset()) for query in ("state=blocked", "cause=gate-shut", "scheduled=yes")
        }
        assert result == {"state=blocked": {plain}, "cause=gate-shut": {plain}, "scheduled=yes": {timed}}
        assert set(parsed("kind=booking_request").queryset()) == {suspected, spam, bot}
        assert set(parsed(f"tenant={other_tenant.slug}").queryset()) == {foreign}
        assert set(parsed("suspected=yes").queryset()) == {suspected}
        assert set(parsed("suspected=yes&excluded=yes").queryset()) == {bot}
        assert {spam, bot} == set(parsed("excluded=yes&kind=booking_request").queryset())
        assert set(parsed("untold=yes").queryset()) == {late}
        assert set(parsed("untold=yes&state=blocked").queryset()) == set()


def test_what_waits_for_its_time_is_shown_in_that_order(tenant: Tenant) -> None:
    now = timezone.now()
    with scope.tenant(tenant.pk):
        items = [make_sync_item(tenant=tenant, due_at=now + timedelta(hours=hours)) for hours in (3, 1, 2)]
    with scope.worker():
        assert selectors.items_page(Filters(scheduled=True)).items == [items[1], items[2], items[0]]


# --- Pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [Filters(), Filters(scheduled=True), Filters(state=State.QUEUED)])
def test_older_and_newer_lead_through_the_same_pages(tenant: Tenant, filters: Filters) -> None:
    at = timezone.now()
    with scope.tenant(tenant.pk):
        for number in range(PAGE_SIZE * 2 + 7):
            make_sync_item(tenant=tenant, created_at=at - timedelta(seconds=number // 9), due_at=at)
    with scope.worker():
        first = selectors.items_page(filters)
        second = selectors.items_page(filters, after=first.older)
        third = selectors.items_page(filters, after=second.older)
        assert len(third.items) == 7 and not third.older and not first.newer
        assert selectors.items_page(filters, before=third.newer).items == second.items
        assert selectors.items_page(filters, before=second.newer).items == first.items
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=at - timedelta(days=1))
    with scope.worker():
        back = selectors.items_page(filters, before=second.newer)
        assert back.items == first.items and back.newer
        assert len(selectors.items_page(filters, before=back.newer).items) == PAGE_SIZE


def test_a_page_mark_is_good_for_its_own_list_only(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        for _ in range(PAGE_SIZE + 1):
            make_sync_item(tenant=tenant)
    client = signed_in(operator)
    mark = client.get("/ops/?state=queued").context["older"]
    assert len(client.get("/ops/", {"state": "queued", "after": mark}).context["items"]) == 1
    for foreign in ({"after": mark}, {"state": "blocked", "after": mark}, {"kind": "website_update", "before": mark}):
        answer = client.get("/ops/", foreign, follow=True)
        assert "not valid for this list" in answer.text
        filters = Filters.parse(foreign)
        assert answer.redirect_chain == [(list_url(filters) if filters.active() else "/ops/", 302)]


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("mark", ["forged", "1:2:3", "\x00", "é" * 900])
def test_a_forged_page_mark_is_refused_in_words(signed_in: SignIn, operator: User, name: str, mark: str) -> None:
    answer = signed_in(operator).get("/ops/", {name: mark}, follow=True)
    assert answer.status_code == 200 and "not valid for this list" in answer.text
    assert signed_in(operator).get("/ops/live", {"top": mark}).status_code == 400


# --- Counters and groups -----------------------------------------------------------------------------


def test_each_counter_matches_its_list(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    fill_queue(tenant, rounds=2)
    client = signed_in(operator)
    tiles = client.get("/ops/").context["tiles"]
    assert {tile["key"] for tile in tiles if tile["count"]} == {key for key, _, _ in selectors.TILES} - {"suspected"}
    for tile in tiles:
        assert len(client.get(tile["url"]).context["items"]) == min(tile["count"], PAGE_SIZE), tile


def test_counting_stops(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [selectors.capped(count) for count in (0, 1000, 1001)] == ["0", "1,000", "1,000+"]
    with scope.tenant(tenant.pk):
        for _ in range(4):
            make_sync_item(tenant=tenant)
    with scope.worker():
        assert counts.count_each([SyncItem.objects.all(), SyncItem.objects.filter(state="blocked")], limit=2) == [3, 0]


def test_open_items_are_grouped_by_what_holds_them_up(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        items = [make_sync_item(tenant=tenant) for _ in range(5)]
    with scope.worker():
        reach(items[0], State.RETRYING, cause="mail-later", due_at=timezone.now())
        reach(items[1], State.BLOCKED, cause="gate-shut")
        reach(items[2], State.BLOCKED, cause="gate-shut")
        reach(items[3], State.NEEDS_REVIEW, cause="a-word-of-tomorrow")
        groups = selectors.groups_by_cause()
        oldest = SyncItem.objects.get(pk=items[1].pk).created_at
    assert [(group.key, group.count) for group in groups] == [
        ("gate-shut", 2), ("a-word-of-tomorrow", 1), ("mail-later", 1)
    ]  # fmt: skip
    assert groups[0].oldest == oldest
    client = signed_in(operator)
    shown = client.get("/ops/")
    assert "approved yet" in shown.text and "An unlisted cause" in shown.text
    for group in shown.context["groups"]:
        assert str(len(client.get(group["url"]).context["items"])) == group["value"]


def test_an_empty_list_shows_a_message(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    shown = signed_in(operator).get("/ops/").text
    assert "No items are stuck" in shown and "No items need a person." in shown and "balanced" in shown
    assert "No items yet" in signed_in(operator).get("/ops/?all=yes").text


# --- Cost --------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_few_items_and_for_many(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, costs = signed_in(operator), []
    client.get("/ops/")  # records the visit, which the pages after it within a minute do not
    for rounds in (1, 4):
        fill_queue(tenant) if rounds == 1 else more_items(tenant)
        with CaptureQueriesContext(connection) as queries:
            client.get("/ops/")
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 19


# --- Slow lists --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/ops/", "/ops/live"])
def test_a_list_that_takes_too_long_is_a_page_and_not_a_server_error(
    signed_in: SignIn, operator: User, tenant: Tenant, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(operator)
    monkeypatch.setattr(time_limit, "set_time_limit", lambda _: set_time_limit(200))
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as busy:
        busy.execute("LOCK TABLE syncqueue_syncitem IN ACCESS EXCLUSIVE MODE")
        answer = client.get(path)
        busy.rollback()
    assert answer.status_code == 503 and "This took too long" in answer.text
    assert answer["Retry-After"] == "10"
    assert client.get(path).status_code == 200


def test_a_list_is_given_three_seconds(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def look() -> list[selectors.Group]:
        given.append(_time_limit())
        return []

    monkeypatch.setattr(selectors, "groups_by_cause", look)
    signed_in(operator).get("/ops/")
    assert given == ["3s"]


def _time_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])
