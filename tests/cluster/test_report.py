"""The report counts all results, and no goal is met without a measurement."""

from collections import Counter

from deploy.cluster.report import Goal, goals, lost_leads, p95, table, text
from deploy.cluster.results import Balance, Result


def result(
    kind: str = "kills", *, acknowledged: int = 0, seconds: float = 20, lost: int = 0, error: str = ""
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


def balance(*, cluster: str = "a", lost: int = 0, booked_twice: int = 0, unexplained: int = 0) -> Balance:
    return Balance(
        at=0,
        cluster=cluster,
        acknowledged=0,
        stored=0,
        delivered=0,
        lost=lost,
        stored_twice=0,
        booked_twice=booked_twice,
        unknown=0,
        not_received=0,
        unexplained=unexplained,
        balances=True,
    )


def met(reached: list[Goal]) -> list[bool]:
    return [goal.is_met for goal in reached]


def test_all_goals_are_met() -> None:
    assert met(goals([result(acknowledged=1500), result("pauses", acknowledged=1500)], [balance()])) == [True] * 6


def test_no_goal_is_met_without_results_or_without_a_comparison() -> None:
    assert met(goals([], [])) == [False] * 6
    assert met(goals([result(acknowledged=3000)], [])) == [False, False, True, True, True, False]
    # The comparison of another cluster proves nothing.
    assert met(goals([result(acknowledged=3000)], [balance(cluster="b")])) == [False, False, True, True, True, False]


def test_each_goal_is_missed_alone() -> None:
    enough = result(acknowledged=3000)
    assert met(goals([result(acknowledged=2999)], [balance()]))[0] is False
    assert met(goals([enough, result(lost=1)], [balance()]))[0] is False
    assert met(goals([enough], [balance(lost=1)]))[0] is False
    assert met(goals([enough], [balance(booked_twice=1)]))[1] is False
    assert met(goals([enough, result(seconds=45)], [balance()]))[2] is False
    slow = Result("kills", 0, "a", "database-1", acknowledged=3000, quiet_ms=[600])
    assert met(goals([slow], [balance()]))[3] is False
    assert met(goals([enough, result(error="no primary")], [balance()]))[4] is False
    assert met(goals([enough], [balance(unexplained=1)]))[5] is False


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
    assert lines[3] == "| Valkey is gone | 0 of 1 | | | | | | |"
    assert "| 0 leads or bookings doubled | 0 | NO |" in text(lines, goals(results, []))


def test_percentiles_are_those_of_all_answers_together() -> None:
    assert p95([]) is None
    assert p95([Result("kills", 0, "a", "", quiet_ms=[1, 2]), Result("kills", 0, "a", "", quiet_ms=[900])]) == 900
