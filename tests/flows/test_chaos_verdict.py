"""The verdict of `make chaos`: each broken promise is named, and a run that kept them all passes."""

from typing import Any

import pytest

from bench.chaos import THANKED, broken_promises
from bench.posts import Answer, mailbox

DELIVERED = ("st-ready:1", "delivered", "", "11", False, 1, mailbox(1))
BLOCKED = ("st-ready:2", "blocked", "gate-shut", "", False, 0, mailbox(2))
BOOK: dict[str, Any] = {"bookings": [{"externalId": "st-ready:1", "id": 11}], "duplicates": 0}
ANSWERS = [Answer(THANKED, 0.1, 1), Answer(THANKED, 0.1, 2), Answer(503, 0.1, 3)]


def test_a_run_that_kept_every_promise_passes() -> None:
    assert list(broken_promises([DELIVERED, BLOCKED], BOOK, ANSWERS)) == []


@pytest.mark.parametrize(
    ("rows", "book", "broken"),
    [
        ([DELIVERED], BOOK, "visitor 2 was thanked, and the request is lost"),
        # As many requests as thanked visitors, but of another visitor.
        ([DELIVERED, (*BLOCKED[:6], mailbox(3))], BOOK, "visitor 2 was thanked, and the request is lost"),
        ([DELIVERED, BLOCKED], BOOK | {"duplicates": 1}, "1 bookings were made twice"),
        ([DELIVERED, ("st-ready:2", *[None] * 5, mailbox(2))], BOOK, "st-ready:2 has no booking request"),
        ([DELIVERED, (*BLOCKED[:2], "", *BLOCKED[3:])], BOOK, "st-ready:2 is blocked without a reason"),
        (
            [(*DELIVERED[:3], "12", *DELIVERED[4:]), BLOCKED],
            BOOK,
            "st-ready:1 is delivered, and the simulator has another booking or none",
        ),
        (
            [DELIVERED, BLOCKED],
            BOOK | {"bookings": [*BOOK["bookings"], {"externalId": "st-ready:9", "id": 19}]},
            "st-ready:9 is a booking of no request",
        ),
    ],
)
def test_a_broken_promise_is_named(rows: Any, book: dict[str, Any], broken: str) -> None:
    assert list(broken_promises(rows, book, ANSWERS)) == [broken]
