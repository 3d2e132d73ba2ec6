"""`python -m bench.attribution.calibrating OUT`: how well chances hold on the two businesses that are held out.

What it writes ships beside the model, and is drawn on the page of a linking.
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
    made = {
        "Coast, a made-up business it was never fitted to": Maker(coast(), 1).make(LEADS),
        "Prairie, another, made another way": Town(1).live(LEADS),
    }
    found = {name: [asdict(one) for one in binned(_rows(one))] for name, one in made.items()}
    out.write_text(json.dumps(found, indent=1) + "\n")


def _rows(made: Made) -> list[tuple[float, bool]]:
    """Chance and truth of each link."""
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
