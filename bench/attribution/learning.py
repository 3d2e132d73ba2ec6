"""`python -m bench.attribution.learning OUT [FOLDER...]`: learn the weights that ship, from made-up businesses.

It uses `desert`, `lakes` and 22 businesses between and beyond them, small and large, never `coast` or `prairie`, and
folders of other generators as `bench.attribution.folders` reads them. The same every time.
"""

import dataclasses
import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from attribution.linkage import fitting, model, pipeline, scoring
from attribution.linkage.comparing import COMPARISONS
from attribution.linkage.fitting import Case
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import desert, lakes, varied

from .folders import Business, read_folder

#: Weights that made-up businesses do not show, since none copies requests into its jobs, and those of the assignment.
GIVEN = ("words: same", "words: common", "words: differ", "campaign: open", model.LATER, model.FURTHER)
SIZES, VARIED, HOLD = (3_000, 400, 1_200, 6_000), 22, 3.0


def main(out: Path, folders: Sequence[Path]) -> None:
    shipped = model.read()
    cases: list[Case] = []
    for at, world in enumerate((desert(), lakes(), *(varied(seed) for seed in range(VARIED)))):
        with tempfile.TemporaryDirectory() as work:
            made = Maker(world, 11).make(SIZES[at // 2 % len(SIZES)])
            found = cases_of(Business(made.write(Path(work)), made.truth), shipped)
        print(world.name, len(found), flush=True)
        cases += found
    for folder in folders:
        cases += cases_of(read_folder(folder), shipped)
    start = _starting_weights(shipped.m, shipped.u, shipped.prior)
    weights = fitting.in_order(fitting.refit(cases, start, hold=HOLD))
    learned = dataclasses.replace(shipped, weights=weights | {name: shipped.weight(name) for name in GIVEN})
    out.write_text(json.dumps(learned.as_json(), indent=1) + "\n")


def _starting_weights(
    m: Mapping[str, Mapping[str, float]], u: Mapping[str, Mapping[str, float]], prior: float
) -> dict[str, float]:
    """Return the log-odds from m, u and the prior alone, without interactions."""
    weights = {model.START: math.log(prior / (1 - prior)), model.RARITY: 1.0, model.CROWD: -1.0}
    for comparison in COMPARISONS:
        for step in comparison.steps[1:]:
            weights[model.feature(comparison.name, step.name)] = math.log(
                m[comparison.name][step.name] / u[comparison.name][step.name]
            )
    return weights


def cases_of(business: Business, used: model.Model) -> list[Case]:
    """Return every job with candidates, and which of them is true. Jobs of unclear pairs teach nothing."""
    db = duckdb.connect()
    with tempfile.TemporaryDirectory() as work:
        pipeline.compare_files(db, business.files, Path(work), used)
    crowd = scoring.crowd_of(db, used)
    return [
        Case(
            tuple(
                model.values(pair.steps, rarity=pair.rarity, crowd=crowd, habits=pair.habits)
                | dict.fromkeys(model.features(pair.steps), 1.0)
                for pair in pairs.values()
            ),
            next((at for at, lead in enumerate(pairs) if business.truth.get(job) == business.request(lead)), None),
        )
        for job, pairs in scoring.best_pairs(db).items()
        if not any((business.request(lead), job) in business.unclear for lead in pairs)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
