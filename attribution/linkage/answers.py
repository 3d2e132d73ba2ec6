"""Names the answers that the engine must give, reads its result files, and splits the reasons of each link."""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from .comparing import COMPARISONS

_STEPS = sorted({step.words for comparison in COMPARISONS for step in comparison.steps}, key=len, reverse=True)
_PARTS = ("agrees: ", "differs: ", "missing: ")


@dataclass(frozen=True, slots=True)
class Focus:
    """The IDs of the leads and jobs to answer, as in their files."""

    leads: Collection[str]
    jobs: Collection[str]


@dataclass(slots=True)
class Answer:
    """A row of the result. `job` is empty for a lead without a job.

    `candidates` are (lead, probability). `weights` are (criterion, natural log-odds) with the total last; they are
    empty if IDs decided.
    """

    lead: str
    job: str
    label: str
    probability: Decimal
    agreeing: list[str] = field(default_factory=list)
    disagreeing: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    candidates: list[tuple[str, Decimal]] = field(default_factory=list)
    weights: list[tuple[str, str]] = field(default_factory=list)


def read(links: Path, candidates: Path, weights: Path | None = None) -> list[Answer]:
    """Return the answers in file order."""
    weighed: dict[str, list[tuple[str, str]]] = {}
    if weights:
        with weights.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                weighed[row["job_id"]] = [item for item in row.items() if item[0] not in ("job_id", "lead_id")]
    ranked: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    with candidates.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ranked[row["job_id"]].append((row["lead_id"], Decimal(row["probability"])))
    with links.open(encoding="utf-8", newline="") as file:
        return [_answer(row, ranked, weighed) for row in csv.DictReader(file)]


def _words(text: str) -> Iterator[str]:
    """Split a comma-separated list of step texts. Some texts contain a comma themselves."""
    while text:
        first = next((step for step in _STEPS if text == step or text.startswith(f"{step}, ")), text.split(", ", 1)[0])
        yield first
        text = text[len(first) + 2 :]


def _answer(
    row: dict[str, str],
    ranked: dict[str, list[tuple[str, Decimal]]],
    weighed: dict[str, list[tuple[str, str]]],
) -> Answer:
    answer = Answer(row["lead_id"], row["job_id"], row["label"], Decimal(row["probability"]))
    sides = dict(zip(_PARTS, (answer.agreeing, answer.disagreeing, answer.missing), strict=True))
    for part in row["reasons"].split("; ") if row["reasons"] else ():
        begin = next((prefix for prefix in _PARTS if answer.job and part.startswith(prefix)), "")
        if begin:
            sides[begin].extend(_words(part.removeprefix(begin)))
        else:
            answer.reasons.append(part)
    answer.candidates = [candidate for candidate in ranked.get(answer.job, []) if candidate[0] != answer.lead]
    answer.weights = weighed.get(answer.job, [])
    return answer
