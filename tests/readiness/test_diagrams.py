"""Diagrams: nothing overlaps, words fit, and every fact is drawn."""

from itertools import combinations, pairwise

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.gates.registry import FLAGS, GATES, Gate
from readiness.diagrams.flow import Record, flow_diagram
from readiness.diagrams.gates import FlagLine, GateLine, gates_diagram
from readiness.diagrams.queue import by_machine, collapsed, expanded, queue_diagram
from readiness.diagrams.shapes import LEADING, Arrow, Box, Diagram, Type, Words, box, width_of, wrapped
from syncqueue.models import State

MOVES = apps.get_model("syncqueue", "SyncItem").MOVES
RECORDS = [Record("Lead", "as typed"), Record("Business notification", "x"), Record("Booking request", "y")]


def ground_of(words: Words, above: int = 0, height: int = 0) -> Box:
    """Return the place that a line of text takes, in this height."""
    width = width_of(words.text, words.sort)
    left = words.x - {"start": 0, "middle": width // 2, "end": width}[words.anchor]
    return Box(left, words.y - above, width, height)


def meets(box_a: Box, other: Box) -> bool:
    apart = box_a.right <= other.x or other.right <= box_a.x
    return not (apart or box_a.bottom <= other.y or other.bottom <= box_a.y)


def holds(outer: Box, inner: Box) -> bool:
    across = outer.x < inner.x and inner.right < outer.right
    return across and outer.y < inner.y and inner.bottom < outer.bottom


def all_words(diagram: Diagram) -> list[Words]:
    return [*diagram.words, *(words for shape in diagram.boxes for words in shape.words)]


def the_gates(*open_ones: Gate) -> Diagram:
    gates = [GateLine(gate.value, gate in open_ones, GATES[gate].holder) for gate in Gate]
    flags = [
        FlagLine(flag.title, "gated" if flag.gates else "off by default", tuple(gate.value for gate in flag.gates))
        for flag in FLAGS.values()
    ]
    return gates_diagram(flags, gates)


DIAGRAMS = {
    "queue": queue_diagram(MOVES),
    "flow": flow_diagram(RECORDS, gates=7, closed=7),
    "flow open": flow_diagram([*RECORDS, *RECORDS], gates=7, closed=0),
    "gates": the_gates(),
    "gates open": the_gates(*Gate),
    "gates none": gates_diagram([FlagLine("Manual", "on by default", ())], []),
}


@pytest.fixture(params=DIAGRAMS)
def drawing(request: pytest.FixtureRequest) -> Diagram:
    return DIAGRAMS[request.param]


def test_boxes_do_not_meet_but_for_frames_and_what_they_hold(drawing: Diagram) -> None:
    for box_a, other in combinations(drawing.boxes, 2):
        if box_a.frame or other.frame:
            assert not meets(box_a, other) or holds(box_a, other) or holds(other, box_a), (box_a, other)
        else:
            assert not meets(box_a, other), (box_a, other)


def test_everything_is_inside_the_diagram(drawing: Diagram) -> None:
    for shape in drawing.boxes:
        assert shape.x >= 0 and shape.y >= 0 and shape.right <= drawing.width and shape.bottom <= drawing.height
    for words in all_words(drawing):
        ground = ground_of(words)
        assert ground.x >= 0 and ground.right <= drawing.width and 0 < words.y < drawing.height, words
    for arrow in drawing.arrows:
        assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in arrow.points)


def test_words_fit_their_box_and_keep_off_each_other(drawing: Diagram) -> None:
    for shape in drawing.boxes:
        for words in shape.words:
            ground = ground_of(words)
            assert shape.x + 2 <= ground.x and ground.right <= shape.right - 2, words
            assert shape.y + 8 < words.y < shape.bottom - 3, words
        for first, second in combinations(shape.words, 2):
            apart = abs(first.y - second.y) >= LEADING[Type.NOTE] - 3
            ground, other = ground_of(first), ground_of(second)
            assert apart or ground.right < other.x or other.right < ground.x, (first, second)


def test_words_outside_of_boxes_touch_none(drawing: Diagram) -> None:
    for words in drawing.words:
        ground = ground_of(words, 10, 12)
        assert not any(meets(shape, ground) for shape in drawing.boxes), words


def test_signs_stand_in_their_row_and_keep_off_its_words(drawing: Diagram) -> None:
    for mark in drawing.marks:
        ground = Box(mark.x, mark.y, 14, 14)
        (row,) = (shape for shape in drawing.boxes if meets(shape, ground))
        assert holds(row, ground)
        assert not any(meets(ground, ground_of(word, 10, 12)) for word in row.words)


def crosses(arrow: Arrow, obstacle: Box) -> bool:
    """Return whether the arrow crosses the inside of a box; touching its edge is allowed."""
    for (x1, y1), (x2, y2) in pairwise(arrow.points):
        across = max(min(x1, x2), obstacle.x + 1) <= min(max(x1, x2), obstacle.right - 1)
        along = max(min(y1, y2), obstacle.y + 1) <= min(max(y1, y2), obstacle.bottom - 1)
        if across and along:
            return True
    return False


def test_arrows_are_upright_and_run_through_no_box(drawing: Diagram) -> None:
    for arrow in drawing.arrows:
        assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(arrow.points)), arrow
        assert not any(crosses(arrow, shape) for shape in drawing.boxes if not shape.frame), arrow
        for end in (arrow.points[0], arrow.points[-1]):
            assert any(_on_the_edge(end, shape) for shape in drawing.boxes), (arrow, end)


def _on_the_edge(point: tuple[int, int], shape: Box) -> bool:
    x, y = point
    upright = x in (shape.x, shape.right) and shape.y <= y <= shape.bottom
    return upright or (y in (shape.y, shape.bottom) and shape.x <= x <= shape.right)


# --- The queue -------------------------------------------------------------------------------------


def test_collapsing_loses_no_move_and_adds_none() -> None:
    moves = {(source, target) for source, targets in MOVES.items() for target in targets}
    assert expanded(collapsed(MOVES)) == moves


def test_every_arrow_of_the_queue_has_a_route_and_every_state_a_box() -> None:
    drawing = DIAGRAMS["queue"]
    assert len(drawing.arrows) == len(collapsed(MOVES)) == 12
    assert {words.text for words in all_words(drawing)} >= set(State.labels)


def test_a_move_that_is_taken_away_is_no_longer_drawn() -> None:
    fewer = {source: set(targets) - {"retrying"} for source, targets in MOVES.items()}
    assert len(queue_diagram(fewer).arrows) == 11


def test_who_makes_a_move() -> None:
    machine = {
        (source, target) for source, targets in MOVES.items() for target in targets if by_machine(source, target)
    }
    assert machine == {
        ("queued", "sending"),
        ("retrying", "sending"),
        *(("sending", state) for state in ("delivered", "retrying", "needs review", "blocked", "unknown", "queued")),
        ("unknown", "delivered"),
    }


# --- Gates and flow --------------------------------------------------------------------------------


def test_the_gates_show_each_flag_and_a_sign_for_each_gate() -> None:
    closed, opened = DIAGRAMS["gates"], DIAGRAMS["gates open"]
    gated = sum(bool(flag.gates) for flag in FLAGS.values())
    assert len(closed.marks) == len(FLAGS) * len(Gate)
    assert [mark.sort for mark in closed.marks].count("shut") == gated * len(Gate)
    assert [mark.sort for mark in opened.marks].count("open") == gated * len(Gate)
    text = " ".join(words.text for words in all_words(closed))
    assert all(gate.value in text for gate in Gate)


def test_the_way_to_servicetitan_is_drawn_as_it_is() -> None:
    """Check that the last arrow is broken, even behind open gates: the sender is not released for a live account."""
    for name, word in (("flow", "built, closed"), ("flow open", "not released")):
        drawing = DIAGRAMS[name]
        assert [arrow.sort for arrow in drawing.arrows].count("shut") == 1
        assert [words.text for words in drawing.words] == [word]
        assert "not released for a live account" in drawing.text
    assert "7 of 7 gates closed" in " ".join(words.text for words in all_words(DIAGRAMS["flow"]))


# --- Words -----------------------------------------------------------------------------------------


@given(st.text(max_size=80), st.integers(24, 320))
def test_wrapped_words_fit_and_none_is_lost(text: str, room: int) -> None:
    lines = wrapped(text, Type.NOTE, room)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(width_of(line, Type.NOTE) <= room for line in lines)


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_a_box_is_as_high_as_its_words(title: str, note: str) -> None:
    made = box(10, 10, 150, title, note)
    assert all(made.y < words.y < made.bottom for words in made.words)


def test_words_know_where_they_begin() -> None:
    width = width_of("queued", Type.NOTE)
    assert ground_of(Words(100, 10, "queued", Type.NOTE, "end")).x == 100 - width
    assert ground_of(Words(100, 10, "queued")).right == 100 + width
