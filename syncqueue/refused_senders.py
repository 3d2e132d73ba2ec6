"""Senders whose events or reports are refused for their signature: webhooks, the text provider, and mail servers.

The hourly counts of the inbox contain them all. A single accepted report proves little, because a sender may be
repaired on some of its hosts only, so `refused_senders` waits for more.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from pagetojob.gates.registry import Environment

from .inbox.outcomes import NOT_SIGNED_BY_A_KEY, SIGNED, ReportOutcome
from .models import HookCount, HookRoute

#: This many reports, accepted at least an hour after the last refused one, end the refusals; otherwise a week does.
ENOUGH_ACCEPTED = 3
_LONGEST = timedelta(days=7)
_HOUR = timedelta(hours=1)
#: Senders without a route, by the outcome of their refused reports: name, and the outcome of their accepted reports.
_PROVIDERS = {
    ReportOutcome.TEXT_REFUSED: ("Text provider", ReportOutcome.TEXT_ACCEPTED),
    ReportOutcome.EMAIL_REFUSED: ("Mail servers", ReportOutcome.EMAIL_ACCEPTED),
}


@dataclass(frozen=True)
class RefusedSender:
    """A sender, its refused reports of a week, the hour of the last one, and how many were accepted since.

    `route` is None for the text provider and for mail servers.
    """

    name: str
    route: HookRoute | None
    refused: int
    last: datetime
    accepted: int

    @property
    def sentence(self) -> str:
        """Return the counts in words."""
        until = self.last + _HOUR
        since = f"{self.accepted} of {ENOUGH_ACCEPTED} accepted an hour or more after that"
        return f"{self.refused} refused, the last before {until:%H:%M} UTC on {until:%B} {until.day}; {since}"


def refused_senders(route: HookRoute | None = None) -> Sequence[RefusedSender]:
    """Return the senders with a refused report within a week, until three are accepted an hour or more after the last.

    With `route`, only its sender. Without, closed routes and those of the simulator are left out, because drills send
    forged requests. Runs one query, and two per sender. Needs the scope of a worker or an operator.
    """
    rows = HookCount.objects.filter(outcome__in=(*NOT_SIGNED_BY_A_KEY, *_PROVIDERS), hour__gt=timezone.now() - _LONGEST)
    if route:
        rows = rows.filter(route=route)
    else:
        in_use = Q(route__closed_at=None) & ~Q(route__connection__environment=Environment.SIMULATOR)
        rows = rows.filter(Q(route=None) | in_use)
    hits: Counter[tuple[int | None, str]] = Counter()
    last: dict[tuple[int | None, str], datetime] = {}
    for pk, outcome, number, hour in rows.order_by("hour").values_list("route", "outcome", "hits", "hour"):
        sender = (pk, "" if pk else outcome)
        hits[sender] += number
        last[sender] = hour
    senders = [_sender(*sender, refused=hits[sender], last=last[sender]) for sender in hits]
    return [sender for sender in senders if sender.accepted < ENOUGH_ACCEPTED]


def refused_routes() -> QuerySet[HookRoute]:
    """Return the routes of `refused_senders`."""
    return HookRoute.objects.filter(pk__in=[sender.route.pk for sender in refused_senders() if sender.route])


def _sender(pk: int | None, outcome: str, *, refused: int, last: datetime) -> RefusedSender:
    route = HookRoute.objects.select_related("tenant").get(pk=pk) if pk else None
    name, *accepted = (f"Webhook of {route.tenant.name}", *SIGNED) if route else _PROVIDERS[ReportOutcome(outcome)]
    # An hour that is counted as a whole can begin before the last refusal, so the next one does not count yet.
    since = HookCount.objects.filter(route=route, outcome__in=accepted, hour__gte=last + 2 * _HOUR)
    return RefusedSender(name, route, refused, last, since.aggregate(hits=Sum("hits"))["hits"] or 0)
