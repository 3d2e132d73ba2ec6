"""The verdict of `make chaos` and of its smaller version: each broken promise is named."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.handoff_verdict import Request, broken_promises

DELIVERED = Request("st-ready:1", "a@example.com", "delivered", "", "11")
BLOCKED = Request("st-ready:2", "b@example.com", "blocked", "gate-shut", "")
BOOK: dict[str, Any] = {"bookings": [{"externalId": "st-ready:1", "id": 11}], "duplicates": 0}
THANKED = ("a@example.com", "b@example.com")


def test_a_run_in_which_every_promise_holds_passes() -> None:
    assert list(broken_promises([DELIVERED, BLOCKED], BOOK, THANKED)) == []


@pytest.mark.parametrize(
    ("requests", "book", "broken"),
    [
        ([DELIVERED], {}, "b@example.com was thanked, and the request is lost"),
        # As many requests as thanked visitors, but of another visitor.
        (
            [DELIVERED, replace(BLOCKED, email="c@a.com")],
            {},
            "b@example.com was thanked, and the request is lost",
        ),
        ([DELIVERED, BLOCKED], {"duplicates": 1}, "1 bookings were made twice"),
        ([DELIVERED, replace(BLOCKED, state=None)], {}, "st-ready:2 has no booking request"),
        ([DELIVERED, replace(BLOCKED, cause="")], {}, "st-ready:2 is blocked without a reason"),
        (
            [replace(DELIVERED, external_id="12"), BLOCKED],
            {},
            "st-ready:1 is delivered, and the simulator has another booking or none",
        ),
        (
            [DELIVERED, BLOCKED],
            {"bookings": [*BOOK["bookings"], {"externalId": "st-ready:9", "id": 19}]},
            "st-ready:9 is a booking of no request",
        ),
    ],
)
def test_a_broken_promise_is_named(requests: list[Request], book: dict[str, Any], broken: str) -> None:
    assert list(broken_promises(requests, BOOK | book, THANKED)) == [broken]
