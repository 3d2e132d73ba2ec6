"""A child process is ended by the clock too, not only by its use of the processor."""

import sys
import tempfile
from pathlib import Path

import pytest

from pagetojob.platform.limited_process import Allowance, ChildFailed, run_limited


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
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        run_limited("any.module", None, source=source, answer=answer, allowance=Allowance(niceness=19))
        assert answer.read() == b"19\n"
