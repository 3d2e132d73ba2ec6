"""The reference page has the periods of the code."""

from tests.retention import reference


def test_the_page_has_the_periods_of_the_code() -> None:
    """Run `.venv/bin/python -m tests.retention.reference` after a change."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()
