"""Child processes of a running instance: start, log, restart and stop them."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import FileIO

from pagetojob.local.console import Console
from pagetojob.local.place import CLONE, Place
from pagetojob.local.preload import Forked, fork
from pagetojob.local.private import rotate
from pagetojob.local.process import record, spawn

FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 1.0, 10.0, 20.0
WARM_SECONDS, COLD_SECONDS = 15.0, 3.0
#: Sent if the supervisor is killed. The database ends with it, so no task can finish: SIGTERM would make a worker wait
#: for its task.
DEATH_SIGNAL = signal.SIGQUIT

type Process = subprocess.Popen[bytes] | Forked


@dataclass
class Child:
    """A supervised process."""

    name: str
    start: Callable[..., Process]
    process: Process | None = None
    output: FileIO | None = None
    half_line: bytes = b""
    began: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0


class Children:
    """All child processes of an instance. Used only by the thread that started them."""

    def __init__(self, place: Place, environment: Mapping[str, str], console: Console) -> None:
        self.place = place
        self.environment = environment
        self.console = console
        self.children: list[Child] = []
        self.selector = selectors.DefaultSelector()
        self._stopping = False

    def add(self, name: str, *argv: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a child, and restart it whenever it ends. `environment` replaces ours, which contains every secret."""
        env = self.environment if environment is None else environment
        self._add(name, partial(spawn, argv, folder=CLONE, death_signal=DEATH_SIGNAL, env=env))

    def add_forked(self, name: str, *argv: str) -> None:
        """Like `add`, for `python -m` with `argv` in a process that shares the modules of `preload.load`."""
        env = self.environment
        self._add(name, partial(fork, name, argv, folder=CLONE, death_signal=DEATH_SIGNAL, env=env))

    def pids(self) -> dict[str, int]:
        """Return the process ids of running children."""
        return {child.name: child.process.pid for child in self.children if child.process is not None}

    def turn(self, seconds: float) -> None:
        """Forward output for up to `seconds`, then restart children that ended."""
        for key, _ in self.selector.select(seconds):
            if isinstance(key.data, Child):
                self._forward_output(key.data)
            else:
                os.read(key.fd, 4096)
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and _has_ended(child.process):
                self._handle_exit(child)
            elif child.process is None and now >= child.due and not self._stopping:
                self._start(child)

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Stop all children: ask, then insist, then kill. `hurry` returns true to shorten the wait."""
        self._stopping = True
        for number, seconds in (
            (signal.SIGTERM, WARM_SECONDS),
            (signal.SIGQUIT, COLD_SECONDS),
            (signal.SIGKILL, 5.0),
        ):
            for child in self.children:
                if child.process is not None:
                    # Popen.send_signal would release the pid of a process that has ended, and `_has_ended` reads it.
                    os.kill(child.process.pid, number)
            deadline = time.monotonic() + seconds
            while any(child.process for child in self.children) and time.monotonic() < deadline:
                if hurry():
                    deadline = min(deadline, time.monotonic() + 1.0)
                self.turn(0.05)
        self.selector.close()
        self.place.children_file.unlink(missing_ok=True)

    def _add(self, name: str, start: Callable[..., Process]) -> None:
        child = Child(name, start)
        self.children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        reader, writer = os.pipe()
        try:
            child.process = child.start(output=writer)
        finally:
            os.close(writer)
        os.set_blocking(reader, False)
        child.output = FileIO(reader)
        child.began = time.monotonic()
        self.selector.register(child.output, selectors.EVENT_READ, child)
        # Without the record, the next start finds the processes only if this one ended them.
        with suppress(OSError):
            record(self.place.children_file, self.pids().values())

    def _handle_exit(self, child: Child) -> None:
        """Read the remaining output, kill the rest of the process group, and schedule the restart."""
        assert child.process is not None
        if child.output is not None:
            self._forward_output(child)
        # Before the pid is released: until then no other process group can have this number.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        code = child.process.wait()
        self._close(child)
        child.process = None
        if self._stopping:
            return
        if time.monotonic() - child.began > STEADY_SECONDS:
            child.pause = FIRST_PAUSE
        self.console.say(f"{child.name} ended ({_how(code)}); restarting in {child.pause:.0f} s.")
        child.due = time.monotonic() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _forward_output(self, child: Child) -> None:
        assert child.output is not None
        while True:
            piece = child.output.read(65536)
            if piece is None:
                return
            if not piece:
                self._close(child)
                return
            *lines, child.half_line = (child.half_line + piece).split(b"\n")
            self._write(child, lines)

    def _close(self, child: Child) -> None:
        if child.output is None:
            return
        if child.half_line:
            self._write(child, [child.half_line])
            child.half_line = b""
        self.selector.unregister(child.output)
        child.output.close()
        child.output = None

    def _write(self, child: Child, lines: Sequence[bytes]) -> None:
        # The console shows the lines when the disk is full, and the website must go on to show the phone number.
        with suppress(OSError):
            file = self.place.folder("logs") / f"{child.name}.log"
            rotate(file)
            with file.open("ab") as log:
                log.writelines(line + b"\n" for line in lines)
        for line in lines:
            self.console.say(f"{child.name:>14} | {line.decode('utf-8', errors='replace')}")


def _has_ended(process: Process) -> bool:
    """Return whether a process has ended, without releasing its pid yet."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
