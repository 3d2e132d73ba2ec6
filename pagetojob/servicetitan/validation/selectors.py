"""Queries about runs of the sandbox validation protocol."""

from typing import Any

from pagetojob.gates.registry import Environment, Grade
from pagetojob.platform.canonical import sha256_hex
from pagetojob.transparency.models import EntryKind, LogSubmission

from .models import CaseResult, ValidationRun
from .protocol import BY_SLUG, CASES, Result
from .results import document_of, seal_of

GRADE_LABELS = {Grade.SIMULATOR.value: "simulator", Grade.SANDBOX.value: Grade.SANDBOX.value}


def latest_results() -> list[dict[str, Any]]:
    """Return each case with its latest result in each environment, if any. A single query."""
    rows = CaseResult.objects.order_by("case", "environment", "-ended_at").distinct("case", "environment")
    by_case: dict[str, list[CaseResult]] = {}
    for row in rows.select_related("run").defer("requests"):
        by_case.setdefault(row.case, []).append(row)
    return [{"case": case, "results": [shown(row) for row in by_case.get(case.slug, [])]} for case in CASES]


def shown(row: CaseResult) -> dict[str, Any]:
    """Return what pages show of a result. No query if its run is loaded."""
    case, failed = BY_SLUG[row.case], row.result == Result.FAILED
    return {
        "row": row,
        "case": case,
        "grade": GRADE_LABELS[row.grade],
        "promise": case.promise if failed else "",
        "next_step": case.next_step if failed else "",
    }


def as_line(row: CaseResult) -> dict[str, Any]:
    """Return a result as `validate_sandbox` prints it."""
    case, extra = BY_SLUG[row.case], {}
    if row.reason:
        extra["reason"] = row.reason
    if row.result == Result.FAILED:
        extra |= {"promise_at_risk": case.promise, "next_step": case.next_step}
    about = {
        "run": str(row.run.public_id),
        "environment": Environment(row.environment).label,
        "code": row.run.code,
        "began_at": row.began_at.isoformat(),
        "ended_at": row.ended_at.isoformat(),
        "requests": len(row.requests),
        "seal": row.seal,
    }
    evidence = extra | row.evidence | about
    return {"case": row.case, "result": row.result, "grade": GRADE_LABELS[row.grade], "evidence": evidence}


def is_sound(run: ValidationRun) -> bool:
    """Return whether the seals of a run are those of its results, one after the other. A single query."""
    before = ""
    for row in run.results.select_related("run").order_by("id"):
        if row.before != before or row.seal != seal_of(row):
            return False
        before = row.seal
    return True


def logged_document(run: ValidationRun) -> bytes | None:
    """Return the document of a run as it was submitted to the public log at its end, or None. Two queries."""
    document = document_of(run)
    submitted = LogSubmission.objects.filter(kind=EntryKind.VALIDATION_RUN, sha256=sha256_hex(document.decode()))
    return document if run.finished_at and submitted.exists() else None


def why_not_proof(run: ValidationRun) -> str:
    """Return why a run does not show that the protocol was passed in the sandbox; empty if it does. Two queries."""
    rows = list(run.results.all())
    if any(row.grade != Grade.SANDBOX for row in rows) or run.environment != Environment.INTEGRATION:
        return "That run is simulator-grade. It proves nothing about ServiceTitan and opens no gate."
    passed = {row.case for row in rows if row.result == Result.PASSED}
    if missing := [case.slug for case in CASES if case.slug not in passed]:
        return f"That run did not pass these cases: {', '.join(missing)}."
    return "" if is_sound(run) else "The seals of that run do not match its results."
