"""The requirements of ASVS 5.0 in docs/reference/asvs.yaml, and the page that shows them: docs/reference/asvs.md.

`python -m tests.asvs.table` writes the page.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from readiness.asvs import DATA, STATUSES, Requirement, requirements

ROOT = Path(__file__).resolve().parents[2]
PAGE = DATA.with_suffix(".md")

INTRO = """# ASVS 5.0

Each requirement of the OWASP Application Security Verification Standard 5.0.0, levels 1 and 2, in our own words, with
the files and tests that show it. An outside review judged an earlier version of the code. Requirements that it found
met have today's files and tests; the 46 that it found unmet were judged again against this code. The rows come from
[asvs.yaml](asvs.yaml). After an edit, `.venv/bin/python -m tests.asvs.table` writes this page again. A test checks that
every file, symbol and test exists, and that no more requirements are unmet than before.
"""


def page() -> str:
    """Return the page: counts by chapter, what is not met, then every requirement."""
    rows = requirements()
    chapters = [(chapter, list(group)) for chapter, group in groupby(rows, lambda row: row.chapter)]
    lines = [INTRO, "## Summary\n", "| chapter | met | not met | n/a |", "| --- | --- | --- | --- |"]
    lines += [f"| {chapter} | {_counts(group)} |" for chapter, group in chapters]
    lines += [f"| **all** | {_counts(rows)} |", "", "## Not met\n", "| id | asks | reason |", "| --- | --- | --- |"]
    lines += [f"| {row.id} | {row.asks} | {row.reason} |" for row in rows if row.status == "not met"]
    for chapter, group in chapters:
        lines += ["", f"## {chapter}\n", "| id | asks | status | evidence or reason |", "| --- | --- | --- | --- |"]
        lines += [f"| {row.id} | {row.asks} | {row.status} | {_basis(row)} |" for row in group]
    return "\n".join(lines) + "\n"


def _counts(rows: Iterable[Requirement]) -> str:
    counts = Counter(row.status for row in rows)
    return " | ".join(str(counts[status]) for status in STATUSES)


def _basis(row: Requirement) -> str:
    return "<br>".join([*(f"`{item}`" for item in row.evidence), *filter(None, [row.note, row.reason])])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
