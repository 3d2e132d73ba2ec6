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

from .folders import read_folder

#: What no made-up business shows, since none copies requests into its jobs; set by hand.
GIVEN = ("words: same", "words: common", "words: differ", "campaign: open", model.LATER)
SIZES, VARIED, HOLD = (3_000, 400, 1_200, 6_000), 22, 3.0


def main(out: Path, folders: Sequence[Path]) -> None:
    shipped = model.read()
    cases: list[Case] = []
    for at, world in enumerate((desert(), lakes(), *(varied(seed) for seed in range(VARIED)))):
        with tempfile.TemporaryDirectory() as work:
            made = Maker(world, 11).make(SIZES[at // 2 % len(SIZES)])
            found = cases_of(made.write(Path(work)), made.truth, {}, shipped)
        print(world.name, len(found), flush=True)
        cases += found
    for folder in folders:
        files, truth, group = read_folder(folder)
        cases += cases_of(files, truth, group, shipped)
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


def cases_of(
    files: Mapping[str, Path], truth: Mapping[str, str], group: Mapping[str, str], used: model.Model
) -> list[Case]:
    """Every job with candidates, and which of them is true. `group` names the submissions of one request."""
    db = duckdb.connect()
    with tempfile.TemporaryDirectory() as work:
        pipeline.compare_files(db, files, Path(work), used)
    return _cases(db, truth, group, scoring.crowd_of(db, used))


def _cases(
    db: duckdb.DuckDBPyConnection, truth: Mapping[str, str], group: Mapping[str, str], crowd: float
) -> list[Case]:
    steps = {one.name: {one.value(step.name): step.name for step in one.steps} for one in COMPARISONS}
    gammas = ", ".join(f"gamma_{one.name}" for one in COMPARISONS)
    fits = ", ".join(f"{name}_fit" for name in model.HABITS)
    rows = db.execute(f"""
        SELECT roots.id, jobs.id, rarity, {gammas}, {fits} FROM scored s JOIN lead_rules k ON k.n = s.l
        JOIN leads roots ON roots.n = k.root JOIN jobs ON jobs.n = s.r WHERE k.why IS NULL
        QUALIFY row_number() OVER (PARTITION BY k.root, r ORDER BY logit DESC, l) = 1 ORDER BY 2, 1
    """).fetchall()  # noqa: S608
    jobs: dict[str, list[tuple[str, dict[str, float]]]] = {}
    for lead, job, rarity, *values in rows:
        felt = dict(zip(model.HABITS, map(float, values[len(COMPARISONS) :]), strict=True))
        pair = {
            one.name: steps[one.name].get(value, "missing") for one, value in zip(COMPARISONS, values, strict=False)
        }
        features = model.values(pair, rarity=float(rarity), crowd=crowd, habits=felt) | dict.fromkeys(
            model.features(pair), 1.0
        )
        jobs.setdefault(job, []).append((lead, features))
    return [
        Case(
            tuple(features for _, features in candidates),
            next((at for at, (lead, _) in enumerate(candidates) if truth.get(job) == group.get(lead, lead)), None),
        )
        for job, candidates in jobs.items()
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
