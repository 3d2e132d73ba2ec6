"""The possible actions by role and state, with reasons: every case."""

from itertools import product
from typing import Any

import pytest

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import DESK_ABILITIES, OpsRole
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.item_actions import Ending, Facts, Move, Person, facts_of, possible_moves, why_not
from syncqueue.models import Kind, State
from tests.support.factories import make_sync_item

#: State: the actions on a booking request that are possible for an operator who did nothing before.
POSSIBLE = {
    State.QUEUED: "manual-complete cancel",
    State.SENDING: "",
    State.RETRYING: "manual-complete resend cancel",
    State.NEEDS_REVIEW: "manual-complete resend cancel",
    State.BLOCKED: "manual-complete resend cancel",
    State.UNKNOWN: "manual-complete ask-resend cancel",
    State.DELIVERED: "",
    State.MANUAL_COMPLETE: "",
    State.CANCELLED: "",
}
ASKED_BY, ANOTHER = 1, 2


def person(role: OpsRole, pk: int = ANOTHER) -> Person:
    return Person(pk, DESK_ABILITIES[role])


def can(facts: Facts, who: Person) -> set[Move]:
    return {move for move in Move if not why_not(move, facts, who)}


@pytest.mark.parametrize("role", OpsRole)
def test_every_state_and_role(role: OpsRole, subtests: pytest.Subtests) -> None:
    for state in State:
        facts = Facts(kind=Kind.BOOKING_REQUEST, state=state, bound=True, suspected=True)
        expected = {Move(word) for word in POSSIBLE[state].split()} | {Move.NOTE, Move.NOT_A_BOT}
        if state != State.SENDING:
            expected |= {Move.EXCLUDE}
        if state in (State.QUEUED, State.RETRYING, State.NEEDS_REVIEW, State.BLOCKED, State.UNKNOWN):
            expected |= {Move.BINDING}
        acts = role in (OpsRole.OPERATOR, OpsRole.LEAD)
        with subtests.test(str(state)):
            assert can(facts, person(role)) == (expected if acts else set())


def test_work_without_a_request_belongs_to_no_page(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, "/ac-repair-phoenix")
        item = make_sync_item(tenant=tenant, kind=Kind.OUTCOME_MATCH, binding=binding)
    named = [option.move for option in possible_moves(facts_of(item), person(OpsRole.LEAD))]
    assert Move.BINDING not in named and why_not(Move.BINDING, facts_of(item), person(OpsRole.LEAD))


@pytest.mark.parametrize("role", OpsRole)
@pytest.mark.parametrize("pk", [ASKED_BY, ANOTHER])
def test_an_unknown_outcome_needs_a_second_person_who_is_a_lead(role: OpsRole, pk: int) -> None:
    facts = Facts(kind=Kind.BOOKING_REQUEST, state=State.UNKNOWN, asked_by=ASKED_BY)
    assert (why_not(Move.RESEND, facts, person(role, pk)) == "") == (role == OpsRole.LEAD and pk == ANOTHER)
    assert why_not(Move.ASK_RESEND, facts, person(role, pk))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"state": State.BLOCKED, "cause": "gate-shut"}, "Automatic sending isn't approved yet"),
        ({"state": State.BLOCKED, "error_class": "gate shut"}, "Automatic sending isn't approved yet"),
        ({"state": State.BLOCKED, "cause": "mapping-missing"}, ""),
        ({"state": State.NEEDS_REVIEW, "cause": "capacity-review"}, ""),
        ({"state": State.QUEUED}, "already queued"),
        ({"state": State.QUEUED, "scheduled": False}, "without a time"),
        ({"state": State.SENDING}, "A worker is processing this item"),
        ({"state": State.NEEDS_REVIEW, "kind": Kind.OUTCOME_MATCH, "has_lead": False}, "done by a person"),
        ({"state": State.NEEDS_REVIEW, "excluded_as": "spam"}, "excluded as spam"),
        ({"state": State.DELIVERED}, "already ended as delivered"),
    ],
)
def test_an_impossible_resend_shows_the_reason(facts: dict[str, Any], expected: str) -> None:
    why = why_not(Move.RESEND, Facts(**{"kind": Kind.BOOKING_REQUEST} | facts), person(OpsRole.LEAD))
    assert (expected in why) if expected else why == ""


@pytest.mark.parametrize("state", State)
def test_undo_is_of_the_same_person_for_a_minute(state: State, subtests: pytest.Subtests) -> None:
    for seconds, mine in product((0, 59), (True, False)):
        facts = Facts(kind=Kind.BOOKING_REQUEST, state=state, ending=Ending(mine, seconds))
        excluded = Facts(kind=facts.kind, state=state, excluded_as="test", ending=facts.ending)
        possible = state in (State.MANUAL_COMPLETE, State.CANCELLED) and mine and seconds > 0
        options = possible_moves(facts, person(OpsRole.OPERATOR))
        with subtests.test(seconds=seconds, mine=mine):
            assert (why_not(Move.UNDO, facts, person(OpsRole.OPERATOR)) == "") == possible
            assert (Move.UNDO in {option.move for option in options}) == possible
            assert why_not(Move.UNDO, excluded, person(OpsRole.LEAD))


@pytest.mark.parametrize("kind", Kind)
def test_the_page_lists_each_action_once_with_its_reason(kind: Kind, subtests: pytest.Subtests) -> None:
    for state, excluded_as in product(State, ("", "spam")):
        facts = Facts(kind=kind, state=state, excluded_as=excluded_as)
        options = possible_moves(facts, person(OpsRole.OPERATOR))
        names = [option.move for option in options]
        with subtests.test(state=str(state), excluded_as=excluded_as):
            assert len(names) == len(set(names))
            assert {Move.MANUAL_COMPLETE, Move.RESEND, Move.CANCEL, Move.NOTE} <= set(names)
            assert (Move.TAKE_BACK in names, Move.EXCLUDE in names) == (bool(excluded_as), not excluded_as)
            for option in options:
                assert option.label and option.why == why_not(option.move, facts, person(OpsRole.OPERATOR))
