"""`/ops/alarms/`: the alarms that the monitor reads, each with its runbook."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pagetojob.backups.plan import Job
from pagetojob.backups.selectors import BackupState
from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.roles import Ability
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue.selectors import metrics
from syncqueue.state_texts import how_long

from .alarm_places import clock_words, disk_words, notice_of
from .alarms import ALARMS, BY_KEY
from .incidents import incidents_now, mark_of, newest_messages
from .monitoring import read_health
from .on_call import people_for
from .runbooks import practices


@operator_page(Ability.VIEW_QUEUE)
def ops_alarms(request: HttpRequest) -> HttpResponse:
    """Show all alarms, active ones first and expanded. Thirty-three queries, and a few per active alarm."""
    # The worker scope is needed because operators cannot read some of the tables. Only counts and ages are shown.
    with scope.worker():
        watch, depth = read_health(), metrics.depth()
        notices = {alarm.key: notice_of(alarm) for alarm in watch.alarms}
    incidents = incidents_now()
    alarms = sorted(ALARMS, key=lambda alarm: alarm.key not in watch.holding)
    drills = {row.runbook.alarm: row.drill for row in practices()}
    beats = (
        ("Dispatcher started a periodic task", watch.life.dispatcher),
        ("Worker finished a periodic task", watch.life.worker),
        ("An attempt was recorded", watch.last_attempt_age),
    )
    context = {
        "watch": watch,
        "active_alarms": watch.alarms,
        "incidents": [
            (row, BY_KEY[row.key].sentence, mark_of(row), notices.get(row.key))
            for row in incidents
            if row.key in BY_KEY
        ],
        "unrecorded": [notices[alarm.key] for alarm in watch.alarms if alarm.key not in {row.key for row in incidents}],
        "unacknowledged": sum(row.acknowledged_at is None for row in incidents),
        "on_call": people_for(0, timezone.now()),
        "sent": newest_messages(),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "alarms": [(alarm, alarm.key in watch.holding, drills[alarm.key]) for alarm in alarms],
        "beats": [(words, f"{how_long(age)} ago" if age is not None else "never") for words, age in beats],
        "waiting": _waiting(depth),
        "late_tasks": [
            (name, PERIODIC_TASKS[name].sentence, how_long(watch.life.finished.get(name))) for name in watch.life.late
        ],
        "refused": [sender for sender in watch.refused if not sender.raises_alarm],
        "hosts": [(row, disk_words(row), clock_words(row)) for row in watch.hosts],
        "backups": _backups(watch.backups),
        "oldest_due": how_long(watch.lag.oldest_due),
        "oldest_notice": how_long(watch.lag.oldest_notice),
    }
    return render(request, "ops/alarms.html", context)


def _waiting(depth: metrics.Depth) -> list[tuple[str, str]]:
    """Return how many items wait, so that two reads show if a long queue becomes shorter."""
    shown = []
    for state, number in depth.waiting():
        words = "more than 1,000" if state in depth.deep else f"{number:,}"
        if state in depth.counted:
            words = f"{number:,}, counted {how_long(depth.counted[state])} ago"
        shown.append((str(state.label), words))
    return shown


def _backups(state: BackupState | None) -> dict[str, Any] | None:
    """Return what the page shows about backups; None if they are not configured."""
    if state is None:
        return None
    facts = state.drill.facts if state.drill else {}
    objectives = (facts.get("rto_seconds"), facts.get("rpo_seconds"))
    rto, rpo = (None if seconds is None else timedelta(seconds=seconds) for seconds in objectives)
    verified = state.succeeded.get(Job.VERIFY)
    noticed_at = verified.facts.get("damage_noticed_at") if verified else None
    return {
        "report": state.report,
        "newest_backup": how_long(state.backup_age),
        "archived": how_long(state.archive_age),
        "drill": state.drill,
        "rto": how_long(rto),
        "rpo": how_long(rpo),
        "verified": verified,
        "damage_noticed_at": noticed_at and parse_datetime(noticed_at),
        "failures": state.failures,
    }
