"""After a restore nothing starts before `resume_after_restore`, nothing is sent twice, and lost leads are named."""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery.exceptions import WorkerShutdown
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from pagetojob import celery as worker
from pagetojob import dispatcher
from pagetojob.environment import mailer
from pagetojob.ops import tasks
from pagetojob.platform import recovery
from pagetojob.platform.accounts.errors import LinkGone
from pagetojob.platform.accounts.models import PasswordReset, Privilege, PrivilegeRequest
from pagetojob.platform.accounts.services.email_change import find_change, request_change
from pagetojob.platform.accounts.services.invitations import find, invite
from pagetojob.platform.accounts.services.privileges import confirm_privilege, decline_privilege, request_privilege
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.postgresql import base as postgresql
from pagetojob.platform.recovery import DatabaseOutdated, Position
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from pagetojob.retention import erasure_list, replay, subjects
from pagetojob.retention.models import SubjectRequest
from pagetojob.transparency import entry_record
from pagetojob.transparency import services as log
from pagetojob.transparency.models import EntryKind, LogEntry
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from syncqueue import tasks as drains
from syncqueue.inbox.outcomes import Outcome
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.notices.sending import send_due
from syncqueue.services import inbox
from tests.retention import aged, asking
from tests.retention.planting import EMAIL, NAME, PHONE
from tests.support.bookings import Enqueue, booking_states, drain
from tests.support.smtp import MailServer
from tests.support.standin import StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.RECOVERY_FOLDER = str(tmp_path / "recovery")
    recovery.forget()
    return tmp_path / "recovery"


def check() -> None:
    recovery.forget()
    recovery.require_current()


def recorded(folder: Path) -> Position:
    return Position(**json.loads((folder / "position.json").read_text()))


def rewrite(folder: Path, **facts: Any) -> None:
    """Let the host have seen more than the database has, as after a restore."""
    position = replace(recorded(folder), **facts)
    (folder / "position.json").write_text(json.dumps(asdict(position)))
    recovery.forget()


def ahead(folder: Path) -> None:
    rewrite(folder, lsn=recorded(folder).lsn + 10**12)


def resume() -> dict[str, Any]:
    answer = StringIO()
    call_command("resume_after_restore", stdout=answer, stderr=StringIO())
    facts: dict[str, Any] = json.loads(answer.getvalue())
    return facts


# Detection


def test_a_database_that_only_goes_on_is_current(folder: Path) -> None:
    for _ in range(3):
        check()
    rewrite(folder, timeline=recorded(folder).timeline - 1)  # a failover that lost nothing
    check()


@pytest.mark.parametrize(
    "facts", [{"system": 1}, {"lsn": 2**62}, {"timeline": 9}, {"mark": "0123456789abcdef", "next_mark": ""}]
)
def test_a_database_that_lacks_commits_is_refused(folder: Path, facts: dict[str, Any]) -> None:
    check()
    rewrite(folder, **facts)
    with pytest.raises(DatabaseOutdated):
        check()
    resume()
    check()


def test_a_host_that_died_between_record_and_database_is_current(folder: Path) -> None:
    check()
    rewrite(folder, next_mark="0123456789abcdef")
    check()


def test_a_position_is_recorded_before_a_send_leaves(folder: Path) -> None:
    recovery.record_position()
    first = recorded(folder)
    recovery.record_position()
    assert recorded(folder).lsn >= first.lsn
    assert recorded(folder).mark != first.mark


def test_a_position_is_recorded_only_after_a_standby_has_it(folder: Path) -> None:
    """While a commit waits for a standby, the primary is ahead of it, and a failover goes behind that position."""
    check()
    before = recorded(folder)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as session:
        session.execute("SELECT pg_logical_emit_message(false, 'test', 'not replicated'), pg_switch_wal()")
        with session.transaction():
            session.execute("LOCK TABLE runs_hostmark IN EXCLUSIVE MODE")
            with pytest.raises(OperationalError), postgresql.patience(0.5):
                recovery.record_position()
    during = recorded(folder)
    assert (during.lsn, during.mark) == (before.lsn, before.mark)
    recovery.record_position()
    assert recorded(folder).lsn > before.lsn


PENDING = "0123456789abcdef"


@contextmanager
def pending_commit(folder: Path) -> Generator[psycopg.Connection]:
    """Leave a mark as a commit does that waits for a standby: named in the file, invisible, its row locked."""
    check()
    rewrite(folder, next_mark=PENDING)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("UPDATE runs_hostmark SET mark = %s", [PENDING])
        yield session


@pytest.mark.nightly
def test_a_mark_that_appears_after_later_attempts_failed_is_current(folder: Path) -> None:
    with pending_commit(folder) as session:
        for _ in range(2):
            with pytest.raises(OperationalError, match="lock timeout"), postgresql.patience(4):
                check()
        session.commit()
    check()
    assert recorded(folder).next_mark == ""


def test_a_mark_that_appears_during_an_attempt_that_fails_is_current(folder: Path) -> None:
    refuse_commits = """
        CREATE FUNCTION refuse_mark() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE query_canceled; END';
        CREATE CONSTRAINT TRIGGER refuse_mark AFTER UPDATE ON runs_hostmark DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (OLD.mark = '0123456789abcdef') EXECUTE FUNCTION refuse_mark()
    """
    check()
    as_administrator(refuse_commits)
    try:
        with pending_commit(folder) as session:
            appears = threading.Timer(0.5, session.commit)
            appears.start()
            with pytest.raises(OperationalError):
                check()
            appears.join()
        assert recorded(folder).mark == PENDING
    finally:
        as_administrator("DROP FUNCTION refuse_mark CASCADE")
    check()


def test_a_check_gives_up_when_another_process_waits_for_the_database(folder: Path) -> None:
    check()
    recovery.forget()
    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(OperationalError):
            recovery.require_current()
        assert time.monotonic() - began < recovery.LOCK_SECONDS + 1
    check()


def test_processes_of_a_host_share_a_record_of_the_last_second(folder: Path) -> None:
    check()
    first = recorded(folder)
    check()
    assert recorded(folder) == first
    for seconds in (2, -60):  # ago, and a clock that was set back
        before, at = recorded(folder), time.time() - seconds
        os.utime(folder / "position.json", (at, at))
        check()
        assert recorded(folder).mark != before.mark


# Refusal


def test_nothing_starts_on_a_database_that_lacks_commits(folder: Path, tenant: Tenant) -> None:
    check()
    ahead(folder)
    starts: list[Callable[[], object]] = [
        drains.drain,
        tasks.work_runs,
        lambda: tasks.run_periodic_task("audit.seal"),
        dispatcher.Dispatcher(lambda *_: None).tick,
    ]
    for start in starts:
        recovery.forget()
        with pytest.raises(DatabaseOutdated):
            start()
    with pytest.raises(WorkerShutdown):
        worker.refuse_an_earlier_database()
    with pytest.raises(CommandError, match="resume_after_restore"):
        call_command("dispatch", stdout=StringIO())
    answer = inbox.receive(tenant.public_id, method="POST", read=lambda: inbox.Post({}, b""), now=timezone.now())
    assert answer is Outcome.UNAVAILABLE


# Resuming


BACK = (
    "UPDATE syncqueue_syncitem SET state = 'queued', version = 0, attempts = 0, must_reconcile = false,"
    " envelope = NULL, sent_to = '', send_began_at = NULL, external_id = '', due_at = now(), lease_until = NULL"
    " WHERE kind = 'booking_request'"
)
DUE_NOW = "UPDATE syncqueue_syncitem SET due_at = now(), send_began_at = now() - interval '10 min', looked_up_at = NULL"


def as_administrator(statement: str) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET LOCAL session_replication_role = replica")
        session.execute(statement.encode())


def search_again() -> None:
    as_administrator(f"{DUE_NOW} WHERE state = 'retrying'")
    drain()


@pytest.mark.usefixtures("high_booking_rate")
def test_a_booking_sent_after_the_backup_is_not_sent_again(
    folder: Path, enqueue: Enqueue, standin: StandInProcess
) -> None:
    check()
    enqueue(3)
    drain()
    assert len(standin.book()["bookings"]) == 3
    as_administrator("DELETE FROM syncqueue_syncattempt")
    as_administrator(BACK)  # as an older backup has it (Q10)
    enqueue(1)  # captured before the backup, and never sent
    ahead(folder)
    with pytest.raises(DatabaseOutdated):
        drains.drain()
    assert resume()["marked"] >= 4
    for _ in range(4):
        drain()
        search_again()
    references = [booking["externalId"] for booking in standin.book()["bookings"]]
    assert sorted(references) == sorted(set(references)) and len(references) == 4
    assert booking_states() == {State.DELIVERED: 4}
    with scope.worker():
        assert SyncItem.objects.filter(adopted=True).count() == 3


def test_open_notices_are_labeled_as_possible_duplicates(folder: Path, enqueue: Enqueue) -> None:
    enqueue(1)
    resume()
    with scope.worker():
        notices = SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION)
        assert [notice.possibly_twice for notice in notices] == [True]


def test_a_notice_to_a_further_recipient_is_labeled_too(
    folder: Path, enqueue: Enqueue, tenant: Tenant, mail_server: MailServer, settings: Any
) -> None:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.create(tenant=tenant, channel="email", email="owner@blue-mesa.com")
    enqueue(1)
    resume()
    assert send_due() == 1
    [body] = mail_server.box.bodies
    assert "You may receive this message twice" in body


def test_sessions_ended_since_the_backup_open_nothing(folder: Path, operator: User, client: Client) -> None:
    client.force_login(operator)
    PasswordReset.objects.create(user=operator, digest="0" * 64, expires_at=timezone.now() + timedelta(days=1))
    assert client.get("/ops/alarms/").status_code == 200
    resume()
    assert client.get("/ops/alarms/").status_code == 302
    assert not PasswordReset.objects.exists()


def test_links_that_were_stopped_since_the_backup_stay_ended(
    folder: Path, owner: User, operator: User, tenant: Tenant, admin_user: User
) -> None:
    invitation = invite(email="wrong@example.com", actor=owner, reason="test", tenant=tenant, tenant_role="owner")
    change = request_change(user=operator, new_email="thief@example.com", actor=admin_user, reason="test")
    resume()
    with pytest.raises(LinkGone):
        find(link_token("invitation", invitation.public_id))
    with pytest.raises(LinkGone):
        find_change(link_token("email", change.public_id), operator)


def test_a_privilege_that_was_declined_since_the_backup_can_no_longer_be_confirmed(
    folder: Path, admin_user: User, viewer: User
) -> None:
    waiting = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="test")
    decided = request_privilege(privilege=Privilege.EDITOR, user=viewer, actor=admin_user, reason="test")
    decline_privilege(row=decided, actor=admin_user, reason="test")
    resume()
    assert list(PrivilegeRequest.objects.all()) == [decided]
    with pytest.raises(PrivilegeRequest.DoesNotExist):
        confirm_privilege(row=waiting, actor=admin_user, reason="test")


def test_a_person_s_request_that_was_closed_since_the_backup_is_closed_again(
    folder: Path, tenant: Tenant, operator: User
) -> None:
    request, other = (asking.searched(tenant, operator, phone=phone) for phone in (PHONE, "(602) 555-0198"))
    with scope.operator(operator, "test"):
        subjects.close_request(request=request, actor=operator, reason="Nothing was found.")
    [listed] = erasure_list.read(erasure_list.path())
    with scope.worker():
        assert not Tenant.objects.filter(public_id=listed["tenant"]).exists(), "so the release before skips the line"
    # The backup has it open, with a search that has not ended.
    as_administrator(f"UPDATE retention_subjectrequest SET ended_at = NULL, phone = '{PHONE}' WHERE id = {request.pk}")
    with scope.operator(operator, "test"):
        subjects.search_again(request=request, actor=operator, reason="test")
    resume()
    with scope.worker():
        rows = {row.pk: row for row in SubjectRequest.objects.all()}
        assert rows[request.pk].ended_at and not rows[request.pk].phone
        assert rows[other.pk].ended_at is None, "a person has not closed it"
        assert not Run.objects.filter(state__in=OPEN).exists()
    with scope.operator(operator, "test"):
        line = AuditEntry.objects.filter(action="retention.close_request").latest("pk")
    assert (line.actor_id, line.reason) == (operator.pk, replay.REASON)
    resume()  # once is enough


def test_exactly_the_lost_leads_are_named(folder: Path, enqueue: Enqueue, tmp_path: Path) -> None:
    enqueue(3)
    with scope.worker():
        lost, *stored = Lead.objects.order_by("pk")
    for table in ("syncqueue_syncitem", "leads_bookingrequest"):
        as_administrator(f"DELETE FROM {table} WHERE lead_id = {lost.pk}")
    as_administrator(f"DELETE FROM leads_lead WHERE id = {lost.pk}")
    other = tmp_path / "other"
    other.mkdir()
    (other / "leads-2026-11.jsonl").write_text('{"at": "x", "tenant": "a", "reference": "st-ready:00"}\n')
    assert [lead["reference"] for lead in resume()["lost"]] == [lost.reference]
    answer = StringIO()
    call_command("resume_after_restore", folder=[other], stdout=answer, stderr=StringIO())
    assert [lead["reference"] for lead in json.loads(answer.getvalue())["lost"]] == [lost.reference, "st-ready:00"]
    assert len(stored) == 2


def test_an_erasure_made_since_the_backup_is_repeated_before_anything_starts(
    folder: Path, tenant: Tenant, operator: User, lead_operator: User
) -> None:
    lead = asking.ended_request(tenant)
    request = asking.searched(tenant, operator, phone=PHONE)
    asking.request_erasure(request, operator)
    asking.confirm(request, lead_operator)
    assert asking.work().error == ""
    # The backup has the person's rows with other keys of the request, an open item, and a note the erasure never saw.
    for statement in (
        "DELETE FROM retention_subjectmatch",
        "DELETE FROM retention_subjectrequest",
        f"UPDATE leads_lead SET name = '{NAME}', phone_e164 = '{PHONE}', email = '{EMAIL}', erased_at = NULL",
        "UPDATE syncqueue_syncitem SET state = 'queued', version = 0, due_at = now()",
    ):
        as_administrator(statement)
    late = aged.make_request(tenant, phone_e164=PHONE, email="", name="A. Q.")
    resume()
    with scope.tenant(tenant.pk):
        rows = Lead.objects.filter(pk__in=[lead.pk, late.pk])
        assert [row.phone_e164 for row in rows] == ["", ""] and all(row.erased_at for row in rows)
        assert not SyncItem.objects.filter(lead__in=rows).exclude(state=State.CANCELLED).exists()
    with scope.worker():
        repeated = SubjectRequest.objects.get(tenant=tenant)
        assert repeated.public_id == request.public_id and repeated.receipt is not None
        assert repeated.confirmed_by_id == lead_operator.pk
    resume()  # once is enough
    with scope.worker():
        assert SubjectRequest.objects.count() == 1


def test_nothing_resumes_while_an_erasure_cannot_be_repeated(folder: Path) -> None:
    folder.mkdir()
    (folder / "erasures.jsonl").write_text('{"at": "2026-11-29T00:00:00+00:00", "sealed": "AAAA"}\n')
    with pytest.raises(CommandError, match="nothing may start"):
        resume()


def test_the_public_log_continues_or_nothing_starts(folder: Path, settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = new_signer("log.example", LOG).secret()
    check()
    log.submit(EntryKind.MONTH, "a" * 64)
    log.sequence()
    size = LogEntry.objects.count()
    text = LogEntry.objects.get(submission__kind=EntryKind.MONTH).text
    entry_record.append(size + 1, [text.replace("a" * 64, "b" * 64)])
    ahead(folder)
    with pytest.raises(CommandError, match=f"from {size} to {size + 1}"):
        resume()
    with pytest.raises(DatabaseOutdated):
        check()
    call_command("resume_after_restore", "--without-log", stdout=StringIO(), stderr=StringIO())
    check()
    entry_record.append(size, [text.replace("a" * 64, "c" * 64), text.replace("a" * 64, "b" * 64)])
    resume()
    assert LogEntry.objects.count() == size + 2
