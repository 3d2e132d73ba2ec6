"""Differences between the facts of two readings of a page."""

from typing import Any

import pytest

from drift.page_changes import fact_changes


def fact(kind: str = "price", value: str = "AC Diagnostic", confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, "confidence": confidence, "quote": f"{value} here", "detail": {}} | more


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([fact(price="79.00")], [fact(price="79.00", quote="AC DIAGNOSTIC here")], []),
        ([fact(price="79.00")], [fact(price="89.00")], [("changed", "AC Diagnostic, $79.00", "AC Diagnostic, $89.00")]),
        ([], [fact("area_city", "Mesa", detail={"state": "AZ"})], [("appeared", "", "Mesa, AZ")]),
        ([fact("phone", "+16025550100")], [], [("vanished", "(602) 555-0100", "")]),
        ([], [fact("hours", "sat closed")], [("appeared", "", "Saturday closed")]),
        ([fact(price="9.00")], [fact(price="9.00", detail={"period": "month", "above": "x"})],
         [("changed", "AC Diagnostic, $9.00", "AC Diagnostic, $9.00, month")]),
        ([fact(price="9.00"), fact(price="8.00")], [fact(price="8.00")], [("changed", "AC Diagnostic, $9.00", "")]),
        ([], [fact("service", "words on the page", confidence=0.2)], []),
        ([fact("offer", "Tune-up", expires="2026-11-30")], [fact("offer", "tune-up", expires="2026-12-31")],
         [("changed", "Tune-up, until 2026-11-30", "tune-up, until 2026-12-31")]),
    ],
    ids=["quote", "price", "appeared", "vanished", "hours", "period", "one of two", "not sure", "last day"],
)  # fmt: skip
def test_changes_are_named_by_subject(before: list[Any], after: list[Any], changes: list[tuple[str, ...]]) -> None:
    assert [(change.what, change.before, change.after) for change in fact_changes(before, after)] == changes
