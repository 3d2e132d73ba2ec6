"""Facts as rows keep them, and back."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from ..reading.facts import Fact, Kind


def stored(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    # Unrounded: a hundredth may decide whether a fact opens something.
    return [fact.as_json("") | {"confidence": fact.confidence} for fact in facts]


def restored(rows: Iterable[dict[str, Any]]) -> list[Fact]:
    """What `stored` kept. Raises KeyError or ValueError for anything else."""
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
        )
        for row in rows
    ]
