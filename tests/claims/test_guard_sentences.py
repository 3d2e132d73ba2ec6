"""The claim guard on sentences that were written without a look at its rules."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.claims.guard import overclaims, visible_text
from pagetojob.claims.registry import CLAIMS

HERE = Path(__file__).parent
OVERCLAIMING = (HERE / "sentences_overclaiming.txt").read_text(encoding="utf-8").splitlines()
HONEST = (HERE / "sentences_honest.txt").read_text(encoding="utf-8").splitlines()


def test_overclaiming_sentences_are_found() -> None:
    assert [sentence for sentence in OVERCLAIMING if not overclaims(sentence)] == []
    for sentence in OVERCLAIMING:
        text = visible_text(sentence)
        for overclaim in overclaims(sentence):
            assert overclaim.claim in CLAIMS and overclaim.safe_wording == CLAIMS[overclaim.claim].safe_wording
            assert text[overclaim.start : overclaim.end] == overclaim.phrase != ""


def test_honest_sentences_pass() -> None:
    assert [sentence for sentence in HONEST if overclaims(sentence)] == []


@pytest.mark.parametrize("sentence", OVERCLAIMING[:10])
def test_case_and_inner_tags_hide_nothing(sentence: str) -> None:
    assert overclaims(sentence.upper())
    assert overclaims("".join(f"{letter}<b></b>" if letter.isalpha() else letter for letter in sentence))
    assert overclaims("\u200b".join(sentence))


def test_a_claim_that_may_be_made_is_no_overclaim() -> None:
    sentence = "PageToJob is a certified ServiceTitan marketplace partner."
    assert {overclaim.claim for overclaim in overclaims(sentence)} == {"marketplace-approval"}
    assert overclaims(sentence, gated=set(CLAIMS) - {"marketplace-approval"}) == []


@given(st.text())
def test_odd_texts_do_not_raise(text: str) -> None:
    for overclaim in overclaims(text):
        assert overclaim.phrase
