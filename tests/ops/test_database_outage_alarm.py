"""`manage.py watch_alarms` notifies people of an outage of the database, without the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from pagetojob.ops.management.commands import watch_alarms
from pagetojob.platform.outbound.errors import TransientError

BEGAN = datetime(2026, 12, 1, 3, 4, 30, tzinfo=UTC)
Run = Callable[[float], int]


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(watch_alarms, "send_mail", lambda **mail: sent.append(mail))
    return sent


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, mails: list[dict[str, Any]]) -> Run:
    """Run the command so many minutes after the begin of an outage; return how many mails were sent by then."""
    settings.ALARM_ADDRESS, settings.RECOVERY_FOLDER = "oncall@pagetojob.example", str(tmp_path)

    def fail() -> int:
        raise OperationalError

    def at(minutes: float) -> int:
        monkeypatch.setattr(watch_alarms, "watch_alarms", fail)
        monkeypatch.setattr(watch_alarms, "lacks_migrations", lambda: False)
        monkeypatch.setattr("django.utils.timezone.now", lambda: BEGAN + timedelta(minutes=minutes))
        with pytest.raises(CommandError, match="not available"):
            call_command("watch_alarms")
        return len(mails)

    return at


def test_the_second_failure_in_a_row_notifies_and_then_every_ten_minutes(run: Run) -> None:
    assert [run(minute) for minute in (0, 1, 2, 10, 11, 12, 20, 21)] == [0, 1, 1, 1, 2, 2, 2, 3]


def test_a_restart_of_the_database_sends_no_mail(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(0) == 0
    monkeypatch.setattr(watch_alarms, "watch_alarms", lambda: 0)
    call_command("watch_alarms")
    assert run(5) == 0 and run(6) == 1


def test_a_mail_that_was_not_accepted_is_sent_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise TransientError("away", "The mail server cannot be reached.")

    run(0)
    with monkeypatch.context() as broken:
        broken.setattr(watch_alarms, "send_mail", refuse)
        assert run(1) == 0
    assert run(2) == 1


def test_the_mail_has_the_next_commands(run: Run, mails: list[dict[str, Any]]) -> None:
    run(0)
    run(1)
    assert mails[0]["to"] == "oncall@pagetojob.example"
    body = mails[0]["body"]
    for command in (
        "pg_lsclusters",
        "docker compose logs --tail 50 postgres",
        "docker compose ps --all postgres",
        "df -h",
    ):
        assert command in body
    # Debian's unit without a version only groups those of the servers (postgresql-common).
    assert "systemctl start postgresql@18-main" in body and "systemctl status postgresql," not in body
