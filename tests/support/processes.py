"""Real processes of ours for flows: the dispatcher and Celery workers, on this process's database."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.db import connection

from pagetojob.platform.tenants.models import Tenant
from syncqueue.services import site

from .services import ROOT

COMMANDS = {
    "dispatcher": ["manage.py", "dispatch"],
    "deliver": ["-m", "celery", "-A", "pagetojob", "worker", "-Q", "deliver", "-c", "1", "-n", "deliver@%h"],
    "work": ["-m", "celery", "-A", "pagetojob", "worker", "-Q", "work", "-c", "1", "-n", "work@%h"],
    "heavy": ["-m", "celery", "-A", "pagetojob", "worker", "-Q", "heavy", "-c", "1", "-n", "heavy@%h"],
}
QUIET = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]


class Processes:
    """Starts, kills and stops our processes; what they print goes to a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.email_url = f"file://{quote(str(folder))}/mail"
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names:
            command = [sys.executable, *COMMANDS[name], *(QUIET if "celery" in COMMANDS[name] else [])]
            environment = os.environ | {"EMAIL_URL": self.email_url}
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, name: str) -> None:
        """As the out-of-memory killer does: the whole group at once, without a word."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)


@pytest.fixture
def processes(tmp_path: Path) -> Generator[Processes]:
    ours = Processes(tmp_path)
    yield ours
    ours.stop()


def eventually(check: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for other processes until `check` holds; fail with the last state otherwise."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


@pytest.fixture
def database_away(tenant: Tenant, settings: Any, tmp_path: Path) -> Generator[Callable[[], None]]:
    """Cut every session and let nobody in, as a stopped server does; the returned call lets people in again."""
    settings.SITE_FACTS_FOLDER = str(tmp_path / "site-facts")
    name = urlsplit(os.environ["DATABASE_URL"]).path.strip("/")

    def allow(*, yes: bool) -> None:
        url = os.environ["PTJ_TEST_ADMIN_URL"].replace(name, "postgres")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}")
            if not yes:
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    site.forget()
    yield lambda: allow(yes=False)
    allow(yes=True)
    connection.close()
