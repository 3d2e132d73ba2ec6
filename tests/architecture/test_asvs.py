"""The ASVS sheet: every requirement has evidence that exists or a reason, and unmet requirements only become fewer."""

import re

import pytest

from readiness.asvs import STATUSES, Requirement, requirements
from tests.asvs.table import PAGE, ROOT, page
from tests.guards.table import defines

REQUIREMENTS = requirements()
ALL = 253
#: Lower it with each requirement that is met.
MOST_NOT_MET = 5
LONGEST_DESCRIPTION_WORDS = 13


def test_every_requirement_is_listed_once() -> None:
    numbers = [row.id for row in REQUIREMENTS]
    assert len(numbers) == len(set(numbers)) == ALL
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", number) for number in numbers)


def test_no_more_requirements_are_unmet() -> None:
    """A requirement that is met stays met."""
    assert len([row for row in REQUIREMENTS if row.status == "not met"]) <= MOST_NOT_MET


def test_the_page_shows_the_requirements() -> None:
    """After a change of asvs.yaml, run `python -m tests.asvs.table`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row.id)
def test_a_requirement_has_evidence_that_exists_or_a_reason(row: Requirement) -> None:
    """Correct the row after moving code or renaming a test."""
    assert row.status in STATUSES
    assert row.asks and len(row.asks.split()) <= LONGEST_DESCRIPTION_WORDS
    assert bool(row.evidence) == (row.status == "met") != bool(row.reason)
    for item in row.evidence:
        path, _, symbol = item.partition("::")
        assert (ROOT / path).is_file(), item
        assert not symbol or defines(ROOT / path, symbol), item
