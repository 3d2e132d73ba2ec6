"""The wording of the code, screens and docs only gets plainer."""

from tests.architecture import wording


def test_no_file_has_more_listed_words_than_recorded() -> None:
    """Check every file against wording_baseline.json. `make wording` lowers the baseline and never raises it."""
    assert wording.rises() == {}


def test_the_audit_log_has_the_same_verb_everywhere() -> None:
    assert wording.WORDS.search("Saved in the audit log with your name.")
    assert not wording.WORDS.search("Recorded in the audit log with your name.")


def test_a_listed_word_is_counted_in_names_comments_and_strings() -> None:
    source = '#: It is kept anew.\ndef found() -> str:\n    """What it said."""\n    return "Nobody is told of it."\n'
    assert sorted(wording._python_hits(source, tests=False)) == [
        *("Nobody", "What i", "anew", "found", "kept", "said", "told"),
    ]
