"""Statuses, open gates and allowed claims, computed from evidence at a given time. Pure; results are not stored."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pagetojob.claims.registry import definition
from pagetojob.gates.evidence import evidence_facts, satisfies
from pagetojob.gates.registry import Gate

from .checks import PERIOD_DAYS, Check
from .models.base import Status

Row = dict[str, Any]
VALID, LAPSED, REVOKED = "valid", "lapsed", "revoked"
#: States of a check that is not valid.
FAILED, NEVER_RUN = "failed", "never run"
#: Dates and origin of a run, which change with each run of a check.
OF_RUN = ("observed_from", "observed_to", "received_at", "expires_at", "sha256", "recorded_by", "run")


def shown(evidence: Row, now: datetime) -> Row:
    """Return evidence as readers see it, with its state at `now`, and its people by id: names are no part of a version.

    At the shell no one is signed in, so a person named there is no attester.
    """
    recorder = None if evidence["recorded_at_shell"] else evidence["recorded_by_id"]
    return {
        "id": evidence["public_id"],
        **{key: evidence[key] for key in ("summary", "kind", "grade", "observed_from", "observed_to")},
        **{key: instant(evidence[key]) for key in ("received_at", "expires_at")},
        **{key: evidence[key] for key in ("url", "sha256")},
        "recorded_by": _recorder(evidence),
        "confirmed": bool(evidence["confirmed_at"]),
        "people": {"recorded": recorder, "confirmed": evidence["confirmed_by_id"]},
        "state": state(evidence, now),
    }


def of_check(check: Check, results: Iterable[Row], now: datetime) -> Row:
    """Return the check of a line as readers see it: like evidence, with its newest run.

    `results` are its newest pass and its newest failure, as far as trusted places had any.
    """
    results = list(results)
    newest = max(results, key=lambda row: (row["finished_at"], row["id"]), default=None)
    passes = [instant(row["finished_at"]) for row in results if row["outcome"] == "passed"]
    passed = max(passes, default="")
    until = instant(str(datetime.fromisoformat(passed) + timedelta(days=PERIOD_DAYS))) if passed else ""
    return {
        "id": f"check-{check.anchor}",
        "summary": check.shows,
        "kind": "test run",
        "grade": "signed test run",
        "observed_from": None,
        "observed_to": passed[:10] or None,
        "received_at": instant(newest["received_at"]) if newest else "",
        "expires_at": until,
        "url": check.url,
        "sha256": newest["sha256"] if newest else "",
        "recorded_by": newest["place"] if newest else "",
        "confirmed": False,
        "state": _check_state(newest, until, now),
        "run": {
            "passed_at": passed,
            "ran_at": instant(newest["finished_at"]) if newest else "",
            "commit": newest["commit"] if newest else "",
        },
    }


def _check_state(newest: Row | None, until: str, now: datetime) -> str:
    if newest is None:
        return NEVER_RUN
    if newest["outcome"] != "passed":
        return FAILED
    return VALID if datetime.fromisoformat(until) > now else LAPSED


def without_runs(evidence: Iterable[Row]) -> list[Row]:
    """Return evidence without what changes with each run of a check, for comparisons."""
    return [{key: piece[key] for key in piece if "run" not in piece or key not in OF_RUN} for piece in evidence]


def _recorder(evidence: Row) -> str:
    if evidence["recorded_at_shell"]:
        return "PageToJob staff, recorded at the shell"
    return "PageToJob staff" if evidence["recorded_by_id"] else "the loader of the pack"


def state(evidence: Row, now: datetime) -> str:
    if evidence["revoked_at"]:
        return REVOKED
    return VALID if datetime.fromisoformat(evidence["expires_at"]) > now else LAPSED


def instant(text: str) -> str:
    """Return a time in UTC, to the second."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds") if text else ""


def valid(evidence: Iterable[Row]) -> bool:
    """Return whether any of the public evidence counts now: a check that passed, or what a second person confirmed."""
    return any(row["state"] == VALID and ("run" in row or row["confirmed"]) for row in evidence)


def status(stored: str, *, carried: bool) -> str:
    """Return the status that readers see: `ready now` requires supporting evidence."""
    return Status.REVIEW_DUE.value if stored == Status.READY_NOW and not carried else stored


def gates(evidence: Iterable[Row], now: datetime) -> dict[Gate, list[Row]]:
    """Map each gate to the evidence about PageToJob that satisfies it, by the same rule that opens the gate.

    A gate that each customer must prove is always closed here, because no public page speaks for all customers.
    """
    by_gate: dict[Gate, list[Row]] = {gate: [] for gate in Gate}
    for row in evidence:
        if row["subject_type"] != "gate" or row["subject"] not in set(Gate):
            continue
        gate = Gate(row["subject"])
        if satisfies(gate, evidence_facts(row), now=now):
            by_gate[gate].append(row)
    return by_gate


def holding_back(claim: str, satisfied: dict[Gate, list[Row]]) -> list[Gate]:
    """Return the gates that a claim still waits for; empty if it is allowed."""
    return [gate for gate in Gate if gate in definition(claim).gates and not satisfied[gate]]


def valid_until(evidence: Iterable[Row], checked: Iterable[Row], now: datetime) -> str:
    """Return when the next valid evidence or check of a line lapses; empty if none is valid."""
    ends = [row["expires_at"] for row in evidence if state(row, now) == VALID]
    ends += [piece["expires_at"] for piece in checked if piece["state"] == VALID]
    return min(datetime.fromisoformat(end) for end in ends).isoformat() if ends else ""
