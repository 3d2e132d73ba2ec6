"""bootstrap.sh: which Python it takes, and what it makes of .venv."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pagetojob.local.place import CLONE

BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
TOOLS = ("sh", "dirname", "cat", "cksum", "tr", "sed", "mkdir", "rm", "sleep")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


class Machine:
    """A machine of our making: a PATH with the plain tools, a home, and the Pythons that a test puts there."""

    def __init__(self, root: Path) -> None:
        self.clone = root / "a clone of mine"
        self.bin = root / "bin of mine"
        self.home = root / "home"
        script = self.clone / "pagetojob" / "local" / "bootstrap.sh"
        for folder in (script.parent, self.clone / "requirements", self.bin, self.home):
            folder.mkdir(parents=True)
        shutil.copy(CLONE / "pagetojob" / "local" / "bootstrap.sh", script)
        for name in ("local", "dev"):
            (self.clone / "requirements" / f"{name}.txt").write_text(f"# {name}: nothing to install\n")
        for tool in TOOLS:
            path = shutil.which(tool)
            assert path, tool
            (self.bin / tool).symlink_to(path)

    def python(self, name: str, version: str, *, folder: Path | None = None, can_make_venv: bool = True) -> Path:
        """A Python that believes to be of this version."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        numbers = ", ".join(version.split("."))
        script = f"import sys; sys.version_info = ({numbers}, 'final', 0); sys._base_executable = '{path}'"
        hide = "" if can_make_venv else "; sys.modules['ensurepip'] = None"
        path.write_text(f'#!/bin/sh\nshift\nexec {BASE_PYTHON} -c "{script}{hide}\n$1"\n')
        path.chmod(0o755)
        return path

    def run(self, what: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Call bootstrap.sh on this machine."""
        return subprocess.run(
            ["sh", str(self.clone / "pagetojob" / "local" / "bootstrap.sh"), what],
            env={"PATH": str(self.bin), "HOME": str(self.home), "PAGETOJOB_PYTHON_FOLDERS": ""} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_old_python3_does_not_hide_a_newer_python(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    newer = machine.python("python3.13", "3.13.1")
    assert machine.run("python").stdout.strip() == str(newer)


@pytest.mark.parametrize(
    ("version", "fits"), [("3.12.9", False), ("3.13.0", True), ("3.14.2", True), ("3.15.0", False)]
)
def test_only_versions_we_can_run_on_are_taken(machine: Machine, version: str, fits: bool) -> None:
    python = machine.python("python3", version)
    done = machine.run("python")
    assert (done.returncode, done.stdout.strip()) == ((0, str(python)) if fits else (1, ""))


def test_a_shim_that_exists_but_fails_is_passed_over_for_pyenvs_own(machine: Machine) -> None:
    (machine.bin / "python3.13").write_text("#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
    (machine.bin / "python3.13").chmod(0o755)
    machine.python("python3", "3.11.2")
    real = machine.python("python", "3.13.4", folder=machine.home / ".pyenv" / "versions" / "3.13.4" / "bin")
    assert machine.run("python").stdout.strip() == str(real)


def test_usual_folders_outside_the_path_are_searched(machine: Machine, tmp_path: Path) -> None:
    elsewhere = machine.python("python3", "3.14.0", folder=tmp_path / "opt")
    assert machine.run("python", PAGETOJOB_PYTHON_FOLDERS=str(tmp_path / "opt")).stdout.strip() == str(elsewhere)


def test_without_a_suitable_python_the_message_lists_candidates_and_the_remedy(machine: Machine) -> None:
    old = machine.python("python3", "3.11.2")
    done = machine.run("local")
    assert done.returncode == 1
    assert f"{old} (3.11.2)" in done.stderr
    assert "needs Python 3.13 or 3.14" in done.stderr and "make run PYTHON=" in done.stderr
    assert not (machine.clone / ".venv").exists()


def test_a_python_that_cannot_make_environments_is_named_with_its_package(machine: Machine) -> None:
    machine.python("python3.13", "3.13.5", can_make_venv=False)
    done = machine.run("local")
    assert done.returncode == 1
    assert "ensurepip is missing" in done.stderr and "python3.13-venv" in done.stderr


def test_a_python_that_can_make_environments_is_preferred(machine: Machine) -> None:
    machine.python("python3.13", "3.13.5", can_make_venv=False)
    good = machine.python("python3.14", "3.14.0")
    done = machine.run("local")
    assert f"({good})" in done.stdout


def test_a_named_python_is_the_only_candidate(machine: Machine) -> None:
    machine.python("python3.13", "3.13.5")
    done = machine.run("python", PYTHON="/not/there/python3")
    assert done.returncode == 1 and "/not/there/python3 (is not there)" in done.stderr


@pytest.mark.nightly
def test_the_environment_is_made_once_and_made_again_when_it_must_be(machine: Machine) -> None:
    (machine.bin / f"python{VERSION}").symlink_to(BASE_PYTHON)
    venv = machine.clone / ".venv"
    assert "Making .venv" in machine.run("local").stdout
    assert (venv / "bin" / "python").exists()

    began = time.monotonic()
    second = machine.run("local")
    assert (second.returncode, second.stdout) == (0, "") and time.monotonic() - began < 2

    assert "requirements/dev.txt" in machine.run("dev").stdout
    assert machine.run("local").stdout == "", "a dev environment serves `make run` too"
    (machine.clone / "requirements" / "dev.txt").write_text("# another lock\n")
    assert "requirements/dev.txt" in machine.run("local").stdout, "and is never turned back into a local one"

    (venv / ".pagetojob-stamp").unlink()
    again = machine.run("dev").stdout
    assert "Installing" in again and "Making" not in again, "what was interrupted is finished"

    moved = machine.clone.with_name("moved")
    machine.clone.rename(moved)
    machine.clone = moved
    assert "Making .venv" in machine.run("dev").stdout, "scripts in it hold the old path"

    (moved / ".venv" / "bin" / "python").unlink()
    assert "Making .venv" in machine.run("dev").stdout, "its Python is gone"
    assert not (moved / ".venv.lock").exists()


@pytest.mark.nightly
def test_a_lock_that_is_not_hashed_is_refused_and_tried_again_next_time(machine: Machine) -> None:
    (machine.bin / f"python{VERSION}").symlink_to(BASE_PYTHON)
    lock = machine.clone / "requirements" / "local.txt"
    lock.write_text("not-hashed==1.0\n")
    assert machine.run("local").returncode != 0
    lock.write_text("# nothing\n")
    assert machine.run("local").returncode == 0
    assert (machine.clone / ".venv" / ".pagetojob-stamp").exists()
