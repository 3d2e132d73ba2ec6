"""Paginated lists, export feeds with continuation tokens, and their filters."""

import base64
from collections.abc import Callable
from typing import Any

from .account import Account, Row
from .messages import Request, Response, as_json, problem

#: Values of the parameters `active` and `activeState`. The first value is the default, which hides inactive rows.
ACTIVE = {"True": {True}, "False": {False}, "Any": {True, False}}
ACTIVE_STATE = {"ActiveOnly": {True}, "InactiveOnly": {False}, "All": {True, False}}

#: Lists that have no filter by active rows.
_WITHOUT_ACTIVE = frozenset({"jpm/jobs", "marketing/categories"})
_FILTERS: dict[str, dict[str, Callable[[Row], Any]]] = {
    "jpm/jobs": {
        name: lambda row, name=name: row.get(name)  # type: ignore[misc]
        for name in ("bookingId", "campaignId", "customerId", "invoiceId", "jobStatus", "jobTypeId", "businessUnitId")
    },
    "accounting/invoices": {"jobId": lambda row: (row.get("job") or {}).get("id")},
}
_TIMES: dict[str, tuple[str, bool]] = {
    "createdOnOrAfter": ("createdOn", True),
    "createdBefore": ("createdOn", False),
    "modifiedOnOrAfter": ("modifiedOn", True),
    "modifiedBefore": ("modifiedOn", False),
}


def parameters_of(name: str) -> frozenset[str]:
    """Return the further query parameters that a list documents."""
    filters = set(_FILTERS.get(name, ()))
    if name == "accounting/payments":
        filters.add("appliedToInvoiceIds")
    if name not in _WITHOUT_ACTIVE:
        filters.add("activeState" if name.startswith("accounting/") else "active")
    return frozenset(filters)


def of(account: Account, name: str, request: Request, now: float) -> Response:
    """Return a page of a table, filtered by the query parameters."""
    rows = account.visible(name, now=now)
    for parameter, value in _FILTERS.get(name, {}).items():
        if wanted := request.query.get(parameter):
            rows = [row for row in rows if str(value(row)) == wanted]
    if name == "accounting/payments" and (wanted := request.query.get("appliedToInvoiceIds")):
        ids = set(wanted.split(","))
        rows = [row for row in rows if any(str(part["appliedTo"]) in ids for part in row["appliedTo"])]
    parameter, states = ("activeState", ACTIVE_STATE) if name.startswith("accounting/") else ("active", ACTIVE)
    if name not in _WITHOUT_ACTIVE:
        shown = states.get(request.query.get(parameter, next(iter(states))))
        if shown is None:
            return problem(400, "Validation failed", {parameter: ["There is no such value."]})
        rows = [row for row in rows if row.get("active", True) in shown]
    return listed(account, request, rows)


def listed(account: Account, request: Request, rows: list[Row]) -> Response:
    """Return one page of `rows` in the standard list envelope."""
    query = request.query
    page, size = query.get("page", "1"), query.get("pageSize", "50")
    if not page.isdecimal() or not size.isdecimal() or int(page) < 1 or not 1 <= int(size) <= 5000:
        return problem(400, "Validation failed", {"page": ["It starts at 1, and pageSize ends at 5000."]})
    if wanted := query.get("ids"):
        ids = wanted.split(",")
        if len(ids) > 50:
            return problem(400, "Validation failed", {"ids": ["At most 50."]})
        rows = [row for row in rows if str(row["id"]) in ids]
    for parameter, (field, after) in _TIMES.items():
        if moment := query.get(parameter):
            rows = [row for row in rows if (row[field] >= moment) == after]
    size_now = min(int(size), account.plan.page_size)
    first = (int(page) - 1) * size_now
    return as_json(
        {
            "page": int(page),
            "pageSize": size_now,
            "hasMore": first + size_now < len(rows),
            "totalCount": len(rows) if query.get("includeTotal") == "true" else None,
            "data": rows[first : first + size_now],
        }
    )


def feed(account: Account, name: str, request: Request, now: float) -> Response:
    """Return the batch of an export after the token, oldest change first. `includeRecentChanges` repeats a row."""
    after = _number(request.query.get("from", ""), name)
    if after is None:
        return problem(400, "Validation failed", {"from": ["It is neither a token nor a day."]})
    changes = account.changes(name, after=after, now=now)
    piece = changes[: account.plan.page_size]
    last = piece[-1][0] if piece else after
    rows = [{"active": True, **row} for _, row in piece]
    if request.query.get("includeRecentChanges") == "true" and rows:
        rows.append(rows[-1])
    token = base64.urlsafe_b64encode(f"{name}:{last}".encode()).decode()
    return as_json({"hasMore": len(changes) > len(piece), "continueFrom": token, "data": rows})


def _number(token: str, name: str) -> int | None:
    is_day = len(token) >= 10 and token[4] == token[7] == "-"
    if not token or is_day:
        return 0  # a date: starting at the beginning never skips a requested change
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        return int(number) if word == name else None
    except ValueError:
        return None
