"""The link by mail: once, with reminders while it answers, and never about what is settled."""

from collections.abc import Generator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.db.models.functions import Now

from drift.models import Finding, FindingState, MailState, ReviewLink, ReviewMail
from drift.services import customer_questions, emails, reminders
from drift.services.link_codes import code_of
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.notices import recipients
from tests.support.drift import findings, history, make_site, page, read, say_page
from tests.support.hostile import hostile


@pytest.fixture
def row(tenant: Tenant, operator: User, settings: Any) -> Generator[Finding]:
    with hostile() as server:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{server.port}"]
        say_page(server, "/", page("AC Diagnostic: $79"))
        read(make_site(tenant, server), operator)
        (finding,) = findings(tenant, rule="price_mismatch")
        yield finding


@pytest.fixture
def link(row: Finding, operator: User) -> ReviewLink:
    with scope.operator(operator, reason="test"):
        return customer_questions.ask(finding=row, actor=operator, reason="which is it?", mail_it=True)


def sent(tmp_path: Path) -> list[Any]:
    files = sorted((tmp_path / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def mails() -> list[tuple[int, str]]:
    with scope.worker():
        return list(ReviewMail.objects.order_by("number").values_list("number", "state"))


def let_time_pass(row: Finding) -> None:
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(remind_at=Now() - timedelta(seconds=1))
    reminders.remind()


def test_question_is_emailed_once_with_its_link(row: Finding, link: ReviewLink, tmp_path: Path) -> None:
    assert emails.send_due() == 1 and emails.send_due() == 0
    (mail,) = sent(tmp_path)
    body = mail.get_content()
    assert mail["Subject"] == "Question about your website: Price differs: AC Diagnostic"
    assert (
        f"/review/{code_of(link)}" in body
        and "$79" in body
        and "$89" in body
        and "Nothing changes until you answer" in body
    )
    end = link.expires_at.astimezone(ZoneInfo(row.tenant.time_zone))
    assert f"until {end:%B %-d, %Y, %-I:%M %p %Z}." in body and end.tzname() in {"MDT", "MST"}
    assert "mailed" in history(row)


def test_reminders_are_emailed_and_the_last_announces_a_call(row: Finding, link: ReviewLink, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        let_time_pass(row)
        assert emails.send_due() == (2 if number == 1 else 1)
    let_time_pass(row)
    assert mails() == [(0, "sent"), (1, "sent"), (2, "sent"), (3, "sent")]
    last = next(mail for mail in sent(tmp_path) if mail["Subject"].startswith("Last reminder"))
    assert "will call you" in last.get_content()
    (after,) = findings(row.tenant, pk=row.pk)
    assert after.needs_call and after.state == FindingState.ASKED


def test_answered_question_is_not_emailed(row: Finding, link: ReviewLink, operator: User) -> None:
    customer_questions.answer(
        asked=customer_questions.find_question(code_of(link)), word=customer_questions.Word("website is right")
    )
    assert emails.send_due() == 0 and mails() == [(0, MailState.DROPPED)]


def test_question_is_not_emailed_after_the_contract_has_ended(
    row: Finding, link: ReviewLink, tenant: Tenant, operator: User, tmp_path: Path
) -> None:
    """Its link would not open."""
    with scope.operator(operator, reason="test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract has ended.")
    assert emails.send_due() == 0 and sent(tmp_path) == [] and mails() == [(0, "dropped")]


def test_a_link_ends_with_its_recipient(row: Finding, link: ReviewLink, tenant: Tenant, owner: User) -> None:
    """A former employee answers no question about the website with an earlier email."""
    assert emails.send_due() == 1
    assert customer_questions.find_question(code_of(link)).link == link
    stop_recipients(tenant, owner)
    with pytest.raises(customer_questions.LinkGone):
        customer_questions.find_question(code_of(link))
    with scope.tenant(tenant.pk):
        recipients.add(tenant=tenant, channel="email", address="new@desert-peak.example", by=owner, reason="New.")
    let_time_pass(row)
    assert emails.send_due() == 0, "the same link for another recipient would open for the former one too"
    (after,) = findings(tenant, pk=row.pk)
    assert after.needs_call and after.state == FindingState.ASKED
    with scope.worker():
        assert not ReviewLink.objects.get(finding=row).is_active


@pytest.mark.parametrize("has_other", [True, False])
def test_a_question_that_waited_is_not_emailed_to_a_removed_recipient(  # noqa: PLR0917 - fixtures
    row: Finding, link: ReviewLink, tenant: Tenant, owner: User, tmp_path: Path, has_other: bool
) -> None:
    stop_recipients(tenant, owner)
    if has_other:
        with scope.tenant(tenant.pk):
            recipients.add(tenant=tenant, channel="email", address="new@desert-peak.example", by=owner, reason="New.")
    assert emails.send_due() == has_other
    assert [mail["To"] for mail in sent(tmp_path)] == ["new@desert-peak.example"] * has_other
    assert mails() == [(0, "sent" if has_other else "dropped")]
    with scope.worker():
        assert ReviewLink.objects.get(finding=row).is_active is has_other


def stop_recipients(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        for recipient in recipients.list_recipients(tenant):
            recipients.remove(recipient=recipient, by=owner, reason="Left the business.")


def test_manually_sent_link_gets_no_email_reminder(row: Finding, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        customer_questions.ask(finding=row, actor=operator, reason="by text message")
    let_time_pass(row)
    assert mails() == [] and "reminded" in history(row)


def test_unavailable_mail_server_is_retried_then_reported(
    row: Finding, link: ReviewLink, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text("no folder", encoding="utf-8")
    for _ in range(emails.MAX_ATTEMPTS):
        assert emails.send_due() == 0
        with scope.worker():
            ReviewMail.objects.update(due_at=Now() - timedelta(seconds=1), tries=F("tries"))
    with scope.worker():
        mail = ReviewMail.objects.get()
    assert (mail.state, mail.tries) == (MailState.REFUSED, emails.MAX_ATTEMPTS) and "folder" in mail.why
