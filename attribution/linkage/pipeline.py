"""Links leads to jobs in steps, each of which makes tables for the next. `run` lists them in order.

The SQL of each step is in `sql/`. Each file there begins with the tables that it makes and the values that it needs.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pagetojob.platform.phones import e164
from pagetojob.platform.spreadsheet import safe_cell

from . import blocking, chances, macros, reading, scoring
from .answers import Focus
from .comparing import AGREES, COMPARISONS, DIFFERS, FIRM_HEAD, FURTHER_JOB, MISSING, OFTEN, SELDOM, Comparison
from .errors import NAMED, Problem, listed
from .model import FAR, FURTHER, LATER, RIVALRY, TRUST, Model, terms_sql, trees_sql, trees_value, who_sql
from .sql import Script

_WORDS = macros.word_lists()
_INPUT = Script("input", named_rows=NAMED)
#: A phone or email with `shared_by` last names, or houses, is shared: a manager, an office, a placeholder. On more than
#: `mass` records, a contact or an email host identifies no firm either: it is a provider, or the office itself.
_RECORDS = Script(
    "records",
    shared_by=4,
    least_houses=2,
    mass=60,
    few_people=0.25,
    firm_head=FIRM_HEAD,
    letters=5,
    known_days=60,
    known_share=0.08,
    rare_share=0.01,
    common_share=0.01,
    **_WORDS,
)
_CERTAIN = Script("certain")
#: A service is routine if this share of at least `least_visits` visits repeats one, on average more than `apart` days
#: before. Such a visit repeats another one of the same customer within `routine_days`. A visit within so many
#: days of a request (`_ASKED_DAYS`) may result from it.
_EXCLUSIONS = Script(
    "exclusions",
    often=OFTEN,
    seldom=SELDOM,
    apart=20,
    least_visits=20,
    routine_share=0.4,
    routine_days=120,
    clock_hours=3,
    **_WORDS,
)
_ASKED_DAYS = {"callback": 14, "routine": 3}
_FOCUS = Script("focus")
_HABITS = Script(
    "habits",
    least_timed=20,
    least_of_channel=10,
    least_pairs=5,
    least_early=3,
    most_early=0.2,
    few_early=0.04,
    by_day=0.9,
    at_night=0.1,
    least=chances.LEAST,
    days=21,
    heard=8,
    grain=1.0,
    prior_times=40,
    most=3.0,
)
_ASSIGNMENT = Script(
    "assignment",
    far=FAR,
    almost=0.999999,
    rivalry=RIVALRY,
    kin_weight=TRUST,
    related=1.0,
    elsewhere=2.0,
    other_name=1.5,
    least_source=-1.0,
    least_first=0.01,
    most_further=20,
    service_weight=1.2,
    asked_weight=chances.ASKED_WEIGHT,
    total_weight=0.6,
    after_visit=0.5,
    no_install=0.4,
    correction=8.0,
    chained_weight=0.4,
    amount_weight=0.65,
    usual_total=500,
    free_visit=0.2,
    regular_weight=0.75,
    least_score=-6,
    most_score=4,
    least_doubtful=0.002,
    most_doubtful=0.9985,
    most_revised=2.5,
)
_FEW_DOUBTFUL = 500
_REASONS = Script("reasons")
_OUTPUT = Script("output")


@dataclass
class Linked:
    """Result of a linking: the inputs, the number of rows per label, the date ranges, and all remarks.

    `answered` are the jobs for which a focus produced an answer, including "no lead"; None means all jobs.
    """

    inputs: list[reading.Input] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    span: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    answered: frozenset[str] | None = None


def run(
    db: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    work: Path,
    *,
    model: Model,
    mapping: Mapping[str, Mapping[str, str]],
    expected: int,
    today: dt.date | None,
    focus: Focus | None,
    cancelled: bool,
    tick: Callable[[], None],
) -> Linked:
    """Make the tables `answers`, `claims`, `links` and `scored` from the files. See `engine.link`."""
    done = Linked()
    done.inputs, done.problems = read(db, files, work, mapping=mapping, expected=expected, tick=tick)
    names = {kind: path.name for kind, path in files.items()}
    done.problems += remarks(db, names, today)
    forget_future_dates(db, today)
    normalize(db, files)
    find_certain(db, files, model)
    done.problems += [Problem(names["jobs"], row, sentence) for row, sentence in _CERTAIN.rows(db, "remarks")]
    for kind in ("leads", "jobs"):
        first, last = _INPUT.rows(db, "span", kind=kind)[0]
        done.span[kind] = str(first or ""), str(last or "")
    for kind in files:
        _INPUT.run(db, "drop", kind=kind)
    tick()
    exclude(db, model, cancelled=cancelled)
    compare(db, model, focus, tick)
    assign(db, model, focused=focus is not None)
    if focus is not None:
        _FOCUS.run(db, "answered_jobs")
        done.answered = frozenset(str(job) for (job,) in _FOCUS.rows(db, "answered_ids"))
    tick()
    explain(db, model, focused=focus is not None)
    tick()
    labels = dict(_OUTPUT.rows(db, "count_labels"))
    done.labels = {label: int(labels.get(label, 0)) for label in ("certain", "matched", "needs review", "unmatched")}
    done.problems.sort()
    return done


def compare_files(db: duckdb.DuckDBPyConnection, files: Mapping[str, Path], work: Path, model: Model) -> None:
    """Make `scored`, and all tables before it, from the files."""
    read(db, files, work)
    normalize(db, files)
    find_certain(db, files, model)
    exclude(db, model)
    compare(db, model)


def read(
    db: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    work: Path,
    *,
    mapping: Mapping[str, Mapping[str, str]] | None = None,
    expected: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> tuple[list[reading.Input], list[Problem]]:
    """Make `raw_KIND` of each file, and complete the jobs with their bookings and invoices."""
    macros.define(db)
    copies = []
    # DuckDB loads one file while Python reads the next one. Only one thread uses the database at a time.
    with ThreadPoolExecutor(1) as loader:
        loads = []
        for kind, path in files.items():
            most = expected if kind in ("leads", "jobs") else 0
            copies.append(reading.copy(kind, path, work, mapping=(mapping or {}).get(kind), expected=most))
            loads.append(loader.submit(reading.load, db, copies[-1]))
            tick()
        for load in loads:
            load.result()
    _INPUT.run(db, "stated_clock")
    for kind in ("leads", "jobs"):
        _INPUT.run(db, "align_clocks", kind=kind)
    _INPUT.run(db, *(f"add_{kind}" for kind in ("bookings", "invoices") if kind in files))
    return [copy.source for copy in copies], [problem for copy in copies for problem in copy.problems]


def remarks(db: duckdb.DuckDBPyConnection, files: Mapping[str, str], today: dt.date | None = None) -> list[Problem]:
    """Report unusual rows, and rows that do not fit another file. `files` are names by kind; no clock is read."""
    problems: list[Problem] = []
    for kind in ("leads", "jobs"):
        rows: dict[str, list[int]] = defaultdict(list)
        for sentence, row in _INPUT.rows(db, "odd_rows", [today], kind=kind):
            rows[sentence].append(row)
        problems += listed(files[kind], rows)
    for kind, other, column in (
        ("invoices", "jobs", "job"),
        ("payments", "invoices", "invoice"),
        ("bookings", "jobs", "job"),
    ):
        if kind in files and other in files:
            sentence = f"Its {column} is not in the {other} file."
            lost = _INPUT.rows(db, "rows_of_nothing", kind=kind, other=other, column=column)
            problems += [Problem(files[kind], row, sentence) for (row,) in lost]
    for kind in ("invoices", "payments"):
        if kind in files:
            negative = _INPUT.rows(db, "negative_totals", kind=kind)
            problems += [Problem(files[kind], row, "Its total is negative.") for (row,) in negative]
    return problems


def forget_future_dates(db: duckdb.DuckDBPyConnection, today: dt.date | None) -> None:
    for kind in ("leads", "jobs") if today else ():
        _INPUT.rows(db, "forget_future_dates", [today], kind=kind)


def normalize(db: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> None:
    """Make `leads` and `jobs` in normal form from the raw rows."""
    _INPUT.run(db, "add_customers" if "customers" in files else "add_no_customers")
    _INPUT.run(db, "name_channels")
    _RECORDS.run(db, "meanings", source="raw_jobs_filled")
    _RECORDS.run(db, "normal", kind="leads", source="raw_leads", extras=_RECORDS.text("lead_extras"))
    _RECORDS.run(db, "normal", kind="jobs", source="raw_jobs_filled", extras=_RECORDS.text("job_extras"))
    _RECORDS.run(db, "office_zone")
    for kind in ("leads", "jobs"):
        _RECORDS.run(db, "local_clocks", kind=kind)
        _parse_foreign_phones(db, kind)
        _RECORDS.run(db, "local_phones", kind=kind)
    _RECORDS.run(db, "road_names", "shared", "firms")
    for kind in ("leads", "jobs"):
        _RECORDS.run(db, "set_firms", kind=kind)
    _RECORDS.run(db, "drop_firms", "common_words", "noted")
    _RECORDS.run(db, "text_names", kind="jobs", other="leads", text="wording")
    _RECORDS.run(db, "mentioned")
    _RECORDS.run(db, "text_names", kind="leads", other="jobs", text="phrase")
    _RECORDS.run(db, "drop_spoken", "known_callers")
    numbers = ("id", "job_number", "original_job")
    digits = {f"digits_of_{column}": _RECORDS.text("digits_of", column=column) for column in numbers}
    _RECORDS.run(db, "works", most_visits=20, **digits)
    for kind, text in (("jobs", "wording"), ("leads", "phrase")):
        _RECORDS.run(db, "words", kind=kind, text=text)
    _RECORDS.run(db, "telling")
    for kind in ("leads", "jobs"):
        _RECORDS.run(db, "telling_of", kind=kind)
    _RECORDS.run(db, "drop_words")


def _parse_foreign_phones(db: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Parse each distinct foreign phone number with the phone library."""
    odd = _RECORDS.rows(db, "foreign_phones", kind=kind)
    if parsed := [(typed, number) for (typed,) in odd if (number := e164(typed))]:
        _RECORDS.rows(db, "set_phones", [list(column) for column in zip(*parsed, strict=True)], kind=kind)


def find_certain(db: duckdb.DuckDBPyConnection, files: Mapping[str, Path], model: Model) -> None:
    """Make `certain`, the links that are proven because the job names the lead."""
    phrases = _CERTAIN.text("phrases_of_bookings" if "bookings" in files else "phrases_of_jobs")
    _CERTAIN.run(db, "phrases", "names_of_leads", "marks", phrases=phrases)
    _CERTAIN.run(db, "mentions", "certain", window_days=model.window_days, tolerance_days=model.tolerance_days)


def exclude(db: duckdb.DuckDBPyConnection, model: Model, *, cancelled: bool = False) -> None:
    """Make `lead_rules` and `job_rules`, which exclude leads and jobs. Canceled jobs take part on request."""
    contacts = " UNION ALL ".join(
        _EXCLUSIONS.text("doubles_by_contact", column=column, free=free)
        for column, free in (("phone1", "NOT phone_shared"), ("email1", "NOT email_shared"))
    )
    _EXCLUSIONS.run(db, "one_back", duplicate_days=model.duplicate_days, doubles_by_contacts=contacts)
    _EXCLUSIONS.run(db, "doubles", "lead_rules", "routine_services", "callback_services")
    same_people = {rows: _EXCLUSIONS.text("of_same_people", rows=rows) for rows in ("requests", "work")}
    for visits, days in _ASKED_DAYS.items():
        _EXCLUSIONS.run(db, "asked", visits=visits, days=days, **same_people)
    _EXCLUSIONS.run(db, "job_rules", out=not cancelled)


def compare(
    db: duckdb.DuckDBPyConnection,
    model: Model,
    focus: Focus | None = None,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Make `scored`: the compared pairs. With a focus, only those that can affect its answers."""
    window = {"window_days": model.window_days, "tolerance_days": model.tolerance_days}
    many = blocking.pair(db, **window)
    learn_habits(db, model)
    _EXCLUSIONS.run(db, "part_requests")
    chances.find(db, **window)
    if focus is not None:
        for kind, ids in (("leads", focus.leads), ("jobs", focus.jobs)):
            _FOCUS.rows(db, "fresh", [sorted(ids)], kind=kind)
        _FOCUS.run(db, "narrow")
        many = _FOCUS.rows(db, "count_pairs")[0][0]
    scoring.score(db, model, many, tick)


def learn_habits(db: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Make `asks`, `habits` and `paces`: what this office files for which request, and how soon."""
    _HABITS.run(db, "plain_pairs")
    for column in ("channel", "campaign"):
        _HABITS.run(db, "shifts", column=column)
    _HABITS.run(db, "clocks", "asks", "habits")
    _HABITS.run(db, "add_habits", what="service", asked="asked")
    _HABITS.run(db, "add_habits", what="campaign", asked="asked_campaign")
    whole = sum(model.m["time"].values())
    _HABITS.run(db, "paces", shares=", ".join(f"('{step}', {m / whole!r})" for step, m in model.m["time"].items()))


def assign(db: duckdb.DuckDBPyConnection, model: Model, *, focused: bool = False) -> None:
    """Make `links` (l, r, via, p, label, sure, rivals, bounded, follow_up). With `focused`, only for `kept_jobs`."""
    _ASSIGNMENT.run(
        db, "claims", "best", "offers", "following", "chains", "shares", "doubtful",
        focused="AND EXISTS (SELECT 1 FROM kept_jobs WHERE kept_jobs.n = s.r)" if focused else "",
        platt_factor=math.exp(model.platt_start),
        platt_slope=model.platt_slope,
        platt_score=model.platt_score,
        further=model.weight(FURTHER),
        who=who_sql(model, scoring.crowd_of(db, model)),
        later_factor=math.exp(model.weight(LATER)),
    )  # fmt: skip
    _revise(db, model)
    _ASSIGNMENT.run(db, "links", matched_from=model.matched_from, review_from=model.review_from)


def _revise(db: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Revise the doubtful shares by the trees. DuckDB plans the trees for 0.2 s, so Python computes few rows."""
    few = _ASSIGNMENT.dicts(db, "read_doubtful", limit=_FEW_DOUBTFUL + 1)
    if len(few) > _FEW_DOUBTFUL:
        _ASSIGNMENT.run(db, "revise", added=_ASSIGNMENT.text("added_by_sql", trees=trees_sql(model)))
    elif few:
        columns = [[row[name] for row in few] for name in ("l", "r", "stated")]
        _ASSIGNMENT.rows(db, "revise", [*columns, [trees_value(model, row) for row in few]])


def further_links(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, float]]:
    """Return by further job its lead and the log-odds that its link states, after `assign`."""
    return {job: (lead, float(odds)) for job, lead, odds in _ASSIGNMENT.rows(db, "further_links")}


def explain(db: duckdb.DuckDBPyConnection, model: Model, *, focused: bool = False) -> None:
    """Make `answers`. With `focused`, only for `answered_jobs`, and for `asked_leads` without a job."""
    _REASONS.run(
        db, "without", "pair_texts", "link_answers", "lead_answers", "answers",
        **{side: _texts(side) for side in (AGREES, DIFFERS, MISSING)},
        among_links="SEMI JOIN answered_jobs ON answered_jobs.n = links.r" if focused else "",
        among_leads="SEMI JOIN asked_leads ON asked_leads.n = leads.n" if focused else "",
        further_job=macros.literal(FURTHER_JOB),
        window_days=model.window_days,
        tolerance_days=model.tolerance_days,
    )  # fmt: skip


def _texts(side: str) -> str:
    """Return SQL for the texts of all comparisons in one list of reasons, over the gamma columns."""

    def cases(comparison: Comparison) -> str:
        steps = [step for step in comparison.steps if step.side == side]
        texts = " ".join(f"WHEN {comparison.value(step.name)} THEN {macros.literal(step.words)}" for step in steps)
        return f"CASE gamma_{comparison.name} {texts} END" if texts else "NULL"

    return f"concat_ws(', ', {', '.join(cases(comparison) for comparison in COMPARISONS)})"


def write(db: duckdb.DuckDBPyConnection, model: Model, paths: Mapping[str, Path | None]) -> None:
    """Write the results as CSV: `links`, `candidates` and `weights`, each if it has a path."""
    odd = [text for (text,) in _OUTPUT.rows(db, "odd_ids")]
    _OUTPUT.rows(db, "safe_cells", [odd, [safe_cell(text) for text in odd]])
    terms = terms_sql(model, scoring.crowd_of(db, model)).items() if paths.get("weights") else ()
    for part, path in paths.items():
        if path:
            _OUTPUT.run(
                db, part,
                path=str(path).replace("'", "''"),
                terms=", ".join(f"printf('%.4f', CAST({sql} AS DOUBLE)) AS \"{name}\"" for name, sql in terms),
            )  # fmt: skip
