"""Finds parts of payments that a newer file states for other invoices, so that each dollar counts once.

A part is what a payment pays on one invoice. A file of payments is the latest statement about each payment that it
names: other stored parts of it are void from then on, unless the file may contain only some of its parts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import batched, groupby
from operator import attrgetter
from typing import Any

from pagetojob.platform.tenants.models import Tenant

from ..models import OutcomeKind, OutcomeRow, Payment
from ..money import NOTHING
from ..outcomes.checking import MOVED, Checked, Remark

_BATCH = 2_000
#: Row number and values of a part in the file.
Stated = Sequence[tuple[int, Mapping[str, Any]]]


def moved_parts(checked: Checked, tenant: Tenant) -> list[tuple[int, dict[str, Any], OutcomeRow | None]]:
    """Return the stored parts that the file moves, each with the row that names its payment and the values of a void.

    Adds a remark for each of them, and for other stored parts that the file does not name. Makes one query per 2,000
    payments.
    """
    moved: list[tuple[int, dict[str, Any], OutcomeRow | None]] = []
    for stated, stored in _by_payment(checked, tenant):
        named = {values["invoice_external_id"] for _, values in stated}
        is_moved = _states_all(stated, stored, checked)
        for part in stored:
            if part.invoice_external_id in named:
                continue
            number = stated[0][0]
            checked.remarks.append(Remark(number, _sentence(part, is_moved=is_moved)))
            if is_moved:
                moved.append((number, {"voided": True, "status": MOVED}, part))
    checked.remarks.sort()
    return moved


def unmoved(old: OutcomeRow | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a row of a file; a part that had moved away counts again unless the file states a void."""
    is_back = isinstance(old, Payment) and old.voided and old.status == MOVED
    return {"voided": False, "status": ""} | values if is_back else values


def _by_payment(checked: Checked, tenant: Tenant) -> Iterator[tuple[Stated, list[Payment]]]:
    """Yield the rows of the file and the stored parts that are not void, for each payment that has both."""
    if checked.kind != OutcomeKind.PAYMENTS or "invoice_external_id" not in checked.fields:
        return
    stated: dict[int, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for number, values in checked.rows:
        stated[values["external_id"]].append((number, values))
    for ids in batched(stated, _BATCH, strict=False):
        rows = Payment.objects.filter(tenant=tenant, external_id__in=ids, voided=False)
        parts = rows.exclude(invoice_external_id=None).order_by("external_id", "invoice_external_id")
        for payment, stored in groupby(parts, attrgetter("external_id")):
            yield stated[payment], list(stored)


def _states_all(stated: Stated, stored: Sequence[Payment], checked: Checked) -> bool:
    """Return whether the file states all parts of a payment, so that the stored parts that it does not name moved.

    It does if the amounts are equal together, or if the stored parts are of the days of the file. A refund never
    becomes smaller: that would state more revenue than is certain.
    """
    amounts: list[Decimal] = [values["amount"] for _, values in stated if not values.get("voided")]
    before, now = sum((part.amount for part in stored), NOTHING), sum(amounts, NOTHING)
    if not amounts or (before < 0 and now > before):
        return False
    first, last = checked.covers or (None, None)
    days = [part.paid_on for part in stored if part.paid_on]
    return now == before or not days or bool(first and last and first <= min(days) and max(days) <= last)


def _sentence(part: Payment, *, is_moved: bool) -> str:
    invoice = part.invoice_external_id
    if is_moved:
        return f"It no longer counts for invoice {invoice}. If it pays that one too, import one file with all its rows."
    return f"It is also stored for invoice {invoice}, where it counts. If it was moved, void that row."
