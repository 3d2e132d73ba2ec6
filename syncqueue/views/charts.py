"""Charts of the queue, drawn by the server, each with its table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pagetojob.platform import times
from pagetojob.platform.charts import columns
from pagetojob.platform.tenants.models import Tenant

from .. import selectors
from ..business_charts import business_charts
from ..causes import CAUSES
from ..models import Kind
from ..selectors import requests
from ..selectors.metrics import Slot
from ..selectors.weeks import weeks
from ..tally_buckets import BUCKETS, WORDS
from .time_limit import list_view

_UNITS = {"hour": "the last 48 hours, by hour", "day": "the last 30 days, by day"}


@list_view()
def charts(request: HttpRequest) -> HttpResponse:
    """Show a contractor's requests by week if one is chosen; else throughput, latency and failures of the queue."""
    contractors = list(Tenant.objects.order_by("name"))
    chosen = next((row for row in contractors if row.slug == request.GET.get("contractor")), None)
    if chosen:
        timer = requests.timer_of(chosen)
        business = business_charts(weeks(chosen, timer, now=timezone.now()), counts_all_hours=timer.counts_all_hours)
        context = {"contractors": contractors, "chosen": chosen, "charts": business}
        return render(request, "syncqueue/contractor_charts.html", context)
    unit = "day" if request.GET.get("by") == "day" else "hour"
    wanted = request.GET.get("kind", "")
    kind = Kind(wanted) if wanted in Kind.values else None
    slots = selectors.slots_of(unit, kind, timezone.now())
    context = {
        "contractors": contractors,
        "unit": unit,
        "kind": kind or "",
        "units": _UNITS,
        "kinds": Kind.choices,
        "period": _UNITS[unit],
        "until": selectors.counted_until(),
        "any": any(slot.attempts for slot in slots),
        "throughput": _throughput(slots, unit),
        "times": [_times(slots, unit, of, *words) for of, words in _TIMES.items()],
        "failures": _failures(slots),
    }
    return render(request, "syncqueue/charts.html", context)


_TIMES = {
    "waited": ("From request to first attempt", "Time from storing a request to its first attempt."),
    "took": ("From claim to settlement", "Time that a worker held an item in one attempt."),
}


def _name(slot: Slot, unit: str) -> str:
    """Return the label of a slot: an hour of the reader, or a day in UTC, because days are counted in UTC."""
    return f"{slot.at:%b} {slot.at.day}" if unit == "day" else f"{timezone.localtime(slot.at):%H:%M}"


def _full(slot: Slot, unit: str) -> str:
    return f"{slot.at:%b} {slot.at.day}, {slot.at.year} UTC" if unit == "day" else times.shown(slot.at)


def _throughput(slots: Sequence[Slot], unit: str) -> Mapping[str, Any]:
    stacks = [[(slot.delivered, "bar"), (slot.others, "bar chart__bar--wrong")] for slot in slots]
    return {
        "drawing": columns.stacked([_name(slot, unit) for slot in slots], stacks),
        "rows": [(_full(slot, unit), slot.attempts, slot.delivered, slot.others) for slot in slots if slot.attempts],
        "attempts": sum(slot.attempts for slot in slots),
        "delivered": sum(slot.delivered for slot in slots),
    }


def _times(slots: Sequence[Slot], unit: str, of: str, title: str, lead: str) -> Mapping[str, Any]:
    quantiles = [slot.quantiles(of) for slot in slots]
    ranks = [(BUCKETS.index(pair[0]), BUCKETS.index(pair[1])) if pair else None for pair in quantiles]
    return {
        "id": of,
        "title": title,
        "lead": lead,
        "drawing": columns.ranked([_name(slot, unit) for slot in slots], ranks, list(WORDS.values())),
        "rows": [
            (_full(slot, unit), getattr(slot, of).total(), WORDS[pair[0]], WORDS[pair[1]])
            for slot, pair in zip(slots, quantiles, strict=True)
            if pair
        ],
    }


def _failures(slots: Sequence[Slot]) -> Sequence[tuple[str, int, float]]:
    """Return why attempts did not deliver: the cause in words, the count, and the length of its bar out of 100."""
    causes: Counter[str] = Counter()
    for slot in slots:
        causes.update(slot.failures)
    most = max(causes.values(), default=1)
    return [
        (CAUSES[key].title if key in CAUSES else f"class: {key}", count, round(100 * count / most, 1))
        for key, count in causes.most_common()
    ]
