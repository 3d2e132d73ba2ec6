"""`/ops/metrics`: metrics of the sending engine for Prometheus. Same access as `/ops/health`, never public."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import accumulate
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pagetojob.platform.postgresql.missing_migrations import why_unreadable
from pagetojob.platform.tenants import scope
from syncqueue.selectors import metrics
from syncqueue.tally_buckets import BUCKETS

from .alarms import ALARMS
from .health import may_ask
from .monitoring import HealthSnapshot, read_health

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
    """Return 200 with the metrics, 401 without permission, or 503 if they cannot be read."""
    try:
        if not may_ask(request):
            message = "Sign in as an operator, or send the monitor's token.\n"
            return HttpResponse(message, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
        with scope.worker():
            return HttpResponse(generate_latest(_DatabaseCollector()), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except DatabaseError:
        return HttpResponse(f"{why_unreadable()}\n", status=503, content_type="text/plain")


class _DatabaseCollector(Collector):
    """Reads all metrics from the database, because the library's own counters would count per process."""

    def collect(self) -> Iterator[Metric]:
        yield from _health_metrics(read_health())
        yield from _queue_metrics()
        yield from _attempt_metrics()


def _health_metrics(health: HealthSnapshot) -> Iterator[Metric]:
    beats = {"dispatcher": health.life.dispatcher, "worker": health.life.worker, "deliver": health.last_attempt_age}
    yield _gauge(
        "pagetojob_alarm",
        "1 while an alarm of /ops/health is active.",
        ["alarm"],
        {alarm.key: alarm.key in health.holding for alarm in ALARMS},
    )
    yield _gauge(
        "pagetojob_heartbeat_age_seconds",
        "Time since the last periodic task started or finished, or attempt ended. Absent before the first.",
        ["part"],
        _seconds(beats),
    )
    yield _gauge(
        "pagetojob_periodic_task_age_seconds",
        "Time since each periodic task last finished. Absent before the first time.",
        ["task"],
        _seconds(health.life.finished),
    )
    yield _gauge(
        "pagetojob_lag_seconds",
        "Age of the oldest due item and open notice.",
        ["of"],
        _seconds({"due": health.lag.oldest_due, "notice": health.lag.oldest_notice}),
    )
    yield _gauge(
        "pagetojob_host_clock_ahead_seconds",
        "Clock of a host minus that of the database. Absent without a report in five minutes.",
        ["host"],
        {row.host: row.clock_ahead.total_seconds() for row in health.hosts},
    )
    yield _gauge(
        "pagetojob_host_disk_free_ratio",
        "Free share of the fullest disk with folders of ours. Absent without a report in five minutes.",
        ["host"],
        {row.host: row.free for row in health.hosts},
    )
    if health.backups:
        ages = {
            "backup": health.backups.backup_age,
            "archive": health.backups.archive_age,
            "drill": health.backups.proven_age,
        }
        yield _gauge(
            "pagetojob_backup_age_seconds",
            "Age of the newest backup, of the newest archived WAL, and of the newest successful restore drill.",
            ["of"],
            _seconds(ages),
        )
    unnotified_help = "Businesses not notified in time; counting stops at 1,001."
    yield GaugeMetricFamily("pagetojob_untold", unnotified_help, health.unnotified)
    yield GaugeMetricFamily("pagetojob_leads_missing", "Leads without a booking item.", health.ledger.missing)
    yield GaugeMetricFamily("pagetojob_leads_captured", "Leads in the ledger.", health.ledger.captured)


def _queue_metrics() -> Iterator[Metric]:
    """Return the metrics of queue and lanes. Four queries."""
    depth, ages = metrics.depth(), metrics.oldest_by_state()
    yield _gauge("pagetojob_queue_items", _ITEMS, ["state", "kind"], depth.items)
    yield _gauge(
        "pagetojob_queue_items_age_seconds",
        "Age of the count of a deep state. Absent while it is counted at the scrape.",
        ["state"],
        _seconds(depth.counted),
    )
    yield _gauge(
        "pagetojob_queue_items_more",
        "1 while a state has more items than were counted.",
        ["state"],
        {state: state in depth.deep - depth.counted.keys() for state in ages},
    )
    yield _gauge("pagetojob_queue_oldest_seconds", "Age of the oldest item of a state.", ["state"], ages)
    yield _gauge(
        "pagetojob_lanes",
        "Lanes by state of switch and circuit breaker.",
        ["state", "kind"],
        metrics.lanes_by_state(),
    )
    yield CounterMetricFamily(
        "pagetojob_suppressed_duplicates_total",
        "Bookings found by a lookup, so that no duplicate was created.",
        metrics.not_made_twice(),
    )


def _attempt_metrics() -> Iterator[Metric]:
    """Return the metrics of attempts. They lag by two minutes and only increase. Makes one query."""
    counters = {
        what: CounterMetricFamily(name, help_text, labels=["kind", label])
        for what, (name, help_text, label) in _COUNTERS.items()
    }
    buckets: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for kind, what, label, n, seconds in metrics.totals():
        if what in counters:
            counters[what].add_metric([kind, label], n)
        else:
            buckets[what, kind][label] = n
            sums[what, kind] += seconds
    histograms = {
        what: HistogramMetricFamily(name, help_text, labels=["kind"]) for what, (name, help_text) in _HISTOGRAMS.items()
    }
    for (measure, kind), counts in buckets.items():
        cumulative = accumulate(counts.get(bound, 0) for bound in BUCKETS)
        histograms[measure].add_metric([kind], list(zip(BUCKETS, cumulative, strict=True)), sums[measure, kind])
    yield from counters.values()
    yield from histograms.values()


def _gauge(name: str, help_text: str, labels: list[str], values: Mapping[Any, float]) -> GaugeMetricFamily:
    """Return a gauge with a sample for each value. The keys are label values, as tuples if there are several labels."""
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for key, value in values.items():
        family.add_metric(key if isinstance(key, tuple) else [key], value)
    return family


def _seconds(ages: Mapping[Any, timedelta | None]) -> dict[Any, float]:
    return {key: age.total_seconds() for key, age in ages.items() if age is not None}
