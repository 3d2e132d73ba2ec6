"""Each host reports its clock and its fullest disk, and the alarms name it."""

import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.ops.alarm_places import notice_of
from pagetojob.ops.alarms import BY_KEY
from pagetojob.ops.incidents import _paragraph
from pagetojob.ops.monitoring import read_health
from pagetojob.ops.tasks import run_periodic_task
from pagetojob.platform import hosts
from pagetojob.platform.runs.models import HostReport
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from tests.support.cast import SignIn

Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.fixture(autouse=True)
def host(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RECOVERY_FOLDER = str(tmp_path)
    monkeypatch.setattr("platform.node", lambda: "work-2")
    hosts.forget()


def reported() -> list[HostReport]:
    with scope.worker():
        return hosts.recent_reports()


def alarms() -> set[str]:
    with scope.worker():
        return set(read_health().holding & {"clock", "disk"})


@pytest.mark.parametrize(("minutes", "words"), [(-60, "1 hour behind"), (60, "1 hour ahead")])
def test_a_wrong_clock_raises_the_alarm_and_is_named(
    monkeypatch: pytest.MonkeyPatch, viewer: User, signed_in: SignIn, minutes: int, words: str
) -> None:
    class Clock:
        @staticmethod
        def now(tz: tzinfo) -> datetime:
            return datetime.now(tz) + timedelta(minutes=minutes, seconds=minutes)

    monkeypatch.setattr(hosts, "datetime", Clock)
    hosts.report()
    assert alarms() == {"clock"}
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "<code>work-2</code>" in page and f"its clock is {words}" in page


def test_a_disk_that_is_nearly_full_raises_the_alarm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, viewer: User, signed_in: SignIn
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(100, 0, 9 if folder == data else 50))
    hosts.report()
    assert [row.free for row in reported()] == [0.5] and alarms() == set()
    hosts.report("backups", [data, tmp_path / "missing"])
    assert [(row.host, row.folder, row.free) for row in reported()][1] == ("work-2 (backups)", str(data), 0.09)
    assert alarms() == {"disk"}
    assert f"9% free on the disk of {data}; its clock is right" in signed_in(viewer).get("/ops/alarms/").text


def test_a_message_names_the_host_and_has_the_runbook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100, 0, 3))
    hosts.report()
    with scope.worker():
        text = _paragraph(notice_of(BY_KEY["disk"]), "https://www.example.com/ops/alarms/")
    assert f"\nwork-2: 3% free on the disk of {tmp_path}\n" in text
    assert "\nCheck:\n- Hosts" in text and "df -h" in text and "\nDo:\n1. Delete what can be made again" in text
    assert "this page" not in text
    assert text.endswith("\nRunbook: https://www.example.com/ops/alarms/#disk\n")


def test_it_is_reported_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    with CaptureQueriesContext(connection) as queries:
        hosts.report()
        hosts.report()
    assert sum("runs_hostreport" in row["sql"] for row in queries) == 1
    later = time.monotonic() + 61
    monkeypatch.setattr("time.monotonic", lambda: later)
    with CaptureQueriesContext(connection) as queries:
        hosts.report()
    assert sum("runs_hostreport" in row["sql"] for row in queries) == 1


def test_a_host_that_ended_raises_no_alarm_and_is_forgotten_after_a_day() -> None:
    old = {"clock_ahead": timedelta(hours=1), "folder": "/", "free": 0.01}
    with scope.worker():
        HostReport.objects.create(host="ended", at=Now() - timedelta(minutes=6), **old)
        HostReport.objects.create(host="long-ended", at=Now() - timedelta(hours=25), **old)
    assert alarms() == set()
    hosts.report()
    with scope.worker():
        assert set(HostReport.objects.values_list("host", flat=True)) == {"ended", "work-2"}


def test_web_and_worker_hosts_report() -> None:
    assert Client().get("/readyz").status_code == 200
    assert [row.host for row in reported()] == ["work-2"]
    hosts.forget()
    with scope.worker():
        HostReport.objects.all().delete()
    run_periodic_task("syncqueue.sweep_leases")
    assert [row.host for row in reported()] == ["work-2"]


def test_without_a_folder_nothing_is_reported(settings: Any) -> None:
    settings.RECOVERY_FOLDER = ""
    hosts.report()
    assert reported() == []


def test_the_lists_of_leads_of_a_host_that_stores_no_more_leads_end(settings: Any) -> None:
    """They were counted when a lead began a new month, so those of a host without leads had no end."""
    month = datetime.now(UTC).replace(day=1)
    names = []
    for _ in range(5):
        names.append(f"leads-{month:%Y-%m}.jsonl")
        (Path(settings.RECOVERY_FOLDER) / names[-1]).write_text("{}\n")
        month = (month - timedelta(days=1)).replace(day=1)
    hosts.report()
    assert sorted(file.name for file in Path(settings.RECOVERY_FOLDER).glob("leads-*")) == sorted(names[:3])


def test_a_list_that_cannot_be_shortened_stops_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied() -> None:
        raise PermissionError

    monkeypatch.setattr(hosts, "droppers", [denied])
    hosts.report()
    assert [row.host for row in reported()] == ["work-2"]
