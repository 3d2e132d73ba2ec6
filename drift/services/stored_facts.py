"""Serialize facts for database rows, and restore them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from ..reading.facts import Fact, Kind


def serialize_facts(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    # Neither rounded nor calibrated, because 0.01 may decide whether a fact opens a finding.
    return [fact.as_json("") | {"confidence": fact.confidence, "heading": fact.heading} for fact in facts]


def restore_facts(rows: Iterable[dict[str, Any]]) -> list[Fact]:
    """Restore facts that `serialize_facts` serialized. Raises KeyError or ValueError for other input."""
    return [
        Fact(
            kind=Kind(row["kind"]),
            value=row["value"],
            quote=row["quote"],
            selector=row["selector"],
            confidence=row["confidence"],
            price=None if row["price"] is None else Decimal(row["price"]),
            percent=None if row["percent"] is None else Decimal(row["percent"]),
            expires=None if row["expires"] is None else date.fromisoformat(row["expires"]),
            place=row["place"],
            detail=row["detail"],
            heading=row.get("heading", ""),
        )
        for row in rows
    ]
