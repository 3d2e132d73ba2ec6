"""`python -m bench.attribution.folders [--first] [--json OUT] FOLDER...`: the figures of businesses from any generator.

A folder has `leads.csv`, `jobs.csv`, maybe `customers.csv`, and `truth.csv` (lead_id, job_id). A file
`lead_groups.csv` (lead_id, group_id) makes submissions of one request equal; pairs of `ambiguous.csv` do not
count, neither as links nor as truth. True pairs that the rules exclude (canceled jobs, jobs outside the window, and
callbacks after another job of the request) are only counted. With `--first`, further jobs of a request that has one
already do not count either.
"""

import argparse
import csv
import datetime as dt
import json
import random
import re
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

from attribution.likely_revenue import likely_range
from attribution.linkage import engine, model, reading
from attribution.linkage.calibration import binned
from attribution.linkage.fields import FILES
from attribution.linkage.words import any_of, is_canceled
from pagetojob.importer.fields import plain
from tests.support.synthetic.accuracy import Figures, Link, measure

from .goals import reached

#: Times that the truth of each business is drawn from its probabilities.
_DRAWS = 20
#: Fewest true pairs of a month that counts for the coverage of the revenue range.
_LEAST_OF_MONTH = 5
#: The linkage does not read when a job was completed. Headings of files that have it contain one of these words.
_COMPLETED = ("date", "completed")


@dataclass(frozen=True)
class Business:
    """Input files and the truth: the request of each job. `groups` names the request of leads that repeat one."""

    files: Mapping[str, Path]
    truth: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict)
    unclear: frozenset[tuple[str, str]] = frozenset()
    """Pairs of request and job that do not count."""

    def request(self, lead: str) -> str:
        return self.groups.get(lead, lead)


@dataclass
class Judged:
    """One business: its figures, its links with their truth, and the months whose range covers the true revenue.

    `excluded` is the number of true pairs that the rules exclude, `by_chance` the probability to reach each goal if all
    stated probabilities are right.
    """

    figures: Figures
    links: list[tuple[float, bool]]
    months: list[tuple[float, float, float]]
    excluded: int
    by_chance: dict[str, float]


def read_folder(folder: Path) -> Business:
    files = {kind: folder / f"{kind}.csv" for kind in FILES if (folder / f"{kind}.csv").is_file()}
    groups = {row["lead_id"]: "group " + row["group_id"] for row in _rows(folder / "lead_groups.csv")}
    listed = {(row["lead_id"], row["job_id"]) for row in _rows(folder / "ambiguous.csv")}
    pairs = [(row["lead_id"], row["job_id"]) for row in _rows(folder / "truth.csv")]
    truth = {job: groups.get(lead, lead) for lead, job in pairs if (lead, job) not in listed}
    unclear = {(groups.get(lead, lead), job) for lead, job in listed}
    return Business(files, truth, groups, frozenset(unclear - {(lead, job) for job, lead in truth.items()}))


def judge(folder: Path, *, used: model.Model, first: bool = False) -> Judged:
    """Link the files of a folder and compare with its truth. With `first`, only the first job of a request counts."""
    business = read_folder(folder)
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "links.csv"
        engine.link(business.files, out, model=used)
        links = [
            Link(business.request(row["lead_id"]), row["job_id"], float(row["probability"]), row["label"])
            for row in _rows(out)
            if row["job_id"]
        ]
    excluded = excluded_jobs(business, used)
    unclear = business.unclear | {(business.truth[job], job) for job in excluded}
    unclear |= _further(business) if first else set()
    skipped = {link.job for link in links if (link.lead, link.job) in unclear}
    counted = [link for link in links if (link.lead, link.job) not in unclear]
    truth = {job: lead for job, lead in business.truth.items() if job not in skipped and (lead, job) not in unclear}
    return Judged(
        measure(counted, truth),
        [(link.p, truth.get(link.job) == link.lead) for link in counted],
        list(_months(folder / "jobs.csv", counted, truth)),
        len(excluded),
        _by_chance(counted, truth),
    )


def excluded_jobs(business: Business, used: model.Model) -> set[str]:
    """Return the true jobs that no link may have.

    They are canceled, outside the window of each lead of the request, or callbacks: these correct earlier work of the
    request, and only some authors count them.
    """
    asked: dict[str, list[dt.date]] = defaultdict(list)
    for row in _read("leads", business.files["leads"]):
        if day := _day(row["created"]):
            asked[business.request(row["id"])].append(day)
    excluded, further = set(), {job for _, job in _further(business)}
    for row in _read("jobs", business.files["jobs"]):
        job, service = row["id"], plain(row["service"])
        if (
            job in further
            and re.search(any_of("callbacks"), service)
            and not re.search(any_of("no_callbacks"), service)
        ):
            excluded.add(job)
        elif job in business.truth:
            day, days = _day(row["created"]) or _job_day(row), asked[business.truth[job]]
            lags = [(day - lead).days for lead in days] if day and days else [0]
            inside = any(-used.tolerance_days <= lag <= used.window_days for lag in lags)
            if not inside or is_canceled(row["status"]):
                excluded.add(job)
    return excluded


def _further(business: Business) -> set[tuple[str, str]]:
    """Return the pairs of a request and a job that is not its first true one."""
    seen: set[str] = set()
    further = set()
    rows = sorted(_read("jobs", business.files["jobs"]), key=lambda row: _job_day(row) or dt.date.min)
    for job in (row["id"] for row in rows):
        lead = business.truth.get(job)
        if lead in seen:
            further.add((lead, job))
        elif lead:
            seen.add(lead)
    return further


def _by_chance(links: Sequence[Link], truth: Mapping[str, str]) -> dict[str, float]:
    """Return how often each goal is reached if the truth of each link is drawn from its probability.

    True pairs without a link stay missed.
    """
    draw, linked = random.Random(len(links)), {link.job for link in links}
    missed = {job: lead for job, lead in truth.items() if job not in linked}
    drawn = [
        reached(measure(links, missed | {link.job: link.lead for link in links if draw.random() < link.p}))
        for _ in range(_DRAWS)
    ]
    return {goal: statistics.fmean(each[goal] for each in drawn) for goal in drawn[0]}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)


def _read(kind: str, path: Path) -> Iterator[Mapping[str, str]]:
    """Yield the cells of each row by the fields as which the linkage reads the columns, and `completed`."""
    with tempfile.TemporaryDirectory() as work:
        places = reading.copy(kind, path, Path(work)).places
    for row in _rows(path):
        cells = [cell or "" for cell in row.values()]  # a short row has none at its end
        completed = (cell for name, cell in row.items() if cell and any(part in name.lower() for part in _COMPLETED))
        yield defaultdict(str, {name: cells[at] for name, (at, *_) in places.items()}, completed=next(completed, ""))


def _job_day(row: Mapping[str, str]) -> dt.date | None:
    """Return the day of the job's completion, or of its creation in files that do not have it."""
    return _day(row["completed"]) or _day(row["created"])


def _day(text: str) -> dt.date | None:
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(re.split("[ T]", text)[0], form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return None


def _months(path: Path, links: Iterable[Link], truth: Mapping[str, str]) -> Iterator[tuple[float, float, float]]:
    """Yield for each month the true revenue of the website's jobs, and the range that a packet would state."""
    by_job = {link.job: link for link in links}
    months: dict[str, list[tuple[float, Link | None, bool]]] = {}
    for row in _read("jobs", path):
        job, amount, day = row["id"], row["total"], _job_day(row)
        if day and amount:
            value = float(amount.replace("$", "").replace(",", "").strip("()"))
            months.setdefault(f"{day:%Y-%m}", []).append((value, by_job.get(job), job in truth))
    for jobs in months.values():
        if sum(true for _, _, true in jobs) >= _LEAST_OF_MONTH:
            linked = [(Decimal(str(value)), Decimal(str(link.p))) for value, link, _ in jobs if link]
            low, high = likely_range(linked)
            yield sum(value for value, _, true in jobs if true), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--model", type=Path, default=model.SHIPPED)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args()
    used = model.read(options.model)
    judged: list[Judged] = []
    for folder in options.folders:
        judged.append(judge(folder, used=used, first=options.first))
        covered = sum(low <= true <= high for true, low, high in judged[-1].months)
        print(f"{folder.name:>8} {judged[-1].figures} | months {covered} of {len(judged[-1].months)}", flush=True)
    summarize(judged)
    if options.json:
        options.json.write_text(json.dumps([asdict(business.figures) for business in judged], indent=1))


def summarize(judged: Sequence[Judged]) -> None:
    """Print how many reach each goal, the mean and the worst of each figure, and the calibration of all links.

    "By chance" is the number that would reach a goal if all stated probabilities were right.
    """
    goals = [reached(business.figures) for business in judged]
    for goal in goals[0]:
        expected = sum(business.by_chance[goal] for business in judged)
        print(f"{goal:>24}: {sum(each[goal] for each in goals)} of {len(goals)}, {expected:.1f} by chance")
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
    print(f"{sum(business.excluded for business in judged)} true pairs are excluded by the rules")


if __name__ == "__main__":
    main()
