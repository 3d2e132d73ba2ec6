"""A case while it runs: its calls, which are recorded, its evidence, and the lowest grade of its calls."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pagetojob.gates.registry import Grade
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import TransientError
from pagetojob.platform.outbound.transport import Patience
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.servicetitan.api_sessions import OneToken
from pagetojob.servicetitan.client.calls import Caller, ServiceTitan
from pagetojob.servicetitan.client.environments import bases_of, check
from pagetojob.servicetitan.client.tokens import request_token
from pagetojob.servicetitan.validation.recording import Recorder, RecordingTransport
from pagetojob.servicetitan.vault.models import Connection, SecretKind
from pagetojob.servicetitan.vault.services import Use, unseal
from pagetojob.servicetitan.vault.tokens import AccessToken, Credentials, FreshToken, access_token, forget_token

from .ground import BY, Ground

_PATIENCE = Patience(total=30.0)
ATTEMPTS = 8
_LONGEST_WAIT = 60.0


@dataclass
class Trial:
    ground: Ground
    recorder: Recorder = field(default_factory=Recorder)
    evidence: dict[str, Any] = field(default_factory=dict)
    grades: set[Grade] = field(default_factory=set)
    token_requests: int = 0
    waited: float = 0.0

    @property
    def grade(self) -> Grade:
        """Return the grade of what was captured. Without any call it is simulator-grade, which opens nothing."""
        return Grade.SANDBOX if self.grades == {Grade.SANDBOX} else Grade.SIMULATOR

    def note(self, **facts: Any) -> None:
        self.evidence |= facts

    def token(self, connection: Connection, decision: Decision) -> AccessToken:
        """Return a token from the vault, requested through the recorder if none is stored. Counts the issued ones."""

        def fetch(credentials: Credentials) -> FreshToken:
            check(decision, now=datetime.now(UTC))
            token = asyncio.run(self._request_token(decision, credentials))
            self.token_requests += 1
            self.evidence["token_seconds"] = token.expires_in
            self.evidence["scopes_in_answer"] = len(token.scopes)
            return FreshToken(SecretText(token.value), timedelta(seconds=token.expires_in))

        return self._patiently(lambda: access_token(connection, fetch=fetch, by=BY), ATTEMPTS)

    async def _request_token(self, decision: Decision, credentials: Credentials) -> Any:
        async with RecordingTransport(self.recorder, listed=listed_origins(), patience=_PATIENCE) as transport:
            return await request_token(
                transport,
                bases_of(decision.environment),
                client_id=credentials.client_id.reveal(),
                client_secret=credentials.client_secret.reveal(),
            )

    def call[T](
        self,
        flag: str,
        work: Callable[[Caller], Awaitable[T]],
        *,
        attempts: int = ATTEMPTS,
        ended: Connection | None = None,
        change: Callable[[Decision], Decision] | None = None,
    ) -> T:
        """Make calls for a feature. Repeats them after transient errors, and waits at least as long as asked.

        `work` must be safe to repeat. `ended`: a connection to use instead of an active one, to show that it is of no
        use any more. `change` the decision, to show what a closed one permits. Raises the errors of the
        gateway and of the vault.
        """
        return self._patiently(lambda: self._once(flag, work, ended, change), attempts)

    def _patiently[T](self, work: Callable[[], T], attempts: int) -> T:
        for attempt in range(1, attempts):
            try:
                return work()
            except TransientError as error:
                pause = min(max(error.wait or 0.0, 0.25 * 2**attempt), _LONGEST_WAIT)
                self.waited += pause
                time.sleep(pause)
        return work()

    def _once[T](
        self,
        flag: str,
        work: Callable[[Caller], Awaitable[T]],
        ended: Connection | None,
        change: Callable[[Decision], Decision] | None,
    ) -> T:
        connection = ended or self.ground.connect()
        decision = self.ground.decide(flag)
        if change is not None:
            decision = change(decision)
        check(decision, now=datetime.now(UTC))
        token = self.token(connection, decision)
        secrets = unseal(
            connection.pk,
            tenant_id=connection.tenant_id,
            kinds=[SecretKind.APP_KEY],
            purpose=Use.API_CALL,
            by=BY,
        )
        provider = OneToken(token.value)
        try:
            return asyncio.run(self._calls(connection, decision, secrets[SecretKind.APP_KEY], provider, work))
        finally:
            if provider.refused:
                forget_token(connection, token)

    async def _calls[T](
        self,
        connection: Connection,
        decision: Decision,
        app_key: SecretText,
        tokens: OneToken,
        work: Callable[[Caller], Awaitable[T]],
    ) -> T:
        transport = RecordingTransport(self.recorder, listed=listed_origins(), patience=_PATIENCE)
        async with ServiceTitan(transport, app_key.reveal()) as client:
            caller = client.for_tenant(decision=decision, tenant=int(connection.servicetitan_tenant), tokens=tokens)
            self.grades.add(caller.grade)
            return await work(caller)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {sorted(map(str, record.__dict__.values()))} {record.exc_text or ''}")


@contextmanager
def captured_log() -> Generator[list[str]]:
    """Collect every line that is logged in this process."""
    handler, root = _Lines(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)
