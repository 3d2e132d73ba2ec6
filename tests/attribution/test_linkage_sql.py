"""The named SQL of the linkage."""

from pathlib import Path

import pytest

from attribution.linkage import sql
from attribution.linkage.sql import Script
from attribution.linkage.words import words
from pagetojob.platform import named_sql

FILES = sorted(path.stem for path in Path(sql.__file__).parent.glob("*.sql"))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    parts = {"inner": "x < {most}", "outer": "WHERE {inner} AND regexp_matches(y, '[a-z]{3,}')"}
    monkeypatch.setattr(named_sql, "parts", lambda package, file: parts)
    return Script("any", most=1)


def test_part_inserts_values_and_parts_and_leaves_other_braces(script: Script) -> None:
    assert script.text("outer") == "WHERE x < 1 AND regexp_matches(y, '[a-z]{3,}')"
    assert script.text("outer", most=2) == "WHERE x < 2 AND regexp_matches(y, '[a-z]{3,}')"
    assert script.text("outer", inner="{most}").startswith("WHERE {most} AND"), "an inserted text is not read again"


def test_unknown_value_is_an_error(script: Script) -> None:
    with pytest.raises(KeyError):
        Script("any").text("outer")


@pytest.mark.parametrize("file", FILES)
def test_comments_explain_every_value(file: str) -> None:
    """A value is a list of words.json, a part of the same file, or explained in a comment."""
    lines = (Path(sql.__file__).parent / f"{file}.sql").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("-- ") and not lines[0].startswith("-- name")
    used, explained = (
        {name for line in lines if line.startswith("--") is comment for name in sql._PLACE.findall(line)}
        for comment in (False, True)
    )
    known = set(named_sql.parts(sql.__package__, file)) | set(words()) | {f"{name}_list" for name in words()}
    assert used <= explained | known
