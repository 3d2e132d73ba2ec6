"""Reads the input files and writes the links. The result is written completely or not at all."""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pagetojob.platform.spreadsheet import safe_cell

from . import assigning, certain, preparing, reading, reasons, scoring
from .errors import LinkageError, Problem
from .focusing import Focus, answer
from .model import Model, terms_sql

#: Memory limit of DuckDB in bytes per byte of input, and its bounds in MB. More data is written to the work folder.
_PER_BYTE, _LEAST, _MOST = 8, 500, 3_000
_ROW_GROUP = 16_384
#: Up to this many bytes of input, tables are in memory.
_SMALL = 400_000_000
#: Expression for an ID that a spreadsheet does not run as a formula; see `_define_safe_cells`.
_SAFE = "coalesce(map_extract_value((SELECT cells FROM safe_cells), {0}), {0})"


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


def link(
    files: Mapping[str, Path],
    out: Path,
    *,
    model: Model,
    mapping: Mapping[str, Mapping[str, str]] | None = None,
    expected: int = 0,
    threads: int = 2,
    memory: str = "",
    today: dt.date | None = None,
    strict: bool = False,
    candidates: Path | None = None,
    weights: Path | None = None,
    focus: Focus | None = None,
    cancelled: bool = False,
    tick: Callable[[], None] = lambda: None,
) -> Linked:
    """Link `leads` and `jobs` and write the result to `out` as CSV.

    Also writes to `candidates` the possible leads of each linked job, and to `weights` what each criterion added to the
    log-odds of each linked pair. `tick` is called every few seconds. With a `focus`, `out` contains only the requested
    answers. `cancelled` links canceled jobs too. `expected` is the expected number of leads and jobs; a file ten times
    as long is rejected. `strict` stops on any problem.

    Raises LinkageError, leaving `out` unchanged. The same files give the same bytes for any number of threads.
    """
    if missing := {"leads", "jobs"} - set(files):
        raise LinkageError(f"The {' and '.join(sorted(missing))} file is required.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".linking-", dir=out.parent) as folder,
        connected(Path(folder), files, threads=threads, memory=memory) as db,
    ):
        work = Path(folder)
        try:
            done = _linked(
                db, files, work, model=model, mapping=mapping or {}, expected=expected, today=today, focus=focus,
                cancelled=cancelled, tick=tick,
            )  # fmt: skip
            if strict and done.problems:
                raise LinkageError(f"{len(done.problems):,} problems in strict mode. First: {done.problems[0]}")
            _define_safe_cells(db)
            _write(db, work / "links.csv")
            if candidates:
                _write_candidates(db, candidates)
            if weights:
                _write_weights(db, weights, model)
        except duckdb.Error as error:
            raise LinkageError(f"The linkage stopped: {str(error).splitlines()[0][:300]}") from error
        os.replace(work / "links.csv", out)  # noqa: PTH105 - atomic, replaces an existing file
    return done


def _linked(
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
    done = Linked()
    preparing.define(db)
    for kind, path in files.items():
        main = kind in ("leads", "jobs")
        source, problems = reading.load(
            db, kind, path, work=work, mapping=mapping.get(kind), expected=expected if main else 0
        )
        done.inputs.append(source)
        done.problems += problems
        tick()
    names = {kind: path.name for kind, path in files.items()}
    preparing.complete_jobs(db, files)
    done.problems += preparing.remarks(db, names, today=today) + preparing.loose_ends(db, names)
    preparing.forget_future_dates(db, today)
    preparing.prepare(db, with_customers="customers" in files)
    certain.find(
        db, with_bookings="bookings" in files, window_days=model.window_days, tolerance_days=model.tolerance_days
    )
    done.problems += certain.remarks(db, names)
    done.span = {kind: _span(db, kind) for kind in ("leads", "jobs")}
    for kind in files:
        db.execute(f"DROP TABLE raw_{kind} CASCADE")
    tick()
    assigning.veto(db, model, cancelled=cancelled)
    scoring.score(db, model, tick, focus)
    assigning.assign(db, model, focused=focus is not None)
    done.answered = answer(db) if focus is not None else None
    tick()
    reasons.add(db, model, focused=focus is not None)
    tick()
    labels = dict(db.execute("SELECT label, count(*) FROM answers GROUP BY label").fetchall())
    done.labels = {label: int(labels.get(label, 0)) for label in ("certain", "matched", "needs review", "unmatched")}
    done.problems.sort()
    return done


def connected(work: Path, files: Mapping[str, Path], *, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with limits and without extensions.

    The tables of small files are in memory, which saves a fifth of the time; otherwise they are in the work folder.
    Data that exceeds the memory limit is always written there.
    """
    size = sum(path.stat().st_size for path in files.values() if path.is_file())
    db = duckdb.connect()
    place = ":memory:" if size <= _SMALL else str(work / "linkage.duckdb").replace("'", "''")
    for setting in (
        f"SET threads = {int(threads)}",
        f"SET memory_limit = '{memory or f'{min(_MOST, max(_LEAST, _PER_BYTE * size // 1_000_000))}MB'}'",
        f"SET temp_directory = '{str(work).replace("'", "''")}'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET preserve_insertion_order = true",
        # Threads split a table by row groups. With the default size, 100,000 rows are one group and use one thread.
        f"ATTACH '{place}' AS linkage (ROW_GROUP_SIZE {_ROW_GROUP})",
        "USE linkage",
    ):
        db.execute(setting)
    return db


def _span(db: duckdb.DuckDBPyConnection, kind: str) -> tuple[str, str]:
    first, last = db.execute(f"SELECT min(seen_on), max(seen_on) FROM {kind}").fetchall()[0]  # noqa: S608
    return str(first or ""), str(last or "")


def _define_safe_cells(db: duckdb.DuckDBPyConnection) -> None:
    """Map each ID that is not plain to its safe form. Almost no file has one."""
    odd = db.execute(
        "SELECT id FROM (SELECT lead_id AS id FROM answers UNION SELECT job_id FROM answers) "
        "WHERE NOT regexp_full_match(id, '([0-9A-Za-z][0-9A-Za-z ._/:#-]*)?') ORDER BY id"
    ).fetchall()
    ids = [text for (text,) in odd]
    db.execute(
        "CREATE TEMP TABLE safe_cells AS SELECT map(?::VARCHAR[], ?::VARCHAR[]) AS cells",
        [ids, [safe_cell(text) for text in ids]],
    )


def _write(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    lead, job = _SAFE.format("lead_id"), _SAFE.format("job_id")
    db.execute(
        f"COPY (SELECT {lead} AS lead_id, {job} AS job_id, printf('%.6f', CAST(probability AS DOUBLE)) AS probability, "  # noqa: S608
        "label, reasons FROM (SELECT * FROM answers ORDER BY lead_id, job_id)) "
        f"TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"
    )


def _write_candidates(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write job_id, lead_id, probability: the five most likely leads of each linked job, best first."""
    odds = f"exp(least({assigning.FAR}, logit))"
    db.execute(
        "COPY (SELECT job_id, lead_id, printf('%.6f', p) AS probability FROM ("  # noqa: S608
        "SELECT jobs.id AS job_id, leads.id AS lead_id, p, place FROM ("
        f"SELECT l, r, {odds} / (1 + sum({odds} ORDER BY l) OVER (PARTITION BY r)) AS p, "
        "row_number() OVER (PARTITION BY r ORDER BY sure DESC, logit DESC, l) AS place "
        "FROM claims SEMI JOIN links ON links.r = claims.r) JOIN jobs ON jobs.n = r JOIN leads ON leads.n = l "
        f"WHERE place <= 5 ORDER BY job_id, place)) TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"
    )


def _write_weights(db: duckdb.DuckDBPyConnection, path: Path, model: Model) -> None:
    """Write job_id, lead_id, the natural log-odds of each criterion, and the total, for each link that was scored."""
    terms = terms_sql(model, scoring.crowd_of(db, model))
    columns = ", ".join(f"printf('%.4f', CAST({sql} AS DOUBLE)) AS \"{name}\"" for name, sql in terms.items())
    ids = f"{_SAFE.format('job')} AS job_id, {_SAFE.format('lead')} AS lead_id"
    db.execute(
        f"COPY (SELECT {ids}, {columns}, printf('%.4f', logit) AS total FROM ("  # noqa: S608
        "SELECT s.*, jobs.id AS job, leads.id AS lead FROM links k "
        "JOIN scored s ON s.l = k.via AND s.r = k.r JOIN jobs ON jobs.n = k.r JOIN leads ON leads.n = k.l "
        f"ORDER BY job)) TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"
    )


CANNOT_KNOW = (
    "Leads whose customer booked with a different name, phone, email and address.",
    "The exact request behind a job if a person sent several: only time and service distinguish them.",
    "Jobs that are not in the file or have no contact details.",
    "Jobs that would have happened without the lead.",
    "Typing habits of this office: the weights come from synthetic businesses until its own decisions adjust them.",
)


def make_card(model: Model, done: Linked) -> dict[str, Any]:
    """Return the card of a result. It contains no personal data and no timestamp, so equal results give equal cards."""
    return {
        "model": {"sha256": model.sha256, **model.as_json()},
        "engine": {"name": "duckdb", "splink": version("splink"), "duckdb": duckdb.__version__},
        "inputs": [
            {
                "kind": source.kind,
                "rows": source.rows,
                "encoding": source.encoding,
                "delimiter": source.delimiter,
                "fields": source.fields,
            }
            for source in done.inputs
        ],
        "data_window": {kind: {"first": first, "last": last} for kind, (first, last) in done.span.items()},
        "labels": done.labels,
        "problems": len(done.problems),
        "cannot_know": list(CANNOT_KNOW),
    }
