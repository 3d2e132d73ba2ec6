"""Terminal output: our messages and the lines of child processes."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Console:
    """Writes whole lines, even if a child prints in the middle of a step. Ignores a closed output."""

    def __init__(self) -> None:
        self._open_step = False

    def say(self, line: str) -> None:
        """Print one line."""
        self._write(("\n" if self._open_step else "") + line + "\n")
        self._open_step = False

    @contextmanager
    def step(self, sentence: str) -> Iterator[None]:
        """Print what is being done and, at the end, how long it took."""
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
            # The reader of our output is gone. That must not interrupt the work or the shutdown.
            return
