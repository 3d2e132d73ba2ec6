"""What evidence carries at a moment: a status, a gate, a claim. Pure; nothing here is stored as an answer."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pagetojob.claims.registry import definition
from pagetojob.gates.evidence import satisfies
from pagetojob.gates.registry import Gate

from .models.base import Status

Row = dict[str, Any]
VALID, LAPSED, REVOKED = "valid", "lapsed", "revoked"


def shown(evidence: Row, now: datetime) -> Row:
    """A row of evidence as readers see it: without the names of persons, with its state at `now`."""
    return {
        "id": evidence["public_id"],
        **{key: evidence[key] for key in ("summary", "kind", "grade", "observed_from", "observed_to")},
        **{key: instant(evidence[key]) for key in ("received_at", "expires_at")},
        **{key: evidence[key] for key in ("url", "sha256")},
        "recorded_by": "PageToJob staff" if evidence["recorded_by_id"] else "the loader of the pack",
        "confirmed": bool(evidence["confirmed_at"]),
        "state": state(evidence, now),
    }


def state(evidence: Row, now: datetime) -> str:
    if evidence["revoked_at"]:
        return REVOKED
    return VALID if datetime.fromisoformat(evidence["expires_at"]) > now else LAPSED


def instant(text: str) -> str:
    """A moment to the second, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds") if text else ""


def valid(evidence: Iterable[Row]) -> bool:
    """Whether any of what readers see counts now."""
    return any(row["state"] == VALID for row in evidence)


def status(stored: str, *, carried: bool) -> str:
    """The status a reader sees: `ready now` stands only while something carries it."""
    return Status.REVIEW_DUE.value if stored == Status.READY_NOW and not carried else stored


def gates(evidence: Iterable[Row], now: datetime) -> dict[Gate, list[Row]]:
    """For each gate, the evidence about the house that satisfies it, by the rule that opens it.

    A gate that each customer proves alone is shut here: no public page speaks for all customers.
    """
    found: dict[Gate, list[Row]] = {gate: [] for gate in Gate}
    for row in evidence:
        if row["subject_type"] != "gate" or row["subject"] not in set(Gate):
            continue
        gate = Gate(row["subject"])
        if satisfies(
            gate,
            grade=row["grade"],
            confirmed=bool(row["confirmed_at"]),
            revoked=bool(row["revoked_at"]),
            expires_at=datetime.fromisoformat(row["expires_at"]),
            of_tenant=row["tenant_id"] is not None,
            now=now,
        ):
            found[gate].append(row)
    return found


def holding_back(claim: str, satisfied: dict[Gate, list[Row]]) -> list[Gate]:
    """The gates a claim still waits for; empty when it may be made."""
    return [gate for gate in Gate if gate in definition(claim).gates and not satisfied[gate]]


def valid_until(evidence: Iterable[Row], now: datetime) -> str:
    """The first moment at which something that counts now lapses; empty when nothing does."""
    ends = [row["expires_at"] for row in evidence if state(row, now) == VALID]
    return min(datetime.fromisoformat(end) for end in ends).isoformat() if ends else ""
