"""`/ops/health`: active alarms with counts and ages, for operators and a monitor.

It never takes a server out of service: load balancers use `/readyz`.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.backups.selectors import BackupState
from pagetojob.platform.postgresql.missing_migrations import why_unreadable
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from syncqueue import selectors

from .monitoring import read_health

SCHEMA = "pagetojob.ops-health/1"


@never_cache
@require_safe
def ops_health(request: HttpRequest) -> JsonResponse:
    """Return 200 if no alarm is active, 503 with the problems if one is, and 401 without permission."""
    try:
        if not may_ask(request):
            body = {"schema": SCHEMA, "ok": False, "problems": ["Sign in as an operator, or send the monitor's token."]}
            return JsonResponse(body, status=401, headers={"WWW-Authenticate": "Bearer"})
        with scope.worker():
            body = _report()
    except DatabaseError:
        body = {"schema": SCHEMA, "ok": False, "problems": [why_unreadable()]}
    return JsonResponse(body, status=200 if body["ok"] else 503)


def may_ask(request: HttpRequest) -> bool:
    """Return whether the request has the monitor's token or comes from a person with an operations role."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.OPS_HEALTH_TOKEN and kind.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.OPS_HEALTH_TOKEN)
    user = request.user
    return isinstance(user, User) and user.can(Ability.VIEW_QUEUE)


def _report() -> dict[str, Any]:
    watch = read_health()
    runbook = reverse("core:ops-alarms")
    return {
        "schema": SCHEMA,
        "ok": not watch.holding,
        "problems": [alarm.sentence for alarm in watch.alarms],
        "runbooks": [f"{runbook}#{alarm.key}" for alarm in watch.alarms],
        "dispatcher_seconds": _seconds(watch.life.dispatcher),
        "worker_seconds": _seconds(watch.life.worker),
        "late_tasks": list(watch.life.late),
        "last_try_seconds": _seconds(watch.last_attempt_age),
        "oldest_due_seconds": _seconds(watch.lag.oldest_due),
        "oldest_notice_seconds": _seconds(watch.lag.oldest_notice),
        "untold": min(watch.unnotified, selectors.MOST_COUNTED),
        "untold_is_more": watch.unnotified > selectors.MOST_COUNTED,
        "books": {
            "balance": watch.ledger.balance,
            "missing": watch.ledger.missing,
            "captured": watch.ledger.captured,
        },
        "overclaims": watch.overclaims,
        "audit_findings": watch.audit_findings,
        "lanes_in_trouble": watch.lanes_in_trouble,
        "lanes_paused": watch.lanes_paused,
        "hosts": [
            {
                "host": row.host,
                "clock_ahead_seconds": round(row.clock_ahead.total_seconds()),
                "disk_free_percent": round(row.free * 100),
                "folder": row.folder,
            }
            for row in watch.hosts
        ],
        "backups": _backups(watch.backups),
    }


def _backups(state: BackupState | None) -> dict[str, Any]:
    if state is None:
        return {"configured": False}
    return {
        "configured": True,
        "newest_seconds": _seconds(state.backup_age),
        "archived_seconds": _seconds(state.archive_age),
        "proven_seconds": _seconds(state.proven_age),
    }


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds())
