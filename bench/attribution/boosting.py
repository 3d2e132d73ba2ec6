"""`make linkage-trees ARGS="OUT FOLDER..."`: fit the shipped trees again, to businesses with known links.

The folders OFFICE/SEED are those of other generators, as `bench.attribution.folders` reads them; eight businesses of
ours are added. A fifth of the offices is left out in turn, to print what the trees add for an unknown office.
"""

import dataclasses
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import lightgbm  # type: ignore[import-not-found]
import numpy as np  # type: ignore[import-not-found]

from attribution.linkage import model, pipeline
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import varied

from .folders import Business, excluded_jobs, read_folder
from .learning import SIZES

#: Columns of `doubtful`, which the trees read.
INPUTS = ("stated", "score", "place", "share", "phone_step", "service_fit", "source_fit", "lag", "after_first",
          "follows", "further", "chained", "last_shared", "same_campaign", "same_work", "total", "known",
          "size")  # fmt: skip
#: Small trees, each of which corrects little: they learn what most offices have in common.
_TREES = {"objective": "binary", "num_leaves": 20, "learning_rate": 0.1, "min_data_in_leaf": 150, "lambda_l2": 5.0,
          "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.6, "seed": 0, "num_threads": 1,
          "deterministic": True, "verbosity": -1}  # fmt: skip
_ROUNDS = 150
_PARTS = 5
type Rows = list[tuple[float, ...]]


def main(out: Path, folders: Sequence[Path]) -> None:
    offices = ["", *sorted({folder.parent.name for folder in folders})]
    part = [0] * len(SIZES) * 2 + [offices.index(folder.parent.name) % _PARTS for folder in folders]
    with ProcessPoolExecutor() as pool:
        found = [*pool.map(_of_ours, range(len(SIZES) * 2)), *pool.map(_of_folder, folders)]
    taught = [(at, np.array(rows)) for at, rows in zip(part, found, strict=True) if rows]
    before = after = 0.0
    for left_out in range(_PARTS):
        trees = _fit(np.concatenate([rows for at, rows in taught if at != left_out]))
        rows = np.concatenate([rows for at, rows in taught if at == left_out])
        before += _loss(rows[:, 0], rows[:, -1])
        after += _loss(rows[:, 0] + trees.predict(rows[:, :-1], raw_score=True), rows[:, -1])
    print(f"log loss of offices that the trees do not know: {before:.0f} -> {after:.0f}")
    grown = _fit(np.concatenate([rows for _, rows in taught])).dump_model()["tree_info"]
    learned = dataclasses.replace(model.read(), trees=[_tree(each["tree_structure"]) for each in grown])
    plain = learned.as_json()
    lines = ",\n".join(json.dumps(tree) for tree in plain.pop("trees"))
    out.write_text(json.dumps(plain, indent=1)[:-2] + f',\n "trees": [\n{lines}\n ]\n}}\n')


def _of_folder(folder: Path) -> Rows:
    return doubtful(read_folder(folder))


def _of_ours(seed: int) -> Rows:
    with tempfile.TemporaryDirectory() as work:
        made = Maker(varied(seed), 11).make(SIZES[seed % len(SIZES)])
        return doubtful(Business(made.write(Path(work)), made.truth))


def doubtful(business: Business) -> Rows:
    """Return the inputs of each doubtful share of a business, and whether it is true. Unclear pairs teach nothing."""
    used = dataclasses.replace(model.read(), trees=())
    left_out = excluded_jobs(business, used)
    with duckdb.connect() as db, tempfile.TemporaryDirectory() as work:
        db.execute("SET threads = 1")
        pipeline.compare_files(db, business.files, Path(work), used)
        pipeline.assign(db, used)
        doubts = db.execute("""SELECT x.id, y.id, d.* EXCLUDE (l, r) FROM doubtful d
            JOIN leads x ON x.n = d.l JOIN jobs y ON y.n = d.r ORDER BY d.l, d.r""")
        assert tuple(name for name, *_ in doubts.description[2:]) == INPUTS
        rows = doubts.fetchall()
    inputs_and_truth = []
    for lead, job, *inputs in rows:
        request = business.request(lead)
        if job not in left_out and (request, job) not in business.unclear:
            inputs_and_truth.append((*map(float, inputs), float(business.truth.get(job) == request)))
    return inputs_and_truth


def _fit(rows: np.ndarray) -> lightgbm.Booster:
    return lightgbm.train(_TREES, lightgbm.Dataset(rows[:, :-1], rows[:, -1], init_score=rows[:, 0]), _ROUNDS)


def _loss(odds: np.ndarray, true: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(true, -odds, odds)).sum())


def _tree(node: Mapping[str, Any]) -> model.Tree:
    if "leaf_value" in node:
        return round(float(node["leaf_value"]), 6)
    lower, higher = (_tree(node[side]) for side in ("left_child", "right_child"))
    return INPUTS[node["split_feature"]], float(node["threshold"]), lower, higher


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
