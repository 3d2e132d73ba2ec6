"""The linking of a tenant's leads and jobs as a run: read, link, write; one at a time, safe to repeat at any point."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.kernel.runs.models import Run
from pagetojob.kernel.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant, User

from ..linkage import answers, model
from ..linkage.errors import LinkageError
from ..models import DEFAULT_WINDOW_DAYS, LINK, LinkRun, LinkSettings
from . import applying, inputs

_STEPS = 3


def start_linking(*, tenant: Tenant, actor: User, reason: str, whole: bool = False) -> tuple[Run, bool]:
    """Ask for a linking; return its run and whether it is new. An open one is returned as it is.

    Only what changed since the last one is linked anew, unless `whole` is asked for, the window changed, or the
    model did. Call in the operator scope or that of the tenant.
    """
    return start_run(tenant=tenant, kind=LINK, params={"whole": whole}, actor=actor, reason=reason, total=_STEPS)


def window_of(tenant: Tenant) -> int:
    """Days after a lead in which a job can be its outcome. One query, in a scope that sees the tenant."""
    chosen = LinkSettings.objects.filter(tenant=tenant).values_list("window_days", flat=True).first()
    return DEFAULT_WINDOW_DAYS if chosen is None else chosen


def model_of(tenant: Tenant) -> model.Model:
    """The model that links a tenant: the shipped one in its window, with its own weights where some are applied.

    Weights that were estimated from another shipped model are left aside. One query; in a scope that sees the tenant.
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
    """The handler. Nothing it does shows before the last step, which is one transaction with its checkpoint.

    It does not hand the run back in between: the files it works on are its own, and go when it stops.
    """
    tenant = Tenant.objects.get(pk=run.tenant_id)
    with scope.tenant(tenant.pk):
        done = LinkRun.objects.filter(tenant=tenant, run=run, applied_at__isnull=False).exists()
    if done:
        return
    with tempfile.TemporaryDirectory(prefix="linking-") as folder:
        _link(run, tenant, Path(folder))
    yield Progress(_STEPS, _STEPS, {"step": "written"})


def _link(run: Run, tenant: Tenant, folder: Path) -> None:
    from ..linkage import card, engine  # noqa: PLC0415 - they bring DuckDB, which only a worker needs

    with scope.tenant(tenant.pk):
        used = model_of(tenant)
        last = LinkRun.objects.filter(tenant=tenant, applied_at__isnull=False).order_by("-pk").first()
        since = _goes_on_from(run, last, used)
        rows = inputs.scope_of(tenant, window_days=used.window_days, seen_to=since)
        if not rows.whole and not (rows.leads or rows.jobs):
            return
        paths = inputs.write(tenant, rows, folder)
    _note(run, 1, "read")
    digest = inputs.hash_of(paths, used.sha256, rows.since)
    if rows.whole and last is not None and last.inputs_sha256 == digest:
        return
    out, ranked, weighed = (folder / f"{name}.csv" for name in ("links", "candidates", "weights"))
    try:
        result = engine.link(
            paths, out, model=used, candidates=ranked, weights=weighed, tick=lambda: _note(run, 1, "read")
        )
    except LinkageError as error:
        raise RunStopped(f"Nothing was changed. {error}") from error
    _note(run, 2, "linked")
    found = answers.read(out, ranked, weighed)
    with transaction.atomic(), scope.tenant(tenant.pk):
        link_run = LinkRun.objects.create(
            tenant=tenant,
            run=run,
            window_days=used.window_days,
            model_sha256=used.sha256,
            inputs_sha256=digest,
            card=card.of(used, result),
            leads=rows.leads,
            jobs=rows.jobs,
            seen_to=rows.seen_to,
        )
        reach = inputs.reached(tenant, rows, since)
        link_run.changed = applying.apply(tenant, link_run, found, since=rows.since, reach=reach)
        link_run.counts = applying.counts(tenant)
        link_run.applied_at = Now()
        link_run.save(update_fields=["changed", "counts", "applied_at"])
        _note(run, _STEPS, "written")


def _goes_on_from(run: Run, last: LinkRun | None, used: model.Model) -> dt.datetime | None:
    """Up to when the last linking saw everything; None where all must be looked at anew."""
    if last is None or run.params.get("whole"):
        return None
    same = last.window_days == used.window_days and last.model_sha256 == used.sha256
    return last.seen_to if same else None


def _note(run: Run, step: int, what: str) -> None:
    with scope.worker():
        checkpoint(run, Progress(step, _STEPS, {"step": what}))
