"""Canonical form of sealed documents: one JSON row per line, and the SHA-256 of the whole text. No I/O.

Sorted keys, no spaces, only required escapes, UTF-8, a line feed after each row; amounts are texts with two decimals,
days are ISO dates. The first row is the head of the document. docs/reference/statement-form.md describes the format for
other implementations.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from attribution.money import NOTHING, Bucket, Customer, Grade, Line
from pagetojob.platform.canonical import canonical_json

STATEMENT, RESTATEMENT = "pagetojob.statement.v1", "pagetojob.restatement.v1"
Row = dict[str, Any]
AMOUNTS = ("gross", "void", "returned", "net", "collected")


def body_of(head: Row, rows: Iterable[Row]) -> str:
    """Return the document: its head and its rows, a line each."""
    return "".join(canonical_json(row) + "\n" for row in (head, *rows))


def read(body: str) -> tuple[Row, list[Row]]:
    """Return the head and the rows of a document."""
    head, *rows = (json.loads(line) for line in body.split("\n")[:-1])
    return head, rows


def zone_of(body: str) -> str:
    """Return the time zone that a month was closed in, which may differ from the tenant's current one."""
    zone: str = json.loads(body.partition("\n")[0])["time_zone"]
    return zone


def row_of(line: Line) -> Row:
    """Return the sealed row of an invoice: IDs, amounts and labels, but no personal data."""
    return {
        "invoice": line.invoice,
        "job": line.job,
        "on": line.on.isoformat(),
        "bucket": line.bucket.value,
        **{name: money(getattr(line, name)) for name in AMOUNTS},
        "lead": line.lead,
        "lead_on": line.lead_on.isoformat() if line.lead_on else None,
        "probability": f"{line.probability:.6f}",
        "campaign": line.campaign,
        "customer": line.customer.value,
        "grade": line.grade.value,
        "beside": list(line.other_leads),
        "sources": list(line.sources),
    }


def line_of(row: Row) -> Line:
    """Return the line from which a sealed row was made."""
    return Line(
        invoice=row["invoice"],
        job=row["job"],
        on=date.fromisoformat(row["on"]),
        bucket=Bucket(row["bucket"]),
        **{name: Decimal(row[name]) for name in AMOUNTS},
        lead=row["lead"],
        lead_on=date.fromisoformat(row["lead_on"]) if row["lead_on"] else None,
        probability=Decimal(row["probability"]),
        campaign=row["campaign"],
        customer=Customer(row["customer"]),
        grade=Grade(row["grade"]),
        other_leads=tuple(row["beside"]),
        sources=tuple(row["sources"]),
    )


def money(amount: Decimal) -> str:
    """Format an amount for sealing, such as 1234.50 or -45.00. Raises ValueError for a third decimal."""
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError("an amount must not have more than two decimals")
    # Adding zero turns -0.00 into 0.00.
    return f"{amount + 0:.2f}"


#: Fields that are compared, with their names for people. A changed probability alone changes no figure.
_COMPARED = {
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
_OF_LINKS = frozenset({"bucket", "lead", "campaign"})


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
        return f"Changed: {', '.join(_COMPARED[name] for name in self.fields)}."


def changes(was: Iterable[Line], now: Iterable[Line]) -> list[Change]:
    """Return every invoice whose line changed, ordered by invoice ID."""
    before, after = {line.invoice: line for line in was}, {line.invoice: line for line in now}
    result = []
    for invoice in sorted(before.keys() | after.keys()):
        old, new = before.get(invoice), after.get(invoice)
        fields = tuple(name for name in _COMPARED if getattr(old, name, None) != getattr(new, name, None))
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
