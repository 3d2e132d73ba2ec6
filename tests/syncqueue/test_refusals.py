"""Promise 4: what ServiceTitan refused is released when it is repaired there, and nothing is sent twice on the way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.outbound.errors import Answered, MappingError, RefusedError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.simulator.seed import CAMPAIGN, JOB_TYPE, PROVIDER
from pagetojob.titanmap.models import TaxonomyItem
from syncqueue import refused
from syncqueue.binding_blocked import page_of
from syncqueue.errors import QueueError
from syncqueue.leads.models import AnswerKind, LeadAnswer
from syncqueue.models import Kind, Refusal, SnoozeReason, State, SyncItem
from syncqueue.refused_items import items_stopped_by
from syncqueue.selectors.refusals import refusal_of
from syncqueue.services import exclusions, operate, refusals, triage
from syncqueue.services.bindings import correct_binding, start_release
from syncqueue.services.refusals import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_CHECKS,
    check_now,
    check_refusals,
    next_wait,
)
from syncqueue.triage_rules import SnoozeFor
from tests.support.bookings import Enqueue, booking_states, drain
from tests.support.gates import wish
from tests.support.handed import FLAG, book
from tests.support.moves import make_item
from tests.support.runs import finish_run
from tests.support.standin import StandInProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("high_booking_rate")]


@pytest.fixture
def refuse(standin: StandInProcess, enqueue: Enqueue) -> Callable[..., Refusal]:
    """Have ServiceTitan refuse three bookings, and record it."""

    def act(**plan: Any) -> Refusal:
        standin.plan(**plan)
        enqueue(3)
        drain()
        assert check_refusals() == 0
        return current()

    return act


def current() -> Refusal:
    with scope.worker():
        return Refusal.objects.select_related("tenant", "probe").order_by("-id")[0]


def bookings() -> list[SyncItem]:
    with scope.worker():
        return list(SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).order_by("created_at", "id"))


def due() -> None:
    with scope.worker():
        Refusal.objects.filter(ended_at=None).update(check_at=timezone.now())


def operator_checks(refusal: Refusal, actor: User) -> None:
    with scope.operator(actor, "test"):
        check_now(refusal=refusal, actor=actor, reason="The office says that it is repaired.")


REPAIRS: list[tuple[dict[str, Any], str, str]] = [
    ({"refused_ids": [CAMPAIGN]}, f"campaign={CAMPAIGN}", "mapping-refused"),
    ({"refused_ids": [JOB_TYPE, CAMPAIGN]}, f"campaign={CAMPAIGN},job_type={JOB_TYPE}", "mapping-refused"),
    ({"missing_scopes": ["tn.crm.bookings:w"]}, "access", "access-refused"),
]


@pytest.mark.parametrize(("plan", "key", "cause"), REPAIRS)
def test_all_are_released_after_the_repair_and_none_is_sent_twice(
    refuse: Callable[..., Refusal], standin: StandInProcess, plan: dict[str, Any], key: str, cause: str
) -> None:
    refusal = refuse(**plan)
    assert refusal.key == key
    assert {(item.state, item.cause) for item in bookings()} == {(State.BLOCKED, cause)}
    standin.plan()
    assert check_refusals() == 0, "it is not due"
    due()
    assert check_refusals() == 1
    drain()
    assert booking_states() == {"blocked": 2, "delivered": 1}
    assert check_refusals() == 2
    drain()
    assert booking_states() == {"delivered": 3}
    assert check_refusals() == 0
    refusal = current()
    assert refusal.ended_at and refusal.repaired
    assert [len(ids) for ids in book(standin).values()] == [1, 1, 1]


def test_while_it_is_refused_a_single_item_is_sent_again(
    refuse: Callable[..., Refusal], standin: StandInProcess
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    due()
    assert check_refusals() == 1
    assert check_refusals() == 0, "a check is in progress"
    # Another worker may have started it after this one had chosen the refusal.
    with scope.worker():
        assert refusals._advance(current().pk, may_check=True) == 0
    assert current().probe is not None
    drain()
    assert check_refusals() == 0
    refusal = current()
    assert (refusal.checks, refusal.probe) == (1, None)
    assert refusal.check_at and refusal.check_at > timezone.now() + FIRST_WAIT
    assert [item.attempts for item in bookings()] == [2, 1, 1]
    assert book(standin) == {}


def test_a_later_request_that_is_accepted_releases_the_others(
    refuse: Callable[..., Refusal], standin: StandInProcess, enqueue: Enqueue
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    standin.plan()
    enqueue(1)
    drain()
    assert check_refusals() == 1
    drain()
    assert check_refusals() == 2
    drain()
    assert booking_states() == {"delivered": 4}
    assert standin.book()["duplicates"] == 0


def test_a_refusal_that_depends_on_another_id_stays_open_and_its_checks_count(
    refuse: Callable[..., Refusal], standin: StandInProcess, enqueue: Enqueue
) -> None:
    refusal = refuse(refused_ids=[CAMPAIGN])
    for checks in (1, 2):
        standin.plan()
        due()
        assert check_refusals() == 1
        drain()
        standin.plan(refused_ids=[CAMPAIGN])
        released = check_refusals()
        assert check_refusals() == 0
        assert current().ended_at is None, "the released items may be refused again"
        drain()
        assert check_refusals() == 0
        assert (current().pk, current().checks, current().repaired) == (refusal.pk, checks, False)
        assert released == 3 - checks
    standin.plan()
    enqueue(1)
    drain()
    assert check_refusals() == 0, "after a refused check, it waits"
    with scope.worker():
        Refusal.objects.filter(pk=refusal.pk).update(checks=MOST_CHECKS, check_at=None)
    assert check_refusals() == 0, "only a person starts another"


def test_a_probe_that_was_sent_with_other_ids_proves_nothing(
    refuse: Callable[..., Refusal], standin: StandInProcess, tenant: Tenant
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(tenant=tenant, external_id=CAMPAIGN).update(external_id=CAMPAIGN + 1)
    due()
    assert check_refusals() == 1
    drain()
    assert booking_states() == {"blocked": 2, "delivered": 1}
    assert check_refusals() == 0
    assert (current().probe, current().checks, current().repaired) == (None, 0, False)


def test_an_item_that_a_person_works_on_is_not_sent(
    refuse: Callable[..., Refusal], standin: StandInProcess, operator: User
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    first, second, _ = bookings()
    with scope.operator(operator, "test"):
        triage.assign(item=first, actor=operator, to=operator)
        triage.snooze(item=second, actor=operator, how=triage.Snooze(SnoozeFor.HOUR, SnoozeReason.OFFICE))
    standin.plan()
    for _ in range(2):
        due()
        check_refusals()
        drain()
    assert booking_states() == {"blocked": 2, "delivered": 1}
    with scope.operator(operator, "test"):
        assert refusal_of(bookings()[0]) is None
        triage.assign(item=first, actor=operator, to=None)
    check_refusals()
    due()
    assert check_refusals() == 1


def test_an_undo_is_no_newer_refusal(refuse: Callable[..., Refusal], standin: StandInProcess, operator: User) -> None:
    refuse(refused_ids=[CAMPAIGN])
    standin.plan()
    due()
    check_refusals()
    drain()
    item = bookings()[1]
    with scope.operator(operator, "test"):
        operate.cancel(item=item, actor=operator, reason="The wrong one.")
        operate.undo(item=item, actor=operator)
    assert check_refusals() == 2


def test_only_a_lead_checks_with_an_item_that_may_have_arrived(
    refuse: Callable[..., Refusal], operator: User, lead_operator: User
) -> None:
    refusal = refuse(refused_ids=[CAMPAIGN])
    with scope.worker():
        for item in bookings()[:2]:
            missing = item.missing
            states.move(item, State.QUEUED)
            states.move(item, State.SENDING, lease_until=timezone.now())
            states.move(item, State.UNKNOWN, lease_until=None, cause="look-up-refused", missing=missing)
    with scope.operator(operator, "test"):
        assert [item.state for item in items_stopped_by(refusal)] == [State.BLOCKED, State.UNKNOWN, State.UNKNOWN]
        operate.cancel(item=bookings()[2], actor=operator, reason="Entered by the office.")
    with pytest.raises(QueueError, match="operator lead"):
        operator_checks(refusal, operator)
    operator_checks(refusal, lead_operator)


def test_a_newer_refusal_stops_the_release(
    refuse: Callable[..., Refusal], standin: StandInProcess, enqueue: Enqueue
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    standin.plan()
    due()
    check_refusals()
    drain()
    standin.plan(refused_ids=[CAMPAIGN])
    enqueue(1)
    drain()
    assert check_refusals() == 0
    assert booking_states() == {"blocked": 3, "delivered": 1}
    assert (current().checks, current().ended_at) == (1, None)


def test_what_the_office_booked_is_not_sent(
    refuse: Callable[..., Refusal], standin: StandInProcess, owner: User
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    booked = bookings()[0]
    assert booked.lead_id
    with scope.tenant(booked.tenant_id):
        LeadAnswer.objects.create(tenant_id=booked.tenant_id, lead_id=booked.lead_id, kind=AnswerKind.BOOKED, by=owner)
    standin.plan()
    for _ in range(2):
        due()
        check_refusals()
        drain()
    assert booking_states() == {"blocked": 1, "delivered": 2}
    assert bookings()[0].state == State.BLOCKED


def test_what_a_person_ended_or_excluded_is_not_sent(
    refuse: Callable[..., Refusal], standin: StandInProcess, operator: User
) -> None:
    refusal = refuse(refused_ids=[CAMPAIGN])
    first, second, _ = bookings()
    with scope.operator(operator, "test"):
        operate.cancel(item=first, actor=operator, reason="Entered by the office.")
        exclusions.exclude(item=second, actor=operator, excluded_as="test", reason="Ours.")
    standin.plan()
    operator_checks(refusal, operator)
    drain()
    assert check_refusals() == 0
    assert booking_states() == {"cancelled": 2, "delivered": 1}
    assert len(book(standin)) == 1


def test_after_a_correction_only_a_person_releases_the_items_with_the_old_binding(
    refuse: Callable[..., Refusal], standin: StandInProcess, tenant: Tenant, operator: User
) -> None:
    refuse(refused_ids=[CAMPAIGN])
    first = bookings()[0]
    with scope.operator(operator, "test"):
        page = page_of(first)
        assert page and page.present
        correct_binding(
            item=first, actor=operator, chosen={**page.chosen, "campaign": None}, based_on=page.version, reason="Other."
        )
    drain()
    standin.plan()
    due()
    for _ in range(2):
        assert check_refusals() == 0
    assert booking_states() == {"blocked": 2, "delivered": 1}
    with scope.operator(operator, "test"):
        run, _ = start_release(item=bookings()[0], actor=operator, reason="It works.")
    finish_run(run)
    drain()
    assert booking_states() == {"delivered": 3}
    assert {"campaign" in item.envelope["mapped"] for item in bookings() if item.envelope} == {False}


def test_a_lookup_that_was_refused_resumes_and_finds_the_booking(standin: StandInProcess, enqueue: Enqueue) -> None:
    standin.coming("drop-after")
    enqueue(1)
    drain()
    standin.plan(refused_ids=[PROVIDER])
    with scope.worker():
        SyncItem.objects.filter(state=State.RETRYING).update(
            due_at=Now(), send_began_at=F("send_began_at") - timedelta(seconds=121)
        )
    drain()
    [item] = bookings()
    assert (item.state, item.cause, item.must_reconcile) == (State.UNKNOWN, "look-up-refused", True)
    check_refusals()
    assert current().key == f"booking_provider={PROVIDER}"
    standin.plan()
    due()
    assert check_refusals() == 1
    drain()
    [item] = bookings()
    assert (item.state, item.adopted) == (State.DELIVERED, True)
    assert [len(ids) for ids in book(standin).values()] == [1]


def test_only_an_operator_checks_and_only_while_it_can_be_sent(
    refuse: Callable[..., Refusal], tenant: Tenant, operator: User, viewer: User
) -> None:
    refusal = refuse(refused_ids=[CAMPAIGN])
    with pytest.raises(QueueError, match="not act on it"):
        operator_checks(refusal, viewer)
    wish(tenant, FLAG, killed=True)
    due()
    assert check_refusals() == 0
    with pytest.raises(QueueError):
        operator_checks(refusal, operator)
    wish(tenant, FLAG, killed=False)
    operator_checks(refusal, operator)
    with pytest.raises(QueueError, match="in progress"):
        operator_checks(refusal, operator)
    with scope.operator(operator, "test"):
        entry = AuditEntry.objects.get(action="syncqueue.check_refusal")
    assert (entry.actor_id, entry.reason) == (operator.pk, "The office says that it is repaired.")


def test_the_pages_name_what_was_refused_and_who_repairs_it(
    refuse: Callable[..., Refusal], operator: User, viewer: User
) -> None:
    refusal = refuse(refused_ids=[CAMPAIGN])
    item = bookings()[0]
    client = Client()
    client.force_login(operator)
    page = client.get(reverse("ops:item", args=[item.public_id])).content.decode()
    check = reverse("ops:refusal", args=[refusal.public_id])
    with scope.operator(operator, "test"):
        triage.assign(item=bookings()[1], actor=operator, to=operator)
    assigned = client.get(reverse("ops:item", args=[bookings()[1].public_id])).content.decode()
    assert "We send one item again" in page and "We send one item again" not in assigned
    assert f"(ID {CAMPAIGN})" in page and "campaignId" in page and check in page
    assert "The contractor" in client.get(reverse("ops:refusals")).content.decode()
    assert client.post(check, {"reason": ""}).status_code == 422
    assert client.post(check, {"reason": "It is enabled again."}).status_code == 302
    assert "in progress" in client.get(check).content.decode()
    client.force_login(viewer)
    assert check not in client.get(reverse("ops:refusals")).content.decode()
    assert client.post(check, {"reason": "I may not."}).status_code == 404


def test_checks_become_rarer_and_end() -> None:
    waits = [next_wait(checks) for checks in range(MOST_CHECKS + 1)]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-2:] == [LONGEST_WAIT, None]
    assert sum((wait for wait in waits if wait), timedelta()) > timedelta(days=7)


ENVELOPE = {
    "mapped": {"campaign": {"name": "Website", "external_id": 31}, "job_type": {"name": "AC", "external_id": 7}}
}


def test_keys_name_the_refused_ids() -> None:
    both = MappingError("mapping-refused", "", answer=Answered(400, fields=("body.JobTypeId", "campaignId", "start")))
    ids = refused.refused_ids(both, ENVELOPE)
    assert refused.key_of(ids) == "campaign=31,job_type=7"
    assert refused.ids_of("campaign=31,job_type=7") == {"campaign": 31, "job_type": 7}
    assert refused.words_of(ids).startswith("the campaign “Website” (ID 31) and the job type")
    assert refused.refused_ids(MappingError("not-found", "", answer=Answered(404)), ENVELOPE) == {}
    assert refused.refused_ids(RefusedError("incomplete", ""), ENVELOPE) == {}


def test_a_run_reads_all_refusals_at_once(tenant: Tenant) -> None:
    """Every minute, so a contractor with many refusals must not slow it down."""
    counted = []
    for first in (1, 101):
        for number in range(first, first + 3):
            _stopped(tenant, f"campaign={number}")
        check_refusals()
        with CaptureQueriesContext(connection) as queries:
            assert check_refusals() == 0
        counted.append(len(queries))
    with scope.worker():
        assert Refusal.objects.filter(ended_at=None).count() == 6
    assert counted[0] == counted[1] <= 12


def test_the_end_of_a_refusal_is_noticed_among_others(tenant: Tenant) -> None:
    items = [_stopped(tenant, f"campaign={number}") for number in (1, 2)]
    check_refusals()
    with scope.worker():
        SyncItem.objects.filter(pk=items[0].pk).update(cause="gate-shut")
    check_refusals()
    with scope.worker():
        assert list(Refusal.objects.filter(ended_at=None).values_list("key", flat=True)) == ["campaign=2"]


def _stopped(tenant: Tenant, key: str) -> SyncItem:
    item = make_item(tenant, State.BLOCKED)
    missing = [{"what": "booking", "refused": key}]
    with scope.worker():
        stopped = SyncItem.objects.filter(pk=item.pk)
        stopped.update(cause="mapping-refused", sent_to="simulator", missing=missing)
    return item
