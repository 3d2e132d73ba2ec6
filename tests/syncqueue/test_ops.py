"""Promises 2, 5 and 13 on the operations pages."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.errors import QueueError
from syncqueue.leads.models import Exclusion, Lead
from syncqueue.models import MOVES, Kind, State, SyncItem
from syncqueue.services import delivery
from syncqueue.services.operate import Proof, mark_manual_complete, note_unmasking
from tests.support.cast import SignIn
from tests.support.desk import REASON, mark_as_done
from tests.support.factories import make_lead, make_sync_item


@pytest.fixture
def blocked(work_off: Callable[[], int]) -> SyncItem:
    work_off()
    with scope.worker():
        return SyncItem.objects.select_related("lead").get(kind=Kind.BOOKING_REQUEST)


def page(item: SyncItem) -> str:
    return reverse("ops:item", args=[item.public_id])


def books(tenant: Tenant | None = None) -> selectors.BookingLedger:
    with scope.worker():
        return selectors.books(tenant)


def state_of(item: SyncItem) -> str:
    with scope.worker():
        return SyncItem.objects.get(pk=item.pk).state


def test_an_operator_marks_an_item_as_done_with_proof(signed_in: SignIn, operator: User, blocked: SyncItem) -> None:
    client = signed_in(operator)
    assert books() == selectors.BookingLedger(captured=1, delivered=0, manual_complete=0, waiting=1, excluded=0)
    answer = mark_as_done(client, blocked)
    assert answer.status_code == 302
    shown = client.get(page(blocked)).text
    assert "manual complete" in shown and "Booking 4711" in shown and REASON in shown
    assert f"State: manual complete, by {operator.name} (operator)" in shown
    assert books() == selectors.BookingLedger(captured=1, delivered=0, manual_complete=1, waiting=0, excluded=0)
    with scope.operator(operator, reason="test"):
        entry = AuditEntry.objects.get(action="syncqueue.manual_complete")
    assert (entry.actor_id, entry.reason) == (operator.pk, REASON)
    assert entry.changes["state"] == ["blocked", "manual complete"]
    assert entry.request_id


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": ""}, "Enter a reason"),
        ({"done_reference": " "}, "can be found"),
        ({"done_where": ""}, "Enter the system"),
        ({"done_at": "2099-01-01T00:00"}, "in the future"),
        ({"done_at": "yesterday"}, "Enter a valid date"),
    ],
)
def test_without_proof_or_reason_nothing_happens(
    signed_in: SignIn, operator: User, blocked: SyncItem, changes: dict[str, str], expected: str
) -> None:
    answer = mark_as_done(signed_in(operator), blocked, **changes)
    assert answer.status_code == 422 and expected in answer.text
    assert state_of(blocked) == State.BLOCKED


def test_what_has_ended_cannot_be_finished_again(signed_in: SignIn, operator: User, blocked: SyncItem) -> None:
    client = signed_in(operator)
    mark_as_done(client, blocked)
    again = mark_as_done(client, blocked, done_reference="Booking 1")
    assert again.status_code == 422 and "already ended" in again.text


def test_what_a_worker_holds_is_left_to_it(signed_in: SignIn, operator: User, captured: Lead) -> None:
    (item,) = [item for item in delivery.claim(5) if item.kind == Kind.BOOKING_REQUEST]
    assert "A worker is processing this item" in signed_in(operator).get(page(item)).text
    answer = mark_as_done(signed_in(operator), item)
    assert answer.status_code == 422 and "Wait a minute" in answer.text


def test_a_viewer_reads_but_does_not_act(signed_in: SignIn, viewer: User, blocked: SyncItem) -> None:
    client = signed_in(viewer)
    shown = client.get(page(blocked))
    assert shown.status_code == 200 and '<button class="button">Mark as done' not in shown.text
    assert mark_as_done(client, blocked).status_code == 404
    assert client.post(reverse("ops:unmask", args=[blocked.public_id]), {"unmask_reason": "x"}).status_code == 404
    assert state_of(blocked) == State.BLOCKED


@pytest.mark.parametrize("who", ["owner", "reviewer", "stranger", "editor", "admin_user"])
def test_for_everybody_else_the_desk_does_not_exist(
    signed_in: SignIn, who: str, blocked: SyncItem, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(who))
    for url in (reverse("ops:list"), page(blocked), page(SyncItem(public_id=uuid.uuid4()))):
        assert client.get(url).status_code == 404
    assert mark_as_done(client, blocked).status_code == 404


def test_anonymous_users_are_sent_to_sign_in(client: Client, blocked: SyncItem) -> None:
    for url in (reverse("ops:list"), page(blocked)):
        answer = client.get(url)
        assert answer.status_code == 302 and answer["Location"].startswith("/account/sign-in")
    assert mark_as_done(client, blocked).status_code == 302
    assert state_of(blocked) == State.BLOCKED


def test_the_item_page_lists_missing_requirements_and_owners(
    signed_in: SignIn, operator: User, blocked: SyncItem
) -> None:
    shown = signed_in(operator).get(page(blocked)).text
    assert blocked.missing
    for reason in blocked.missing:
        assert reason["what"] in shown and reason["holder"] in shown


def test_contact_details_are_masked_until_a_reason_is_given(
    signed_in: SignIn, operator: User, blocked: SyncItem
) -> None:
    client = signed_in(operator)
    for url in (reverse("ops:list"), page(blocked)):
        shown = client.get(url).text
        for value in ("Rivera", "555-0199", "6025550199", "jamie@", "Camelback", "cold air"):
            assert value not in shown
    unmask = reverse("ops:unmask", args=[blocked.public_id])
    assert client.post(unmask, {"unmask_reason": " "}).status_code == 422
    shown = client.post(unmask, {"unmask_reason": "to enter the booking"}).text
    assert "Jamie Rivera" in shown and "1840 E Camelback Rd" in shown
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.get(action="syncqueue.unmask").reason == "to enter the booking"
    assert "Rivera" not in client.get(page(blocked)).text


def test_items_without_a_lead_have_different_links(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        items = [make_sync_item(tenant=tenant) for _ in range(2)]
    page = signed_in(operator).get("/ops/?all=yes").text
    names = [f"item {item.public_id.hex[:6]}" for item in items]
    assert len(set(names)) == 2 and all(f">{name}<" in page for name in names)
    assert names[0] in signed_in(operator).get(reverse("ops:item", args=[items[0].public_id])).text


def test_visitor_text_is_escaped(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, name="<script>alert(1)</script>", message="</pre><b>")
        item = make_sync_item(tenant=tenant, lead=lead)
    url = reverse("ops:unmask", args=[item.public_id])
    shown = signed_in(operator).post(url, {"unmask_reason": "test"}).text
    assert "<script>alert(1)" not in shown and "&lt;script&gt;" in shown and "</pre><b>" not in shown


def test_the_list_filters_by_state_and_shows_a_message_if_empty(
    signed_in: SignIn, operator: User, blocked: SyncItem
) -> None:
    client = signed_in(operator)
    assert len(client.get("/ops/?state=blocked").context["items"]) == 1
    assert "No items match these filters" in client.get("/ops/?state=unknown").text
    assert client.get("/ops/?state=nonsense").context["items"] == client.get("/ops/").context["items"]


def test_paging_goes_through_every_item_once(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        made = {make_sync_item(tenant=tenant).pk for _ in range(PAGE_SIZE * 2 + 3)}
    client, seen, url = signed_in(operator), [], "/ops/?all=yes"
    while url:
        context = client.get(url).context
        seen += [item.pk for item in context["items"]]
        url = f"/ops/?all=yes&after={context['older']}" if context["older"] else ""
    assert len(seen) == len(set(seen)) and set(seen) == made


@pytest.mark.parametrize("mark", ["forged", "1:2:3", "\x00", "a" * 3000])
def test_a_forged_page_mark_leads_to_the_first_page(signed_in: SignIn, operator: User, mark: str) -> None:
    answer = signed_in(operator).get("/ops/", {"after": mark}, follow=True)
    assert answer.status_code == 200 and "not valid for this list" in answer.text


def test_the_list_costs_the_same_for_1_item_and_for_50(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, costs = signed_in(operator), []
    for count in (1, 49):
        with scope.tenant(tenant.pk):
            for _ in range(count):
                make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))
        with CaptureQueriesContext(connection) as queries:
            client.get("/ops/?all=yes")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def reach(item: SyncItem, state: State) -> None:
    """Move an item to `state` along the allowed transitions."""
    now = timezone.now()
    proof = {"done_where": "x", "done_reference": "y", "done_at": now}
    with scope.worker():
        if state in MOVES[State.QUEUED] and state != State.SENDING:
            states.move(item, state, **(proof if state == State.MANUAL_COMPLETE else {}))
        elif state != State.QUEUED:
            states.move(item, State.SENDING, lease_until=now)
            if state != State.SENDING:
                states.move(item, state, lease_until=None)


def test_the_ledger_balances_for_every_state(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        items = {state: make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant)) for state in State}
        make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant, excluded_as=Exclusion.SPAM))
        make_sync_item(tenant=tenant, kind=Kind.TAXONOMY_IMPORT)
    for state, item in items.items():
        reach(item, state)
    with scope.tenant(other_tenant.pk):
        make_sync_item(tenant=other_tenant, lead=make_lead(tenant=other_tenant))
    assert books(tenant) == selectors.BookingLedger(captured=10, delivered=1, manual_complete=1, waiting=6, excluded=2)
    assert books() == selectors.BookingLedger(captured=11, delivered=1, manual_complete=1, waiting=7, excluded=2)


def test_the_ledger_of_each_tenant_is_shown_and_an_unbalanced_ledger_comes_first(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    with scope.tenant(tenant.pk):
        for _ in range(2):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))
    with scope.tenant(other_tenant.pk):
        make_lead(tenant=other_tenant)
    with scope.worker():
        first, second = ((entry.name, entry.books) for entry in selectors.ledgers_by_tenant())
    assert first == (
        other_tenant.name,
        selectors.BookingLedger(1, delivered=0, manual_complete=0, waiting=0, excluded=0),
    )
    assert second == (tenant.name, selectors.BookingLedger(2, delivered=0, manual_complete=0, waiting=2, excluded=0))
    assert other_tenant.name in signed_in(operator).get("/ops/").text


def test_no_surplus_can_hide_a_hole(tenant: Tenant, captured: Lead) -> None:
    for facts in ({"lead": captured}, {"kind": Kind.BOOKING_REQUEST}):
        with pytest.raises(IntegrityError, match=r"of_lead_once|has_its_lead"), scope.tenant(tenant.pk):
            make_sync_item(tenant=tenant, **facts)


def test_a_viewer_does_not_read_the_proof(signed_in: SignIn, viewer: User, operator: User, blocked: SyncItem) -> None:
    mark_as_done(signed_in(operator), blocked, done_reference="taken by Rosa Delgado")
    assert "Rosa" in signed_in(operator).get(page(blocked)).text
    assert "Rosa" not in signed_in(viewer).get(page(blocked)).text
    with scope.operator(operator, reason="test"):
        assert "Rosa" not in str(AuditEntry.objects.get(action="syncqueue.manual_complete").changes)


@pytest.mark.parametrize("name", ["ops:manual-complete", "ops:unmask"])
def test_looking_never_acts(signed_in: SignIn, operator: User, blocked: SyncItem, name: str) -> None:
    assert signed_in(operator).get(reverse(name, args=[blocked.public_id])).status_code == 405
    assert state_of(blocked) == State.BLOCKED


def test_operations_pages_are_not_cached(signed_in: SignIn, operator: User, blocked: SyncItem) -> None:
    client = signed_in(operator)
    unmasked = client.post(reverse("ops:unmask", args=[blocked.public_id]), {"unmask_reason": "to call back"})
    for answer in (client.get("/ops/"), client.get(page(blocked)), unmasked):
        assert "no-store" in answer["Cache-Control"]


def test_a_page_mark_must_be_signed_for_this_list(signed_in: SignIn, operator: User, blocked: SyncItem) -> None:
    foreign = signing.dumps([timezone.now().isoformat(), 10**9], salt="another")
    assert "not valid for this list" in signed_in(operator).get("/ops/", {"after": foreign}, follow=True).text


def test_paging_continues_within_the_same_instant(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        made = {make_sync_item(tenant=tenant).pk for _ in range(PAGE_SIZE + 5)}
    with scope.worker():
        SyncItem.objects.update(created_at=timezone.now())
        first = selectors.items_page()
        second = selectors.items_page(after=first.older)
    assert {item.pk for item in (*first.items, *second.items)} == made and not second.older


def test_the_services_ask_for_the_role_themselves(viewer: User, blocked: SyncItem) -> None:
    proof = Proof("x", "y", timezone.now())
    with scope.operator(viewer, reason="test"):
        with pytest.raises(QueueError, match="not act"):
            mark_manual_complete(item=blocked, actor=viewer, proof=proof, reason="a")
        with pytest.raises(QueueError, match="cannot view"):
            note_unmasking(item=blocked, actor=viewer, reason="a")


@pytest.mark.parametrize(("hours", "expected"), [(1, "in the future"), (-1, "before the request")])
def test_the_proof_time_is_between_the_request_and_now(
    operator: User, blocked: SyncItem, hours: int, expected: str
) -> None:
    proof = Proof("x", "y", timezone.now() + timedelta(hours=hours))
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match=expected):
        mark_manual_complete(item=blocked, actor=operator, proof=proof, reason="a")


def test_a_lead_without_an_item_turns_the_page_red(
    signed_in: SignIn, operator: User, tenant: Tenant, blocked: SyncItem
) -> None:
    client = signed_in(operator)
    assert "do not balance" not in client.get("/ops/").text
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    assert books().missing == 1
    assert "The ledger does not balance: 1 captured request without an outbox item" in client.get("/ops/").text


def test_a_lost_race_is_reported(operator: User, blocked: SyncItem) -> None:
    proof = Proof("x", "y", timezone.now())
    with scope.operator(operator, reason="test"):
        mine = SyncItem.objects.get(pk=blocked.pk)
        mark_manual_complete(item=SyncItem.objects.get(pk=blocked.pk), actor=operator, proof=proof, reason="a")
        with pytest.raises(QueueError, match="Someone else"), transaction.atomic():
            mark_manual_complete(item=mine, actor=operator, proof=proof, reason="b")
        assert AuditEntry.objects.filter(action="syncqueue.manual_complete").count() == 1


def test_a_due_item_is_noticed(captured: Lead) -> None:
    with scope.worker():
        assert selectors.anything_due()
        SyncItem.objects.update(due_at=Now() + timedelta(hours=1))
        assert not selectors.anything_due()
