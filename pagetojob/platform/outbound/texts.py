"""Text messages, delivered at least once, through a provider.

The provider is Twilio, or in demos and tests a simulator with the same API (TEXT_SIMULATOR_URL). It has no
deduplication, so a message whose outcome is unclear is sent again and may arrive twice.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings

from .addresses import Origin, read_origin
from .errors import AuthorizationError, RefusedError, TransientError, UnclearError
from .response import Answer
from .text_reports import sentence_of

TWILIO_URL = "https://api.twilio.com"


@dataclass(frozen=True)
class TextReceipt:
    """The provider's id of an accepted message."""

    sid: str


class TextProvider(Protocol):
    """Sends one text message and reports later what became of it at `status_url`."""

    def send(self, *, to: str, body: str, status_url: str) -> TextReceipt:
        """Send a message. Raises TransientError, UnclearError or RefusedError."""
        ...


@dataclass(frozen=True, repr=False)
class TwilioTexts:
    """Twilio's Programmable Messaging API, version 2010-04-01."""

    base: str
    account: str
    token: str
    sender: str
    listed: frozenset[Origin] = frozenset()

    def send(self, *, to: str, body: str, status_url: str) -> TextReceipt:
        form = {"To": to, "Body": body, "StatusCallback": status_url}
        # A messaging service chooses the number; its id begins with MG.
        form["MessagingServiceSid" if self.sender.startswith("MG") else "From"] = self.sender
        answer = asyncio.run(self._post(form))
        if answer.status == 201:
            return TextReceipt(str(_json(answer).get("sid", ""))[:64])
        raise _error(answer)

    async def _post(self, form: Mapping[str, str]) -> Answer:
        from .transport import Patience, Transport  # noqa: PLC0415 - imports aiohttp

        password = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        url = f"{self.base}/2010-04-01/Accounts/{self.account}/Messages.json"
        patience = Patience(connect=5.0, total=15.0, body=65_536, at_once=4)
        async with Transport(listed=self.listed, patience=patience) as transport:
            try:
                return await transport.send("POST", url, headers={"Authorization": f"Basic {password}"}, form=form)
            except UnclearError as error:
                raise UnclearError(error.code, f"{error.sentence} The message may have arrived.") from None


def provider() -> TextProvider:
    """Return the configured provider. Raises RefusedError if there is none."""
    if not texts_are_on():
        raise RefusedError("texts-off", "Text messages are not set up.")
    simulator = settings.TEXT_SIMULATOR_URL
    return TwilioTexts(
        base=simulator or TWILIO_URL,
        account=settings.TEXT_ACCOUNT,
        token=settings.TEXT_TOKEN,
        sender=settings.TEXT_FROM,
        listed=_listed(simulator),
    )


def texts_are_on() -> bool:
    """Return whether a provider is configured."""
    return bool(settings.TEXT_ACCOUNT and settings.TEXT_TOKEN and settings.TEXT_FROM)


@lru_cache(maxsize=2)
def _listed(simulator: str) -> frozenset[Origin]:
    return frozenset({read_origin(simulator)}) if simulator else frozenset()


def _json(answer: Answer) -> dict[str, Any]:
    try:
        body = json.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _error(answer: Answer) -> Exception:
    code = _json(answer).get("code")
    number = code if isinstance(code, int) and not isinstance(code, bool) else 0
    if answer.status == 429 or answer.status >= 500:
        return TransientError("text-later", f"The text provider answered {answer.status}.")
    if answer.status in (401, 403):
        return AuthorizationError("text-access", "The text provider rejected our account.")
    sentence = sentence_of(number) if number else f"The text provider answered {answer.status}."
    return RefusedError(f"text-{number or answer.status}", sentence)
