"""`/ops/metrics`: metrics of the sending engine for Prometheus. Same access as `/ops/health`, never public."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope
from syncqueue.selectors import metrics
from syncqueue.tally_buckets import BUCKETS

from .alarms import ALARMS
from .health import may_ask
from .monitoring import Watch, look
from .prometheus import CONTENT_TYPE, Family, Sample, histogram, written

_ITEMS = "Open items; of a state with more than 1,000 as counted each minute, or the newest 1,001 until then."
_HISTOGRAMS = {
    "took": ("pagetojob_try_seconds", "From claim to settle, of each try."),
    "waited": ("pagetojob_first_try_wait_seconds", "From the commit of a request to its first try."),
}
_COUNTERS = {
    "outcome": ("pagetojob_tries_total", "Tries by what they led to.", "outcome"),
    "failure": ("pagetojob_failures_total", "Tries that did not deliver, by cause.", "cause"),
}


@never_cache
@require_safe
def ops_metrics(request: HttpRequest) -> HttpResponse:
    """Return 200 with the metrics, 401 without permission, or 503 without a database."""
    try:
        if not may_ask(request):
            said = "Sign in as an operator, or send the monitor's token.\n"
            return HttpResponse(said, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
        with scope.worker():
            families = [*_of_watch(look()), *_of_queue(), *_of_tries()]
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
    return HttpResponse(written(families), content_type=CONTENT_TYPE)


def _of_watch(watch: Watch) -> list[Family]:
    beats = {"dispatcher": watch.life.dispatcher, "worker": watch.life.worker, "deliver": watch.last_attempt_age}
    lag = {"due": watch.lag.oldest_due, "notice": watch.lag.oldest_notice}
    holding = [Sample(alarm.key in watch.holding, {"alarm": alarm.key}) for alarm in ALARMS]
    return [
        Family("pagetojob_alarm", "gauge", "1 while an alarm of /ops/health holds.", holding),
        Family(
            "pagetojob_heartbeat_age_seconds",
            "gauge",
            "Since a duty was handed out, a duty was finished, a try was settled. Absent before the first.",
            _ages("part", beats),
        ),
        Family("pagetojob_lag_seconds", "gauge", "Age of the oldest due item and open notice.", _ages("of", lag)),
        Family(
            "pagetojob_untold", "gauge", "Businesses not told in time; counting stops at 1,001.", [_n(watch.untold)]
        ),
        Family("pagetojob_leads_missing", "gauge", "Leads without a booking item.", [_n(watch.books.missing)]),
        Family("pagetojob_leads_captured", "gauge", "Leads in the books.", [_n(watch.books.captured)]),
    ]


def _of_queue() -> list[Family]:
    """Return the metrics of queue and lanes. Four queries."""
    deep = metrics.depth()
    items = [Sample(n, {"state": state, "kind": kind}) for (state, kind), n in deep.items.items()]
    ages = metrics.oldest_by_state()
    oldest = [Sample(seconds, {"state": state}) for state, seconds in ages.items()]
    lanes = [Sample(n, {"state": state, "kind": kind}) for (state, kind), n in metrics.lanes_by_state().items()]
    more = [Sample(state in deep.deep - deep.counted.keys(), {"state": state}) for state in ages]
    return [
        Family("pagetojob_queue_items", "gauge", _ITEMS, items),
        Family(
            "pagetojob_queue_items_age_seconds",
            "gauge",
            "How old the count of a deep state is. Absent while it is counted at the scrape.",
            _ages("state", deep.counted),
        ),
        Family("pagetojob_queue_items_more", "gauge", "1 while a state has more items than were counted.", more),
        Family("pagetojob_queue_oldest_seconds", "gauge", "Since when the oldest item of a state is owed.", oldest),
        Family("pagetojob_lanes", "gauge", "Lanes by the state of their switch and breaker.", lanes),
        Family(
            "pagetojob_suppressed_duplicates_total",
            "counter",
            "Bookings that a look-up found there, so that no second one was made.",
            [_n(metrics.not_made_twice())],
        ),
    ]


def _of_tries() -> list[Family]:
    """Return the metrics of attempts. They lag by two minutes and only increase. Makes one query."""
    counted: dict[str, list[Sample]] = defaultdict(list)
    buckets: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for kind, what, label, n, seconds in metrics.totals():
        if what in _COUNTERS:
            counted[what].append(Sample(n, {"kind": kind, _COUNTERS[what][2]: label}))
        else:
            buckets[what, kind][label] = n
            sums[what, kind] += seconds
    families = [Family(name, "counter", said, counted[what]) for what, (name, said, _) in _COUNTERS.items()]
    for of, (name, said) in _HISTOGRAMS.items():
        kinds = [key for key in buckets if key[0] == of]
        samples = [one for key in kinds for one in histogram({"kind": key[1]}, BUCKETS, buckets[key], sums[key])]
        families.append(Family(name, "histogram", said, samples))
    return families


def _ages(label: str, ages: Mapping[Any, timedelta | None]) -> list[Sample]:
    return [Sample(age.total_seconds(), {label: name}) for name, age in ages.items() if age is not None]


def _n(value: int) -> Sample:
    return Sample(value)
