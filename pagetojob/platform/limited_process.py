"""Run a module of ours in a child process, with limits on memory, time and output. Pure.

A parser of untrusted bytes that is led to allocate gigabytes, to loop or to crash takes only that process along. The
child gets no environment of ours, so it holds no secret. It must answer with data that cannot make the parent run
anything, such as JSON.
"""

import fcntl
import os
import pickle
import resource
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
#: Sets the priority before the child imports its modules, which takes longer than reading most files. Where Linux
#: groups processes by session, it compares sessions first, so the child has a session whose priority is as low.
_START = ("/bin/sh", "-c", '{ echo "$0" >/proc/self/autogroup; } 2>/dev/null; exec nice -n "$0" "$@"')

LOCK_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Allowance:
    """Limits of the child: bytes of memory above an idle interpreter, seconds, and bytes of its answer.

    `niceness`: above 0, the web processes come first when the processors are busy.
    """

    memory: int = 256 * 1024**2
    seconds: int = 10
    output: int = 512 * 1024**2
    niceness: int = 0


class ChildFailed(Exception):
    """Raised when the child exceeds its allowance or fails for another reason."""


class TooManyChildren(ChildFailed):
    """Raised when other requests use all slots."""


class Slots:
    """Bound the children of this process, and the threads that wait for one, so that both are left for other pages.

    With `lock`, the name of a file in the temporary folder, all web processes of a machine share one running child.
    """

    def __init__(self, *, running: int, waiting: int, wait_seconds: float, lock: str = "") -> None:
        self._running = threading.BoundedSemaphore(running)
        self._threads = threading.BoundedSemaphore(running + waiting)
        self._wait_seconds = wait_seconds
        self._lock = lock

    @contextmanager
    def taken(self) -> Generator[None]:
        """Hold a slot. Raises TooManyChildren at once if too many threads wait, or after the waiting time."""
        until = time.monotonic() + self._wait_seconds
        if not self._threads.acquire(blocking=False):
            raise TooManyChildren
        try:
            if not self._running.acquire(timeout=self._wait_seconds):
                raise TooManyChildren
            try:
                with _locked(self._lock, until) if self._lock else nullcontext():
                    yield
            finally:
                self._running.release()
        finally:
            self._threads.release()


@contextmanager
def _locked(name: str, until: float) -> Generator[None]:
    """Hold a lock that the kernel releases when this process dies. Raises TooManyChildren after `until`."""
    path = Path(tempfile.gettempdir()) / f"{name}-{os.getuid()}.lock"
    # In a folder that others write to, a link must not lead us to another file.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TooManyChildren from None
                time.sleep(LOCK_POLL_SECONDS)
        yield


def run_limited(module: str, order: object, *, source: IO[bytes], answer: IO[bytes], allowance: Allowance) -> None:
    """Run `module` with `source` as its standard input, and its output in `answer`. Both are real files.

    The module gets `order` from `read_order`. Raises ChildFailed.
    """
    with tempfile.TemporaryFile() as ordered:
        pickle.dump((allowance, order), ordered)
        ordered.seek(0)
        source.seek(0)
        with subprocess.Popen(  # noqa: S603 - our own module, and numbers
            [*_START, str(allowance.niceness), sys.executable, "-m", module, str(ordered.fileno())],
            start_new_session=True,
            stdin=source,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            pass_fds=[ordered.fileno()],
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        ) as child:
            try:
                _wait_for_end(child.pid, allowance.seconds)
            finally:
                child.kill()  # does nothing to a child that has ended
    if child.returncode:
        raise ChildFailed
    answer.seek(0)


def _wait_for_end(pid: int, seconds: float) -> None:
    """Return when the process has ended, or after these seconds.

    `Popen.wait` with a timeout sleeps up to 50 ms between two checks, half as long as most children take.
    """
    process = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(process, select.POLLIN)
        poll.poll(seconds * 1000)
    finally:
        os.close(process)


def read_order() -> Any:
    """Return the parent's order and apply the limits. Call it in the child, before anything reads the input."""
    with os.fdopen(int(sys.argv[1]), "rb") as ordered:
        allowance, order = pickle.load(ordered)  # noqa: S301 - written by the parent
    _limit(allowance)
    return order


def _limit(allowance: Allowance) -> None:
    idle = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for limit, most in (
        (resource.RLIMIT_AS, idle + allowance.memory),
        (resource.RLIMIT_CPU, allowance.seconds),
        (resource.RLIMIT_FSIZE, allowance.output),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
