"""The vocabulary: each phrase pattern matches its example, and the readers use each entry."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drift.reading import vocabulary
from drift.reading.vocabulary import phrase_pattern, phrase_table, topic

ROOT = Path(__file__).resolve().parents[2] / "drift"
TOPICS = sorted(path.stem for path in Path(vocabulary.__file__).parent.glob("*.toml"))
_USED = re.compile(r"(?:phrase_pattern|phrase_table|word_set|topic)\(\s*\"(\w+)\"(?:, |\)\[)\"(\w+)\"")
_PHRASES = re.compile(r"^(\w+) = Phrases\(\"(\w+)\"\)$", re.MULTILINE)


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for of in TOPICS:
        for name, entry in topic(of).items():
            if isinstance(entry, str):
                continue
            if "pattern" in entry:
                yield entry["example"], phrase_pattern(of, name)
            elif all(isinstance(row, dict) and "pattern" in row for row in entry.values()):
                yield from ((entry[meaning]["example"], each) for meaning, each in phrase_table(of, name).items())


@pytest.mark.parametrize(("example", "pattern"), list(_patterns()))
def test_pattern_matches_its_example(example: str, pattern: re.Pattern[str]) -> None:
    assert any(pattern.search(example, at) for at in range(len(example)))


def test_pattern_does_not_match_its_counter_examples() -> None:
    """An entry may list texts that a naive pattern would take."""
    entries = [
        (of, name, text)
        for of in TOPICS
        for name, entry in topic(of).items()
        for text in (entry.get("counter", []) if "pattern" in entry else [])
    ]
    assert len(entries) > 10
    assert [entry for entry in entries if phrase_pattern(entry[0], entry[1]).search(entry[2])] == []


def test_no_line_of_a_pattern_has_space_at_its_end() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(vocabulary.__file__).parent.glob("*.toml")]
    lines = [line for text in texts for line in text.splitlines()]
    assert [line for line in lines if line != line.rstrip()] == []


def _used(code: str) -> Iterator[tuple[str, str]]:
    """Yield the topic and the name of each entry that a module uses."""
    yield from _USED.findall(code)
    for variable, of in _PHRASES.findall(code):
        yield from ((of, name) for name in re.findall(rf"\b{variable}\.(\w+)", code))


def test_each_entry_is_used_and_each_used_entry_exists() -> None:
    used = {entry for path in ROOT.rglob("*.py") for entry in _used(path.read_text(encoding="utf-8"))}
    assert sorted(used) == sorted((of, name) for of in TOPICS for name in topic(of))
