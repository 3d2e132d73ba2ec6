"""`python -m bench.attribution.learning OUT [FOLDER...]`: fit the shipped weights again, to made-up businesses.

It uses `desert`, `lakes` and ten businesses between and beyond them, small and large, never `coast` or `prairie`, and
folders of other generators as `bench.attribution.folders` reads them. Takes minutes per 10,000 leads.
"""

import dataclasses
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from attribution.linkage import fitting, model, pipeline, scoring
from attribution.linkage.fitting import Case
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import desert, lakes, varied

from .folders import Business, read_folder

#: Weights that made-up businesses do not show, those that an office's habit carries, and those of the assignment.
GIVEN = ("words: same", "words: common", "words: rare", "words: some", "words: differ", "campaign: open", model.LATER,
         model.FURTHER)  # fmt: skip
#: Weight of the shipped weights: to change one by 1 costs `HOLD` / 2 in log-likelihood.
SIZES, VARIED, HOLD = (3_000, 400, 1_200, 6_000), 10, 10.0


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
    weights = fitting.in_order(fitting.refit(cases, shipped.weights, hold=HOLD))
    learned = dataclasses.replace(shipped, weights=weights | {name: shipped.weight(name) for name in GIVEN})
    out.write_text(json.dumps(learned.as_json(), indent=1) + "\n")


def cases_of(business: Business, used: model.Model) -> list[Case]:
    """Return every job with candidates, and which of them is true.

    Jobs of unclear pairs teach nothing, nor do jobs after a lead's first one: other signs decide about them.
    """
    db = duckdb.connect()
    with tempfile.TemporaryDirectory() as work:
        pipeline.compare_files(db, business.files, Path(work), used)
    crowd = scoring.crowd_of(db, used)
    seen = {job: at for job, at in db.execute("SELECT id, seen_at FROM jobs").fetchall() if at is not None}
    firsts: dict[str, str] = {}
    for job in sorted(seen.keys() & business.truth.keys(), key=lambda job: (seen[job], job)):
        firsts.setdefault(business.truth[job], job)
    cases = []
    for job, pairs in scoring.best_pairs(db).items():
        requests = [business.request(lead) for lead in pairs]
        features = [scoring.features_of(pair, crowd) for pair in pairs.values()]
        scores = [sum(used.weight(name) * value for name, value in each.items()) for each in features]
        true, likeliest = business.truth.get(job), requests[scores.index(max(scores))]
        first = firsts.get(true or likeliest, job)
        if first != job and seen.get(job, seen[first]) >= seen[first]:
            continue
        if any((request, job) in business.unclear for request in requests):
            continue
        cases.append(Case(tuple(features), requests.index(true) if true in requests else None))
    return cases


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
