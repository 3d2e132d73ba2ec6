"""`/ops/health`: is anybody waiting who should not be? Counts and ages only, for operators and one monitor.

Never a reason to stop serving forms: load balancers ask `/readyz`.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.kernel.runs.models import Run, RunState
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import User
from pagetojob.kernel.tenants.roles import Ability
from syncqueue import selectors

SCHEMA = "pagetojob.ops-health/1"
#: Duties run every ten seconds, so this is several missed turns.
LONGEST_SILENCE = timedelta(minutes=1)
#: A lane rests for two minutes at most, and then catches up.
LONGEST_DUE = timedelta(minutes=5)


@never_cache
@require_safe
def ops_health(request: HttpRequest) -> JsonResponse:
    """200 when all is well, 503 with the reasons when something is not, 401 for everybody who may not ask."""
    try:
        if not _may_ask(request):
            body = {"schema": SCHEMA, "ok": False, "problems": ["Sign in as an operator, or send the monitor's token."]}
            return JsonResponse(body, status=401, headers={"WWW-Authenticate": "Bearer"})
        with scope.worker():
            body = _report()
    except DatabaseError:
        body = {"schema": SCHEMA, "ok": False, "problems": ["The database does not answer."]}
    return JsonResponse(body, status=200 if body["ok"] else 503)


def _may_ask(request: HttpRequest) -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.OPS_HEALTH_TOKEN and kind.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.OPS_HEALTH_TOKEN)
    user = request.user
    return isinstance(user, User) and user.can(Ability.VIEW_QUEUE)


def _report() -> dict[str, Any]:
    """Eight queries, whatever waits."""
    life, lag = selectors.signs_of_life(), selectors.lag()
    untold, books = selectors.untold_count(), selectors.books()
    problems = {
        "The dispatcher shows no sign of life.": _longer(life.dispatcher, LONGEST_SILENCE, never=True),
        "No worker has finished a duty for a minute.": _longer(life.worker, LONGEST_SILENCE, never=True),
        "An item has been due for more than five minutes.": _longer(lag.oldest_due, LONGEST_DUE, never=False),
        "A business has not been told of a lead within ten minutes.": untold > 0,
        "A run has waited for a worker for more than five minutes.": _a_run_waits(),
        "The books do not balance.": not books.balance,
        "A lead has no notice to its business.": not selectors.notice_books().balance,
    }
    found = [sentence for sentence, holds in problems.items() if holds]
    return {
        "schema": SCHEMA,
        "ok": not found,
        "problems": found,
        "dispatcher_seconds": _seconds(life.dispatcher),
        "worker_seconds": _seconds(life.worker),
        "oldest_due_seconds": _seconds(lag.oldest_due),
        "oldest_notice_seconds": _seconds(lag.oldest_notice),
        "untold": min(untold, selectors.MOST_COUNTED),
        "untold_is_more": untold > selectors.MOST_COUNTED,
        "books": {"balance": books.balance, "missing": books.missing, "captured": books.captured},
        "lanes_in_trouble": len(selectors.lanes_in_trouble()),
    }


def _a_run_waits() -> bool:
    return Run.objects.filter(state=RunState.QUEUED, state_since__lt=Now() - LONGEST_DUE).exists()


def _longer(age: timedelta | None, than: timedelta, *, never: bool) -> bool:
    return never if age is None else age > than


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds())
