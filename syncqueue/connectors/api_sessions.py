"""A connection ready for calls: its keys read beforehand, kept a minute at most, and dropped when a gate moves.

Lines are made in a few threads of their own, because asking for a token waits for the other side.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

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
from pagetojob.servicetitan.vault.models import USABLE, Connection, Lost, SecretKind
from pagetojob.servicetitan.vault.services import Use, connections, unseal
from pagetojob.servicetitan.vault.tokens import MARGIN, AccessToken, Credentials, FreshToken, access_token, forget_token

BY = "booking sender"
#: For how long a worker process keeps what it unsealed of a connection; each load has its line in the audit log.
KEPT_SECONDS = 60.0
#: So many token requests may wait for the other side at once, in one worker process.
_THREADS = 4
log = logging.getLogger(__name__)

StillOpen = Callable[[Decision], bool]
#: Told of a line, of its want (no connection in use), or of what was raised.
Loaded = Callable[["Line | Exception | None"], None]


@dataclass
class _OneToken:
    """Gives the token read beforehand. One that is refused is not replaced in the middle of a call, which has no
    database: a 401 did nothing there, so the next try fetches a new one."""

    value: SecretText = field(repr=False)
    refused: bool = False

    async def token(self) -> str:
        if self.refused:
            raise TransientError("token-stale", "Their server takes this token no more; the next try has a new one.")
        return self.value.reveal()

    async def forget(self, token: str) -> None:
        self.refused = True


@dataclass
class Line:
    """What the calls of one connection share, under one decision."""

    connection: Connection
    decision: Decision
    app_key: SecretText = field(repr=False)
    token: AccessToken = field(repr=False)
    made_at: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self.tokens = _OneToken(self.token.value)
        self.noted = False
        self._caller: Caller | None = None

    def caller(self, transport: Transport, still_open: StillOpen) -> Caller:
        """Raises GateClosedError while the decision is shut. No query. The calls of a drain share one."""
        kept = self._caller
        if kept is None or kept.transport is not transport or kept.still_open != still_open:
            kept = self._caller = ServiceTitan(transport, self.app_key.reveal()).for_tenant(
                decision=self.decision,
                tenant=int(self.connection.servicetitan_tenant),
                tokens=self.tokens,
                still_open=still_open,
            )
        return kept

    def lasts(self, decision: Decision) -> bool:
        """Whether it may still be called over under `decision`. No query."""
        return (
            self.decision.epoch == decision.epoch
            and self.decision.environment is decision.environment
            and not self.tokens.refused
            and monotonic() - self.made_at < KEPT_SECONDS
            and datetime.now(UTC) + MARGIN < self.token.expires_at
        )

    def note(self, *, refused: bool) -> None:
        """Tell the vault how a call went. A token that is refused counts once, however many calls carried it."""
        if self.tokens.refused and not self.noted:
            self.noted = True
            if forget_token(self.connection, self.token):
                connections.note_refusal(connection=self.connection, what=Lost.REFUSED, by=BY)
        elif refused:
            connections.note_refusal(connection=self.connection, what=Lost.REFUSED, by=BY)
        elif not self.tokens.refused:
            connections.note_answer(connection=self.connection)


def call_once[T](line: Line, work: Callable[[Caller], Awaitable[T]], *, seconds: float) -> T:
    """One call by a thread that waits for it, with connections of its own. What the gateway raises comes through.

    Everything that needs the database is read before it; while it runs no transaction may be open.
    """
    watch = Watch([line.decision.tenant_id])
    watch.refresh()

    async def go() -> T:
        async with Transport(listed=listed_origins(), patience=Patience(total=seconds)) as transport:
            return await work(line.caller(transport, lambda decision: watch.holds(decision, datetime.now(UTC))))

    try:
        result = asyncio.run(go())
    except GatewayError as error:
        if line.tokens.refused or isinstance(error, AuthorizationError):
            line.note(refused=True)
        raise
    line.note(refused=False)
    return result


class Known:
    """Decisions that were open, kept from drain to drain by the thread that made them, and the watch over them."""

    def __init__(self) -> None:
        self.watch = Watch()
        self._open: dict[int, tuple[Decision, float]] = {}

    def decision(self, tenant_id: int) -> Decision | None:
        """One that still holds. A query once a second at most, whatever is asked."""
        decision, made_at = self._open.get(tenant_id, (None, 0.0))
        if decision is None or monotonic() - made_at > KEPT_SECONDS:
            return None
        return decision if self.watch.still_open(decision, datetime.now(UTC)) else None

    def keep(self, decisions: Iterable[Decision]) -> None:
        """Of one that is shut nothing is kept: its reasons are read anew for each batch. One query for new tenants."""
        kept = [decision for decision in decisions if decision.open]
        self._open |= {decision.tenant_id: (decision, monotonic()) for decision in kept}
        self.watch.refresh()
        self.watch.add(decision.tenant_id for decision in kept)


_here = threading.local()


def known() -> Known:
    """The one of this thread: a watch is not shared."""
    if not hasattr(_here, "known"):
        _here.known = Known()
    found: Known = _here.known
    return found


_lines: dict[int, Line] = {}
_to_load: deque[tuple[Decision, Loaded]] = deque()
_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="line")


def kept_line(decision: Decision) -> Line | None:
    """The line of the decision's tenant, if this process has one that lasts. No query."""
    line = _lines.get(decision.tenant_id)
    if line is not None and not line.lasts(decision):
        del _lines[decision.tenant_id]
        return None
    return line


def keep_line(line: Line) -> None:
    _lines[line.decision.tenant_id] = line


def forget() -> None:
    """Nothing that was unsealed or decided stays in memory. For tests, which begin anew with the same ids."""
    _lines.clear()
    _here.__dict__.clear()


def load_line(decision: Decision, done: Loaded) -> None:
    """Make a line in a thread of its own, and call `done` there with it, with None or with what was raised."""
    _to_load.append((decision, done))
    _threads.submit(_load_all)


def _load_all() -> None:
    """Whatever waits, over one connection to the database, which ends with it: a new one costs as much as the rest."""
    try:
        with suppress(IndexError):
            while True:
                _load(*_to_load.popleft())
    finally:
        databases.close_all()


def _load(decision: Decision, done: Loaded) -> None:
    try:
        done(line_of(decision))
    except Exception as error:
        databases.close_all()
        done(error)


def line_of(decision: Decision) -> Line | None:
    """The connection of the decision's tenant and environment, with a token that is good now; None without one.

    Outside any transaction. Raises what the gateway and the vault raise.
    """
    with scope.tenant(decision.tenant_id):
        found = Connection.objects.filter(
            tenant=decision.tenant_id, environment=decision.environment.value, state__in=USABLE
        ).first()
    if found is None:
        return None

    def fetch(credentials: Credentials) -> FreshToken:
        token = ask_for_token(
            decision, client_id=credentials.client_id.reveal(), client_secret=credentials.client_secret.reveal()
        )
        return FreshToken(SecretText(token.value), timedelta(seconds=token.expires_in))

    try:
        token = access_token(found, fetch=fetch, by=BY)
    except AuthorizationError:
        connections.note_refusal(connection=found, what=Lost.INVALID_CLIENT, by=BY)
        raise
    kept = unseal(found.pk, tenant_id=found.tenant_id, kinds=[SecretKind.APP_KEY], purpose=Use.API_CALL, by=BY)
    return Line(found, decision, kept[SecretKind.APP_KEY], token)
