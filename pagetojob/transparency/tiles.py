"""Addresses of tiles (C2SP tlog-tiles). Pure.

A tile has up to 256 hashes of one level. Full ones never change; a partial one ends with `.p/` and its width.
"""

import re
from dataclasses import dataclass

WIDTH = 256
HEIGHT = 8
ENTRIES = "entries"
_PATH = re.compile(r"(entries|[0-7])/((?:x\d{3}/){0,5}\d{3})(?:\.p/([1-9]\d{0,2}))?")


@dataclass(frozen=True)
class Tile:
    """A tile: `level` is None for entries. It has `width` hashes, from number `first` of its level on."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def first(self) -> int:
        return self.number * WIDTH

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH

    def exists_in(self, size: int) -> bool:
        """Return whether a log of `size` entries has this tile."""
        return self.first + self.width <= size >> (HEIGHT * (self.level or 0))


def read_path(path: str) -> Tile | None:
    """Return the tile of an address below `/tile/`, or None."""
    matched = _PATH.fullmatch(path)
    if matched is None:
        return None
    level, number, width = matched.groups()
    tile = Tile(None if level == ENTRIES else int(level), int(number.replace("x", "").replace("/", "")))
    if width is not None:
        tile = Tile(tile.level, tile.number, int(width))
    return tile if tile.width <= WIDTH and (width is None or tile.width < WIDTH) and path == path_of(tile) else None


def path_of(tile: Tile) -> str:
    """Return the address of a tile: its number in groups of three digits, of which all but the last begin with x."""
    groups, rest = [f"{tile.number % 1000:03d}"], tile.number // 1000
    while rest:
        groups.insert(0, f"x{rest % 1000:03d}")
        rest //= 1000
    level = ENTRIES if tile.level is None else tile.level
    partial = "" if tile.is_full else f".p/{tile.width}"
    return f"{level}/{'/'.join(groups)}{partial}"


def bundle(entries: list[bytes]) -> bytes:
    """Return the bytes of an entry tile: each entry after its length in two bytes."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundle(content: bytes) -> list[bytes]:
    """Return the entries of an entry tile. Raises ValueError if it is cut off."""
    entries = []
    while content:
        length = int.from_bytes(content[:2])
        if len(content) < 2 + length:
            raise ValueError("an entry tile is cut off")
        entries.append(content[2 : 2 + length])
        content = content[2 + length :]
    return entries
