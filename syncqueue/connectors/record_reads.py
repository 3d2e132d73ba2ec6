"""Read over there what an event hints at, or what changed: the event itself is never taken for the truth.

Outside any transaction. Where the connection does not admit reading, the answer says why, in a sentence.
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
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.client.calls import Caller, Page
from pagetojob.servicetitan.client.payloads import Booking
from pagetojob.servicetitan.vault.connection_use import decide_with_connection

from ..inbox.handlers import Hint
from ..models import HookRoute, SyncItem
from ..records import Clue, clue_of, items_of, providers_of
from .api_sessions import Line, call_once, line_of
from .booking_outcomes import provider_of

FLAG = "scheduler-webhooks"
#: Without it their API shows no booking; it is not among the least scopes of the flag, which opens the door alone.
SCOPE = "tn.crm.bookings:r"
_MOST_PAGES = 20
_NO_PROVIDER = "No booking provider of the tenant's map has an id there."


class Unread(Exception):
    """It cannot be read now, and trying again would not help. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Reading:
    """What was read, and from where; `unread` says why nothing was, and is empty otherwise."""

    environment: str
    found: tuple[Booking, ...] = ()
    unread: str = ""


def read_booking(hint: Hint) -> Reading:
    """The bookings there that an event is about. What may pass later is raised: the event stays due."""
    with scope.tenant(hint.tenant_id):
        route = HookRoute.objects.select_related("connection").get(pk=hint.route_id)
        clue = clue_of(hint.kind, hint.data)
        items = items_of(hint.tenant_id, clue)
        providers = _asked(items, providers_of(hint.tenant_id))
    environment = route.connection.environment
    # What fits several of ours is not told apart by a reading.
    if len(items) > 1 or not (items or clue.booking):
        return Reading(environment)
    if not providers:
        return Reading(environment, unread=_NO_PROVIDER)
    try:
        found = _find(line_for(route), clue, items, providers)
    except Unread as error:
        return Reading(environment, unread=error.sentence)
    return Reading(environment, found)


def changed_since(route: HookRoute, moment: datetime) -> list[Booking]:
    """Every booking of our providers changed there since `moment`. Raises Unread, and what may pass later."""
    with scope.tenant(route.tenant_id):
        providers = providers_of(route.tenant_id)
    if not providers:
        raise Unread(_NO_PROVIDER)
    line, stamp = line_for(route), _stamp(moment)
    found: list[Booking] = []
    for provider in providers:
        for number in range(1, _MOST_PAGES + 1):
            ask = partial(bookings.changed_since, provider=provider, modified_from=stamp, number=number)
            page: Page[Booking] = _call(line, ask)
            if page.unreadable:
                raise Unread("Some of their rows cannot be read.")
            found += page.rows
            if not page.has_more:
                break
        else:
            raise Unread(f"More changed there than {_MOST_PAGES} pages hold.")
    return found


def line_for(route: HookRoute) -> Line:
    """A line to the account the route's events come from. Raises Unread, and what may pass later."""
    with scope.tenant(route.tenant_id):
        of = HookRoute.objects.select_related("connection", "tenant").get(pk=route.pk)
        decision = decide_with_connection(FLAG, of.tenant, Environment(of.connection.environment))
        scopes = of.connection.scopes
    if not decision.open:
        raise Unread(decision.missing[0].sentence if decision.missing else "The gate of webhooks is shut.")
    if SCOPE not in scopes:
        raise Unread(f"The connection lacks this scope: {SCOPE}.")
    try:
        line = line_of(decision)
    except TokenBusy:  # passes
        raise
    except VaultError as error:
        raise Unread(error.for_people) from None
    except (AuthorizationError, GateClosedError) as error:
        raise Unread(error.sentence) from None
    if line is None:
        raise Unread("There is no connection in use.")
    return line


def _asked(items: list[SyncItem], providers: list[int]) -> list[int]:
    """The provider its envelope went to first, then the others of the map."""
    own = provider_of(items[0].envelope or {}) if items else None
    return list(dict.fromkeys([*([own] if own is not None else []), *providers]))


def _find(line: Line, clue: Clue, items: list[SyncItem], providers: list[int]) -> tuple[Booking, ...]:
    """By our reference, which they echo; else by their number, as for a booking that a person made there by hand."""
    reference = items[0].lead.reference if items and items[0].lead else ""
    for provider in providers:
        found: tuple[Booking, ...] = ()
        if reference:
            found = _call(line, partial(bookings.find_by_reference, provider=provider, reference=reference))
        if not found and clue.booking:
            found = _by_number(line, provider, int(clue.booking))
        if found:
            return found
    return ()


def _by_number(line: Line, provider: int, number: int) -> tuple[Booking, ...]:
    try:
        return (_call(line, partial(bookings.get, provider=provider, booking=number)),)
    except MappingError:  # not there
        return ()


def _call[T](line: Line, work: Callable[[Caller], Awaitable[T]]) -> T:
    try:
        return call_once(line, work, seconds=settings.LOOK_UP_DEADLINE_SECONDS)
    except (AuthorizationError, GateClosedError) as error:
        raise Unread(error.sentence) from None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
