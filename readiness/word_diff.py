"""How one text became another, word by word. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

#: More words than this that differ are not worth telling apart: the whole text is shown as replaced.
MOST_EDITS = 400
#: Words kept on each side of a change; what is left between two changes folds away.
AROUND = 12
#: A word that stayed is small when what changed on either side of it is this many times as long.
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
    """A run of text that is the same in both, was removed, or was added. `folded`: how many words it leaves out."""

    kind: Kind
    text: str
    folded: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """How one text became another: its pieces in reading order."""

    pieces: tuple[Piece, ...]

    @property
    def folded(self) -> list[Piece]:
        """The pieces for reading: of a long stretch that did not change only the words next to a change are left."""
        found: list[Piece] = []
        for place, piece in enumerate(self.pieces):
            head = AROUND if place else 0
            tail = AROUND if place + 1 < len(self.pieces) else 0
            words = _WORD.findall(piece.text)
            left_out = len(words) - head - tail
            if piece.kind is not SAME or left_out <= AROUND:
                found.append(piece)
                continue
            found += [Piece(SAME, "".join(words[:head]))] if head else []
            found.append(Piece(SAME, "", left_out))
            found += [Piece(SAME, "".join(words[-tail:]))] if tail else []
        return found


def word_diff(old: str, new: str) -> Words:
    """The pieces that tell `old` from `new`, in reading order.

    Those the same or removed spell `old`; those the same or added spell `new`; equal texts give no change. Takes
    O((n + m) d) time and O(d²) memory for n and m words of which d differ, with d held below MOST_EDITS.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    kept = common(before, after)
    if kept is None:
        return _pieces([(REMOVED, old), (ADDED, new)])
    runs: list[Run] = []
    at_old = at_new = 0
    for start_old, start_new, length in _blocks(kept):
        runs += [(REMOVED, "".join(before[at_old:start_old])), (ADDED, "".join(after[at_new:start_new]))]
        runs.append((SAME, "".join(before[start_old : start_old + length])))
        at_old, at_new = start_old + length, start_new + length
    runs += [(REMOVED, "".join(before[at_old:])), (ADDED, "".join(after[at_new:]))]
    return _pieces(_joined([run for run in runs if run[1]]))


def common[T](old: Sequence[T], new: Sequence[T]) -> list[tuple[int, int]] | None:
    """A longest common subsequence as pairs of places; None when more than MOST_EDITS places differ.

    The greedy algorithm of Myers: O((n + m) d) time, O(d²) memory.
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
    return [*head, *((start + one, start + other) for one, other in middle), *tail]


def _walk[T](old: Sequence[T], new: Sequence[T]) -> list[tuple[int, int]] | None:
    """Forward over the edit graph, one more edit each round, until its far corner is reached."""
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
    """From the far corner to the start, noting every place where both went on together."""
    found: list[tuple[int, int]] = []
    for edits in range(len(rounds) - 1, -1, -1):
        reach, lane = rounds[edits], x - y
        down = lane == -edits or (lane != edits and reach[lane - 1] < reach[lane + 1])
        came_x = reach[lane + 1] if down else reach[lane - 1]
        came_y = came_x - (lane + 1 if down else lane - 1)
        while x > max(came_x, 0) and y > max(came_y, 0):
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = came_x, came_y
    return found[::-1]


def _blocks(kept: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Neighbouring pairs as (place in old, place in new, length)."""
    found: list[tuple[int, int, int]] = []
    for one, other in kept:
        if found and (one, other) == (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]):
            found[-1] = (*found[-1][:2], found[-1][2] + 1)
        else:
            found.append((one, other, 1))
    return found


def _joined(runs: list[Run]) -> list[Run]:
    """Take what hardly stayed between two changes into the change, so that a phrase is replaced whole.

    That is a blank, a comma, or a word that is small beside what changed on both sides of it.
    """
    gone = came = ""
    found: list[Run] = []
    for place, (kind, text) in enumerate(runs):
        after = sum(len(run[1]) for run in islice(runs, place + 1, place + 3) if run[0] is not SAME)
        between = min(len(gone) + len(came), after)
        if kind is SAME and (not between or (_has_letters(text) and SMALL * len(text.strip()) > between)):
            found += [(REMOVED, gone), (ADDED, came), (SAME, text)]
            gone = came = ""
        else:
            gone += text if kind is not ADDED else ""
            came += text if kind is not REMOVED else ""
    return [run for run in [*found, (REMOVED, gone), (ADDED, came)] if run[1]]


def _has_letters(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _pieces(runs: list[Run]) -> Words:
    return Words(tuple(Piece(kind, text) for kind, text in runs if text))
