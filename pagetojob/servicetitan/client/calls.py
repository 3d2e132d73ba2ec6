"""API client: one shared `ServiceTitan` (connection pool, app key), and one `Caller` per tenant."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self

from pagetojob.gates.registry import Environment, Grade
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import (
    AuthorizationError,
    GateClosedError,
    RefusedError,
    TransientError,
    UnclearError,
)
from pagetojob.platform.outbound.response import Answer
from pagetojob.platform.outbound.transport import Transport

from .environments import Bases, bases_of, check, grade_of
from .reading import Unreadable, flag, mapping, text, whole
from .resources import Resource
from .responses import Call, body_of, error_of, unreadable
from .tokens import TokenProvider

PAGE_SIZE = 500
MOST_PAGES = 2_000


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Page[T]:
    """A page of a list. `unreadable` counts rows that could not be parsed, so the page may be incomplete."""

    rows: tuple[T, ...]
    has_more: bool
    unreadable: int
    total: int | None = None


@dataclass(frozen=True)
class Feed[T]:
    """A batch of an export. Store `continue_from` only after storing the rows."""

    rows: tuple[T, ...]
    has_more: bool
    unreadable: int
    continue_from: str = field(repr=False)


def grade_of_calls(environment: Environment, transport: Transport) -> Grade:
    """Return the grade of what calls in an environment capture: the lower one of token endpoint and API."""
    bases = bases_of(environment)
    grades = {
        grade_of(
            environment,
            host,
            tls_verified=bases.over_tls,  # the transport verifies every certificate
            overridden=bases.overridden or transport.may_reach_another_server(host),
        )
        for host in bases.hosts
    }
    return Grade.SIMULATOR if Grade.SIMULATOR in grades else Grade.SANDBOX


@dataclass
class Caller:
    """API calls for one tenant under one gate decision, which is checked again before each request."""

    transport: Transport
    app_key: str = field(repr=False)
    decision: Decision
    tenant: int
    tokens: TokenProvider = field(repr=False)
    now: Callable[[], datetime] = _now
    #: Further check before each request: a sender's `Watch` over the gate epochs of its tenants.
    still_open: Callable[[Decision], bool] | None = None
    bases: Bases = field(init=False)
    scopes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Raise GateClosedError unless the decision is open and its environment has base URLs."""
        check(self.decision, now=self.now())
        self.bases = bases_of(self.decision.environment)
        self.scopes = self.decision.scopes

    @property
    def grade(self) -> Grade:
        """Return the grade of evidence that these calls capture."""
        return grade_of_calls(self.decision.environment, self.transport)

    async def ask(self, method: str, call: Call, path: str, *, params: Any = None, json: Any = None) -> Answer:
        """Send a request below the tenant's path and return the successful response, or raise.

        A call outside the scopes of the decision raises GateClosedError before anything is sent, also to the token
        endpoint. After a 401 it fetches a new token and repeats the request once.
        """
        if call.scope not in self.scopes:
            raise GateClosedError(
                "not-in-scopes", f"The decision about {self.decision.flag} does not permit calls with {call.scope}."
            )
        url = f"{self.bases.api}/{call.module}/v2/tenant/{self.tenant}/{path}"

        def send(token: str) -> Awaitable[Answer]:
            self._check()
            headers = {"Authorization": f"Bearer {token}", "ST-App-Key": self.app_key}
            return self.transport.send(method, url, headers=headers, params=params, json=json)

        answer = await self._with_token(send, call)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise AuthorizationError(
                "connection-lost",
                "The API rejected both the old and a new token.",
                answer=_storable_answer(answer, call, self.now()),
            )
        if error := error_of(answer, call, now=self.now()):
            raise error
        return answer

    async def _with_token(self, send: Callable[[str], Awaitable[Answer]], call: Call) -> Answer:
        try:
            self._check()
            token = await self.tokens.token()
            answer = await send(token)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                # A 401 means that nothing was processed, so even a write may be repeated.
                await self.tokens.forget(token)
                answer = await send(await self.tokens.token())
        except UnclearError as error:
            if call.writes:
                raise
            if error.code.startswith("body-"):
                raise RefusedError(error.code, error.sentence) from None
            raise TransientError(error.code, error.sentence) from None
        return answer

    def _check(self) -> None:
        check(self.decision, now=self.now())
        if self.still_open is not None and not self.still_open(self.decision):
            raise GateClosedError("gate-shut", f"The gate of {self.decision.flag} has closed.")

    async def page[T](self, resource: Resource[T], *, number: int = 1, size: int = PAGE_SIZE) -> Page[T]:
        """Return one page of a list, including inactive rows where the list supports it."""
        query = {**dict(resource.query), "page": str(number), "pageSize": str(size)}
        call = resource.call
        answer = await self.ask("GET", call, resource.path, params=query)
        return read_page(answer, call, resource.read)

    async def pages[T](self, resource: Resource[T], *, size: int = PAGE_SIZE) -> AsyncIterator[Page[T]]:
        """Yield all pages of a list, following `hasMore`. Raises RefusedError if there are too many."""
        for number in range(1, MOST_PAGES + 1):
            page = await self.page(resource, number=number, size=size)
            yield page
            if not page.has_more:
                return
        raise RefusedError("no-end", f"The list has more than {MOST_PAGES} pages.")

    async def feed[T](self, resource: Resource[T], *, continue_from: str = "", recent: bool = False) -> Feed[T]:
        """Return the batch of an export after `continue_from`: a token, a date such as 2026-01-01, or "" to start."""
        query = ({"from": continue_from} if continue_from else {}) | (
            {"includeRecentChanges": "true"} if recent else {}
        )
        call = resource.call
        answer = await self.ask("GET", call, resource.path, params=query)
        body = mapping(body_of(answer, call))
        rows, missed = _rows(body, answer, call, resource.read)
        token, more = text(body.get("continueFrom"), most=4000), flag(body.get("hasMore"))
        if more is None or (more and (not token or token == continue_from)):
            raise unreadable(answer, call)
        return Feed(rows, more, missed, token or continue_from)


@dataclass(frozen=True)
class ServiceTitan:
    """Shared part of all calls: the connection pool and the app key. Use as an async context manager."""

    transport: Transport
    app_key: str = field(repr=False)

    async def __aenter__(self) -> Self:
        await self.transport.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.transport.__aexit__(*error)

    def for_tenant(
        self,
        *,
        decision: Decision,
        tenant: int,
        tokens: TokenProvider,
        now: Callable[[], datetime] = _now,
        still_open: Callable[[Decision], bool] | None = None,
    ) -> Caller:
        """Return a caller for the ServiceTitan tenant ID `tenant`. Raises GateClosedError if the decision is closed."""
        return Caller(self.transport, self.app_key, decision, tenant, tokens, now, still_open)


def read_page[T](answer: Answer, call: Call, read: Callable[[Any], T]) -> Page[T]:
    """Parse a page from a list response, or from a plain array, which some lists return."""
    body = body_of(answer, call)
    if isinstance(body, list):
        body = {"data": body, "hasMore": False}
    rows, missed = _rows(mapping(body), answer, call, read)
    more = flag(mapping(body).get("hasMore"))
    if more is None:
        raise unreadable(answer, call)
    return Page(rows, more, missed, whole(mapping(body).get("totalCount")))


def _rows[T](
    body: Mapping[str, Any], answer: Answer, call: Call, read: Callable[[Any], T]
) -> tuple[tuple[T, ...], int]:
    given = body.get("data")
    if not isinstance(given, list):
        raise unreadable(answer, call)
    rows: list[T] = []
    for row in given:
        try:
            rows.append(read(row))
        except Unreadable:
            continue
    return tuple(rows), len(given) - len(rows)


def _storable_answer(answer: Answer, call: Call, now: datetime) -> Any:
    error = error_of(answer, call, now=now)
    return error.answer if error else None
