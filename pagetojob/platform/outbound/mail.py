"""Outbound email, delivered at least once. The Message-ID is the same for every attempt."""

import os
import re
import smtplib
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailAlternative, EmailMessage, EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend

from .errors import RefusedError, TransientError, UnclearError

#: Start of the error code of an address that accepts no message.
DEAD_ADDRESS = "mail-address"
#: The subject of an enhanced status code, such as 7 (policy) in `5.7.1`.
_STATUS = re.compile(rb"5\.(\d{1,3})\.\d{1,3}\b")


@dataclass(frozen=True)
class Receipt:
    """Proof of sending: the stable Message-ID of the email."""

    message_id: str


def message_id_for(public_id: object) -> str:
    """Return the Message-ID for the notification of one outbox item."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{public_id}@{domain}>"


def send_mail(
    *, message_id: str, to: str, subject: str, body: str, html: str = "", reply_to: str = "", bounce_to: str = ""
) -> Receipt:
    """Send one message to the mail server, with an HTML alternative if there is one.

    `bounce_to` is the envelope sender, to which servers return what they cannot deliver.

    Raises TransientError if it was not sent, RefusedError if the server rejects the recipient or the message, and
    UnclearError if the connection was lost after the message had been transmitted.
    """
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    if bounce_to:
        headers["From"] = settings.DEFAULT_FROM_EMAIL
    message = EmailMultiAlternatives(
        subject=subject,
        body=body,
        from_email=bounce_to or None,
        to=[to],
        reply_to=[reply_to] if reply_to else None,
        headers=headers,
        alternatives=[EmailAlternative(html, "text/html")] if html else None,
    )
    mailer = mailers.default
    deadline = threading.Timer(settings.MAIL_DEADLINE_SECONDS, _hang_up, [mailer])
    deadline.start()
    try:
        _open(mailer)
        _transmit(mailer, message)
    finally:
        deadline.cancel()
        with suppress(OSError, smtplib.SMTPException):
            mailer.close()
    return Receipt(message_id)


def _open(mailer: Any) -> None:
    """Connect and log in. Failures are transient: once someone fixes the server or the login, a retry succeeds."""
    try:
        mailer.open()
    except (OSError, smtplib.SMTPException) as error:
        raise TransientError(
            "mail-unreachable", "The mail server could not be reached or rejected the login."
        ) from error


def _transmit(mailer: Any, message: EmailMessage) -> None:
    try:
        accepted = mailer.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = min(error.recipients.values(), default=(550, b""))
        if is_dead_address(code, words):
            raise RefusedError(f"{DEAD_ADDRESS}-{code}", "The mail server rejected the recipient.") from error
        raise _by_code(code, "The mail server rejected the recipient.") from error
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code, "The mail server rejected the message.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise UnclearError(
            "mail-cut", "The connection to the mail server was lost before it confirmed the message."
        ) from error
    if accepted != 1:
        raise RefusedError("mail-nobody", "There is no recipient address.")


def is_dead_address(code: int, words: bytes) -> bool:
    """Return whether a refusal concerns the address itself: not our message, our server or its policy (RFC 3463)."""
    status = _STATUS.match(words)
    return code in (550, 551, 553) and (status is None or status[1] in (b"1", b"2"))


def _hang_up(mailer: Any) -> None:
    """Close the connection. Timeouts apply per response, so a slow server could outlast the lease of the item."""
    with suppress(OSError, AttributeError):
        mailer.connection.sock.shutdown(socket.SHUT_RDWR)


def _by_code(code: int, sentence: str) -> TransientError | RefusedError:
    if 400 <= code < 500:
        return TransientError(f"mail-{code}", f"{sentence} It asked to try again later.")
    return RefusedError(f"mail-{code}", sentence)


class NoBackend(BaseEmailBackend):
    """Email backend of a service that sends no mail: EMAIL_URL is `none`."""

    def open(self) -> bool:
        raise ImproperlyConfigured("EMAIL_URL is none: this service sends no mail.")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return int(self.open())


class FolderBackend(BaseEmailBackend):
    """Email backend that writes each message to `folder` as <Message-ID>.eml, so a second attempt overwrites it."""

    def __init__(self, *, folder: str, alias: str | None = None, **kwargs: Any) -> None:
        super().__init__(alias=alias, **kwargs)
        self.folder = Path(folder)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for message in email_messages:
                self._write(message)
        except OSError as error:
            raise TransientError("mail-folder", "The mail folder is not writable.") from error
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        mime = message.message()
        name = "".join(c for c in str(mime["Message-ID"]) if c.isalnum() or c in "-.@_")
        handle, partial = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(mime.as_bytes())
        Path(partial).replace(self.folder / f"{name}.eml")


def delete_old_files(days: int) -> int:
    """Delete the mail files that are older than so many days, if mail is written to a folder; return how many.

    A partial file is of a process that was killed.
    """
    options = settings.MAILERS["default"].get("OPTIONS", {})
    oldest, deleted = time.time() - days * 24 * 3600, 0
    folder = Path(options["folder"]) if "folder" in options else None
    for file in (*folder.glob("*.eml"), *folder.glob("*.part")) if folder else ():
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < oldest:
                file.unlink()
                deleted += 1
    return deleted
