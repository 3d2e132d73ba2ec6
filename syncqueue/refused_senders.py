"""Senders whose events or reports are refused for their signature: webhooks, the text provider, and mail servers.

The hourly counts of the inbox contain them all. A single accepted report proves little on the first day, because a
sender may be repaired on some of its hosts only, so the alarm waits for more. After that day, it continues only while
nothing is accepted: anyone who knows the address of a route can send wrong signatures, and no one else correct ones.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Q, QuerySet
from django.utils import timezone

from pagetojob.gates.registry import Environment

from .inbox.outcomes import ALARMING, NOT_SIGNED_BY_A_KEY, SIGNED, ReportOutcome
from .models import HookCount, HookRoute

#: This many reports, accepted at least an hour after the last refused one, end the refusals; otherwise a week does.
ENOUGH_ACCEPTED = 3
#: After the first day, the alarm about a sender is active only if none of its reports was accepted for this time.
SILENT = timedelta(hours=6)
_LONGEST = timedelta(days=7)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
#: Senders without a route, by the outcome of their refused reports: name, and the outcome of their accepted reports.
_PROVIDERS = {
    ReportOutcome.TEXT_REFUSED: ("Text provider", ReportOutcome.TEXT_ACCEPTED),
    ReportOutcome.EMAIL_REFUSED: ("Mail servers", ReportOutcome.EMAIL_ACCEPTED),
}


@dataclass(frozen=True)
class RefusedSender:
    """A sender, its refused reports of a week, the hours of the first and the last, and the accepted ones since then.

    `first` is since the alarm last ended. `route` is None for the text provider and for mail servers. `accepted` is how
    many were accepted since the first report of the week that was refused, and `after_last` an hour or more after the
    last. Not each of them `raises_alarm`.
    """

    name: str
    route: HookRoute | None
    refused: int
    first: datetime
    last: datetime
    accepted: int
    after_last: int
    is_first_day: bool
    raises_alarm: bool

    @property
    def sentence(self) -> str:
        """Return the counts and what ends the alarm, in words."""
        until = self.last + _HOUR
        refused = f"{self.refused} refused (last before {until:%H:%M} UTC on {until:%B} {until.day})"
        counts = f"{refused}, {self.accepted} accepted since the first of them"
        if self.is_first_day:
            return f"{counts}; {self.after_last} of the {ENOUGH_ACCEPTED} accepted reports that end this have arrived"
        if self.raises_alarm:
            return f"{counts}; the next accepted report ends this"
        return f"{counts}; this is no alarm after the first day while reports are accepted"


def refused_senders(route: HookRoute | None = None) -> Sequence[RefusedSender]:
    """Return the senders with a refused report within a week, until three are accepted an hour or more after the last.

    Those that raise the alarm are `alarming_senders`.

    With `route`, only its sender. Without, these are left out: closed routes, those of the simulator, because drills
    send forged requests, and requests without a signature. Runs one query, and two per sender. Needs the scope of a
    worker or an operator.
    """
    rows = HookCount.objects.filter(hour__gt=timezone.now() - _LONGEST)
    if route:
        rows = rows.filter(outcome__in=NOT_SIGNED_BY_A_KEY, route=route)
    else:
        in_use = Q(route__closed_at=None) & ~Q(route__connection__environment=Environment.SIMULATOR)
        rows = rows.filter(Q(route=None) | in_use, outcome__in=(*ALARMING, *_PROVIDERS))
    refused: defaultdict[tuple[int | None, str], Counter[datetime]] = defaultdict(Counter)
    for pk, outcome, hits, hour in rows.order_by("hour").values_list("route", "outcome", "hits", "hour"):
        refused[pk, "" if pk else outcome][hour] += hits
    senders = [_sender(*sender, refused=hours) for sender, hours in refused.items()]
    return [sender for sender in senders if sender.after_last < ENOUGH_ACCEPTED]


def alarming_senders() -> Sequence[RefusedSender]:
    """Return the senders that raise the alarm, in the scope and with the queries of `refused_senders`."""
    return [sender for sender in refused_senders() if sender.raises_alarm]


def newest_refusal() -> int:
    """Return a number that grows when another sender is refused; 0 if none was refused first within a day.

    It is the hour in seconds since 1970, plus the senders of that hour. Older refusals are left out, because their
    first hour moves as their counts leave the week that is read.
    """
    firsts = [sender.first for sender in alarming_senders() if sender.first > timezone.now() - _DAY]
    newest = max(firsts, default=None)
    return int(newest.timestamp()) + firsts.count(newest) if newest else 0


def refused_routes() -> QuerySet[HookRoute]:
    """Return the routes of `alarming_senders`."""
    return HookRoute.objects.filter(pk__in=[sender.route.pk for sender in alarming_senders() if sender.route])


def _sender(pk: int | None, outcome: str, *, refused: Counter[datetime]) -> RefusedSender:
    """Return a sender. `refused` has its refused reports by hour, in the order of time."""
    route = HookRoute.objects.select_related("tenant").get(pk=pk) if pk else None
    name, *accepted = (f"Webhook of {route.tenant.name}", *SIGNED) if route else _PROVIDERS[ReportOutcome(outcome)]
    first, *later = refused
    last = later[-1] if later else first
    rows = HookCount.objects.filter(route=route, outcome__in=accepted, hour__gte=first)
    counts = list(rows.order_by("hour").values_list("hour", "hits"))
    unanswered = _unanswered(refused, counts)
    first_day = first
    for before, after in pairwise(refused):
        if _accepted_after(before, [row for row in counts if row[0] < after]) >= ENOUGH_ACCEPTED:
            first = after
            # A sender that was repaired breaks again. Sooner, it may be a stranger who goes on.
            first_day = after if after > before + _HOUR + _DAY else first_day
    is_first_day = timezone.now() < first_day + _HOUR + _DAY
    return RefusedSender(
        name=name,
        route=route,
        refused=refused.total(),
        first=first if is_first_day or not unanswered else max(first, unanswered[0]),
        last=last,
        accepted=sum(hits for _, hits in counts),
        after_last=_accepted_after(last, counts),
        is_first_day=is_first_day,
        raises_alarm=is_first_day or bool(unanswered),
    )


def _unanswered(refused: Iterable[datetime], counts: Sequence[tuple[datetime, int]]) -> list[datetime]:
    """Return the hours with refused reports since the last accepted one; none before `SILENT` has passed since it."""
    if not counts:
        return list(refused)
    last = counts[-1][0]
    is_silent = timezone.now() >= last + _HOUR + SILENT
    return [hour for hour in refused if is_silent and hour > last]


def _accepted_after(refusal: datetime, counts: Iterable[tuple[datetime, int]]) -> int:
    # An hour that is counted as a whole can begin before the refusal, so the next one does not count yet.
    return sum(hits for hour, hits in counts if hour >= refusal + 2 * _HOUR)
