"""One sentence or box a page, against a map: which findings open, and above all which do not.

Each shop was written as ways to say one thing that the reader had not been tried on, and then mended by. When it was
written so many of its lines were read wrongly: Pine Ridge one in five and Larkspur one in six; Tidewater 19 of 109,
Prairie 9 of 90, Osage 12 of 96, Sawtooth 9 of 76 and Catawba 20 of 141. What is still read wrongly is not here.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from drift.compare.check import check
from drift.compare.index import Index
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map

TODAY = date(2026, 11, 27)
SENTENCES = Path(__file__).parent / "pages" / "sentences"
#: Maximum share of sentences that may be read wrongly.
MOST_WRONG = 0.15
SHOPS = ("pine-ridge", "larkspur", "tidewater", "prairie", "osage", "sawtooth", "catawba")
INDEXES = {name: Index(read_map((SENTENCES / f"{name}.json").read_bytes()), TODAY) for name in SHOPS}


def _lines(shop: str) -> Iterator[tuple[set[str], str]]:
    for line in (SENTENCES / f"{shop}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            wanted, html = line.split(" :: ", 1)
            yield set(wanted.split(",")) - {"-"}, html


@pytest.mark.parametrize("shop", SHOPS)
def test_sentences_open_the_expected_findings(shop: str) -> None:
    """Nearly all of them: a rule that real pages refute may cost a sentence that no one wrote on a website."""
    lines = list(_lines(shop))
    assert len(lines) > 60
    wrong = {html: (opened, wanted) for wanted, html in lines if (opened := _opened(INDEXES[shop], html)) != wanted}
    assert len(wrong) <= MOST_WRONG * len(lines), wrong


def _opened(index: Index, html: str) -> set[str]:
    """Return the rules of the findings, without a missing service: a sentence names few services."""
    page = f"<html><body><main>{html}</main></body></html>".encode()
    facts = read_page(page, today=TODAY, page="/x", known=index.known)
    opened = {finding.rule.value for finding in check(index, {"/x": facts}).findings}
    return opened - {"active_service_missing"}
