"""Reads Scheduling Pro sessions from ServiceTitan: the one that an event names, and those that no event has named.

An event itself is never trusted. Their API has no call for a single session, so the list of its scheduler is searched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings

from pagetojob.platform.outbound.errors import RefusedError
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.api_sessions import ApiSession, call_once
from pagetojob.servicetitan.client.calls import Caller, Page
from pagetojob.servicetitan.client.payloads import Session
from pagetojob.servicetitan.client.resources import READ_SESSIONS, SCHEDULERS, Resource, sessions_of

from ..inbox.handlers import Hint
from ..models import HookRoute
from .record_reads import Unread, session_for, stamp

#: A session is created before its event, and an event may wait in the inbox.
_BACK = timedelta(days=7)
_MOST_PAGES = 20
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class SessionReading:
    """The session, or the reason why none was read."""

    session: Session | None = None
    unread: str = ""


def read_session(hint: Hint) -> SessionReading:
    """Return the session that an event names. Raises transient errors: the event stays due."""
    data: dict[str, Any] = hint.data if isinstance(hint.data, dict) else {}
    number, scheduler = (str(data.get(name) or "") for name in ("id", "schedulerId"))
    if not (_ID.fullmatch(number) and _ID.fullmatch(scheduler)):
        return SessionReading(unread="It names no session and scheduler.")
    with scope.tenant(hint.tenant_id):
        route = HookRoute.objects.select_related("connection").get(pk=hint.route_id)
    try:
        rows = _sessions(session_for(route, READ_SESSIONS.scope), scheduler, hint.received_at - _BACK)
        match = next((row for row in rows if row.id == number), None)
    except (Unread, RefusedError) as error:
        return SessionReading(unread=str(error))
    return SessionReading(match) if match else SessionReading(unread="ServiceTitan lists no such session.")


def abandoned_sessions(route: HookRoute, *, at: datetime) -> list[Session]:
    """Return the sessions of the week before `at` that a visitor abandoned. Raises Unread and transient errors."""
    session = session_for(route, READ_SESSIONS.scope)
    abandoned: list[Session] = []
    for scheduler in _all(session, SCHEDULERS):
        if not _ID.fullmatch(scheduler):
            raise Unread("A scheduler has an ID that we do not accept.")
        abandoned += [row for row in _sessions(session, scheduler, at - _BACK) if "abandon" in row.outcome.lower()]
    return abandoned


def _sessions(session: ApiSession, scheduler: str, since: datetime) -> Iterator[Session]:
    return _all(session, sessions_of(scheduler, since=stamp(since)))


def _all[T](session: ApiSession, resource: Resource[T]) -> Iterator[T]:
    """Yield the rows of a list, page by page."""
    for number in range(1, _MOST_PAGES + 1):
        page: Page[T] = call_once(
            session,
            partial(Caller.page, resource=resource, number=number),
            seconds=settings.LOOK_UP_DEADLINE_SECONDS,
        )
        yield from page.rows
        if not page.has_more:
            return
    raise Unread(f"ServiceTitan lists more than {_MOST_PAGES} pages.")
