"""`/ops/alarms/`: what the monitor reads, for people, with the runbook under each alarm."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.roles import Ability
from syncqueue.access import operators_only
from syncqueue.state_texts import how_long

from .alarms import ALARMS
from .monitoring import look


@never_cache
@require_safe
@operators_only(Ability.VIEW_QUEUE)
def ops_alarms(request: HttpRequest) -> HttpResponse:
    """Those that hold now stand first, open. Thirteen queries besides who asks."""
    # Counts and ages only; some of what is looked at is no operator's table.
    with scope.worker():
        watch = look()
    alarms = sorted(ALARMS, key=lambda alarm: alarm.key not in watch.holding)
    beats = (
        ("Dispatcher handed out a duty", watch.life.dispatcher),
        ("Worker finished a duty", watch.life.worker),
        ("A try was settled", watch.last_attempt_age),
    )
    context = {
        "watch": watch,
        "alarms": [(alarm, alarm.key in watch.holding) for alarm in alarms],
        "beats": [(words, _ago(age)) for words, age in beats],
        "oldest_due": how_long(watch.lag.oldest_due),
        "oldest_notice": how_long(watch.lag.oldest_notice),
    }
    return render(request, "ops/alarms.html", context)


def _ago(age: timedelta | None) -> str:
    return f"{how_long(age)} ago" if age is not None else "never"
