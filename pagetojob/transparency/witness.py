"""A witness: reads the log of another machine, checks that it only grew, and signs what it saw. Uses no database.

A partner runs this with its own key. It keeps one small file, the newest checkpoint that it signed: losing it
means that a log could show it another history once.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from . import merkle, tiles
from .signing import Signer, note
from .verify import Checkpoint, Invalid, Key, check_consistency, read_checkpoint, read_note, signed_by

TIMEOUT_SECONDS = 30
LARGEST_ANSWER = 2**20
Get = Callable[[str], bytes]


class Unreachable(Exception):
    """Raised when the log does not answer, or refuses the signature."""


@dataclass(frozen=True)
class Log:
    """The log's address, such as https://example.com/log, and its public key."""

    address: str
    key: Key

    def get(self, path: str) -> bytes:
        return _answer(Request(f"{self.address}/{path}"))  # noqa: S310 - checked in `witness_once`

    def post(self, path: str, text: str) -> bytes:
        return _answer(Request(f"{self.address}/{path}", text.encode(), {"Content-Type": "text/plain"}))  # noqa: S310


def witness_once(log: Log, signer: Signer, state: Path) -> Checkpoint:
    """Sign the newest checkpoint if it contains the last one that was signed; return it.

    The state is stored before the signature leaves, so that a crash can repeat a signature and never contradict one.
    Raises Invalid for a log that shows another history, and Unreachable.
    """
    if not log.address.startswith(("https://", "http://")):
        raise Invalid("the address of a log begins with https:// or http://")
    text, checkpoint = read_signed(log.get("checkpoint").decode(), log.key)
    before = _stored(state, log.key)
    if before is not None:
        if before.size > checkpoint.size:
            raise Invalid(f"the log shrank from {before.size} to {checkpoint.size} entries (split view)")
        proof = [] if before.size == checkpoint.size else _consistency(before.size, checkpoint.size, log.get)
        check_consistency(before.size, checkpoint.size, before.root, checkpoint.root, proof)
    _store(state, text)
    line = signer.cosign(text, int(time.time()))
    log.post("cosignatures", note(text, [line]))
    return checkpoint


def read_signed(text: str, key: Key) -> tuple[str, Checkpoint]:
    """Return text and content of a checkpoint that this key signed. Raises Invalid."""
    signed = read_note(text)
    checkpoint = read_checkpoint(signed.text)
    if checkpoint.origin != key.name or not signed_by(signed, [key]):
        raise Invalid("the checkpoint is not signed by the log")
    return signed.text, checkpoint


def _consistency(first: int, second: int, get: Get) -> list[bytes]:
    """Return the proof, made from tiles: O(log n) of them."""
    cache: dict[tiles.Tile, bytes] = {}

    def read(node: merkle.Node) -> bytes:
        level, position = node
        tile_level, inner = divmod(level, tiles.HEIGHT)
        first_leaf, count = position << inner, 1 << inner
        tile = _tile(tile_level, first_leaf // tiles.WIDTH, second)
        if tile not in cache:
            cache[tile] = get(f"tile/{tiles.path_of(tile)}")
            if len(cache[tile]) != 32 * tile.width:
                raise Invalid("a tile has the wrong length")
        at = first_leaf % tiles.WIDTH
        leaves = [cache[tile][32 * n : 32 * (n + 1)] for n in range(at, at + count)]
        return merkle.fold(leaves)

    return merkle.consistency(first, second, read)


def _tile(level: int, number: int, size: int) -> tiles.Tile:
    complete = size >> (tiles.HEIGHT * level)
    return tiles.Tile(level, number, min(tiles.WIDTH, complete - number * tiles.WIDTH))


def _stored(state: Path, key: Key) -> Checkpoint | None:
    if not state.exists():
        return None
    try:
        checkpoint = read_checkpoint(json.loads(state.read_text("utf-8"))["checkpoint"])
    except (ValueError, KeyError, TypeError, Invalid) as error:
        raise Invalid(f"the state in {state.name} is damaged; restore it before signing anything") from error
    if checkpoint.origin != key.name:
        raise Invalid("the state is of another log")
    return checkpoint


def _store(state: Path, text: str) -> None:
    made = state.with_suffix(".new")
    made.write_text(json.dumps({"checkpoint": text}), "utf-8")
    made.replace(state)


def _answer(request: Request) -> bytes:
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(LARGEST_ANSWER + 1)
    except HTTPError as error:
        raise Unreachable(f"the log answered {error.code}: {error.read(300).decode(errors='replace')}") from error
    except (URLError, OSError, ValueError) as error:
        raise Unreachable(f"the log cannot be reached ({error})") from error
    if len(content) > LARGEST_ANSWER:
        raise Invalid("the log sent more than a tile can hold")
    return content
