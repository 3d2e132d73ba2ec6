"""The vocabulary: each phrase pattern matches its example, and the readers use each entry."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drift.reading import vocabulary
from drift.reading.vocabulary import topic

ROOT = Path(__file__).resolve().parents[2] / "drift"
FILES = sorted(Path(vocabulary.__file__).parent.glob("*.toml"))
_TOPIC = re.compile(r"^(\w+) = topic\(\"(\w+)\"\)$", re.MULTILINE)
_ENTRY = re.compile(r"topic\(\"(\w+)\"\)\.(\w+)")


def _rows() -> Iterator[tuple[dict[str, Any], re.Pattern[str]]]:
    """Yield each row that has a pattern, and the pattern that the readers use."""
    for path in FILES:
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            parsed = getattr(topic(path.stem), name)
            if isinstance(parsed, re.Pattern):
                yield entry, parsed
            elif isinstance(parsed, dict):
                yield from ((entry[meaning], pattern) for meaning, pattern in parsed.items())


@pytest.mark.parametrize(("example", "pattern"), [(row["example"], pattern) for row, pattern in _rows()])
def test_pattern_matches_its_example(example: str, pattern: re.Pattern[str]) -> None:
    assert any(pattern.search(example, at) for at in range(len(example)))


def test_pattern_does_not_match_its_counter_examples() -> None:
    """An entry may list texts that a naive pattern would take."""
    counters = [(text, pattern) for row, pattern in _rows() for text in row.get("counter", [])]
    assert len(counters) > 10
    assert [(text, pattern.pattern) for text, pattern in counters if pattern.search(text)] == []


def test_no_line_of_a_pattern_has_space_at_its_end() -> None:
    lines = [line for path in FILES for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line != line.rstrip()] == []


def _used(code: str) -> Iterator[tuple[str, str]]:
    """Yield the topic and the name of each entry that a module uses."""
    yield from _ENTRY.findall(code)
    for variable, of in _TOPIC.findall(code):
        yield from ((of, name) for name in re.findall(rf"\b{variable}\.(\w+)", code))


def test_each_entry_is_used_and_each_used_entry_exists() -> None:
    used = {entry for path in ROOT.rglob("*.py") for entry in _used(path.read_text(encoding="utf-8"))}
    assert sorted(used) == sorted((path.stem, name) for path in FILES for name in vars(topic(path.stem)))
