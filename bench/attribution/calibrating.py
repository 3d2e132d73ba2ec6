"""`python -m bench.attribution.calibrating OUT`: compare stated and true shares of right links.

It links `coast` and `prairie`. The page of a run and each packet show OUT, `attribution/linkage/calibration-23.json`.
"""

import csv
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from attribution.linkage import engine, model
from attribution.linkage.calibration import binned
from tests.support.synthetic.generator import Made, Maker
from tests.support.synthetic.worlds import coast

from .prairie import Town

LEADS = 10_000


def main(out: Path) -> None:
    businesses = {
        "Coast, a made-up business it was never fitted to": Maker(coast(), 1).make(LEADS),
        "Prairie, another, made another way": Town(1).live(LEADS),
    }
    curves = {name: [asdict(group) for group in binned(_rows(made))] for name, made in businesses.items()}
    out.write_text(json.dumps(curves, indent=1) + "\n")


def _rows(made: Made) -> list[tuple[float, bool]]:
    """Return the probability of each link, and whether it is true."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "links.csv"
        engine.link(made.write(Path(folder)), out, model=model.read())
        with out.open(newline="") as file:
            return [
                (float(row["probability"]), made.truth.get(row["job_id"]) == row["lead_id"])
                for row in csv.DictReader(file)
                if row["job_id"]
            ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
