"""Content of a packet, computed from sealed rows only. No I/O: equal inputs always give an equal document."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from attribution import money_sums
from attribution.likely_revenue import likely_revenue
from attribution.models import MEANINGS, Label, Restatement, Statement
from attribution.money import COUNTED, NOTHING, WHY_NOT, Bucket, Grade, Line
from attribution.statements import canonical_form
from attribution.statements.canonical_form import sealed_states
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.tenants.models import Tenant

SCHEMA = "pagetojob.packet.v1"
#: Headings, and meanings of labels. They are part of the inputs, because the bytes of a packet contain them.
WORDS = {
    "returned": "Refunds",
    "net": "Net",
    "collected": "Paid",
    "invoice": "Invoice ID",
    "job": "Job ID",
    "with money": "with counted invoices, from this period or an earlier one",
    **{label.value: MEANINGS[label] for label in (Label.CERTAIN, Label.MATCHED, Label.REVIEWED)},
}
#: Those of packets whose inputs lack them. Packets without a meaning of labels show none.
FIRST_WORDS = {
    "returned": "Paid back",
    "net": "Comes to",
    "collected": "Paid so far",
    "invoice": "Invoice",
    "job": "Job",
    "with money": "lead to counted money",
}
#: Limits of the proof, the same for every packet.
DOES_NOT_PROVE = (
    "That a job would not have come without the website or the campaign.",
    "That the exports are complete: rows that the office left out are not known to us.",
    "That a lead and a job matched by likeness belong together: each row shows how likely it is.",
    "That money which was invoiced was paid: what was paid by the closing is a separate figure.",
    "That requests by phone, in person or on other websites played no part.",
    "That no event from outside was missed: a packet is based on exports and leads, not on events.",
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
    states = [list(sealed_states(month.statement, month.restatements)) for month in sealed]
    closed = [line for state in states for line in _of(state[0][1], wanted)]
    now = [line for state in states for line in _of(state[-1][1], wanted)]
    heads = [state[0][0] for state in states]
    revenue, before = money_sums.revenue(now), money_sums.revenue(closed)
    return {
        "schema": SCHEMA,
        "inputs": dict(inputs),
        "revenue": {
            "counted": canonical_form.money(revenue.counted),
            "if_all_accepted": canonical_form.money(revenue.if_all_accepted),
            "open_reviews": revenue.open_reviews,
            "as_closed": canonical_form.money(before.counted),
            "restated": canonical_form.money(revenue.counted - before.counted),
            **_likely(inputs, now),
        },
        "buckets": [_bucket(bucket, amounts) for bucket, amounts in money_sums.by_bucket(now).items()],
        "grades": _grades(now),
        "customers": [
            {"customer": customer, **_sum(amounts)} for customer, amounts in money_sums.by_customer(now).items()
        ],
        "campaigns": [{"campaign": name, **_sum(amounts)} for name, amounts in money_sums.by_campaign(now).items()],
        "leads": _leads(heads, now, wanted),
        "sources": _sources(heads, now),
        "gaps": [{"month": head["month"], **gap} for head in heads for gap in head["gaps"]],
        # Months closed before the webhook inbox existed have no entry about events.
        "events": [{"month": head["month"], **head["events"]} for head in heads if "events" in head],
        "linking": [{"month": head["month"], "linking": head["linking"]} for head in heads],
        "restatements": [restatement for month in sealed for restatement in _restatements(month, wanted)],
        "lines": [canonical_form.row_of(line) for line in now],
        "does_not_prove": list(DOES_NOT_PROVE),
    }


def _likely(inputs: Mapping[str, Any], lines: Iterable[Line]) -> dict[str, str]:
    """Return the likely range. The first packets, whose inputs name no reliability, have none; the next no version."""
    if "reliability" not in inputs:
        return {}
    low, high = likely_revenue(lines, inputs.get("range", 1))
    likely = {"likely_low": canonical_form.money(low), "likely_high": canonical_form.money(high)}
    return likely | ({"range": inputs["range"]} if "range" in inputs else {})


def campaigns(months: Iterable[SealedMonth]) -> list[str]:
    """Return all campaigns named by sealed rows or by the lead counts."""
    names: set[str] = set()
    for month in months:
        (head, lines), *restated = sealed_states(month.statement, month.restatements)
        names |= head["leads"]["campaigns"].keys()
        names |= {line.campaign for line in (restated[-1][1] if restated else lines)}
    return sorted(names - {""})


def _of(lines: Iterable[Line], campaign: str) -> list[Line]:
    return [line for line in lines if not campaign or line.campaign == campaign]


def _sum(amounts: money_sums.Sum) -> dict[str, Any]:
    texts = {name: canonical_form.money(getattr(amounts, name)) for name in canonical_form.AMOUNTS}
    return {"invoices": amounts.invoices, **texts}


def _bucket(bucket: Bucket, amounts: money_sums.Sum) -> dict[str, Any]:
    return {"bucket": bucket, "counted": bucket in COUNTED, "why_not": WHY_NOT.get(bucket, ""), **_sum(amounts)}


def _grades(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Group counted lines by the grade of their weakest link."""
    counted = [line for line in lines if line.bucket in COUNTED]
    groups = ((grade, [line for line in counted if line.grade == grade]) for grade in Grade)
    return [{"grade": grade, **_sum(money_sums.total(group))} for grade, group in groups if group]


def _leads(heads: list[dict[str, Any]], lines: list[Line], campaign: str) -> dict[str, Any]:
    """Return the denominators: leads that arrived in these months, and how many led to counted money."""
    came: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    for head in heads:
        came.update(head["leads"]["campaigns"])
        excluded.update(head["leads"]["excluded"])
    return {
        "came": came[campaign] if campaign else came.total(),
        "with_counted_money": len({line.lead for line in lines if line.bucket in COUNTED}),
        # No campaign is stored for excluded leads.
        "excluded": {} if campaign else dict(excluded),
    }


def _sources(heads: list[dict[str, Any]], lines: list[Line]) -> list[dict[str, Any]]:
    """Return each source file once, with the number of shown rows that depend on it."""
    sources: dict[tuple[str, str], dict[str, Any]] = {}
    for head in heads:
        for source in head["sources"]:
            sources.setdefault((source["kind"], source["sha256"]), source)
    known = {sha256 for _, sha256 in sources}
    # Files imported after the closing are known only from the restatements that they caused.
    for sha256 in sorted({digest for line in lines for digest in line.sources} - known):
        sources["later", sha256] = {"kind": "later", "sha256": sha256, "rows": None, "covers": None}
    return [
        {**source, "invoices": sum(sha256 in line.sources for line in lines)}
        for (_, sha256), source in sorted(sources.items())
    ]


def _restatements(month: SealedMonth, campaign: str) -> list[dict[str, Any]]:
    entries = []
    for body in month.restatements:
        head, rows = canonical_form.read(body)
        shown = [row for row in rows if _concerns(row, campaign)]
        delta = sum((Decimal(row["delta"]["counted"]) for row in shown), NOTHING)
        if shown:
            entries.append(
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
    return entries


def _concerns(row: Mapping[str, Any], campaign: str) -> bool:
    return not campaign or any(row[side] and row[side]["campaign"] == campaign for side in ("was", "is"))


def of_statement(statement: Statement, restatements: Sequence[Restatement]) -> dict[str, Any]:
    """Return the document of a closed month with its restatements."""
    named = {
        "number": statement.number,
        "statement": statement.sha256,
        "restatements": [restatement.sha256 for restatement in restatements],
    }
    month = SealedMonth(statement.body, tuple(restatement.body for restatement in restatements))
    return _document(statement.tenant, month, named)


def of_open_month(tenant: Tenant, body: str) -> dict[str, Any]:
    """Return the document of an open month from the text of its preview."""
    return _document(tenant, SealedMonth(body), {"number": None, "statement": "", "restatements": []})


def _document(tenant: Tenant, month: SealedMonth, named: dict[str, Any]) -> dict[str, Any]:
    head, _ = canonical_form.read(month.statement)
    inputs = {
        "name": tenant.name,
        "demo": tenant.is_demo,
        "time_zone": head["time_zone"],
        "campaign": "",
        "months": [{"month": head["month"], **named}],
        "disclaimers": [],
        "words": WORDS,
    }
    return document(inputs, [month])
