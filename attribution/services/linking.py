"""Links a tenant's leads and jobs in a run: read, link, write. Runs do not overlap and are safe to repeat."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.scratch import private_folder
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from ..linkage import answers, model
from ..linkage.errors import LinkageError
from ..models import DEFAULT_WINDOW_DAYS, LINK, LinkRun, LinkSettings, finished_runs, interrupted_runs
from . import inputs
from .links import apply_answers, link_counts

if TYPE_CHECKING:
    from ..linkage import pipeline

_STEPS = 3
_UNCHANGED = "Nothing has been changed."
_PARTLY = "Only a part of the links has been written. Start the linking again."
#: Leads or jobs per part. Small enough to finish within a task's time limit on a busy machine.
PART = 10_000


def start_linking(*, tenant: Tenant, actor: User | str, reason: str, whole: bool = False) -> tuple[Run, bool]:
    """Request a linking; return its run and whether it is new. A run that is still open is returned unchanged.

    Links only what changed since the last run, unless `whole` is set or the window or the model changed. Call in the
    operator's or the tenant's scope.
    """
    params = {"whole": whole, "words": "Link requests to jobs" + (" (all of them)" if whole else "")}
    return start_run(tenant=tenant, kind=LINK, params=params, actor=actor, reason=reason, total=_STEPS)


def window_of(tenant: Tenant) -> int:
    """Return the attribution window in days. Makes one query, in a scope that sees the tenant."""
    chosen = LinkSettings.objects.filter(tenant=tenant).values_list("window_days", flat=True).first()
    return DEFAULT_WINDOW_DAYS if chosen is None else chosen


def model_of(tenant: Tenant) -> model.Model:
    """Return the tenant's model: the shipped one with the tenant's window and, if applied, its own weights.

    Weights estimated from another version of the shipped model are ignored. Makes one query, in a scope that sees the
    tenant.
    """
    shipped = model.read()
    chosen = LinkSettings.objects.filter(tenant=tenant).select_related("estimate").first()
    if chosen is None:
        return shipped.with_window(DEFAULT_WINDOW_DAYS)
    used, own = shipped.with_window(chosen.window_days), chosen.estimate
    if own is None or own.base_sha256 != shipped.sha256:
        return used
    return replace(used, weights=own.weights, labels=own.labels)


def work_linking(run: Run) -> Iterator[Progress]:
    """Run a linking. Each part is read, linked and written in one transaction with its checkpoint, or not at all.

    A small run has one part. A larger one is split by time, so that a worker that dies or exceeds its time limit loses
    one part only. The files of a part are temporary and local to the worker.
    """
    tenant = Tenant.objects.get(pk=run.tenant_id)
    if tenant.zone_problem:
        raise RunStopped(f"{tenant.zone_problem} Set one that is known: leads and jobs are linked by its days.")
    while True:
        with private_folder("linking") as folder:
            progress = _Part(run, tenant, folder).work()
        if progress is None:
            return
        yield progress


class _Part:
    """A part of a run: its position and its inputs."""

    def __init__(self, run: Run, tenant: Tenant, folder: Path) -> None:
        self.run, self.tenant, self.folder = run, tenant, folder
        at = run.cursor or {}
        self.begin = dt.datetime.fromisoformat(at["begin"]) if at.get("begin") else None
        self.before: int = at.get("before", 0)
        with scope.tenant(tenant.pk):
            self.used = model_of(tenant)
            self.record = LinkRun.objects.filter(tenant=tenant, run=run).first()
            self.last = finished_runs(tenant).first()
            #: An earlier run wrote only some of its parts, so links of two linkings are mixed.
            self.repairs = interrupted_runs(tenant).exclude(run=run).exists()
        self.since = None if self.repairs else _complete_until(run, self.last, self.used)

    def work(self) -> Progress | None:
        """Link this part and return the progress of the run, or None if nothing is left to do."""
        if self.record is not None:
            if self.record.applied_at:
                return None
            if (self.record.model_sha256, self.record.window_days) != (self.used.sha256, self.used.window_days):
                raise RunStopped("The attribution window or the model was changed during the run. Start a new one.")
        with scope.tenant(self.tenant.pk):
            rows = inputs.scope_of(
                self.tenant, window_days=self.used.window_days, seen_to=self.since, begin=self.begin, most=PART
            )
            if self.record is None and not rows.whole and rows.nothing:
                return None
            paths = inputs.write(self.tenant, rows, self.folder)
        digest = inputs.hash_of(paths, self.used.sha256, rows.since)
        if rows.whole and not self.repairs and self.last is not None and self.last.inputs_sha256 == digest:
            return None
        self._note(rows, 1, "read")
        return self._link(rows, paths, digest)

    def _link(self, rows: inputs.Scope, paths: Mapping[str, Path], digest: str) -> Progress:
        from ..linkage import engine  # noqa: PLC0415 - imports DuckDB, which only a worker needs

        out, ranked, weighed = (self.folder / f"{name}.csv" for name in ("links", "candidates", "weights"))
        with scope.tenant(self.tenant.pk):
            focus = inputs.focus_of(self.tenant, rows)
        try:
            result = engine.link(
                paths, out, model=self.used, candidates=ranked, weights=weighed, focus=focus,
                tick=lambda: self._note(rows, 1, "read"),
            )  # fmt: skip
        except LinkageError as error:
            raise RunStopped(f"{_PARTLY if self.record else _UNCHANGED} {error}") from error
        self._note(rows, 2, "linked")
        answer_list = answers.read(out, ranked, weighed)
        with transaction.atomic(), scope.tenant(self.tenant.pk):
            return self._write(rows, digest, result, answer_list)

    def _write(
        self, rows: inputs.Scope, digest: str, result: "pipeline.Linked", answer_list: Sequence[answers.Answer]
    ) -> Progress:
        from ..linkage import engine  # noqa: PLC0415 - as above

        record = self.record or LinkRun.objects.create(
            tenant=self.tenant,
            run=self.run,
            window_days=self.used.window_days,
            model_sha256=self.used.sha256,
            inputs_sha256=digest,
            leads=rows.all_leads,
            jobs=rows.all_jobs,
            seen_to=rows.now,
        )
        record.changed += apply_answers(self.tenant, record, answer_list, leads=rows.leads, jobs=result.answered)
        parts = [*record.card.get("parts", ()), digest]
        record.card = engine.make_card(self.used, result) | ({"parts": parts} if len(parts) > 1 or rows.until else {})
        record.card |= {} if self.since else {"whole": True}
        if rows.until is None:
            record.counts, record.applied_at = link_counts(self.tenant), Now()
        record.save(update_fields=["changed", "card", "counts", "applied_at"])
        progress = self._progress(rows, _STEPS, "written")
        with scope.worker():
            checkpoint(self.run, progress)
        return progress

    def _note(self, rows: inputs.Scope, step: int, what: str) -> None:
        with scope.worker():
            checkpoint(self.run, self._progress(rows, step, what))

    def _progress(self, rows: inputs.Scope, step: int, what: str) -> Progress:
        """Return the steps done and expected, and the position to resume from: this part or, if done, the next one."""
        parts = max(1, math.ceil(max(rows.all_leads, rows.all_jobs) / PART)) if rows.until else 1
        done = self.before + step
        begin, before = (rows.until, done) if step == _STEPS else (self.begin, self.before)
        cursor = {"step": what, "before": before, "begin": begin.isoformat() if begin else None}
        return Progress(done, self.before + _STEPS * parts, cursor)


def _complete_until(run: Run, last: LinkRun | None, used: model.Model) -> dt.datetime | None:
    """Return the time up to which the last linking is complete, or None if everything must be linked again."""
    if last is None or run.params.get("whole"):
        return None
    same = last.window_days == used.window_days and last.model_sha256 == used.sha256
    return last.seen_to if same else None
