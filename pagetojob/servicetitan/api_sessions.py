"""Authenticated API sessions: keys read beforehand, cached for at most a minute, and dropped when a gate changes.

Sessions are created in a few separate threads, because a token request waits for the other side.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic, sleep

from django.db import connections as databases

from pagetojob.gates.services import Decision
from pagetojob.gates.watch import Watch
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import AuthorizationError, GatewayError, TransientError
from pagetojob.platform.outbound.transport import Patience, Transport
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.client.calls import Caller, ServiceTitan
from pagetojob.servicetitan.client.tokens import ask_for_token
from pagetojob.servicetitan.mirror import pace
from pagetojob.servicetitan.vault.models import USABLE, Connection, Lost, SecretKind
from pagetojob.servicetitan.vault.services import Use, connections, unseal
from pagetojob.servicetitan.vault.tokens import AccessToken, Credentials, FreshToken, access_token, forget_token

#: Names of the machines in the audit log of secrets.
SENDER = "booking sender"
#: For this long, a worker process caches a connection's unsealed keys; each load has a line in the audit log.
CACHE_SECONDS = 60.0
#: Error code: no call was made, because the account asked for a pause.
PAUSED = "paused"
#: Seconds of a pause after a 429 that does not say how long.
USUAL_PAUSE = 2.0
#: Concurrent token requests per worker process.
_THREADS = 4
log = logging.getLogger(__name__)

StillOpen = Callable[[Decision], bool]
#: Called with a session, with None (no connection in use), or with the exception.
Loaded = Callable[["ApiSession | Exception | None"], None]


@dataclass
class OneToken:
    """Provides the token read beforehand.

    A refused token is not replaced during a call, which cannot use the database: a 401 had no effect there, so the next
    attempt fetches a new token.
    """

    value: SecretText = field(repr=False)
    refused: bool = False

    async def token(self) -> str:
        if self.refused:
            raise TransientError(
                "token-stale", "The server no longer accepts this token; the next attempt gets a new token."
            )
        return self.value.reveal()

    async def forget(self, token: str) -> None:
        self.refused = True


@dataclass
class ApiSession:
    """An API session: shared by the calls of one connection, under one decision."""

    connection: Connection
    decision: Decision
    app_key: SecretText = field(repr=False)
    token: AccessToken = field(repr=False)
    by: str = SENDER
    made_at: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self.tokens = OneToken(self.token.value)
        self.noted = False
        self._caller: Caller | None = None

    def caller(self, transport: Transport, still_open: StillOpen) -> Caller:
        """Return the API client. Raises GateClosedError while the decision is closed. No query. Shared by a drain's
        calls.
        """
        caller = self._caller
        if caller is None or caller.transport is not transport or caller.still_open != still_open:
            caller = self._caller = ServiceTitan(transport, self.app_key.reveal()).for_tenant(
                decision=self.decision,
                tenant=int(self.connection.servicetitan_tenant),
                tokens=self.tokens,
                still_open=still_open,
            )
        return caller

    def lasts(self, decision: Decision) -> bool:
        """Return whether the session may still be used under `decision`. No query."""
        return (
            self.decision.epoch == decision.epoch
            and self.decision.environment is decision.environment
            and not self.tokens.refused
            and monotonic() - self.made_at < CACHE_SECONDS
            and datetime.now(UTC) < self.token.renew_at
        )

    def note(self, *, refused: bool) -> None:
        """Report the result of a call to the vault. A refused token counts once, regardless of how many calls used
        it.
        """
        if self.tokens.refused and not self.noted:
            self.noted = True
            if forget_token(self.connection, self.token):
                connections.note_refusal(connection=self.connection, what=Lost.REFUSED, by=self.by)
        elif refused:
            connections.note_refusal(connection=self.connection, what=Lost.REFUSED, by=self.by)
        elif not self.tokens.refused:
            connections.note_answer(connection=self.connection)


def call_once[T](
    session: ApiSession, work: Callable[[Caller], Awaitable[T]], *, seconds: float, denial_counts: bool = True
) -> T:
    """Make one call on its own connections and wait for it. Raises the gateway's errors.

    Several rejected calls in a row mean that access is lost. With `denial_counts` off, a 403 is not one of them: it
    means that the account does not have this module.

    Waits for its turn at the pace of the connection. If the account asked for a longer pause, nothing is sent, and the
    TransientError with the code PAUSED has the seconds to wait. Everything from the database is read first; no
    transaction may be open during the call.
    """
    _wait_for_turn(session.connection)
    watch = Watch([session.decision.tenant_id])
    watch.refresh()

    async def go() -> T:
        async with Transport(listed=listed_origins(), patience=Patience(total=seconds)) as transport:
            return await work(session.caller(transport, lambda decision: watch.holds(decision, datetime.now(UTC))))

    try:
        result = asyncio.run(go())
    except GatewayError as error:
        if isinstance(error, TransientError) and (error.code == "rate-limit" or error.wait is not None):
            pace.slow_down(session.connection, USUAL_PAUSE if error.wait is None else error.wait)
        is_denial = error.code == "not-allowed" and not denial_counts
        if session.tokens.refused or (isinstance(error, AuthorizationError) and not is_denial):
            session.note(refused=True)
        raise
    session.note(refused=False)
    return result


def _wait_for_turn(connection: Connection) -> None:
    reserved, seconds = pace.take_turn(connection)
    if not reserved:
        raise TransientError(PAUSED, "ServiceTitan asked us to slow down.", wait=seconds)
    sleep(seconds)


_sessions: dict[int, ApiSession] = {}
_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="session")


def cached_session(decision: Decision) -> ApiSession | None:
    """Return the session of the decision's tenant if this process has a valid one. No query."""
    session = _sessions.get(decision.tenant_id)
    if session is not None and not session.lasts(decision):
        del _sessions[decision.tenant_id]
        return None
    return session


def cache_session(session: ApiSession) -> None:
    _sessions[session.decision.tenant_id] = session


def forget() -> None:
    """Clear all cached keys. For tests, which reuse ids."""
    _sessions.clear()


def load_session(decision: Decision, done: Loaded) -> None:
    """Create a session in another thread, and call `done` there with it, with None or with the exception."""
    _threads.submit(_load, decision, done)


def _load(decision: Decision, done: Loaded) -> None:
    result: ApiSession | Exception | None
    try:
        result = open_session(decision)
    except Exception as error:
        result = error
    finally:
        databases.close_all()
    done(result)


def fetch_token(decision: Decision, credentials: Credentials) -> FreshToken:
    """Request a token. Raises the gateway's errors."""
    token = ask_for_token(
        decision, client_id=credentials.client_id.reveal(), client_secret=credentials.client_secret.reveal()
    )
    return FreshToken(SecretText(token.value), timedelta(seconds=token.expires_in))


def open_session(decision: Decision, *, by: str = SENDER) -> ApiSession | None:
    """Return a session for the decision's tenant and environment, with a valid token; None without a connection.

    `by` names the machine in the audit log. Outside any transaction. Raises the errors of the gateway and the vault.
    """
    with scope.tenant(decision.tenant_id):
        connection = Connection.objects.filter(
            tenant=decision.tenant_id, environment=decision.environment.value, state__in=USABLE
        ).first()
    if connection is None:
        return None

    try:
        token = access_token(connection, fetch=partial(fetch_token, decision), by=by)
    except AuthorizationError as error:
        noted = connections.note_refusal(connection=connection, what=Lost.INVALID_CLIENT, by=by)
        if noted.state not in USABLE:
            raise
        # A single rejection may be an outage there; only several in a row mean lost access.
        raise TransientError(error.code, error.sentence, answer=error.answer) from None
    secrets = unseal(
        connection.pk, tenant_id=connection.tenant_id, kinds=[SecretKind.APP_KEY], purpose=Use.API_CALL, by=by
    )
    return ApiSession(connection, decision, secrets[SecretKind.APP_KEY], token, by)
