"""Selects the engine: DuckDB in this process, or Spark for files too large for one machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .errors import LinkageError

DUCKDB, SPARK = "duckdb", "spark"
ENGINES = (DUCKDB, SPARK)
INSTALL = "The spark engine needs pyspark, which is not installed: pip install -r requirements/spark.txt"


@dataclass(frozen=True, slots=True)
class Spark:
    """Spark connection: its master, extra configuration, and a folder for tables that all its machines can read.

    `folder` None is this machine's temporary folder, for a local Spark.
    """

    master: str = "local[*]"
    conf: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def local(self) -> bool:
        return self.master.split("[")[0] == "local"


def chosen(name: str, *, master: str = "", conf: str = "", folder: str = "") -> Spark | None:
    """Parse the engine settings; return None for DuckDB.

    `conf` is a JSON object of texts, or comma-separated `key=value` pairs. Raises LinkageError for an unknown engine,
    an invalid `conf`, and remote machines without a shared folder.
    """
    if name not in ENGINES:
        raise LinkageError(f"Unknown engine {name!r}. Use {' or '.join(ENGINES)}.")
    if name == DUCKDB:
        return None
    spark = Spark(master.strip() or "local[*]", _conf(conf.strip()), Path(folder) if folder else None)
    if not spark.local and spark.folder is None:
        raise LinkageError(
            f"Spark at {spark.master} needs a folder that all its machines can read. Set LINKAGE_SPARK_FOLDER."
        )
    if set("[]{}*?\\") & set(folder):
        raise LinkageError("LINKAGE_SPARK_FOLDER must not contain [ ] { } * ? \\, which Spark reads as patterns.")
    return spark


def _conf(text: str) -> dict[str, str]:
    if text.startswith("{"):
        try:
            parsed: Any = json.loads(text)
        except ValueError as error:
            raise LinkageError("LINKAGE_SPARK_CONF is not a JSON object.") from error
        return {str(name): str(value) for name, value in parsed.items()}
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not sign or not name.strip() for name, sign, _ in pairs):
        raise LinkageError("LINKAGE_SPARK_CONF must be a JSON object or comma-separated key=value pairs.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def sparks_version() -> str:
    """Return the version of pyspark without importing it. Raises LinkageError if it is not installed."""
    try:
        return version("pyspark")
    except PackageNotFoundError as error:
        raise LinkageError(INSTALL) from error
