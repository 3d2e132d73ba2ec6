"""The report counts all results, and no goal is met without a measurement."""

from collections import Counter

import pytest

from deploy.cluster.report import Goal, goals, lost_leads, p95, table, text
from deploy.cluster.results import Balance, Result


def result(
    kind: str = "kills", *, acknowledged: int = 0, seconds: float = 20, lost: int | None = 0, error: str = ""
) -> Result:
    return Result(
        kind=kind,
        at=0,
        cluster="a",
        target="database-1",
        attempts=acknowledged,
        acknowledged=acknowledged,
        interruption_seconds=seconds,
        quiet_ms=[100] * 95 + [450] * 5,
        lost=lost,
        error=error,
    )


def balance(
    *,
    cluster: str = "a",
    at: float = 1,
    acknowledged: int = 3000,
    lost: int = 0,
    booked_twice: int = 0,
    unexplained: int = 0,
    open_items: int | None = 0,
) -> Balance:
    return Balance(
        at=at,
        cluster=cluster,
        acknowledged=acknowledged,
        stored=0,
        delivered=0,
        lost=lost,
        stored_twice=0,
        booked_twice=booked_twice,
        unknown=0,
        not_received=0,
        unexplained=unexplained,
        balances=True,
        open_items=open_items,
    )


def met(reached: list[Goal]) -> list[bool]:
    return [goal.is_met for goal in reached]


PROMISES = {"a": 3000}


def test_all_goals_are_met() -> None:
    results = [result(acknowledged=1500), result("pauses", acknowledged=1500)]
    assert met(goals(results, [balance()], PROMISES)) == [True] * 6


@pytest.mark.parametrize(
    ("balances", "promises"),
    [
        ([], PROMISES),
        # The comparison of another cluster proves nothing.
        ([balance(cluster="b")], PROMISES),
        # Older than the last failure.
        ([balance(at=-1)], PROMISES),
        # A failure was interrupted after the comparison: it has no result, but visitors were thanked.
        ([balance()], {"a": 3001}),
        # So was the first failure of a cluster that was then removed.
        ([balance()], PROMISES | {"b": 1}),
    ],
)
def test_nothing_is_met_without_a_comparison_of_every_acknowledged_lead(
    balances: list[Balance], promises: dict[str, int]
) -> None:
    reached = goals([result(acknowledged=3000, lost=None)], balances, promises)
    assert met(reached) == [False, False, True, True, True, False]
    assert reached[0].measured == "0 of 3,000, not all compared"


def test_no_goal_is_met_without_results() -> None:
    assert met(goals([], [], {})) == [False] * 6


def test_each_goal_is_missed_alone() -> None:
    enough = result(acknowledged=3000)

    def reached(results: list[Result], newest: Balance) -> list[bool]:
        return met(goals(results, [newest], PROMISES))

    assert reached([result(acknowledged=2999)], balance())[0] is False
    assert reached([enough, result(lost=1)], balance())[0] is False
    assert reached([enough], balance(lost=1))[0] is False
    assert reached([enough], balance(booked_twice=1))[1] is False
    assert reached([enough, result(seconds=45)], balance())[2] is False
    slow = Result("kills", 0, "a", "database-1", acknowledged=3000, quiet_ms=[600])
    assert reached([slow], balance())[3] is False
    assert reached([enough, result(error="no primary")], balance())[4] is False
    assert reached([enough], balance(unexplained=1))[5] is False
    # A queue that never gets empty delivers nothing, however good the cause of each item is.
    assert reached([enough], balance(open_items=1))[5] is False
    assert reached([enough], balance(open_items=None))[5] is False


def test_a_bounded_drill_names_the_reason_for_the_missed_goal() -> None:
    first = goals([result(acknowledged=1049)], [balance(acknowledged=1049)], {"a": 1049})[0]
    assert (first.measured, first.is_met) == ("0 of 1,049, too few to meet the goal", False)


def test_a_lead_that_two_counts_miss_is_lost_once() -> None:
    assert lost_leads([result(lost=1)], [balance(lost=1)]) == 1
    assert lost_leads([result(lost=2)], [balance(lost=1), balance(cluster="b", lost=4)]) == 6


def test_the_table_has_a_row_for_each_kind_and_names_what_is_missing() -> None:
    titles = {"kills": "The primary is dead", "valkey": "Valkey is gone"}
    results = [
        result(acknowledged=1000, seconds=18),
        result(acknowledged=500, seconds=22),
        result(seconds=31, error="x"),
    ]
    lines = table(titles, {"kills": 20, "valkey": 1}, results, Counter({"kills": 1}))
    assert lines[2] == ("| The primary is dead | 3 of 20, 1 interrupted | 1,500 | 0 | 22.0 s | 31.0 s | 450 ms | 1 |")
    (uncounted,) = table({"kills": "The primary is dead"}, {}, [result(lost=2), result(lost=None)], Counter())[2:]
    assert "| 2, 1 not counted |" in uncounted
    assert lines[3] == "| Valkey is gone | 0 of 1 | | | | | | |"
    assert "| 0 leads or bookings doubled | 0 | NO |" in text(lines, goals(results, [], {}))


def test_percentiles_are_those_of_all_answers_together() -> None:
    assert p95([]) is None
    assert p95([Result("kills", 0, "a", "", quiet_ms=[1, 2]), Result("kills", 0, "a", "", quiet_ms=[900])]) == 900
