"""Statuses, open gates and allowed claims, computed from evidence at a given time. Pure; results are not stored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pagetojob.claims.registry import definition
from pagetojob.gates.evidence import evidence_facts, satisfies
from pagetojob.gates.registry import Gate

from .models.base import Status

Row = dict[str, Any]
VALID, LAPSED, REVOKED = "valid", "lapsed", "revoked"


def shown(evidence: Row, now: datetime) -> Row:
    """Return evidence as readers see it: without names of people, with its state at `now`."""
    return {
        "id": evidence["public_id"],
        **{key: evidence[key] for key in ("summary", "kind", "grade", "observed_from", "observed_to")},
        **{key: instant(evidence[key]) for key in ("received_at", "expires_at")},
        **{key: evidence[key] for key in ("url", "sha256")},
        "recorded_by": _recorder(evidence),
        "confirmed": bool(evidence["confirmed_at"]),
        "state": state(evidence, now),
    }


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
    """Return whether any of the public evidence is valid now."""
    return any(row["state"] == VALID for row in evidence)


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


def valid_until(evidence: Iterable[Row], now: datetime) -> str:
    """Return when the next valid evidence lapses; empty if none is valid."""
    ends = [row["expires_at"] for row in evidence if state(row, now) == VALID]
    return min(datetime.fromisoformat(end) for end in ends).isoformat() if ends else ""
