"""Score the reader on twelve invented pages of other trades and builders, labeled before it read them.

First sight and cause of each repair: docs/explanation/reading-measurements.md. Six of them were used for repairs, so
the pages do not predict others; they only have to stay above the floors.
"""

import json
from pathlib import Path

from tests.support.real_sites.load import RealSite
from tests.support.real_sites.score import Count, score_facts

FOLDER = Path(__file__).parent / "pages" / "twelve"
LABELS = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))


def _page(name: str) -> RealSite:
    labels = [{"zone": "main", "quote": fact["value"]} | fact for fact in LABELS[name]]
    return RealSite(name, {"index": (FOLDER / f"{name}.html").read_bytes()}, {"index": {"facts": labels}})


def test_twelve_pages_stay_above_their_floors() -> None:
    score, whole = score_facts(map(_page, LABELS)), Count()
    for count in score.counts.values():
        whole.add(count)
    assert len(LABELS) == 12 and whole.recalled + whole.missed == 345
    assert whole.right >= 0.97 * (whole.right + whole.false), score.errors
    assert whole.recalled >= 0.88 * (whole.recalled + whole.missed), score.errors
