"""Content of a packet, computed from sealed rows only. No I/O: equal inputs always give an equal document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from attribution.money import summing
from attribution.money.facts import COUNTED, WHY_NOT, Bucket, Grade, Line
from attribution.money.placing import NOTHING
from attribution.statements import canonical_form
from attribution.statements.later_changes import applied
from pagetojob.platform.canonical import sha256_hex

SCHEMA = "pagetojob.packet.v1"
#: Limits of the proof, the same for every packet.
DOES_NOT_PROVE = (
    "That a job would not have come without the website or the campaign.",
    "That the exports are complete: rows that the office left out are not known to us.",
    "That a lead and a job matched by likeness belong together: each row says how likely it is.",
    "That money which was invoiced was paid: what was paid by the closing is a figure of its own.",
    "That requests by phone, in person or on other websites played no part.",
    "That no event from outside was missed: a packet stands on exports and leads, not on events.",
)


@dataclass(frozen=True, slots=True)
class SealedMonth:
    """A statement and its restatements as sealed texts."""

    statement: str
    restatements: tuple[str, ...] = ()


def document(inputs: Mapping[str, Any], months: Iterable[SealedMonth]) -> dict[str, Any]:
    """Build the whole content of a packet. `inputs` are those of its row and name `months` by hash."""
    sealed = list(months)
    wanted: str = inputs["campaign"]
    closed = [line for month in sealed for line in _of(_closed(month), wanted)]
    now = [line for month in sealed for line in _of(_standing(month), wanted)]
    heads = [canonical_form.read(month.statement)[0] for month in sealed]
    revenue, before = summing.revenue(now), summing.revenue(closed)
    return {
        "schema": SCHEMA,
        "inputs": dict(inputs),
        "revenue": {
            "counted": canonical_form.money(revenue.counted),
            "if_all_accepted": canonical_form.money(revenue.if_all_accepted),
            "open_reviews": revenue.open_reviews,
            "as_closed": canonical_form.money(before.counted),
            "restated": canonical_form.money(revenue.counted - before.counted),
        },
        "buckets": [_bucket(bucket, found) for bucket, found in summing.by_bucket(now).items()],
        "grades": _grades(now),
        "customers": [{"customer": one, **_sum(found)} for one, found in summing.by_customer(now).items()],
        "campaigns": [{"campaign": name, **_sum(found)} for name, found in summing.by_campaign(now).items()],
        "leads": _leads(heads, now, wanted),
        "sources": _sources(heads, now),
        "gaps": [{"month": head["month"], **gap} for head in heads for gap in head["gaps"]],
        # Months closed before the webhook inbox existed have no entry about events.
        "events": [{"month": head["month"], **head["events"]} for head in heads if "events" in head],
        "linking": [{"month": head["month"], "linking": head["linking"]} for head in heads],
        "restatements": [one for month in sealed for one in _restatements(month, wanted)],
        "lines": [canonical_form.row_of(line) for line in now],
        "does_not_prove": list(DOES_NOT_PROVE),
    }


def campaigns(months: Iterable[SealedMonth]) -> list[str]:
    """Return all campaigns named by sealed rows or by the lead counts."""
    found: set[str] = set()
    for month in months:
        found |= canonical_form.read(month.statement)[0]["leads"]["campaigns"].keys()
        found |= {line.campaign for line in _standing(month)}
    return sorted(found - {""})


def _closed(month: SealedMonth) -> list[Line]:
    return [canonical_form.line_of(row) for row in canonical_form.read(month.statement)[1]]


def _standing(month: SealedMonth) -> list[Line]:
    lines = _closed(month)
    for body in month.restatements:
        lines = applied(lines, canonical_form.read(body)[1])
    return lines


def _of(lines: Iterable[Line], campaign: str) -> list[Line]:
    return [line for line in lines if not campaign or line.campaign == campaign]


def _sum(found: summing.Sum) -> dict[str, Any]:
    names = ("gross", "void", "returned", "net", "collected")
    return {"invoices": found.invoices, **{name: canonical_form.money(getattr(found, name)) for name in names}}


def _bucket(bucket: Bucket, found: summing.Sum) -> dict[str, Any]:
    return {"bucket": bucket, "counted": bucket in COUNTED, "why_not": WHY_NOT.get(bucket, ""), **_sum(found)}


def _grades(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Group counted lines by the grade of their weakest link."""
    counted = [line for line in lines if line.bucket in COUNTED]
    rows = []
    for grade in Grade:
        of_grade = [line for line in counted if line.grade == grade]
        if of_grade:
            rows.append({"grade": grade, **_sum(summing.total(of_grade))})
    return rows


def _leads(heads: list[dict[str, Any]], lines: list[Line], campaign: str) -> dict[str, Any]:
    """Return the denominators: leads that arrived in these months, and how many led to counted money."""
    came: dict[str, int] = {}
    excluded: dict[str, int] = {}
    for head in heads:
        for name, number in head["leads"]["campaigns"].items():
            came[name] = came.get(name, 0) + number
        for why, number in head["leads"]["excluded"].items():
            excluded[why] = excluded.get(why, 0) + number
    return {
        "came": came.get(campaign, 0) if campaign else sum(came.values()),
        "with_counted_money": len({line.lead for line in lines if line.bucket in COUNTED}),
        # No campaign is stored for excluded leads.
        "excluded": {} if campaign else excluded,
    }


def _sources(heads: list[dict[str, Any]], lines: list[Line]) -> list[dict[str, Any]]:
    """Return each source file once, with the number of shown rows that depend on it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for head in heads:
        for one in head["sources"]:
            found.setdefault((one["kind"], one["sha256"]), one)
    known = {sha256 for _, sha256 in found}
    # Files imported after the closing are known only from the restatements that they caused.
    for sha256 in sorted({one for line in lines for one in line.sources} - known):
        found["later", sha256] = {"kind": "later", "sha256": sha256, "rows": None, "covers": None}
    return [
        {**one, "invoices": sum(sha256 in line.sources for line in lines)} for (_, sha256), one in sorted(found.items())
    ]


def _restatements(month: SealedMonth, campaign: str) -> list[dict[str, Any]]:
    found = []
    for body in month.restatements:
        head, rows = canonical_form.read(body)
        shown = [row for row in rows if _concerns(row, campaign)]
        delta = sum((Decimal(row["delta"]["counted"]) for row in shown), NOTHING)
        if shown:
            found.append(
                {
                    "month": head["month"],
                    "number": head["number"],
                    "signed_at": head["signed_at"],
                    "sha256": sha256_hex(body),
                    "counted": canonical_form.money(delta),
                    "changes": [
                        {"invoice": row["invoice"], "because": row["because"], "counted": row["delta"]["counted"]}
                        for row in shown
                    ],
                }
            )
    return found


def _concerns(row: Mapping[str, Any], campaign: str) -> bool:
    return not campaign or any(row[side] and row[side]["campaign"] == campaign for side in ("was", "is"))
