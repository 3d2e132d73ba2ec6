"""Processes forked from a supervisor that has loaded the product."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from manage import settings_for_files
from pagetojob.local.place import CLONE
from tests.local.conftest import Supervisor, gone_within
from tests.support.processes import eventually

LOADING = """
import gc, json, os, sys
from pagetojob.local import preload

def state():
    return [os.listdir("/proc/self/task"), os.listdir("/proc/self/fd"), dict(os.environ)]

before = state()
preload.load(os.environ | json.loads(sys.argv[1]))
loaded = [name for name in sys.argv[2:] if name in sys.modules]
print(json.dumps({"unchanged": state() == before, "loaded": loaded, "frozen": gc.get_freeze_count()}))
"""

#: A supervisor with input, a lock, a variable and a handler that no forked process may have.
FORKING = """
import os, signal, sys
from pathlib import Path
from pagetojob.local.preload import fork

folder = Path({folder!r})
sys.path.insert(0, str(folder))
reader, writer = os.pipe()
os.write(writer, b"input")
os.dup2(reader, 0)
os.environ["OF_SUPERVISOR"] = "yes"
signal.signal(signal.SIGTERM, lambda *_: None)
lock = (folder / "lock").open("w")
output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
env = {{"OF_CHILD": "yes"}}
forked = fork("a-name", ("forked", "word"), folder=folder, output=output, death_signal=signal.SIGQUIT, env=env)
print(forked.pid, flush=True)
print(forked.wait(), flush=True)
"""

SHOW_STATE = """
import json, os, signal, sys
from pathlib import Path

print(json.dumps({
    "program": __name__,
    "words": sys.argv[1:],
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "name": Path("/proc/self/comm").read_text(),
    "own session": os.getsid(0) == os.getpid(),
    "input": sys.stdin.read(),
    "files": len(os.listdir("/proc/self/fd")),
    "blocked signals": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
}))
signal.pause()
"""


class Forking(Supervisor):
    """A supervisor that forks the module `forked` of a folder; it prints the pid and, at the end, the exit code."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        buffered = {name: value for name, value in environment.items() if name != "PYTHONUNBUFFERED"}
        super().__init__(FORKING.format(folder=str(folder)), buffered)
        self.pid = int(self.words[0])
        self._output = folder / "output"

    def output(self) -> str:
        return self._output.read_text()

    def exit_code(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


type ForkModule = Callable[[str], Forking]


@pytest.fixture
def fork_module(tmp_path: Path, clean_environment: dict[str, str]) -> Iterator[ForkModule]:
    """Starts a supervisor that forks this module, and kills it."""
    running: list[Forking] = []

    def start(module: str) -> Forking:
        (tmp_path / "forked.py").write_text(module)
        running.append(Forking(tmp_path, clean_environment))
        return running[-1]

    yield start
    for supervisor in running:
        supervisor.process.kill()
        supervisor.process.wait()


def test_loading_leaves_nothing_that_a_fork_must_not_inherit() -> None:
    """Forked processes cannot share a connection or a thread, and two workers not the memory of `syncqueue.tasks`."""
    needed = {"DJANGO_SETTINGS_MODULE": "pagetojob.settings", **settings_for_files()}
    modules = ("syncqueue.models", "attribution.models", "redis", "billiard.pool", "syncqueue.tasks")
    command = [sys.executable, "-c", LOADING, json.dumps(needed), *modules]
    result = subprocess.run(command, cwd=CLONE, stdout=subprocess.PIPE, check=True)
    state = json.loads(result.stdout)
    assert state["unchanged"]
    assert state["loaded"] == list(modules[:-1])
    assert state["frozen"] > 100_000


def test_a_forked_process_has_nothing_of_the_supervisor(fork_module: ForkModule, tmp_path: Path) -> None:
    supervisor = fork_module(SHOW_STATE)
    # Before the process ends, which would write what is buffered.
    eventually(lambda: supervisor.output().endswith("\n"))
    assert json.loads(supervisor.output()) == {
        "program": "__main__",
        "words": ["word"],
        "environment": {"OF_CHILD": "yes"},
        "folder": str(tmp_path),
        "name": "a-name\n",
        "own session": True,
        "input": "",
        "files": 4,  # with the one that lists them
        "blocked signals": 0,
    }
    os.kill(supervisor.pid, signal.SIGTERM)
    assert supervisor.exit_code() == -signal.SIGTERM


@pytest.mark.parametrize(
    ("end", "code", "last_line"),
    [
        ("", 0, "at exit"),
        ("sys.exit(3)", 3, "at exit"),
        ("sys.exit('a reason')", 1, "a reason\nat exit"),
        ("raise ValueError('broken')", 1, "ValueError: broken\nat exit"),
    ],
)
def test_a_forked_process_ends_as_a_program_does(fork_module: ForkModule, end: str, code: int, last_line: str) -> None:
    supervisor = fork_module(f"import atexit, sys\natexit.register(print, 'at exit')\n{end}\n")
    assert supervisor.exit_code() == code
    assert supervisor.output().endswith(f"{last_line}\n")


def test_a_forked_process_ends_with_a_killed_supervisor(fork_module: ForkModule) -> None:
    supervisor = fork_module("import signal\nprint('ready')\nsignal.pause()\n")
    eventually(lambda: supervisor.output() == "ready\n")
    supervisor.process.kill()
    assert gone_within(5, supervisor.pid)
