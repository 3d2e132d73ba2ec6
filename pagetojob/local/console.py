"""What the person at the terminal sees: our sentences and the lines of the children."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Console:
    """Writes whole lines, also when a child speaks in the middle of a step; never fails when nobody reads."""

    def __init__(self) -> None:
        self._open_step = False

    def say(self, line: str) -> None:
        """One line."""
        self._write(("\n" if self._open_step else "") + line + "\n")
        self._open_step = False

    @contextmanager
    def step(self, sentence: str) -> Iterator[None]:
        """Say what is being done and, when it is done, how long it took."""
        self._write(f"{sentence} ... ")
        self._open_step = True
        began = time.monotonic()
        yield
        took = f"{time.monotonic() - began:.1f} s"
        self._write(f"{took}\n" if self._open_step else f"{sentence}: {took}\n")
        self._open_step = False

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            # Whoever read our output has gone; that must stop neither the work nor the stopping.
            return
