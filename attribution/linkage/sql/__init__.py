"""The SQL of the linkage, which DuckDB runs. Each file begins with the tables that it makes.

`{name}` in a part inserts a value that the caller gives, or another part of the same file. Values are numbers, word
lists or our SQL, never data from files: that is bound as a parameter.
"""

import re
from typing import Any

import duckdb

from pagetojob.platform import named_sql

_PLACE = re.compile(r"\{([a-z]\w*)\}")


class Script:
    """The named parts of one file, with the values that they insert."""

    def __init__(self, file: str, **values: object) -> None:
        self._parts, self._values = named_sql.parts(__package__, file), values

    def text(self, part: str, **values: object) -> str:
        """Return the SQL of a part."""
        known = self._values | values

        def inserted(place: re.Match[str]) -> str:
            name = place[1]
            return str(known[name]) if name in known else self.text(name, **values)

        return _PLACE.sub(inserted, self._parts[part])

    def run(self, db: duckdb.DuckDBPyConnection, *parts: str, **values: object) -> None:
        """Execute these parts in order."""
        for part in parts:
            db.execute(self.text(part, **values))

    def rows(
        self, db: duckdb.DuckDBPyConnection, part: str, bound: list[Any] | None = None, /, **values: object
    ) -> list[tuple[Any, ...]]:
        """Execute a part and return its rows. `bound` are the values of its `?` parameters."""
        return db.execute(self.text(part, **values), bound).fetchall()

    def dicts(self, db: duckdb.DuckDBPyConnection, part: str, **values: object) -> list[dict[str, Any]]:
        """Execute a part and return its rows by the names of its columns."""
        rows = self.rows(db, part, **values)
        names = [column[0] for column in db.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]
