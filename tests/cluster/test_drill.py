"""A drill counts nothing that it could not read, and leaves no failure behind."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy import podman
from deploy.cluster.cluster import Cluster, NotReady
from deploy.cluster.drill import Drill, hurt
from deploy.cluster.failures import FAILURES
from deploy.cluster.results import Journal, Result


class Stopped(Cluster):
    """A cluster whose database does not answer, although Patroni knows a primary."""

    def primary(self) -> str:
        return "database-1"

    def rows(self, query: str, *, database: str = "pagetojob") -> list[tuple[Any, ...]]:
        raise psycopg.OperationalError("no primary")


def test_leads_that_could_not_be_read_are_not_counted_as_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(tmp_path)
    drill = Drill(Stopped(tmp_path), journal)
    lost = drill.count_lost({1, 2})
    assert lost is None
    journal.add(Result("kills", 1.0, "a", "database-1", acknowledged=2, lost=lost))
    assert Journal(tmp_path).results()[0].lost is None
    assert drill.run({}) == 1
    shown = capsys.readouterr().out
    assert "Not compared: no primary." in shown and "not counted" in shown


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which programs write how they were called. Those that hurt a machine fail."""
    file = tmp_path / "calls"
    for name, last in (("podman", '[ "$1" != kill ] && [ "$1" != pause ]'), ("nsenter", "true")):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {file}\n{last}\n')
        program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setitem(podman.ENVIRONMENT, "PATH", path)
    return file


@pytest.mark.parametrize(
    ("kind", "number", "problem", "repair"),
    [
        ("kills", 3, psycopg.OperationalError, "nft delete table inet partition"),
        ("kills", 0, podman.PodmanError, "podman start ptj-cluster-database-1"),
        ("pauses", 0, NotReady, "podman unpause ptj-cluster-database-1"),
    ],
)
def test_a_failure_that_is_interrupted_while_it_begins_is_repaired(
    *, tmp_path: Path, calls: Path, kind: str, number: int, problem: type[Exception], repair: str
) -> None:
    with pytest.raises(problem), ExitStack() as repairs:
        hurt(FAILURES[kind], Stopped(tmp_path), number, repairs)
    assert repair in calls.read_text()


def test_a_call_of_podman_that_hangs_fails(calls: Path) -> None:
    (calls.parent / "podman").write_text("#!/bin/sh\nexec sleep 30\n")
    with pytest.raises(podman.PodmanError, match=r"podman inspect x did not end within 0\.2 s"):
        podman.podman("inspect", "x", timeout=0.2)
