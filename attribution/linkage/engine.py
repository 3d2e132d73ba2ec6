"""Reads the input files and writes the links. The result is written completely or not at all."""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from . import pipeline
from .answers import Focus
from .errors import LinkageError
from .model import Model
from .pipeline import Linked

#: Memory limit of DuckDB in bytes per byte of input, and its bounds in MB. More data is written to the work folder.
_PER_BYTE, _LEAST, _MOST = 8, 500, 3_000
_ROW_GROUP = 16_384
#: Bytes of input below which DuckDB takes longer to optimize the plans than they run.
_FEW_BYTES = 100_000


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
            done = pipeline.run(
                db, files, work, model=model, mapping=mapping or {}, expected=expected, today=today, focus=focus,
                cancelled=cancelled, tick=tick,
            )  # fmt: skip
            if strict and done.problems:
                raise LinkageError(f"{len(done.problems):,} problems in strict mode. First: {done.problems[0]}")
            pipeline.write(db, model, {"links": work / "links.csv", "candidates": candidates, "weights": weights})
        except duckdb.Error as error:
            raise LinkageError(f"The linkage stopped: {str(error).splitlines()[0][:300]}") from error
        os.replace(work / "links.csv", out)  # noqa: PTH105 - atomic, replaces an existing file
    return done


def connected(work: Path, files: Mapping[str, Path], *, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with limits and without extensions. Its tables are in the work folder."""
    size = sum(path.stat().st_size for path in files.values() if path.is_file())
    db = duckdb.connect()
    folder = str(work).replace("'", "''")
    for setting in (
        f"SET threads = {int(threads)}",
        f"SET memory_limit = '{memory or f'{min(_MOST, max(_LEAST, _PER_BYTE * size // 1_000_000))}MB'}'",
        f"SET temp_directory = '{folder}'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET preserve_insertion_order = true",
        # Threads split a table by row groups. With the default size, which tables in memory always have, 100,000 rows
        # are one group and use one thread. After a crash they are not opened again, so there is no log of writes.
        f"ATTACH '{folder}/linkage.duckdb' AS linkage (ROW_GROUP_SIZE {_ROW_GROUP}, RECOVERY_MODE no_wal_writes)",
        "USE linkage",
        # On close, DuckDB would write all tables to the file, which is deleted next.
        "PRAGMA disable_checkpoint_on_shutdown",
        *(["PRAGMA disable_optimizer"] if size < _FEW_BYTES else []),
    ):
        db.execute(setting)
    return db


CANNOT_KNOW = (
    "Leads whose customer booked with a different name, phone, email and address.",
    "The exact request behind a job if a person sent several: only time and service distinguish them.",
    "Jobs that are not in the file or have no contact details.",
    "Jobs that would have happened without the lead.",
    "Typing habits of this office: the weights come from synthetic businesses until its own decisions adjust them.",
)


def make_card(model: Model, done: Linked) -> dict[str, Any]:
    """Return the card of a result. It contains no personal data and no timestamp, so equal results give equal cards.

    The trees are five sixths of the model, so only its SHA-256 covers them.
    """
    numbers = {name: value for name, value in model.as_json().items() if name != "trees"}
    return {
        "model": {"sha256": model.sha256, **numbers},
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
