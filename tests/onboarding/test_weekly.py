"""The weekly email: on Monday morning there, once per person and week, with counts and links and no visitor's name."""

import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.environment import mailer
from pagetojob.onboarding import weekly
from pagetojob.onboarding.models import WeeklyEmail
from pagetojob.platform.outbound.errors import TransientError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Membership, Tenant, User
from syncqueue.services.intake import capture_request
from tests.support.cast import SignIn
from tests.support.factories import appointment, make_membership, make_tenant, make_user
from tests.support.refusals import left_out, refused, refused_unless
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db


def next_monday(hour: int = 8) -> datetime:
    """The next Monday in Phoenix, at this hour there (UTC-7)."""
    now = datetime.now(UTC) - timedelta(hours=7)
    day = (now + timedelta(days=7 - now.weekday())).replace(hour=hour, minute=5, second=0, microsecond=0)
    return day + timedelta(hours=7)


def received(folder: Path) -> list[EmailMessage]:
    read = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*.eml")]
    return [mail for mail in read if isinstance(mail, EmailMessage) and "your week" in mail["Subject"]]


@pytest.fixture
def busy(tenant: Tenant, owner: User, reviewer: User) -> Tenant:
    with scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(), binding=None)
    return tenant


def test_owners_get_it_once_on_monday_morning(busy: Tenant, owner: User, tmp_path: Path) -> None:
    assert weekly.send_due(next_monday(hour=7)) == 0
    assert weekly.send_due(next_monday() + timedelta(days=1)) == 0
    assert weekly.send_due(next_monday()) == 1
    assert weekly.send_due(next_monday() + timedelta(hours=1)) == 0
    (mail,) = received(tmp_path / "mail")
    text, html = (part.get_content() for part in mail.iter_parts() if isinstance(part, EmailMessage))
    assert mail["To"] == owner.email
    assert "1 request counted, 0 answered, 0 of 1 within 15 min." in text and "/portal/requests/" in text
    month = f"{next_monday() - timedelta(days=1):%Y-%m}"
    assert "<strong>1</strong> request, <strong>0</strong> answered" in html and "0 of 1 within 15 min" in html
    assert "prefers-color-scheme: dark" in html and "1 request, 0 answered" in html, "what an inbox shows next to it"
    for body in (text, html):
        assert f"/portal/requests/report?month={month}" in body
        assert "Jamie" not in body and "555-0199" not in body
    assert weekly.send_due(next_monday() + timedelta(days=7)) == 0, "nothing to report"


def test_once_everyone_has_it_a_run_costs_the_same_with_many_people(busy: Tenant) -> None:
    def cost() -> int:
        weekly.send_due(next_monday())
        with CaptureQueriesContext(connection) as queries:
            assert weekly.send_due(next_monday()) == 0
        return len(queries)

    few = cost()
    for role in ("owner", "reviewer") * 10:
        make_membership(tenant=busy, user=make_user(), role=role)
    assert cost() == few


def test_each_person_decides(busy: Tenant, owner: User, reviewer: User, signed_in: SignIn, tmp_path: Path) -> None:
    assert "You get it." in signed_in(owner).get("/portal/emails/").text
    client = signed_in(reviewer)
    assert "You do not get it." in client.get("/portal/emails/").text
    client.post("/portal/emails/", {"weekly": "yes"})
    signed_in(owner).post("/portal/emails/", {"weekly": "no"})
    assert weekly.send_due(next_monday()) == 1
    assert received(tmp_path / "mail")[0]["To"] == reviewer.email


def test_a_failed_email_is_sent_again_under_the_same_message_id(
    busy: Tenant, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids: list[str] = []

    def unreachable(*, message_id: str, **_: str) -> None:
        ids.append(message_id)
        if len(ids) == 1:
            raise TransientError("mail-unreachable", "The mail server could not be reached.")

    monkeypatch.setattr(weekly, "send_mail", unreachable)
    assert weekly.send_due(next_monday()) == 0
    with scope.tenant(busy.pk):
        row = WeeklyEmail.objects.get(user=owner)
        assert row.error and row.week is None
        WeeklyEmail.objects.update(due_at=None)
    assert weekly.send_due(next_monday()) == 1
    assert len(set(ids)) == 1 and len(ids) == 2


def test_attempts_of_a_week_that_was_given_up_do_not_count_for_the_next(
    busy: Tenant, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_: str) -> None:
        raise TransientError("mail-unreachable", "The mail server could not be reached.")

    monkeypatch.setattr(weekly, "send_mail", unreachable)
    for _ in range(weekly.MOST_ATTEMPTS):
        weekly.send_due(next_monday())
        with scope.tenant(busy.pk):
            WeeklyEmail.objects.update(due_at=None)
    with scope.tenant(busy.pk):
        row = WeeklyEmail.objects.get(user=owner)
    assert row.week == next_monday().date() and row.attempts == 0 and row.error


def test_an_address_that_fails_keeps_no_email_from_the_others(
    busy: Tenant, owner: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Django raises a ValueError for it, which no one expects of a stored address."""
    other = make_user()
    make_membership(tenant=busy, user=other, role="owner")
    User.objects.filter(pk=owner.pk).update(email="owner@\ndesert-peak.example")
    assert weekly.send_due(next_monday()) == 1
    (mail,) = received(tmp_path / "mail")
    assert mail["To"] == other.email
    (record,) = (record for record in caplog.records if record.getMessage() == "weekly email not sent")
    assert vars(record)["user"] == str(owner.public_id)
    User.objects.filter(pk=owner.pk).update(email="owner@desert-peak.example")
    assert weekly.send_due(next_monday() + weekly.CLAIM) == 1, "the next run repeats it"


@pytest.mark.django_db(transaction=True)
def test_an_email_whose_result_cannot_be_stored_is_sent_once(
    busy: Tenant, owner: User, mail_server: MailServer, settings: Any
) -> None:
    """It was sent again every ten minutes of the Monday."""
    settings.MAILERS = {"default": mailer(mail_server.url)}
    with refused_unless("week IS NULL OR due_at IS NOT NULL", WeeklyEmail._meta.db_table):
        assert weekly.send_due(next_monday()) == 0
        assert weekly.send_due(next_monday() + timedelta(hours=1)) == 0
    assert len(mail_server.box.bodies) == 1


def test_a_removed_person_gets_nothing(busy: Tenant, owner: User) -> None:
    Membership.objects.filter(tenant=busy, user=owner).delete()
    assert weekly.send_due(next_monday()) == 0


def test_a_phone_can_install_the_portal(client: Client) -> None:
    answer = client.get("/portal/manifest.webmanifest")
    manifest = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/portal/")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}


@pytest.mark.django_db(transaction=True)
def test_an_error_of_a_contractor_keeps_no_email_from_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost, fine = make_tenant(time_zone="America/Phoenix"), make_tenant(time_zone="America/Phoenix")
    for tenant in (lost, fine):
        make_membership(tenant=tenant, user=make_user(), role="owner")
        with scope.tenant(tenant.pk):
            capture_request(tenant=tenant, request=appointment(), binding=None)
    with refused(WeeklyEmail._meta.db_table, lost):
        assert weekly.send_due(next_monday()) == 1
    (mail,) = received(tmp_path / "mail")
    assert mail["Subject"].startswith(fine.name)
    assert left_out(caplog) == [("weekly email", lost.pk)]


def test_the_weekly_email_is_sent_in_an_unknown_time_zone(busy: Tenant, owner: User, tmp_path: Path) -> None:
    """Its Monday is that of UTC."""
    Tenant.objects.filter(pk=busy.pk).update(time_zone="Mars/Phobos")
    assert weekly.send_due(next_monday()) == 1
    assert [mail["To"] for mail in received(tmp_path / "mail")] == [owner.email]
