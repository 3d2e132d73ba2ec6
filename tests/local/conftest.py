"""Servers of these tests' own: the ones that the other tests share must not be stopped, killed or spoilt."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pagetojob.local.place import CLONE
from pagetojob.local.postgres import Postgres
from pagetojob.local.process import started

OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PAGETOJOB_INSTANCE", "PYTEST_CURRENT_TEST")


@pytest.fixture(scope="session")
def blank_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped cluster to copy: making one anew takes half a second."""
    root = tmp_path_factory.mktemp("blank") / "cluster"
    with Postgres(root, durable=False):
        pass
    return root


@pytest.fixture
def cluster(blank_cluster: Path, tmp_path: Path) -> Iterator[Postgres]:
    """A running cluster that nobody else uses."""
    shutil.copytree(blank_cluster, tmp_path / "cluster")
    with Postgres(tmp_path / "cluster", durable=False) as postgres:
        yield postgres


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """The environment of a newcomer: nothing that points at a database or a broker."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


@pytest.fixture
def supervisor(clean_environment: dict[str, str]) -> Iterator[Callable[[str], "Supervisor"]]:
    """Starts small programs that supervise something, and kills those that are left."""
    running: list[Supervisor] = []

    def start(program: str) -> Supervisor:
        running.append(Supervisor(program, clean_environment))
        return running[-1]

    yield start
    for process in running:
        process.process.kill()
        process.process.wait()


class Supervisor:
    """A Python program in a process of its own that prints one line when it is ready."""

    def __init__(self, program: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=CLONE, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.words = self.process.stdout.readline().split()


def gone_within(seconds: float, *pids: int) -> bool:
    """Whether all these processes end in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if all(started(pid) is None for pid in pids):
            return True
        time.sleep(0.05)
    return False
