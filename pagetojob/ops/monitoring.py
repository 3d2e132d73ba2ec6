"""Snapshot of the system's health for the monitor, the alarms page and the metrics.

Needs a worker's scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from pagetojob.backups.selectors import BackupState, read_state
from pagetojob.onboarding import certificates, domains, form_checks, quiet_pages
from pagetojob.platform import hosts
from pagetojob.platform.audit import selectors as audit
from pagetojob.platform.runs.models import HostReport, Run, RunState
from pagetojob.retention.subjects import overdue_count
from pagetojob.servicetitan.vault.models import Connection, ConnectionState
from pagetojob.servicetitan.vault.services.key_check import unusable_key_count
from readiness.services.scan import latest_overclaim_count
from syncqueue import selectors
from syncqueue.notices.escalation import late_requests
from syncqueue.notices.selectors import failing_notices, marked_with_others, marked_without_others
from syncqueue.refused_senders import RefusedSender, refused_senders
from syncqueue.services import intake_state

from .alarms import ALARMS, Alarm
from .heartbeats import SignsOfLife, signs_of_life

#: Periodic tasks run every ten seconds, so this is several missed runs.
LONGEST_SILENCE = timedelta(minutes=1)
#: A lane pauses for at most two minutes, and then catches up.
LONGEST_DUE = timedelta(minutes=5)
#: Lookups end within minutes if access works, so this one waits for a person.
LONGEST_UNKNOWN = timedelta(minutes=30)


@dataclass(frozen=True)
class HealthSnapshot:
    """Health snapshot: `holding` has the keys of active alarms, `last_attempt_age` the time since the last attempt."""

    holding: frozenset[str]
    life: SignsOfLife
    lag: selectors.Lag
    last_attempt_age: timedelta | None
    unnotified: int
    ledger: selectors.BookingLedger
    overclaims: int
    audit_findings: int
    lanes_in_trouble: int
    lanes_paused: int
    backups: BackupState | None
    hosts: list[HostReport]
    refused: Sequence[RefusedSender]

    @property
    def alarms(self) -> list[Alarm]:
        return [alarm for alarm in ALARMS if alarm.key in self.holding]

    @property
    def is_silent(self) -> bool:
        """Return whether nothing records alarms, so that people are not notified of them."""
        return bool(silent(self.life))


def read_health() -> HealthSnapshot:
    """Read the snapshot, at every scrape and every 15 seconds: about thirty quick queries."""
    life, lag = signs_of_life(), selectors.lag()
    unnotified, both = selectors.late_notice_count(), selectors.ledgers()
    backups, reports, refused = read_state(), hosts.recent_reports(), refused_senders()
    overclaims, checked = latest_overclaim_count(), audit.newest_check()
    lost = Connection.objects.filter(state=ConnectionState.LOST)
    holds = {
        "due": _longer(lag.oldest_due, LONGEST_DUE, never=False),
        "intake": intake_state.is_failing(),
        "task": bool(life.late),
        "untold": unnotified > 0,
        "run": Run.objects.filter(state=RunState.QUEUED, state_since__lt=Now() - LONGEST_DUE).exists(),
        "books": not both.books.balance,
        "notices": not both.notices.balance,
        "overclaims": overclaims > 0,
        "audit-broken": bool(checked and checked.found),
        "audit-unsealed": audit.waits_too_long(),
        "domains": domains.failing_domains().exists(),
        "certificate": certificates.overdue().exists(),
        "certificate-urgent": certificates.urgent().exists(),
        "subjects": overdue_count() > 0,
        "unopened": late_requests().exists(),
        "unreachable": marked_without_others().exists(),
        "recipients": marked_with_others().exists(),
        "failed-notices": failing_notices().exists(),
        "refused-reports": any(sender.raises_alarm for sender in refused),
        "forms": form_checks.failing_forms().exists(),
        "quiet-pages": quiet_pages.unchecked_pages().exists(),
        "access-lost": selectors.booking_stopped(lost.values("tenant")),
        "data-keys": unusable_key_count() > 0,
        "clock": bool(hosts.wrong_clocks(reports)),
        "disk": bool(hosts.full_disks(reports)),
        "unknown-old": selectors.unknown_since(LONGEST_UNKNOWN),
    }
    return HealthSnapshot(
        holding=frozenset(key for key, active in holds.items() if active)
        | silent(life)
        | (backups.alarms() if backups else set()),
        life=life,
        lag=lag,
        last_attempt_age=selectors.last_attempt_age(),
        unnotified=unnotified,
        ledger=both.books,
        overclaims=overclaims,
        audit_findings=len(checked.found) if checked else 0,
        lanes_in_trouble=len(selectors.lanes_in_trouble()),
        lanes_paused=selectors.paused_lane_count(),
        backups=backups,
        hosts=reports,
        refused=refused,
    )


def silent(life: SignsOfLife) -> set[str]:
    """Return the keys of the alarms about processes that no longer show a sign of life."""
    ages = {"dispatcher": life.dispatcher, "worker": life.worker}
    return {key for key, age in ages.items() if _longer(age, LONGEST_SILENCE, never=True)}


def _longer(age: timedelta | None, than: timedelta, *, never: bool) -> bool:
    return never if age is None else age > than
