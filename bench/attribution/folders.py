"""`python -m bench.attribution.folders [--json OUT] FOLDER...`: the figures of made-up businesses from any generator.

A folder has `leads.csv`, `jobs.csv`, maybe `customers.csv`, and `truth.csv` (lead_id, job_id). A file
`lead_groups.csv` (lead_id, group_id) makes submissions of one request equal; pairs of `ambiguous.csv` do not
count, neither as links nor as truth.
"""

import argparse
import csv
import datetime as dt
import json
import statistics
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from attribution import money
from attribution.linkage import engine, model
from attribution.linkage.calibration import binned
from attribution.linkage.fields import FILES
from tests.support.synthetic.accuracy import Figures, Link, measure

#: Fewest true pairs of a month that counts for the coverage of the revenue range.
_LEAST_OF_MONTH = 5
_AMOUNTS = ("amount", "total", "job total", "invoice total", "revenue")


@dataclass
class Judged:
    """One business: its figures, its links with their truth, and the months whose range covers the true revenue."""

    figures: Figures
    links: list[tuple[float, bool]]
    months: list[tuple[float, float, float]]


def judge(folder: Path, *, used: model.Model) -> Judged:
    """Link the files of a folder and compare with its truth."""
    files, truth, group = read_folder(folder)
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "links.csv"
        engine.link(files, out, model=used)
        rows = list(_rows(out))
    left_out = {(row["lead_id"], row["job_id"]) for row in _rows(folder / "ambiguous.csv")}
    links = [
        Link(group.get(row["lead_id"], row["lead_id"]), row["job_id"], float(row["probability"]), row["label"])
        for row in rows
        if row["job_id"] and (row["lead_id"], row["job_id"]) not in left_out
    ]
    skipped = {row["job_id"] for row in rows if (row["lead_id"], row["job_id"]) in left_out}
    unclear = {(group.get(lead, lead), job) for lead, job in left_out}
    truth = {job: lead for job, lead in truth.items() if job not in skipped and (lead, job) not in unclear}
    return Judged(
        measure(links, truth),
        [(link.p, truth.get(link.job) == link.lead) for link in links],
        list(_months(folder / "jobs.csv", links, truth)),
    )


def read_folder(folder: Path) -> tuple[dict[str, Path], dict[str, str], dict[str, str]]:
    """Return the input files, the truth (job to lead or group of leads), and the group of each grouped lead."""
    files = {kind: folder / f"{kind}.csv" for kind in FILES if (folder / f"{kind}.csv").is_file()}
    group = {row["lead_id"]: "group " + row["group_id"] for row in _rows(folder / "lead_groups.csv")}
    truth = {row["job_id"]: group.get(row["lead_id"], row["lead_id"]) for row in _rows(folder / "truth.csv")}
    return files, truth, group


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)


def _months(path: Path, links: Iterable[Link], truth: dict[str, str]) -> Iterator[tuple[float, float, float]]:
    """Yield for each month the true revenue of the website's jobs, and the range that a packet would state."""
    by_job = {link.job: link for link in links}
    months: dict[str, list[tuple[float, Link | None, bool]]] = {}
    for row in _rows(path):
        job = next(iter(row.values()))
        cells = {name.lower(): cell for name, cell in row.items()}
        amount = next((cells[name] for name in _AMOUNTS if cells.get(name)), "")
        month = _month(next((cells[name] for name in cells if "date" in name or "completed" in name), ""))
        if month and amount:
            value = float(amount.replace("$", "").replace(",", "").strip("()"))
            months.setdefault(month, []).append((value, by_job.get(job), job in truth))
    for jobs in months.values():
        if sum(true for _, _, true in jobs) >= _LEAST_OF_MONTH:
            linked = [(Decimal(str(value)), Decimal(str(link.p))) for value, link, _ in jobs if link]
            low, high = money.likely_range(linked)
            yield sum(value for value, _, true in jobs if true), float(low), float(high)


def _month(text: str) -> str:
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(text[:10], form).strftime("%Y-%m")  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--model", type=Path, default=model.SHIPPED)
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args()
    used = model.read(options.model)
    judged: list[Judged] = []
    for folder in options.folders:
        judged.append(judge(folder, used=used))
        covered = sum(low <= true <= high for true, low, high in judged[-1].months)
        print(f"{folder.name:>8} {judged[-1].figures} | months {covered} of {len(judged[-1].months)}", flush=True)
    _summary(judged)
    if options.json:
        options.json.write_text(json.dumps([asdict(business.figures) for business in judged], indent=1))


def _summary(judged: list[Judged]) -> None:
    """Print the mean and the worst of each figure, and the calibration of all links together."""
    for name in ("f1", "recall_at_99", "label_precision", "label_recall", "ece"):
        values = sorted(getattr(business.figures, name) for business in judged)
        print(f"{name:>16} mean {statistics.fmean(values):.4f} from {values[0]:.4f} to {values[-1]:.4f}")
    bins = binned(pair for business in judged for pair in business.links)
    whole = sum(group.many for group in bins)
    error = sum(group.many * abs(group.predicted - group.right) for group in bins) / max(1, whole)
    for group in bins:
        print(f"{group.many:>8} links stated {group.predicted:.3f}, true {group.right:.3f}")
    months = [month for business in judged for month in business.months]
    covered = sum(low <= true <= high for true, low, high in months)
    print(f"calibration error of all {error:.4f}; the range covers {covered} of {len(months)} months")


if __name__ == "__main__":
    main()
