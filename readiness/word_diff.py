"""Word diff of two texts. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

#: Above this number of edits, the whole text is shown as replaced.
MOST_EDITS = 400
#: Words shown on each side of a change; longer unchanged stretches are folded.
AROUND = 12
#: An unchanged word is absorbed into a change if the edits on either side are this many times as long.
SMALL = 3

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORD = re.compile(r"\s*\S+(?:\s+$)?")


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


SAME, REMOVED, ADDED = Kind
Run = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text that is unchanged, removed or added. `folded` is the number of words it leaves out."""

    kind: Kind
    text: str
    folded: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """A word diff: its pieces in reading order."""

    pieces: tuple[Piece, ...]

    @property
    def folded(self) -> list[Piece]:
        """Return the pieces for reading, with long unchanged stretches reduced to the words next to a change."""
        shortened: list[Piece] = []
        for place, piece in enumerate(self.pieces):
            head = AROUND if place else 0
            tail = AROUND if place + 1 < len(self.pieces) else 0
            words = _WORD.findall(piece.text)
            left_out = len(words) - head - tail
            if piece.kind is not SAME or left_out <= AROUND:
                shortened.append(piece)
                continue
            shortened += [Piece(SAME, "".join(words[:head]))] if head else []
            shortened.append(Piece(SAME, "", left_out))
            shortened += [Piece(SAME, "".join(words[-tail:]))] if tail else []
        return shortened


def word_diff(old: str, new: str) -> Words:
    """Return the differences between `old` and `new` as pieces in reading order.

    The unchanged and removed pieces spell `old`; the unchanged and added ones spell `new`. Equal texts give no change.
    Takes O((n + m) d) time and O(d²) memory for n and m words with d edits, where d is at most MOST_EDITS.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matches = common(before, after)
    if matches is None:
        return _pieces([(REMOVED, old), (ADDED, new)])
    runs: list[Run] = []
    at_old = at_new = 0
    for start_old, start_new, length in _blocks(matches):
        runs += [(REMOVED, "".join(before[at_old:start_old])), (ADDED, "".join(after[at_new:start_new]))]
        runs.append((SAME, "".join(before[start_old : start_old + length])))
        at_old, at_new = start_old + length, start_new + length
    runs += [(REMOVED, "".join(before[at_old:])), (ADDED, "".join(after[at_new:]))]
    return _pieces(_joined([run for run in runs if run[1]]))


def common[T](old: Sequence[T], new: Sequence[T]) -> list[tuple[int, int]] | None:
    """Return a longest common subsequence as pairs of indexes, or None if there are more than MOST_EDITS edits.

    Uses the greedy algorithm of Myers: O((n + m) d) time, O(d²) memory.
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle = _walk(old[start : len(old) - end], new[start : len(new) - end])
    if middle is None:
        return None
    head = [(place, place) for place in range(start)]
    tail = [(len(old) - place, len(new) - place) for place in range(end, 0, -1)]
    return [*head, *((start + index, start + other) for index, other in middle), *tail]


def _walk[T](old: Sequence[T], new: Sequence[T]) -> list[tuple[int, int]] | None:
    """Search forward through the edit graph, one more edit per round, until its far corner is reached."""
    reach = {1: 0}
    rounds: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        rounds.append(reach.copy())
        for lane in range(-edits, edits + 1, 2):
            down = lane == -edits or (lane != edits and reach[lane - 1] < reach[lane + 1])
            x = reach[lane + 1] if down else reach[lane - 1] + 1
            while x < len(old) and 0 <= x - lane < len(new) and old[x] == new[x - lane]:
                x += 1
            reach[lane] = x
            if x >= len(old) and x - lane >= len(new):
                return _back(rounds, len(old), len(new))
    return None


def _back(rounds: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """Trace back from the far corner to the start and collect the matching pairs."""
    pairs: list[tuple[int, int]] = []
    for edits in range(len(rounds) - 1, -1, -1):
        reach, lane = rounds[edits], x - y
        down = lane == -edits or (lane != edits and reach[lane - 1] < reach[lane + 1])
        came_x = reach[lane + 1] if down else reach[lane - 1]
        came_y = came_x - (lane + 1 if down else lane - 1)
        while x > max(came_x, 0) and y > max(came_y, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = came_x, came_y
    return pairs[::-1]


def _blocks(matches: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Group consecutive pairs as (index in old, index in new, length)."""
    blocks: list[tuple[int, int, int]] = []
    for index, other in matches:
        if blocks and (index, other) == (blocks[-1][0] + blocks[-1][2], blocks[-1][1] + blocks[-1][2]):
            blocks[-1] = (*blocks[-1][:2], blocks[-1][2] + 1)
        else:
            blocks.append((index, other, 1))
    return blocks


def _joined(runs: list[Run]) -> list[Run]:
    """Merge negligible unchanged runs into the changes around them, so that a phrase is replaced as a whole.

    Negligible runs are spaces, commas, and words that are short compared with the edits on both sides.
    """
    gone = came = ""
    joined: list[Run] = []
    for place, (kind, text) in enumerate(runs):
        after = sum(len(run[1]) for run in islice(runs, place + 1, place + 3) if run[0] is not SAME)
        between = min(len(gone) + len(came), after)
        if kind is SAME and (not between or (any(map(str.isalnum, text)) and SMALL * len(text.strip()) > between)):
            joined += [(REMOVED, gone), (ADDED, came), (SAME, text)]
            gone = came = ""
        else:
            gone += text if kind is not ADDED else ""
            came += text if kind is not REMOVED else ""
    return [run for run in [*joined, (REMOVED, gone), (ADDED, came)] if run[1]]


def _pieces(runs: list[Run]) -> Words:
    return Words(tuple(Piece(kind, text) for kind, text in runs if text))
