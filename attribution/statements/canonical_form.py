"""The canonical form of what is sealed: one JSON row a line, and the SHA-256 over all of it. Pure.

Keys sorted, no spaces, no escapes but the needed ones, UTF-8, a line feed after each row; amounts are texts with two
decimals, days are ISO. The first row says what the document is. docs/reference/statement-form.md is for others.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from attribution.money.facts import Bucket, Customer, Grade, Line
from pagetojob.platform.canonical import canonical_json, sha256_hex

STATEMENT, RESTATEMENT = "pagetojob.statement.v1", "pagetojob.restatement.v1"
Row = dict[str, Any]
_AMOUNTS = ("gross", "void", "returned", "net", "collected")


def body_of(head: Row, rows: Iterable[Row]) -> str:
    """The document: its head and its rows, a line each."""
    return "".join(canonical_json(row) + "\n" for row in (head, *rows))


def read(body: str) -> tuple[Row, list[Row]]:
    """The head and the rows of a document."""
    head, *rows = (json.loads(line) for line in body.split("\n")[:-1])
    return head, rows


def zone_of(body: str) -> str:
    """The time zone that a month was closed with, whatever its tenant's is now."""
    zone: str = json.loads(body.partition("\n")[0])["time_zone"]
    return zone


def row_of(line: Line) -> Row:
    """The sealed row of an invoice: ids, amounts and labels; of people nothing."""
    return {
        "invoice": line.invoice,
        "job": line.job,
        "on": line.on.isoformat(),
        "bucket": line.bucket.value,
        **{name: money(getattr(line, name)) for name in _AMOUNTS},
        "lead": line.lead,
        "lead_on": line.lead_on.isoformat() if line.lead_on else None,
        "probability": f"{line.probability:.6f}",
        "campaign": line.campaign,
        "customer": line.customer.value,
        "grade": line.grade.value,
        "beside": list(line.beside),
        "sources": list(line.sources),
    }


def line_of(row: Row) -> Line:
    """The line a sealed row was made of."""
    return Line(
        invoice=row["invoice"],
        job=row["job"],
        on=date.fromisoformat(row["on"]),
        bucket=Bucket(row["bucket"]),
        **{name: Decimal(row[name]) for name in _AMOUNTS},
        lead=row["lead"],
        lead_on=date.fromisoformat(row["lead_on"]) if row["lead_on"] else None,
        probability=Decimal(row["probability"]),
        campaign=row["campaign"],
        customer=Customer(row["customer"]),
        grade=Grade(row["grade"]),
        beside=tuple(row["beside"]),
        sources=tuple(row["sources"]),
    )


def money(amount: Decimal) -> str:
    """An amount as it is sealed: 1234.50, -45.00. Raises ValueError for a third decimal."""
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError("an amount has two decimals")
    # Adding nothing turns -0.00 into 0.00.
    return f"{amount + 0:.2f}"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a link of a chain shows of itself."""

    number: int
    previous_sha256: str
    sha256: str
    body: str


def broken(chain: Sequence[Seal], *, begins_with: str) -> list[int]:
    """The numbers of links whose rows do not fit their hash, or that do not hang on the one before."""
    wrong, before = [], begins_with
    for number, seal in enumerate(chain, start=1):
        if sha256_hex(seal.body) != seal.sha256 or seal.previous_sha256 != before or seal.number != number:
            wrong.append(seal.number)
        before = seal.sha256
    return wrong
