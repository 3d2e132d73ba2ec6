"""Results of drills in a file of JSON lines, so that a drill that was stopped continues, and results accumulate.

A line is written when a failure begins and when its result is known. A failure that was begun and has no result was
interrupted: it is repeated, and the report counts it.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from .visitors import Post

#: Interruptions shorter than this are the visitors' own pauses.
NOTICED_SECONDS = 5.0


@dataclass(frozen=True)
class Result:
    """A failure and what visitors experienced. `quiet_ms` are the answers outside of the interruption."""

    kind: str
    at: float
    cluster: str
    target: str
    attempts: int = 0
    acknowledged: int = 0
    #: Longest time without an acknowledged form, from the last one before the failure.
    interruption_seconds: float = 0.0
    quiet_ms: list[int] = field(default_factory=list)
    #: None if the leads could not be counted.
    lost: int | None = 0
    #: The reason if the drill could not go on; empty if every node replicates again.
    error: str = ""


@dataclass(frozen=True)
class Balance:
    """Counts of a comparison of the whole cluster (deploy/cluster/ledger.py)."""

    at: float
    cluster: str
    acknowledged: int
    stored: int
    delivered: int
    lost: int
    stored_twice: int
    booked_twice: int
    unknown: int
    not_received: int
    unexplained: int
    balances: bool
    #: Items that a worker would still send when the wait for them ended. None in results that did not count them.
    open_items: int | None = None


class Journal:
    """The results in `results.jsonl`, and in `acknowledged.jsonl` each form that was acknowledged."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._results, self._acknowledged = folder / "results.jsonl", folder / "acknowledged.jsonl"

    def begin(self, kind: str) -> None:
        _append(self._results, {"begun": kind})

    def add(self, entry: Result | Balance) -> None:
        name = "result" if isinstance(entry, Result) else "balance"
        _append(self._results, {name: asdict(entry)})

    def acknowledge(self, cluster: str, number: int) -> None:
        """Write it before anything else happens: the drill must remember every promise."""
        _append(self._acknowledged, {"cluster": cluster, "number": number})

    def acknowledged(self, cluster: str) -> set[int]:
        """Return the numbers that this cluster has acknowledged, in all drills."""
        return {int(line["number"]) for line in _lines(self._acknowledged) if line["cluster"] == cluster}

    def promises(self) -> Counter[str]:
        """Count the acknowledged numbers of every cluster, also of one that was removed."""
        return Counter(
            cluster for cluster, _ in {(line["cluster"], line["number"]) for line in _lines(self._acknowledged)}
        )

    def results(self) -> list[Result]:
        return [Result(**line["result"]) for line in _lines(self._results) if "result" in line]

    def balances(self) -> list[Balance]:
        """Return the newest comparison of each cluster."""
        newest: dict[str, Balance] = {}
        for line in _lines(self._results):
            if "balance" in line:
                newest[line["balance"]["cluster"]] = Balance(**line["balance"])
        return list(newest.values())

    def interrupted(self) -> Counter[str]:
        """Count the failures that were begun and have no result."""
        begun = Counter(line["begun"] for line in _lines(self._results) if "begun" in line)
        return begun - Counter(result.kind for result in self.results())


def remaining(wanted: Mapping[str, int], results: Iterable[Result]) -> list[tuple[str, int]]:
    """Return the failures that are still to run, as kind and number, one of each kind in turn.

    A failure whose drill could not go on counts as run: repeating it would hide it.
    """
    done = Counter(result.kind for result in results)
    numbers = {kind: range(done[kind], total) for kind, total in wanted.items()}
    most = max((len(each) for each in numbers.values()), default=0)
    return [(kind, each[turn]) for turn in range(most) for kind, each in numbers.items() if turn < len(each)]


def longest_interruption(posts: Sequence[Post], at: float) -> tuple[float, float]:
    """Return begin and end of the longest time without an acknowledged form, from the last one before the failure."""
    ends = sorted(post.ended for post in posts if post.is_acknowledged)
    before = [end for end in ends if end <= at]
    moments = [before[-1] if before else at, *(end for end in ends if end > at)]
    last = max((post.ended for post in posts), default=at)
    moments.append(max(last, moments[-1]))
    return max(pairwise(moments), key=lambda pair: pair[1] - pair[0])


def quiet_milliseconds(posts: Sequence[Post], begin: float, end: float) -> list[int]:
    """Return how long the forms took that do not overlap an interruption. A short one is none."""
    is_noticed = end - begin >= NOTICED_SECONDS
    return [
        round(1000 * post.seconds) for post in posts if not (is_noticed and post.began < end and post.ended > begin)
    ]


def _append(file: Path, entry: dict[str, Any]) -> None:
    with file.open("a+b") as lines:
        if lines.seek(0, os.SEEK_END):
            lines.seek(-1, os.SEEK_END)
            # A line that was cut off must not take the next one with it.
            if lines.read() != b"\n":
                lines.write(b"\n")
        lines.write(json.dumps(entry).encode() + b"\n")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file, without those that are incomplete because the drill was killed while writing them."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
