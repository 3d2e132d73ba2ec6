"""Sums the amounts of a file that are not counted, because their invoice or job is not known. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..models import OutcomeKind
from ..money import NOTHING, as_dollars

#: The singular for an amount that came in, and for one that went back.
_NOUNS: Mapping[str, tuple[str, str]] = {
    OutcomeKind.INVOICES: ("invoice", "credit"),
    OutcomeKind.PAYMENTS: ("payment", "refund"),
}


def amount_of(values: Mapping[str, Any]) -> Decimal:
    """Return the amount of a row of invoices or payments; 0 for a void row."""
    amount: Decimal = values.get("total", values.get("amount")) or NOTHING
    return NOTHING if values.get("voided") else amount


def uncounted(kind: str, related: str, *, without: Sequence[Decimal], unknown: Sequence[Decimal]) -> list[str]:
    """Return sentences with the sums that a file adds to no figure, for the person who approves it.

    `related` is the singular of what a row belongs to. `without` are amounts of rows that name none, `unknown` of rows
    whose named one is not imported.
    """
    named = _sums(kind, without), _sums(kind, unknown)
    starts = f"Not counted, because the file names no {related}", f"Not counted until their {related}s are imported"
    return [f"{start}: {sums}." for start, sums in zip(starts, named, strict=True) if sums]


def _sums(kind: str, amounts: Sequence[Decimal]) -> str:
    sides = [amount for amount in amounts if amount > 0], [amount for amount in amounts if amount < 0]
    return " and ".join(
        f"{len(side):,} {noun}{'' if len(side) == 1 else 's'} ({as_dollars(sum(side, NOTHING))})"
        for noun, side in zip(_NOUNS[kind], sides, strict=True)
        if side
    )
