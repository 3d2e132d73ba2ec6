"""Operators' actions on one item: permissions, effects, and races."""

import threading
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import DESK_ABILITIES, OpsRole
from syncqueue import selectors
from syncqueue.errors import QueueError
from syncqueue.item_actions import Facts, Move, Person, why_not
from syncqueue.models import ItemNote, State, SyncItem
from syncqueue.services import delivery, operate
from tests.support.desk import read
from tests.support.factories import make_user
from tests.support.moves import REASON, last_line, make, make_item
from tests.support.threads import at_once

SERVED = [move for move in Move if move != Move.BINDING]


@pytest.mark.parametrize("role", [OpsRole.VIEWER, OpsRole.OPERATOR, OpsRole.LEAD])
@pytest.mark.parametrize("state", State)
def test_the_services_grant_what_the_page_offers_and_refuse_the_rest(
    tenant: Tenant, state: State, role: OpsRole
) -> None:
    """For each action on a new item: either it happens with an audit line, or nothing changes."""
    actor = make_user(ops_role=role)
    for move in SERVED:
        item = make_item(tenant, state)
        facts = Facts(kind=item.kind, state=item.state, suspected=True, scheduled=item.due_at is not None)
        why = why_not(move, facts, Person(actor.pk, DESK_ABILITIES[role]))
        with scope.operator(actor, reason="test"):
            lines = AuditEntry.objects.count()
            if why:
                with pytest.raises(QueueError) as refused:
                    make(move, item, actor)
                assert str(refused.value) == why, move
                assert (SyncItem.objects.get(pk=item.pk).version, AuditEntry.objects.count()) == (item.version, lines)
            else:
                make(move, item, actor)
                assert AuditEntry.objects.count() > lines, move


@pytest.mark.parametrize(
    ("move", "state", "action", "changes"),
    [
        (Move.RESEND, State.NEEDS_REVIEW, "syncqueue.resend", {"state": ["needs review", "queued"]}),
        (Move.RESEND, State.RETRYING, "syncqueue.resend", {"state": ["retrying", "retrying"]}),
        (Move.CANCEL, State.BLOCKED, "syncqueue.cancel", {"state": ["blocked", "cancelled"]}),
        (Move.MANUAL_COMPLETE, State.UNKNOWN, "syncqueue.manual_complete", {"state": ["unknown", "manual complete"]}),
        (Move.ASK_RESEND, State.UNKNOWN, "syncqueue.ask_resend", {}),
        (Move.NOTE, State.DELIVERED, "syncqueue.note", {}),
    ],
)
def test_each_move_leaves_its_line(  # noqa: PLR0917 - parameters
    tenant: Tenant, operator: User, move: Move, state: State, action: str, changes: dict[str, Any]
) -> None:
    item = make_item(tenant, state)
    with scope.operator(operator, reason="test"):
        make(move, item, operator)
    line = last_line(operator, item)
    assert (line.action, line.actor_id, line.tenant_id) == (action, operator.pk, tenant.pk)
    assert line.reason == ("Left a note." if move == Move.NOTE else REASON)
    assert line.changes | changes == line.changes


def test_what_concerns_the_request_stands_at_the_request(tenant: Tenant, operator: User) -> None:
    item = make_item(tenant, State.BLOCKED)
    assert item.lead is not None
    for move, action, changes in (
        (Move.NOT_A_BOT, "leads.clear_suspicion", {"suspected": ["too fast", "nothing"]}),
        (Move.EXCLUDE, "leads.exclude", {"excluded_as": ["in the books", "spam"]}),
        (Move.TAKE_BACK, "leads.take_back_in", {"excluded_as": ["spam", "in the books"]}),
    ):
        with scope.operator(operator, reason="test"):
            make(move, read(item), operator)
        line = last_line(operator, item.lead)
        assert (line.action, line.reason, line.changes) == (action, REASON, changes)


def test_sent_again_it_is_due_now_and_a_worker_takes_it(tenant: Tenant, operator: User) -> None:
    for state in (State.NEEDS_REVIEW, State.BLOCKED, State.RETRYING):
        item = make_item(tenant, state)
        with scope.operator(operator, reason="test"):
            operate.resend(item=item, actor=operator, reason=REASON)
        assert item.requeued_at is not None
        assert [entry.pk for entry in delivery.claim(5)] == [item.pk]


def test_a_resent_item_has_no_cause(tenant: Tenant, operator: User) -> None:
    locked = {"cause": "mail-refused", "error_class": "refused", "last_error": "No.", "missing": [{"what": "x"}]}
    for state, stored in ((State.NEEDS_REVIEW, False), (State.RETRYING, True)):
        item = make_item(tenant, state, **locked)
        with scope.operator(operator, reason="test"):
            operate.resend(item=item, actor=operator, reason=REASON)
            assert ("mail-refused" in {group.key for group in selectors.groups_by_cause()}) == stored
        now = read(item)
        assert {name: bool(getattr(now, name)) for name in locked} == dict.fromkeys(locked, stored)


def test_sending_it_on_clears_what_the_capacity_rule_wanted(tenant: Tenant, operator: User) -> None:
    for cause, cleared in (("capacity-review", True), ("own-fault", False)):
        item = make_item(tenant, State.NEEDS_REVIEW, cause=cause)
        with scope.operator(operator, reason="test"):
            operate.resend(item=item, actor=operator, reason=REASON)
        assert (read(item).cleared_at is not None) == cleared


def test_two_people_send_an_unknown_outcome_again(tenant: Tenant, operator: User, lead_operator: User) -> None:
    item = make_item(tenant, State.UNKNOWN)
    with scope.operator(operator, reason="test"):
        operate.ask_resend(item=item, actor=operator, reason=REASON)
    for who in (operator, make_user(ops_role=OpsRole.OPERATOR)):
        with scope.operator(who, reason="test"), pytest.raises(QueueError, match=r"another person|operator lead"):
            operate.resend(item=read(item), actor=who, reason=REASON)
    assert read(item).state == State.UNKNOWN
    with scope.operator(lead_operator, reason="test"):
        operate.resend(item=read(item), actor=lead_operator, reason=REASON)
    assert (read(item).state, read(item).resend_asked_by_id) == (State.QUEUED, None)
    assert last_line(operator, item).changes["second_person"] == ["asked for", "confirmed"]


def test_a_resend_is_requested_again_if_the_first_person_left(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    item, former = make_item(tenant, State.UNKNOWN), make_user(ops_role=OpsRole.OPERATOR)
    with scope.operator(former, reason="test"):
        operate.ask_resend(item=item, actor=former, reason=REASON)
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="already been requested"):
        operate.ask_resend(item=read(item), actor=operator, reason=REASON)
    User.objects.filter(pk=former.pk).update(is_active=False)
    with scope.operator(lead_operator, reason="test"), pytest.raises(QueueError, match="Request a resend first"):
        operate.resend(item=read(item), actor=lead_operator, reason=REASON)
    with scope.operator(operator, reason="test"):
        operate.ask_resend(item=read(item), actor=operator, reason=REASON)
    with scope.operator(lead_operator, reason="test"):
        operate.resend(item=read(item), actor=lead_operator, reason=REASON)
    assert read(item).state == State.QUEUED


def test_a_lead_who_asked_does_not_confirm(tenant: Tenant, lead_operator: User) -> None:
    item = make_item(tenant, State.UNKNOWN)
    with scope.operator(lead_operator, reason="test"):
        operate.ask_resend(item=item, actor=lead_operator, reason=REASON)
        with pytest.raises(QueueError, match="another operator lead must confirm"):
            operate.resend(item=item, actor=lead_operator, reason=REASON)


def test_the_preview_must_be_of_what_is_sent(tenant: Tenant, operator: User) -> None:
    item = make_item(tenant, State.NEEDS_REVIEW)
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="changed since you opened"):
        operate.resend(item=item, actor=operator, reason=REASON, seen=item.version - 1)
    assert read(item).state == State.NEEDS_REVIEW


# --- Races ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "state"),
    [
        (Move.MANUAL_COMPLETE, State.BLOCKED),
        (Move.CANCEL, State.BLOCKED),
        (Move.RESEND, State.NEEDS_REVIEW),
        (Move.RESEND, State.RETRYING),
        (Move.ASK_RESEND, State.UNKNOWN),
        (Move.EXCLUDE, State.BLOCKED),
        (Move.NOT_A_BOT, State.BLOCKED),
    ],
)
def test_of_two_people_with_the_same_version_the_slower_gets_an_error(
    tenant: Tenant, operator: User, lead_operator: User, move: Move, state: State
) -> None:
    item = make_item(tenant, state)
    mine, theirs = read(item), read(item)
    with scope.operator(operator, reason="test"):
        make(move, mine, operator)
        lines = AuditEntry.objects.count()
    with scope.operator(lead_operator, reason="test"):
        with pytest.raises(QueueError, match="Someone else has changed"), transaction.atomic():
            make(move, theirs, lead_operator)
        assert AuditEntry.objects.count() == lines


@pytest.mark.django_db(transaction=True)
def test_of_ten_concurrent_operators_a_single_operator_wins(tenant: Tenant) -> None:
    item = make_item(tenant, State.BLOCKED)
    people = [make_user(ops_role=OpsRole.OPERATOR) for _ in range(10)]
    start, ended = threading.Barrier(len(people)), []

    def act(actor: User, move: Move) -> None:
        mine = read(item)
        start.wait()
        try:
            with scope.operator(actor, reason="test"):
                make(move, mine, actor)
            ended.append("won")
        except QueueError as error:
            ended.append(str(error))

    moves = [Move.MANUAL_COMPLETE, Move.CANCEL, Move.EXCLUDE, Move.CANCEL, Move.MANUAL_COMPLETE] * 2
    at_once(act, people, moves)
    after = read(item)
    assert after.lead is not None
    # An ended item can still be excluded from the ledger, so an exclusion may come second and succeed as well.
    assert ended.count("won") in ((1, 2) if after.lead.excluded_as else (1,)), ended
    assert after.version == item.version + 1, "the item moved once"
    assert set(ended) - {"won"} == {"Someone else has changed this item. Reload the page and decide again."}


def test_a_note_is_only_ever_added(tenant: Tenant, operator: User) -> None:
    item = make_item(tenant, State.DELIVERED)
    with scope.operator(operator, reason="test"):
        note = operate.add_note(item=item, actor=operator, text="  called back ")
        assert note and (note.text, note.author_id) == ("called back", operator.pk)
        with pytest.raises(QueueError, match="Write what"):
            operate.add_note(item=item, actor=operator, text=" ")
        for wish in (lambda: ItemNote.objects.update(text="x"), lambda: ItemNote.objects.all().delete()):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                wish()


def test_the_due_time_of_a_resent_item_is_of_the_database(tenant: Tenant, operator: User) -> None:
    item = make_item(tenant, State.NEEDS_REVIEW)
    with scope.operator(operator, reason="test"):
        operate.resend(item=item, actor=operator, reason=REASON)
        assert SyncItem.objects.filter(pk=item.pk, due_at__lte=Now()).exists()
