"""Queries for tiles, proofs and pages of the log. All rows are public."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.lookups import Exact

from . import merkle, verify
from .models import LogCheckpoint, LogEntry, LogKey, LogNode, LogSubmission
from .tiles import HEIGHT, Tile

_KEYS_LINE = "LOG_KEYS: tuple[str, ...] = ()"
_WITNESS_LINE = "WITNESS_KEYS: tuple[str, ...] = ()"
_AUTHORITY_LINE = 'AUTHORITY = ""'


def entry_count() -> int:
    """Return the size of the log. Makes one query for the end of an index."""
    newest = LogEntry.objects.values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1


def newest_size() -> int:
    return LogCheckpoint.objects.values_list("size", flat=True).first() or 0


def newest_checkpoint() -> LogCheckpoint | None:
    return LogCheckpoint.objects.prefetch_related("cosignatures").first()


def note_of(checkpoint: LogCheckpoint) -> str:
    """Return the signed note of a checkpoint with the signatures of the log and of all witnesses."""
    lines = "".join(row.line for row in checkpoint.cosignatures.all())
    return f"{checkpoint.text}\n{checkpoint.signatures}{lines}"


def read_nodes(ask: Callable[[merkle.Read], object]) -> merkle.Read:
    """Return a reader with the stored nodes that `ask` reads. Makes one query."""
    wanted = sorted(merkle.needed(ask))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, position, hash FROM transparency_lognode"
            " WHERE (level, position) IN (SELECT * FROM unnest(%s::smallint[], %s::bigint[]))",
            [[level for level, _ in wanted], [position for _, position in wanted]],
        )
        return merkle.from_mapping({(level, position): bytes(value) for level, position, value in cursor.fetchall()})


def tile_hashes(tile: Tile) -> bytes:
    """Return the bytes of a tile of hashes. Makes one query for up to 256 rows of the primary key."""
    rows = LogNode.objects.filter(
        level=HEIGHT * (tile.level or 0), position__gte=tile.first, position__lt=tile.first + tile.width
    )
    return b"".join(bytes(value) for value in rows.order_by("position").values_list("hash", flat=True))


def tile_entries(tile: Tile) -> list[bytes]:
    rows = LogEntry.objects.filter(index__gte=tile.first, index__lt=tile.first + tile.width).order_by("index")
    return [text.encode() for text in rows.values_list("text", flat=True)]


def log_keys() -> list[verify.Key]:
    """Return the public keys of the log, without those that `LOG_REVOKED_KEYS` names by their hash."""
    revoked = set(filter(None, settings.LOG_REVOKED_KEYS.split(",")))
    keys = [verify.read_key(text) for text in LogKey.objects.values_list("text", flat=True)]
    return [key for key in keys if key.id.hex() not in revoked]


def witness_keys() -> list[verify.Key]:
    """Return the public keys of the witnesses whose signatures this log accepts."""
    return [verify.read_key(text) for text in settings.LOG_WITNESS_KEYS.split(",") if text]


def program() -> str:
    """Return the source of `verify.py` with the keys of this installation. Makes one query."""
    log = tuple(str(key) for key in log_keys())
    return _program(log, tuple(str(key) for key in witness_keys()), settings.LOG_AUTHORITY_CERTIFICATE)


@cache
def _program(log: tuple[str, ...], witnesses: tuple[str, ...], authority: str) -> str:
    source = Path(verify.__file__).read_text("utf-8")
    for line, value in (
        (_KEYS_LINE, f"LOG_KEYS: tuple[str, ...] = {_tuple(log)}"),
        (_WITNESS_LINE, f"WITNESS_KEYS: tuple[str, ...] = {_tuple(witnesses)}"),
        (_AUTHORITY_LINE, f"AUTHORITY = {authority!r}"),
    ):
        if source.count(line) != 1:
            raise ValueError("verify.py has no place for the keys")
        source = source.replace(line, value)
    return source


def _tuple(values: tuple[str, ...]) -> str:
    return "(" + "".join(f'\n    "{value}",' for value in values) + ("\n)" if values else ")")


def program_digest() -> str:
    return hashlib.sha256(program().encode()).hexdigest()


@dataclass(frozen=True)
class Place:
    """A file's entry in the log, and the hashes that prove it is there."""

    index: int
    text: str
    inclusion: list[bytes]


def place_of(sha256: str, size: int, file: str = "") -> Place | None:
    """Return the place of the file with this hash in the log of `size` entries, or None. Two queries.

    Two files may have the same bytes. An entry that states the name of `file` by its hash comes first.
    """
    rows = LogSubmission.objects.filter(sha256=sha256, entry__index__lt=size).select_related("entry")
    row = rows.order_by(Exact(F("name"), verify.name_digest(file)).desc(), "entry__index").first()
    if row is None:
        return None
    index = row.entry.index
    read = read_nodes(lambda read: merkle.inclusion(index, size, read))
    return Place(index, row.entry.text, merkle.inclusion(index, size, read))


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the log of `first` entries begins that of `second`. Makes one query."""
    return merkle.consistency(first, second, read_nodes(lambda read: merkle.consistency(first, second, read)))
