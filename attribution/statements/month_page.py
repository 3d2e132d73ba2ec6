"""The document of a month's page, the same that a packet contains, before and after sealing. No query."""

from collections.abc import Sequence
from typing import Any

from attribution.models import Restatement, Statement
from attribution.packets.document import SealedMonth, document
from pagetojob.platform.tenants.models import Tenant

from . import canonical_form


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
    }
    return document(inputs, [month])
