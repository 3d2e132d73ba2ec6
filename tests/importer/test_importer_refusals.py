"""What the importer refuses, and what it lets pass: formulas, secrets, personal data, honest look-alikes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagetojob.importer import refusals
from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import plain
from pagetojob.importer.objects import BY_KEY
from pagetojob.importer.refusals import Reason, holds_secret, refusal_of
from pagetojob.importer.review import review, status_of, tidy
from pagetojob.platform.credentials import rules
from tests.importer.cells import FORMULAS, HONEST, PERSONAL, SECRETS
from tests.support.nightly import sampled


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        *((cell, Reason.FORMULA) for cell in FORMULAS),
        *((cell, Reason.SECRET) for cell in SECRETS),
        *((cell, Reason.PERSONAL) for cell in PERSONAL),
    ],
)
def test_what_is_refused(cell: str, reason: Reason) -> None:
    refusal = refusal_of(cell)
    assert refusal and refusal.reason is reason


@pytest.mark.parametrize("cell", HONEST)
def test_what_is_not_refused(cell: str) -> None:
    assert refusal_of(cell) is None


@pytest.mark.parametrize(
    ("heading", "cell", "reason"),
    [
        ("phone", "6025550199", Reason.PERSONAL),
        ("client secret", "abc", Reason.SECRET),
        ("api key", "1", Reason.SECRET),
    ],
)
def test_a_heading_can_reveal_the_kind_of_a_cell(heading: str, cell: str, reason: Reason) -> None:
    assert refusal_of(cell) is None
    refusal = refusal_of(cell, heading=heading)
    assert refusal and refusal.reason is reason


def test_a_refused_row_is_named_by_number_and_column_and_never_repeated() -> None:
    secret = "ak1.verysecretvalue99"
    result = review(f"name,status,Key note\nAC Repair,active,fine\nTune-Up,active,{secret}\n", BY_KEY["jobType"])
    assert [(refused.row, refused.column, refused.refusal.what) for refused in result.refused] == [
        (3, "column 3 (“Key note”)", "a ServiceTitan app key")
    ]
    assert "Rotate" in result.refused[0].refusal.advice
    assert result.holds_secrets
    assert secret not in repr(result)


def test_a_heading_is_refused_without_being_repeated() -> None:
    with pytest.raises(TableError) as caught:
        review("name,ak1.verysecretvalue99\nAC,1\n", BY_KEY["jobType"])
    message = str(caught.value)
    assert caught.value.row == 1 and "app key" in message and "verysecret" not in message


@pytest.mark.parametrize("cell", SECRETS)
def test_a_secret_is_seen_anywhere_in_a_text(cell: str) -> None:
    assert holds_secret(f"name,note\nAC Repair,fine\nTune-Up,{cell}\n")
    assert not holds_secret("name,note\nAC Repair,fine\n")


@settings(max_examples=300)
@given(st.text(max_size=200), st.text(max_size=20))
def test_no_text_is_too_odd_to_be_judged(cell: str, heading: str) -> None:
    refusal = refusal_of(cell, heading=plain(heading))
    assert refusal is None or cell
    assert tidy(tidy(cell)) == tidy(cell)
    assert status_of(cell) == status_of(tidy(cell))


@pytest.mark.parametrize(
    "pattern", sampled([*(one for _, one in rules._SHAPES), rules._ASSIGNED, rules._CALLED], keep=4)
)
def test_every_secret_pattern_requires_a_hint(pattern: re.Pattern[str]) -> None:
    @settings(max_examples=200, database=None)
    @given(st.from_regex(pattern))
    def holds(text: str) -> None:
        assert rules._may_contain_credential(rules.as_read(text))

    holds()


@pytest.mark.parametrize(
    "pattern",
    sampled(
        [refusals._SOCIAL, refusals._CARD, refusals._PHONE_WRITTEN, refusals._PHONE_ABROAD, refusals._PHONE_BARE],
        keep=2,
    ),
)
def test_every_personal_number_pattern_requires_enough_digits(pattern: re.Pattern[str]) -> None:
    @settings(max_examples=200, database=None)
    @given(st.from_regex(pattern))
    def has(text: str) -> None:
        assert sum(map(str.isdigit, text)) >= refusals._FEWEST_DIGITS

    has()
