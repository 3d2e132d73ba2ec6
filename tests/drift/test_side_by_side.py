"""The differences between two values that a page shows side by side."""

import pytest

from drift.views.side_by_side import Parts, mark_differences


def marked(parts: Parts) -> str:
    return "".join(f"[{text}]" if differs else text for text, differs in parts)


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ("(602) 555-0142", "(602) 555-0124", ("(602) 555-01[42]", "(602) 555-01[24]")),
        ("$79", "$89", ("$[7]9", "$[8]9")),
        ("$79", "$179", ("$[79]", "$[179]")),
        ("8:00 AM to 5:00 PM", "8:00 AM to 5:30 PM", ("8:00 AM to 5:[0]0 PM", "8:00 AM to 5:[3]0 PM")),
        ("12 Elm Street", "12 Elm Street, Suite 4", ("12 Elm Street", "12 Elm Street[, Suite 4]")),
        ("12 Elm Street", "12 Elm Road", ("12 Elm [Street]", "12 Elm [Road]")),
        ("open all day", "closed", ("open all day", "closed")),
        ("Phoenix", "Phoenix", ("Phoenix", "Phoenix")),
        ("$79", "", ("$79", "")),
        ("", "", ("", "")),
    ],
)  # fmt: skip
def test_differences_are_marked_on_both_sides(left: str, right: str, shown: tuple[str, str]) -> None:
    parts = mark_differences(left, right)
    assert (marked(parts[0]), marked(parts[1])) == shown
    assert tuple("".join(text for text, _ in side) for side in parts) == (left, right), "no text is lost"
