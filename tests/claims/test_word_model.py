"""The weights of words: they come from the labeled texts, and decide where no rule does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pagetojob.claims import word_model
from pagetojob.claims.guard import judge_text, overclaims, unapproved
from pagetojob.claims.topics import by_rules, digest
from pagetojob.claims.word_model import features, length

ROOT = Path(__file__).parents[2]


def test_the_stored_weights_name_the_labeled_texts_and_the_code_that_they_come_from() -> None:
    command = [sys.executable, "-m", "bench.claims.train", "--digest"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, "run make claim-model"


@pytest.mark.nightly
def test_the_stored_weights_come_from_the_labeled_texts() -> None:
    command = [sys.executable, "-m", "bench.claims.train", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, "run make claim-model"
    assert word_model.WEIGHTS.stat().st_size < 700_000


def test_labeled_overclaims_get_attention_and_honest_texts_are_not_refused() -> None:
    files = (ROOT / "bench" / "claims").glob("*.jsonl")
    texts = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    claims = [row["text"] for row in texts if row["overclaim"]]
    missed = [text for text in claims if not (overclaims(text) or unapproved(text))]
    honest = [row["text"] for row in texts if not row["overclaim"]]
    refused = [text for text in honest if overclaims(text)]
    assert len(missed) <= 0.02 * len(claims)
    assert len(refused) <= 0.001 * len(honest)


def test_words_hold_a_claim_that_no_rule_names() -> None:
    text = "Homeowner taps send, and thirty seconds later the tech's tablet shows a new stop."
    assert by_rules(text) == []
    (waiting,) = unapproved(text)
    assert not waiting.refuse
    assert waiting.statement in text


def test_words_refuse_what_they_clearly_state_but_no_text_of_a_contractor_and_no_title() -> None:
    text = "The tech's tablet shows a new stop. The truck is already booked and assigned."
    (claim,) = overclaims(text)
    assert claim.phrase == "The truck is already booked and assigned."
    assert claim.safe_wording
    assert overclaims(text, by_words=False) == []
    assert unapproved("PageToJob") == []


@pytest.mark.parametrize("text", ["Verbund", "Handshake wiht yuor offise"])
def test_words_without_weights_clear_no_text_that_a_rule_holds(text: str) -> None:
    assert unapproved(text) and unapproved(text, by_words=False)


def test_words_hold_a_text_of_a_contractor_no_more_strictly_than_its_rule() -> None:
    text = "Your booking is confirmed and has been sent to our dispatch system."
    assert overclaims(text)
    assert overclaims(text, by_words=False) == []
    (waiting,) = unapproved(text, by_words=False)
    assert unapproved(text, approved={digest(waiting.statement)}, by_words=False) == []


def test_an_approval_lifts_a_refusal_by_words_and_none_by_a_rule() -> None:
    text = "The truck is already booked and assigned."
    assert overclaims(text)
    assert judge_text(text, approved={digest(text)}) == ([], [])
    strict = "PageToJob is a certified ServiceTitan partner."
    assert overclaims(strict, approved={digest(strict)})


def test_a_word_of_denial_changes_the_words_in_its_reach() -> None:
    denied, stated = features("we do not sync bookings. we print"), features("we sync bookings")
    assert "-sync" in denied and "+sync" not in denied
    assert "+print" in denied
    assert "+sync" in stated
    assert "~sync" in features("if approved, we sync bookings")


def test_classes_of_the_rules_count_as_features_with_beginnings_of_words() -> None:
    stated = features("we sync bookings", {"st", "sync"})
    assert stated["#sync"] == stated["#st"] < stated["+sync"]
    assert ">+book" in stated


def test_signs_of_a_script_without_spaces_are_words_and_letters_are_read_across_words() -> None:
    assert length("网站预约 booking") == 5
    assert "<网 站 预" in features("网站预约") and "<k it " in features("book it")
