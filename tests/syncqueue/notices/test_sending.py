"""Each recipient gets a message of its own; a failing one delays no other; quiet hours never hide a request."""

import email
import email.policy
import json
import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as project
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from pagetojob.local.process import free_port
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.onboarding.recipients import confirmation_address, send_due_tests
from pagetojob.ops.monitoring import read_health
from pagetojob.platform import states
from pagetojob.platform.outbound.errors import TransientError
from pagetojob.platform.outbound.text_reports import signature
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue import mails, visitor_texts
from syncqueue.connectors import deliver
from syncqueue.inbox.outcomes import ReportOutcome
from syncqueue.inbox.verifiers import HookSecret, Recipe, Scheme, check, read_key
from syncqueue.leads.models import BookingRequest, Lead
from syncqueue.mail_facts import BOOKED_ALREADY, MAY_HAVE_ARRIVED, NOT_ENTERED, entry_now, mail_facts
from syncqueue.models import HookCount, Kind, Lane, State, SyncAttempt, SyncItem
from syncqueue.notices import attention, bounces, outbox, recipients, secrets_of_webhooks
from syncqueue.notices.codes import bounce_address
from syncqueue.notices.content import content_of
from syncqueue.notices.enqueue import enqueue
from syncqueue.notices.models import NOT_ARRIVED, LeadAttention, Purpose, RecipientNotice, ReportKind
from syncqueue.notices.quiet import quiet_until
from syncqueue.notices.selectors import failing_notices, failures_by_recipient, notices_of
from syncqueue.notices.sending import send_due
from syncqueue.notices.text_simulator import TextSimulator
from syncqueue.outcomes import Outcome
from syncqueue.refused_senders import refused_senders
from syncqueue.services import answers, delivery, recovery, settlement
from tests.support import refusals
from tests.support.hostile import Hostile, plain
from tests.support.locks import wait_for_lock
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
Add = Callable[..., NoticeRecipient]
Capture = Callable[..., Lead]


def work() -> None:
    """Do what the workers do: the outbox of the request, then the notices."""
    delivery.drain(deliver, worker="test")
    send_due()


def rows() -> dict[str, RecipientNotice]:
    with scope.worker():
        return {row.recipient.address: row for row in RecipientNotice.objects.select_related("recipient")}


def make_due() -> None:
    with scope.worker():
        RecipientNotice.objects.filter(due_at__isnull=False).update(due_at=Now())


def test_every_recipient_is_notified_once_and_the_first_by_the_item(
    tenant: Tenant, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    add("text", "(602) 555-0123")
    add("email", "later@blue-mesa.com", level=1)
    lead = capture()
    work()
    work()
    notices = rows()
    assert {address for address, row in notices.items() if row.carried} == {"office@blue-mesa.com"}
    assert len(notices) == 3
    assert len(mailbox.box.received) == len(set(mailbox.box.received)) == 3  # with the visitor's confirmation
    assert [(row.to, row.sender) for row in texts.messages] == [("+16025550123", "+16025550100")]
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BUSINESS_NOTIFICATION)
    assert item.state == State.DELIVERED
    assert {notices["owner@blue-mesa.com"].state, notices["+16025550123"].state} == {"delivered"}
    body = texts.messages[0].body
    assert lead.spoken_code in body and "Furnace repair in Phoenix" in body and "/r/" in body
    assert not any(secret in body for secret in ("Jamie", "555-0199", "jamie@"))


def test_a_failing_recipient_delays_no_other_and_is_retried_under_its_id(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123")
    add("text", "(602) 555-0124")
    texts.plan = ["busy"]
    capture()
    work()
    states = sorted(row.state for row in rows().values() if not row.carried)
    assert states == ["delivered", "queued"]
    [late] = [row for row in rows().values() if row.error]
    assert late.error == "The text provider answered 429." and late.attempts == 1
    make_due()
    send_due()
    assert rows()[late.recipient.address].state == "delivered"
    assert len(texts.messages) == 2


def test_a_hanging_webhook_delays_no_other(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, settings: Any
) -> None:
    receiver = Hostile()
    settings.LISTED_ORIGINS = [f"http://127.0.0.1:{receiver.port}"]
    add("email", "office@blue-mesa.com")
    hook = add("webhook", f"http://127.0.0.1:{receiver.port}/hooks")
    add("text", "(602) 555-0123")
    receiver.say("/hooks", plain(b"", status="200 OK"))
    try:
        capture()
        began = time.monotonic()
        work()
        assert time.monotonic() - began < 5
        assert rows()[hook.address].state == "delivered"
        head, _, body = receiver.heard[0].partition("\r\n\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.split("\r\n")[1:])}
        key = HookSecret(slot="current", accepted=True, raw=read_key(Scheme.STANDARD, secrets_of_webhooks.load(hook)))
        assert check(Recipe(Scheme.STANDARD), headers, body.encode(), [key]).refused is None
        event = json.loads(body)
        assert event["type"] == "request.created" and event["data"]["phone"] == "(602) 555-0199"
        assert event["data"]["street"] is None
    finally:
        receiver.close()


def test_a_stopped_recipient_gets_nothing_that_was_pending(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    row = add("text", "(602) 555-0123")
    capture()
    with scope.tenant(row.tenant_id):
        recipients.remove(recipient=row, by=owner, reason="They left.")
    work()
    assert rows()[row.address].state == "skipped"
    assert not texts.messages


def test_a_stopped_recipient_whose_attempt_was_unclear_may_have_been_notified(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer, settings: Any
) -> None:
    """Both notices read "not needed", although the office could have the request."""
    office, further = add("email", "office@blue-mesa.com"), add("email", "owner@blue-mesa.com")
    lead = capture()
    settings.MAILERS["default"]["OPTIONS"]["timeout"], mailbox.box.delay = 0.3, 0.6
    work()
    settings.MAILERS["default"]["OPTIONS"]["timeout"], mailbox.box.delay = 5, 0
    add("email", "new@blue-mesa.com")
    with scope.tenant(lead.tenant_id):
        for recipient in (office, further):
            recipients.remove(recipient=recipient, by=owner, reason="They left.")
    make_due()
    with scope.worker():
        SyncItem.objects.filter(lead=lead, state=State.RETRYING).update(due_at=Now())
    work()
    with scope.tenant(lead.tenant_id):
        lines = {line.recipient.email: line for line in notices_of(lead)}
    assert lines.pop("new@blue-mesa.com").state == "accepted by the server"
    assert {line.state for line in lines.values()} == {"stopped after an attempt"}
    assert lines[office.email].error == "The recipient was removed or stopped. An earlier message may have arrived."
    assert lines[further.email].error == (
        "The recipient was removed or stopped. Last attempt: The connection to the mail server was lost before it"
        " confirmed the message."
    )


@pytest.mark.parametrize("has_own", ["not sent yet", "failed", "delivered"])
def test_a_recipient_that_replaces_a_stopped_recipient_is_notified_once(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer, has_own: str
) -> None:
    office, further = add("email", "office@blue-mesa.com"), add("email", "owner@blue-mesa.com")
    lead = capture()
    if has_own == "failed":
        mailbox.box.recipient_answer = "550 5.7.1 your server is on a blocklist"
    if has_own != "not sent yet":
        send_due()
    mailbox.box.recipient_answer = "250 known"
    with scope.tenant(office.tenant_id):
        recipients.remove(recipient=office, by=owner, reason="They left.")
    work()
    notice = rows()[further.address]
    assert [body.count(f"To: {further.address}") for body in mailbox.box.bodies if further.address in body] == [1]
    assert (notice.carried, notice.due_at, notice.error) == (True, None, "")
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BUSINESS_NOTIFICATION)
    assert item.state == State.DELIVERED
    with scope.tenant(office.tenant_id):
        shown = [(line.recipient.address, line.delivered_at) for line in notices_of(lead)]
    at = notice.delivered_at if has_own == "delivered" else item.state_since
    assert shown[:2] == [(office.address, None), (further.address, at)]


def test_a_recipient_that_replaces_another_after_an_unclear_attempt_reads_so(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer, settings: Any
) -> None:
    """The message of the item has another id, so a mail program shows both, and the second did not explain itself."""
    office, further = add("email", "office@blue-mesa.com"), add("email", "owner@blue-mesa.com")
    lead = capture()
    settings.MAILERS["default"]["OPTIONS"]["timeout"], mailbox.box.delay = 0.3, 0.6
    send_due()
    settings.MAILERS["default"]["OPTIONS"]["timeout"], mailbox.box.delay = 5, 0
    assert rows()[further.address].state == "queued"
    mailbox.box.bodies.clear()
    with scope.tenant(lead.tenant_id):
        recipients.remove(recipient=office, by=owner, reason="They left.")
    delivery.drain(deliver, worker="test")
    [mail] = [body for body in mailbox.box.bodies if f"To: {further.address}" in body]
    assert "You may receive this message twice" in mail
    assert rows()[further.address].due_at is None


def test_a_recipient_whose_own_notice_was_returned_gets_that_of_the_item(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer
) -> None:
    """The item would end as delivered without a message, and could not be sent again."""
    office, further = add("email", "office@blue-mesa.com"), add("email", "owner@blue-mesa.com")
    capture()
    send_due()
    with scope.worker():
        RecipientNotice.objects.filter(recipient=further).update(reported="soft bounce")
    with scope.tenant(office.tenant_id):
        recipients.remove(recipient=office, by=owner, reason="They left.")
    mailbox.box.bodies.clear()
    delivery.drain(deliver, worker="test")
    assert len([body for body in mailbox.box.bodies if f"To: {further.address}" in body]) == 1


def test_a_notice_under_way_is_not_due_again_once_the_item_carries_it(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer
) -> None:
    office, further = add("email", "office@blue-mesa.com"), add("email", "owner@blue-mesa.com")
    capture()
    with scope.worker():
        [under_way] = outbox.claim(RecipientNotice.objects.all(), most=1)
    with scope.tenant(office.tenant_id):
        recipients.remove(recipient=office, by=owner, reason="They left.")
    delivery.drain(deliver, worker="test")
    with scope.worker():
        assert not outbox.settle(under_way, TransientError("mail-unreachable", "The server is away."))
    assert rows()[further.address].due_at is None


def test_an_unconfirmed_number_gets_no_request(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    tenant = add("email", "office@blue-mesa.com").tenant
    with scope.tenant(tenant.pk):
        recipients.add(tenant=tenant, channel="text", address="(602) 555-0123", by=owner, reason="It is new.")
    capture()
    work()
    assert list(rows()) == ["office@blue-mesa.com"]


def test_a_suspected_request_goes_to_a_single_recipient_and_does_not_escalate(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123")
    capture(suspected=("content",))
    work()
    assert list(rows()) == ["office@blue-mesa.com"]
    with scope.worker():
        assert not LeadAttention.objects.exists()


@pytest.mark.parametrize(
    ("start", "end", "local", "until"),
    [
        (clock(21), clock(7), "2026-11-28T22:00", "2026-11-29T07:00"),
        (clock(21), clock(7), "2026-11-28T06:59", "2026-11-28T07:00"),
        (clock(21), clock(7), "2026-11-28T07:00", ""),
        (clock(12), clock(13), "2026-11-28T12:30", "2026-11-28T13:00"),
        (clock(12), clock(13), "2026-11-28T13:00", ""),
        (None, None, "2026-11-28T12:30", ""),
    ],
)
def test_quiet_hours_may_span_midnight(start: Any, end: Any, local: str, until: str) -> None:
    zone = ZoneInfo("America/Phoenix")
    now = datetime.fromisoformat(local).replace(tzinfo=zone)
    expected = datetime.fromisoformat(until).replace(tzinfo=zone) if until else None
    assert quiet_until(start, end, zone="America/Phoenix", now=now) == expected


def test_quiet_hours_in_an_unknown_time_zone_are_those_of_utc() -> None:
    now = datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert quiet_until(clock(22), clock(6), zone="Mars/Phobos", now=now) == now + timedelta(hours=7)


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_in_the_second() -> None:
    """An end in the past made the notice due at once, and it was checked without a pause."""
    second = datetime(2026, 11, 1, 6, 20, tzinfo=UTC)  # 1:20 AM in New York, for the second time
    until = quiet_until(clock(22), clock(1, 30), zone="America/New_York", now=second)
    assert until is not None and until.astimezone(UTC) == second + timedelta(minutes=10)


def quiet_now(zone: str) -> dict[str, Any]:
    local = timezone.now().astimezone(ZoneInfo(zone))
    return {
        "quiet_from": (local - timedelta(hours=1)).time().replace(microsecond=0, tzinfo=None),
        "quiet_until": (local + timedelta(hours=2)).time().replace(microsecond=0, tzinfo=None),
    }


def test_quiet_hours_wait_only_while_someone_else_knows(
    tenant: Tenant, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123", **quiet_now(tenant.time_zone))
    capture()
    work()
    assert not texts.messages and rows()["+16025550123"].attempts == 0
    # The mail server is down: no one knows of the second request, so the quiet phone rings.
    mailbox.shut()
    capture(form_token="00000000-0000-4000-8000-000000000001", name="Robin")
    work()
    assert not texts.messages
    with scope.worker():
        RecipientNotice.objects.filter(lead__name="Robin").update(due_at=Now())
    connection_clock = timezone.now() + timedelta(minutes=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncqueue.notices.sending.timezone.now", lambda: connection_clock)
        send_due()
    assert len(texts.messages) == 1


def test_a_request_is_carried_to_a_person_who_is_awake_where_the_business_is(
    tenant: Tenant, add: Add, capture: Capture
) -> None:
    add("email", "asleep@blue-mesa.com", **quiet_now(tenant.time_zone))
    add("email", "awake@blue-mesa.com")
    capture()
    assert {address: row.carried for address, row in rows().items()} == {
        "asleep@blue-mesa.com": False,
        "awake@blue-mesa.com": True,
    }


@pytest.mark.parametrize("reported", NOT_ARRIVED)
def test_quiet_hours_end_early_once_the_notices_of_the_others_did_not_arrive(  # noqa: PLR0917 - fixtures
    tenant: Tenant, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, reported: str
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    phone = add("text", "(602) 555-0123", **quiet_now(tenant.time_zone))
    capture()
    work()
    due = rows()[phone.address].due_at
    assert due and not texts.messages and due < timezone.now() + timedelta(minutes=10)
    with scope.worker():
        RecipientNotice.objects.exclude(recipient=phone).update(reported=reported)
        RecipientNotice.objects.filter(recipient=phone).update(due_at=Now())
    later = timezone.now() + timedelta(minutes=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncqueue.notices.sending.timezone.now", lambda: later)
        send_due()
    assert len(texts.messages) == 1


def test_the_only_recipient_is_notified_in_quiet_hours(
    tenant: Tenant, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("text", "(602) 555-0123", **quiet_now(tenant.time_zone))
    capture()
    work()
    assert len(texts.messages) == 1


def test_the_mail_is_branded_in_local_time_and_answers_the_visitor(
    add: Add, capture: Capture, mailbox: MailServer
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture(as_typed={"urgency": ""}, urgency="soon", street="", state="AZ", zip="", phone="")
    work()
    [raw] = [body for body in mailbox.box.bodies if "office@blue-mesa.com" in body]
    message = email.message_from_string(raw, policy=email.policy.default)
    assert message["Reply-To"] == "jamie@example.com"
    assert "PageToJob" in message["From"]
    text, html = (part.get_content() for part in message.iter_parts())
    local = lead.received_at.astimezone(ZoneInfo("America/Phoenix"))
    received = f"{local:%B %-d, %Y, %-I:%M %p MST}"
    assert received in text and received in html and "UTC" not in text, "worded like the times of the other mails"
    assert "Urgency:   not given" in text and "(not given)" in message["Subject"]
    assert "Phone:     not given" in text and "next few days" not in text
    assert "Not recognized" not in text + html, "the question was left out, so nothing was typed"
    assert "Address:   Phoenix, AZ" in text.splitlines()
    assert "prefers-color-scheme: dark" in html and html.count("<body") == 1
    assert "#0b5cad" in html and "Blue Mesa Heating" in html and "/r/" in html


DONE_MANUALLY = {"done_at": timezone.now(), "ended_from": "queued", "done_where": "by phone", "done_reference": "A 7"}


@pytest.mark.parametrize(
    ("moves", "facts", "sentence"),
    [
        ([], {}, NOT_ENTERED),
        ([State.SENDING, State.BLOCKED], {}, NOT_ENTERED),
        ([State.SENDING, State.RETRYING], {"must_reconcile": True}, MAY_HAVE_ARRIVED),
        ([State.SENDING, State.UNKNOWN], {}, MAY_HAVE_ARRIVED),
        ([State.SENDING, State.DELIVERED], {}, "Its booking was sent automatically. Do not enter it manually."),
        ([State.MANUAL_COMPLETE], DONE_MANUALLY, "A person has entered it. Do not enter it again."),
        ([State.CANCELLED], {}, "Its booking was canceled."),
    ],
)
def test_a_notice_states_what_became_of_the_booking(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, mailbox: MailServer, moves: list[State], facts: dict[str, Any], sentence: str
) -> None:
    """An office that enters what was sent or entered since has the job twice in ServiceTitan."""
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    lead = capture()
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BOOKING_REQUEST)
        for state in moves:
            lease = timezone.now() + timedelta(minutes=1) if state == State.SENDING else None
            item = states.move(item, state, lease_until=lease, due_at=None, **({} if lease else facts))
    assert send_due() == 1
    [raw] = mailbox.box.bodies
    message = email.message_from_string(raw, policy=email.policy.default)
    text, html = (" ".join(part.get_content().split()) for part in message.iter_parts())
    assert all(f"PageToJob has stored this request. {sentence}" in body for body in (text, html))
    assert (sentence == NOT_ENTERED) == ("a person must enter it manually" in text + html)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("booked", BOOKED_ALREADY), ("duplicate", "It is excluded as duplicate, so no one has to enter it.")],
)
def test_a_notice_that_waited_states_the_answer_of_the_office(  # noqa: PLR0917 - fixtures
    owner: User, add: Add, capture: Capture, mailbox: MailServer, kind: str, sentence: str
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    with scope.tenant(lead.tenant_id):
        answers.answer(lead=lead, kind=kind, by=owner)
    work()
    [raw] = [body for body in mailbox.box.bodies if "office@blue-mesa.com" in body]
    text, _ = email.message_from_string(raw, policy=email.policy.default).iter_parts()
    assert text.get_content().splitlines()[-1] == sentence


def test_a_test_request_is_not_to_be_entered(add: Add, capture: Capture) -> None:
    lead = capture(is_test=True)
    with scope.worker():
        booking = BookingRequest.objects.select_related("lead", "tenant").get(lead=lead)
        body = mails.notice(booking, "", again=False, entry=entry_now(booking)).body
    assert body.endswith("PageToJob has stored this request.\n")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("St. Louis", " in St. Louis"),
        ("Coeur d’Alene", " in Coeur d’Alene"),
        ("Winston-Salem", " in Winston-Salem"),
        ("Phoenix sign in at pagetojob.evil.example", ""),
        ("call 6025550123", ""),
        ("Phoenix\u202ehttp", ""),
        ("", ""),
    ],
)
def test_a_text_message_has_no_link_and_no_number_that_a_visitor_typed(
    add: Add, capture: Capture, typed: str, shown: str
) -> None:
    phone = add("text", "(602) 555-0123")
    lead = capture(city=typed)
    with scope.worker():
        content = content_of(RecipientNotice.objects.get(recipient=phone))
    assert content is not None and f"{lead.spoken_code}, Furnace repair{shown}. Urgency" in content.short


def test_visitors_read_that_the_office_was_notified_only_while_it_is_so(
    tenant: Tenant, add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123")
    lead = capture()

    def sent() -> visitor_texts.Sent:
        with scope.tenant(tenant.pk):
            facts = mail_facts(lead)[Kind.BUSINESS_NOTIFICATION]
        return visitor_texts.sent(facts, now=timezone.now())

    assert sent() is visitor_texts.Sent.WAITING
    work()
    assert sent() is visitor_texts.Sent.DONE
    office = rows()["office@blue-mesa.com"]
    with scope.worker():
        bounces.mark_dead(office, code="mail-550", sentence="Returned.")
    assert sent() is visitor_texts.Sent.DOUBTFUL  # the text was accepted, and no phone has reported it yet
    message = texts.messages[0]
    text = rows()["+16025550123"]
    assert bounces.receive_text_report(text.public_id, sid=message.sid, status="delivered", code=0) == "delivered"
    assert sent() is visitor_texts.Sent.DONE


@pytest.mark.parametrize("is_removed", [True, False])
def test_the_links_of_a_removed_or_stopped_recipient_end(  # noqa: PLR0917 - fixtures
    tenant: Tenant,
    owner: User,
    add: Add,
    capture: Capture,
    mailbox: MailServer,
    texts: TextSimulator,
    client: Any,
    is_removed: bool,
) -> None:
    """Someone who left could otherwise take requests, about which no one else is notified then."""
    add("email", "office@blue-mesa.com")
    phone = add("text", "(602) 555-0123")
    lead = capture()
    work()
    path = "/r/" + texts.messages[0].body.rpartition("/r/")[2]
    with scope.tenant(tenant.pk):
        if is_removed:
            recipients.remove(recipient=phone, by=owner, reason="They left.")
        else:
            recipients.change(recipient=phone, by=owner, reason="They left.", active=False)
    page = client.post(path)
    assert page.status_code == 404 and lead.spoken_code not in page.text
    with scope.tenant(tenant.pk):
        assert attention.attention_of(lead).opened_at is None


def test_links_end_with_the_contract(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, operator: User, client: Any
) -> None:
    tenant = add("email", "office@blue-mesa.com").tenant
    phone = add("text", "(602) 555-0123")
    lead = capture()
    work()
    paths = [f"/r/{texts.messages[0].body.rpartition('/r/')[2]}", _confirmation(phone)]
    assert [client.get(path).status_code for path in paths] == [200, 200]
    with scope.operator(operator, "test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract ended.")
    pages = [client.post(path) for path in paths]
    assert [page.status_code for page in pages] == [404, 404] and lead.spoken_code not in pages[0].text
    with scope.worker():
        content = content_of(RecipientNotice.objects.get(recipient=phone))
    assert content is not None and lead.spoken_code in content.short, "a stored request is still notified"
    assert "/r/" not in content.text + content.html + content.short
    with scope.tenant(tenant.pk):
        assert attention.attention_of(lead).opened_at is None


def test_no_test_message_is_sent_after_the_contract(
    tenant: Tenant, owner: User, operator: User, mailbox: MailServer
) -> None:
    with scope.tenant(tenant.pk):
        for name in ("office", "owner"):
            recipients.add(tenant=tenant, channel="email", address=f"{name}@blue-mesa.com", by=owner, reason="x")
        NoticeRecipient.objects.filter(email="owner@blue-mesa.com").update(test_due_at="2099-01-01T00:00Z")
    assert send_due_tests() == 1
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.update(test_due_at=Now())
    with scope.operator(operator, "test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract ended.")
    assert send_due_tests() == 0 and len(mailbox.box.received) == 1


def test_a_link_from_before_a_removal_confirms_nothing(
    tenant: Tenant, owner: User, add: Add, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Reply-To of confirmations to customers could otherwise be confirmed by someone who has left."""
    office, now = add("email", "office@blue-mesa.com"), time.time()
    with monkeypatch.context() as earlier:
        earlier.setattr(time, "time", lambda: now - 3600)
        path = _confirmation(office)
    with scope.tenant(tenant.pk):
        recipients.remove(recipient=office, by=owner, reason="They left.")
    assert client.post(path).status_code == 404, "removed"
    again = add("email", "office@blue-mesa.com")
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(pk=again.pk).update(confirmed_at=None)
    assert client.post(path).status_code == 404, "added again"
    assert confirmed(again) is None
    assert client.post(_confirmation(again)).status_code == 200
    assert confirmed(again) is not None


def confirmed(recipient: NoticeRecipient) -> datetime | None:
    with scope.tenant(recipient.tenant_id):
        return NoticeRecipient.objects.get(pk=recipient.pk).confirmed_at


def _confirmation(recipient: NoticeRecipient) -> str:
    return confirmation_address(recipient).removeprefix(project.PUBLIC_URL)


def test_a_link_is_acknowledged_by_its_button_only(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, client: Any
) -> None:
    tenant = add("email", "office@blue-mesa.com").tenant
    add("text", "(602) 555-0123", label="Night phone")
    lead = capture()
    work()
    path = "/r/" + texts.messages[0].body.rpartition("/r/")[2]
    page = client.get(path)
    assert page.status_code == 200 and lead.spoken_code in page.text and "Jamie" not in page.text
    with scope.tenant(tenant.pk):
        assert attention.attention_of(lead).opened_at is None
    client.post(path)
    with scope.tenant(tenant.pk):
        seen = attention.attention_of(lead)
    assert (seen.opened_by, seen.check_at) == ("Night phone", None)
    assert client.get(path[:-2] + "xx").status_code == 404


def test_status_callbacks_count_only_with_the_signature(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, client: Any
) -> None:
    add("email", "office@blue-mesa.com")
    phone = add("text", "(602) 555-0123")
    capture()
    work()
    message, path = texts.messages[0], f"/hooks/texts/{rows()[phone.address].public_id}"
    params = {"MessageSid": message.sid, "MessageStatus": "undelivered", "ErrorCode": "30005"}
    url = project.PUBLIC_URL + path
    for mark in ("", "x", signature("another token", url, params)):
        assert client.post(path, params, headers={"X-Twilio-Signature": mark}).status_code == 403
    with scope.worker():
        assert not NoticeRecipient.objects.get(pk=phone.pk).bounced_at
    good = signature(texts.token, url, params)
    for _ in range(2):
        assert client.post(path, params, headers={"X-Twilio-Signature": good}).status_code == 204
    assert rows()[phone.address].reported == "hard bounce"
    with scope.worker():
        marked = NoticeRecipient.objects.get(pk=phone.pk)
    assert marked.bounced_at and "no longer in use" in marked.bounce_reason


def test_reports_with_a_wrong_signature_raise_an_alarm_if_they_name_a_message_of_ours(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, client: Any, settings: Any
) -> None:
    office = add("email", "office@blue-mesa.com")
    phone = add("text", "(602) 555-0123")
    capture()
    work()

    def report(notice: uuid.UUID, status: str) -> int:
        path, params = f"/hooks/texts/{notice}", {"MessageSid": texts.messages[0].sid, "MessageStatus": status}
        mark = signature(texts.token, project.PUBLIC_URL + path, params)
        return int(client.post(path, params, headers={"X-Twilio-Signature": mark}).status_code)

    text, mail = rows()[phone.address].public_id, rows()[office.address].public_id
    settings.TEXT_TOKEN = "a token that was replaced at the provider"
    for forged in (uuid.uuid4(), mail, office.public_id):
        assert report(forged, "failed") == 403 and not refused(), "no text message of ours has this address"
    assert [report(text, "undelivered"), report(text, "delivered")] == [403, 403]
    assert refused() == ["Text provider: 2 refused, 0 accepted"] and rows()[phone.address].reported == ""
    assert report(phone.public_id, "delivered") == 403, "a test message to this phone"
    assert refused() == ["Text provider: 3 refused, 0 accepted"]
    settings.TEXT_TOKEN = texts.token
    for notice, status in ((text, "sent"), (text, "delivered"), (text, "delivered"), (uuid.uuid4(), "delivered")):
        assert report(notice, status) == 204
    assert accepted() == 1, "the report that is stored"
    assert [report(phone.public_id, status) for status in ("sent", "undelivered", "delivered")] == [204] * 3
    assert accepted() == 2, "the test message that was delivered"
    assert report(phone.public_id, "delivered") == 204 and accepted() == 2, "the same report again"
    with scope.worker():
        NoticeRecipient.objects.filter(pk=phone.pk).update(test_sent_at=Now())
    assert report(phone.public_id, "delivered") == 204 and accepted() == 3, "that of a second test message"
    assert refused() == ["Text provider: 3 refused, 0 accepted"], "those of another host may still be refused"


def test_a_test_message_names_its_recipient_in_reports(add: Add, texts: TextSimulator, tenant: Tenant) -> None:
    phone = add("text", "(602) 555-0123")
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(pk=phone.pk).update(test_due_at=Now())
    assert send_due_tests() == 1
    assert texts.messages[-1].status_url.endswith(f"/hooks/texts/{phone.public_id}")


def test_bounces_with_a_wrong_mark_raise_the_same_alarm(
    add: Add, capture: Capture, mailbox: MailServer, settings: Any
) -> None:
    office = add("email", "office@blue-mesa.com")
    capture()
    good = bounce_address(rows()[office.address].public_id)
    report = b"Content-Type: message/delivery-status\r\n\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
    report = report.replace(b"\r\n\r\nAction", b"\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction")
    done = [bounces.receive_mail(raw, to=good) for raw in (b"", report, report)]
    assert done == ["no report", "delayed", "repeated"] and accepted() == 1
    assert bounces.receive_mail(report, to=bounce_address(uuid.uuid4())[:-20] + "0" * 20) == "unknown address"
    assert not refused(), "no message of ours has this address"
    settings.SECRET_KEY = "a key that was replaced without its fallback" * 2
    assert bounces.receive_mail(b"", to=good) == "unknown address"
    assert not refused(), "anyone can send an email that reports nothing"
    assert bounces.receive_mail(report, to=good) == "unknown address"
    assert refused() == ["Mail servers: 1 refused, 0 accepted"]


def accepted() -> int:
    """Return the accepted reports that were counted."""
    counts = HookCount.objects.filter(outcome__in=(ReportOutcome.TEXT_ACCEPTED, ReportOutcome.EMAIL_ACCEPTED))
    return sum(counts.values_list("hits", flat=True))


def refused() -> list[str]:
    """Return the senders whose reports are refused. The alarm agrees."""
    with scope.worker():
        senders = refused_senders()
        assert ("refused-reports" in read_health().holding) is bool(senders)
    return [f"{sender.name}: {sender.refused} refused, {sender.after_last} accepted" for sender in senders]


@pytest.mark.parametrize(
    ("recipient_answer", "answer", "is_dead"),
    [
        ("550 5.1.1 no such user", "", True),
        ("550 no such user", "", True),
        ("553 5.2.1 mailbox is disabled", "", True),
        ("550 5.7.1 your server is on a blocklist", "", False),
        ("250 known", "550 5.7.26 this message fails SPF", False),
        ("250 known", "550 looks like spam", False),
    ],
)
def test_a_refusal_of_our_server_marks_no_address(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, mailbox: MailServer, recipient_answer: str, answer: str, is_dead: bool
) -> None:
    """A blocklist or a broken record of ours would otherwise end the notices to everyone, until each has a new test."""
    add("email", "office@blue-mesa.com")
    owner = add("email", "owner@blue-mesa.com")
    mailbox.box.recipient_answer, mailbox.box.answer = recipient_answer, answer
    capture()
    send_due()
    with scope.worker():
        owner.refresh_from_db()
        assert RecipientNotice.objects.get(recipient=owner, purpose="request").state == "failed"
    assert (owner.bounced_at is not None) is is_dead


@pytest.fixture
def refusing(add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator) -> NoticeRecipient:
    """A phone number that refused the notice of a request, next to the office's mailbox."""
    add("email", "office@blue-mesa.com")
    phone = add("text", "(602) 555-0123")
    texts.plan = ["stop"]
    capture()
    work()
    send_due()
    return phone


def test_a_number_that_refuses_is_marked_and_the_others_are_notified(
    refusing: NoticeRecipient, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    assert rows()[refusing.address].state == "failed"
    assert any("do not arrive" in body and "replied STOP" in body for body in mailbox.box.bodies)
    capture(form_token="00000000-0000-4000-8000-000000000002", name="Robin")
    work()
    assert not texts.messages


def test_an_operator_sends_a_failed_notice_again_and_no_other(refusing: NoticeRecipient, ops: Client) -> None:
    failed = rows()[refusing.address]
    assert failed.state == "failed"
    address = f"/ops/notices/{failed.public_id}/retry"
    pages = [ops.post(address, follow=True).content.decode() for _ in range(2)]
    assert "The notice is being sent again." in pages[0] and "This notice is no longer failed." in pages[1]
    again = rows()[refusing.address]
    assert (again.state, again.attempts, again.error) == ("queued", 1, failed.error) and again.due_at


def test_a_failed_notice_that_is_sent_again_keeps_that_it_may_have_arrived(
    owner: Any, add: Add, capture: Capture, mailbox: MailServer
) -> None:
    """Its last attempt lost the connection. Without it, the next one looked like the first."""
    add("email", "office@blue-mesa.com")
    further, third = add("email", "owner@blue-mesa.com"), add("email", "sales@blue-mesa.com")
    lead = capture()
    lost = "The connection to the mail server was lost before it confirmed the message."
    with scope.worker():
        notices = RecipientNotice.objects.filter(recipient__in=(further, third))
        notices.update(state="failed", attempts=outbox.MOST_ATTEMPTS, due_at=None, error=lost)
        assert all(map(outbox.retry, notices))
    with scope.tenant(lead.tenant_id):
        recipients.remove(recipient=third, by=owner, reason="They left.")
    send_due()
    [mail] = [body for body in mailbox.box.bodies if f"To: {further.address}" in body]
    assert "You may receive this message twice" in mail
    with scope.tenant(lead.tenant_id):
        [line] = [line for line in notices_of(lead) if line.recipient == third]
    assert (line.state, lost in line.error) == ("stopped after an attempt", True)


def test_a_notice_is_sent_while_the_database_accepts_no_further_connection(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123")
    capture()
    delivery.drain(deliver, worker="test")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
    send_due()
    assert len(texts.messages) == 1


def test_every_request_is_notified_within_a_minute(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    """The longest wait is the interval of the task, a run that just began, and the quiet hours' wait for others."""
    add("email", "office@blue-mesa.com")
    phones = [add("text", f"(602) 555-01{number}").address for number in range(10, 29)]
    for _ in range(5):
        capture(form_token=uuid.uuid4())
    began = time.monotonic()
    work()
    for _ in range(5):
        send_due()
    seconds = time.monotonic() - began
    assert len(texts.messages) == 5 * len(phones)
    assert seconds + PERIODIC_TASKS["notices.send"].every.total_seconds() < 60


@pytest.fixture
def policy(mailbox: MailServer) -> MailServer:
    """A mail server that refuses every message because of our sending server."""
    mailbox.box.recipient_answer = "550 5.7.1 your server is on a blocklist"
    return mailbox


def test_a_refused_message_alerts_operators_until_another_is_accepted(
    tenant: Tenant, add: Add, capture: Capture, policy: MailServer, owner: User
) -> None:
    add("email", "office@blue-mesa.com")
    further = add("email", "owner@blue-mesa.com")
    lead = capture()
    send_due()
    with scope.worker():
        assert "failed-notices" in read_health().holding
    with scope.tenant(tenant.pk):
        assert failures_by_recipient(tenant)[further.pk].error == "The mail server rejected the recipient."
        assert ("failed", "The mail server rejected the recipient.") in [
            (line.state, line.error) for line in notices_of(lead)
        ]
    policy.box.recipient_answer = "250 known"
    capture(form_token="00000000-0000-4000-8000-000000000002", name="Robin")
    work()
    with scope.worker():
        assert "failed-notices" not in read_health().holding


def test_a_recipient_that_was_turned_off_ends_the_alarm(
    tenant: Tenant, add: Add, capture: Capture, policy: MailServer
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    capture()
    send_due()
    with scope.worker():
        assert failing_notices().exists()
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.update(active=False)
    with scope.worker():
        assert not failing_notices().exists()


def test_a_request_whose_notices_are_all_refused_escalates_at_once(
    add: Add, capture: Capture, policy: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    add("text", "(602) 555-0123", level=1)
    lead = capture()
    work()
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).level == 1
    send_due()
    assert any("Not opened yet" in message.body for message in texts.messages)


def test_a_refused_notice_does_not_escalate_a_request_that_others_know_or_still_get(
    add: Add, capture: Capture, policy: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    phone = add("text", "(602) 555-0123")
    texts.plan = ["busy"]
    lead = capture()
    send_due()
    assert rows()[phone.address].state == "queued"
    with scope.worker():
        assert not LeadAttention.objects.filter(lead=lead, escalated_at__isnull=False).exists()


@pytest.mark.parametrize("further", ["to a stopped recipient", "to the same recipient"])
def test_a_request_escalates_at_once_if_its_last_notices_reach_no_other_person(
    add: Add, capture: Capture, policy: MailServer, texts: TextSimulator, further: str
) -> None:
    add("email", "office@blue-mesa.com")
    owner = add("email", "owner@blue-mesa.com")
    phone = add("text", "(602) 555-0123")
    lead = capture()
    with scope.worker():
        if further == "to the same recipient":
            enqueue([owner], Purpose.REMINDER, subject_key=lead.reference, lead=lead)
        waiting = RecipientNotice.objects.filter(lead=lead).exclude(recipient=owner, purpose=Purpose.REQUEST)
        waiting.filter(due_at__isnull=False).update(due_at=Now() + timedelta(hours=1))
    with scope.tenant(lead.tenant_id):
        NoticeRecipient.objects.filter(pk=phone.pk).update(active=False)
    send_due()
    with scope.worker():
        assert LeadAttention.objects.filter(lead=lead, escalated_at__isnull=False).exists()


def test_a_request_escalates_at_once_if_the_message_of_its_item_is_refused(
    add: Add, capture: Capture, policy: MailServer, texts: TextSimulator
) -> None:
    """The office may be closed until Monday, and the timer of the escalation with it."""
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123", level=1)
    lead = capture()
    delivery.drain(deliver, worker="test")
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        assert (item.state, item.cause) == (State.NEEDS_REVIEW, "mail-refused")
        assert LeadAttention.objects.get(lead=lead).level == 1
    send_due()
    assert len(texts.messages) == 1


def test_a_request_escalates_at_once_if_the_item_of_its_notice_lost_too_many_workers(
    add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MAX_LOST_ATTEMPTS", 2)
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123", level=1)
    lead = capture()
    levels = []
    for _ in range(2):
        delivery.claim(10)
        with scope.worker():
            SyncItem.objects.filter(state=State.SENDING).update(lease_until=Now() - timedelta(seconds=1))
        delivery.sweep_leases(worker="sweep")
        with scope.worker():
            SyncItem.objects.filter(state=State.RETRYING).update(due_at=Now())
            levels.append(LeadAttention.objects.get(lead=lead).level)
    assert levels == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_ends_after_a_refusal_has_escalated_the_request(
    add: Add, capture: Capture, policy: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The escalation had a transaction of its own: without it, the request waited for the timer."""
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123", level=1)
    lead = capture()
    caplog.set_level(logging.INFO, "syncqueue.services.settlement")
    log = logging.getLogger("syncqueue.services.settlement")
    log.addHandler(last := _EndsTheProcess())
    try:
        with pytest.raises(SystemExit):
            delivery.drain(deliver, worker="test")
    finally:
        log.removeHandler(last)
    with scope.worker():
        assert SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION).state == State.NEEDS_REVIEW
        assert LeadAttention.objects.get(lead=lead).level == 1


class _EndsTheProcess(logging.Handler):
    """Ends the process at the line about a notice that was refused, which follows its commit."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "settled" and getattr(record, "state", "") == State.NEEDS_REVIEW:
            raise SystemExit


def test_requests_escalate_in_the_order_in_which_others_lock_them(add: Add, capture: Capture) -> None:
    """In the order of the batch, a settlement and `check_soon` could each wait for a request that the other locked."""
    add("email", "office@blue-mesa.com")
    capture(), capture()
    claimed = [item for item in delivery.claim(10) if item.kind == Kind.BUSINESS_NOTIFICATION]
    claimed.sort(key=lambda item: item.lead_id or 0, reverse=True)
    locked: list[Any] = []

    def note(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith("SELECT") and "FOR UPDATE" in sql and "notices_leadattention" in sql:
            locked.append(params)
        return execute(sql, params, *rest)

    refused = Outcome(State.NEEDS_REVIEW, cause="mail-refused", detail="Refused.")
    with scope.worker():
        worker = SyncItem.objects.get(pk=claimed[0].pk).claimed_by
    with connection.execute_wrapper(note):
        assert settlement.settle_many([(item, refused) for item in claimed], worker=worker) == 2
    assert len(locked) == 2 and locked == sorted(locked)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", ["lost items", "a lost booking", "notices that cannot be prepared"])
def test_a_batch_and_a_transaction_that_locks_the_same_in_order_both_end(
    batch: str, add: Add, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waited for a row that the other had locked, until the database ended one of them."""
    monkeypatch.setattr(recovery, "MAX_LOST_ATTEMPTS", 1)
    add("email", "office@blue-mesa.com")
    answers: dict[str, Any] = {}
    if batch == "notices that cannot be prepared":
        add("text", "(602) 555-0123")
        answers = {"as_typed": {"phone": 7}}  # no text
    first, second = capture(**answers), capture(**answers)
    begin = send_due
    if batch == "notices that cannot be prepared":
        with scope.worker():
            RecipientNotice.objects.filter(lead=second, carried=False).update(due_at=Now() - timedelta(hours=1))
    else:
        begin = partial(delivery.sweep_leases, worker="sweep")
        delivery.claim(10)
        with scope.worker():
            lost = SyncItem.objects.filter(state=State.SENDING)
            lost.update(lease_until=Now() - timedelta(seconds=1))
            lost.filter(lead=second).update(lease_until=Now() - timedelta(seconds=2))
            lost.filter(kind=Kind.BOOKING_REQUEST).update(claimed_by="a worker of bookings")

    def alone() -> None:
        try:
            begin()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with scope.worker():
            requests = LeadAttention.objects.select_for_update()
            if batch == "a lost booking":
                Lane.objects.select_for_update().get(tenant=first.tenant_id, kind=Kind.BOOKING_REQUEST)
            else:
                requests.get(lead=first)
            other = pool.submit(alone)
            wait_for_lock(other)
            requests.get(lead=second)
        other.result()
    with scope.worker():
        assert LeadAttention.objects.filter(escalated_at__isnull=False).count() == 2


def test_no_statement_of_an_escalation_that_fails_undoes_the_settlement(
    add: Add, capture: Capture, policy: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Also the first one, which reads the notice that the item carried."""
    add("email", "office@blue-mesa.com")
    lead = capture()

    def fail(execute: Any, sql: str, *query: Any) -> Any:
        reads_the_notice = sql.startswith("SELECT") and "leads_lead" in sql and '"carried"' in sql.partition("WHERE")[2]
        return execute("SELECT 1 / 0", (), *query[1:]) if reads_the_notice else execute(sql, *query)

    with connection.execute_wrapper(fail):
        delivery.drain(deliver, worker="test")
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    assert (item.state, item.cause != "own-fault") == (State.NEEDS_REVIEW, True)
    assert "request not escalated" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_settlement_whose_connection_is_lost_at_the_escalation_fails(
    add: Add, capture: Capture, policy: MailServer
) -> None:
    """Logged only, the loss would make a settlement look stored that the database has undone."""
    add("email", "office@blue-mesa.com")
    lead = capture()

    def lose(execute: Any, sql: str, *query: Any) -> Any:
        if "FOR UPDATE" in sql and "notices_leadattention" in sql:
            connection.connection.close()
        return execute(sql, *query)

    with connection.execute_wrapper(lose), pytest.raises(OperationalError):
        delivery.drain(deliver, worker="test")
    connection.close()
    with scope.worker():
        assert SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION).state == State.SENDING


def test_an_escalation_at_once_skips_levels_without_a_recipient(
    add: Add, capture: Capture, policy: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123", level=3)
    capture()
    work()
    assert len(texts.messages) == 1


@pytest.mark.parametrize("end", ["a person notified the business", "it is spam"])
def test_the_alarm_about_a_refused_notice_ends_without_the_portal(
    add: Add, capture: Capture, policy: MailServer, end: str
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    with scope.worker():
        assert "unopened" in read_health().holding
        if end == "it is spam":
            Lead.objects.filter(pk=lead.pk).update(excluded_as="spam")
        else:
            item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
            states.move(item, State.MANUAL_COMPLETE, due_at=None, **DONE_MANUALLY | {"ended_from": item.state})
        assert "unopened" not in read_health().holding


def test_a_refused_message_of_an_item_waits_for_the_notices_to_others(
    add: Add, capture: Capture, policy: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123")
    add("text", "(602) 555-0124", level=1)
    lead = capture()
    delivery.drain(deliver, worker="test")
    send_due()
    assert len(texts.messages) == 1
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).escalated_at is None


def test_the_dead_address_of_the_only_recipient_is_marked_by_the_escalation(
    add: Add, capture: Capture, mailbox: MailServer
) -> None:
    office = add("email", "office@blue-mesa.com")
    mailbox.box.recipient_answer = "550 5.1.1 no such mailbox"
    capture()
    work()
    with scope.worker():
        assert NoticeRecipient.objects.get(pk=office.pk).bounced_at


def test_a_notice_that_cannot_be_prepared_stops_no_other(add: Add, capture: Capture, texts: TextSimulator) -> None:
    """Its error undid the claims of all notices, in every run."""
    office, phone = add("email", "office@blue-mesa.com"), add("text", "(602) 555-0123")
    with scope.worker():
        enqueue([office], Purpose.DIGEST, subject_key="not two times")
    capture()
    assert send_due() == 1
    assert len(texts.messages) == 1 and rows()[phone.address].state == "delivered"
    with scope.worker():
        broken = RecipientNotice.objects.get(purpose=Purpose.DIGEST)
    assert (broken.state, broken.error) == ("failed", "An internal error stopped it.")


@pytest.mark.django_db(transaction=True)
def test_a_dead_address_that_cannot_be_marked_undoes_no_settlement(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error stopped the run, and the messages under way were sent again. The request escalates without the mark."""
    add("email", "office@blue-mesa.com")
    further, manager = add("email", "owner@blue-mesa.com"), add("text", "(602) 555-0123", level=1)
    mailbox.box.recipient_answer = "550 5.1.1 no such mailbox"
    lead = capture()
    with refusals.refused("tenants_noticerecipient", further.tenant):
        send_due()
    assert rows()[further.address].state == "failed" and "report not applied" in caplog.text
    assert rows()[manager.address].state == "delivered"
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).level == 1
        assert NoticeRecipient.objects.get(pk=further.pk).bounced_at is None


@pytest.mark.django_db(transaction=True)
def test_an_earlier_report_that_cannot_be_ended_undoes_no_settlement(
    add: Add, capture: Capture, mailbox: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error stopped the run, and the message was sent again. The earlier report still counts."""
    add("email", "office@blue-mesa.com")
    further = add("email", "owner@blue-mesa.com")
    capture()
    with scope.worker():
        RecipientNotice.objects.filter(recipient=further).update(reported=ReportKind.SOFT)
    condition = f"recipient_id <> {further.pk} OR reported <> ''"
    with refusals.refused_unless(condition, RecipientNotice._meta.db_table):
        send_due()
    row = rows()[further.address]
    assert (row.state, row.reported) == ("delivered", ReportKind.SOFT) and "report not applied" in caplog.text


@pytest.mark.parametrize("by", ["item", "further notice"])
def test_an_escalation_that_fails_stops_no_other_message(
    add: Add, capture: Capture, policy: MailServer, by: str
) -> None:
    """It stopped the batch: the messages under way were sent, and then sent again."""
    add("email", "office@blue-mesa.com")
    if by == "further notice":
        add("email", "owner@blue-mesa.com")
    lead = capture()
    with scope.worker():
        LeadAttention.objects.filter(lead=lead).update(level=32_767)  # there is no next one
    settled = delivery.drain(deliver, worker="test") if by == "item" else send_due()
    with scope.worker():
        if by == "item":
            assert settled == SyncAttempt.objects.count()
            assert SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION).state == State.NEEDS_REVIEW
        else:
            assert settled == 1 and RecipientNotice.objects.get(carried=False).state == "failed"
        assert LeadAttention.objects.get(lead=lead).escalated_at is None
