"""Claim, settle, recover: each attempt is settled once, and an item that cannot be sent waits with its reason."""

import email
import email.policy
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import InternalError, OperationalError
from django.db.models.functions import Now

from pagetojob import environment
from pagetojob.environment import mailer
from pagetojob.gates.registry import FLAGS
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import lanes, selectors
from syncqueue.connectors import deliver
from syncqueue.connectors.booking.send import SESSION_SECONDS
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncAttempt, SyncItem
from syncqueue.outcomes import Outcome
from syncqueue.ports import Later
from syncqueue.services import delivery, recovery, settlement
from syncqueue.services.tally import SETTLED_BY
from syncqueue.tasks import drain as drain_task
from tests.support.factories import make_lead, make_sync_item
from tests.support.smtp import MailServer
from tests.support.threads import at_once

WorkOff = Callable[[], int]


def item_of(kind: Kind) -> SyncItem:
    with scope.worker():
        return SyncItem.objects.get(kind=kind)


def tries() -> list[str]:
    with scope.worker():
        return list(SyncAttempt.objects.order_by("id").values_list("outcome", flat=True))


def let_leases_run_out() -> None:
    with scope.worker():
        SyncItem.objects.filter(state=State.SENDING).update(lease_until=Now() - timedelta(seconds=1))


def no_longer_wait() -> timedelta | None:
    """Return how long the item was to wait, in whole seconds, and make it due."""
    with scope.worker():
        item = SyncItem.objects.get()
        SyncItem.objects.filter(due_at__isnull=False).update(due_at=Now())
    return timedelta(seconds=round((item.due_at - item.state_since).total_seconds())) if item.due_at else None


def mails(tmp_path: Path) -> list[email.message.EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((tmp_path / "mail").glob("*.eml"))
    ]


def test_the_business_is_notified_and_the_handoff_waits_at_its_gate(
    work_off: WorkOff, captured: Lead, tmp_path: Path
) -> None:
    assert work_off() == 3
    notice, booking = item_of(Kind.BUSINESS_NOTIFICATION), item_of(Kind.BOOKING_REQUEST)

    assert notice.state == State.DELIVERED
    (mail,) = [mail for mail in mails(tmp_path) if mail["To"] == "office@desert-peak.example"]
    assert mail["Message-ID"] == notice.external_id and str(notice.public_id) in notice.external_id
    assert captured.spoken_code in mail["Subject"] and "Jamie" not in mail["Subject"]
    plain = mail.get_body(("plain",))
    assert plain is not None and "(602) 555-0199" in plain.get_content()

    assert (booking.state, booking.attempts, booking.due_at) == (State.BLOCKED, 0, None)
    assert (booking.cause, booking.error_class) == ("gate-shut", "gate shut")
    assert (notice.cause, notice.error_class) == ("", "")
    missing = {reason["what"] for reason in booking.missing}
    assert missing == {"customer request", "connection", *FLAGS["api-booking-sync"].gates}
    assert booking.envelope is not None
    assert booking.envelope["booking"]["externalId"] == captured.reference


@pytest.mark.parametrize("state", [State.BLOCKED, State.NEEDS_REVIEW, State.UNKNOWN])
def test_what_waits_for_a_person_is_never_retried_by_a_timer(work_off: WorkOff, captured: Lead, state: State) -> None:
    delivery.drain(lambda item: Outcome(state, cause="gate-shut"), worker="test")
    with scope.worker():
        assert SyncItem.objects.filter(state=state).update(due_at=Now() - timedelta(days=1)) == 3
        assert not selectors.anything_due()
    assert work_off() == 0
    assert delivery.sweep_leases(worker="sweep") == 0


def test_a_page_without_binding_blocks_for_its_mapping_too(work_off: WorkOff, captured: Lead, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        captured.booking_requests.update(binding=None)
    work_off()
    booking = item_of(Kind.BOOKING_REQUEST)
    assert (booking.state, booking.cause, booking.error_class) == (State.BLOCKED, "mapping-missing", "mapping")
    assert {"mapping", "partner approval"} <= {reason["what"] for reason in booking.missing}
    assert "The page binding has no business unit." in [reason["sentence"] for reason in booking.missing]


def test_a_mail_server_that_is_away_is_tried_again(work_off: WorkOff, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    work_off()
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.attempts, notice.cause) == (State.RETRYING, 1, "mail-unreachable")
    assert notice.error_class == "transient"
    assert not notice.possibly_twice
    assert notice.due_at is not None and notice.due_at > notice.state_since


def test_no_kind_without_a_connector_is_sent(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, kind=Kind.TAXONOMY_IMPORT, due_at=Now())
    delivery.drain(deliver, worker="test")
    item = item_of(Kind.TAXONOMY_IMPORT)
    assert (item.state, item.cause, item.attempts) == (State.NEEDS_REVIEW, "done-by-people", 0)


def test_what_is_not_scheduled_is_never_claimed(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=None)
        make_sync_item(tenant=tenant, due_at=Now() + timedelta(hours=1))
    assert delivery.claim(10) == []


def test_an_internal_error_goes_to_a_person(captured: Lead) -> None:
    def broken(item: SyncItem) -> Outcome:
        raise ZeroDivisionError("Jamie Rivera")

    delivery.drain(broken, worker="test")
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.cause) == (State.NEEDS_REVIEW, "own-fault")
    assert "ZeroDivisionError" in notice.last_error and "Jamie" not in notice.last_error


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("server closed the connection"),
        InternalError("cannot execute INSERT in a read-only transaction"),
    ],
    ids=["connection closed", "read-only"],
)
def test_a_database_that_is_lost_for_a_moment_is_no_reason_to_ask_a_person(captured: Lead, error: Exception) -> None:
    def cut(item: SyncItem) -> Outcome:
        raise error

    delivery.drain(cut, worker="test")
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.attempts, notice.cause) == (State.RETRYING, 0, "database-lost")


def test_an_outcome_that_cannot_be_stored_is_not_sent_again(captured: Lead) -> None:
    sent: list[int] = []

    def unstorable(item: SyncItem) -> Outcome:
        sent.append(item.pk)
        return Outcome(State.DELIVERED, external_id="x" * 1000)

    delivery.drain(unstorable, worker="w" * 500)
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert notice.state == State.NEEDS_REVIEW and "could not be stored" in notice.last_error
    assert len(sent) == len(set(sent)) == 3
    assert notice.possibly_twice


def test_an_unclear_end_is_remembered_by_the_next_try(
    work_off: WorkOff, settings: Any, mail_server: MailServer, tmp_path: Path
) -> None:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    settings.MAIL_DEADLINE_SECONDS = 0.3
    mail_server.box.delay = 1
    work_off()
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.cause, notice.possibly_twice) == (State.RETRYING, "mail-unclear", True)
    mail_server.box.delay = 0
    with scope.worker():
        SyncItem.objects.filter(state=State.RETRYING).update(due_at=Now())
    settings.MAIL_DEADLINE_SECONDS = 5
    work_off()
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.possibly_twice) == (State.DELIVERED, True)
    assert any("may receive this message twice" in body for body in mail_server.box.bodies[-2:])


def test_a_refused_recipient_goes_to_a_person(work_off: WorkOff, settings: Any, mail_server: MailServer) -> None:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.box.answer = "550 no such office"
    work_off()
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.cause, notice.error_class) == (State.NEEDS_REVIEW, "mail-refused", "refused")


def test_a_server_that_asks_to_try_later_is_asked_later(
    work_off: WorkOff, settings: Any, mail_server: MailServer
) -> None:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.box.answer = "451 greylisted"
    work_off()
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.cause, notice.error_class) == (State.RETRYING, "mail-later", "transient")


def test_after_three_days_a_person_decides(captured: Lead) -> None:
    with scope.worker():
        SyncItem.objects.update(created_at=Now() - timedelta(hours=73))
    delivery.drain(lambda item: Outcome(State.RETRYING, cause="mail-later", detail="later"), worker="test")
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.cause, notice.last_error) == (State.NEEDS_REVIEW, "gave-up", "later")


def test_the_days_count_from_when_a_person_sent_it_again(captured: Lead) -> None:
    with scope.worker():
        SyncItem.objects.update(created_at=Now() - timedelta(hours=73), requeued_at=Now() - timedelta(hours=1))
    delivery.drain(lambda item: Outcome(State.RETRYING, cause="mail-later"), worker="test")
    assert item_of(Kind.BUSINESS_NOTIFICATION).state == State.RETRYING


def test_the_move_and_its_attempt_stand_or_fall_together(captured: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    item = delivery.claim(1)[0]

    def broken(*rows: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(settlement, "_record_attempts", broken)
    with pytest.raises(ZeroDivisionError):
        delivery.settle(item, Outcome(State.DELIVERED), worker="test")
    with scope.worker():
        assert SyncItem.objects.get(pk=item.pk).state == State.SENDING


def test_notices_of_a_kind_are_claimed_singly_and_sent_several_at_once(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage many wait. More claims at once would take several items of a lane before its breaker opens."""
    with scope.tenant(tenant.pk):
        for kind in (Kind.BUSINESS_NOTIFICATION, Kind.VISITOR_CONFIRMATION):
            for _ in range(delivery.NOTICES_AT_ONCE):
                make_sync_item(tenant=tenant, due_at=Now(), kind=kind, lead=make_lead(tenant=tenant))
    limits: list[int] = []
    sending: list[str] = []
    together = threading.Barrier(delivery.NOTICES_AT_ONCE, action=lambda: kinds_at_once.append(set(sending)))
    kinds_at_once: list[set[str]] = []

    def noted(limit: int, **how: Any) -> list[SyncItem]:
        limits.append(limit)
        return lanes.claim(limit, **how)

    def send(item: SyncItem) -> Outcome:
        sending.append(item.kind)
        together.wait(timeout=10)
        sending.remove(item.kind)
        return Outcome(State.DELIVERED)

    monkeypatch.setattr(delivery, "claim", noted)
    drained = delivery.drain(lambda item: Later(lambda: send(item)), worker="test")
    assert drained == 2 * delivery.NOTICES_AT_ONCE and tries() == ["delivered"] * drained
    assert set(limits) == {1}
    assert kinds_at_once == [{Kind.BUSINESS_NOTIFICATION}, {Kind.VISITOR_CONFIRMATION}]


def test_a_spent_budget_leaves_the_other_items_to_the_next_wake_up(captured: Lead, settings: Any) -> None:
    settings.DRAIN_BUDGET_SECONDS = 0
    assert delivery.drain(deliver, worker="test") == 0


@pytest.mark.django_db(transaction=True)
def test_a_locked_row_is_skipped(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        locked, free = (make_sync_item(tenant=tenant, due_at=Now()) for _ in range(2))
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as other:
        other.execute("SELECT 1 FROM syncqueue_syncitem WHERE id = %s FOR UPDATE", [locked.pk])
        assert [item.pk for item in delivery.claim(2)] == [free.pk]


def test_what_waits_for_a_person_is_not_due(work_off: WorkOff) -> None:
    work_off()
    with scope.worker():
        SyncItem.objects.filter(state=State.BLOCKED).update(due_at=Now() - timedelta(days=1))
        assert not selectors.anything_due()


def test_urgent_goes_first(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        later = make_sync_item(tenant=tenant, due_at=Now() - timedelta(hours=1), priority=5)
        urgent = make_sync_item(tenant=tenant, due_at=Now(), priority=1)
    assert [item.pk for item in delivery.claim(2)] == [urgent.pk, later.pk]


def test_a_dead_worker_s_item_comes_back_and_its_notice_may_arrive_twice(captured: Lead, tmp_path: Path) -> None:
    delivery.claim(10)
    assert delivery.sweep_leases(worker="sweep") == 0, "the leases still hold"
    let_leases_run_out()
    assert delivery.sweep_leases(worker="sweep") == 3
    assert item_of(Kind.BOOKING_REQUEST).cause == "worker-lost"
    delivery.drain(deliver, worker="test")
    notice = item_of(Kind.BUSINESS_NOTIFICATION)
    assert (notice.state, notice.possibly_twice) == (State.DELIVERED, True)
    assert any("may receive this message twice" in mail.as_string() for mail in mails(tmp_path))
    assert item_of(Kind.VISITOR_CONFIRMATION).possibly_twice is True
    assert item_of(Kind.BOOKING_REQUEST).possibly_twice is False
    assert sorted(tries()) == ["blocked", "delivered", "delivered", "lost", "lost", "lost"]


def test_a_worker_that_comes_too_late_settles_nothing(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now())
    late = delivery.claim(1)[0]
    let_leases_run_out()
    delivery.sweep_leases(worker="sweep")
    again = delivery.claim(1)[0]
    assert again.pk == late.pk
    assert delivery.settle(late, Outcome(State.DELIVERED), worker="late") is False
    assert delivery.settle(again, Outcome(State.DELIVERED), worker="second") is True
    assert tries() == ["lost", "delivered"]


def test_an_item_that_kills_worker_after_worker_goes_to_a_person(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MAX_LOST_ATTEMPTS", 3)
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now())
    waits: list[timedelta | None] = []
    for _ in range(3):
        assert len(delivery.claim(1)) == 1
        let_leases_run_out()
        delivery.sweep_leases(worker="sweep")
        waits.append(no_longer_wait())
    assert waits == [timedelta(0), timedelta(seconds=10), None]
    item = item_of(Kind.WEBSITE_UPDATE)
    assert (item.state, item.cause, item.error_class) == (State.NEEDS_REVIEW, "worker-lost-often", "unknown")
    assert delivery.claim(1) == []


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_settle_each_item_once(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        ids = {make_sync_item(tenant=tenant, due_at=Now()).pk for _ in range(40)}
    seen: list[int] = []

    def worker(number: int) -> None:
        def remember(item: SyncItem) -> Outcome:
            seen.append(item.pk)
            return Outcome(State.DELIVERED)

        while len(seen) < len(ids) and delivery.drain(remember, worker=f"worker {number}"):
            pass

    at_once(worker, range(4))
    assert sorted(seen) == sorted(ids)
    assert tries() == ["delivered"] * 40


def test_the_four_times_stand_in_order() -> None:
    assert environment.SMTP_TIMEOUT_SECONDS < settings.MAIL_DEADLINE_SECONDS < settings.LEASE_SECONDS
    after_a_lookup = SESSION_SECONDS + settings.LOOK_UP_DEADLINE_SECONDS + settings.SEND_DEADLINE_SECONDS
    longest_try = max(settings.MAIL_DEADLINE_SECONDS, after_a_lookup)
    claims_until = settings.DRAIN_BUDGET_SECONDS + settings.DRAIN_OVERTIME_SECONDS
    assert claims_until + longest_try < settings.DRAIN_TIME_LIMIT_SECONDS < SETTLED_BY.total_seconds()
    assert drain_task.time_limit == settings.DRAIN_TIME_LIMIT_SECONDS
    assert settings.SEND_DEADLINE_SECONDS < settings.DRAIN_OVERTIME_SECONDS, (
        "what hung at the end of the budget has ended"
    )
    assert settings.SEND_DEADLINE_SECONDS < settings.LEASE_SECONDS, "a lease begins anew with a send"
    assert SESSION_SECONDS + settings.LOOK_UP_DEADLINE_SECONDS < settings.LEASE_SECONDS
    assert int(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"])) > settings.DRAIN_TIME_LIMIT_SECONDS
