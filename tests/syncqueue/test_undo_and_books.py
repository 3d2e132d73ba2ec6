"""Undo within a minute, excluded requests, and the ledger after each action."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.errors import QueueError
from syncqueue.item_actions import Move
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import delivery, exclusions, ledger, operate
from tests.support.desk import read
from tests.support.moves import REASON, last_line, later, make, make_item


@pytest.mark.parametrize("move", [Move.MANUAL_COMPLETE, Move.CANCEL])
@pytest.mark.parametrize(
    ("state", "back"),
    [
        (State.NEEDS_REVIEW, State.NEEDS_REVIEW),
        (State.BLOCKED, State.BLOCKED),
        (State.UNKNOWN, State.UNKNOWN),
        (State.QUEUED, State.NEEDS_REVIEW),
        (State.RETRYING, State.NEEDS_REVIEW),
    ],
)
def test_undo_leads_back_to_where_a_person_decides(
    tenant: Tenant, operator: User, move: Move, state: State, back: State
) -> None:
    item = make_item(tenant, state)
    with scope.operator(operator, reason="test"):
        make(move, item, operator)
        operate.undo(item=read(item), actor=operator)
    item = read(item)
    assert (item.state, item.due_at, item.ended_from) == (back, None, "")
    assert (item.done_where, item.done_reference, item.done_at) == (None, None, None)
    line = last_line(operator, item)
    assert (line.action, line.changes["state"][1]) == ("syncqueue.undo", back)
    assert "4711" not in str(line.changes)


@pytest.mark.parametrize(
    ("cause", "then"), [("mail-unreachable", "taken-back"), ("", "taken-back"), ("capacity-review", "capacity-review")]
)
def test_what_is_taken_back_does_not_claim_to_go_by_itself(
    tenant: Tenant, operator: User, cause: str, then: str
) -> None:
    item = make_item(tenant, State.NEEDS_REVIEW if cause == "capacity-review" else State.RETRYING)
    with scope.worker():
        SyncItem.objects.filter(pk=item.pk).update(cause=cause)
    with scope.operator(operator, reason="test"):
        operate.cancel(item=read(item), actor=operator, reason=REASON)
        operate.undo(item=read(item), actor=operator)
    assert (read(item).state, read(item).cause) == (State.NEEDS_REVIEW, then)


def test_only_the_same_person_can_undo(tenant: Tenant, operator: User, lead_operator: User) -> None:
    item = make_item(tenant, State.BLOCKED)
    with scope.operator(operator, reason="test"):
        operate.cancel(item=item, actor=operator, reason=REASON)
    with (
        scope.operator(lead_operator, reason="test"),
        pytest.raises(QueueError, match="Only the person who ended this item"),
    ):
        operate.undo(item=read(item), actor=lead_operator)
    assert read(item).state == State.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_after_a_minute_the_service_refuses_and_a_little_later_the_database(tenant: Tenant, operator: User) -> None:
    for seconds, by_service, by_database in ((50, True, True), (65, False, True), (80, False, False)):
        item = make_item(tenant, State.BLOCKED)
        with scope.operator(operator, reason="test"):
            operate.cancel(item=item, actor=operator, reason=REASON)
        later(item, seconds)
        item = read(item)
        with scope.operator(operator, reason="test"), transaction.atomic():
            if by_service:
                assert operate.undo(item=item, actor=operator).state == State.BLOCKED
                continue
            with pytest.raises(QueueError, match="The minute to undo has passed, so it remains canceled"):
                operate.undo(item=item, actor=operator)
        with scope.worker():
            if by_database:
                states.move(item, State.BLOCKED)
            else:
                with pytest.raises(IntegrityError, match="has ended as cancelled"), transaction.atomic():
                    states.move(item, State.BLOCKED)


# --- Exclusion and inclusion -------------------------------------------------------------------------


def test_an_excluded_request_owes_nothing_and_taken_back_at_once_it_does_again(captured: Lead, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        item = SyncItem.objects.select_related("lead").get(kind=Kind.BOOKING_REQUEST)
        items_of_lead = SyncItem.objects.count()
        assert len(exclusions.exclude(item=item, actor=operator, excluded_as="test", reason=REASON)) == items_of_lead
        assert set(SyncItem.objects.values_list("state", flat=True)) == {State.CANCELLED}
        item = SyncItem.objects.select_related("lead").get(pk=item.pk)
        with pytest.raises(QueueError, match="Include it again instead"):
            operate.undo(item=item, actor=operator)
        assert len(exclusions.take_back_in(item=item, actor=operator, reason=REASON)) == items_of_lead
        assert set(SyncItem.objects.values_list("state", flat=True)) == {State.NEEDS_REVIEW}
        assert Lead.objects.get().excluded_as == ""


def test_included_again_by_another_person_its_items_stay_cancelled(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    item = make_item(tenant, State.BLOCKED)
    with scope.operator(operator, reason="test"):
        exclusions.exclude(item=item, actor=operator, excluded_as="spam", reason=REASON)
    with scope.operator(lead_operator, reason="test"):
        assert exclusions.take_back_in(item=read(item), actor=lead_operator, reason=REASON) == []
    assert read(item).state == State.CANCELLED


def test_what_a_worker_holds_keeps_the_whole_request_in(captured: Lead, operator: User) -> None:
    locked = delivery.claim(1)
    with scope.operator(operator, reason="test"):
        item = SyncItem.objects.select_related("lead").exclude(pk=locked[0].pk).first()
        assert item is not None
        with pytest.raises(QueueError, match="A worker is processing"), transaction.atomic():
            exclusions.exclude(item=item, actor=operator, excluded_as="spam", reason=REASON)
        assert Lead.objects.get().excluded_as == ""
        assert not SyncItem.objects.filter(state=State.CANCELLED).exists()


def test_an_exclusion_needs_a_kind(tenant: Tenant, operator: User) -> None:
    item = make_item(tenant, State.BLOCKED)
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="Choose spam"):
        exclusions.exclude(item=item, actor=operator, excluded_as="", reason=REASON)


@pytest.mark.parametrize("closed", [False, True], ids=["counted live", "a closed day"])
def test_the_ledger_balances_before_and_after_each_action(tenant: Tenant, operator: User, closed: bool) -> None:
    """captured = delivered + manual complete + waiting + excluded, after every step."""
    came = timezone.now() - timedelta(days=2 if closed else 0)
    items = [make_item(tenant, State.NEEDS_REVIEW, received_at=came) for _ in range(4)]
    make_item(tenant, State.DELIVERED, received_at=came)
    if closed:
        assert ledger.close_days() == 1
    first, second, third, fourth = items
    walk: list[tuple[str, Callable[[], object] | None, tuple[int, int, int, int]]] = [
        ("before", None, (1, 0, 4, 0)),
        ("manual complete", lambda: make(Move.MANUAL_COMPLETE, read(first), operator), (1, 1, 3, 0)),
        ("undo", lambda: make(Move.UNDO, read(first), operator), (1, 0, 4, 0)),
        ("cancel", lambda: make(Move.CANCEL, read(second), operator), (1, 0, 3, 1)),
        ("undo", lambda: make(Move.UNDO, read(second), operator), (1, 0, 4, 0)),
        ("resend", lambda: make(Move.RESEND, read(third), operator), (1, 0, 4, 0)),
        ("exclude", lambda: make(Move.EXCLUDE, read(fourth), operator), (1, 0, 3, 1)),
        ("take back in", lambda: make(Move.TAKE_BACK, read(fourth), operator), (1, 0, 4, 0)),
        ("manual complete", lambda: make(Move.MANUAL_COMPLETE, read(first), operator), (1, 1, 3, 0)),
        ("exclude", lambda: make(Move.EXCLUDE, read(first), operator), (1, 0, 3, 1)),
        ("not a bot", lambda: make(Move.NOT_A_BOT, read(first), operator), (1, 0, 3, 1)),
        ("note", lambda: make(Move.NOTE, read(first), operator), (1, 0, 3, 1)),
    ]
    print(f"\n{'':16}captured = delivered + manual complete + waiting + excluded")
    for name, act, expected in walk:
        with scope.operator(operator, reason="test"):
            if act:
                act()
            counted = selectors.books(tenant)
        now = (counted.delivered, counted.manual_complete, counted.waiting, counted.excluded)
        print(f"{name:16}{counted.captured:8} = {now[0]:9} + {now[1]:15} + {now[2]:7} + {now[3]:8}")
        assert (now, counted.captured, counted.balance) == (expected, 5, True), name
