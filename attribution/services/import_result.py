"""Result of an import of one export, with its counts and the sentences that show them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..models import OutcomeFile, OutcomeRow, Payment
from ..money import NOTHING, as_dollars
from ..outcomes.checking import Checked

#: The row limit never goes below this.
_SMALL = 200

#: Row number, values, and the row that they change; None for a new row.
RowChange = tuple[int, dict[str, Any], OutcomeRow | None]


@dataclass(slots=True)
class ImportResult:
    """Result of an import. `file` is None in a preview, if a problem stopped the import, or if nothing is new.

    `moved` are stored parts of payments that the file moves to other invoices. They are rows of earlier files, so they
    are in no count. `erased` are the numbers of the rows that name a person whose data was erased.
    """

    checked: Checked
    file: OutcomeFile | None = None
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Rows of the longest earlier file of this kind; 0 without one.
    longest_before: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)
    moved: list[RowChange] = field(default_factory=list)
    erased: set[int] = field(default_factory=set)

    @property
    def refused(self) -> bool:
        return bool(self.checked.problems)

    @property
    def is_unusually_long(self) -> bool:
        return 0 < row_limit(self.longest_before) < self.checked.total

    @property
    def moved_amount(self) -> Decimal:
        return sum((part.amount for _, _, part in self.moved if isinstance(part, Payment)), NOTHING)

    @property
    def effects(self) -> list[str]:
        """Return what the file changes in addition to its rows, in sentences for the person who approves it."""
        if not self.moved:
            return []
        payments = "1 stored payment" if len(self.moved) == 1 else f"{len(self.moved):,} stored payments"
        counts = "will no longer count" if not self.file else f"no longer count{'s' if len(self.moved) == 1 else ''}"
        amount = as_dollars(self.moved_amount)
        return [f"{payments} {counts} ({amount}), because the file states other invoices for the same payment."]

    @property
    def row_counts(self) -> str:
        """Return the number of rows per outcome; together they are all rows below the headings."""
        named = {"refused": len(self.checked.refused), "skipped": len(self.checked.skipped)}
        more = "".join(f", {many:,} {what}" for what, many in named.items() if many)
        return f"{self.added:,} new, {self.changed:,} updated, {self.unchanged:,} unchanged{more}."


def row_limit(rows: int) -> int:
    """Return the most rows of a file if so many are usual; 0 for any number."""
    return max(_SMALL, 10 * rows) if rows else 0
