"""Read lists and feeds of a connection, one call at a time. Each page is committed with the position after it.

A feed returns changes since a token. A list has no token: it is read completely, and a row that a complete reading no
longer contains is gone. Rows may move between the pages of a list while it is read, so a list with several pages is
read again before anything counts as gone.
"""

import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from pagetojob.gates.registry import Environment, Grade
from pagetojob.gates.services import Decision
from pagetojob.platform.batches import write_rows
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import (
    AuthorizationError,
    GateClosedError,
    GatewayError,
    RefusedError,
    TransientError,
)
from pagetojob.platform.outbound.transport import Transport
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint
from pagetojob.platform.sealing.errors import TokenBusy, VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..api_sessions import PAUSED, ApiSession, call_once, open_session
from ..client.calls import Caller, Feed, Page, grade_of_calls
from ..client.resources import Resource
from ..vault.connection_use import decide_with_connection
from ..vault.models import Connection
from ..vault.selectors import connection_of
from ..vault.services import has_ended
from .models import ReadCursor, RemoteRow

#: Time limit of one call: below the lease of a run (60 s) and the server's own limit (100 s).
CALL_SECONDS = 40.0
ATTEMPTS = 6
#: A run waits this long at most, for a pause that the account asked for; a longer one ends it at its position.
LONGEST_PAUSE = 120.0
_SLICE_SECONDS = 10.0
MOST_PAGES = 20_000
#: Rows per page of a list. The API allows 5,000, some of its lists less.
PAGE_SIZE = 500


@dataclass(frozen=True)
class Mirrored:
    """A list or feed that is read: its name, where it is, and the values of a row that are stored."""

    name: str
    resource: Resource[Any]
    values: Callable[[Any], dict[str, Any]]

    @property
    def is_feed(self) -> bool:
        return self.resource.path.startswith("export/")


@dataclass(frozen=True)
class _Read:
    """A page, and the position after it."""

    rows: Sequence[Any]
    unreadable: int
    has_more: bool
    position: str


class Account:
    """A connection under one decision, as a run reads it. Nothing is read in an open transaction."""

    def __init__(self, run: Run, tenant: Tenant, *, flag: str, environment: Environment, by: str) -> None:
        self.run, self.tenant = run, tenant
        self._flag, self._environment, self._by = flag, environment, by
        self._session: ApiSession | None = None
        self._rejected_tokens = 0
        self._was_answered = False

    @cached_property
    def connection(self) -> Connection:
        """Return the active connection. It needs no session, so it may be used in a transaction. Raises RunStopped."""
        with scope.tenant(self.tenant.pk):
            connection = connection_of(self.tenant, self._environment)
        if connection is None:
            raise RunStopped("Stopped: there is no active connection.")
        return connection

    @property
    def grade(self) -> Grade:
        """Return the grade of what is read: the simulator's, unless it comes from the official sandbox."""
        return grade_of_calls(self._environment, Transport(listed=listed_origins()))

    def decide(self) -> Decision:
        with scope.tenant(self.tenant.pk):
            return decide_with_connection(self._flag, self.tenant, self._environment)

    def permits(self, resource: Resource[Any]) -> bool:
        """Return whether the connection has the scope of a resource."""
        return resource.scope in self.session().decision.scopes

    def session(self) -> ApiSession:
        """Return a session with a valid token. Raises RunStopped if the feature is off or there is no access."""
        decision = self.decide()
        if not decision.open:
            self._session = None
            missing = decision.missing[0].sentence if decision.missing else "The feature is off."
            raise RunStopped(f"Stopped: {missing} It continues at the same position when this is resolved.")
        if self._session is None or not self._session.lasts(decision):
            self._session = self._opened(decision)
        return self._session

    def _opened(self, decision: Decision) -> ApiSession:
        for attempt in range(ATTEMPTS):
            try:
                session = open_session(decision, by=self._by)
            except (TransientError, TokenBusy) as error:
                asked = error.wait if isinstance(error, TransientError) else None
                self._wait(_delay(attempt) if asked is None else asked)
                continue
            except GatewayError as error:
                raise RunStopped(f"Stopped: {error.sentence}") from None
            except VaultError as error:
                raise RunStopped(f"Stopped: {error}") from None
            if session is None:
                raise RunStopped("Stopped: there is no active connection.")
            return session
        raise RunStopped("Stopped: no access token could be obtained. The next import continues at this position.")

    def ask[T](self, work: Callable[[Caller], Awaitable[T]]) -> T:
        """Make one reading call and return its result; wait and repeat it after a transient error.

        Raises AuthorizationError or RefusedError if the resource is not available, RunStopped if nothing is.
        """
        error: TransientError | None = None
        attempt, paused = 0, 0.0
        while attempt < ATTEMPTS:
            session = self.session()
            try:
                result = call_once(session, work, seconds=CALL_SECONDS, denial_counts=not self._was_answered)
            except GateClosedError:
                self._session = None  # the next attempt decides again, and stops if the gate is closed
            except (TransientError, AuthorizationError) as raised:
                if session.tokens.refused:
                    self._note_rejected_token()
                elif isinstance(raised, AuthorizationError):
                    raise raised from None
                elif raised.code == PAUSED:
                    paused = self._pause(paused, raised.wait or 0.0)
                    continue
                else:
                    error = raised
                    if raised.wait is None and raised.code != "rate-limit":  # else the pace of the connection waits
                        self._wait(_delay(attempt))
            else:
                self._rejected_tokens, self._was_answered = 0, True
                return result
            attempt += 1
        why = error.sentence if error else "The gate changed several times."
        raise RunStopped(f"Stopped: {why} The next import continues at this position.")

    def _note_rejected_token(self) -> None:
        """Allow one new token. If that is rejected as well, access is lost."""
        self._session, self._rejected_tokens = None, self._rejected_tokens + 1
        if self._rejected_tokens > 1:
            raise RunStopped("Stopped: ServiceTitan rejected both the old and a new token.")

    def _pause(self, paused: float, seconds: float) -> float:
        """Wait while the account wants no calls; return the seconds waited in all."""
        if paused + seconds > LONGEST_PAUSE:
            raise RunStopped(
                f"Stopped: ServiceTitan asked us to wait {paused + seconds:.0f} seconds. The next import continues at "
                "this position."
            )
        self._wait(seconds)
        return paused + seconds

    def _wait(self, seconds: float) -> None:
        """Sleep, and keep the lease of the run."""
        while seconds > 0:
            time.sleep(min(seconds, _SLICE_SECONDS))
            seconds -= _SLICE_SECONDS
            with scope.worker():
                checkpoint(self.run, Progress(self.run.done, self.run.total, self.run.cursor))


def _delay(attempt: int) -> float:
    """Return the seconds to wait before the next attempt: a random part of a growing interval."""
    return random.uniform(0.5, 1.0) * 2.0**attempt  # noqa: S311 - jitter


def read_through(account: Account, mirrored: Mirrored, *, next_step: Callable[[], Any]) -> Iterator[Progress]:
    """Read a list or feed to its end, from where the last reading stopped; yield after each page.

    The result of `next_step` becomes the cursor of the run in the transaction of the last page. A resource that is not
    available is noted in its own cursor, and the run goes on.
    """
    if not account.permits(mirrored.resource):
        yield _skip(account, mirrored, "The connection does not have the scope for it.", next_step)
        return
    restarted = False
    for _ in range(MOST_PAGES):
        cursor = cursor_of(account.connection, mirrored.name)
        try:
            read = _next_page(account, mirrored, cursor)
        except (AuthorizationError, RefusedError) as error:
            if mirrored.is_feed and cursor.position and _is_rejected_token(error) and not restarted:
                restarted, cursor.position = True, ""  # the token has expired: read everything again
                with scope.tenant(account.tenant.pk):
                    cursor.save()
                continue
            yield _skip(account, mirrored, error.sentence, next_step)
            return
        yield _store(account, mirrored, cursor, read, next_step)
        if not cursor.underway:
            return
    raise RunStopped(f"Stopped: {mirrored.name} have no end.")


def _is_rejected_token(error: GatewayError) -> bool:
    return isinstance(error, RefusedError) and error.code == "not-valid"


def cursor_of(connection: Connection, name: str) -> ReadCursor:
    """Return the stored position of a resource, or a new one. Runs one query."""
    with scope.tenant(connection.tenant_id):
        stored = ReadCursor.objects.filter(tenant=connection.tenant_id, connection=connection, resource=name).first()
    return stored or ReadCursor(tenant_id=connection.tenant_id, connection=connection, resource=name)


def _next_page(account: Account, mirrored: Mirrored, cursor: ReadCursor) -> _Read:
    if mirrored.is_feed:
        feed: Feed[Any] = account.ask(partial(Caller.feed, resource=mirrored.resource, continue_from=cursor.position))
        return _Read(feed.rows, feed.unreadable, feed.has_more, feed.continue_from)
    number = int(cursor.position or 1)
    page: Page[Any] = account.ask(partial(_page, mirrored.resource, number))
    return _Read(page.rows, page.unreadable, page.has_more, str(number + 1) if page.has_more else "")


def _page(resource: Resource[Any], number: int, caller: Caller) -> Awaitable[Page[Any]]:
    return caller.page(resource, number=number, size=PAGE_SIZE)


def _store(
    account: Account, mirrored: Mirrored, cursor: ReadCursor, read: _Read, next_step: Callable[[], Any]
) -> Progress:
    """Commit a page with the position after it and the progress of the run.

    A page that arrives after the disconnect is not stored: the receipt has listed what was read. Raises RunStopped.
    """
    run = account.run
    if not cursor.underway:
        cursor.pages = cursor.rows = cursor.unreadable = 0
    with scope.tenant(account.tenant.pk):
        if has_ended(account.connection):
            raise RunStopped("Stopped: the connection has ended. The page that was being read is not stored.")
        _write(cursor, mirrored, read.rows)
        cursor.position = read.position
        cursor.pages += 1
        cursor.rows += len(read.rows)
        cursor.unreadable += read.unreadable
        finished = not read.has_more and (mirrored.is_feed or _end_sweep(cursor))
        cursor.underway = not finished
        cursor.problem, cursor.problem_at = "", None
        if finished:
            cursor.finished_at = timezone.now()
        cursor.save()
        progress = Progress(run.done + len(read.rows), None, next_step() if finished else run.cursor)
        with scope.worker():
            checkpoint(run, progress)
    return progress


def _write(cursor: ReadCursor, mirrored: Mirrored, rows: Sequence[Any]) -> None:
    """Add or update the rows of a page. A row that is older than the stored one changes nothing."""
    newest: dict[int, Any] = {}
    for row in rows:
        if not _is_older(row.modified_on, newest[row.id].modified_on if row.id in newest else None):
            newest[row.id] = row
    stored = {row.remote_id: row for row in rows_of(cursor.connection, mirrored.name).filter(remote_id__in=newest)}
    fresh: list[RemoteRow] = []
    changed: list[RemoteRow] = []
    for remote_id, row in newest.items():
        old = stored.get(remote_id)
        mirrored_row = old or RemoteRow(
            tenant_id=cursor.tenant_id, connection=cursor.connection, resource=mirrored.name, remote_id=remote_id
        )
        if not _is_older(row.modified_on, mirrored_row.modified_on):
            mirrored_row.values, mirrored_row.modified_on = mirrored.values(row), row.modified_on
        mirrored_row.sweep, mirrored_row.gone = cursor.sweep, False
        (changed if old else fresh).append(mirrored_row)
    RemoteRow.objects.bulk_create(fresh)
    write_rows(changed, ("values", "modified_on", "sweep", "gone"))


def _is_older(moment: datetime | None, than: datetime | None) -> bool:
    return moment is not None and than is not None and moment < than


def _end_sweep(cursor: ReadCursor) -> bool:
    """Finish the reading of a whole list: mark the rows that it no longer contains. Return False to read it again."""
    missing = rows_of(cursor.connection, cursor.resource).filter(sweep__lt=cursor.sweep, gone=False)
    if cursor.unreadable:
        missing = missing.none()  # one of them may be among the rows that could not be read
    if cursor.pages > 1 and not cursor.again and missing.exists():
        cursor.again = True
        return False
    missing.update(gone=True)
    cursor.again = False
    cursor.sweep += 1
    return True


def _skip(account: Account, mirrored: Mirrored, sentence: str, next_step: Callable[[], Any]) -> Progress:
    """Note why a resource was not read, and go on to the next one."""
    cursor = cursor_of(account.connection, mirrored.name)
    cursor.problem, cursor.problem_at = sentence[:300], timezone.now()
    progress = Progress(account.run.done, None, next_step())
    with scope.tenant(account.tenant.pk):
        cursor.save()
        with scope.worker():
            checkpoint(account.run, progress)
    return progress


def rows_of(connection: Connection, name: str) -> QuerySet[RemoteRow]:
    """Return the stored rows of a resource. Needs the scope of the tenant."""
    return RemoteRow.objects.filter(tenant=connection.tenant_id, connection=connection, resource=name)
