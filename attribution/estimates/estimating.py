"""Estimates model weights from a tenant's own decisions, on a worker. A person applies them after seeing the effect.

An estimate changes no link until it is applied. After it is withdrawn, the shipped model is used again.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.scratch import private_folder
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from ..errors import AttributionError
from ..linkage import answers, fitting, model
from ..linkage.errors import LinkageError
from ..models import (
    DECISIVE,
    ESTIMATE,
    Estimate,
    LinkSettings,
    OutcomeFile,
    ReviewDecision,
    Verdict,
    current_decisions,
)
from ..services import inputs
from ..services.linking import model_of

_STEPS = 3


def start_estimating(*, tenant: Tenant, actor: User, reason: str) -> tuple[Run, bool]:
    """Request an estimate; return its run and whether it is new.

    Raises AttributionError if there are too few decisions, or if the actor's role is read-only.
    """
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise AttributionError("Your role can view the model but not request estimates.")
    many = decided_jobs(tenant)
    if many < fitting.LEAST:
        raise AttributionError(
            f"An estimate needs {fitting.LEAST} decided jobs. There are {many}, so the shipped model stays in use."
        )
    return start_run(tenant=tenant, kind=ESTIMATE, params={}, actor=actor, reason=reason, total=_STEPS)


def decided_jobs(tenant: Tenant) -> int:
    """Count the jobs with a current yes or no decision. Makes one query."""
    return current_decisions(tenant).filter(verdict__in=DECISIVE).values("job").distinct().count()


def work_estimating(run: Run) -> Iterator[Progress]:
    """Run the estimate. Writes one row at the end, with everything a person needs to judge it."""
    tenant = Tenant.objects.get(pk=run.tenant_id)
    with scope.tenant(tenant.pk):
        done = Estimate.objects.filter(tenant=tenant, run=run).exists()
    if done:
        return
    with private_folder("estimating") as folder:
        _estimate(run, tenant, folder)
    yield Progress(_STEPS, _STEPS, {"step": "written"})


def _estimate(run: Run, tenant: Tenant, folder: Path) -> None:
    # These modules import DuckDB, which only a worker needs.
    from ..linkage import engine  # noqa: PLC0415
    from . import effect, labelled  # noqa: PLC0415

    shipped = model.read()
    with scope.tenant(tenant.pk):
        used = replace(model_of(tenant), weights=shipped.weights, labels=0)
        rows = inputs.scope_of(tenant, window_days=used.window_days, seen_to=None)
        paths, decisions, read_to = inputs.write(tenant, rows, folder), _decisions(tenant), _newest_inputs(tenant)
    _checkpoint(run, 1, "read")
    cases, further = labelled.cases_of(paths, decisions, used=used, work=folder)
    own = fitting.by_labels(used, cases, further)
    if own is used:
        raise RunStopped(
            f"Only {len(cases) + len(further)} decided jobs have pairs that the engine compares. At least "
            f"{fitting.LEAST} are needed."
        )
    _checkpoint(run, 2, "learned")
    out, ranked = folder / "links.csv", folder / "candidates.csv"
    try:
        engine.link(paths, out, model=own, candidates=ranked, tick=lambda: _checkpoint(run, 2, "learned"))
    except LinkageError as error:
        raise RunStopped(f"Nothing has been changed. {error}") from error
    result = effect.measure_effect(tenant, run, own, answers.read(out, ranked))
    result["fit"] = asdict(labelled.fit_of(used, cases, further))
    try:
        with transaction.atomic(), scope.tenant(tenant.pk):
            Estimate.objects.create(
                tenant=tenant,
                run=run,
                base_sha256=shipped.sha256,
                model_sha256=own.sha256,
                weights=dict(own.weights),
                labels=own.labels,
                effect=result,
                **read_to,
            )
    except IntegrityError:
        return  # another worker wrote the row first; keep it
    _checkpoint(run, _STEPS, "written")


def _decisions(tenant: Tenant) -> dict[str, Any]:
    """Return the current decision on each job: the last yes, otherwise every no. Makes one query."""
    from .labelled import JobDecision  # noqa: PLC0415 - imports DuckDB, which only a worker needs

    yes: dict[str, str] = {}
    no: dict[str, set[str]] = {}
    rows = current_decisions(tenant).filter(verdict__in=DECISIVE).order_by("pk")
    for job, verdict, chosen, refused in rows.values_list(
        "job__external_id", "verdict", "lead__spoken_code", "link__lead__spoken_code"
    ):
        if verdict == Verdict.REJECT:
            no.setdefault(str(job), set()).add(refused)
        else:
            yes[str(job)] = chosen
    return {job: JobDecision(yes.get(job, ""), frozenset(no.get(job, ()))) for job in yes.keys() | no.keys()}


def _newest_inputs(tenant: Tenant) -> dict[str, int]:
    """Return the newest decision and export that the estimate used. Two queries."""
    of = {"decided_to": ReviewDecision.objects.filter(blind=False), "files_to": OutcomeFile.objects.all()}
    return {name: rows.filter(tenant=tenant).aggregate(last=Max("pk"))["last"] or 0 for name, rows in of.items()}


@transaction.atomic
def apply_estimate(*, estimate: Estimate, actor: User, reason: str) -> None:
    """Use these weights from the next linking on. Call in the operator scope and start a linking afterwards.

    Raises AttributionError if the actor may not apply weights, or if the effect is no longer the one they saw.
    """
    _require_permission(actor)
    if estimate.base_sha256 != model.read().sha256:
        raise AttributionError("The shipped model has changed since. Request a new estimate and review its effect.")
    if _newest_inputs(estimate.tenant) != {"decided_to": estimate.decided_to, "files_to": estimate.files_to}:
        raise AttributionError("There are newer decisions or exports. Request a new estimate and review its effect.")
    _set_estimate(estimate.tenant_id, estimate, "attribution.apply_estimate", actor, reason)


@transaction.atomic
def withdraw_estimate(*, tenant_id: int, actor: User, reason: str) -> None:
    """Use the shipped model from the next linking on. Raises AttributionError if it is already in use."""
    _require_permission(actor)
    _set_estimate(tenant_id, None, "attribution.withdraw_estimate", actor, reason)


def _require_permission(actor: User) -> None:
    if not actor.can(Ability.SECOND_PERSON):
        raise AttributionError("Only an operator lead can apply or withdraw weights.")


def _set_estimate(tenant_id: int, estimate: Estimate | None, action: str, actor: User, reason: str) -> None:
    LinkSettings.objects.get_or_create(tenant_id=tenant_id)
    settings = LinkSettings.objects.select_for_update().get(tenant_id=tenant_id)
    before = settings.estimate_id
    if before == (estimate.pk if estimate else None):
        raise AttributionError("These weights are already in use.")
    settings.estimate = estimate
    settings.save(update_fields=["estimate"])
    changes = {"estimate": (before, str(estimate.public_id) if estimate else None)}
    if estimate:
        changes["model"] = (estimate.base_sha256, estimate.model_sha256)  # type: ignore[assignment]
    record_change(action, settings, actor=actor, reason=reason, **changes)


def _checkpoint(run: Run, step: int, what: str) -> None:
    with scope.worker():
        checkpoint(run, Progress(step, _STEPS, {"step": what}))
