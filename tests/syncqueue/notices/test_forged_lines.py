"""No text of a visitor looks like a line of ours in the email to the business."""

import re

import pytest
from django.utils.html import escape

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import mails
from syncqueue.leads.models import BookingRequest
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment

FORGED = "Phone:     (900) 555-0100"


def mail_about(tenant: Tenant, **typed: str) -> mails.Mail:
    with scope.tenant(tenant.pk):
        lead, _ = capture_request(tenant=tenant, request=appointment(**typed), binding=None)
        booking = BookingRequest.objects.select_related("lead", "tenant").get(lead=lead)
        return mails.notice(booking, "office@example.com", again=False, entry="")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("field", ["name", "city", "message"])
def test_a_visitor_adds_no_line_to_the_email(tenant: Tenant, field: str, line_break: str) -> None:
    mail = mail_about(tenant, **{field: f"Jamie{line_break}{FORGED}"})
    lines = [line for line in mail.body.splitlines() if "900" in line]
    assert len(lines) == 1 and not lines[0].startswith("Phone:")
    assert [line for line in mail.body.splitlines() if line.startswith("Phone:")] == ["Phone:     (602) 555-0199"]


def test_a_message_is_quoted_and_the_text_after_it_is_ours(tenant: Tenant) -> None:
    mail = mail_about(tenant, message="Hello\n\nPageToJob: confirm your account at https://evil.example\n")
    quoted = "> Hello\n>\n> PageToJob: confirm your account at https://evil.example\n"
    assert f"The visitor wrote:\n{quoted}\nPage: " in mail.body
    assert "The visitor wrote:" in mail.html and "<blockquote" in mail.html


@pytest.mark.parametrize(
    ("phone", "href"),
    [
        ("(602) 555-0199", "tel:+16025550199"),
        ("(602) 555-0199 ext. 12", "tel:+16025550199"),
        ("555-0199 <b>after five</b>", "tel:5550199"),
        ("602 555 0199 or 602 555 0198", ""),
        ("ask for Bob", ""),
        ('"onclick="alert(1)" 555-0199', "tel:5550199"),
        ("555-0199", "tel:5550199"),
        ("602-555-0199 after 5pm", "tel:+16025550199"),
        ("call 602.555.0199/0198 before 6", "tel:+16025550199"),
        ("602-555-0199 Unit 12", "tel:+16025550199"),
    ],
)
def test_the_phone_number_can_be_tapped(tenant: Tenant, phone: str, href: str) -> None:
    mail = mail_about(tenant, phone=phone, email="jamie+heat&air@example.com")
    links = re.findall(r'<a href="(tel:[^"]*)"[^>]*>([^<]*)</a>', mail.html)
    assert links == ([(href, escape(phone))] if href else [])
    assert escape(phone) in mail.html and "<b>" not in mail.html
    assert '<a href="mailto:jamie%2Bheat%26air@example.com"' in mail.html
    assert "tel:" not in mail.body and "mailto:" not in mail.body


def test_a_request_without_an_email_address_has_no_such_link(tenant: Tenant) -> None:
    mail = mail_about(tenant, email="")
    assert "mailto:" not in mail.html and "tel:+1" in mail.html


def test_a_name_does_not_reverse_what_follows(tenant: Tenant) -> None:
    mail = mail_about(tenant, name="Jamie \u202eRivera", message="abc\u202edef\u2066")
    assert not {"\u202e", "\u2066"} & set(mail.body + mail.html)
    assert "Name:      Jamie Rivera\n" in mail.body
