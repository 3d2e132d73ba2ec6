"""Sends one message through the channel of its recipient. Outside any transaction; no query except for a secret."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import GatewayError, RefusedError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.outbound.signed_hooks import post_signed
from pagetojob.platform.outbound.texts import provider
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient
from syncqueue.header_text import header_text

from . import secrets_of_webhooks
from .codes import bounce_address
from .content import Content
from .models import WebhookSecret

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """The call that sends a message. It needs no database, so it may run in any thread."""

    send: Callable[[], str]

    def result(self) -> str | GatewayError:
        """Send, and return the id that the server gave, or the error."""
        try:
            return self.send()
        except GatewayError as error:
            return error


def result_of(future: Future[str | GatewayError], log_fields: Mapping[str, object]) -> str | GatewayError:
    """Return the result of a message whose thread ended. An error of ours stops this message, and no other."""
    error = future.exception()
    if error is None:
        return future.result()
    log.error("notice not sent", extra={**log_fields, "error": type(error).__name__})
    return RefusedError("own-fault", "An internal error stopped it.")


def prepare(recipient: NoticeRecipient, content: Content, *, notice: UUID, message: UUID) -> Prepared:
    """Prepare a message. `message` is its id at every attempt; `notice` names the row that reports are about."""
    if recipient.channel == NoticeChannel.TEXT:
        return Prepared(
            lambda: provider().send(to=recipient.phone, body=content.short, status_url=text_report_url(notice)).sid
        )
    if recipient.channel == NoticeChannel.WEBHOOK:
        return _prepare_webhook(recipient, content, message)
    return Prepared(lambda: send_email(recipient.email, content, notice=notice, message=message))


def send_email(to: str, content: Content, *, notice: UUID, message: UUID) -> str:
    receipt = send_mail(
        message_id=message_id_for(message),
        to=to,
        subject=header_text(content.subject),
        body=content.text,
        html=content.html,
        reply_to=content.reply_to,
        bounce_to=bounce_address(notice),
    )
    return receipt.message_id


def text_report_url(notice: UUID) -> str:
    """Return the address at which the text provider reports what became of a message."""
    return settings.PUBLIC_URL + reverse("hooks:text-report", args=[notice])


def _prepare_webhook(recipient: NoticeRecipient, content: Content, message: UUID) -> Prepared:
    try:
        secret = secrets_of_webhooks.load(recipient)
    except (WebhookSecret.DoesNotExist, VaultError):
        return Prepared(_without_secret)
    body = json.dumps(content.event, ensure_ascii=False).encode()
    message_id = f"msg_{message.hex}"

    def send() -> str:
        # The time of the attempt, because receivers refuse old signatures.
        post_signed(
            recipient.url,
            secret=secret,
            message_id=message_id,
            timestamp=int(time.time()),
            body=body,
            listed=listed_origins(),
        )
        return message_id

    return Prepared(send)


def _without_secret() -> str:
    raise RefusedError("hook-secret", "The signing secret of this webhook cannot be read. Make a new one.")
