"""`python -m bench.attribution.bound FIRST LAST [LEADS]`: what any method with our criteria could reach, by business.

For the generated businesses with seeds FIRST to LAST, it counts how many reach each goal by the shipped model, and by a
bound: each combination of outcomes of all criteria has the probability that is right for it in these same businesses,
as only someone who knows the truth could choose it. Its calibration is no bound, because these shares are
counted before leads compete for a job. It also states how often a model whose every link has exactly the
shares of right and matched below would miss a limit by chance alone.
"""

import math
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from attribution.linkage import model, pipeline, scoring
from tests.support.synthetic.accuracy import Link, measure
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import varied

from .goals import LEAST_MATCHED, LEAST_RIGHT, reached

#: The shares of right and matched of model 8, at the first sight of 200 businesses.
RIGHT, MATCHED = 0.9977, 0.956
#: The step of each comparison.
Outcomes = tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A business: its truth, the links of the shipped model, and the outcomes of all its pairs by job and lead."""

    truth: Mapping[str, str]
    links: Sequence[Link]
    pairs: Mapping[str, Mapping[str, Outcomes]]


def judge(seed: int, leads: int, used: model.Model) -> Judged:
    made = Maker(varied(seed), 1).make(leads)
    with tempfile.TemporaryDirectory() as work:
        db = duckdb.connect()
        pipeline.compare_files(db, made.write(Path(work)), Path(work), used)
        pipeline.assign(db, used)
    rows = db.execute(
        "SELECT leads.id, jobs.id, p, label FROM links JOIN leads ON leads.n = l JOIN jobs ON jobs.n = r"
    ).fetchall()
    pairs = {
        job: {lead: tuple(pair.steps.values()) for lead, pair in found.items()}
        for job, found in scoring.best_pairs(db).items()
    }
    return Judged(made.truth, [Link(lead, job, float(p), label) for lead, job, p, label in rows], pairs)


def shares(businesses: Iterable[Judged]) -> dict[Outcomes, float]:
    """Return for each combination of outcomes which share of its pairs is true."""
    many: Counter[Outcomes] = Counter()
    true: Counter[Outcomes] = Counter()
    for business in businesses:
        for job, found in business.pairs.items():
            for lead, outcomes in found.items():
                many[outcomes] += 1
                true[outcomes] += business.truth.get(job) == lead
    return {outcomes: true[outcomes] / number for outcomes, number in many.items()}


def bound(business: Judged, known: Mapping[Outcomes, float]) -> list[Link]:
    """Return the likeliest lead of each job. Links count as matched down to the last one at the share that is asked."""
    links = []
    for job, found in business.pairs.items():
        lead = max(sorted(found), key=lambda each: known[found[each]])
        links.append(Link(lead, job, known[found[lead]], ""))
    least = _least(links, business.truth)
    return [Link(link.lead, link.job, link.p, "matched" if link.p >= least else "") for link in links]


def _least(links: Iterable[Link], truth: Mapping[str, str]) -> float:
    """Return the lowest probability from which on enough links are right."""
    least, hits = math.inf, 0
    ranked = sorted(links, key=lambda link: -link.p)
    for at, link in enumerate(ranked, start=1):
        hits += truth.get(link.job) == link.lead
        if (at == len(ranked) or ranked[at].p < link.p) and hits / at >= LEAST_RIGHT:
            least = link.p
    return least


def missed_by_chance(true_pairs: int) -> tuple[float, float]:
    """Return how often a business with so many true pairs misses the limit of right, and the limit of matched."""
    links = round(true_pairs * MATCHED / RIGHT)
    wrong = _at_most(math.floor(links * (1 - LEAST_RIGHT) + 1e-9), links, 1 - RIGHT)
    return 1 - wrong, _at_most(math.ceil(true_pairs * LEAST_MATCHED - 1e-9) - 1, true_pairs, MATCHED)


def _at_most(most: int, number: int, p: float) -> float:
    """Return the probability of at most so many hits in a binomial distribution."""
    whole = math.lgamma(number + 1)
    return sum(
        math.exp(
            whole - math.lgamma(hits + 1) - math.lgamma(number - hits + 1)
            + hits * math.log(p) + (number - hits) * math.log1p(-p)
        )
        for hits in range(most + 1)
    )  # fmt: skip


def main(first: int, last: int, leads: int) -> None:
    used = model.read()
    businesses = [judge(seed, leads, used) for seed in range(first, last + 1)]
    known = shares(businesses)
    figures = {
        "ours": [measure(business.links, business.truth) for business in businesses],
        "bound": [measure(bound(business, known), business.truth) for business in businesses],
    }
    for name, each in figures.items():
        means = {key: statistics.fmean(getattr(one, key) for one in each) for key in ("f1", "recall_at_99", "ece")}
        print(f"{name}: {', '.join(f'{key} {value:.4f}' for key, value in means.items())}")
    ours, best = ([reached(one) for one in each] for each in figures.values())
    for goal in ours[0]:
        both = sum(a[goal] and b[goal] for a, b in zip(ours, best, strict=True))
        print(f"{goal}: ours {sum(a[goal] for a in ours)}, bound {sum(b[goal] for b in best)}, both {both}")
    sizes = sorted(len(business.truth) for business in businesses)
    print(f"{len(sizes)} businesses of {sizes[0]} to {sizes[-1]} true pairs, median {statistics.median(sizes):.0f}")
    missed = [missed_by_chance(size) for size in sizes]
    reach = [sum(1 - one for one in side) for side in zip(*missed, strict=True)]
    both_reached = sum((1 - right) * (1 - matched) for right, matched in missed)
    print(f"by chance alone {reach[0]:.0f} would reach right, {reach[1]:.0f} matched and {both_reached:.0f} both")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1_500)
