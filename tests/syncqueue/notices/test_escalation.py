"""A request that no one opens in the target goes to further people; suspected ones go into a daily digest."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant, User
from syncqueue.leads.models import Lead
from syncqueue.notices import attention, digest, escalation, recipients
from syncqueue.notices.content import content_of
from syncqueue.notices.enqueue import enqueue, reachable
from syncqueue.notices.models import LeadAttention, NoticeSettings, Purpose, RecipientNotice
from syncqueue.notices.sending import send_due
from syncqueue.selectors import requests
from syncqueue.services.intake import AppointmentRequest, capture_request
from tests.support.factories import make_tenant
from tests.support.locks import wait_for_lock
from tests.support.refusals import refused
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
Add = Callable[..., NoticeRecipient]
Capture = Callable[..., Lead]
WEEKDAYS = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def escalated_to() -> set[str]:
    with scope.worker():
        rows = RecipientNotice.objects.filter(purpose=Purpose.ESCALATION).select_related("recipient")
        return {row.recipient.address for row in rows}


def check_again(minutes: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Check all requests as if so many minutes had passed."""
    with scope.worker():
        LeadAttention.objects.filter(check_at__isnull=False).update(check_at=Now())
    later = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr("syncqueue.notices.escalation.timezone.now", lambda: later)
    count = escalation.escalate_due()
    monkeypatch.undo()
    return count


def test_levels_follow_each_other_until_someone_opens_it(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com", level=1)
    add("email", "second@blue-mesa.com", level=2)
    lead = capture()
    assert check_again(14, monkeypatch) == 0 and not escalated_to()
    assert check_again(15, monkeypatch) == 1 and escalated_to() == {"owner@blue-mesa.com"}
    with scope.worker():
        assert escalation.late_requests().count() == 1
    assert check_again(29, monkeypatch) == 0
    with scope.tenant(tenant.pk):
        attention.mark_opened(lead, by="Front desk")
    assert check_again(60, monkeypatch) == 0 and escalated_to() == {"owner@blue-mesa.com"}
    with scope.worker():
        assert not escalation.late_requests().exists()


def reminded() -> list[str]:
    with scope.worker():
        rows = RecipientNotice.objects.filter(purpose=Purpose.REMINDER).select_related("recipient").order_by("pk")
        return [row.recipient.address for row in rows]


def test_the_first_recipients_are_reminded_once_before_the_target(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com", level=1)
    lead = capture()
    assert check_again(11, monkeypatch) == 0 and reminded() == []
    assert check_again(12, monkeypatch) == 0 and reminded() == ["office@blue-mesa.com"]
    assert check_again(13, monkeypatch) == 0 and reminded() == ["office@blue-mesa.com"]
    with scope.worker():
        notice = RecipientNotice.objects.get(purpose=Purpose.REMINDER)
        content = content_of(notice)
        assert content and "Your target for opening it ends soon." in content.text
    with scope.tenant(tenant.pk):
        attention.mark_opened(lead, by="Front desk")
    with scope.worker():
        assert content_of(notice) is None


def test_a_target_of_a_few_minutes_has_no_reminder(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.tenant(tenant.pk):
        NoticeSettings.objects.create(tenant=tenant, target_minutes=9)
    add("email", "office@blue-mesa.com")
    capture()
    assert check_again(8, monkeypatch) == 0 and reminded() == []
    assert check_again(9, monkeypatch) == 1


def test_new_settings_hold_for_requests_that_wait_already(
    tenant: Tenant, owner: User, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next check of a request was computed from the target of a day, and there was none without escalation."""

    def change(**values: Any) -> None:
        with scope.tenant(tenant.pk):
            recipients.change_settings(tenant=tenant, by=owner, reason="The office asked for it.", **values)

    add("email", "office@blue-mesa.com")
    change(target_minutes=24 * 60)
    capture()
    assert escalation.escalate_due() == 0
    received = timezone.now()
    monkeypatch.setattr("syncqueue.notices.escalation.timezone.now", lambda: received + timedelta(minutes=20))
    assert escalation.escalate_due() == 0, "the check of the reminder is hours away"
    change(escalates=False, target_minutes=15)
    assert escalation.escalate_due() == 0 and not escalated_to()
    change(escalates=True)
    assert escalation.escalate_due() == 1 and escalated_to() == {"office@blue-mesa.com"}
    change(target_minutes=5)
    assert escalation.escalate_due() == 0, "it escalated to the last level already"


@pytest.mark.parametrize(
    "has_seen", [lambda lead: attention.mark_opened(lead, by="Front desk"), attention.mark_answered]
)
def test_an_escalation_that_waited_is_not_sent_once_someone_opened_the_request(  # noqa: PLR0917 - fixtures
    tenant: Tenant,
    add: Add,
    capture: Capture,
    mailbox: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    has_seen: Callable[[Lead], object],
) -> None:
    """It would state that no one opened it, in an email or a text message that a server took hours later."""
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com", level=1)
    lead = capture()
    assert check_again(15, monkeypatch) == 1 and escalated_to() == {"owner@blue-mesa.com"}
    with scope.tenant(tenant.pk):
        has_seen(lead)
    assert send_due() == 0 and not mailbox.box.received
    with scope.worker():
        assert RecipientNotice.objects.get(purpose=Purpose.ESCALATION).state == "skipped"


def test_without_further_recipients_the_first_are_notified_again(
    add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("email", "office@blue-mesa.com")
    capture()
    assert check_again(15, monkeypatch) == 1 and escalated_to() == {"office@blue-mesa.com"}
    assert check_again(500, monkeypatch) == 0


def test_an_answered_or_excluded_request_does_not_escalate(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    with scope.tenant(tenant.pk):
        attention.mark_answered(lead)
    assert check_again(60, monkeypatch) == 0
    with scope.tenant(tenant.pk):
        attention.undo_answered(lead)
    assert check_again(60, monkeypatch) == 1


def test_a_request_is_late_for_the_escalation_when_the_office_sees_it_as_late(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours without any open hour are unknown hours: the list of the office and the escalation count every hour."""
    add("email", "office@blue-mesa.com")
    lead = capture()
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(hours={day: [] for day in WEEKDAYS})
        timer = requests.timer_of(tenant)
        early = requests.request_line(lead, timer, now=lead.received_at + timedelta(minutes=10))
        line = requests.request_line(lead, timer, now=lead.received_at + timedelta(minutes=16))
    assert early.response is not None and early.response.sentence == "Answer within 5 min"
    assert timer.counts_all_hours and line.response is not None and line.response.state == "late"
    assert check_again(16, monkeypatch) == 1


def test_a_closed_office_is_not_late(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("email", "office@blue-mesa.com")
    capture()
    closed = timezone.now().astimezone(ZoneInfo(tenant.time_zone)) + timedelta(days=3)
    hours = {f"{closed:%a}".lower(): [["08:00", "08:30"]]}
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.update(hours=hours)
    assert check_again(60, monkeypatch) == 0
    with scope.worker():
        assert LeadAttention.objects.get().check_at


def test_a_digest_comes_in_the_morning_when_there_is_something(
    tenant: Tenant, add: Add, capture: Capture, mailbox: MailServer
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "quiet@blue-mesa.com", wants_digest=False)
    complained = add("email", "spam-folder@blue-mesa.com")
    with scope.worker():
        NoticeRecipient.objects.filter(pk=complained.pk).update(complained_at=timezone.now())
    capture(suspected=("content",), name="Ad Bot", service="SEO")
    now = timezone.now()
    tomorrow = digest.last_morning(tenant.time_zone, now) + timedelta(days=1, minutes=1)
    assert digest.make_digests(tomorrow - timedelta(minutes=2)) == 0
    assert digest.make_digests(tomorrow) == 1
    assert digest.make_digests(tomorrow) == 0
    assert digest.make_digests(tomorrow + timedelta(days=1)) == 0
    with scope.worker():
        RecipientNotice.objects.filter(purpose=Purpose.DIGEST).update(due_at=Now())
        assert NoticeSettings.objects.get().digest_until
    send_due()
    [body] = [body for body in mailbox.box.bodies if "suspected" in body]
    assert "Ad Bot" in body and "MST" in body and "Service: SEO" in body


def test_the_morning_is_that_of_the_business() -> None:
    at = datetime(2026, 11, 29, 13, 59, tzinfo=UTC)
    assert digest.last_morning("America/Phoenix", at) == datetime(2026, 11, 28, 14, tzinfo=UTC)
    assert digest.last_morning("America/Phoenix", at + timedelta(minutes=1)) == datetime(2026, 11, 29, 14, tzinfo=UTC)


def capture_of(tenant: Tenant, **facts: Any) -> Lead:
    """Store a request of another business."""
    request = AppointmentRequest(
        form_token=uuid.uuid4(), name="Robin", service="Furnace repair", urgency="emergency", page_path="/",
        consent_text="You may contact me.", phone="(602) 555-0198", **facts,
    )  # fmt: skip
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.get_or_create(tenant=tenant, defaults={"color": "#0b5cad", "phone": "602 555 0102"})
        NoticeRecipient.objects.get_or_create(tenant=tenant, channel="email", email="office@lost-valley.com")
        lead, _ = capture_request(tenant=tenant, request=request, binding=None)
    return lead


@pytest.mark.django_db(transaction=True)
def test_a_request_that_cannot_be_checked_delays_no_other(
    add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error undid the checks of all requests, in every run."""
    other = make_tenant(name="Lost Valley Heating", time_zone="America/Phoenix")
    lost = capture_of(other)
    add("email", "office@blue-mesa.com")
    capture()
    with refused("notices_recipientnotice", other):
        assert check_again(15, monkeypatch) == 1 and escalated_to() == {"office@blue-mesa.com"}
    with scope.worker():
        check_at = LeadAttention.objects.get(lead=lost).check_at
    assert check_at and check_at > timezone.now(), "it is checked again, but not before all others"
    [record] = [record for record in caplog.records if record.getMessage() == "request not checked"]
    assert vars(record)["tenant_id"] == other.pk


def test_a_request_in_an_unknown_time_zone_escalates_as_if_the_office_were_open(
    tenant: Tenant, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never escalated, because no office hours can be counted then."""
    add("email", "office@blue-mesa.com")
    capture()
    with scope.tenant(tenant.pk):
        assert BusinessProfile.objects.update(hours={"mon": [["03:00", "03:01"]]}) == 1
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    assert check_again(14, monkeypatch) == 0
    assert check_again(15, monkeypatch) == 1 and escalated_to() == {"office@blue-mesa.com"}


@pytest.mark.django_db(transaction=True)
def test_a_digest_that_cannot_be_made_delays_no_other(add: Add, capture: Capture) -> None:
    other = make_tenant(name="Lost Valley Heating", time_zone="America/Phoenix")
    capture_of(other, suspected=("content",))
    add("email", "office@blue-mesa.com")
    capture(suspected=("content",))
    with refused("notices_noticesettings", other):
        assert digest.make_digests(timezone.now() + timedelta(days=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_refusal_waits_for_an_escalation_that_is_under_way(add: Add, capture: Capture) -> None:
    """Both escalated the request in another order: the database stopped one of them, with all that it had done."""
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com", level=1)
    lead = capture()

    def refused() -> bool:
        try:
            with scope.worker():
                return escalation.escalate_unnotified(lead)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with scope.worker():
            row = LeadAttention.objects.select_for_update().get(lead=lead)
            other = pool.submit(refused)
            wait_for_lock(other)
            owners = reachable(lead.tenant_id).filter(level=1)
            enqueue(owners, Purpose.ESCALATION, subject_key=lead.reference, lead=lead)
            LeadAttention.objects.filter(pk=row.pk).update(level=1, escalated_at=Now())
        assert other.result()
    assert escalated_to() >= {"owner@blue-mesa.com"}
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).level == 2, "it read the level after the other"
