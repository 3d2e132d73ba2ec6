"""The weights of words: they come from the labeled texts, and decide where no rule does."""

import subprocess
import sys
from pathlib import Path

from bench.claims import train
from pagetojob.claims import word_model
from pagetojob.claims.guard import overclaims, unapproved
from pagetojob.claims.topics import by_rules

ROOT = Path(__file__).parents[2]


def test_the_stored_weights_come_from_the_labeled_texts() -> None:
    command = [sys.executable, "-m", "bench.claims.train", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, "run make claim-model"
    assert word_model.WEIGHTS.stat().st_size < 300_000


def test_labeled_overclaims_get_attention_and_honest_texts_are_not_refused() -> None:
    texts = [text for name, texts in train.sets().items() if name != "tests" for text in texts]
    missed = [text for text, label in texts if label and not (overclaims(text) or unapproved(text))]
    refused = [text for text, label in texts if not label and overclaims(text)]
    assert len(missed) <= 0.02 * len(texts)
    assert refused == []


def test_words_hold_a_claim_that_no_rule_names() -> None:
    text = "Homeowner taps send, and thirty seconds later the tech's tablet shows a new stop."
    assert by_rules(text) == []
    (held,) = unapproved(text)
    assert not held.refuse
    assert held.statement in text


def test_words_never_refuse_without_a_rule_and_titles_are_not_judged_by_words() -> None:
    assert overclaims("The tech's tablet shows a new stop. The truck is already booked and assigned.") == []
    assert unapproved("PageToJob") == []
