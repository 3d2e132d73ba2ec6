"""The preview of a resend: the worker's steps, and the API responses so far."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import envelope as envelopes
from syncqueue import mail_facts, selectors
from syncqueue.item_actions import Move
from syncqueue.models import Kind, State, SyncAttempt, SyncItem
from syncqueue.selectors import Effect, body
from syncqueue.selectors.timeline import responses_of
from tests.support.cast import SignIn
from tests.support.desk import CHOICE, captured_as, read, to_state, url, work


@pytest.fixture
def open_to_the_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the decision of a demo tenant with a simulator, and a complete binding."""

    def decision_for(tenant: Tenant) -> Decision:
        return Decision("api-booking-sync", tenant.pk, Environment.SIMULATOR, open=True, epoch=1)

    monkeypatch.setattr(body, "decision_for", decision_for)
    monkeypatch.setattr(envelopes, "problems", lambda made: [])


def of(item: SyncItem) -> Effect:
    with scope.worker():
        result = selectors.effect_of(read(item))
    assert result
    return result


def sent(item: SyncItem, **facts: Any) -> SyncItem:
    """Leave the item as a send with an unclear result does."""
    with scope.worker():
        marks = {"must_reconcile": True, "sent_to": "stand-in", "send_began_at": datetime(2026, 6, 21, 12, tzinfo=UTC)}
        SyncItem.objects.filter(pk=item.pk).update(**(marks | facts))
    return read(item)


def test_while_the_gate_is_closed_nothing_is_sent_and_each_reason_is_listed(tenant: Tenant) -> None:
    item = captured_as(tenant)
    work()
    result = of(item)
    assert result.steps == () and len(result.stops) == len(read(item).missing) > 1
    assert any("(" in why and why.endswith(")") for why in result.stops), "who holds it is named"


def test_with_open_gates_the_effect_is_a_create_call_to_the_simulator(
    tenant: Tenant, open_to_the_stand_in: None
) -> None:
    result = of(captured_as(tenant))
    assert result.stops == () and result.steps[0] == "A create call is sent to the ServiceTitan simulator."


def test_a_notice_does_not_ask_to_enter_what_may_be_sent_automatically(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = captured_as(tenant)
    opened = Decision("api-booking-sync", tenant.pk, Environment.SIMULATOR, open=True, epoch=1)
    with scope.worker():
        assert mail_facts.entry_now(body.booking_of(item)) == mail_facts.NOT_ENTERED
        monkeypatch.setattr(mail_facts, "decision_for", lambda of: opened)
        assert mail_facts.entry_now(body.booking_of(item)) == mail_facts.NOT_SENT_YET


def test_an_item_that_may_have_arrived_is_first_checked(tenant: Tenant, open_to_the_stand_in: None) -> None:
    item = captured_as(tenant)
    work()
    booking = read(item).envelope
    assert booking
    first, result, nothing = of(sent(item)).steps
    assert "First it is looked up" in first and "05:02:00 MST" in first and "1 of 2" in first
    assert (
        result == "If it is found, that booking is used and no second one is created." and "one create call" in nothing
    )
    later = timezone.now().replace(hour=9, minute=30, second=0)
    again = of(sent(item, looked_up=1, looked_up_at=later)).steps[0]
    assert "2 of 2" in again and "02:31:00 MST" in again


def test_what_would_change_there_is_named(tenant: Tenant, open_to_the_stand_in: None) -> None:
    item = captured_as(tenant)
    work()
    envelope = read(item).envelope
    assert envelope
    booking = dict(envelope["booking"])
    changed = {**booking, "summary": "Something else", "gone": 1}
    assert booking["summary"] != changed["summary"]
    result = of(sent(item, envelope=envelope | {"booking": {**booking, "summary": "Something else"}}))
    assert result.changed == ("summary",) and "fields are updated: summary" in result.steps[1]
    lost = of(sent(item, envelope=envelope | {"booking": changed}))
    assert lost.lost == ("gone",) and "a person decides" in lost.steps[1]


def test_an_item_that_cannot_be_checked_is_not_sent(tenant: Tenant, open_to_the_stand_in: None) -> None:
    item = captured_as(tenant)
    work()
    (step,) = of(sent(item, sent_to="integration")).steps
    assert "It becomes unknown" in step


def test_a_rule_is_cleared_by_whoever_sends_it_on(tenant: Tenant, open_to_the_stand_in: None) -> None:
    item = captured_as(tenant, capacity=CHOICE)
    assert of(item).stops == ("Its capacity rule requires a dispatch review.",)
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(cause="capacity-review")
    assert of(item).stops == ()


def test_other_kinds_have_their_own_words(tenant: Tenant) -> None:
    item = captured_as(tenant)
    with scope.worker():
        notice = SyncItem.objects.get(lead=item.lead_id, kind=Kind.BUSINESS_NOTIFICATION)
        assert selectors.effect_of(notice) is None


def test_the_page_of_a_resend_shows_it(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    item = captured_as(tenant)
    to_state(item, State.NEEDS_REVIEW, cause="booking-refused")
    page = signed_in(operator).get(url(Move.RESEND, item)).text
    assert "<strong>Nothing is sent.</strong>" in page


def test_the_item_shows_status_and_trace_of_api_responses(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    item = captured_as(tenant)
    with scope.worker():
        for version, detail in enumerate(
            ("Their server is down. (status 503, trace 00-ab12)", "Refused. (status 400)", "The lease ran out."), 1
        ):
            SyncAttempt.objects.create(
                tenant=tenant,
                item=item,
                claim_version=version,
                outcome=State.RETRYING,
                detail=detail,
                worker="w",
                began_at=timezone.now() - timedelta(seconds=1),
            )
    page = signed_in(operator).get(url("item", item)).text
    assert "API responses" in page and "<code>00-ab12</code>" in page and ">none<" in page
    assert "We do not store the body" in page


def test_only_a_response_is_parsed_as_a_response() -> None:
    at = timezone.now()
    (entry,) = responses_of([(at, "a (status 500, trace x)"), (at, "(status 5000)"), (at, "status 500"), (at, "")])
    assert entry == {"at": at, "sentence": "a", "fields": "", "status": "500", "trace": "x"}
