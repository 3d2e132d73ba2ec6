"""What visitors were promised is compared with what is stored, and with what the simulator received."""

from typing import Any

import pytest

from deploy.cluster.ledger import Judgment, Lead, judge, stored_leads


def lead(number: int | None, state: str = "delivered", cause: str = "", external_id: str = "") -> Lead:
    return Lead(number, f"ref-{number}", state, cause, external_id or f"id-{number}")


def booking(number: int, *, identifier: str = "") -> dict[str, Any]:
    return {"id": identifier or f"id-{number}", "externalId": f"ref-{number}"}


def judged(
    leads: list[Lead], bookings: list[dict[str, Any]], *, acknowledged: set[int], balances: bool = True
) -> Judgment:
    return judge(acknowledged, leads, bookings, balances=balances)


def test_all_promises_hold() -> None:
    judgment = judged([lead(1), lead(2)], [booking(1), booking(2)], acknowledged={1, 2})
    assert judgment.holds
    assert (judgment.acknowledged, judgment.stored, judgment.delivered) == (2, 2, 2)


def test_a_lead_whose_answer_was_lost_is_no_error() -> None:
    assert judged([lead(1), lead(2)], [booking(1), booking(2)], acknowledged={1}).holds


def test_leads_of_the_demo_are_not_promised_and_may_wait_for_a_person() -> None:
    assert judged([lead(None, "blocked", "gate closed")], [], acknowledged=set()).holds


@pytest.mark.parametrize(
    ("name", "expected", "leads", "bookings"),
    [
        ("lost", [2], [lead(1)], [booking(1)]),
        ("stored_twice", [1], [lead(1), lead(1), lead(2)], [booking(1), booking(2)]),
        ("booked_twice", ["ref-1"], [lead(1), lead(2)], [booking(1, identifier="x"), booking(1), booking(2)]),
        ("unknown", ["ref-3"], [lead(1), lead(2)], [booking(1), booking(2), booking(3)]),
        ("not_received", ["ref-2"], [lead(1), lead(2)], [booking(1)]),
        ("not_received", ["ref-2"], [lead(1), lead(2, external_id="id-1")], [booking(1), booking(2)]),
        ("unexplained", ["ref-2"], [lead(1), lead(2, "queued")], [booking(1)]),
        ("unexplained", ["ref-2"], [lead(1), lead(2, "")], [booking(1)]),
    ],
)
def test_each_broken_promise_is_named(
    name: str, expected: list[object], leads: list[Lead], bookings: list[dict[str, Any]]
) -> None:
    judgment = judged(leads, bookings, acknowledged={1, 2})
    assert getattr(judgment, name) == expected
    assert not judgment.holds


def test_a_ledger_that_does_not_balance_breaks_the_promise() -> None:
    assert not judged([lead(1)], [booking(1)], acknowledged={1}, balances=False).holds


def test_the_visitor_is_recognized_by_the_address() -> None:
    rows = [
        ("jamie17@example.com", "r1", "delivered", "", "5"),
        ("jamie@example.com", "r2", "queued", "waiting", ""),
        ("not-jamie17@example.com", "r3", "queued", "waiting", ""),
    ]
    assert [lead.number for lead in stored_leads(rows)] == [17, None, None]
    assert stored_leads(rows)[0] == Lead(17, "r1", "delivered", "", "5")
