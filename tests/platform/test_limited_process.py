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
