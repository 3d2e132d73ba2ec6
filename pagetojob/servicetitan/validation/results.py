"""Open a run, take over one that was interrupted, and store sealed results."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.gates.registry import Environment, Grade
from pagetojob.platform.canonical import canonical_ascii_json, canonical_sha256, sha256_hex
from pagetojob.transparency import services as transparency
from pagetojob.transparency.models import EntryKind

from ..client.environments import bases_of
from .models import CaseResult, ValidationRun
from .protocol import Result

#: A process that works on a case for longer counts as ended.
BUSY = timedelta(minutes=15)


class RunBusy(Exception):
    """Another process works on the open run of this environment."""


def open_run(
    environment: Environment, *, code: str, worker: str, has_ended: Callable[[str], bool], renew: bool
) -> ValidationRun:
    """Return the open run of the environment, if the same code began it, or a new one. Raises RunBusy.

    `has_ended` tells whether the process with that name has certainly ended. `renew` closes an open run first.
    """
    with transaction.atomic():
        run = ValidationRun.objects.select_for_update().filter(environment=environment, finished_at=None).first()
        if run is not None and _is_busy(run, worker, has_ended):
            raise RunBusy
        if run is not None and (renew or run.code != code):
            close(run)
            run = None
        if run is None:
            auth, api = bases_of(environment).hosts
            run = ValidationRun.objects.create(environment=environment, code=code, auth_host=auth, api_host=api)
        claim(run, worker)
    return run


def _is_busy(run: ValidationRun, worker: str, has_ended: Callable[[str], bool]) -> bool:
    alive = run.busy_until is not None and run.busy_until > timezone.now()
    return alive and run.worker != worker and not has_ended(run.worker)


def claim(run: ValidationRun, worker: str) -> None:
    ValidationRun.objects.filter(pk=run.pk).update(worker=worker, busy_until=timezone.now() + BUSY)


def close(run: ValidationRun) -> None:
    """End a run, and submit its document to the public log: call in a transaction. A run without results has none."""
    ValidationRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=Now(), worker="", busy_until=None)
    run.refresh_from_db()
    if run.results.exists():
        transparency.submit(EntryKind.VALIDATION_RUN, sha256_hex(document_of(run).decode()))


def store(
    run: ValidationRun,
    *,
    case: str,
    result: Result,
    grade: Grade,
    reason: str,
    evidence: dict[str, Any],
    requests: list[dict[str, Any]],
    began_at: datetime,
) -> CaseResult:
    """Seal and store the result of a case."""
    last = run.results.order_by("-id").values_list("seal", flat=True).first()
    row = CaseResult(
        run=run,
        case=case,
        environment=run.environment,
        result=result,
        grade=grade,
        reason=reason[:500],
        evidence=evidence,
        requests=requests,
        began_at=began_at,
        ended_at=timezone.now(),
        before=last or "",
    )
    row.seal = seal_of(row)
    row.save(force_insert=True)
    return row


def seal_of(row: CaseResult) -> str:
    """Return the SHA-256 of everything that a result states, and of the seal before it."""
    return canonical_sha256(_sealed_facts(row))


def document_of(run: ValidationRun) -> bytes:
    """Return what each seal of a run covers, with the seal. The public log has the SHA-256 of these bytes.

    A single query.
    """
    rows = run.results.select_related("run").order_by("id")
    return canonical_ascii_json([{"seal": row.seal, "sealed": _sealed_facts(row)} for row in rows])


def _sealed_facts(row: CaseResult) -> dict[str, Any]:
    names = ("case", "environment", "result", "grade", "reason", "evidence", "requests", "began_at", "ended_at")
    facts = {name: getattr(row, name) for name in (*names, "before")}
    return facts | {"run": str(row.run.public_id), "code": row.run.code, "hosts": [row.run.auth_host, row.run.api_host]}
