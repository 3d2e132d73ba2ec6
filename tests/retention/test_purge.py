"""Every class ends after its period and not a second before; holds, open items and other tenants keep their rows."""

import inspect
import io
import os
import re
import sys
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from attribution.models import Job
from drift.models import Answer, Choice, Finding, Grade
from pagetojob.ops.models import OnCallContact
from pagetojob.platform import states
from pagetojob.platform.accounts.models import Session
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.accounts.services.forget import forget_ended
from pagetojob.platform.audit import sealer, verify
from pagetojob.platform.audit.findings import Result
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.retention import exporting, purge
from pagetojob.retention.models import LegalHold, PurgeReceipt, RetentionPeriod
from pagetojob.retention.periods import ADJUSTABLE, PERIODS, Enforcer
from pagetojob.retention.services import search_key
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue.leads.models import BookingRequest, Lead, LeadAnswer, LeadNote, LeadPhoto
from syncqueue.models import State, SyncAttempt, SyncItem
from syncqueue.notices import attention
from syncqueue.services import answers, ledger
from syncqueue.services.photos import SentPhoto, keep_photos
from tests.retention import aged
from tests.support import visitor
from tests.support.factories import make_membership, make_tenant, make_user
from tests.support.pictures import jpeg
from tests.support.refusals import left_out, refused

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400
KINDS = sorted(aged.LEFT)


def days_of(kind: str) -> int:
    days = PERIODS[Retention(kind.removesuffix(" mail"))].days
    assert days is not None
    return days


def old_enough(kind: str) -> float:
    """An age at which everything of the class has expired."""
    return (days_of(kind) + 1) * DAY


# Periods


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_ends_after_its_period_and_not_before(other_tenant: Tenant, kind: str) -> None:
    aged.make_everything(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        before = clock.left(kind)
        assert before
        clock.age(kind, days_of(kind) * DAY)
        clock.purge(kind)
        assert clock.left(kind) == before
        clock.age(kind, days_of(kind) * DAY + 1)
        clock.purge(kind)
        assert clock.left(kind) == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in ADJUSTABLE])
def test_a_tenants_own_period_counts(other_tenant: Tenant, operator: User, kind: str) -> None:
    days = ADJUSTABLE[kind].least
    assert days is not None and days < days_of(kind)
    aged.make_everything(other_tenant)
    with scope.operator(operator, "test"):
        RetentionPeriod.objects.create(tenant=other_tenant, kind=kind, days=days)
    with aged.shared_clock(other_tenant) as clock:
        before = clock.left(kind)
        clock.age(kind, days * DAY)
        clock.purge(kind)
        assert clock.left(kind) == before
        clock.age(kind, days * DAY + 1)
        clock.purge(kind)
        assert clock.left(kind) == 0


def test_what_repeats_a_lead_never_outlives_it(other_tenant: Tenant, operator: User) -> None:
    aged.make_request(other_tenant)
    with scope.operator(operator, "test"):
        RetentionPeriod.objects.create(tenant=other_tenant, kind="lead", days=30)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", 30 * DAY + 1)
        for kind in ("notice", "booking envelope", "photo", "lead"):
            clock.purge(kind)
            assert clock.left(kind) == 0, kind
        assert clock.left("attempt") == 1


def test_the_database_has_the_defaults_and_bounds_of_the_code(other_tenant: Tenant, operator: User) -> None:
    with aged.superuser() as session:
        for kind, period in PERIODS.items():
            (days,) = session.execute("SELECT ptj_retention_days(NULL, %s)", [kind.value]).fetchone() or (None,)
            assert days == (period.days if period.enforcer is Enforcer.PURGE else None), kind
    for adjustable, bounds in ADJUSTABLE.items():
        assert bounds.least is not None and bounds.most is not None and bounds.days is not None
        assert bounds.least <= bounds.days <= bounds.most
        for days in (bounds.least - 1, bounds.most + 1):
            with (
                scope.operator(operator, "test"),
                pytest.raises(Exception, match="within_bounds"),
                transaction.atomic(),
            ):
                RetentionPeriod.objects.create(tenant=other_tenant, kind=adjustable, days=days)
    with scope.operator(operator, "test"), pytest.raises(Exception, match="within_bounds"), transaction.atomic():
        RetentionPeriod.objects.create(tenant=other_tenant, kind="audit entry", days=400)


def test_only_classes_with_a_reason_and_a_known_end_are_declared() -> None:
    assert set(PERIODS) == set(Retention) - {Retention.NONE}
    for period in PERIODS.values():
        assert period.reason.endswith(".") and period.covers
        assert (period.days is None) == (period.enforcer is Enforcer.CONTRACT_END)


def test_each_class_that_the_purge_ends_is_tested_to_end() -> None:
    """The audit log and accounts, which tenants share, have tests below."""
    ended = {kind for kind, period in PERIODS.items() if period.enforcer is Enforcer.PURGE}
    assert ended == {Retention(kind.removesuffix(" mail")) for kind in KINDS} | {
        Retention.AUDIT_ENTRY,
        Retention.ACCOUNT,
    }
    assert set(purge.STEPS) == set(aged.FUNCTIONS.values())


def test_comment_name_and_photo_of_an_answer_end_with_its_finding(other_tenant: Tenant, operator: User) -> None:
    """They stayed as long as the contractor, although a person wrote them, is named and may be shown."""
    aged.make_everything(other_tenant)
    with scope.tenant(other_tenant.pk):
        content = io.BytesIO(jpeg())
        photo = store_file(tenant=other_tenant, content=content, name="Jamie.jpg", purpose=Purpose.PHOTO)
        texts = {"comment": "Call Jamie", "told_by": "Jamie Rivera", "photo": photo, "shown": {"quote": ""}}
        how = {"choice": Choice.WEBSITE_RIGHT, "grade": Grade.PHONE, "recorded_by": operator}
        answer = Answer.objects.create(tenant=other_tenant, finding=Finding.objects.get(), **texts, **how)
    sql = (
        "SELECT comment, told_by, f.name, count(c.id) FROM drift_answer AS a JOIN files_file AS f ON f.id = photo_id"
        " LEFT JOIN files_filechunk AS c ON c.file_id = f.id WHERE a.id = %s GROUP BY 1, 2, 3"
    )
    with aged.shared_clock(other_tenant) as clock:
        clock.age("finding", days_of("finding") * DAY)
        clock.purge("finding")
        assert clock.session.execute(sql, [answer.pk]).fetchone() == ("Call Jamie", "Jamie Rivera", "Jamie.jpg", 1)
        clock.age("finding", days_of("finding") * DAY + 1)
        clock.purge("finding")
        assert clock.session.execute(sql, [answer.pk]).fetchone() == ("", "erased", "", 0)


#: Tables whose rows stay as long as the contractor although their class ends, because what ends is elsewhere.
STAY = {
    "attribution_outcomefile": "counts of an import; the content of its file ends",
    "importer_upload": "counts of an import; the content of its file and its rows end",
    "attribution_invoice": "amounts, dates and IDs",
    "attribution_payment": "amounts, dates and IDs",
    "drift_sitereading": "counts of a reading; its pages end",
    "drift_findingevent": "history of a finding; its quote ends",
    "drift_reviewlink": "history of a finding: times and a digest",
}
#: Tables that `ptj_purge_accounts` names by a part of their name.
OF_ACCOUNT = {"accounts_authenticator", "accounts_passkey", "accounts_recoverycode"}


def test_a_machine_ends_the_rows_of_every_table_whose_class_has_a_period() -> None:
    with aged.superuser() as session:
        (sql,) = session.execute(
            "SELECT string_agg(prosrc, ' ') FROM pg_proc WHERE proname ~ '^ptj_(purge|empty|forget)_'"
        ).fetchone() or ("",)
    modules = {sys.modules[task.load().__module__] for name, task in PERIODIC_TASKS.items() if "forget" in name}
    python = "".join(inspect.getsource(module) for module in (*modules, throttle, exporting))
    left = set()
    for model in apps.get_models():
        period = PERIODS.get(getattr(model, "RETENTION", Retention.NONE))
        ends = period is not None and period.days is not None
        by_sql = re.search(rf"(DELETE FROM |UPDATE |text\[\] := ARRAY\[[^;]*'){model._meta.db_table}\b", sql)
        if ends and not by_sql and not re.search(rf"\b{model.__name__}\.objects.*delete\(\)", python, re.DOTALL):
            left.add(model._meta.db_table)
    assert left == STAY.keys() | OF_ACCOUNT


# Who keeps what


@pytest.mark.parametrize("kind", KINDS)
def test_a_hold_on_the_tenant_keeps_everything(other_tenant: Tenant, operator: User, kind: str) -> None:
    aged.make_everything(other_tenant)
    hold(other_tenant, operator, "")
    with aged.shared_clock(other_tenant) as clock:
        before = clock.left(kind)
        clock.age(kind, old_enough(kind))
        clock.purge(kind)
        assert clock.left(kind) == before


def hold(tenant: Tenant, actor: User, key: str, **facts: Any) -> LegalHold:
    with scope.operator(actor, "test"):
        return LegalHold.objects.create(tenant=tenant, search_key=key, requested_by=actor, **facts)


@pytest.mark.parametrize("kind", ["lead", "outcome"])
def test_a_hold_on_an_address_protects_it_as_it_is_seen(other_tenant: Tenant, operator: User, kind: str) -> None:
    """A lead stores what was pasted, such as a soft hyphen; the hold may be pasted too."""
    aged.make_request(other_tenant, phone_e164="+16025550100", email="ja\u00admie@example\u200b.com")
    aged.make_outcomes(other_tenant, phone="(602) 555-0100", email="a@example.com / ja\u2060mie@example.com")
    assert search_key("\ufeffJamie@exam\u200dple.com\u00a0") == "jamie@example.com"
    hold(other_tenant, operator, "jamie@example.com")
    with aged.shared_clock(other_tenant) as clock:
        before = clock.left(kind)
        clock.age(kind, old_enough(kind))
        clock.purge(kind)
        assert clock.left(kind) == before > 0


@pytest.mark.parametrize("key", ["+16025550199", "jamie@example.com"])
@pytest.mark.parametrize("kind", ["attempt", "booking envelope", "notice", "lead", "photo"])
def test_a_hold_on_a_person_keeps_that_persons_rows_only(
    other_tenant: Tenant, operator: User, kind: str, key: str
) -> None:
    aged.make_request(other_tenant)
    aged.make_request(other_tenant, phone_e164="+16025550100", email="")
    hold(other_tenant, operator, key)
    with aged.shared_clock(other_tenant) as clock:
        clock.age(kind, old_enough(kind))
        clock.purge(kind)
        assert clock.left(kind) == 1


def test_an_unconfirmed_hold_lapses_after_a_week(other_tenant: Tenant, operator: User) -> None:
    aged.make_request(other_tenant)
    hold(other_tenant, operator, "")
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", old_enough("lead"))
        clock.session.execute("UPDATE retention_legalhold SET requested_at = now() - interval '7 days 1 second'")
        clock.purge("lead")
        assert clock.left("lead") == 0


def test_a_confirmed_hold_does_not_lapse_and_a_lifted_hold_no_longer_protects(
    other_tenant: Tenant, operator: User, lead_operator: User
) -> None:
    aged.make_request(other_tenant)
    placed = hold(other_tenant, operator, "", confirmed_by=lead_operator, confirmed_at=timezone.now())
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", old_enough("lead"))
        clock.session.execute("UPDATE retention_legalhold SET requested_at = now() - interval '1 year'")
        clock.purge("lead")
        assert clock.left("lead") == 1
        clock.session.execute(
            "UPDATE retention_legalhold SET lift_requested_at = now(), lift_requested_by_id = %s,"
            " lifted_at = now(), lifted_by_id = %s WHERE id = %s",
            [operator.pk, lead_operator.pk, placed.pk],
        )
        clock.purge("lead")
        assert clock.left("lead") == 0


@pytest.mark.parametrize(
    "state", [state for state in State if state not in ("delivered", "manual complete", "cancelled")]
)
def test_an_open_item_keeps_its_lead_and_all_that_belongs_to_it(other_tenant: Tenant, state: str) -> None:
    aged.make_request(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", old_enough("lead"))
        lease = "now()" if state == State.SENDING else "NULL"
        clock.session.execute(f"UPDATE syncqueue_syncitem SET state = '{state}', lease_until = {lease}".encode())
        for kind in ("attempt", "booking envelope", "notice", "lead", "photo"):
            clock.purge(kind)
            assert clock.left(kind) == 1, kind


def test_an_item_that_ended_lately_keeps_its_lead(other_tenant: Tenant) -> None:
    aged.make_request(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", old_enough("lead"))
        clock.session.execute("UPDATE syncqueue_syncitem SET state_since = now()")
        for kind in ("attempt", "booking envelope", "notice", "lead", "photo"):
            clock.purge(kind)
            assert clock.left(kind) == 1, kind


def test_attempts_of_an_item_that_ended_lately_stay(other_tenant: Tenant) -> None:
    aged.make_request(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("attempt", old_enough("attempt"))
        clock.session.execute("UPDATE syncqueue_syncitem SET state_since = now() - interval '100 days'")
        clock.purge("attempt")
        assert (clock.left("attempt"), clock.left("notice")) == (1, 0)


def test_other_tenants_keep_their_rows(other_tenant: Tenant) -> None:
    neighbor = make_tenant()
    aged.make_everything(other_tenant)
    aged.make_everything(neighbor)
    with aged.shared_clock(other_tenant) as clock:
        theirs = aged.Clock(clock.session, neighbor, clock.run)
        for kind in KINDS:
            clock.age(kind, old_enough("lead"))
            theirs.age(kind, old_enough("lead"))
        before = {kind: theirs.left(kind) for kind in KINDS}
        for kind in KINDS:
            clock.purge(kind)
            assert clock.left(kind) == 0, kind
        assert {kind: theirs.left(kind) for kind in KINDS} == before


@pytest.mark.parametrize("state", ["open", "waived"])
def test_a_finding_that_is_not_closed_keeps_its_quote_and_its_reading(other_tenant: Tenant, state: str) -> None:
    reading = aged.make_reading(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("website reading", old_enough("website reading"))
        clock.age("finding", old_enough("finding"))
        clock.session.execute(
            "UPDATE drift_finding SET state = %s, last_reading_id = %s,"
            " waived_until = CASE WHEN %s = 'waived' THEN now()::date END",
            [state, reading.pk, state],
        )
        for kind in ("website reading", "finding"):
            clock.purge(kind)
            assert clock.left(kind) == 1, kind


@pytest.mark.parametrize("key", ["+16025550199", "+16025550111", "jamie@example.com"])
def test_a_hold_on_a_customer_keeps_the_customers_jobs_and_bookings(
    other_tenant: Tenant, operator: User, key: str
) -> None:
    job = aged.make_outcomes(other_tenant, email="a@example.com / Jamie@example.com")
    aged.make_outcomes(other_tenant, 2, phone="(602) 555-0100", email="")
    with scope.tenant(other_tenant.pk):  # only the customer's row still names the person
        Job.objects.filter(pk=job.pk).update(phone="", email="")
    hold(other_tenant, operator, key)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("outcome", old_enough("outcome"))
        clock.purge("outcome")
        assert clock.left("outcome") == 4


def test_a_customer_and_a_booking_end_with_their_last_job(other_tenant: Tenant) -> None:
    aged.make_outcomes(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("outcome", old_enough("outcome"))
        clock.session.execute("UPDATE attribution_job SET completed_at = now()")
        clock.purge("outcome")
        assert clock.left("outcome") == 3  # without the customer who has no job
        clock.session.execute(
            "UPDATE attribution_job SET opened_at = now() - interval '3 years', completed_at = NULL, changed_at = now()"
        )
        clock.session.execute("UPDATE attribution_outcomecustomer SET changed_at = now()")
        clock.purge("outcome")
        assert clock.left("outcome") == 0


def test_the_newest_reading_keeps_its_pages(other_tenant: Tenant) -> None:
    aged.make_reading(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.session.execute(
            "UPDATE drift_sitereading SET ended_at = now() - interval '5 years' - id * interval '1 s'"
        )
        clock.purge("website reading")
        assert clock.left("website reading") == 1  # the reading with the lower id is now the newest


def test_a_page_that_returns_is_stored_again(other_tenant: Tenant) -> None:
    aged.make_reading(other_tenant)
    with aged.shared_clock(other_tenant) as clock:
        clock.age("website reading", old_enough("website reading"))
        clock.purge("website reading")
        row = clock.session.execute("SELECT sha256, size FROM drift_snapshot").fetchone()
        assert row is not None and row[0] != "a" * 64 and row[1] == 0


# Who may remove


@pytest.mark.parametrize("role", ["pagetojob_app", "pagetojob_operator"])
@pytest.mark.parametrize("function", [*purge.STEPS, "ptj_purge_audit", "ptj_purge_accounts"])
def test_only_the_worker_calls_a_purge_function(role: str, function: str) -> None:
    values = "(1, NULL, 100)" if function in purge.STEPS else "(100)"
    with aged.superuser() as session:
        session.execute(f"SET ROLE {role}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(f"SELECT {function}{values}".encode())


@pytest.mark.parametrize("function", purge.STEPS)
def test_a_function_removes_nothing_without_a_running_purge(other_tenant: Tenant, function: str) -> None:
    purge.start_purge(other_tenant.pk)
    with scope.worker():
        queued = Run.objects.get(kind=purge.KIND, tenant=other_tenant)
    with scope.worker(), connection.cursor() as cursor, pytest.raises(Exception, match="only a running purge"):
        cursor.execute(f"SELECT {function}(%s, NULL, 100)", [queued.pk])


@pytest.mark.parametrize("table", ["leads_lead", "syncqueue_syncattempt", "syncqueue_syncitem", "files_filechunk"])
def test_a_worker_deletes_no_row_by_itself(other_tenant: Tenant, table: str) -> None:
    aged.make_request(other_tenant)
    with scope.worker(), connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(f"DELETE FROM {table}")
    with scope.worker(), connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(
            'INSERT INTO retention_purgereceipt (tenant_id, run_id, kind, "table", removed)'
            " VALUES (1, 1, 'lead', 'leads_lead', 1)"
        )


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET detail = ''", "TRUNCATE {}"])
def test_no_login_changes_an_attempt(other_tenant: Tenant, statement: str) -> None:
    """Check the owner too: only a purge function, which says so to the trigger, deletes an attempt."""
    aged.make_request(other_tenant)
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner, pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(statement.format("syncqueue_syncattempt").encode())


# Runs


def expired_requests(tenant: Tenant, many: int) -> None:
    for _ in range(many):
        aged.make_request(tenant)
    with aged.superuser() as session:
        for statement in aged.AGES["lead"]:
            session.execute(statement.replace("%(age)s", "interval '3 years'").encode(), {"tenant": tenant.pk})


def receipts(run: Run) -> dict[str, int]:
    with scope.tenant(run.tenant_id):
        return {f"{row.kind} {row.table}": row.removed for row in PurgeReceipt.objects.filter(run=run)}


def test_a_run_leaves_a_receipt_and_an_audit_line_with_counts_only(other_tenant: Tenant) -> None:
    expired_requests(other_tenant, 2)
    run = aged.running_purge(other_tenant)
    work_run(run)
    assert receipts(run) == {
        "attempt syncqueue_syncattempt": 2,
        "booking envelope syncqueue_syncitem": 2,
        "lead leads_lead": 2,
        "notice syncqueue_syncitem": 2,
        "photo files_file": 2,
        "photo files_filechunk": 2,
        "photo leads_leadphoto": 2,
    }
    with scope.worker():
        assert Run.objects.get(pk=run.pk).state == RunState.DONE
        line = AuditEntry.objects.get(action=purge.KIND)
    assert line.actor_label == "nightly purge" and line.changes["lead: leads_lead"] == [None, 2]
    assert "Jamie" not in str(line.changes)


def test_a_second_run_finds_nothing(other_tenant: Tenant) -> None:
    expired_requests(other_tenant, 2)
    work_run(aged.running_purge(other_tenant))
    second = aged.running_purge(other_tenant)
    work_run(second)
    assert receipts(second) == {}
    with scope.worker():
        assert AuditEntry.objects.filter(action=purge.KIND).count() == 1


def test_a_purge_that_dies_continues_and_counts_no_row_twice(
    other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired_requests(other_tenant, 5)
    monkeypatch.setattr(purge, "FIRST_BATCH", 2)
    monkeypatch.setattr(purge, "MOST_BATCH", 2)
    monkeypatch.setattr(purge, "LEAST_BATCH", 2)
    run = aged.running_purge(other_tenant)
    steps = purge.work(run)
    for _ in range(3):
        next(steps)
    del steps  # the process is gone; its last transaction is committed, the next never began
    with scope.worker():
        resumed = Run.objects.get(pk=run.pk)
    assert resumed.cursor and resumed.cursor != [0, None]
    work_run(resumed)
    assert receipts(run)["lead leads_lead"] == 5
    assert receipts(run)["attempt syncqueue_syncattempt"] == 5


def test_the_order_of_ids_does_not_matter(other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a tenant whose newest rows have the lowest ids, as after a restore or a migration."""
    expired_requests(other_tenant, 4)
    with aged.superuser() as session:
        session.execute("UPDATE leads_lead SET received_at = received_at - id * interval '1 day'")
        session.execute("UPDATE syncqueue_syncitem SET created_at = created_at - id * interval '1 day'")
    for name in ("FIRST_BATCH", "MOST_BATCH", "LEAST_BATCH"):
        monkeypatch.setattr(purge, name, 2)
    run = aged.running_purge(other_tenant)
    work_run(run)
    assert receipts(run)["lead leads_lead"] == receipts(run)["attempt syncqueue_syncattempt"] == 4


def test_a_batch_and_its_cursor_commit_together(other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    expired_requests(other_tenant, 1)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    run = aged.running_purge(other_tenant)
    monkeypatch.setattr(purge, "checkpoint", dies)
    with pytest.raises(KeyboardInterrupt):
        next(purge.work(run))
    assert receipts(run) == {}
    with scope.worker():
        assert SyncAttempt.objects.filter(tenant=other_tenant).count() == 1


def test_every_tenant_gets_an_open_run_each_night(other_tenant: Tenant) -> None:
    tenants = Tenant.objects.count()
    assert (purge.start_purges(), purge.start_purges()) == (tenants, 0)


def test_a_purge_that_cannot_start_stops_no_other(other_tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    make_tenant()
    with refused("runs_run", other_tenant):
        assert purge.start_purges() == Tenant.objects.count() - 1
    assert left_out(caplog) == [(purge.KIND, other_tenant.pk)]


@pytest.mark.parametrize(("seconds", "size"), [(0.02, 500), (0.04, 250), (0.0, 1000), (10.0, 125), (0.01, 1000)])
def test_a_batch_follows_the_time_of_the_previous_batch(seconds: float, size: int) -> None:
    assert purge.next_size(500, seconds) == size
    assert purge.next_size(purge.MOST_BATCH, 0.0) == purge.MOST_BATCH
    assert purge.next_size(purge.LEAST_BATCH, 9.0) == purge.LEAST_BATCH


def test_the_form_waits_for_no_purge(tenant: Tenant, client: Client) -> None:
    """Check that posts with a statement timeout of 100 ms succeed while a batch of the purge is not committed."""
    expired_requests(tenant, 20)
    with aged.shared_clock(tenant) as clock:
        for kind in ("attempt", "lead"):
            clock.purge(kind, times=1)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '100ms'")
        for _ in range(5):
            assert visitor.send(client).status_code == 302
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")


def test_a_locked_row_is_skipped_and_removed_on_the_next_night(other_tenant: Tenant) -> None:
    expired_requests(other_tenant, 2)
    with aged.superuser() as session:
        session.execute("SELECT id FROM leads_lead WHERE tenant_id = %s LIMIT 1 FOR UPDATE", [other_tenant.pk])
        run = aged.running_purge(other_tenant)
        worker = threading.Thread(target=work_run, args=[run])
        worker.start()
        worker.join(20)
        assert not worker.is_alive()
    assert receipts(run)["lead leads_lead"] == 1
    second = aged.running_purge(other_tenant)
    work_run(second)
    assert receipts(second)["lead leads_lead"] == 1


# What stays correct


def test_the_ledger_stays_as_it_was(other_tenant: Tenant) -> None:
    expired_requests(other_tenant, 3)
    ledger.close_days()
    with scope.worker():
        before = list(other_tenant_days(other_tenant))
    work_run(aged.running_purge(other_tenant))
    assert ledger.verify() == 0
    with scope.worker():
        assert list(other_tenant_days(other_tenant)) == before
    assert before and before[0]["captured"] == 3


def other_tenant_days(tenant: Tenant) -> Any:
    from syncqueue.models import LedgerDay

    days = LedgerDay.objects.filter(tenant=tenant).order_by("day")
    return days.values("day", "captured", "delivered", "waiting", "excluded")


def test_the_same_form_makes_a_new_lead_after_the_purge(tenant: Tenant, client: Client) -> None:
    """A lead without personal data cannot be answered, so the request would be lost."""
    form = visitor.filled_in()
    assert client.post(visitor.FORM, form).status_code == 302
    with aged.superuser() as session:
        for statement in aged.AGES["lead"]:
            session.execute(statement.replace("%(age)s", "interval '3 years'").encode(), {"tenant": tenant.pk})
    many = len(visitor.leads(tenant))
    work_run(aged.running_purge(tenant))
    for _ in range(2):
        assert client.post(visitor.FORM, form).status_code == 302
    assert len(visitor.leads(tenant)) == many + 1


def test_an_attempt_of_last_month_cannot_settle_again(other_tenant: Tenant) -> None:
    """Check that the item, not the removed attempt, keeps a claim from being settled twice."""
    aged.make_request(other_tenant)
    with scope.worker():
        item = SyncItem.objects.get(tenant=other_tenant, kind="booking_request")
        item = states.move(item, State.SENDING, lease_until=timezone.now())
        stale = SyncItem.objects.get(pk=item.pk)
        states.move(item, State.DELIVERED, lease_until=None)
    with aged.superuser() as session:
        for statement in aged.AGES["lead"]:
            session.execute(
                statement.replace("%(age)s", "interval '3 years'").replace("version = 1", "version = 2").encode(),
                {"tenant": other_tenant.pk},
            )
    work_run(aged.running_purge(other_tenant))
    with scope.worker():
        assert not SyncAttempt.objects.filter(tenant=other_tenant).exists()
        assert states.move_many([stale], State.DELIVERED, lease_until=None) == set()
        with pytest.raises(states.LostRace):
            states.move(stale, State.DELIVERED, lease_until=None)


def test_notes_of_the_office_go_with_the_lead(other_tenant: Tenant) -> None:
    lead = aged.make_request(other_tenant)
    with scope.tenant(other_tenant.pk):
        answers.add_note(lead=lead, text="gate code", by=make_user())
        answers.answer(lead=lead, kind="contacted", by=make_user())
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", old_enough("lead"))
        clock.purge("lead")
    with scope.tenant(other_tenant.pk):
        assert (LeadNote.objects.count(), LeadAnswer.objects.count()) == (0, 1)
        assert PurgeReceipt.objects.get(table="leads_leadnote").removed == 1


def test_the_name_of_who_opened_a_request_goes_with_it(other_tenant: Tenant) -> None:
    lead = aged.make_request(other_tenant)
    with scope.tenant(other_tenant.pk):
        attention.mark_opened(lead, by="Dana Fields")
    with aged.shared_clock(other_tenant) as clock:
        clock.age("lead", old_enough("lead"))
        clock.purge("lead")
    with scope.tenant(other_tenant.pk):
        opened = attention.attention_of(lead)
        assert opened.opened_at is not None and opened.opened_by == ""
        assert PurgeReceipt.objects.get(table="notices_leadattention").removed == 1


def test_outcomes_go_batch_by_batch_and_once(other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        aged.make_outcomes(other_tenant, number)
    with aged.superuser() as session:
        for statement in aged.AGES["outcome"]:
            session.execute(statement.replace("%(age)s", "interval '3 years'").encode(), {"tenant": other_tenant.pk})
    for name in ("FIRST_BATCH", "LEAST_BATCH", "MOST_BATCH"):
        monkeypatch.setattr(purge, name, 2)
    run = aged.running_purge(other_tenant)
    work_run(run)
    tables = {"attribution_job": 3, "attribution_outcomebooking": 3, "attribution_outcomecustomer": 6}
    assert receipts(run) == {f"outcome {table}": many for table, many in tables.items()}
    again = aged.running_purge(other_tenant)
    work_run(again)
    assert receipts(again) == {}


def test_campaign_names_stay_and_click_ids_go(other_tenant: Tenant) -> None:
    expired_requests(other_tenant, 1)
    work_run(aged.running_purge(other_tenant))
    with scope.tenant(other_tenant.pk):
        lead = Lead.objects.get()
        assert lead.source == {"utm_campaign": "spring"} and lead.erased_at is not None
        assert lead.consent_text and not BookingRequest.objects.exclude(as_typed={}).exists()


@pytest.mark.parametrize("model", [Lead, BookingRequest])
def test_the_purge_of_leads_empties_every_declared_field(model: type[Lead] | type[BookingRequest]) -> None:
    """A new personal field needs a new version of the function, as `ptj_erasing` does."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        (function,) = session.execute("SELECT pg_get_functiondef('ptj_purge_leads'::regproc)").fetchone() or ("",)
    assigned = re.search(rf"UPDATE {model._meta.db_table}\s+SET(.*?)WHERE tenant_id", function, re.DOTALL)
    assert assigned and {name for name in model.PERSONAL_FIELDS if f"{name} = " not in assigned[1]} == set()


def test_a_form_that_is_sent_again_adds_no_photo_to_an_erased_request(other_tenant: Tenant) -> None:
    """The purge does not come back to an erased request, so its photo would stay."""
    expired_requests(other_tenant, 1)
    work_run(aged.running_purge(other_tenant))
    with scope.tenant(other_tenant.pk):
        lead = Lead.objects.get()
    keep_photos(tenant=other_tenant, lead=lead, photos=[SentPhoto(1, io.BytesIO(jpeg()))])
    with scope.tenant(other_tenant.pk):
        assert not LeadPhoto.objects.exists()


# Accounts


def account(session: psycopg.Connection, seconds: float, **facts: Any) -> User:
    """Return a person whose account was created and last used so many seconds ago."""
    user = make_user(**facts)
    session.execute(
        "UPDATE tenants_user SET created_at = now() - %(age)s::interval, last_login = now() - %(age)s::interval"
        " WHERE id = %(user)s",
        {"age": timedelta(seconds=seconds), "user": user.pk},
    )
    return user


def emptied(*users: User) -> list[bool]:
    """Run the nightly purge of accounts, and return for each person if nothing of them is left."""
    gone = []
    count = purge.purge_accounts()
    for user in users:
        email, name = user.email, user.name
        user.refresh_from_db()
        gone.append(email != user.email and name != user.name and not user.is_active)
    assert count == sum(gone)
    return gone


LONG = 731 * DAY


@pytest.mark.parametrize("active", [True, False])
def test_an_account_ends_after_its_period_and_not_before(operator: User, active: bool) -> None:
    with aged.superuser() as session:
        young, old = (account(session, days_of("account") * DAY + more, is_active=active) for more in (-60, 60))
    with scope.operator(operator, "test"):
        for user in (young, old):
            OnCallContact.objects.create(user=user, phone="+16025550100")
    for user in (young, old):
        Session.objects.create(session_key=f"{user.pk:064x}", user=user, expire_date=timezone.now())
    assert emptied(young, old) == [False, True]
    assert (old.email, old.name, old.password) == (f"erased-{old.pk}@erased.invalid", "Erased person", "!")
    with scope.operator(operator, "test"):
        phones = dict(OnCallContact.objects.values_list("user", "phone"))
    assert phones == {old.pk: "", young.pk: "+16025550100"}
    assert list(Session.objects.values_list("user", flat=True)) == [young.pk]
    with scope.worker():
        line = AuditEntry.objects.get(action="retention.purge_accounts")
    assert (line.changes, line.actor_label) == ({"account: tenants_user": [None, 1]}, "nightly purge")
    assert emptied(old) == [False], "nothing is left to do"


def test_an_account_stays_while_its_person_can_act_or_a_line_names_it(other_tenant: Tenant, operator: User) -> None:
    people: dict[str, dict[str, Any]] = {
        "role": {"ops_role": "viewer"},
        "staff": {"staff_role": "editor"},
        "member": {},
        "actor": {},
        "subject": {"is_active": False},
        "hold": {"is_active": False},
        "member of a tenant on hold": {"is_active": False},
        "deactivated": {"is_active": False, "ops_role": "operator"},
        "member who is deactivated": {"is_active": False},
    }
    with aged.superuser() as session:
        users = {name: account(session, LONG, **facts) for name, facts in people.items()}
        for actor, subject in (
            (users["actor"].pk, "x"),
            (None, f"tenants.user:{users['subject'].public_id}"),
        ):
            session.execute(
                "INSERT INTO audit_auditentry (at, actor_id, actor_label, action, subject, reason, changes, request_id)"
                " VALUES (now(), %s, 'x', 'x', %s, 'x', '{}', '')",
                [actor, subject],
            )
    on_hold = make_tenant()
    make_membership(tenant=other_tenant, user=users["member"])
    make_membership(tenant=other_tenant, user=users["member who is deactivated"])
    make_membership(tenant=on_hold, user=users["member of a tenant on hold"])
    with scope.operator(operator, "test"):
        LegalHold.objects.create(tenant=on_hold, requested_by=operator)
        LegalHold.objects.create(tenant=other_tenant, requested_by=operator, search_key=users["hold"].email)
    gone = dict(zip(users, emptied(*users.values()), strict=True))
    assert [name for name, is_gone in gone.items() if is_gone] == ["deactivated", "member who is deactivated"]
    assert users["deactivated"].ops_role == ""
    assert not Membership.objects.filter(user=users["member who is deactivated"]).exists()
    with scope.worker():
        (line,) = AuditEntry.objects.filter(action="retention.purge_members")
    assert (line.tenant_id, line.changes) == (other_tenant.pk, {"account: tenants_membership": [None, 1]})


def test_a_locked_account_is_skipped_until_the_next_night() -> None:
    with aged.superuser() as session:
        user = account(session, LONG)
    with aged.superuser() as session:
        session.execute("SELECT FROM tenants_user WHERE id = %s FOR KEY SHARE", [user.pk])
        assert emptied(user) == [False]
    assert emptied(user) == [True]


def test_a_locked_session_of_an_account_delays_the_account_only(
    other_tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    with aged.superuser() as session:
        user = account(session, LONG, is_active=False)
    Session.objects.create(session_key="a" * 64, user=user, expire_date=timezone.now())
    with aged.superuser() as session:
        session.execute("SELECT FROM accounts_session WHERE user_id = %s FOR UPDATE", [user.pk])
        started = purge.start_purges()
    assert started == Tenant.objects.filter(page_until=None).count() > 0
    assert "account purge stopped" in caplog.text
    with scope.worker():
        assert Run.objects.filter(tenant=other_tenant, kind=purge.KIND, state=RunState.QUEUED).exists()
    user.refresh_from_db()
    assert user.name != "Erased person"
    assert emptied(user) == [True]


# The audit log


def old_lines(session: psycopg.Connection, tenant: Tenant | None, *days: float) -> None:
    for age in days:
        session.execute(
            "INSERT INTO audit_auditentry (at, tenant_id, actor_label, action, subject, reason, changes, request_id)"
            " VALUES (now() - %s::interval, %s, 'x', 'x', 'x', 'x', '{}', '')",
            [timedelta(days=age), tenant.pk if tenant else None],
        )


def seal_and_check() -> Result:
    sealer.seal_lines()
    with scope.worker():
        return verify.verify()


def actions() -> list[str]:
    with scope.worker():
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_a_beginning_of_the_audit_log_goes_and_the_rest_still_verifies(other_tenant: Tenant) -> None:
    with aged.superuser() as session:
        old_lines(session, other_tenant, 900, 731, 729, 0)
    assert seal_and_check().found == []
    assert purge.purge_audit() == 2
    result = seal_and_check()
    assert (result.found, result.purged, result.last) == ([], 2, 5)
    assert actions() == ["x", "x", "audit.purge"]
    assert purge.purge_audit() == 0


def test_the_audit_log_goes_in_batches(other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    with aged.superuser() as session:
        old_lines(session, other_tenant, *[900] * 5)
    sealer.seal_lines()
    monkeypatch.setattr(purge, "AUDIT_BATCH", 2)
    assert purge.purge_audit() == 5
    assert seal_and_check().found == [] and actions() == ["audit.purge"] * 3


def test_lines_of_a_tenant_on_hold_and_later_lines_stay(other_tenant: Tenant, operator: User) -> None:
    with aged.superuser() as session:
        old_lines(session, None, 900)
        old_lines(session, other_tenant, 890)
        old_lines(session, None, 880)
    sealer.seal_lines()
    hold(other_tenant, operator, "")
    assert purge.purge_audit() == 1
    assert seal_and_check().found == []


def test_an_unsealed_line_stays(other_tenant: Tenant) -> None:
    with aged.superuser() as session:
        old_lines(session, other_tenant, 900)
    assert purge.purge_audit() == 0 and actions() == ["x"]


def test_two_people_place_and_lift_a_hold_in_the_database_too(
    other_tenant: Tenant, operator: User, lead_operator: User
) -> None:
    placed = hold(other_tenant, operator, "")
    now = timezone.now()
    third = make_user(ops_role="lead")

    def write(match: str, **facts: Any) -> None:
        with scope.operator(operator, "test"), pytest.raises(Exception, match=match), transaction.atomic():
            LegalHold.objects.filter(pk=placed.pk).update(**facts)

    write("placed_by_two", confirmed_by=operator, confirmed_at=now)
    write("lift_of_placed", lift_requested_by=operator, lift_requested_at=now)
    with scope.operator(operator, "test"):
        LegalHold.objects.filter(pk=placed.pk).update(confirmed_by=lead_operator, confirmed_at=now)
    write("recorded once", confirmed_by=None, confirmed_at=None)
    write("lifted_by_two", lifted_by=operator, lifted_at=now)
    with scope.operator(operator, "test"):
        LegalHold.objects.filter(pk=placed.pk).update(lift_requested_by=operator, lift_requested_at=now)
    write("lifted_by_two", lifted_by=operator, lifted_at=now)
    with scope.operator(operator, "test"):
        LegalHold.objects.filter(pk=placed.pk).update(lifted_by=third, lifted_at=now)
    write("recorded once", lifted_by=None, lifted_at=None)
    write("permission denied|recorded once", requested_by=third)


def test_lines_of_the_admin_site_end_after_a_month(operator: User) -> None:
    """They contain the name of the row that was changed, also of a person, and had no end."""
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=operator, content_type=kind, object_id=str(operator.pk), object_repr=str(operator), action_flag=CHANGE
    )
    forget_ended(now=timezone.now() + timedelta(days=29))
    assert LogEntry.objects.filter(object_repr=operator.name).exists()
    forget_ended(now=timezone.now() + timedelta(days=31))
    assert not LogEntry.objects.exists()
