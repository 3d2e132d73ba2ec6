"""The visitor's confirmation: the code and the next steps, only to people who asked, without free text of strangers."""

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant
from pagetojob.titanmap.models import CapacityRule
from syncqueue.connectors import deliver
from syncqueue.email_addresses import usable_email
from syncqueue.header_text import header_text
from syncqueue.leads.models import BookingRequest, Suspicion
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services.delivery import drain
from syncqueue.services.intake import capture_request, outbox_kinds
from tests.support.factories import appointment
from tests.support.smtp import MailServer
from tests.support.visitor import FORM, leads, send

A_TIME = datetime(2026, 6, 20, 16, tzinfo=UTC)


def mails(folder: Path) -> dict[str, EmailMessage]:
    """Return the sent emails by recipient."""
    result = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (folder / "mail").glob("*.eml")
    ]
    return {str(mail["To"]): mail for mail in result}


def confirmation(tenant: Tenant) -> SyncItem:
    with scope.tenant(tenant.pk):
        return SyncItem.objects.get(kind=Kind.VISITOR_CONFIRMATION)


def test_the_visitor_gets_the_code_and_no_promise(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    thanks = client.get(send(client).url).text
    assert "Your confirmation email has not been sent yet." in thanks
    drain(deliver, worker="test")
    (lead,) = leads(tenant)
    item = confirmation(tenant)
    assert item.state == State.DELIVERED
    mail = mails(tmp_path)["jamie@example.com"]
    assert mail["Message-ID"] == item.external_id and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == f"Desert Peak Heating & Air: we received your request ({lead.spoken_code})"
    body = mail.get_content()
    for words in (lead.spoken_code, "AC Repair", "Afternoon", "(602) 555-0100", "do not have an appointment"):
        assert words in body


@pytest.mark.parametrize(
    ("facts", "replies_to"),
    [
        ({}, None),
        ({"confirmed_at": A_TIME}, None),
        ({"takes_replies": True}, None),
        ({"takes_replies": True, "confirmed_at": A_TIME}, "office@desert-peak.example"),
        ({"takes_replies": True, "confirmed_at": A_TIME, "active": False}, None),
        ({"takes_replies": True, "confirmed_at": A_TIME, "bounced_at": A_TIME}, None),
    ],
)
def test_a_reply_goes_to_a_confirmed_address_that_the_business_chose_for_it(
    client: Client, tenant: Tenant, tmp_path: Path, facts: dict[str, object], replies_to: str | None
) -> None:
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(tenant=tenant).update(**{"confirmed_at": None, "active": True, **facts})
    send(client)
    drain(deliver, worker="test")
    mail = mails(tmp_path)["jamie@example.com"]
    assert mail["Reply-To"] == replies_to
    states = "A reply to this email goes to Desert Peak" if replies_to else "Replies to this email are not read."
    assert states in mail.get_content()


def test_an_address_is_read_without_the_invisible_characters_that_were_pasted_with_it(
    client: Client, tenant: Tenant, tmp_path: Path
) -> None:
    typed = "jamie\u200b@example.com\ufeff"
    thanks = client.get(send(client, email=typed, phone="").url).text
    assert "We cannot send email to the address" not in thanks
    assert leads(tenant)[0].email == typed
    drain(deliver, worker="test")
    sent = mails(tmp_path)
    assert "jamie@example.com" in sent
    office = sent["office@desert-peak.example"]
    assert office["Reply-To"] == "jamie@example.com"
    assert "Email:     jamie@example.com\n" in office.as_string()
    with scope.tenant(tenant.pk):
        booking = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
    assert booking.envelope and booking.envelope["booking"]["contacts"] == [
        {"type": "Email", "value": "jamie@example.com"}
    ]


def test_no_word_of_a_stranger_is_sent_to_anybody(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    """Otherwise the form could be used to send advertisements to any address."""
    word = "Quibblewick"
    typed = {"message": f"{word}: the AC at our house does not cool.", "street": f"12 {word} Lane", "city": word}
    send(client, name=f"Ann {word}", service=f"{word} repair", preferred_date=word, urgency=word, **typed)
    # The API accepts any name of a service.
    with scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(service=word, email="robin@example.com"), binding=None)
    drain(deliver, worker="test")
    for address in ("jamie@example.com", "robin@example.com"):
        assert word not in str(mails(tmp_path)[address])
    assert word in str(mails(tmp_path)["office@desert-peak.example"])


@pytest.mark.parametrize(
    ("typed", "usable"),
    [
        ("jamie@example.com", "jamie@example.com"),
        ("  jamie@example.com ", "jamie@example.com"),
        ("\u200bjamie\u200d@example.com\ufeff", "jamie@example.com"),
        ("jamie@example.com\u202c\u00ad ", "jamie@example.com"),
        ("j.r+ac@mail.example.co.uk", "j.r+ac@mail.example.co.uk"),
        ("", ""),
        ("jamie", ""),
        ("jamie@example", ""),
        ("jamie@@example.com", ""),
        ("a@example.com, b@example.com", ""),
        ("a@example.com;b@example.com", ""),
        ("jamie@example.com\nBcc: x@example.com", ""),
        ("jamie@example.com\r\n\r\nhello", ""),
        ('"a b"@example.com', ""),
        ("<jamie@example.com>", ""),
        ("Jamie <jamie@example.com>", ""),
        ("jämie@example.com", ""),
        ("jamie@exämple.com", ""),
        ("x" * 250 + "@example.com", ""),
        ("root@localhost", ""),
        ("jamie@[127.0.0.1]", ""),
    ],
)
def test_only_a_plain_address_is_written_to(typed: str, usable: str) -> None:
    assert usable_email(typed) == usable
    assert (Kind.VISITOR_CONFIRMATION in outbox_kinds(email=typed, suspected=[])) is bool(usable)
    assert Kind.VISITOR_CONFIRMATION not in outbox_kinds(email=typed, suspected=[Suspicion.HONEYPOT])


def test_the_business_reads_what_was_preferred_and_what_could_not_be_read(
    client: Client, tenant: Tenant, tmp_path: Path
) -> None:
    send(client, preferred_date="31/31", preferred_window="evening", email="")
    drain(deliver, worker="test")
    part = mails(tmp_path)["office@desert-peak.example"].get_body(("plain",))
    assert part is not None
    body = part.get_content()
    assert "Prefers:   Evening" in body and "Not recognized: Preferred day, typed as: 31/31" in body


def test_without_an_address_no_confirmation_is_enqueued_or_announced(client: Client, tenant: Tenant) -> None:
    thanks = client.get(send(client, email="").url).text
    assert "confirmation email" not in thanks
    with scope.tenant(tenant.pk):
        assert SyncItem.objects.count() == 2


def test_an_unclear_result_is_retried_and_mentions_it(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    send(client)
    with scope.worker():
        SyncItem.objects.update(possibly_twice=True)
    drain(deliver, worker="test")
    assert "may receive this message twice" in mails(tmp_path)["jamie@example.com"].get_content()


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_or_refuses(
    client: Client, tenant: Tenant, mail_server: MailServer, settings: Any
) -> None:
    from pagetojob.environment import mailer

    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.shut()
    send(client)
    drain(deliver, worker="test")
    item = confirmation(tenant)
    assert (item.state, item.cause, item.possibly_twice) == (State.RETRYING, "mail-unreachable", False)
    mail_server.open()
    mail_server.box.answer = "550 no such mailbox"
    send(client)
    drain(deliver, worker="test")
    with scope.tenant(tenant.pk):
        item = SyncItem.objects.filter(kind=Kind.VISITOR_CONFIRMATION).latest("id")
    assert (item.state, item.cause) == (State.NEEDS_REVIEW, "visitor-mail-refused")


def test_a_subject_is_a_single_line() -> None:
    assert header_text("a\r\nBcc: x@y\u2028b\u202ec\x00 d") == "a Bcc: x@y b c d"


def test_a_service_with_a_line_break_makes_no_header(
    client: Client, tenant: Tenant, work_off: Callable[[], int], tmp_path: Path
) -> None:
    """The API accepts any name of a service."""
    with scope.tenant(tenant.pk):
        capture_request(
            tenant=tenant,
            request=appointment(service="AC\r\nBcc: victim@example.com", phone="", email=""),
            binding=None,
        )
        assert BookingRequest.objects.filter(service__contains="\n").exists()
    work_off()
    with scope.tenant(tenant.pk):
        assert not SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION).exclude(state=State.DELIVERED).exists()
    assert all(mail["Bcc"] is None for mail in mails(tmp_path).values())


def test_an_emergency_after_hours_shows_the_number_and_is_stored(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        CapacityRule.objects.filter(tenant=tenant).update(active=False)
        CapacityRule.objects.create(
            tenant=tenant,
            position=1,
            name="Emergencies call",
            urgency="emergency",
            primary="call now",
            secondary="request",
            needs_review=True,
            sentence="The phone is answered at night.",
        )
    wrong = send(client, FORM + "?page=/ac-repair-phoenix", name="")
    assert "It sounds urgent: call" in wrong.text and "The phone is answered at night." in wrong.text
    thanks = client.get(send(client, FORM + "?page=/ac-repair-phoenix").url).text
    assert thanks.index("It sounds urgent: call") < thanks.index(leads(tenant)[0].spoken_code)
    with scope.tenant(tenant.pk):
        (booking,) = leads(tenant)[0].booking_requests.all()
    assert booking.capacity is not None
    assert booking.capacity["rule"] == "Emergencies call" and booking.capacity["needs_review"] is True
    assert booking.capacity["inputs"]["urgency"] == "emergency"
    calm = client.get(send(client, urgency="flexible").url).text
    assert "It sounds urgent" not in calm


def test_without_a_number_the_page_does_not_ask_to_call(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.update(phone="")
        CapacityRule.objects.update(primary="call now")
    assert "sounds urgent" not in client.get(FORM).text
    assert "sounds urgent" not in client.get(send(client).url).text
