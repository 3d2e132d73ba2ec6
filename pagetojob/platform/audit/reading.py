"""Chunked reads of seals and their audit lines, for verification."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pagetojob.platform.postgresql.base import fetch_all

from . import chain
from .lines import LOGS, Log

CHUNK = 2_000
_SEAL = "s.number, s.log, s.line, s.tenant_id, s.place, s.sealed_at, s.line_hash, s.place_hash"


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal and its audit line by column; `line` is None if the line is gone."""

    link: chain.Link
    hash: str
    line: dict[str, Any] | None

    @property
    def name(self) -> str:
        return f"{self.link.log} {self.link.line}"


def chunks(
    order: Literal["number", "place"], after: int, *, tenant_id: int | None = None, lines: bool = True
) -> Iterator[list[Seal]]:
    """Yield all seals after `after`, of one tenant or of all, in chunks of up to 2,000. Three queries per chunk."""
    sql = f"""
        SELECT {_SEAL}, s.hash, s.{order} FROM audit_auditseal AS s
        WHERE s.{order} > %s {"" if tenant_id is None else "AND s.tenant_id = %s"} ORDER BY s.{order} LIMIT {CHUNK}
    """  # noqa: S608 - constants of this module, values as parameters
    while rows := fetch_all(sql, [after] if tenant_id is None else [after, tenant_id]):
        links = [chain.Link(*row[:8]) for row in rows]
        ids = {log.name: [link.line for link in links if link.log == log.name] for log in LOGS}
        stored = {log.name: lines_by_id(log, ids[log.name]) for log in LOGS} if lines else {}
        yield [
            Seal(link, row[8], stored.get(link.log, {}).get(link.line)) for link, row in zip(links, rows, strict=True)
        ]
        after = rows[-1][9]


def lines_by_id(log: Log, wanted: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the stored lines by id, in their sealed form. Runs one query, or none if `wanted` is empty."""
    if not wanted:
        return {}
    sql = f"SELECT {log.select()} FROM {log.table} AS l WHERE l.id = ANY (%s)"  # noqa: S608 - names from `lines`
    return {row[0]: log.line(row) for row in fetch_all(sql, [list(wanted)])}
