"""Runs for their pages: progress, result, who started them and why. Needs a scope that shows the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from pagetojob.platform.runs.models import OPEN, Run, RunState

from ..models import SyncItem

RECENT = 50


@dataclass(frozen=True)
class LeftOut:
    """An item that a run skipped, and why."""

    item: SyncItem
    why: str


@dataclass(frozen=True)
class RunView:
    """A run. `done` of `total` items are processed: `worked` were changed, the others skipped with a reason."""

    run: Run
    asked_by: str
    tenant: str
    worked: int
    skipped: Sequence[tuple[str, int]]
    examples: Sequence[LeftOut]
    stopped_at: SyncItem | None

    @property
    def open(self) -> bool:
        return self.run.state in OPEN

    @property
    def skipped_count(self) -> int:
        return sum(count for _, count in self.skipped)

    @property
    def percent(self) -> int:
        return 100 * self.run.done // self.run.total if self.run.total else 0

    @property
    def waiting(self) -> int:
        return max((self.run.total or 0) - self.run.done, 0)

    @property
    def words(self) -> str:
        """Return the description of the run; without one, its kind."""
        params = self.run.params if isinstance(self.run.params, dict) else {}
        return str(params.get("words") or self.run.kind)

    @property
    def stopped(self) -> bool:
        return self.run.state == RunState.FAILED

    @property
    def sentence(self) -> str:
        """Return the status in one sentence."""
        match self.run.state:
            case RunState.QUEUED:
                return "Waiting for a worker." if not self.run.done else "Continuing shortly."
            case RunState.RUNNING:
                return "In progress. You can leave this page; the run continues."
            case RunState.DONE:
                return "Finished."
            case RunState.CANCELLED:
                return f"Stopped by a person. Completed changes remain; {self.waiting:,} items were not processed."
        return f"Stopped by an error. Completed changes remain; {self.waiting:,} items were not processed."


def run_view(run: Run) -> RunView:
    """Return one run for its page. Two queries."""
    asked_by = Run.objects.filter(pk=run.pk).values_list("asked_by__name", flat=True).first()
    tally: dict[str, Any] = run.cursor if isinstance(run.cursor, dict) else {}
    why = dict(tally.get("examples", ()))
    stopped_at = tally.get("stopped_at")
    shown = SyncItem.objects.filter(tenant=run.tenant_id, pk__in=[*why, *([stopped_at] if stopped_at else [])])
    items = {item.pk: item for item in shown.select_related("lead").order_by("id")}
    return RunView(
        run=run,
        asked_by=asked_by or "",
        tenant=run.tenant.name,
        worked=tally.get("done", run.done),
        skipped=sorted(tally.get("skipped", {}).items(), key=lambda pair: -pair[1]),
        examples=[LeftOut(items[pk], reason) for pk, reason in why.items() if pk in items],
        stopped_at=items.get(stopped_at) if stopped_at else None,
    )


def recent_runs() -> list[dict[str, Any]]:
    """Return the newest 50 runs. A single query."""
    rows = (
        Run.objects.order_by("-created_at", "-id")
        .annotate(tenant_name=F("tenant__name"), person=F("asked_by__name"), described=F("params__words"))
        .values("public_id", "kind", "described", "state", "done", "total", "created_at", "tenant_name", "person")
    )
    return [row | {"words": str(row["described"] or row["kind"])} for row in rows[:RECENT]]
