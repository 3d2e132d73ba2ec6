"""The alarms page, the monitor and the metrics show how old backups, archive and proven restore are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pagetojob.backups import selectors, services
from pagetojob.backups.configuration import NotConfigured
from pagetojob.backups.models import BackupJob, RepositoryReport
from pagetojob.backups.pgbackrest import BackupFailed
from pagetojob.backups.plan import Job
from pagetojob.ops.monitoring import read_health
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from tests.support.cast import SignIn

pytestmark = pytest.mark.django_db

FACTS = {"rto_seconds": 70.0, "rpo_seconds": 42.0}


@pytest.fixture
def configured(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Backups are configured; the server of the tests archives nothing, so the time of its archiver is replaced."""
    settings.BACKUP_FOLDER = "/backups"
    archive(monkeypatch, timedelta(seconds=30))


def archive(monkeypatch: pytest.MonkeyPatch, age: timedelta | None) -> None:
    monkeypatch.setattr(selectors, "_archived_at", lambda: None if age is None else timezone.now() - age)


def job(kind: Job, *, age: timedelta = timedelta(hours=1), error: str = "", by: User | None = None) -> None:
    at = timezone.now() - age
    with scope.worker():
        BackupJob.objects.create(
            kind=kind, began_at=at, ended_at=at, error=error, started_by=by, facts={} if error else FACTS
        )


def report(
    *, newest: timedelta | None = timedelta(hours=1), oldest: timedelta = timedelta(days=5), **facts: Any
) -> None:
    now = timezone.now()
    defaults = {
        "reported_at": now,
        "newest_at": None if newest is None else now - newest,
        "oldest_at": now - oldest,
        "backups": 6,
        "repository_bytes": 5_000_000,
        "same_disk": False,
    }
    with scope.worker():
        RepositoryReport.objects.update_or_create(pk=1, defaults=defaults | facts)


def well() -> None:
    report()
    job(Job.VERIFY)
    job(Job.DRILL)


def holding() -> set[str]:
    with scope.worker():
        return set(read_health().holding) - {"dispatcher", "worker"}


EVERY = {"backup-old", "backup-damaged", "restore-unproven"}


def test_without_configuration_no_alarm_is_active_and_the_page_shows_it(viewer: User, signed_in: SignIn) -> None:
    assert holding() == set()
    assert "Not configured: this installation makes no backups" in signed_in(viewer).get("/ops/alarms/").text
    with pytest.raises(CommandError, match="Backups are not configured: set BACKUP_FOLDER"):
        call_command("backup", "list")


@pytest.mark.usefixtures("configured")
def test_an_installation_that_never_made_a_backup_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    archive(monkeypatch, None)
    assert holding() == {*EVERY, "wal-unarchived"}


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("break_it", "alarm"),
    [
        (lambda: report(newest=timedelta(hours=27)), "backup-old"),
        (lambda: report(newest=None), "backup-old"),
        (lambda: report(reported_at=timezone.now() - timedelta(minutes=16)), "backup-old"),
        (lambda: report(oldest=timedelta(days=36)), "backup-expired"),
        (lambda: job(Job.VERIFY, age=timedelta(), error="Segments of WAL are missing."), "backup-damaged"),
        (lambda: job(Job.DRILL, age=timedelta(), error="The copy has no rows."), "restore-unproven"),
    ],
)
def test_each_failure_raises_its_alarm(break_it: Callable[[], None], alarm: str) -> None:
    well()
    assert holding() == set()
    break_it()
    assert holding() == {alarm}


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(("kind", "alarm"), [(Job.VERIFY, "backup-damaged"), (Job.DRILL, "restore-unproven")])
def test_a_check_that_is_too_old_raises_its_alarm(kind: Job, alarm: str) -> None:
    report()
    for each in (Job.VERIFY, Job.DRILL):
        job(each, age=timedelta(days=10) if each is kind else timedelta(days=8))
    assert holding() == {alarm}


@pytest.mark.usefixtures("configured")
def test_changes_that_are_not_archived_raise_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    well()
    archive(monkeypatch, timedelta(minutes=6))
    assert holding() == {"wal-unarchived"}


@pytest.mark.usefixtures("configured")
def test_the_page_shows_the_last_proven_restore_and_who_proved_it(
    viewer: User, operator: User, signed_in: SignIn
) -> None:
    report(same_disk=True)
    job(Job.DRILL, by=operator)
    job(Job.VERIFY, age=timedelta(), error="Segments of WAL are missing: 000000010000000000000003.")
    page = signed_in(viewer).get("/ops/alarms/").text
    assert f"by {operator.name}: 1 minute until workers could start (RTO), less than a minute" in page
    assert "Verification failed</p>" in page and "000000010000000000000003" in page
    assert "same disk as the database" in page and 'id="backup-damaged" open' in page


@pytest.mark.usefixtures("configured")
def test_the_monitor_and_the_metrics_have_the_ages(viewer: User, signed_in: SignIn) -> None:
    well()
    body = signed_in(viewer).get("/ops/health").json()["backups"]
    assert body["configured"] and (body["newest_seconds"], body["archived_seconds"]) == (3600, 30)
    assert 'pagetojob_backup_age_seconds{of="drill"} 36' in signed_in(viewer).get("/ops/metrics").text


@pytest.mark.usefixtures("configured")
def test_a_failed_job_is_recorded_and_a_drill_is_audited(operator: User) -> None:
    def fail() -> Any:
        raise BackupFailed("The disk is full.")

    with pytest.raises(BackupFailed):
        services._recorded(Job.DRILL, operator, fail)
    with scope.worker():
        row = BackupJob.objects.get()
    assert (row.kind, row.error, row.started_by_id) == (Job.DRILL, "The disk is full.", operator.pk)
    with scope.operator(operator, "test"):
        line = AuditEntry.objects.get(action="ops.restore_drill")
    assert line.actor_id == operator.pk and line.changes["error"] == [None, "The disk is full."]


def test_secrets_that_are_missing_are_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BACKUP_FOLDER = "/backups"
    monkeypatch.delenv("PAGETOJOB_ADMIN_URL", raising=False)
    with pytest.raises(NotConfigured, match="BACKUP_CIPHER_KEY_FILE"):
        services.configured_repository()


@pytest.mark.parametrize("time", ["yesterday", "2099-01-01T00:00:00Z", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_or_in_the_future_is_refused(time: str) -> None:
    with pytest.raises(CommandError):
        call_command("backup", "restore", "--to", "/nowhere", "--time", time)


class Repository:
    """A repository with damage; since `whole_since`, a full backup and all changes are whole."""

    def __init__(self) -> None:
        self.damaged, self.whole_since = True, timezone.now()

    def verify(self, *, after: datetime | None = None) -> None:
        if self.damaged and (after is None or self.whole_since <= after):
            raise BackupFailed("Segments of WAL are missing: 000000010000000000000003.")


@pytest.mark.usefixtures("configured")
def test_damage_is_an_alarm_until_a_later_full_backup_is_whole(viewer: User, signed_in: SignIn) -> None:
    well()
    repository: Any = Repository()
    for _ in range(2):
        with pytest.raises(BackupFailed):
            services.verify(repository)
        assert holding() == {"backup-damaged"}
    repository.whole_since = timezone.now()
    for _ in range(2):
        services.verify(repository)
        assert holding() == set()
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "a restore to a time before" in page and "missing: 000000010000000000000003." in page
    repository.whole_since -= timedelta(days=1)
    with pytest.raises(BackupFailed):
        services.verify(repository)
    assert holding() == {"backup-damaged"}
    repository.damaged = False
    services.verify(repository)
    assert holding() == set()
    assert "a restore to a time before" not in signed_in(viewer).get("/ops/alarms/").text
