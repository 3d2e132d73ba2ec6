"""The work queue: its order, snoozes and assignees, what comes next, what is new, and bulk runs with their undo."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import OpsRole
from syncqueue import selectors
from syncqueue.errors import QueueError
from syncqueue.filters import WORK_QUEUE, Filters
from syncqueue.leads.models import AnswerKind, BookingRequest, Lead
from syncqueue.models import ItemNote, ItemTriage, Kind, QueueVisit, SnoozeReason, State, SyncItem
from syncqueue.services import answers, triage
from syncqueue.services.triage import Snooze
from syncqueue.triage_rules import SnoozeFor, snooze_end
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item, make_user
from tests.support.queue import reach
from tests.support.runs import finish_run

pytestmark = pytest.mark.django_db
HOUR = Snooze(SnoozeFor.HOUR, SnoozeReason.OFFICE)


@pytest.fixture
def waiting(tenant: Tenant) -> Callable[..., SyncItem]:
    """Make a booking request that waits for a person."""

    def make(*, priority: int = 5, minutes: int = 10, state: State = State.BLOCKED, **lead: str) -> SyncItem:
        now = timezone.now()
        with scope.tenant(tenant.pk):
            made = make_lead(tenant=tenant, **lead)
            BookingRequest.objects.create(
                tenant=tenant, lead=made, service="AC repair", urgency="soon", page_path="/ac-repair-phoenix"
            )
            item = make_sync_item(
                tenant=tenant, lead=made, priority=priority, created_at=now - timedelta(minutes=minutes)
            )
        with scope.worker():
            reach(item, state, cause="gate-shut")
        return item

    return make


@pytest.fixture
def colleague(db: None) -> User:
    return make_user(ops_role=OpsRole.OPERATOR, name="Rosa Alvarez")


def codes(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/ops/{query}")
    assert page.status_code == 200
    return [row["name"] for row in page.context["rows"]]


def code(item: SyncItem) -> str:
    assert item.lead is not None
    return str(item.lead.spoken_code)


def post(client: Client, name: str, item: SyncItem, query: str = "", **answers: object) -> Any:
    return client.post(reverse(f"ops:{name}", args=[item.public_id]) + query, answers)


def test_the_queue_opens_on_items_that_need_a_person_most_urgent_and_oldest_first(
    signed_in: SignIn, operator: User, tenant: Tenant, waiting: Callable[..., SyncItem]
) -> None:
    young, old = waiting(minutes=5), waiting(minutes=50, name="Jamie Rivera", city="Tempe")
    urgent = waiting(priority=1, minutes=1, state=State.NEEDS_REVIEW)
    done = waiting(state=State.DELIVERED)
    with scope.tenant(tenant.pk):
        queued = make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))
    client = signed_in(operator)
    assert codes(client) == [code(urgent), code(old), code(young)]
    assert codes(client, "?finished=yes") == [code(done)]
    assert set(codes(client, "?all=yes")) == {code(item) for item in (young, old, urgent, done, queued)}
    page = client.get("/ops/").text
    for words in ("AC repair", "J. R., Tempe", "Emergency", "Soon", "Most urgent first, then oldest first."):
        assert words in page, words
    assert "Rivera" not in page


@pytest.mark.parametrize("excluded_as", ["test", "spam", "duplicate"])
def test_an_item_of_an_excluded_request_needs_no_person(
    signed_in: SignIn, operator: User, tenant: Tenant, waiting: Callable[..., SyncItem], excluded_as: str
) -> None:
    since = timezone.now() - timedelta(hours=1)
    item = waiting(minutes=5)
    excluded = waiting(priority=1, minutes=9, state=State.NEEDS_REVIEW, excluded_as=excluded_as)
    with scope.tenant(tenant.pk):
        of_no_request = make_sync_item(tenant=tenant, kind=Kind.TAXONOMY_IMPORT)
    with scope.worker():
        reach(of_no_request, State.BLOCKED, cause="gate-shut")
    client = signed_in(operator)
    names = codes(client)
    assert code(excluded) not in names and code(item) in names and len(names) == 2
    assert code(excluded) in codes(client, "?all=yes")
    with scope.operator(operator, reason="test"):
        assert selectors.news(operator, since).arrived == 2
        for snoozed in (item, excluded):
            triage.snooze(item=snoozed, actor=operator, how=HOUR)
        ItemTriage.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
        assert selectors.news(operator, since).woken == 1


@pytest.mark.parametrize("state", [State.UNKNOWN, State.BLOCKED, State.RETRYING])
def test_an_item_of_an_excluded_request_is_under_no_cause_unless_it_may_be_booked(
    signed_in: SignIn, operator: User, waiting: Callable[..., SyncItem], state: State
) -> None:
    """“Why items wait” counted it, and the work queue left it out."""
    item, excluded = waiting(minutes=5), waiting(minutes=9, state=state, excluded_as="test")
    client = signed_in(operator)
    [group] = client.get("/ops/").context["groups"]
    counted = [excluded, item] if state == State.UNKNOWN else [item]
    assert (group["value"], group["oldest"]) == (str(len(counted)), counted[0].created_at)
    assert set(codes(client, group["url"].removeprefix("/ops/"))) == {code(waits) for waits in counted}
    assert code(excluded) in codes(client, f"{group['url'].removeprefix('/ops/')}&excluded=yes")
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(cause="")
    assert len(client.get("/ops/").context["groups"]) == len(counted) - 1


@pytest.mark.parametrize("state", [State.UNKNOWN, State.BLOCKED, State.NEEDS_REVIEW])
def test_an_item_stays_in_the_queue_if_the_office_called_its_request_a_duplicate(
    signed_in: SignIn, operator: User, tenant: Tenant, waiting: Callable[..., SyncItem], state: State
) -> None:
    item = waiting(state=state)
    assert item.lead is not None
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=item.lead, kind=AnswerKind.DUPLICATE, by=operator)
    client = signed_in(operator)
    assert codes(client) == [code(item)], "an operator has to check the answer"
    assert row is not None
    with scope.tenant(tenant.pk):
        answers.undo(row=row, by=operator)
        Lead.objects.filter(pk=item.lead.pk).update(excluded_as="duplicate")
    assert codes(client) == ([code(item)] if state == State.UNKNOWN else []), "an operator excluded it"


def test_pages_of_the_queue_follow_its_order(
    signed_in: SignIn, operator: User, waiting: Callable[..., SyncItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncqueue.selectors.items.PAGE_SIZE", 2)
    items = [waiting(priority=priority, minutes=minutes) for priority, minutes in ((1, 5), (5, 90), (5, 30), (7, 99))]
    client = signed_in(operator)
    first = client.get("/ops/")
    assert [row["name"] for row in first.context["rows"]] == [code(item) for item in items[:2]]
    second = client.get(first.context["older_url"])
    assert [row["name"] for row in second.context["rows"]] == [code(item) for item in items[2:]]
    back = client.get(second.context["newer_url"])
    assert [row["name"] for row in back.context["rows"]] == [code(item) for item in items[:2]]
    assert client.get("/ops/?all=yes&after=" + first.context["older"]).status_code == 302


def test_a_snoozed_item_comes_back_at_its_time_or_when_its_state_changes(
    signed_in: SignIn, operator: User, waiting: Callable[..., SyncItem]
) -> None:
    timed, changed, other = waiting(minutes=3), waiting(minutes=2), waiting(minutes=1)
    client = signed_in(operator)
    for item in (timed, changed):
        post(client, "snooze", item, snooze_for="4h", snooze_reason="office")
    assert codes(client) == [code(other)]
    assert set(codes(client, "?snoozed=yes")) == {code(timed), code(changed)}
    assert "Waiting for the contractor&#x27;s office" in client.get("/ops/?snoozed=yes").text
    with scope.worker():
        ItemTriage.objects.filter(item=timed).update(snoozed_until=timezone.now() - timedelta(seconds=1))
        SyncItem.objects.filter(pk=changed.pk).update(state_since=timezone.now() + timedelta(seconds=1))
    assert codes(client) == [code(timed), code(changed), code(other)]
    post(client, "snooze", other, snooze_for="1h", snooze_reason="planned")
    post(client, "wake", other)
    assert code(other) in codes(client)


@pytest.mark.parametrize(
    ("choice", "end"),
    [
        ("1h", "2026-11-27T18:30"),
        ("4h", "2026-11-27T21:30"),
        ("tomorrow", "2026-11-28T15:00"),
        ("monday", "2026-11-30T15:00"),
    ],
)
def test_a_snooze_ends_in_the_morning_of_the_tenant(choice: str, end: str) -> None:
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
    assert snooze_end(SnoozeFor(choice), zone="America/Phoenix", now=friday).astimezone(UTC).isoformat()[:16] == end
    monday = datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    assert snooze_end(SnoozeFor.MONDAY, zone="America/Phoenix", now=monday).day == 7


def test_items_are_taken_assigned_and_handed_over(
    signed_in: SignIn, operator: User, colleague: User, viewer: User, waiting: Callable[..., SyncItem]
) -> None:
    item, client = waiting(), signed_in(operator)
    post(client, "take", item, seen=0)
    assert codes(client, f"?needs_person=yes&assignee={operator.pk}") == [code(item)]
    assert codes(client, "?needs_person=yes&assignee=none") == []
    other = signed_in(colleague)
    late = post(other, "take", item, seen=0)
    assert "now assigned to" in other.get(late.url).text
    answer = post(client, "hand-over", item, hand_to=colleague.pk, hand_note="Calls back at noon.")
    assert answer.status_code == 302
    assert codes(signed_in(colleague), f"?needs_person=yes&assignee={colleague.pk}") == [code(item)]
    with scope.operator(operator, reason="test"):
        assert ItemNote.objects.get().text == "Calls back at noon."
        changes = [entry.changes for entry in AuditEntry.objects.filter(action="syncqueue.assign").order_by("id")]
    assert changes == [{"assignee": [None, operator.name]}, {"assignee": [operator.name, colleague.name]}]
    for person, note in ((viewer.pk, "x"), (colleague.pk, " "), ("", "x")):
        refused = post(client, "hand-over", item, hand_to=person, hand_note=note)
        assert refused.status_code == 422
    assert "Rosa Alvarez" in client.get("/ops/").text


def test_a_person_without_the_role_cannot_be_given_an_item(
    operator: User, viewer: User, waiting: Callable[..., SyncItem]
) -> None:
    item = waiting()
    with scope.operator(operator, reason="test"):
        with pytest.raises(QueueError, match="cannot act"):
            triage.assign(item=item, actor=operator, to=viewer)
        with pytest.raises(QueueError, match="can view the queue"):
            triage.assign(item=item, actor=viewer, to=operator)
        with pytest.raises(QueueError, match="can view the queue"):
            triage.snooze(item=item, actor=viewer, how=HOUR)


def test_an_ended_item_cannot_be_snoozed(signed_in: SignIn, operator: User, waiting: Callable[..., SyncItem]) -> None:
    done = waiting(state=State.DELIVERED)
    refused = post(signed_in(operator), "snooze", done, snooze_for="1h", snooze_reason="office")
    assert refused.status_code == 422 and "already ended" in refused.text


def test_after_an_item_the_next_opens_that_is_free(
    signed_in: SignIn, operator: User, colleague: User, waiting: Callable[..., SyncItem]
) -> None:
    first, theirs, third, last = (waiting(minutes=minutes) for minutes in (40, 30, 20, 10))
    with scope.operator(colleague, reason="test"):
        triage.assign(item=theirs, actor=colleague, to=colleague)
    client = signed_in(operator)
    answers = {"done_where": "x", "done_reference": "4711", "reason": "y", "done_at": "2026-01-01T00:00"}
    with scope.worker():
        SyncItem.objects.update(created_at=datetime(2025, 12, 1, tzinfo=UTC))
    answer: Any = client.post(reverse("ops:manual-complete", args=[first.public_id]), answers)
    assert answer.url == reverse("ops:item", args=[third.public_id]) + f"?done={first.public_id}"
    shown = client.get(answer.url).text
    assert reverse("ops:undo", args=[first.public_id]) in shown and code(first) in shown
    with scope.operator(operator, reason="test"):
        item = selectors.next_item(Filters(), after=last, actor=operator)
        assert item is not None and item.pk == third.pk, "after the last, the first again"
        everyone = selectors.next_item(Filters(state="delivered"), after=last, actor=operator)
        assert everyone is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"ops_role": OpsRole.VIEWER}, {"ops_role": ""}])
def test_the_items_of_a_person_who_left_are_free(
    signed_in: SignIn, operator: User, colleague: User, waiting: Callable[..., SyncItem], change: dict[str, Any]
) -> None:
    first, theirs = waiting(minutes=20), waiting(minutes=10)
    with scope.operator(colleague, reason="test"):
        triage.assign(item=theirs, actor=colleague, to=colleague)
    client = signed_in(operator)
    assert "(has left)" not in client.get(reverse("ops:list")).text
    User.objects.filter(pk=colleague.pk).update(**change)
    with scope.operator(operator, reason="test"):
        assert selectors.next_item(Filters(), after=first, actor=operator) == theirs
    assert "Rosa Alvarez (has left)" in client.get(reverse("ops:list")).text
    assert "Assign to me" in client.get(reverse("ops:item", args=[theirs.public_id])).text


def test_what_is_new_is_counted_since_the_last_visit(
    signed_in: SignIn, operator: User, colleague: User, waiting: Callable[..., SyncItem]
) -> None:
    client = signed_in(operator)
    old = waiting(minutes=600)
    assert client.get("/ops/").context["news"] is None, "there was no visit before"
    with scope.operator(operator, reason="test"):
        QueueVisit.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    waiting(minutes=3)
    with scope.operator(colleague, reason="test"):
        triage.assign(item=old, actor=colleague, to=operator)
    news = client.get("/ops/").context["news"]
    assert (news.arrived, news.assigned, news.woken, news.ended) == (1, 1, 0, 0)
    assert news.sentence == "1 new item needs a person, 1 assigned to you by others."
    assert client.get("/ops/").context["news"].arrived == 1, "the same visit goes on"


def start_bulk(client: Client, tenant: Tenant, move: str, **answers: object) -> Run:
    query = f"?needs_person=yes&tenant={tenant.slug}"
    preview = client.post(reverse("ops:bulk") + query, {"move": move, "which": "all"})
    chosen = preview.context["form"]["chosen"].value()
    answer = client.post(reverse("ops:bulk-start"), {"chosen": chosen, "reason": "a storm", **answers})
    assert answer.status_code == 302, answer.text
    return finish_run(latest_run())


def latest_run() -> Run:
    with scope.worker():
        return Run.objects.order_by("-id")[0]


def test_all_matching_items_are_assigned_or_snoozed_in_bulk_and_that_is_undone(
    signed_in: SignIn, operator: User, colleague: User, tenant: Tenant, waiting: Callable[..., SyncItem]
) -> None:
    items, client = [waiting(minutes=minutes) for minutes in (3, 2, 1)], signed_in(operator)
    with scope.operator(operator, reason="test"):
        triage.assign(item=items[0], actor=operator, to=operator)
    run = start_bulk(client, tenant, "assign", assignee=colleague.pk)
    assert run.state == RunState.DONE
    mine = f"?needs_person=yes&assignee={colleague.pk}"
    assert len(codes(client, mine)) == 3
    with scope.operator(operator, reason="test"):
        triage.assign(item=items[2], actor=operator, to=None)
    assert "Undo run" in client.get(reverse("ops:run", args=[run.public_id])).text
    undo: Any = client.post(reverse("ops:run-undo", args=[run.public_id]))
    finish_run(latest_run())
    page = client.get(undo.url).text
    assert "It was assigned or snoozed again since then." in page
    assert codes(client, mine) == []
    assert codes(client, f"?needs_person=yes&assignee={operator.pk}") == [code(items[0])]
    start_bulk(client, tenant, "snooze", snooze_for="tomorrow", snooze_reason="office")
    assert codes(client) == [] and len(codes(client, "?snoozed=yes")) == 3
    client.post(reverse("ops:run-undo", args=[latest_run().public_id]))
    finish_run(latest_run())
    assert len(codes(client)) == 3


def test_a_run_that_sent_or_ended_items_cannot_be_undone(
    signed_in: SignIn, operator: User, tenant: Tenant, waiting: Callable[..., SyncItem]
) -> None:
    waiting()
    client = signed_in(operator)
    run = start_bulk(client, tenant, "cancel")
    assert "Undo run" not in client.get(reverse("ops:run", args=[run.public_id])).text
    refused = client.post(reverse("ops:run-undo", args=[run.public_id]), follow=True)
    assert "This run cannot be undone" in refused.text


def test_the_new_filters_come_back_from_their_own_address() -> None:
    filters = Filters(needs_person=True, assignee="12")
    assert Filters.parse(QueryDict(filters.as_query())) == filters
    assert Filters.parse(QueryDict("assignee=me")).ignored == ("assignee",)
    assert WORK_QUEUE.describe() == "needs a person"
    assert Filters(assignee="none").describe() == "not assigned"
