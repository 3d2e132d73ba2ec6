"""Promise 3: nothing is sent twice. A booking against the simulator process, with each possible result of a send."""

import os
from datetime import timedelta
from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.gates.watch import Watch
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.simulator.seed import JOB_TYPE, PROVIDER
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, Lost
from pagetojob.servicetitan.vault.services import connections
from pagetojob.titanmap.models import Family, TaxonomyItem
from pagetojob.titanmap.rules import set_time_zone
from syncqueue import envelope, send_intent
from syncqueue.connectors.booking import plan
from syncqueue.connectors.booking.send import BookingSender
from syncqueue.item_actions import OF_THE_BINDING
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, Lane, State, SyncItem
from syncqueue.office_answer import BOOKED_BY_OFFICE, EXCLUDED
from syncqueue.outcomes import Outcome
from syncqueue.ports import Arrivals, Result, SendIntent
from syncqueue.services import answers, delivery, gated_items, recovery
from syncqueue.services.gated_items import release_opened
from syncqueue.services.operate import Proof, ask_resend, mark_manual_complete, resend
from tests.support.cast import SignIn
from tests.support.desk import booking_request, url, work_booking_request
from tests.support.gates import prove_all, wish
from tests.support.handed import FLAG, IDS, book, connect
from tests.support.queue import reach
from tests.support.services import administrator
from tests.support.standin import StandInProcess

contract_ended = import_module("syncqueue.migrations.0014_contract_ended")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def opened(tenant: Tenant, owner: User, captured: Lead, standin: StandInProcess) -> StandInProcess:
    """A demo tenant with an open simulator, one captured request, and ids in its map."""
    with scope.tenant(tenant.pk):
        for family, external_id in IDS.items():
            TaxonomyItem.objects.filter(tenant=tenant, family=family).update(external_id=external_id)
    connect(tenant, owner)
    wish(tenant, FLAG)
    return standin


def hand_over(item: SyncItem) -> list[Result]:
    """Return the results of one item, without settling it."""
    arrivals: Arrivals = Arrivals()
    handover = BookingSender(arrivals)
    handover.take([item])
    ended = handover.results()
    while handover.under_way():
        arrivals.get(timeout=30)()
        ended += handover.results()
    return ended


def later(seconds: int) -> None:
    """Let time pass: move the stored times of the booking back, and make it due."""
    item = booking_request()
    passed = timedelta(seconds=seconds)
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(
            send_began_at=item.send_began_at and item.send_began_at - passed,
            looked_up_at=item.looked_up_at and item.looked_up_at - passed,
            due_at=Now(),
        )


UNCLEAR = ("drop-after", "server-error-after", "truncated", "html-success", "empty", "server-error")


def test_a_booking_is_handed_over_once_and_carries_our_reference(opened: StandInProcess, captured: Lead) -> None:
    item = work_booking_request()
    assert (item.state, item.sent_to, item.must_reconcile, item.attempts) == (State.DELIVERED, "stand-in", False, 1)
    assert book(opened) == {captured.reference: [int(item.external_id)]}
    assert (opened.book()["duplicates"], opened.book()["token_requests"]) == (0, 1)


@pytest.mark.parametrize("fault", UNCLEAR)
def test_after_an_unclear_result_lookups_prevent_a_duplicate(
    opened: StandInProcess, captured: Lead, fault: str
) -> None:
    opened.coming(fault)
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.RETRYING, "booking-unclear", True)
    assert item.due_at and item.send_began_at and item.due_at - item.send_began_at >= timedelta(seconds=120)
    later(121)
    item = work_booking_request()
    if fault != "server-error":
        assert (item.state, item.adopted, item.must_reconcile) == (State.DELIVERED, True, False)
    else:
        assert (item.state, item.cause, item.looked_up) == (State.RETRYING, "look-up-due", 1)
        assert book(opened) == {}
        later(61)
        item = work_booking_request()
        assert (item.state, item.adopted) == (State.DELIVERED, False)
    assert book(opened) == {captured.reference: [int(item.external_id)]}


@pytest.mark.parametrize("ways", [(110,), (121, 50)])
def test_lookups_and_resends_are_never_early(opened: StandInProcess, ways: tuple[int, ...]) -> None:
    """ "Retry now" brings the attempt forward, but not the lookup."""
    opened.coming("server-error")
    work_booking_request()
    for seconds in ways:
        later(seconds)
        item = work_booking_request()
    assert (item.state, item.cause, item.looked_up) == (State.RETRYING, "look-up-due", len(ways) - 1)
    assert book(opened) == {}


def test_a_read_that_is_stale_once_makes_no_second_booking(opened: StandInProcess, captured: Lead) -> None:
    opened.plan(coming=["drop-after"], stale_seconds=3600)
    work_booking_request()
    later(121)
    assert work_booking_request().looked_up == 1
    opened.plan()
    later(61)
    item = work_booking_request()
    assert (item.state, item.adopted) == (State.DELIVERED, True)
    assert book(opened) == {captured.reference: [int(item.external_id)]}


def test_a_failed_lookup_does_not_count(opened: StandInProcess) -> None:
    opened.coming("drop-after", "server-error")
    work_booking_request()
    later(121)
    item = work_booking_request()
    assert (item.state, item.cause, item.looked_up, item.must_reconcile) == (State.RETRYING, "booking-away", 0, True)


@pytest.mark.parametrize("left", [True, False])
def test_a_worker_that_dies_in_mid_send_leaves_its_mark(
    opened: StandInProcess, captured: Lead, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    """Killed before the first byte or after the booking was stored: the result is unknown, so both are looked up."""

    class Killed(BaseException):
        pass

    def kill(*args: Any, **facts: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if left:
            patch.setattr("syncqueue.services.delivery.settle_many", kill)
        else:
            patch.setattr("syncqueue.connectors.booking.send.CallQueue.add", kill)
        with scope.worker():
            SyncItem.objects.exclude(kind=Kind.BOOKING_REQUEST).update(due_at=None)
        with pytest.raises(Killed):
            work_booking_request()
    item = booking_request()
    assert (item.state, item.must_reconcile) == (State.SENDING, True)
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert delivery.sweep_leases(worker="sweep") == 1
    assert (booking_request().state, booking_request().must_reconcile) == (State.RETRYING, True)
    later(121)
    item = work_booking_request()
    assert (item.state, item.adopted) == ((State.DELIVERED, True) if left else (State.RETRYING, False))
    assert len(book(opened)) == int(left)


def test_a_worker_whose_lease_ran_out_sends_nothing(opened: StandInProcess) -> None:
    with scope.worker():
        SyncItem.objects.exclude(kind=Kind.BOOKING_REQUEST).update(due_at=None)
    [late] = delivery.claim(1)
    with scope.worker():
        SyncItem.objects.filter(pk=late.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert hand_over(late) == []
    assert book(opened) == {} and not booking_request().must_reconcile


def test_of_several_bookings_the_oldest_is_adopted_and_flagged(opened: StandInProcess, captured: Lead) -> None:
    opened.coming("drop-after")
    work_booking_request()
    item = booking_request()
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(must_reconcile=False, due_at=Now())
    work_booking_request()
    assert len(book(opened)[captured.reference]) == 2
    # The connector itself is called for the lookup of two bookings: a delivered row stays unchanged.
    item.state_since = booking_request().state_since + timedelta(hours=1)
    [(_, outcome)] = hand_over(item)
    assert (outcome.state, outcome.possibly_arrived) == (State.DELIVERED, True)
    assert outcome.external_id == str(min(book(opened)[captured.reference]))


@pytest.mark.parametrize("refusal", [409, 400])
def test_a_refused_duplicate_triggers_a_lookup(opened: StandInProcess, captured: Lead, refusal: int) -> None:
    opened.plan(coming=["drop-after"], refuses_second=refusal)
    item = work_booking_request()
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(must_reconcile=False, due_at=Now())
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.RETRYING, "booking-unclear", True)
    later(121)
    item = work_booking_request()
    assert (item.state, item.adopted) == (State.DELIVERED, True)
    assert book(opened) == {captured.reference: [int(item.external_id)]}


def test_a_reported_duplicate_that_is_not_returned_is_unknown(opened: StandInProcess, captured: Lead) -> None:
    """Retried again and again, it would be refused for three days before anyone noticed."""
    opened.plan(coming=["drop-after"], stale_seconds=3600, refuses_second=409)
    work_booking_request()
    for wait in (121, 61):
        later(wait)
        item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.UNKNOWN, "booking-collides", True)
    assert len(book(opened)[captured.reference]) == 1


@pytest.mark.parametrize(
    ("field", "was", "state"),
    [("summary", "Shorter.", State.DELIVERED), ("contacts", [], State.NEEDS_REVIEW), ("address", {}, State.DELIVERED)],
)
def test_later_changes_are_updated_in_place_and_never_duplicated(
    opened: StandInProcess, captured: Lead, field: str, was: Any, state: State
) -> None:
    opened.coming("drop-after")
    item = work_booking_request()
    assert item.envelope
    item.envelope["booking"][field] = was
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(envelope=item.envelope)
    later(121)
    item = work_booking_request()
    assert (item.state, item.must_reconcile) == (state, state == State.NEEDS_REVIEW)
    assert book(opened) == {captured.reference: [int(item.external_id)]}
    assert state == State.DELIVERED or item.cause == "booking-differs"


def test_while_it_may_have_arrived_a_closed_gate_makes_it_unknown_and_not_blocked(
    opened: StandInProcess, tenant: Tenant
) -> None:
    opened.coming("drop-after")
    work_booking_request()
    wish(tenant, FLAG, killed=True)
    later(121)
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.UNKNOWN, "look-up-waits", True)


def test_a_lookup_resumes_by_itself_when_the_gate_is_open_again(
    opened: StandInProcess, tenant: Tenant, captured: Lead
) -> None:
    opened.coming("drop-after")
    work_booking_request()
    wish(tenant, FLAG, killed=True)
    later(121)
    assert work_booking_request().state == State.UNKNOWN
    long_ago()
    assert release_opened() == 0
    wish(tenant, FLAG, killed=False)
    assert release_opened() == 1
    item = work_booking_request()
    assert (item.state, item.adopted) == (State.DELIVERED, True)
    assert book(opened) == {captured.reference: [int(item.external_id)]}


def test_a_lookup_that_is_not_possible_waits_before_it_is_tried_again(opened: StandInProcess, tenant: Tenant) -> None:
    opened.coming("drop-after")
    work_booking_request()
    wish(tenant, FLAG, killed=True)
    later(121)
    work_booking_request()
    wish(tenant, FLAG, killed=False)
    assert release_opened() == 0
    long_ago()
    assert release_opened() == 1


def long_ago() -> None:
    with scope.worker():
        SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).update(
            state_since=Now() - gated_items.LOOKUP_PAUSE - timedelta(seconds=1)
        )


def test_a_refused_token_request_neither_ends_the_connection_nor_stops_the_booking(
    opened: StandInProcess, tenant: Tenant
) -> None:
    opened.plan(revoked=True)
    item = work_booking_request()
    assert (item.state, item.cause) == (State.RETRYING, "booking-away")
    assert (connection_of(tenant).state, connection_of(tenant).refusals) == (ConnectionState.ACTIVE, 1)
    opened.plan()
    later(0)
    assert work_booking_request().state == State.DELIVERED
    assert connection_of(tenant).refusals == 0


def test_a_proxy_s_page_at_the_token_endpoint_is_no_refusal(opened: StandInProcess, tenant: Tenant) -> None:
    opened.plan(token_pages=1)
    item = work_booking_request()
    assert (item.state, item.cause) == (State.RETRYING, "booking-away")
    assert connection_of(tenant).refusals == 0
    later(0)
    assert work_booking_request().state == State.DELIVERED


def test_five_refused_token_requests_in_a_row_end_the_connection(opened: StandInProcess, tenant: Tenant) -> None:
    opened.plan(revoked=True)
    for _ in range(connections.REFUSALS_LOST - 1):
        assert (work_booking_request().state, connection_of(tenant).state) == (State.RETRYING, ConnectionState.ACTIVE)
        later(0)
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.BLOCKED, "access-refused", False)
    assert connection_of(tenant).lost_because == Lost.INVALID_CLIENT


def connection_of(tenant: Tenant) -> Connection:
    with scope.tenant(tenant.pk):
        return Connection.objects.get(tenant=tenant)


@pytest.mark.parametrize("page", ["page-403", "page-404"])
def test_a_page_of_a_proxy_is_not_the_api_s_answer(opened: StandInProcess, captured: Lead, page: str) -> None:
    opened.coming(page)
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.RETRYING, "booking-unclear", True)
    later(121)
    opened.coming(page)
    item = work_booking_request()
    assert (item.state, item.looked_up) == (State.RETRYING, 0)
    for _ in range(2):
        later(61)
        item = work_booking_request()
    assert (item.state, item.adopted) == (State.DELIVERED, False)
    assert book(opened) == {captured.reference: [int(item.external_id)]}


def test_a_refused_lookup_is_made_again(opened: StandInProcess, captured: Lead) -> None:
    opened.coming("drop-after")
    work_booking_request()
    later(121)
    opened.plan(missing_scopes=["tn.crm.bookings:r"])
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.RETRYING, "look-up-due", True)
    opened.plan()
    later(61)
    assert work_booking_request().adopted
    assert len(book(opened)[captured.reference]) == 1


def test_a_change_of_the_gates_on_the_way_is_decided_again_and_not_called_closed(
    opened: StandInProcess, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any change of evidence or of the connection makes a decision out of date, even if the gate stays open."""
    monkeypatch.setattr(Watch, "remembers", lambda *_: False)
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.RETRYING, "gate-changed", False)
    monkeypatch.undo()
    later(0)
    assert work_booking_request().state == State.DELIVERED


@pytest.mark.parametrize("seconds", [8, 45, 60, 75])
def test_bookings_are_sent_with_short_lived_tokens(opened: StandInProcess, seconds: int) -> None:
    opened.plan(token_seconds=seconds)
    assert work_booking_request().state == State.DELIVERED
    assert opened.book()["token_requests"] == 1


def test_a_lookup_that_finds_nothing_closes_the_breaker(opened: StandInProcess, tenant: Tenant) -> None:
    opened.coming("server-error")
    work_booking_request()
    with scope.worker():
        Lane.objects.filter(kind=Kind.BOOKING_REQUEST).update(failures=7)
    later(121)
    assert work_booking_request().looked_up == 1
    with scope.worker():
        assert Lane.objects.get(kind=Kind.BOOKING_REQUEST).failures == 0


@pytest.mark.parametrize(
    ("plan", "state", "cause"),
    [
        ({"coming": ["rate-limit"]}, State.RETRYING, "booking-away"),
        ({"coming": ["not-signed-in"]}, State.RETRYING, "booking-away"),
        ({"refused_ids": [JOB_TYPE]}, State.BLOCKED, "mapping-refused"),
        ({"missing_scopes": ["tn.crm.bookings:w"]}, State.BLOCKED, "access-refused"),
    ],
)
def test_what_surely_did_not_arrive_leaves_no_mark(
    opened: StandInProcess, plan: dict[str, Any], state: State, cause: str
) -> None:
    opened.plan(**plan)
    item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (state, cause, False)
    assert book(opened) == {}


def test_retry_after_is_respected(opened: StandInProcess) -> None:
    opened.plan(coming=["rate-limit"], retry_after=300)
    item = work_booking_request()
    assert item.due_at and item.due_at - item.state_since >= timedelta(seconds=300)


def test_without_a_connection_it_is_blocked(
    tenant: Tenant, owner: User, captured: Lead, standin: StandInProcess
) -> None:
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(family=Family.BOOKING_PROVIDER).update(external_id=PROVIDER)
    wish(tenant, FLAG)
    item = work_booking_request()
    assert (item.state, item.cause, item.attempts) == (State.BLOCKED, "gate-shut", 0)
    assert {reason["what"] for reason in item.missing} == {"connection"}
    assert release_opened() == 0
    connect(tenant, owner)
    assert release_opened() == 1


def test_what_was_refused_goes_on_when_its_connection_is_activated_again_and_not_before(
    opened: StandInProcess, tenant: Tenant, owner: User
) -> None:
    opened.plan(missing_scopes=["tn.crm.bookings:w"])
    assert (work_booking_request().state, booking_request().cause) == (State.BLOCKED, "access-refused")
    opened.plan()
    assert release_opened() == 0
    with scope.tenant(tenant.pk):
        row = Connection.objects.get(tenant=tenant)
    connections.pause(connection=row, actor=owner, reason="The scope is asked for.")
    assert release_opened() == 0
    connections.activate(connection=row, actor=owner, reason="It was granted.")
    assert release_opened() == 1
    assert (work_booking_request().state, booking_request().cause) == (State.DELIVERED, "")


def close(tenant: Tenant, by: User) -> None:
    with scope.operator(by, reason="test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=by, reason="The contract ended.")


def test_a_booking_queued_at_the_end_of_a_contract_is_not_sent_and_waits_for_a_person(
    opened: StandInProcess, tenant: Tenant, operator: User, captured: Lead
) -> None:
    close(tenant, operator)
    item = work_booking_request()
    assert (item.state, item.cause) == (State.BLOCKED, "contract-ended")
    assert [reason["what"] for reason in item.missing] == ["contract"]
    assert (book(opened), opened.book()["token_requests"], release_opened()) == ({}, 0, 0)
    with scope.worker():  # the office still gets the request
        assert SyncItem.objects.get(kind=Kind.BUSINESS_NOTIFICATION).state == State.DELIVERED
    with scope.operator(operator, reason="test"):
        proof = Proof("their ServiceTitan", "B-1204", timezone.now())
        mark_manual_complete(item=item, actor=operator, proof=proof, reason="The office entered it.")
    assert booking_request().state == State.MANUAL_COMPLETE


def test_a_contractor_without_any_proof_that_closed_has_the_end_of_its_contract_as_the_only_reason(
    tenant: Tenant, operator: User, captured: Lead, signed_in: SignIn
) -> None:
    close(tenant, operator)
    item = work_booking_request()
    assert (item.state, item.cause) == (State.BLOCKED, "contract-ended")
    assert [reason["what"] for reason in item.missing] == ["contract"]
    page = signed_in(operator).get(url("item", item)).text
    assert "The contract has ended, so this is never sent automatically." in page
    assert "Why it is not sent automatically" in page
    assert not any(words in page for words in ("requirements remain", "requirement remains", "Remaining requirements"))
    assert "isn&#x27;t approved yet" not in page and "Correct binding" not in page and "To be fixed by" not in page
    assert "so a resend would be blocked again. Enter it manually, or cancel it." in page
    groups = signed_in(operator).get("/ops/?state=blocked").text
    assert "The contract has ended" in groups and "Automatic sending isn&#x27;t approved yet</a>" not in groups


@pytest.mark.parametrize("cause", ["gate-shut", "mapping-missing", "access-refused", "booked-by-office"])
def test_the_end_of_a_contract_is_the_cause_of_bookings_that_were_blocked_before(
    tenant: Tenant, operator: User, captured: Lead, cause: str
) -> None:
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
        reach(item, State.BLOCKED, cause=cause, missing=[{"what": "mapping", "holder": "Operations", "sentence": "x"}])
    close(tenant, operator)
    left = cause == "booked-by-office"
    now = booking_request()
    assert now.cause == (cause if left else "contract-ended")
    assert [reason["what"] for reason in now.missing] == ["mapping" if left else "contract"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", ["gate-shut", *OF_THE_BINDING, *gated_items.OF_THE_CONNECTION])
def test_an_update_states_the_end_for_bookings_of_contractors_that_closed_before_it(
    tenant: Tenant, other_tenant: Tenant, operator: User, captured: Lead, cause: str
) -> None:
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
        reach(item, State.BLOCKED, cause=cause, missing=[{"what": "mapping", "holder": "Operations", "sentence": "x"}])
    migrate_data(contract_ended.STATE_END)
    assert booking_request().cause == cause, "its contractor has not closed"
    close(tenant, operator)
    now = booking_request()
    with scope.worker():
        old = {"error_class": "mapping", "last_error": "x", "missing": item.missing}
        SyncItem.objects.filter(pk=item.pk).update(cause=cause, **old)
    migrate_data(contract_ended.STATE_END)
    updated = booking_request()
    for field in ("cause", "error_class", "last_error", "missing"):
        assert getattr(updated, field) == getattr(now, field), field


def migrate_data(sql: str) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET ROLE pagetojob_owner")
        owner.execute(sql)


def test_a_booking_that_may_have_arrived_before_the_end_stays_unknown(
    opened: StandInProcess, tenant: Tenant, operator: User
) -> None:
    opened.coming("drop-after")
    work_booking_request()
    close(tenant, operator)
    later(121)
    item = work_booking_request()
    long_ago()
    assert (item.state, item.cause, release_opened()) == (State.UNKNOWN, "look-up-waits", 0)


def test_production_stays_closed_regardless_of_evidence(tenant: Tenant, owner: User, opened: StandInProcess) -> None:
    prove_all(tenant)
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)
    item = work_booking_request()
    assert (item.state, item.sent_to) == (State.BLOCKED, "")
    assert {reason["what"] for reason in item.missing} == {"connection"}
    assert book(opened) == {}


def test_an_open_production_decision_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every gate proven and a complete envelope, the missing release of the sender is the last reason to stop."""
    monkeypatch.setattr(envelope, "problems", lambda _envelope: [])
    complete = {"mapped": {"booking_provider": {"external_id": 1}}}
    everywhere = {
        environment: Decision(flag=FLAG, tenant_id=1, environment=environment, open=True, epoch=1)
        for environment in Environment
    }
    stops: dict[Environment, Outcome | None] = {
        environment: plan._where_it_stops(SyncItem(kind=Kind.BOOKING_REQUEST), {}, complete, decision)
        for environment, decision in everywhere.items()
    }
    production = stops.pop(Environment.PRODUCTION)
    assert production is not None
    assert (production.state, [reason["what"] for reason in production.missing]) == (State.BLOCKED, ["sender"])
    assert list(stops.values()) == [None, None], "the sender is released for the other two"


def test_a_request_that_the_office_booked_is_not_booked_again(
    opened: StandInProcess, tenant: Tenant, owner: User, operator: User, captured: Lead
) -> None:
    with scope.tenant(tenant.pk):
        answer = answers.answer(lead=captured, kind="booked", by=owner)
    assert answer is not None
    assert (work_booking_request().state, booking_request().cause) == (State.BLOCKED, BOOKED_BY_OFFICE)
    assert release_opened() == 0
    with scope.operator(operator, "a test"):
        resend(item=booking_request(), actor=operator, reason="pressed by mistake")
    assert (work_booking_request().cause, book(opened)) == (BOOKED_BY_OFFICE, {})
    with scope.tenant(tenant.pk):
        answers.undo(row=answer, by=owner)
    assert release_opened() == 1
    assert (work_booking_request().state, len(book(opened)[captured.reference])) == (State.DELIVERED, 1)


def test_a_request_that_the_office_marked_as_a_duplicate_is_not_booked_until_that_is_undone(
    opened: StandInProcess, tenant: Tenant, owner: User, captured: Lead
) -> None:
    with scope.tenant(tenant.pk):
        answer = answers.answer(lead=captured, kind="duplicate", by=owner)
    assert answer is not None
    assert (work_booking_request().state, booking_request().cause) == (State.BLOCKED, EXCLUDED)
    assert (release_opened(), book(opened)) == (0, {})
    with scope.tenant(tenant.pk):
        answers.undo(row=answer, by=owner)
    assert release_opened() == 1
    assert (work_booking_request().state, len(book(opened)[captured.reference])) == (State.DELIVERED, 1)


def test_a_booking_that_the_office_made_after_an_unclear_send_is_not_sent_again(
    opened: StandInProcess, tenant: Tenant, owner: User, captured: Lead
) -> None:
    opened.coming("server-error")
    assert work_booking_request().must_reconcile
    with scope.tenant(tenant.pk):
        answers.answer(lead=captured, kind="booked", by=owner)
    for _ in range(2):
        later(200)
        work_booking_request()
    assert (booking_request().state, booking_request().cause, book(opened)) == (State.BLOCKED, BOOKED_BY_OFFICE, {})


def test_opening_the_simulator_releases_items_blocked_by_its_gate(
    tenant: Tenant, opened: StandInProcess, captured: Lead
) -> None:
    wish(tenant, FLAG, wanted=False)
    assert work_booking_request().state == State.BLOCKED
    assert release_opened() == 0
    wish(tenant, FLAG)
    assert release_opened() == 1
    assert work_booking_request().state == State.DELIVERED


def test_a_preferred_time_is_sent_once_the_time_zone_is_known(
    tenant: Tenant, operator: User, opened: StandInProcess, captured: Lead
) -> None:
    with administrator() as session:
        session.execute("UPDATE leads_bookingrequest SET preferred_date = current_date + 3")
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    item = work_booking_request()
    assert (item.state, [reason["sentence"] for reason in item.missing]) == (State.BLOCKED, [envelope.UNKNOWN_ZONE])
    assert release_opened() == 0
    with scope.operator(operator, reason="test"):
        set_time_zone(tenant=tenant, time_zone="America/Phoenix", actor=operator, reason="Corrected.")
    assert release_opened() == 1
    item = work_booking_request()
    assert item.state == State.DELIVERED and item.envelope and "start" in item.envelope["booking"]


def test_any_stop_while_it_may_have_arrived_makes_it_unknown(
    opened: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An internal error during a send: a person who fixes it and resends would send it twice."""

    def broken(*args: Any, **facts: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("syncqueue.connectors.booking.interpret.bookings.create", broken)
        item = work_booking_request()
    assert (item.state, item.cause, item.must_reconcile) == (State.UNKNOWN, "own-fault", True)


def test_after_three_days_without_a_lookup_it_is_unknown(opened: StandInProcess) -> None:
    opened.coming("drop-after", "server-error")
    work_booking_request()
    with scope.worker():
        SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).update(created_at=Now() - timedelta(hours=73))
    later(121)
    assert (work_booking_request().state, booking_request().cause) == (State.UNKNOWN, "gave-up")


def test_a_resend_by_two_people_still_starts_with_a_lookup(
    opened: StandInProcess, tenant: Tenant, operator: User, lead_operator: User, captured: Lead
) -> None:
    opened.coming("drop-after")
    work_booking_request()
    wish(tenant, FLAG, killed=True)
    later(121)
    work_booking_request()
    wish(tenant, FLAG, killed=False)
    with scope.operator(operator, reason="test"):
        ask_resend(item=booking_request(), actor=operator, reason="Looked, and could not find it.")
    with scope.operator(lead_operator, reason="test"):
        resend(item=booking_request(), actor=lead_operator, reason="Agreed.")
    item = work_booking_request()
    assert (item.state, item.adopted) == (State.DELIVERED, True)
    assert book(opened) == {captured.reference: [int(item.external_id)]}


def test_an_item_that_lost_many_workers_while_sending_is_unknown(
    opened: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MAX_LOST_ATTEMPTS", 1)
    with scope.worker():
        SyncItem.objects.exclude(kind=Kind.BOOKING_REQUEST).update(due_at=None)
    [item] = delivery.claim(1)
    assert send_intent.record_intents([item], {item.pk: SendIntent({}, Environment.SIMULATOR.value)}) == {item.pk}
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert delivery.sweep_leases(worker="sweep") == 1
    assert (booking_request().state, booking_request().cause) == (State.UNKNOWN, "worker-lost-often")


def test_the_item_page_shows_where_it_was_sent(opened: StandInProcess, operator: User, signed_in: SignIn) -> None:
    opened.coming("drop-after")
    item = work_booking_request()
    page = signed_in(operator).get(f"/ops/items/{item.public_id}").content.decode()
    assert "simulator" in page and "nothing reached a customer" in page and "looked up before a resend" in page
