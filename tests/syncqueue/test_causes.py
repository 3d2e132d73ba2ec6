"""The dictionary of causes: retries, owners, and customer-safe sentences."""

import re
from pathlib import Path

import pytest
from django.db.models.functions import Now

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue import item_actions, state_texts
from syncqueue.causes import CAUSES, UNKNOWN_CAUSE, ErrorClass, cause_of
from syncqueue.connectors import deliver
from syncqueue.leads.models import Lead
from syncqueue.models import STOPPED, Kind, State, SyncItem
from syncqueue.outcomes import Outcome
from syncqueue.services import delivery
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment

QUEUE = Path(__file__).resolve().parents[2] / "syncqueue"
MACHINERY = ("ServiceTitan", "API", "queue", "error", "exception", "worker", "lease")


def item_of(kind: Kind) -> SyncItem:
    with scope.worker():
        return SyncItem.objects.get(kind=kind)


def ask(tenant: Tenant, capacity: dict[str, object] | None, *, cleared: bool = False, page: str = "/x") -> SyncItem:
    """Return the processed booking item of a request with this choice of the capacity rules."""
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, page)
        capture_request(tenant=tenant, request=appointment(capacity=capacity), binding=binding)
    if cleared:
        with scope.worker():
            SyncItem.objects.update(cleared_at=Now())
    delivery.drain(deliver, worker="test")
    return item_of(Kind.BOOKING_REQUEST)


RULE = {"rule": "After-hours emergency HVAC", "needs_review": True}


def test_a_capacity_rule_sends_a_request_to_a_person_first(tenant: Tenant) -> None:
    booking = ask(tenant, RULE, page="/ac-repair-phoenix")
    assert (booking.state, booking.cause, booking.attempts) == (State.NEEDS_REVIEW, "capacity-review", 0)
    assert "After-hours emergency HVAC" in booking.last_error and booking.envelope
    assert item_of(Kind.BUSINESS_NOTIFICATION).state == State.DELIVERED, "the business is told all the same"


def test_what_a_person_cleared_goes_on_to_its_gate(tenant: Tenant) -> None:
    booking = ask(tenant, RULE, cleared=True, page="/ac-repair-phoenix")
    assert (booking.state, booking.cause) == (State.BLOCKED, "gate-shut")


def test_the_rule_comes_before_the_binding(tenant: Tenant) -> None:
    assert ask(tenant, RULE).cause == "capacity-review"


def test_the_binding_comes_before_the_gate(tenant: Tenant) -> None:
    assert ask(tenant, RULE, cleared=True).cause == "mapping-missing"


@pytest.mark.parametrize("capacity", [None, {}, {"rule": "Office hours", "needs_review": False}])
def test_a_rule_without_review_stops_nothing(tenant: Tenant, capacity: dict[str, object] | None) -> None:
    assert ask(tenant, capacity, page="/ac-repair-phoenix").cause == "gate-shut"


@pytest.mark.parametrize("cause", ["", "gate-shut", "field-missing", "never-heard-of"])
def test_only_a_cause_that_can_pass_is_tried_again(captured: Lead, cause: str) -> None:
    """Regardless of the connector. A cause that is not in the dictionary is unknown and goes to a person."""
    delivery.drain(lambda item: Outcome(State.RETRYING, cause=cause), worker="test")
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.due_at, notice.cause) == (State.NEEDS_REVIEW, None, cause)
    assert notice.error_class == (CAUSES[cause].error_class if cause in CAUSES else "unknown")


@pytest.mark.parametrize("cause", [key for key, cause in CAUSES.items() if cause.error_class == ErrorClass.TRANSIENT])
def test_every_cause_that_can_pass_is_tried_again(captured: Lead, cause: str) -> None:
    delivery.drain(lambda item: Outcome(State.RETRYING, cause=cause), worker="test")
    assert item_of(Kind.BUSINESS_NOTIFICATION).state == State.RETRYING


def test_every_cause_the_code_names_is_in_the_dictionary() -> None:
    named = {item_actions.CAPACITY_REVIEW, item_actions.GATE_CLOSED, item_actions.MAPPING_MISSING} | {
        result
        for path in [QUEUE / "outcomes.py", *(QUEUE / "connectors").glob("*.py"), *(QUEUE / "services").glob("*.py")]
        for result in re.findall(r'cause\s*=\s*"([a-z-]+)"', path.read_text())
    }
    assert {"done-by-people", "own-fault", "database-lost"} <= named
    assert named <= set(CAUSES)


def test_every_entry_is_whole() -> None:
    for key, cause in CAUSES.items():
        assert re.fullmatch("[a-z-]{1,40}", key)
        assert cause.title and cause.who and not cause.title.endswith(".")
        assert cause.step.endswith(".") and cause.customer_safe.endswith(".")
        assert cause.error_class in {"", *ErrorClass}
    assert cause_of("never-heard-of") is UNKNOWN_CAUSE and cause_of("") is None


@pytest.mark.parametrize("kind", Kind)
def test_every_state_has_a_sentence_for_every_cause(kind: Kind) -> None:
    texts = {
        (state, cause): state_texts.customer_sentence(kind, state, cause)
        for state in State
        for cause in ("", "never-heard-of", *CAUSES)
    }
    assert {case: text for case, text in texts.items() if not text.endswith(".")} == {}
    machinery = re.compile(rf"\b({'|'.join(MACHINERY)})\b", re.IGNORECASE)
    assert {case: text for case, text in texts.items() if machinery.search(text)} == {}


def test_the_cause_speaks_while_it_holds_the_item_and_the_state_when_it_is_over() -> None:
    of = state_texts.customer_sentence
    assert "dispatcher" in of(Kind.BOOKING_REQUEST, State.NEEDS_REVIEW, "capacity-review")
    assert (
        of(Kind.BOOKING_REQUEST, State.MANUAL_COMPLETE, "capacity-review")
        == "A person has entered your request manually."
    )
    assert {state_texts.customer_sentence(Kind.BOOKING_REQUEST, state, "gate-shut") for state in STOPPED} == {
        CAUSES["gate-shut"].customer_safe
    }


def test_a_confirmation_never_speaks_of_telling_the_business() -> None:
    for cause in ("mail-unreachable", "mail-later", "mail-unclear", "mail-refused", "gave-up"):
        for state in State:
            sentence = state_texts.customer_sentence(Kind.VISITOR_CONFIRMATION, state, cause)
            assert "business" not in sentence and "delivered" not in sentence


@pytest.mark.parametrize("kind", [Kind.TAXONOMY_IMPORT, Kind.OUTCOME_MATCH, Kind.WEBSITE_UPDATE])
def test_work_for_the_website_belongs_to_no_request(kind: Kind) -> None:
    for state in State:
        for cause in ("", "access-missing", "field-missing", "done-by-people", "own-fault", "worker-lost"):
            assert "request" not in state_texts.customer_sentence(kind, state, cause)
