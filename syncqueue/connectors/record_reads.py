"""Reads the bookings that an event refers to, or that changed, from ServiceTitan: the event itself is never trusted.

Outside any transaction. If the connection does not allow reading, the result says why, in a sentence.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.conf import settings

from pagetojob.gates.registry import Environment
from pagetojob.platform.outbound.errors import AuthorizationError, GateClosedError, MappingError
from pagetojob.platform.sealing.errors import TokenBusy, VaultError
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.api_sessions import ApiSession, call_once, open_session
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.client.calls import Caller, Page
from pagetojob.servicetitan.client.payloads import Booking
from pagetojob.servicetitan.vault.connection_use import decide_with_connection

from ..envelope import provider_of
from ..inbox.handlers import Hint
from ..models import HookRoute, SyncItem
from ..record_matching import Clue, clue_of, items_of, providers_of

FLAG = "scheduler-webhooks"
#: Without it their API shows no booking. The flag does not require it, because the endpoint works without it.
SCOPE = "tn.crm.bookings:r"
_MOST_PAGES = 20
_NO_PROVIDER = "No booking provider in the contractor's map has a ServiceTitan ID."


class Unread(Exception):
    """Raised if reading is not possible now and a retry would not help. The message is the reason."""


@dataclass(frozen=True)
class Reading:
    """The result of a read and its environment; `unread` is the reason why nothing was read, else empty."""

    environment: str
    found: tuple[Booking, ...] = ()
    unread: str = ""


def read_booking(hint: Hint) -> Reading:
    """Return the bookings that an event refers to. Raises transient errors: the event stays due."""
    with scope.tenant(hint.tenant_id):
        route = HookRoute.objects.select_related("connection").get(pk=hint.route_id)
        clue = clue_of(hint.kind, hint.data)
        items = items_of(hint.tenant_id, clue)
        providers = _asked(items, providers_of(hint.tenant_id))
    environment = route.connection.environment
    # A read cannot decide between several of our requests.
    if len(items) > 1 or not (items or clue.booking):
        return Reading(environment)
    if not providers:
        return Reading(environment, unread=_NO_PROVIDER)
    try:
        matches = _find(session_for(route), clue, items, providers)
    except Unread as error:
        return Reading(environment, unread=str(error))
    return Reading(environment, matches)


def changed_since(route: HookRoute, moment: datetime) -> list[Booking]:
    """Return all bookings of our providers changed since `moment`. Raises Unread and transient errors."""
    with scope.tenant(route.tenant_id):
        providers = providers_of(route.tenant_id)
    if not providers:
        raise Unread(_NO_PROVIDER)
    session, since = session_for(route), stamp(moment)
    changed: list[Booking] = []
    for provider in providers:
        for number in range(1, _MOST_PAGES + 1):
            ask = partial(bookings.changed_since, provider=provider, modified_from=since, number=number)
            page: Page[Booking] = _call(session, ask)
            if page.unreadable:
                raise Unread("Some rows from ServiceTitan cannot be read.")
            changed += page.rows
            if not page.has_more:
                break
        else:
            raise Unread(f"More than {_MOST_PAGES} pages of bookings changed.")
    return changed


def session_for(route: HookRoute, needed: str = SCOPE) -> ApiSession:
    """Return a session for the account of the route, with the `needed` scope. Raises Unread and transient errors."""
    with scope.tenant(route.tenant_id):
        of = HookRoute.objects.select_related("connection", "tenant").get(pk=route.pk)
        decision = decide_with_connection(FLAG, of.tenant, Environment(of.connection.environment))
    if not decision.open:
        raise Unread(decision.missing[0].sentence if decision.missing else "The webhook gate is closed.")
    if needed not in decision.scopes:
        raise Unread(f"The connection lacks this scope: {needed}.")
    try:
        session = open_session(decision)
    except TokenBusy:  # transient
        raise
    except VaultError as error:
        raise Unread(str(error)) from None
    except (AuthorizationError, GateClosedError) as error:
        raise Unread(error.sentence) from None
    if session is None:
        raise Unread("There is no active connection.")
    return session


def _asked(items: list[SyncItem], providers: list[int]) -> list[int]:
    """Return the providers to search: the one its envelope was sent to first, then the others of the map."""
    own = provider_of(items[0].envelope or {}) if items else None
    return list(dict.fromkeys([*([own] if own is not None else []), *providers]))


def _find(session: ApiSession, clue: Clue, items: list[SyncItem], providers: list[int]) -> tuple[Booking, ...]:
    """Find bookings by our reference, which they echo; else by their number, as for a booking a person entered
    there.
    """
    reference = items[0].lead.reference if items and items[0].lead else ""
    for provider in providers:
        matches: tuple[Booking, ...] = ()
        if reference:
            matches = _call(session, partial(bookings.find_by_reference, provider=provider, reference=reference))
        if not matches and clue.booking:
            matches = _by_number(session, provider, int(clue.booking))
        if matches:
            return matches
    return ()


def _by_number(session: ApiSession, provider: int, number: int) -> tuple[Booking, ...]:
    try:
        return (_call(session, partial(bookings.get, provider=provider, booking=number)),)
    except MappingError:  # not found
        return ()


def _call[T](session: ApiSession, work: Callable[[Caller], Awaitable[T]]) -> T:
    try:
        return call_once(session, work, seconds=settings.LOOK_UP_DEADLINE_SECONDS)
    except (AuthorizationError, GateClosedError) as error:
        raise Unread(error.sentence) from None


def stamp(moment: datetime) -> str:
    """Return a time as their API reads it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
