"""Layout of charts: bars and columns in drawing units."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from pagetojob.platform.charts import columns
from pagetojob.platform.charts.bars import WIDTH, bar_chart


def test_the_longest_bar_has_the_full_width_and_small_bars_stay_visible() -> None:
    chart = bar_chart([("a", "$60", Decimal(60), Decimal(40)), ("b", "$0.01", Decimal("0.01"), 0), ("c", "-$5", -5, 0)])
    whole, small, negative = chart.bars
    assert whole.end + whole.more == WIDTH and small.length == 2 and negative.length == 0
    assert chart.height == 3 * 44 and (small.text_y, small.bar_y) == (58, 64)
    assert bar_chart([("a", "0", 0, 0)]).bars[0].length == 0


def test_columns_begin_at_the_base_and_end_below_the_top() -> None:
    assert [columns.round_up(n) for n in (0, 1, 3, 5, 7, 130, 999, 1001)] == [1, 1, 5, 5, 10, 200, 1000, 2000]
    drawn = columns.stacked(["a", "b", "c"], [[(100, "bar"), (50, "bar")], [(0, "bar"), (0, "bar")], [(1, "bar")]])
    first, second, third = drawn.bars
    assert first.y + first.height == drawn.base and second.y + second.height == first.y
    assert third.height >= 1, "what is there can be seen"
    assert all(bar.y >= 0 and bar.x + bar.width <= drawn.right for bar in drawn.bars)
    assert [text.words for text in drawn.side] == ["0", "100", "200"]


def test_the_newest_column_has_its_name_next_to_the_scale() -> None:
    """A phone shows the newest end first."""
    names = [f"{hour:02}:00" for hour in range(48)]
    drawn = columns.stacked(names, [[(1, "bar")]] * 48)
    assert drawn.foot[-1].words == "47:00" and len(drawn.foot) == 8
    assert all(text.x > drawn.right for text in drawn.side)


def test_a_small_chart_keeps_twelve_weeks_inside_its_frame() -> None:
    """A phone shows all of it, so a label of 16 units may touch neither its neighbor nor the edge."""
    drawn = columns.stacked(["Sep 14"] * 12, [[(1_000, "bar")]] * 12, frame=columns.SMALL)
    assert drawn.frame.fits_phone and drawn.frame.width == 360
    assert all(bar.x >= 0 and bar.x + bar.width <= drawn.right for bar in drawn.bars)
    assert all(side.x + len(side.words) * 16 * 0.6 <= drawn.frame.width for side in drawn.side)
    width = len("Sep 14") * 16 * 0.6
    places = [text.x for text in drawn.foot]
    assert all(later - earlier > width for earlier, later in pairwise(places)) and len(places) == 4


def test_ranks_are_evenly_spaced() -> None:
    ranks: list[Any] = ["a", "b", "c", "d"]
    drawn = columns.ranked(["x", "y"], [(0, 3), None], ranks)
    bar, mark = drawn.bars
    assert (bar.y, bar.y + bar.height) == (10, drawn.base) and mark.style == "mark"
    assert bar.y < mark.y < drawn.base
    assert [text.words for text in drawn.side] == ["b", "d"]


def test_labels_on_the_right_fit_at_the_size_of_a_phone() -> None:
    """There the text has 15 units of the drawing, and a character is at most 0.6 times as wide."""
    drawn = columns.ranked(["x"], [(0, 1)], ["50 ms", "250 ms"])
    assert all(side.x + len(side.words) * 15 * 0.6 <= drawn.frame.width for side in drawn.side)
