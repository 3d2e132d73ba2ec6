"""A real SMTP server on loopback, as slow or as cut off as a test needs."""

import asyncio
import threading
from collections.abc import Generator
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pagetojob.local.process import free_port


class Mailbox:
    """Remembers the Message-ID of every message it confirmed; answers `delay` seconds late."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.answer = "250 taken"
        self.recipient_answer = "250 known"
        self.received: list[str] = []
        self.bodies: list[str] = []
        self._lock = threading.Lock()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        assert isinstance(content, bytes)
        await asyncio.sleep(self.delay)
        if self.answer.startswith("2"):
            with self._lock:
                self.received.append(str(message_from_bytes(content)["Message-ID"]))
                self.bodies.append(content.decode())
        return self.answer


class MailServer:
    """A mailbox behind a port that can be shut and opened again."""

    def __init__(self) -> None:
        self.box = Mailbox()
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._controller: Controller | None = None

    def open(self) -> None:
        self._controller = Controller(self.box, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def shut(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None


@pytest.fixture
def mail_server() -> Generator[MailServer]:
    server = MailServer()
    server.open()
    yield server
    server.shut()
