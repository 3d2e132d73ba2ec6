"""Differences between a closed month and its current figures, invoice by invoice. No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from attribution.money.facts import Line
from attribution.money.placing import NOTHING

from .canonical_form import Row, line_of, money, read, row_of

#: Fields that are compared. A changed probability alone changes no figure.
COMPARED = ("on", "bucket", "gross", "void", "returned", "net", "collected", "lead", "campaign", "customer")
_OF_LINKS = frozenset({"bucket", "lead", "campaign"})
_WORDS = {
    "on": "date",
    "bucket": "label",
    "gross": "total",
    "void": "void amount",
    "returned": "refunds",
    "net": "net amount",
    "collected": "payments",
    "lead": "lead",
    "campaign": "campaign",
    "customer": "new or returning customer",
}


@dataclass(frozen=True, slots=True)
class Change:
    """An invoice as it was sealed and as it is now. `files` are sources that it did not have before."""

    invoice: int
    was: Line | None
    now: Line | None
    fields: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def counted(self) -> Decimal:
        """Return the signed change of the counted revenue."""
        return (self.now.counted if self.now else NOTHING) - (self.was.counted if self.was else NOTHING)

    @property
    def collected(self) -> Decimal:
        """Return the signed change of the paid amount."""
        return (self.now.collected if self.now else NOTHING) - (self.was.collected if self.was else NOTHING)

    @property
    def by_links(self) -> bool:
        """Return whether a linking run or a review may have caused the change."""
        return bool(_OF_LINKS & set(self.fields))

    @property
    def description(self) -> str:
        """Describe the change in words."""
        if self.was is None:
            return "The invoice is new in this month."
        if self.now is None:
            return "The invoice is no longer in this month."
        return f"Changed: {', '.join(_WORDS[name] for name in self.fields)}."


def changes(was: Iterable[Line], now: Iterable[Line]) -> list[Change]:
    """Return every invoice whose line changed, ordered by invoice ID."""
    before, after = {line.invoice: line for line in was}, {line.invoice: line for line in now}
    result = []
    for invoice in sorted(before.keys() | after.keys()):
        old, new = before.get(invoice), after.get(invoice)
        fields = tuple(name for name in COMPARED if getattr(old, name, None) != getattr(new, name, None))
        if old is None or new is None or fields:
            files = set(new.sources if new else ()) - set(old.sources if old else ())
            result.append(Change(invoice, old, new, fields, tuple(sorted(files))))
    return result


def applied(lines: Iterable[Line], restated: Iterable[dict[str, Any]]) -> list[Line]:
    """Apply the rows of restatements, in order, to the lines of a month."""
    current = {line.invoice: line for line in lines}
    for row in restated:
        if row["is"] is None:
            current.pop(row["invoice"], None)
        else:
            current[row["invoice"]] = line_of(row["is"])
    return [current[invoice] for invoice in sorted(current)]


def sealed_states(statement: str, restatements: Iterable[str]) -> Iterator[tuple[Row, list[Line]]]:
    """Yield the lines of a month as closed and after each restatement, each with the head of its document."""
    head, rows = read(statement)
    lines = [line_of(row) for row in rows]
    yield head, lines
    for body in restatements:
        head, rows = read(body)
        lines = applied(lines, rows)
        yield head, lines


def change_row(change: Change, because: Sequence[str]) -> dict[str, Any]:
    """Return the sealed row of one change."""
    return {
        "invoice": change.invoice,
        "was": row_of(change.was) if change.was else None,
        "is": row_of(change.now) if change.now else None,
        "fields": list(change.fields),
        "files": list(change.files),
        "because": list(because),
        "delta": {"counted": money(change.counted), "collected": money(change.collected)},
    }
