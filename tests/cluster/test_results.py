"""A drill that was stopped continues, remembers every promise, and hides no failure."""

from pathlib import Path

import pytest

from deploy.cluster.results import (
    Balance,
    Journal,
    Result,
    longest_interruption,
    quiet_milliseconds,
    remaining,
)
from deploy.cluster.visitors import Post, numbers_from


def result(kind: str, **facts: object) -> Result:
    return Result(**({"kind": kind, "at": 0.0, "cluster": "a", "target": "database-1"} | facts))  # type: ignore[arg-type]


def posts(*acknowledged_at: float, failed_at: tuple[float, ...] = ()) -> list[Post]:
    thanked = [Post(number, at - 0.1, 0.1, 302) for number, at in enumerate(acknowledged_at)]
    return thanked + [Post(100 + number, at - 0.1, 0.1, 503) for number, at in enumerate(failed_at)]


@pytest.mark.parametrize(
    ("wanted", "done", "expected"),
    [
        ({"kills": 2, "pauses": 1}, [], [("kills", 0), ("pauses", 0), ("kills", 1)]),
        ({"kills": 3, "pauses": 1}, ["kills", "pauses"], [("kills", 1), ("kills", 2)]),
        ({"kills": 1}, ["kills", "kills"], []),
        ({}, ["kills"], []),
    ],
)
def test_only_what_is_missing_runs_and_each_kind_in_turn(
    wanted: dict[str, int], done: list[str], expected: list[tuple[str, int]]
) -> None:
    assert remaining(wanted, [result(kind) for kind in done]) == expected


def test_a_failure_that_the_cluster_did_not_survive_is_not_repeated() -> None:
    assert remaining({"kills": 1}, [result("kills", error="no primary after 240 s")]) == []


def test_the_journal_is_read_back_by_the_next_call(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.begin("kills")
    first.acknowledge("a", 7)
    first.add(result("kills", quiet_ms=[12, 30], acknowledged=1))
    first.acknowledge("b", 8)
    first.begin("pauses")
    again = Journal(tmp_path)
    assert again.results() == [result("kills", quiet_ms=[12, 30], acknowledged=1)]
    assert again.acknowledged("a") == {7} and again.acknowledged("b") == {8}
    assert again.interrupted() == {"pauses": 1}


def test_a_line_that_was_cut_off_by_a_kill_is_ignored_and_the_next_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.acknowledge("a", 7)
    with (tmp_path / "acknowledged.jsonl").open("a") as file:
        file.write('{"cluster": "a", "nu')
    again = Journal(tmp_path)
    assert again.acknowledged("a") == {7}
    again.acknowledge("a", 8)
    again.acknowledge("b", 9)
    assert again.acknowledged("a") == {7, 8}
    assert again.promises() == {"a": 2, "b": 1}


def test_the_newest_comparison_of_each_cluster_counts(tmp_path: Path) -> None:
    counts = dict.fromkeys(
        ["acknowledged", "stored", "delivered", "stored_twice", "booked_twice", "unknown", "not_received"], 0
    )
    older, newer, other = (
        Balance(at=at, cluster=cluster, lost=lost, unexplained=0, balances=True, **counts)
        for at, cluster, lost in ((1, "a", 3), (2, "a", 0), (3, "b", 1))
    )
    journal = Journal(tmp_path)
    for balance in (older, newer, other):
        journal.add(balance)
    assert journal.balances() == [newer, other]


def test_an_interruption_lasts_from_the_last_acknowledged_form_before_the_failure() -> None:
    assert longest_interruption(posts(1, 2, 3, 25, 26, failed_at=(4, 10, 20)), at=3.5) == (3, 25)
    # A quiet time before the failure is not counted.
    assert longest_interruption(posts(1, 50, 51, 54, 55), at=52) == (51, 54)


def test_forms_that_are_never_acknowledged_again_are_an_interruption_until_the_end() -> None:
    begin, end = longest_interruption(posts(1, 2, failed_at=(10, 90)), at=3)
    assert (begin, round(end)) == (2, 90)
    assert longest_interruption([], at=3) == (3, 3)


def test_only_forms_outside_of_a_noticed_interruption_are_quiet() -> None:
    sent = posts(1, 2, 25, 26, failed_at=(10,))
    assert len(quiet_milliseconds(sent, 2, 25)) == 3
    assert len(quiet_milliseconds(sent, 2, 3)) == len(sent)


def test_no_number_is_used_by_two_runs() -> None:
    first, second = numbers_from(1000.0), numbers_from(1010.0)
    # Ten seconds later: at most ten forms a second were sent in between.
    assert {next(first) for _ in range(100)}.isdisjoint({next(second) for _ in range(100)})
