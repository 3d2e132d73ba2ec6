"""A contractor's requests by week: how many, how many booked, how fast answered, and from where.

Needs a scope in which the tenant's rows are visible. Weeks begin on Monday in the tenant's time zone.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.db.models.fields.json import KT

from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import AnswerKind, Lead, LeadAnswer

from ..response import ResponseTimer
from .requests import line_of

WEEKS = 12
UNKNOWN = "no source recorded"


@dataclass
class Week:
    """The requests of a week that count: no tests, duplicates or spam. `seconds` are the times to the first answer."""

    first: date
    requests: int = 0
    booked: int = 0
    seconds: list[int] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)

    @property
    def median_seconds(self) -> int | None:
        return int(median(self.seconds)) if self.seconds else None


def weeks(tenant: Tenant, timer: ResponseTimer, *, now: datetime) -> list[Week]:
    """Return the last twelve weeks, the present one last. Three queries."""
    zone = tenant.shown_zone
    present = _monday(now, zone)
    by_first = {first: Week(first) for first in (present - timedelta(weeks=ago) for ago in range(WEEKS - 1, -1, -1))}
    begin = datetime.combine(next(iter(by_first)), time(), zone).astimezone(UTC)
    active = LeadAnswer.objects.filter(undone_at=None).order_by("pk")  # without the people, whom operators may not read
    rows = Lead.objects.filter(tenant=tenant, received_at__gte=begin, received_at__lte=now)
    rows = rows.defer("consent_text", "source").prefetch_related(
        "booking_requests", Prefetch("answers", queryset=active, to_attr="active_answers")
    )
    for lead in rows.annotate(campaign=KT("source__utm_source"), referrer=KT("source__referrer")):
        line = line_of(lead, timer, now)
        if line.response is None:
            continue
        week = by_first[_monday(lead.received_at, zone)]
        week.requests += 1
        week.booked += line.status is not None and line.status.kind == AnswerKind.BOOKED
        week.seconds += [line.response.seconds] if line.response.is_answered else []
        week.sources[_source(lead)] += 1
    return list(by_first.values())


def _monday(at: datetime, zone: ZoneInfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def _source(lead: Lead) -> str:
    """Return the campaign's source, or else the site that the visitor came from."""
    campaign, referrer = lead.campaign, lead.referrer  # type: ignore[attr-defined]  # annotated
    if campaign:
        return str(campaign).strip().lower()[:40] or UNKNOWN
    try:
        host = urlsplit(referrer or "").hostname or ""
    except ValueError:  # untrusted text such as `http://[`
        host = ""
    return host.removeprefix("www.")[:60] or UNKNOWN
