"""Files in, links out. Everything happens in a work folder of its own; the result appears whole or not at all."""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import duckdb

from . import assigning, certain, preparing, reading, reasons, scoring
from .engines import Spark, sparks_version
from .errors import LinkageError, Problem
from .focusing import Focus, answer
from .model import Model, terms_sql

#: DuckDB's share of memory: some bytes for each byte of input, between bounds. Beyond it writes to the work folder.
_PER_BYTE, _LEAST, _MOST = 8, 500, 3_000
_ROW_GROUP = 16_384
#: Bytes of input up to which tables lie in memory.
_SMALL = 400_000_000
#: Cells that a spreadsheet would run get an apostrophe; a negative number is no formula.
_SAFE = (
    "CASE WHEN regexp_matches({0}, '^[=+@\\t\\r]') OR (starts_with({0}, '-') AND TRY_CAST({0} AS DOUBLE) IS NULL) "
    "THEN '''' || {0} ELSE {0} END"
)


@dataclass
class Linked:
    """What was done: the inputs, how many rows have each label, the span of the dates, and all remarks.

    `answered` are the jobs that a focus brought an answer for, be it none; without a focus it is None: all. `spark` is
    the version of Spark that made the links, empty where DuckDB did.
    """

    inputs: list[reading.Input] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    span: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    answered: frozenset[str] | None = None
    spark: str = ""


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
    spark: Spark | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Linked:
    """Write the links of `leads` and `jobs` to `out` as CSV; to `candidates`, the leads each linked job could be of;
    to `weights`, what each criterion added to the log-odds of each linked pair. `tick` is called every few seconds.
    With a `focus`, `out` has the answers it asks for and no others.

    `cancelled`: link jobs that were cancelled, too; `expected`: rows that leads and jobs should have at most a tenth
    over; `strict`: any problem stops it; `spark`: where to run what DuckDB would else do in this process, at minutes
    where that takes seconds. Raises LinkageError, and then `out` is as it was. The same files give the same
    bytes, whatever the number of threads.
    """
    if missing := {"leads", "jobs"} - set(files):
        raise LinkageError(f"A file of {' and '.join(sorted(missing))} is needed.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".linking-", dir=out.parent) as folder,
        _database(spark, Path(folder), files, threads=threads, memory=memory, tick=tick) as db,
    ):
        work = Path(folder)
        try:
            done = _linked(
                db, files, work, model=model, mapping=mapping or {}, expected=expected, today=today, focus=focus,
                cancelled=cancelled, spark=spark, tick=tick,
            )  # fmt: skip
            if strict and done.problems:
                raise LinkageError(
                    f"{len(done.problems):,} problems, and strict was asked for. First: {done.problems[0]}"
                )
            _write(db, work / "links.csv")
            if candidates:
                _write_candidates(db, candidates)
            if weights:
                _write_weights(db, weights, model)
        except duckdb.Error as error:
            raise LinkageError(f"The linkage stopped: {str(error).splitlines()[0][:300]}") from error
        os.replace(work / "links.csv", out)  # noqa: PTH105 - atomic, over whatever is there
    return done


@contextmanager
def _database(
    spark: Spark | None, work: Path, files: Mapping[str, Path], *, threads: int, memory: str, tick: Callable[[], None]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB; with `spark` what takes DuckDB's statements to Spark, by the same three methods: execute, with fetchall
    of its answer, and close."""
    size = sum(path.stat().st_size for path in files.values() if path.is_file())
    duck = _connected(work, threads=threads, memory=memory or _memory(size), small=size <= _SMALL)
    try:
        if spark is None:
            yield duck
            return
        from .sparking import Database  # noqa: PLC0415 - it brings Spark

        with tempfile.TemporaryDirectory(prefix=".linking-", dir=spark.folder) as tables:
            database = Database(duck, spark, Path(tables), tick)
            try:
                yield cast("duckdb.DuckDBPyConnection", database)
            finally:
                database.close()
    finally:
        duck.close()


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
    spark: Spark | None,
    tick: Callable[[], None],
) -> Linked:
    done = Linked(spark=sparks_version() if spark else "")
    preparing.define(db)
    for kind, path in files.items():
        main = kind in ("leads", "jobs")
        found, problems = reading.load(
            db, kind, path, work=work, mapping=mapping.get(kind), expected=expected if main else 0
        )
        done.inputs.append(found)
        done.problems += problems
        tick()
    names = {kind: path.name for kind, path in files.items()}
    done.problems += preparing.remarks(db, names, today=today) + preparing.loose_ends(db, names)
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
    scoring.score(db, model, tick, focus, chunk=scoring.CHUNK if spark is None else 0)
    assigning.assign(db, model, focused=focus is not None)
    done.answered = answer(db) if focus is not None else None
    tick()
    reasons.add(db, model, focused=focus is not None)
    tick()
    labels = dict(db.execute("SELECT label, count(*) FROM answers GROUP BY label").fetchall())
    done.labels = {label: int(labels.get(label, 0)) for label in ("certain", "matched", "needs review", "unmatched")}
    done.problems.sort()
    return done


def _connected(work: Path, *, threads: int, memory: str, small: bool) -> duckdb.DuckDBPyConnection:
    """DuckDB, bounded, and loading nothing from anywhere. Its tables lie in memory where all is `small`, which saves
    a fifth of the work, else in the work folder; what memory does not hold goes there in any case."""
    db = duckdb.connect()
    place = ":memory:" if small else str(work / "linkage.duckdb").replace("'", "''")
    for setting in (
        f"SET threads = {int(threads)}",
        f"SET memory_limit = '{memory}'",
        f"SET temp_directory = '{str(work).replace("'", "''")}'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET preserve_insertion_order = true",
        # Threads share a table by its row groups: at the usual size 100,000 rows are one, for one thread.
        f"ATTACH '{place}' AS linkage (ROW_GROUP_SIZE {_ROW_GROUP})",
        "USE linkage",
    ):
        db.execute(setting)
    return db


def _memory(size: int) -> str:
    return f"{min(_MOST, max(_LEAST, _PER_BYTE * size // 1_000_000))}MB"


def _span(db: duckdb.DuckDBPyConnection, kind: str) -> tuple[str, str]:
    first, last = db.execute(f"SELECT min(seen_on), max(seen_on) FROM {kind}").fetchall()[0]  # noqa: S608
    return str(first or ""), str(last or "")


def _write(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    lead, job = _SAFE.format("lead_id"), _SAFE.format("job_id")
    db.execute(
        f"COPY (SELECT {lead} AS lead_id, {job} AS job_id, printf('%.6f', CAST(probability AS DOUBLE)) AS probability, "  # noqa: S608
        "label, reasons FROM (SELECT * FROM answers ORDER BY lead_id, job_id)) "
        f"TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"
    )


def _write_candidates(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    """job_id, lead_id, probability: of each job with a link the five likeliest leads, the best first."""
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
    """job_id, lead_id, a column for each criterion in natural log-odds, and total: of each link that was scored."""
    terms = terms_sql(model, scoring.crowd_of(db, model))
    columns = ", ".join(f"printf('%.4f', CAST({sql} AS DOUBLE)) AS \"{name}\"" for name, sql in terms.items())
    ids = f"{_SAFE.format('job')} AS job_id, {_SAFE.format('lead')} AS lead_id"
    db.execute(
        f"COPY (SELECT {ids}, {columns}, printf('%.4f', logit) AS total FROM ("  # noqa: S608
        "SELECT s.*, jobs.id AS job, leads.id AS lead FROM links k "
        "JOIN scored s ON s.l = k.via AND s.r = k.r JOIN jobs ON jobs.n = k.r JOIN leads ON leads.n = k.l "
        f"ORDER BY job)) TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"
    )
