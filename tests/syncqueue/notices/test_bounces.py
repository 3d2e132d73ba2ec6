"""Bounces and complaints come back to a bounce address and count once; forged ones do nothing."""

import re
import smtplib
from collections.abc import Callable, Generator
from email import message_from_string, policy
from email.message import EmailMessage
from io import BytesIO, StringIO
from time import process_time
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.management import call_command
from django.db.models.functions import Now
from django.urls import reverse

from pagetojob.local.process import free_port
from pagetojob.ops.alarm_places import notice_of
from pagetojob.ops.alarms import BY_KEY
from pagetojob.ops.incidents import _paragraph
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from syncqueue.arrival import arrival_of_item
from syncqueue.connectors import deliver
from syncqueue.leads.models import Lead
from syncqueue.mail_facts import mail_facts
from syncqueue.models import Kind, State, SyncItem
from syncqueue.notices import bounces, outbox, recipients, sending
from syncqueue.notices.codes import BounceCode, bounce_address, link_to, read_bounce_code
from syncqueue.notices.enqueue import enqueue
from syncqueue.notices.escalation import LONGEST_DELAY, escalate_due, was_anyone_notified
from syncqueue.notices.models import NOT_ARRIVED, DeliveryReport, LeadAttention, Purpose, RecipientNotice, ReportKind
from syncqueue.notices.recipients import change_settings
from syncqueue.notices.selectors import marked_recipients, notices_of
from syncqueue.notices.sending import send_due
from syncqueue.notices.text_simulator import TextSimulator
from syncqueue.selectors import ledgers
from syncqueue.selectors.items import items_by_public_id
from syncqueue.services import delivery
from syncqueue.services.export import COLUMNS
from tests.support.cast import SignIn
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
Add = Callable[..., NoticeRecipient]
Capture = Callable[..., Lead]


class BounceBox:
    """A mail server for the bounce address, which passes each message to our command as a program does."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.received += [(to, envelope.content) for to in envelope.rcpt_tos]
        return "250 taken"


@pytest.fixture
def bounce_box() -> Generator[tuple[BounceBox, int]]:
    box, port = BounceBox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def status_report(*, action: str = "failed", status: str = "5.1.1") -> EmailMessage:
    """A delivery status notification as RFC 3464 shows it."""
    raw = (
        f"From: MAILER-DAEMON@mx.blue-mesa.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver it.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.blue-mesa.com\r\n\r\n"
        f"Final-Recipient: rfc822; office@blue-mesa.com\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Website request\r\n\r\n--b--\r\n"
    )
    return message_from_string(raw, policy=policy.SMTP)


FEEDBACK = (
    "From: fbl@mail.example\r\nSubject: abuse report\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
    "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
    "Feedback-Type: {kind}\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Website request\r\n\r\nHello\r\n--b--\r\n"
)


def notice_to(address: str) -> RecipientNotice:
    with scope.worker():
        return RecipientNotice.objects.select_related("recipient").get(
            recipient__email=address, purpose=Purpose.REQUEST
        )


def returned(box: BounceBox) -> list[str]:
    """Pass what the server received to the command, and return what it printed."""
    printed = []
    for to, raw in box.received:
        out = StringIO()
        call_command("receive_bounce", to=to, stdin=BytesIO(raw), stdout=out)
        printed.append(out.getvalue().strip())
    box.received = []
    return printed


def test_a_bounce_over_smtp_marks_the_address_and_notifies_the_others(
    add: Add, capture: Capture, mailbox: MailServer, bounce_box: tuple[BounceBox, int]
) -> None:
    box, port = bounce_box
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    send_due()
    notice = notice_to("office@blue-mesa.com")
    with smtplib.SMTP("127.0.0.1", port) as server:
        for _ in range(2):
            server.sendmail("", [bounce_address(notice.public_id)], status_report().as_bytes())
    assert returned(box) == ["hard bounce", "repeated"]
    with scope.worker():
        marked = NoticeRecipient.objects.get(email="office@blue-mesa.com")
        report = DeliveryReport.objects.get()
        warned = RecipientNotice.objects.get(purpose=Purpose.BOUNCE)
    assert marked.bounced_at and "returned our message" in marked.bounce_reason
    assert (report.kind, report.code) == ("hard bounce", "5.1.1")
    assert warned.recipient_id == notice_to("owner@blue-mesa.com").recipient_id
    with scope.worker():
        RecipientNotice.objects.filter(due_at__isnull=False).update(due_at=Now())
    send_due()
    assert any("do not arrive" in body and "owner@blue-mesa.com" in body for body in mailbox.box.bodies)
    # The other person was notified, so the request does not escalate; the next one goes to them first.
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).escalated_at is None
    capture(name="Robin", form_token="00000000-0000-4000-8000-000000000001")
    with scope.worker():
        [second] = RecipientNotice.objects.filter(lead__name="Robin").select_related("recipient")
    assert second.carried and second.recipient.email == "owner@blue-mesa.com"


def shown(lead: Lead) -> list[tuple[str, bool]]:
    """Return what the portal shows of the notices: the state, and whether there is a time of delivery."""
    with scope.tenant(lead.tenant_id):
        return [(line.state, line.delivered_at is not None) for line in notices_of(lead)]


def test_a_bounce_of_the_only_notice_escalates_at_once(
    add: Add, capture: Capture, mailbox: MailServer, texts: TextSimulator
) -> None:
    add("email", "office@blue-mesa.com")
    add("text", "(602) 555-0123", level=1)
    lead = capture()
    delivery.drain(deliver, worker="test")
    notice = notice_to("office@blue-mesa.com")
    assert shown(lead) == [("accepted by the server", True)]
    assert bounces.receive_mail(status_report().as_bytes(), to=bounce_address(notice.public_id)) == "hard bounce"
    returned_for_good = "returned: the address does not accept messages"
    assert shown(lead)[0] == (returned_for_good, False), "the portal does not show it as delivered"
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).escalated_at
        RecipientNotice.objects.filter(due_at__isnull=False).update(due_at=Now())
    send_due()
    assert any("Not opened yet" in message.body for message in texts.messages)


def state_of(lead: Lead) -> str:
    """Return the state of the notice's item as operations shows it. Needs a scope that sees it."""
    rows = SyncItem.objects.annotate(arrival=arrival_of_item())
    return rows.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION).shown_state


def chip(state: str) -> str:
    return f'<span class="chip chip--{state}">'


def counts(tenant: Tenant | None) -> tuple[int, int, int]:
    """Return how many notices count as notified, as returned and as delayed. The ledger balances."""
    with scope.tenant(tenant.pk) if tenant else scope.worker():
        notices = ledgers(tenant).notices
    assert notices.balance and notices.due == 1
    return notices.notified, notices.returned, notices.delayed


def test_a_returned_notice_does_not_count_as_notified(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, viewer: User
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com", level=1)
    lead = capture()
    tenant = lead.tenant
    delivery.drain(deliver, worker="test")
    assert counts(None) == counts(tenant) == (1, 0, 0)
    to = bounce_address(notice_to("office@blue-mesa.com").public_id)
    bounces.receive_mail(status_report().as_bytes(), to=to)
    assert counts(None) == counts(tenant) == (0, 1, 0)
    page = signed_in(viewer).get("/ops/").text
    assert "0 notified + 0 notified manually + 0 waiting + 0 canceled + 1 returned" in page
    with scope.worker():
        assert state_of(lead) == "returned"
        RecipientNotice.objects.filter(due_at__isnull=False).update(due_at=Now())
    send_due()
    assert counts(None) == counts(tenant) == (1, 0, 0), "the escalation reached the owner"


def test_the_alarm_after_a_bounce_states_that_no_person_was_notified(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, viewer: User
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    to = bounce_address(notice_to("office@blue-mesa.com").public_id)
    bounces.receive_mail(status_report().as_bytes(), to=to)
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        message = _paragraph(notice_of(BY_KEY["unopened"]), "https://www.example.com/ops/alarms/")
    active = signed_in(viewer).get("/ops/alarms/").text.partition('aria-labelledby="signs"')[0]
    for text in (message, active):
        assert f"{lead.spoken_code} of {lead.tenant.name}: no notice of it reached a person" in text
        assert reverse("ops:item", args=[item.public_id]) in text and "within its target" not in text
    assert "Phone: 602 555 0101" in message and '<a href="tel:+16025550101">Call 602 555 0101</a>' in active
    with scope.worker():
        RecipientNotice.objects.update(reported="")
        assert notice_of(BY_KEY["unopened"]).details == [
            f"{lead.spoken_code} of {lead.tenant.name}: a notice of it arrived, but no one has opened it"
        ]


def test_the_alarm_of_many_late_requests_states_that_there_are_others(add: Add, capture: Capture) -> None:
    add("email", "office@blue-mesa.com")
    for at in range(11):
        capture(name=f"Robin {at}", form_token=f"00000000-0000-4000-8000-{at:012}")
    with scope.worker():
        LeadAttention.objects.update(escalated_at=Now())
        details = notice_of(BY_KEY["unopened"]).details
    assert (len(details), details[-1]) == (11, "and others")


DELAYED, ARRIVED, GAVE_UP = (
    status_report(action=action, status=status).as_bytes()
    for action, status in (("delayed", "4.4.1"), ("delivered", "2.0.0"), ("failed", "4.4.7"))
)


def test_a_delayed_notice_is_neither_returned_nor_notified_and_raises_no_alarm(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, operator: User
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    to = bounce_address(notice_to("office@blue-mesa.com").public_id)
    assert bounces.receive_mail(DELAYED, to=to) == "delayed"
    assert counts(None) == counts(lead.tenant) == (0, 0, 1)
    assert shown(lead) == [("delayed: the mail server is still trying", False)]
    with scope.worker():
        assert state_of(lead) == "delayed" and mail_facts(lead)[Kind.BUSINESS_NOTIFICATION].state == State.SENDING
        assert LeadAttention.objects.get(lead=lead).escalated_at is None and not marked_recipients().exists()
        rows = SyncItem.objects.filter(lead=lead, kind__in=(Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST))
        item, related = (reverse("ops:item", args=[row.public_id]) for row in rows.order_by("-kind"))
    client = signed_in(operator)
    assert "0 canceled + 1 delayed by a mail server." in client.get("/ops/").text
    shown_of_item = client.get(item).text
    timeline = shown_of_item.partition('id="timeline"')[2]
    assert "delivered" in timeline.partition("delayed: the mail server is still trying")[0] and "Code 4.4.1" in timeline
    assert (
        "it or a reminder to the same address is delayed" in shown_of_item and "the request escalates" in shown_of_item
    )
    for page in (related, "/ops/?all=yes"):
        assert chip("delayed") in client.get(page).text
    assert "Call the business" not in shown_of_item
    with scope.tenant(lead.tenant_id):
        Lead.objects.filter(pk=lead.pk).update(suspected=["honeypot"])
    assert "Nothing to do." in client.get(item).text, "a suspected request does not escalate"


@pytest.mark.parametrize("settings_of", [{"escalates": False}, {"target_minutes": 5 * 60}], ids=["never", "late"])
@pytest.mark.parametrize("is_first", [True, False], ids=["set before", "set after"])
def test_a_delay_escalates_at_once_if_no_escalation_is_due_soon(  # noqa: PLR0917 - fixtures
    add: Add,
    capture: Capture,
    mailbox: MailServer,
    signed_in: SignIn,
    operator: User,
    owner: User,
    settings_of: dict[str, Any],
    is_first: bool,
) -> None:
    def change() -> None:
        with scope.tenant(lead.tenant_id):
            change_settings(tenant=lead.tenant, by=owner, reason="The office asked for it.", **settings_of)
        escalate_due()

    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    if is_first:
        change()
    with scope.worker():
        assert LeadAttention.objects.get(lead=lead).escalated_at is None
    bounces.receive_mail(DELAYED, to=bounce_address(notice_to("office@blue-mesa.com").public_id))
    if not is_first:
        change()
    with scope.worker():
        seen = LeadAttention.objects.get(lead=lead)
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    assert seen.escalated_at and seen.level == 1
    page = signed_in(operator).get(reverse("ops:item", args=[item.public_id])).text
    assert "The request escalated, and no one has opened it." in page and "opens the request in time" not in page


def test_a_delay_in_an_unknown_time_zone_is_stored(add: Add, capture: Capture, mailbox: MailServer) -> None:
    """Its error undid the report, and the mail server delivered it again. Its escalation counts all hours."""
    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    Tenant.objects.filter(pk=lead.tenant_id).update(time_zone="Mars/Phobos")
    to = bounce_address(notice_to("office@blue-mesa.com").public_id)
    assert bounces.receive_mail(DELAYED, to=to) == "delayed"
    with scope.worker():
        seen = LeadAttention.objects.get(lead=lead)
    assert seen.level == 0 and seen.check_at and seen.check_at < lead.received_at + LONGEST_DELAY


@pytest.mark.parametrize(
    ("reports", "at_the_end"),
    [
        ([DELAYED, ARRIVED], (1, 0, 0)),
        ([DELAYED, GAVE_UP], (0, 1, 0)),
        ([ARRIVED, DELAYED], (1, 0, 0)),
        ([GAVE_UP, DELAYED], (0, 1, 0)),
    ],
    ids=["arrives", "is returned", "arrived before the report", "was returned before the report"],
)
def test_a_delay_ends_with_the_result(
    add: Add, capture: Capture, mailbox: MailServer, reports: list[bytes], at_the_end: tuple[int, int, int]
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    to = bounce_address(notice_to("office@blue-mesa.com").public_id)
    for report in reports:
        bounces.receive_mail(report, to=to)
    assert counts(None) == at_the_end
    with scope.worker():
        assert (LeadAttention.objects.get(lead=lead).escalated_at is not None) is (GAVE_UP in reports)


@pytest.mark.parametrize(
    ("report", "purpose"),
    [(DELAYED, Purpose.REMINDER), (DELAYED, Purpose.ESCALATION), (GAVE_UP, Purpose.ESCALATION)],
    ids=["reminder of a delayed", "escalation of a delayed", "escalation of a returned"],
)
def test_a_further_notice_to_the_same_recipient_counts_once_it_is_delivered(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, mailbox: MailServer, tenant: Tenant, purpose: Purpose, report: bytes
) -> None:
    office = add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    bounces.receive_mail(report, to=bounce_address(notice_to("office@blue-mesa.com").public_id))
    before = counts(tenant)
    assert before[0] == 0
    with scope.worker():
        enqueue([office], purpose, subject_key=lead.reference, lead=lead)
        RecipientNotice.objects.filter(due_at__isnull=False).update(due_at=Now())
    send_due()
    with scope.worker():
        again = RecipientNotice.objects.get(purpose=purpose)
        assert again.state == "delivered" and state_of(lead) in {"delayed", "returned"}
        assert not was_anyone_notified(lead)
    assert counts(tenant) == before
    bounces.receive_mail(ARRIVED, to=bounce_address(again.public_id))
    with scope.worker():
        assert state_of(lead) == "delivered" and was_anyone_notified(lead)
    assert counts(tenant) == (1, 0, 0)


def test_a_returned_notice_escalates_although_a_second_notice_is_delayed(
    add: Add, capture: Capture, mailbox: MailServer
) -> None:
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    send_due()
    for name, report in (("owner", DELAYED), ("office", GAVE_UP)):
        bounces.receive_mail(report, to=bounce_address(notice_to(f"{name}@blue-mesa.com").public_id))
    with scope.worker():
        assert state_of(lead) == "returned" and LeadAttention.objects.get(lead=lead).escalated_at


@pytest.mark.parametrize(
    ("state", "reported", "words"),
    [
        ("queued", "", "queued"),
        ("failed", ReportKind.HARD, "failed"),
        ("delivered", "", "accepted by the server"),
        ("delivered", ReportKind.DELIVERED, "delivered"),
        ("delivered", ReportKind.DELAYED, "delayed: the mail server is still trying"),
        ("delivered", ReportKind.SOFT, "returned: the message was refused"),
        ("delivered", ReportKind.HARD, "returned: the address does not accept messages"),
        ("delivered", ReportKind.COMPLAINT, "accepted, then reported as spam"),
    ],
)
def test_operations_and_the_portal_state_the_same_for_each_report(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, signed_in: SignIn, viewer: User, state: str, reported: str, words: str
) -> None:
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    lead = capture()
    with scope.worker():
        others = RecipientNotice.objects.filter(carried=False)
        assert others.update(state=state, reported=reported, delivered_at=Now(), due_at=None) == 1
    assert f'<td data-label="State"><div>{words}</div></td>' in signed_in(viewer).get(reverse("ops:notices")).text
    [_, (status, has_time)] = shown(lead)
    assert status == words and (reported not in NOT_ARRIVED or not has_time)


def refused_notice(capture: Capture, mailbox: MailServer) -> RecipientNotice:
    """Return a notice whose address the mail server refused for good."""
    mailbox.box.recipient_answer = "550 5.1.1 no such user"
    capture()
    send_due()
    notice = notice_to("owner@blue-mesa.com")
    assert (notice.state, notice.reported) == ("failed", ReportKind.HARD)
    return notice


def test_a_notice_that_is_sent_again_keeps_its_report_until_a_server_accepts_it(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, operator: User
) -> None:
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    notice = refused_notice(capture, mailbox)
    client, page = signed_in(operator), reverse("ops:notices")
    client.post(reverse("ops:notice-retry", args=[notice.public_id]))

    history = re.compile(
        r"Returned: the address does not accept messages\. Reported <time [^>]+>[^<]+</time>, code 550\."
    )
    with scope.worker():
        [claimed] = outbox.claim(RecipientNotice.objects.filter(pk=notice.pk), most=1)
    shown_now = client.get(page).text
    assert notice_to("owner@blue-mesa.com").reported == ReportKind.HARD
    assert 'data-label="State"><div>queued<' in shown_now and history.search(shown_now)
    with scope.worker():
        sending._settle(claimed, "the id")
    shown_now = client.get(page).text
    assert notice_to("owner@blue-mesa.com").reported == ""
    assert 'data-label="State"><div>accepted by the server<' in shown_now and history.search(shown_now)


@pytest.mark.parametrize(
    ("report", "reported"),
    [
        (status_report().as_bytes(), "hard bounce"),
        (GAVE_UP, "soft bounce"),
        (ARRIVED, "delivered"),
        (DELAYED, "delayed"),
    ],
)
def test_a_report_that_precedes_the_answer_of_the_server_stays(
    add: Add, capture: Capture, mailbox: MailServer, report: bytes, reported: str
) -> None:
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    notice = refused_notice(capture, mailbox)
    to = bounce_address(notice.public_id)
    with scope.worker():
        assert outbox.retry(notice)
        [claimed] = outbox.claim(RecipientNotice.objects.filter(pk=notice.pk), most=1)
    assert bounces.receive_mail(report, to=to) == reported
    with scope.worker():
        sending._settle(claimed, "the id")
        notice.refresh_from_db()
    assert (notice.state, notice.reported) == ("delivered", reported)


def test_an_answer_that_comes_after_the_claim_ended_removes_no_report(
    add: Add, capture: Capture, mailbox: MailServer
) -> None:
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    notice = refused_notice(capture, mailbox)
    with scope.worker():
        assert outbox.retry(notice)
        rows = RecipientNotice.objects.filter(pk=notice.pk)
        [claimed] = outbox.claim(rows, most=1)
        rows.update(due_at=Now())
        outbox.claim(rows, most=1)
        sending._settle(claimed, "the id")
        notice.refresh_from_db()
    assert (notice.state, notice.reported) == ("queued", ReportKind.HARD)


def test_an_address_that_refuses_a_notice_again_is_marked_again(
    add: Add, capture: Capture, mailbox: MailServer
) -> None:
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    notice = refused_notice(capture, mailbox)
    with scope.worker():
        marked = NoticeRecipient.objects.filter(pk=notice.recipient_id)
        marked.update(bounced_at=None)
        outbox.retry(notice)
    send_due()
    with scope.worker():
        notice.refresh_from_db()
        assert marked.get().bounced_at and DeliveryReport.objects.filter(notice=notice).count() == 2
    assert (notice.state, notice.reported) == ("failed", ReportKind.HARD)


def test_the_page_of_a_returned_notice_names_the_next_step(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, operator: User
) -> None:
    add("email", "office@blue-mesa.com")
    add("email", "owner@blue-mesa.com", level=1)
    lead = capture()
    delivery.drain(deliver, worker="test")
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        booking = SyncItem.objects.get(lead=lead, kind=Kind.BOOKING_REQUEST)
    page, related = (reverse("ops:item", args=[row.public_id]) for row in (item, booking))
    shown_before = signed_in(operator).get(page).text
    assert "Nothing to do." in shown_before and "The business was notified." in shown_before
    notice = notice_to("office@blue-mesa.com")
    bounces.receive_mail(status_report().as_bytes(), to=bounce_address(notice.public_id))
    shown_now = signed_in(operator).get(page).text
    assert "no one notified" in signed_in(operator).get(related).text
    for shows_state in (page, related, "/ops/?all=yes"):
        assert chip("returned") in signed_in(operator).get(shows_state).text, shows_state
    matches = signed_in(operator).post(reverse("core:ops-search"), {"wanted": lead.spoken_code}, follow=True)
    assert chip("returned") in matches.text
    with scope.operator(operator, reason="test"):
        [exported] = items_by_public_id([item.public_id])
        assert COLUMNS["state"](exported) == "returned"
    assert "Call the business" in shown_now and "a person is reviewing it" in shown_now
    assert "Nothing to do." not in shown_now and "The business was notified." not in shown_now
    with scope.worker():
        RecipientNotice.objects.filter(due_at__isnull=False).update(due_at=Now())
    send_due()
    assert "Call the business" not in signed_in(operator).get(page).text, "the escalation reached the owner"
    assert "no one notified" not in signed_in(operator).get(related).text
    assert chip("delivered") in signed_in(operator).get(page).text


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("5.1.1", "Call the business, and correct the address in its notice settings."),
        ("5.3.4", "Its address may be right, because only the message was refused"),
        ("5.7.1", "Its address may be right, because only the message was refused"),
    ],
    ids=["address", "size", "rule"],
)
def test_only_a_dead_address_is_to_be_corrected(  # noqa: PLR0917 - fixtures
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, operator: User, status: str, step: str
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    to = bounce_address(notice_to("office@blue-mesa.com").public_id)
    bounces.receive_mail(status_report(status=status).as_bytes(), to=to)
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    client = signed_in(operator)
    page = client.get(reverse("ops:item", args=[item.public_id])).text
    assert step in page and page.count("correct the address") == (status == "5.1.1")
    assert f", code {status}." in client.get(reverse("ops:notices")).text, "the code states why"
    assert f"Code {status}" in page, "the timeline does, too"


def test_a_dead_address_of_another_recipient_is_not_to_be_corrected(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, operator: User
) -> None:
    office, owner = add("email", "office@blue-mesa.com"), add("email", "owner@blue-mesa.com")
    lead = capture()
    delivery.drain(deliver, worker="test")
    send_due()
    for recipient, status in ((owner, "5.1.1"), (office, "5.7.1")):
        to = bounce_address(notice_to(recipient.email).public_id)
        bounces.receive_mail(status_report(status=status).as_bytes(), to=to)
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    page = signed_in(operator).get(reverse("ops:item", args=[item.public_id])).text
    assert "Its address may be right" in page and "correct the address" not in page


def test_the_page_of_a_notice_whose_reminder_was_returned_has_the_code_of_the_reminder_only(
    add: Add, capture: Capture, mailbox: MailServer, signed_in: SignIn, operator: User
) -> None:
    office, owner = (add("email", f"{name}@blue-mesa.com") for name in ("office", "owner"))
    lead = capture()
    delivery.drain(deliver, worker="test")
    with scope.worker():
        enqueue([office], Purpose.REMINDER, subject_key=lead.reference, lead=lead)
        reminder = RecipientNotice.objects.get(purpose=Purpose.REMINDER)
        RecipientNotice.objects.update(state="delivered", due_at=None, delivered_at=Now())
        others = RecipientNotice.objects.get(recipient=owner)
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    for notice, status in ((reminder, "5.7.1"), (others, "5.3.4")):
        bounces.receive_mail(status_report(status=status).as_bytes(), to=bounce_address(notice.public_id))
    page = signed_in(operator).get(reverse("ops:item", args=[item.public_id])).text
    assert "it or a reminder to the same address was returned" in page and "The timeline has the code." in page
    assert "Code 5.7.1" in page and "Code 5.3.4" not in page


def test_a_business_that_got_a_text_message_was_not_notified_by_email(
    add: Add, capture: Capture, texts: TextSimulator, signed_in: SignIn, operator: User
) -> None:
    add("text", "(602) 555-0123")
    lead = capture()
    delivery.drain(deliver, worker="test")
    assert len(texts.messages) == 1
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    page = signed_in(operator).get(reverse("ops:item", args=[item.public_id])).text
    assert "The business was notified." in page and "by email" not in page


def test_the_records_name_the_recipient_that_replaces_a_stopped_recipient(
    owner: User, add: Add, capture: Capture, mailbox: MailServer
) -> None:
    office, manager = add("email", "office@blue-mesa.com"), add("email", "manager@blue-mesa.com", level=1)
    lead = capture()
    with scope.tenant(lead.tenant_id):
        recipients.remove(recipient=office, by=owner, reason="They left.")
    delivery.drain(deliver, worker="test")
    [mail] = [message_from_string(body, policy=policy.default) for body in mailbox.box.bodies if manager.email in body]
    earlier, notice = notice_to(office.email), notice_to(manager.email)
    text = mail.get_body(("plain",))
    assert text is not None and link_to(notice.public_id) in text.get_content()
    assert (earlier.carried, notice.carried, notice.due_at) == (False, True, None)
    with scope.tenant(lead.tenant_id):
        states = {line.recipient.email: line.state for line in notices_of(lead)}
    assert states == {office.email: "not needed", manager.email: "accepted by the server"}
    bounces.receive_mail(status_report().as_bytes(), to=bounce_address(notice.public_id))
    with scope.worker():
        assert [row.email for row in NoticeRecipient.objects.filter(bounced_at__isnull=False)] == [manager.email]


def test_a_complaint_is_marked_and_other_feedback_is_not(add: Add, capture: Capture, mailbox: MailServer) -> None:
    add("email", "office@blue-mesa.com")
    capture()
    notice = notice_to("office@blue-mesa.com")
    to = bounce_address(notice.public_id)
    assert bounces.receive_mail(FEEDBACK.format(kind="not-spam").encode(), to=to) == "no report"
    assert bounces.receive_mail(FEEDBACK.format(kind="abuse").encode(), to=to) == "complaint"
    with scope.worker():
        marked = NoticeRecipient.objects.get(email="office@blue-mesa.com")
    assert marked.complained_at and not marked.bounced_at


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", ReportKind.HARD),
        ("failed", "5.2.2", ReportKind.SOFT),
        ("failed", "5.7.1", ReportKind.SOFT),
        ("failed", "4.4.7", ReportKind.SOFT),
        ("delayed", "4.4.1", ReportKind.DELAYED),
        ("delivered", "2.0.0", ReportKind.DELIVERED),
    ],
)
def test_a_status_is_read_as_in_rfc_3464(action: str, status: str, kind: ReportKind) -> None:
    report = bounces.read_report(status_report(action=action, status=status).as_bytes())
    assert report is not None and (report.kind, report.code) == (kind, status)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"Subject: Out of office\r\n\r\nI am away."])
def test_another_message_reports_nothing(raw: bytes) -> None:
    assert bounces.read_report(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain " + b"(a)" * 10_000 + b"\n\nx",
        b'Content-Type: multipart/mixed; a="' + b";" * 1_000_000 + b"\n\nx",
        b"Content-Type: message/rfc822\n\n" * 20_000,
    ],
    ids=["comments", "parameters", "nested"],
)
def test_a_hostile_message_is_read_in_little_time(raw: bytes) -> None:
    began = process_time()
    assert bounces.read_report(raw) is None
    assert process_time() - began < 5


def test_only_our_own_bounce_address_names_a_notice(add: Add, capture: Capture, mailbox: MailServer) -> None:
    add("email", "office@blue-mesa.com")
    capture()
    public_id = notice_to("office@blue-mesa.com").public_id
    good = bounce_address(public_id)
    assert read_bounce_code(good) == BounceCode(public_id, is_genuine=True)
    assert len(good.partition("@")[0]) <= 64
    code = good.partition("+")[2].partition("@")[0]
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    for address in (good.replace(code, forged), good.replace("@", "@x."), "bounces@pagetojob.example", "", "+@"):
        assert bounces.receive_mail(status_report().as_bytes(), to=address or "nobody") == "unknown address"
