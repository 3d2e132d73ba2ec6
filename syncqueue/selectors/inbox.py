"""Queries for the inbox pages: events, quarantine, counts, findings, gaps. In the operator's scope unless noted."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Channel, Lead

from ..inbox.handlers import handled, ways_to_find_missed
from ..inbox.outcomes import ANSWERS, REFUSED, Outcome
from ..models import (
    HeardBooking,
    HookCount,
    HookKey,
    HookRoute,
    InboxEvent,
    InboxFinding,
    InboxGap,
    QuarantinedRequest,
    SyncItem,
)

HOURS = 24
_CHART_HEIGHT = 60


def events(*, state: str = "") -> QuerySet[InboxEvent]:
    """Return events, newest first, without the sealed copies. A single query per page."""
    rows = InboxEvent.objects.select_related("tenant", "route").defer("box")
    return rows.filter(state=state) if state else rows


def quarantine(*, outcome: str = "") -> QuerySet[QuarantinedRequest]:
    """Return quarantined requests, newest first, without the sealed copies. A single query per page."""
    rows = QuarantinedRequest.objects.select_related("tenant", "route").defer("box")
    return rows.filter(outcome=outcome) if outcome else rows


def counted(*, now: datetime) -> list[dict[str, Any]]:
    """Return the count of every answer in the last 24 hours, including zeros. A single query."""
    rows = HookCount.objects.filter(hour__gt=now - timedelta(hours=HOURS), outcome__in=Outcome).values_list("outcome")
    hits = dict(rows.annotate(hits=Sum("hits")).order_by())
    return [{"outcome": name.value, "status": ANSWERS[name], "hits": hits.get(name.value, 0)} for name in Outcome]


def chart(*, now: datetime) -> list[dict[str, Any]]:
    """Return refused and accepted requests per hour, and the bar of the refused ones. A single query."""
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    hourly: defaultdict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    rows = HookCount.objects.filter(hour__gte=hours[0], outcome__in=Outcome).values_list("hour", "outcome", "hits")
    for hour, outcome, hits in rows:
        hourly[hour][outcome not in REFUSED] += hits
    most = max((refused for refused, _ in hourly.values()), default=0) or 1
    bars = []
    for place, hour in enumerate(hours):
        refused, taken = hourly[hour]
        height = max(round(refused / most * _CHART_HEIGHT), 2 if refused else 0)
        drawing = {"x": place * 10, "y": _CHART_HEIGHT - height, "height": height}
        bars.append({"hour": hour, "refused": refused, "taken": taken, **drawing})
    return bars


def findings() -> list[tuple[InboxFinding, bool]]:
    """Return the fifty most recent findings, and whether the type has a handler by now. A single query.

    If it has, its quarantined copies can be rerun.
    """
    rows = InboxFinding.objects.select_related("tenant", "route")[:50]
    return [(row, handled(row.kind, row.kind_version)) for row in rows]


def gaps(tenant: Tenant, *, since: datetime, until: datetime) -> list[InboxGap]:
    """Return a tenant's gaps that overlap a time span. A single query, own scope."""
    with scope.tenant(tenant.pk):
        return list(InboxGap.objects.filter(tenant=tenant, ended_at__gt=since, began_at__lt=until))


@dataclass(frozen=True)
class Window:
    """A period in which events may have been missed; `ended_at` is None while it lasts."""

    began_at: datetime
    ended_at: datetime | None
    told_by: str


@dataclass(frozen=True)
class Statement:
    """The gap statement of a tenant for a time span: the periods, and the basis of the statement."""

    windows: tuple[Window, ...]
    sentence: str


def statement(tenant: Tenant, *, since: datetime, until: datetime) -> Statement:
    """Return the gap statement of a time span: known gaps, ongoing silences, and its basis. Two queries, own scope."""
    closed = [Window(gap.began_at, gap.ended_at, gap.told_by) for gap in gaps(tenant, since=since, until=until)]
    mine = list(HookRoute.objects.filter(tenant=tenant).order_by("pk"))
    # Nothing can have been missed in the future.
    silent = [route for route in mine if _is_silent(route, min(until, timezone.now()))]
    still = [Window(route.alive_at, None, "silence") for route in silent if route.alive_at]
    return Statement(tuple(sorted([*closed, *still], key=lambda window: window.began_at)), _how_it_is_known(mine))


def _how_it_is_known(routes: list[HookRoute]) -> str:
    if not routes:
        return "No connection of this contractor takes events, so none can have been missed."
    if any(route.alive_at is None for route in routes):
        return "Nothing was ever heard from a sender, so missed events cannot be counted."
    unpolled = next((route for route in routes if route.polled_to is None), None)
    if unpolled is None:
        return "Reported by events, heartbeats, and polls that compare what changed there with the events that came."
    return f"Reported by events and heartbeats only. {unpolled.poll_said or 'It was never polled.'}"


def _is_silent(route: HookRoute, now: datetime) -> bool:
    return bool(route.alive_at and now - route.alive_at > timedelta(seconds=route.heartbeat_seconds))


def silent_routes(*, now: datetime) -> list[HookRoute]:
    """Return routes with an ongoing silence: a gap that is still open. A single query."""
    rows = HookRoute.objects.exclude(alive_at=None).select_related("tenant")
    return [row for row in rows if _is_silent(row, now)]


def routes() -> QuerySet[HookRoute]:
    """Return the routes of all contractors, by contractor."""
    return HookRoute.objects.select_related("tenant").order_by("tenant__name", "pk")


def with_keys(rows: Collection[HookRoute]) -> list[tuple[HookRoute, list[HookKey]]]:
    """Return these routes with their keys. Runs one query."""
    rings: defaultdict[int, list[HookKey]] = defaultdict(list)
    for key in HookKey.objects.filter(route__in=rows).order_by("standing"):
        rings[key.route_id].append(key)
    return [(row, rings[row.pk]) for row in rows]


def ids_of_bookings(tenant_id: int, *, environment: str, since: datetime) -> dict[str, set[int]]:
    """Return the IDs of the bookings read since then, also by the sender, and of their jobs.

    Runs two queries, in the tenant's scope.
    """
    read = HeardBooking.objects.filter(tenant=tenant_id, environment=environment, read_at__gte=since)
    sent = SyncItem.objects.filter(tenant=tenant_id, sent_to=environment, state_since__gte=since)
    rows = list(read.values_list("number", "job"))
    numbers = [
        *(number for number, _ in rows),
        *sent.filter(external_id__regex="^[0-9]+$").values_list("external_id", flat=True),
    ]
    ids = {"bookings": {int(number) for number in numbers}, "jobs": {int(job) for _, job in rows if job}}
    return {kind: of_kind for kind, of_kind in ids.items() if of_kind}


def ids_of_sessions(tenant_id: int, *, since: datetime) -> set[str]:
    """Return the IDs of the Scheduling Pro sessions stored since then. Runs one query, in the tenant's scope."""
    leads = Lead.objects.filter(tenant=tenant_id, channel=Channel.SESSION, received_at__gte=since)
    return {name for name in leads.values_list("source__scheduling_pro_session", flat=True) if name}


def effects(public_id: str) -> dict[str, int]:
    """Return how many rows a route has created. Three queries, in its tenant's scope."""
    route = HookRoute.objects.get(public_id=public_id)
    with scope.tenant(route.tenant_id):
        mine: Any = Q(route=route)
        return {
            "events": InboxEvent.objects.filter(mine).count(),
            "quarantined": QuarantinedRequest.objects.filter(mine).count(),
        }


def first_events(environment: Environment, *, days: int, without: Tenant) -> list[dict[str, str]]:
    """Return the first trusted event of each route of our accounts in an environment. A query, in worker scope.

    `without`: the tenant that sends events to itself.
    """
    since = timezone.now() - timedelta(days=days)
    with scope.worker():
        rows = InboxEvent.objects.filter(route__connection__environment=environment, received_at__gt=since)
        ours = rows.filter(tenant__is_demo=True).exclude(tenant=without).exclude(kind="pagetojob.test")
        firsts = ours.order_by("route", "received_at").distinct("route").values("public_id", "kind", "received_at")
        return [
            {"event": str(row["public_id"]), "type": row["kind"], "at": row["received_at"].isoformat()}
            for row in firsts
        ]


def board(*, state: str) -> dict[str, Any]:
    """Return the context of the first page except its rows. Seven queries."""
    now = timezone.now()
    return {
        "state": state,
        "states": dict(InboxEvent.objects.order_by().values_list("state").annotate(Count("pk"))),
        "counted": counted(now=now),
        "bars": chart(now=now),
        "findings": findings(),
        "ways": ways_to_find_missed(),
        "gaps": InboxGap.objects.select_related("tenant")[:20],
        "silent": silent_routes(now=now),
        "listened_to": HookRoute.objects.select_related("tenant").order_by("tenant__name", "pk"),
    }
