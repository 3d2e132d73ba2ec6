"""`python -m bench.attribution.offices [--seeds 1-10] [--leads N] [NAME...]`: figures of each office of this package.

It also counts how many businesses have ordinary noise. Arguments: seeds (1 to 10), leads per business (1,500), and
names of modules; without names, all of them.
"""

import argparse
import importlib
import pkgutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attribution.linkage import model

from ..folders import Judged, judge, summarize
from ..ordinary import noise


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="1-10")
    parser.add_argument("--leads", type=int, default=1_500)
    parser.add_argument("--model", type=Path, default=model.SHIPPED)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or [
        each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)]) if each.name != "__main__"
    ]
    first, last = (int(seed) for seed in options.seeds.split("-"))
    used = model.read(options.model)
    for name in names:
        print(f"\n{name}")
        summarize(measured(name, range(first, last + 1), options.leads, used))


def measured(name: str, seeds: Sequence[int], leads: int, used: model.Model) -> list[Judged]:
    """Generate and link the businesses of one office, and print a line for each."""
    write = importlib.import_module(f"{__package__}.{name}").write
    found = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as work:
            write(Path(work), seed=seed, leads=leads)
            shares, judged = noise(Path(work)), judge(Path(work), used=used)
        covered = sum(low <= true <= high for true, low, high in judged.months)
        kind = "ordinary" if shares.ordinary else f"not ordinary ({shares})"
        print(f"{seed:>4} {judged.figures} | months {covered} of {len(judged.months)} | {kind}", flush=True)
        found.append(judged)
    return found


if __name__ == "__main__":
    main()
