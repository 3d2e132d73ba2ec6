"""Visitors who send the request form without a pause, and send it again when it fails, as people do."""

import http.client
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.posts import FORM, hidden_fields, post

#: The answer that thanks the visitor. From then on the lead must not be lost.
THANKED = 302
AT_ONCE = 4
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 20.0
ATTEMPTS = 4


@dataclass(frozen=True)
class Post:
    """An attempt to send a form. `status` is 0 if the connection broke."""

    number: int
    began: float
    seconds: float
    status: int

    @property
    def ended(self) -> float:
        return self.began + self.seconds

    @property
    def is_acknowledged(self) -> bool:
        return self.status == THANKED


class Visitors:
    """Several visitors at once, until the end of the `with` block. `acknowledge` gets each number that was thanked."""

    def __init__(self, base: str, context: ssl.SSLContext, *, acknowledge: Callable[[int], None]) -> None:
        self.base, self.context = base, context
        self.posts: list[Post] = []
        self._acknowledge = acknowledge
        self._fields: dict[str, str] = {}
        self._numbers = numbers_from(time.time())
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(AT_ONCE)]

    def __enter__(self) -> "Visitors":
        self._fields = hidden_fields(self.base, context=self.context)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def has_written_since(self, moment: float) -> bool:
        """Tell whether a form that was sent after this moment was acknowledged."""
        with self._lock:
            return any(sent.is_acknowledged and sent.began >= moment for sent in self.posts)

    def _visit(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            with self._lock:
                number = next(self._numbers)
            token = str(uuid.uuid4())
            for _ in range(ATTEMPTS):
                if self._send(number, token) or self._stop.wait(PAUSE_SECONDS):
                    break

    def _send(self, number: int, token: str) -> bool:
        parts = urlsplit(self.base + FORM)
        line = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS, context=self.context
        )
        began = time.time()
        answer = post(line, f"{parts.path}?{parts.query}", number, self._fields, token=token)
        line.close()
        sent = Post(number, began, answer.seconds, answer.status)
        with self._lock:
            self.posts.append(sent)
            if sent.is_acknowledged:
                self._acknowledge(number)
        return sent.is_acknowledged


def numbers_from(moment: float) -> Iterator[int]:
    """Yield numbers that no earlier run has used: visitors send fewer than ten forms a second."""
    number = int(moment * 10)
    while True:
        yield number
        number += 1
