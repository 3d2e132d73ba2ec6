"""Access token requests, and the interface of the provider that caches tokens. This module stores nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol

from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import (
    Answered,
    AuthorizationError,
    GatewayError,
    RefusedError,
    TransientError,
    UnclearError,
)
from pagetojob.platform.outbound.response import Answer
from pagetojob.platform.outbound.transport import Transport

from .environments import Bases, bases_of, check
from .reading import Unreadable, document, mapping, whole
from .responses import Call, error_of

#: Error codes that mean the client ID and secret are no longer valid (RFC 6749, 5.2).
_NOT_US = frozenset({"invalid_client", "unauthorized_client"})
_CALL = Call("the token endpoint", scope="")


@dataclass(frozen=True)
class Token:
    """An access token and its lifetime in seconds, as the server reported it."""

    value: str = field(repr=False)
    expires_in: int
    scopes: frozenset[str] = frozenset()


class TokenProvider(Protocol):
    """Provides the token of one connection: caches it, holds the secret, and locks around requests for a new one."""

    async def token(self) -> str:
        """Return a token that is valid now."""
        ...

    async def forget(self, token: str) -> None:
        """Discard a rejected token. If it is still the cached one, the next call requests a new token."""
        ...


async def request_token(transport: Transport, bases: Bases, *, client_id: str, client_secret: str) -> Token:
    """Request a token with client ID and secret. A request changes nothing, so an unclear outcome is transient.

    Raises AuthorizationError if the credentials are rejected, TransientError for most other failures.
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    try:
        answer = await transport.send("POST", f"{bases.auth}/connect/token", headers={}, form=form)
    except UnclearError as error:
        raise TransientError(f"token-{error.code}", "No token received: " + error.sentence) from None
    if (refusal := _error_of(answer)) is not None:
        raise refusal
    return _token(answer)


def ask_for_token(decision: Decision, *, client_id: str, client_secret: str) -> Token:
    """Call `request_token` synchronously, with a separate connection. The vault calls it while holding its lock.

    Raises GateClosedError unless `decision` is open now, and all errors of `request_token`.
    """
    check(decision, now=datetime.now(UTC))
    bases = bases_of(decision.environment)

    async def ask() -> Token:
        async with Transport(listed=listed_origins()) as transport:
            return await request_token(transport, bases, client_id=client_id, client_secret=client_secret)

    return asyncio.run(ask())


def _error_of(answer: Answer) -> GatewayError | None:
    body = _body(answer)
    name = body.get("error")
    if answer.status == HTTPStatus.UNAUTHORIZED or (400 <= answer.status < 500 and name in _NOT_US):
        return AuthorizationError(
            "token-refused", "The client ID and secret were rejected.", answer=Answered(answer.status)
        )
    error = error_of(answer, _CALL, now=datetime.now(UTC))
    if isinstance(error, TransientError):
        return TransientError(
            f"token-{error.code}", "No token received: " + error.sentence, answer=error.answer, wait=error.wait
        )
    if isinstance(error, AuthorizationError):
        return AuthorizationError("token-refused", error.sentence, answer=error.answer)
    return error and RefusedError("token-not-given", "The token request was rejected.", answer=error.answer)


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        return mapping(document(answer.body))
    except Unreadable:
        return {}


def _token(answer: Answer) -> Token:
    body = _body(answer)
    value, seconds = body.get("access_token"), whole(body.get("expires_in"))
    plain = isinstance(value, str) and 0 < len(value) <= 16_384 and value.isascii() and value.isprintable()
    if not plain or " " in str(value) or seconds is None or seconds < 1:
        raise TransientError("token-unreadable", "The token response cannot be read.")
    scope = body.get("scope")
    return Token(str(value), min(seconds, 86_400), frozenset(scope.split()) if isinstance(scope, str) else frozenset())
