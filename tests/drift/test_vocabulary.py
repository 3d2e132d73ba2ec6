"""The vocabulary: each phrase pattern matches its example, and the readers use each entry."""

import re
from pathlib import Path

import pytest

from drift.reading import vocabulary
from drift.reading.vocabulary import phrase_pattern, topic

ROOT = Path(__file__).resolve().parents[2] / "drift"
TOPICS = sorted(path.stem for path in Path(vocabulary.__file__).parent.glob("*.toml"))
PATTERNS = [(of, name) for of in TOPICS for name, entry in topic(of).items() if "pattern" in entry]
_USED = re.compile(r"(?:phrase_pattern|word_set)\(\s*\"(\w+)\", \"(\w+)\"")


@pytest.mark.parametrize(("of", "name"), PATTERNS)
def test_pattern_matches_its_example(of: str, name: str) -> None:
    example = topic(of)[name]["example"]
    assert any(phrase_pattern(of, name).search(example, at) for at in range(len(example)))


def test_no_line_of_a_pattern_has_space_at_its_end() -> None:
    lines = [line for of, name in PATTERNS for line in topic(of)[name]["pattern"].split("\n")[:-1]]
    assert [line for line in lines if line != line.rstrip()] == []


def test_each_entry_is_used_once() -> None:
    used = [match.groups() for path in ROOT.rglob("*.py") for match in _USED.finditer(path.read_text(encoding="utf-8"))]
    entries = [(of, name) for of in TOPICS if of != "service_words" for name in topic(of)]
    assert sorted(used) == sorted(entries)
