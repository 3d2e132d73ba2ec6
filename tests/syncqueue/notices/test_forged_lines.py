"""No text of a visitor looks like a line of ours in the email to the business."""

import pytest

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


def test_a_name_does_not_reverse_what_follows(tenant: Tenant) -> None:
    mail = mail_about(tenant, name="Jamie \u202eRivera", message="abc\u202edef\u2066")
    assert not {"\u202e", "\u2066"} & set(mail.body + mail.html)
    assert "Name:      Jamie Rivera\n" in mail.body
