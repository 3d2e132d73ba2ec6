"""Reviewers are notified 30, 14 and 3 days before evidence lapses, and when it has: at least once, without extras."""

import threading
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from pagetojob.environment import mailer
from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.registry import Grade
from pagetojob.local.process import free_port
from pagetojob.platform.outbound import mail
from pagetojob.platform.tenants.models import User
from pagetojob.schedule import PERIODIC_TASKS
from readiness import models
from readiness.services import notices
from tests.support.factories import make_user
from tests.support.smtp import MailServer

pytestmark = pytest.mark.usefixtures("pack")

LINE = "checklist-credential-storage"
END = timezone.now().replace(microsecond=0) + timedelta(days=200)


@pytest.fixture(autouse=True)
def only_ours(pack: None) -> None:
    """Remove the evidence that came with the pack."""
    Evidence.objects.update(revoked_at=timezone.now(), revoked_reason="Not in this test.")


@pytest.fixture
def recorder(db: None) -> User:
    return make_user(staff_role="editor", email="recorder@example.com")


def stored_evidence(recorder: User | None, **facts: Any) -> Evidence:
    about: dict[str, Any] = {"subject_type": SubjectType.PACK, "subject": LINE, "url": "/a"}
    about |= {"kind": EvidenceKind.REVIEW}
    about |= {"grade": Grade.STATED_BY_US, "summary": "Two people read it.", "expires_at": END}
    return Evidence.objects.create(**about | {"recorded_by": recorder} | facts)


def box(tmp_path: Path) -> list[Message]:
    """Return the messages in the mail folder, one per Message-ID."""
    files = sorted((tmp_path / "mail").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


def days_before(days: float) -> Any:
    return END - timedelta(days=days)


def notified() -> list[int]:
    return sorted(models.EvidenceNotice.objects.exclude(sent_at=None).values_list("days", flat=True), reverse=True)


def test_four_mails_in_the_life_of_evidence(recorder: User, tmp_path: Path) -> None:
    evidence = stored_evidence(recorder)
    sent = {}
    for day in range(60, -60, -1):
        if notices.notify_reviewers(now=days_before(day)):
            sent[day] = notified()
    assert sent == {30: [30], 14: [30, 14], 3: [30, 14, 3], 0: [30, 14, 3, 0]}
    mails = box(tmp_path)
    assert len(mails) == 4
    assert {mail_["To"] for mail_ in mails} == {"recorder@example.com"}
    assert {mail_["Message-ID"].strip("<>").partition("@")[0] for mail_ in mails} == {
        f"evidence-{evidence.public_id}-{days}" for days in (30, 14, 3, 0)
    }


def test_an_email_states_line_page_expiry_and_next_steps(recorder: User, tmp_path: Path, settings: Any) -> None:
    evidence = stored_evidence(recorder)
    notices.notify_reviewers(now=days_before(14))
    (message,) = box(tmp_path)
    body = " ".join(message.get_payload(decode=True).decode().split())  # type: ignore[union-attr]
    title = models.ChecklistItem.objects.get(slug="credential-storage").title
    assert message["Subject"] == f"Evidence for “{title}” lapses on {END:%B} {END.day}"
    assert f"Evidence for “{title}” lapses soon." in body
    assert "Two people read it." in body
    assert f"Valid until: {END:%B} {END.day}, {END.year}" in body
    assert f"{settings.PUBLIC_URL}/servicetitan-ready-websites/api-readiness#{LINE}" in body
    assert f"{settings.PUBLIC_URL}/admin/gates/evidence/{evidence.pk}/change/" in body
    assert f"{settings.PUBLIC_URL}/admin/gates/evidence/add/?subject=pack%3A{LINE}" in body
    assert "becomes “review due”" in body or 'becomes "review due"' in body
    assert message.get_content_type() == "text/plain"
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_last_notice_states_that_evidence_has_lapsed(recorder: User, tmp_path: Path) -> None:
    stored_evidence(recorder)
    notices.notify_reviewers(now=END)
    (message,) = box(tmp_path)
    assert str(message["Subject"]).endswith("has lapsed")
    assert "The page is already updated" in message.get_payload(decode=True).decode()  # type: ignore[union-attr]


def test_after_days_without_us_only_the_most_urgent_is_sent(recorder: User) -> None:
    stored_evidence(recorder)
    notices.notify_reviewers(now=days_before(30))
    assert notices.notify_reviewers(now=days_before(2)) == 1
    assert notified() == [30, 3]


def test_a_failed_notice_is_replaced_by_a_later_notice(recorder: User, settings: Any, tmp_path: Path) -> None:
    stored_evidence(recorder)
    works = settings.MAILERS
    settings.MAILERS = {"default": mailer(f"smtp://127.0.0.1:{free_port()}")}
    assert notices.notify_reviewers(now=days_before(30)) == 0
    settings.MAILERS = works
    assert notices.notify_reviewers(now=days_before(14)) == 1
    overtaken = models.EvidenceNotice.objects.get(days=30)
    assert (overtaken.sent_at, overtaken.trouble) == (None, notices.OVERTAKEN)
    assert len(box(tmp_path)) == 1
    assert not notices.in_trouble().exists()


def test_recipients_are_the_reviewer_then_the_recorder_then_all_editors(recorder: User, tmp_path: Path) -> None:
    reviewer = make_user(staff_role="editor", email="reviewer@example.com")
    make_user(staff_role="admin", email="admin@example.com")
    models.ChecklistItem.objects.filter(slug="credential-storage").update(reviewer=reviewer)
    stored_evidence(recorder)
    notices.notify_reviewers(now=days_before(30))
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    notices.notify_reviewers(now=days_before(14))
    User.objects.filter(pk=recorder.pk).update(is_active=False)
    make_user(staff_role="editor", email="one@example.com")
    make_user(staff_role="editor", email="two@example.com")
    notices.notify_reviewers(now=days_before(3))
    told_of = {(message["Message-ID"].partition("@")[0][-40:], message["To"]) for message in box(tmp_path)}
    assert sorted(to for _, to in told_of) == [
        "one@example.com",
        "recorder@example.com",
        "reviewer@example.com",
        "two@example.com",
    ]


def test_the_reviewer_of_a_gate_is_who_reviews_its_row(recorder: User, tmp_path: Path) -> None:
    reviewer = make_user(staff_role="editor", email="reviewer@example.com")
    models.ConnectionGate.objects.create(
        slug="ours", title="Gate", owner="PageToJob", status="partner gated", explanation="It waits.",
        gate="privacy review", reviewer=reviewer,
    )  # fmt: skip
    stored_evidence(recorder, subject_type=SubjectType.GATE, subject="privacy review", grade=Grade.THIRD_PARTY)
    notices.notify_reviewers(now=days_before(30))
    (message,) = box(tmp_path)
    assert message["To"] == "reviewer@example.com"
    assert "the gate “privacy review”" in message["Subject"]


def test_newer_evidence_makes_a_mail_needless(recorder: User, tmp_path: Path) -> None:
    stored_evidence(recorder)
    notices.enqueue_notices(now=days_before(30))
    stored_evidence(recorder, expires_at=END + timedelta(days=90))
    assert notices.notify_reviewers(now=days_before(30)) == 0
    assert notices.notify_reviewers(now=days_before(3)) == 0
    assert models.EvidenceNotice.objects.get().trouble == notices.NEEDLESS
    assert box(tmp_path) == []


def test_unconfirmed_evidence_for_a_gate_makes_none_needless(recorder: User) -> None:
    gate = {"subject_type": SubjectType.GATE, "subject": "privacy review", "grade": Grade.THIRD_PARTY}
    stored_evidence(recorder, **gate)
    newer = stored_evidence(recorder, expires_at=END + timedelta(days=90), **gate)
    assert notices.notify_reviewers(now=days_before(30)) == 1
    Evidence.objects.filter(pk=newer.pk).update(confirmed_by=make_user(ops_role="lead"), confirmed_at=timezone.now())
    assert notices.notify_reviewers(now=days_before(14)) == 0


def test_revoked_evidence_is_not_spoken_of(recorder: User) -> None:
    evidence = stored_evidence(recorder)
    notices.enqueue_notices(now=days_before(30))
    Evidence.objects.filter(pk=evidence.pk).update(revoked_at=timezone.now(), revoked_reason="Wrong.")
    assert notices.notify_reviewers(now=days_before(30)) == 0
    assert notices.notify_reviewers(now=days_before(14)) == 0


def test_a_notice_without_recipient_is_shown_to_staff(client: Any, signed_in: Any) -> None:
    User.objects.update(is_active=False)
    stored_evidence(None)
    assert notices.notify_reviewers(now=days_before(30)) == 0
    assert notices.in_trouble().get().trouble == notices.NOBODY
    html = signed_in(make_user(staff_role="editor")).get("/admin/gates/evidence/").text
    assert "Notices not sent" in html


def test_a_server_that_is_away_is_tried_again_under_the_same_id(
    recorder: User, settings: Any, mail_server: MailServer
) -> None:
    evidence = stored_evidence(recorder)
    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.shut()
    now = days_before(30)
    assert notices.notify_reviewers(now=now) == 0
    notice = models.EvidenceNotice.objects.get()
    assert (notice.tries, notice.sent_at, notice.trouble) == (1, None, "")
    mail_server.open()
    assert notices.notify_reviewers(now=now + timedelta(minutes=1)) == 0  # its lease has not ended
    assert notices.notify_reviewers(now=now + timedelta(hours=1)) == 1
    assert mail_server.box.received == [mail.message_id_for(f"evidence-{evidence.public_id}-30")]
    assert "may receive this message twice" in mail_server.box.bodies[0]
    notice.refresh_from_db()
    assert (notice.tries, notice.sent_at is not None, notice.to) == (2, True, recorder)


def test_a_refused_mail_is_not_tried_again_and_shown_in_the_admin(
    recorder: User, settings: Any, mail_server: MailServer, signed_in: Any
) -> None:
    stored_evidence(recorder)
    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.box.answer = "550 never"
    now = days_before(30)
    assert notices.notify_reviewers(now=now) == 0
    mail_server.box.answer = "250 taken"
    assert notices.notify_reviewers(now=now + timedelta(hours=1)) == 0
    assert mail_server.box.received == []
    staff = signed_in(recorder)
    assert "The mail server rejected the message." in staff.get("/admin/gates/evidence/").text
    assert "The mail server rejected the message." in staff.get("/admin/readiness/evidencenotice/").text


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once_and_hold_no_transaction_meanwhile(
    recorder: User, settings: Any, mail_server: MailServer
) -> None:
    stored_evidence(recorder)
    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.box.delay = 1.5
    now, counts = days_before(30), list[int]()
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait()
            counts.append(notices.notify_reviewers(now=now))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    start.wait()
    open_ones = []
    while any(worker.is_alive() for worker in workers):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%%' AND now() - state_change > interval '700 ms'"
            )
            open_ones.append(cursor.fetchone()[0])
        workers[0].join(0.1)
    assert sorted(counts) == [0, 1]
    assert len(mail_server.box.received) == 1
    assert max(open_ones) == 0
    assert len(open_ones) > 5


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_died_while_sending_costs_no_mail(recorder: User, tmp_path: Path) -> None:
    stored_evidence(recorder)
    now = days_before(30)
    notices.enqueue_notices(now=now)
    assert notices.claim(now=now)  # after this, it is not claimed again
    assert notices.notify_reviewers(now=now) == 0
    assert notices.notify_reviewers(now=now + notices.LEASE) == 1
    assert len(box(tmp_path)) == 1


def test_a_worker_that_comes_late_settles_nothing(recorder: User) -> None:
    stored_evidence(recorder)
    now = days_before(30)
    notices.enqueue_notices(now=now)
    slow = notices.claim(now=now)
    quick = notices.claim(now=now + notices.LEASE)
    assert slow and quick
    assert not notices.deliver(slow)
    assert notices.deliver(quick)
    assert not notices.deliver(slow)
    assert models.EvidenceNotice.objects.get().tries == 2


def test_it_is_an_hourly_task(recorder: User) -> None:
    task = PERIODIC_TASKS["readiness.tell_reviewers"]
    assert task.every == timedelta(hours=1)
    stored_evidence(recorder, expires_at=timezone.now() + timedelta(days=20))
    assert task.run() == 1
    assert task.run() == 0
