"""A version that is newer than its database: forms and sending continue, and operations name the missing migration."""

import os
from collections.abc import Generator
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from pagetojob.dispatcher import Dispatcher
from pagetojob.ops.management.commands import watch_alarms
from pagetojob.platform import hosts
from pagetojob.platform.tenants.models import User
from tests.support.cast import SignIn

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "a-token-of-the-monitor-with-more-than-32-characters"
SENTENCE = "The database lacks migrations of this version: run manage.py migrate."


@pytest.fixture(autouse=True)
def lacking(settings: Any, tmp_path: Any) -> Generator[None]:
    """A database without the newest table of `runs`, which every reading of the alarms uses."""
    settings.RECOVERY_FOLDER, settings.OPS_HEALTH_TOKEN = str(tmp_path), TOKEN
    hosts.forget()
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("ALTER TABLE runs_hostreport RENAME TO runs_hostreport_later")
        row = owner.execute(
            "DELETE FROM django_migrations WHERE app = 'runs' AND name = '0005_host_report'"
            " RETURNING app, name, applied"
        ).fetchone()
    assert row is not None
    yield
    hosts.forget()
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("ALTER TABLE runs_hostreport_later RENAME TO runs_hostreport")
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)


def test_workers_are_still_woken() -> None:
    wake_ups: list[tuple[str, ...]] = []
    Dispatcher(lambda *names: wake_ups.append(names)).tick()
    assert any(names[0] == "ops.run_periodic_task" for names in wake_ups)


@pytest.mark.parametrize("path", ["/ops/health", "/ops/metrics"])
def test_the_monitor_reads_what_is_missing(path: str) -> None:
    answer = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get(path)
    assert answer.status_code == 503 and SENTENCE in answer.text


def test_the_page_of_alarms_gives_the_command(signed_in: SignIn, viewer: User) -> None:
    client = signed_in(viewer)
    client.raise_request_exception = False
    answer = client.get("/ops/alarms/")
    assert answer.status_code == 503
    assert "The database lacks migrations" in answer.text and "manage.py migrate" in answer.text


def test_the_timer_writes_what_to_do(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mails: list[dict[str, str]] = []
    settings.ALARM_ADDRESS = "oncall@pagetojob.example"
    monkeypatch.setattr(watch_alarms, "FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(watch_alarms, "send_mail", lambda **mail: mails.append(mail))
    with pytest.raises(CommandError, match="lacks migrations"):
        call_command("watch_alarms")
    assert [mail["subject"] for mail in mails] == ["PageToJob alarm: the database lacks migrations"]
    assert "manage.py migrate" in mails[0]["body"] and "does not respond" not in mails[0]["body"]
