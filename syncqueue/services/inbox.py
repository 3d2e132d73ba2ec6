"""Webhook intake: verify before parsing, store with one insert, answer with a status code.

A verified, fresh, new and recognized request becomes an inbox event. Any other goes to quarantine, sealed, while there
is capacity. Each answer is counted.
"""

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import decide
from pagetojob.platform import strict_json
from pagetojob.platform.recovery import DatabaseOutdated, require_current
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.tenant_box import TenantBox
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.public import is_served
from pagetojob.servicetitan.vault.models import USABLE
from pagetojob.servicetitan.vault.services import inbox_box

from ..inbox import verifiers
from ..inbox.handlers import handled
from ..inbox.outcomes import Outcome
from ..inbox.reading import Event, is_plain_json, pack, read_event, unpack
from ..inbox.verifiers import Checked, HookSecret, is_id, judge_time, read_stamp
from ..models import HookRoute, InboxEvent, QuarantinedRequest
from .inbox_counts import count
from .inbox_keys import load_ring, recipe_of
from .intake import BRIEFLY

FLAG = "scheduler-webhooks"
LARGEST_BODY = 65_536
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """A request as received: header names in lower case, and the raw bytes."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class InService:
    """A route whose flag is on, with its keys and the box that seals stored copies."""

    route: HookRoute
    keys: Sequence[HookSecret]
    box: TenantBox


@dataclass(frozen=True)
class _Cached:
    value: Any
    until: float


_routes: dict[uuid.UUID, _Cached] = {}  # of HookRoute, or None while it is closed
_keys: dict[tuple[int, int], _Cached] = {}
_full: dict[tuple[int, bool], float] = {}


def forget() -> None:
    """Clear everything this process has cached."""
    for cache in (_routes, _keys, _full):
        cache.clear()


def in_service(public_id: uuid.UUID) -> InService | None:
    """Return the route if it takes events now; None alike if unknown, if its flag is off or its connection closed.

    No query while the cache is fresh. Raises VaultError if existing keys cannot be opened.
    """
    route = _open_route(public_id)
    if route is None:
        return None
    name, now = (route.pk, route.ring), time.monotonic()
    cached = _keys.get(name)
    if cached is None or now >= cached.until:
        keys = load_ring(route)
        box = inbox_box(route.tenant, why="Keeping requests that come in.", by="webhook inbox")
        for old in list(_keys):  # a copy of the list, because other threads may add to it
            if old[0] == route.pk:
                _keys.pop(old, None)
        cached = _keys[name] = _Cached((keys, box), now + settings.INBOX_KEYS_SECONDS)
    return InService(route, *cached.value)


def _open_route(public_id: uuid.UUID) -> HookRoute | None:
    now = time.monotonic()
    cached = _routes.get(public_id)
    if cached and now < cached.until:
        route: HookRoute | None = cached.value
        return route
    route_row = HookRoute.objects.select_related("tenant").filter(public_id=public_id).first()
    if route_row is None:  # not cached: anyone can make up any number of ids
        _routes.pop(public_id, None)
        return None
    with scope.tenant(route_row.tenant_id):
        # Read in the tenant's scope, because no connection is visible outside it.
        of = route_row.connection
        is_open = (
            route_row.closed_at is None
            and of.state in USABLE
            and decide(FLAG, route_row.tenant, Environment(of.environment)).open
        )
    value = route_row if is_open and is_served(route_row.tenant) else None
    _routes[public_id] = _Cached(value, now + settings.INBOX_RECHECK_SECONDS)
    return value


def receive(
    public_id: uuid.UUID, *, method: str, read: Callable[[], Post], now: datetime, counts: bool = True
) -> Outcome:
    """Judge one request and store it if needed. `read` raises Refused for a body that is not accepted.

    A single transaction with one insert, none if nothing is stored. Raises OperationalError if the database is
    unavailable.
    """
    try:
        require_current()
        service = in_service(public_id)
    except DatabaseOutdated:
        log.critical("webhook refused: the database is behind")
        return Outcome.UNAVAILABLE
    except VaultError as error:
        extra = {"route": str(public_id), "error": type(error).__name__}
        log.error("webhook keys cannot be opened", extra=extra)  # noqa: TRY400 - a frame may hold a key
        count(None, Outcome.UNAVAILABLE)
        return Outcome.UNAVAILABLE
    if service is None:
        count(None, Outcome.NOT_IN_SERVICE)
        return Outcome.NOT_IN_SERVICE
    outcome, slot = Outcome.WRONG_METHOD, ""
    try:
        if method == "POST":
            post = read()
            facts = examine(service, post, now)
            outcome, slot = facts.outcome, facts.checked.slot
            if outcome is Outcome.ACCEPTED:
                outcome = keep_event(service, post, facts, now)
            elif _earlier_body_differs(QuarantinedRequest, service, post, facts):
                outcome = Outcome.OTHER_BODY
            if outcome is not Outcome.ACCEPTED and outcome is not Outcome.REPEATED:
                keep_quarantined(service, post, replace(facts, outcome=outcome), now)
    except Refused as refused:
        outcome = refused.outcome
    if counts:
        count(service.route.pk, outcome, slot=slot)
    return outcome


class Refused(Exception):
    """Raised when the body is not accepted."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


@dataclass(frozen=True)
class _Facts:
    """The facts about a request after it was judged."""

    outcome: Outcome
    checked: Checked
    signed_at: datetime | None = None
    event: Event | None = None


def examine(service: InService, post: Post, now: datetime) -> _Facts:
    """Check the signature, then the time, then the meaning; the body is parsed only after the first two. Pure."""
    route = service.route
    checked = verifiers.check(recipe_of(route), post.headers, post.body, service.keys)
    if checked.refused:
        return _Facts(checked.refused, checked)
    signed_at = read_stamp(checked.stamp)
    if signed_at is None or (checked.message_id and not is_id(checked.message_id)):
        return _Facts(Outcome.BAD_TIME, checked)
    wrong = judge_time(signed_at, now, back=route.seconds_back, ahead=route.seconds_ahead)
    if wrong:
        return _Facts(wrong, checked, signed_at)
    if not is_plain_json(post.headers.get("content-type", ""), post.headers.get("content-encoding", "")):
        return _Facts(Outcome.MALFORMED, checked, signed_at)
    try:
        event = read_event(post.body)
    except strict_json.BadJson:
        return _Facts(Outcome.MALFORMED, checked, signed_at)
    known = handled(event.kind, event.version)
    return _Facts(Outcome.ACCEPTED if known else Outcome.UNKNOWN_TYPE, checked, signed_at, event)


def repeat_key(route: HookRoute, checked: Checked, body: bytes) -> str:
    """Return the key that identifies repeats: of the sender's id if signed, else of endpoint, signed time and body."""
    if checked.message_id:
        return hashlib.sha256(b"id\0" + checked.message_id.encode()).hexdigest()
    digest = hashlib.sha256(f"body\0{route.public_id}\0{checked.stamp}\0".encode())
    digest.update(body)
    return digest.hexdigest()


def _quarantine_key(key: str, outcome: Outcome, body: bytes) -> str:
    """Return the event's key for an unknown type, and a different key for stale or malformed requests.

    A sender that retries signs with a new time: the stale request before must not block the good one. Every
    different body of an ID is stored.
    """
    if outcome is Outcome.UNKNOWN_TYPE:
        return key
    digest = hashlib.sha256(f"{outcome.value}\0{key}".encode())
    if outcome is Outcome.OTHER_BODY:
        digest.update(body)
    return digest.hexdigest()


def _earlier_body_differs(
    model: type[InboxEvent | QuarantinedRequest], service: InService, post: Post, facts: _Facts
) -> bool:
    """Return whether the signed ID of this request is known with another body. Makes one query if there is an ID."""
    if not facts.checked.message_id or facts.outcome not in {Outcome.ACCEPTED, Outcome.UNKNOWN_TYPE}:
        return False
    key = repeat_key(service.route, facts.checked, post.body)
    with scope.tenant(service.route.tenant_id, **BRIEFLY):
        row = model._default_manager.filter(route=service.route, repeat_key=key).only("public_id", "box").first()
    if row is None or row.box is None:  # new, or its copy was deleted and cannot be compared
        return False
    try:
        return unpack(service.box.open(bytes(row.box), about=row.public_id))[1] != post.body
    except VaultError:  # its processing reports it
        return False


_EVENT = """
INSERT INTO syncqueue_inboxevent (public_id, tenant_id, route_id, repeat_key, kind, kind_version, record, occurred_at,
    signed_at, received_at, slot, size, box, state, version, due_at, tries, outcome)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'queued', 0, now(), 0, '')
ON CONFLICT (route_id, repeat_key) DO NOTHING
"""


def keep_event(service: InService, post: Post, facts: _Facts, now: datetime) -> Outcome:
    """Insert an event, or find that it exists: of many concurrent copies, one creates the row."""
    event, signed_at, route = facts.event, facts.signed_at, service.route
    assert event and signed_at
    public_id = uuid.uuid4()
    values = (
        public_id,
        route.tenant_id,
        route.pk,
        repeat_key(route, facts.checked, post.body),
        event.kind,
        event.version,
        event.record,
        min(event.occurred_at or signed_at, now),
        signed_at,
        now,
        facts.checked.slot,
        len(post.body),
        service.box.seal(pack(listed(route, post.headers), post.body), about=public_id),
    )
    if scope.execute(route.tenant_id, _EVENT, values, **BRIEFLY) == 1:
        return Outcome.ACCEPTED
    return Outcome.OTHER_BODY if _earlier_body_differs(InboxEvent, service, post, facts) else Outcome.REPEATED


_QUARANTINE = """
INSERT INTO syncqueue_quarantinedrequest
    (public_id, tenant_id, route_id, outcome, verified, repeat_key, kind, kind_version, size, box, received_at,
     rerun_outcome)
SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, ''
WHERE (SELECT count(*) FROM (
    SELECT 1 FROM syncqueue_quarantinedrequest
    WHERE route_id = %s AND verified = %s AND received_at > now() - interval '1 hour' LIMIT %s
) AS lately) < %s
ON CONFLICT (route_id, repeat_key) DO NOTHING
"""
_FINDING = """
INSERT INTO syncqueue_inboxfinding AS kept (tenant_id, route_id, kind, kind_version, shape, times, first_at, last_at)
SELECT %s, %s, %s, %s, to_jsonb(%s::text[]), 1, %s, %s
WHERE EXISTS (
    SELECT 1 FROM syncqueue_inboxfinding WHERE route_id = %s AND kind = %s AND kind_version = %s
) OR (SELECT count(*) FROM syncqueue_inboxfinding WHERE route_id = %s) < %s
ON CONFLICT (route_id, kind, kind_version)
"""
_ONCE_MORE = _FINDING + "DO UPDATE SET times = kept.times + 1, last_at = excluded.last_at"
#: For a repeat, or when quarantine is full: the finding is opened all the same, and not counted twice.
_NOTED = _FINDING + "DO NOTHING"


def keep_quarantined(service: InService, post: Post, facts: _Facts, now: datetime) -> None:
    """Store a request sealed, within the hourly limit. An unhandled type leaves a finding in the same commit.

    Concurrent posts may exceed the limit by the number of threads.
    """
    route, verified = service.route, facts.checked.refused is None
    most = settings.INBOX_UNKNOWN_AN_HOUR if verified else settings.INBOX_UNVERIFIED_AN_HOUR
    if time.monotonic() < _full.get((route.pk, verified), 0.0):
        return
    event, public_id = facts.event, uuid.uuid4()
    about = (event.kind, event.version) if event else ("", "")
    key = _quarantine_key(repeat_key(route, facts.checked, post.body), facts.outcome, post.body) if verified else None
    box = service.box.seal(pack(listed(route, post.headers), post.body), about=public_id)
    values = (
        public_id,
        route.tenant_id,
        route.pk,
        facts.outcome.value,
        verified,
        key,
        *about,
        len(post.body),
        box,
        now,
    )
    room = (route.pk, verified, most, most)
    if event is not None and facts.outcome is Outcome.UNKNOWN_TYPE:
        stored = _keep_with_finding(route, (*values, *room), event, now)
    else:
        stored = scope.execute(route.tenant_id, _QUARANTINE, (*values, *room), **BRIEFLY) == 1
    if not stored and not verified:
        # Full, and it stays full for a while: a flood costs no more than counting it.
        _full[(route.pk, verified)] = time.monotonic() + settings.INBOX_RECHECK_SECONDS


def _keep_with_finding(route: HookRoute, values: tuple[Any, ...], event: Event, now: datetime) -> bool:
    about = (route.pk, event.kind, event.version)
    finding = (route.tenant_id, *about, list(event.shape), now, now, *about, route.pk, settings.INBOX_FINDINGS)
    with scope.tenant(route.tenant_id, **BRIEFLY), connection.cursor() as cursor:
        cursor.execute(_QUARANTINE, values)
        made: bool = cursor.rowcount == 1
        cursor.execute(_ONCE_MORE if made else _NOTED, finding)
    return made


def listed(route: HookRoute, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers to store: those the check needs and a few for explanation, each cut to 2,048 characters."""
    names = (*recipe_of(route).headers, "content-type", "content-encoding", "user-agent")
    return {name: headers[name][:2048] for name in names if name in headers}


def promote(service: InService, post: Post, *, received_at: datetime) -> Outcome:
    """Judge a stored copy again, as of its arrival: for one whose type now has a handler."""
    facts = examine(service, post, received_at)
    if facts.outcome is not Outcome.ACCEPTED:
        return facts.outcome
    return keep_event(service, post, facts, datetime.now(UTC))
