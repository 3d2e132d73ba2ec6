"""The runbooks of operations, and when and by whom each was last practiced."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.repeats import wait_for_additions
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from .alarms import ALARMS
from .help.guides import BY_SLUG as GUIDES_BY_SLUG
from .models import Drill, Outcome
from .on_call import people_by_id

#: A drill reported from a machine whose clock runs ahead is accepted up to here.
_CLOCK_DIFFERENCE = timedelta(minutes=5)


class DrillRefused(Exception):
    """The drill cannot be recorded. The message is for people."""


@dataclass(frozen=True)
class Runbook:
    """A runbook. `guide` is its page below docs/, without `.md`, or empty if it is on the alarms page."""

    slug: str
    title: str
    guide: str = ""
    every_days: int = 90

    @property
    def alarm(self) -> str:
        """Return the key of the alarm that it is for, or an empty text."""
        return self.slug.removeprefix("alarm-") if not self.guide else ""

    @property
    def guide_slug(self) -> str:
        """Return the slug of its guide below /help, or an empty text."""
        slug = self.guide.rpartition("/")[2]
        return slug if slug in GUIDES_BY_SLUG else ""


@dataclass(frozen=True)
class Practice:
    """A runbook with its newest drill."""

    runbook: Runbook
    drill: Drill | None

    @property
    def is_due(self) -> bool:
        """Return whether it was never practiced, too long ago, or without success."""
        if self.drill is None or self.drill.outcome == Outcome.FAILED:
            return True
        return self.drill.at < timezone.now() - timedelta(days=self.runbook.every_days)


RUNBOOKS = (
    Runbook("restore", "Restore a backup and resume", "how-to/restore"),
    Runbook("failover", "Lose a part of the platform under load", "reference/benchmarks", 180),
    Runbook("on-call", "Answer an alarm while on call", "how-to/on-call"),
    Runbook("audit-alarm", "Answer an audit alarm", "how-to/audit-alarm"),
    Runbook("vault-keys", "Rotate and restore vault keys", "how-to/vault-keys", 180),
    Runbook("secret-key", "Rotate SECRET_KEY", "how-to/secret-key", 180),
    Runbook("access", "Remove the access of a person who left, or of a thief", "how-to/accounts", 180),
    Runbook("webhook-keys", "Rotate the key of a webhook", "how-to/webhooks", 180),
    Runbook("close-gate", "Close a gate at once", "how-to/open-a-gate"),
    Runbook("disconnect", "Disconnect a contractor from ServiceTitan", "how-to/connections", 180),
    Runbook("subject-request", "Answer a person who asks for their data", "how-to/subject-requests", 180),
    *(Runbook(f"alarm-{alarm.key}", alarm.sentence, every_days=180) for alarm in ALARMS),
)
BY_SLUG = {runbook.slug: runbook for runbook in RUNBOOKS}


@transaction.atomic
def record_drill(runbook: str, by: User | str, at: datetime, outcome: Outcome | str, note: str = "") -> Drill:
    """Record that a runbook was practiced. `by` is the signed-in person, or the name of the command.

    A person needs an operator's scope around the call; a command needs none. Raises DrillRefused.
    """
    if runbook not in BY_SLUG:
        raise DrillRefused(f"There is no runbook “{runbook}”.")
    if outcome not in Outcome.values:
        raise DrillRefused(f"The outcome is one of: {', '.join(Outcome.values)}.")
    if at > timezone.now() + _CLOCK_DIFFERENCE:
        raise DrillRefused("The drill is in the future. Enter when it ended.")
    wait_for_additions(Drill)
    values = {"runbook": runbook, "at": at, "outcome": outcome, "note": note.strip()}
    if isinstance(by, User) and Drill.objects.filter(by=by, **values).exists():
        raise DrillRefused("This drill is recorded already.")
    if isinstance(by, User):
        return _record(Drill(by=by, **values))
    if not by.strip():
        raise DrillRefused("Name the command that recorded the drill.")
    with scope.worker():
        return _record(Drill(by_label=by.strip(), **values))


def _record(drill: Drill) -> Drill:
    drill.save(force_insert=True)
    record(
        action="ops.record_drill",
        subject=drill,
        reason=f"The runbook “{drill.runbook}” was practiced: {drill.get_outcome_display()}.",
        actor=drill.by or drill.by_label,
    )
    return drill


def practices() -> list[Practice]:
    """Return every runbook with its newest drill, those that are due first. Runs two queries."""
    newest = {row.runbook: row for row in Drill.objects.order_by("runbook", "-at", "-id").distinct("runbook")}
    with_people(list(newest.values()))
    return sorted((Practice(runbook, newest.get(runbook.slug)) for runbook in RUNBOOKS), key=lambda row: not row.is_due)


def newest_drills() -> list[Drill]:
    """Return the newest 20 drills of all runbooks. Runs two queries."""
    return with_people(list(Drill.objects.all()[:20]))


def with_people(drills: list[Drill]) -> list[Drill]:
    """Load the people of drills. Runs one query."""
    people = people_by_id(row.by_id for row in drills)
    for row in drills:
        if row.by_id:
            row.by = people[row.by_id]
    return drills
