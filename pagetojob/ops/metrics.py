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
from .monitoring import HealthSnapshot, read_health
from .prometheus import CONTENT_TYPE, Family, Sample, histogram, written

_ITEMS = "Open items. A state with more than 1,000 is counted once a minute; until then, the newest 1,001 are counted."
_HISTOGRAMS = {
    "took": ("pagetojob_try_seconds", "Duration of each attempt, from claim to recorded result."),
    "waited": ("pagetojob_first_try_wait_seconds", "Time from the commit of a request to its first attempt."),
}
_COUNTERS = {
    "outcome": ("pagetojob_tries_total", "Attempts by outcome.", "outcome"),
    "failure": ("pagetojob_failures_total", "Attempts that did not deliver, by cause.", "cause"),
}


@never_cache
@require_safe
def ops_metrics(request: HttpRequest) -> HttpResponse:
    """Return 200 with the metrics, 401 without permission, or 503 without a database."""
    try:
        if not may_ask(request):
            message = "Sign in as an operator, or send the monitor's token.\n"
            return HttpResponse(message, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
        with scope.worker():
            families = [*_of_watch(read_health()), *_of_queue(), *_of_tries()]
    except DatabaseError:
        return HttpResponse("The database does not respond.\n", status=503, content_type="text/plain")
    return HttpResponse(written(families), content_type=CONTENT_TYPE)


def _of_watch(watch: HealthSnapshot) -> list[Family]:
    beats = {"dispatcher": watch.life.dispatcher, "worker": watch.life.worker, "deliver": watch.last_attempt_age}
    lag = {"due": watch.lag.oldest_due, "notice": watch.lag.oldest_notice}
    holding = [Sample(alarm.key in watch.holding, {"alarm": alarm.key}) for alarm in ALARMS]
    return [
        Family("pagetojob_alarm", "gauge", "1 while an alarm of /ops/health is active.", holding),
        Family(
            "pagetojob_heartbeat_age_seconds",
            "gauge",
            "Time since the last periodic task started or finished, or attempt ended. Absent before the first.",
            _ages("part", beats),
        ),
        Family("pagetojob_lag_seconds", "gauge", "Age of the oldest due item and open notice.", _ages("of", lag)),
        Family(
            "pagetojob_untold",
            "gauge",
            "Businesses not notified in time; counting stops at 1,001.",
            [_n(watch.unnotified)],
        ),
        Family("pagetojob_leads_missing", "gauge", "Leads without a booking item.", [_n(watch.ledger.missing)]),
        Family("pagetojob_leads_captured", "gauge", "Leads in the ledger.", [_n(watch.ledger.captured)]),
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
            "Age of the count of a deep state. Absent while it is counted at the scrape.",
            _ages("state", deep.counted),
        ),
        Family("pagetojob_queue_items_more", "gauge", "1 while a state has more items than were counted.", more),
        Family("pagetojob_queue_oldest_seconds", "gauge", "Age of the oldest item of a state.", oldest),
        Family("pagetojob_lanes", "gauge", "Lanes by state of switch and circuit breaker.", lanes),
        Family(
            "pagetojob_suppressed_duplicates_total",
            "counter",
            "Bookings found by a lookup, so that no duplicate was created.",
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
    families = [Family(name, "counter", help_text, counted[what]) for what, (name, help_text, _) in _COUNTERS.items()]
    for of, (name, help_text) in _HISTOGRAMS.items():
        kinds = [key for key in buckets if key[0] == of]
        samples = [sample for key in kinds for sample in histogram({"kind": key[1]}, BUCKETS, buckets[key], sums[key])]
        families.append(Family(name, "histogram", help_text, samples))
    return families


def _ages(label: str, ages: Mapping[Any, timedelta | None]) -> list[Sample]:
    return [Sample(age.total_seconds(), {label: name}) for name, age in ages.items() if age is not None]


def _n(value: int) -> Sample:
    return Sample(value)
