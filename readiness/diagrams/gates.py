"""Diagram of the gates that each flag needs, with the state of each gate and flag."""

from collections.abc import Sequence
from dataclasses import dataclass

from .shapes import LEADING, PADDING, WIDTH, Box, Diagram, Mark, Type, Words, wrapped

_EDGE, _CELL, _SIGN, _STATE = 4, 20, 14, 46
_GATE_HIGH = 26


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate with its name, its state, and who can provide the missing evidence."""

    name: str
    open: bool
    holder: str


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A flag with its title, its state in up to three words, and the names of the gates that it needs."""

    title: str
    state: str
    gates: tuple[str, ...]

    @property
    def short(self) -> str:
        """Return the state in one word: `on by default` becomes `on`."""
        return self.state.split()[0]


def gates_diagram(flags: Sequence[FlagLine], gates: Sequence[GateLine]) -> Diagram:
    """Draw the numbered gates, and below them one row per flag with a mark for each gate that it needs."""
    boxes = [
        _gate(number, gate, 24 + number * (_GATE_HIGH + 4) - _GATE_HIGH) for number, gate in enumerate(gates, start=1)
    ]
    top = boxes[-1].bottom + 44 if boxes else 30
    columns = [WIDTH - _EDGE - _STATE - _CELL * (len(gates) - place) for place in range(len(gates))]
    words = [Words(_EDGE, 16, "Gates"), Words(_EDGE, top - 8, "Flags, and the gates that each needs")]
    words += [
        Words(column + _SIGN // 2, top + LEADING[Type.MARK] - 2, f"{number}", Type.MARK, "middle")
        for number, column in enumerate(columns, start=1)
    ]
    top += LEADING[Type.MARK] + 6
    marks: list[Mark] = []
    for flag in flags:
        row = _flag(flag, top, room=(columns[0] if columns else WIDTH - _STATE) - _EDGE - 2 * PADDING)
        boxes.append(row)
        marks += [
            Mark(column, row.middle - _SIGN // 2, _sign(flag, gate))
            for column, gate in zip(columns, gates, strict=True)
        ]
        top = row.bottom + 4
    closed = [gate.name for gate in gates if not gate.open]
    gated = [flag.title for flag in flags if flag.gates]
    return Diagram(
        slug="gates",
        title="Gates and the flags that need them",
        text=(
            f"{len(closed)} of {len(gates)} gates are closed. {len(gated)} of {len(flags)} flags wait for gates: "
            f"{', '.join(gated) or 'none'}. The table below has the same information."
        ),
        height=top + 4,
        boxes=tuple(boxes),
        words=tuple(words),
        marks=tuple(marks),
    )


def _gate(number: int, gate: GateLine, y: int) -> Box:
    width = WIDTH - 2 * _EDGE
    base = y + _GATE_HIGH - 8
    state = "open" if gate.open else "closed"
    words = (
        Words(_EDGE + PADDING, base, f"{number}"),
        Words(_EDGE + PADDING + 18, base, gate.name),
        Words(_EDGE + width - PADDING, base, state, Type.NOTE, "end"),
    )
    return Box(_EDGE, y, width, _GATE_HIGH, words, "good" if gate.open else "stop")


def _flag(flag: FlagLine, y: int, *, room: int) -> Box:
    width = WIDTH - 2 * _EDGE
    lines = wrapped(flag.title, Type.NOTE, room)
    height = LEADING[Type.NOTE] * len(lines) + PADDING
    words = [
        Words(_EDGE + PADDING, y + LEADING[Type.NOTE] * number + 1, line) for number, line in enumerate(lines, start=1)
    ]
    words.append(Words(_EDGE + width - PADDING + 4, y + height // 2 + 4, flag.short, Type.NOTE, "end"))
    return Box(_EDGE, y, width, height, tuple(words), "shut" if flag.gates else "plain")


def _sign(flag: FlagLine, gate: GateLine) -> str:
    if gate.name not in flag.gates:
        return "none"
    return "open" if gate.open else "shut"
