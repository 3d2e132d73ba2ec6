"""A child process is ended by the clock too, not only by its use of the processor."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pagetojob.platform import limited_process
from pagetojob.platform.limited_process import (
    _START,
    ROOT,
    Allowance,
    ChildFailed,
    Slots,
    TooManyChildren,
    run_limited,
)


def test_a_child_that_waits_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the place of the interpreter sleeps, and would succeed afterwards."""
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 5\n")
    sleeper.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer, pytest.raises(ChildFailed):
        run_limited("any.module", None, source=source, answer=answer, allowance=Allowance(seconds=1))


def test_the_child_starts_with_its_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec nice\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(limited_process, "_START", _START)  # other tests have children of the usual priority
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        run_limited("any.module", None, source=source, answer=answer, allowance=Allowance(niceness=19))
        assert answer.read() == b"19\n"


_HOLD = """
import sys
from pagetojob.platform.limited_process import Slots
with Slots(running=1, waiting=0, wait_seconds=5, lock=sys.argv[1]).taken():
    print("taken", flush=True)
    sys.stdin.read()
"""


def test_processes_of_a_machine_share_a_child_and_a_dead_process_gives_it_back(tmp_path: Path) -> None:
    name = str(tmp_path / "import")
    slots = Slots(running=1, waiting=0, wait_seconds=0.05, lock=name)
    command = [sys.executable, "-c", _HOLD, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout and other.stdout.readline() == b"taken\n"
        with pytest.raises(TooManyChildren), slots.taken():
            pass
        other.kill()
        other.wait()
    with slots.taken():
        pass


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "mine").write_text("kept")
    (tmp_path / f"import-{os.getuid()}.lock").symlink_to(tmp_path / "mine")
    slots = Slots(running=1, waiting=0, wait_seconds=0, lock="import")
    with pytest.raises(OSError, match="symbolic links"), slots.taken():
        pass
    assert (tmp_path / "mine").read_text() == "kept"
