"""Base class of embedded servers: one folder, one lock, one child process."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import IO, ClassVar, Self

from pagetojob.local.errors import LocalError, PortTaken, TransientServerError
from pagetojob.local.private import locked, private_folder, rotate
from pagetojob.local.process import PLAIN, Rights, end, end_recorded, free_port, record, spawn, tail


class Service(ABC):
    """Server on loopback whose life is bound to ours.

    Call `start()` on the main thread: on Linux the server ends with the thread that started it.
    """

    title: ClassVar[str]
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]]
    start_seconds: ClassVar[float] = 60.0
    port_taken_words: ClassVar[tuple[str, ...]]
    transient_words: ClassVar[tuple[str, ...]] = ()

    def __init__(self, root: Path, *, port: int | None = None) -> None:
        self.root = root.resolve()
        self.wanted_port = port
        self.log = self.root / "server.log"
        self._record = self.root / "server.json"
        self._port: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._log_start = 0
        self.rights: Rights = PLAIN

    def _settle(self) -> None:
        """Decide where and as which user the server runs. Called with the lock held."""
        self.rights = PLAIN

    @abstractmethod
    def _prepare(self) -> None:
        """Prepare the data folder. Called when no server of ours is running in it."""

    @abstractmethod
    def _argv(self, port: int) -> Sequence[str]:
        """Return the command line of the server."""

    @abstractmethod
    def _ready(self) -> bool:
        """Return whether our child, and not another process, responds."""

    @property
    @abstractmethod
    def home(self) -> Path:
        """Return the server's working folder, which helps prove that a process is ours."""

    @property
    def port(self) -> int:
        """Return the port of the running server."""
        if self._port is None:
            raise LocalError(f"{self.title} is not running: call start() first.")
        return self._port

    @property
    def pid(self) -> int | None:
        """Return the process id of the server, or None if it is not running."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def start(self) -> Self:
        """Start the server and wait until it responds."""
        if self.pid is not None:
            return self
        private_folder(self.root)
        self._lock = locked(self.root / "lock")
        if self._lock is None:
            raise LocalError(
                f"{self.title} in {self.root} already belongs to another running program. "
                "Stop that program first, or choose another folder."
            )
        try:
            rotate(self.log)
            self._settle()
            end_recorded(self._record, self.home, self.stop_steps)
            self._prepare()
            self._start_with_retries()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server, gently first, and release the folder."""
        if self._child is not None:
            end(self._child, self.stop_steps)
            self._record.unlink(missing_ok=True)
        self._child = self._port = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def restart(self) -> Self:
        """Restart the server after it ended, at the same address."""
        self.wanted_port = self._port or self.wanted_port
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_with_retries(self) -> None:
        deadline = time.monotonic() + self.start_seconds
        while True:
            port = self.wanted_port or free_port()
            try:
                self._start_once(port, deadline)
            except PortTaken:
                if self.wanted_port is not None or time.monotonic() > deadline:
                    raise
            except TransientServerError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _start_once(self, port: int, deadline: float) -> None:
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._child = spawn(
                self._argv(port),
                folder=self.home,
                output=log,
                death_signal=self.stop_steps[0][0],
                rights=self.rights,
            )
        record(self._record, [self._child.pid])
        self._port = port
        while not self._ready():
            if self._child.poll() is not None:
                self._explain_death(port, self._child.returncode)
            if time.monotonic() > deadline:
                raise LocalError(self._with_log(f"{self.title} did not answer within {self.start_seconds:.0f} s."))
            time.sleep(0.02)

    def _explain_death(self, port: int, code: int) -> None:
        output = tail(self.log, start=self._log_start, lines=200)
        if any(words in output for words in self.port_taken_words):
            raise PortTaken(f"{self.title} cannot listen on port {port}: another program uses it. Choose another port.")
        sentence = self._with_log(f"{self.title} ended immediately (exit code {code}).")
        if any(words in output for words in self.transient_words):
            raise TransientServerError(sentence)
        raise LocalError(sentence)

    def _with_log(self, sentence: str) -> str:
        output = tail(self.log, start=self._log_start)
        return (
            f"{sentence} Last lines of {self.log}:\n{output}"
            if output
            else f"{sentence} It wrote nothing to {self.log}."
        )
