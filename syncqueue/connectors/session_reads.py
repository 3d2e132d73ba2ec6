"""Reads the Scheduling Pro session that an event names, from ServiceTitan: the event itself is never trusted.

Their API has no call for a single session, so the list of its scheduler is searched.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings

from pagetojob.platform.outbound.errors import AuthorizationError, GateClosedError, RefusedError
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.api_sessions import call_once
from pagetojob.servicetitan.client.calls import Caller, Page
from pagetojob.servicetitan.client.payloads import Session
from pagetojob.servicetitan.client.resources import READ_SESSIONS, sessions_of

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
    created = {"createdOnOrAfter": stamp(hint.received_at - _BACK)}
    try:
        session = session_for(route, READ_SESSIONS.scope)
        for page_number in range(1, _MOST_PAGES + 1):
            page: Page[Session] = call_once(
                session,
                partial(Caller.page, resource=sessions_of(scheduler), number=page_number, params=created),
                seconds=settings.LOOK_UP_DEADLINE_SECONDS,
            )
            if match := next((row for row in page.rows if row.id == number), None):
                return SessionReading(match)
            if not page.has_more:
                return SessionReading(unread="ServiceTitan lists no such session.")
    except Unread as error:
        return SessionReading(unread=error.sentence)
    except (AuthorizationError, GateClosedError, RefusedError) as error:
        return SessionReading(unread=error.sentence)
    return SessionReading(unread=f"The scheduler has more than {_MOST_PAGES} pages of sessions.")
