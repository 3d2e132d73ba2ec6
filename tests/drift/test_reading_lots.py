"""Lots of shops, five or four each, written and labelled by people who did not know the reader.

First sight: the reader as it was when it first read them. Of opened findings, right of all and found of all:

    lot   precision         recall            facts, precision and recall
      4   0.892 (33 of 37)  0.674 (31 of 46)  0.943  0.875
      5   0.907 (39 of 43)  0.667 (36 of 54)  0.951  0.767
      6   0.919 (57 of 62)  0.862 (56 of 65)  0.916  0.896   after pages were read by the map's own words
      7   0.857 (48 of 56)  0.787 (48 of 61)  0.952  0.856
      8   0.767 (46 of 60)  0.821 (46 of 56)  0.904  0.877
      9   0.836 (61 of 73)  0.938 (61 of 65)  0.941  0.941   after lot 8 and three hundred sentences
     10   0.965 (55 of 57)  0.914 (53 of 58)  0.956  0.981   after a sign is asked that a fact is the shop's own word
     11   0.976 (41 of 42)  0.872 (41 of 47)  0.959  0.964
     12   0.865 (45 of 52)  0.917 (44 of 48)  0.911  0.951
     13   0.954 (62 of 65)  0.910 (61 of 67)  0.919  0.955   13 to 15 before any of them was looked at
     14   0.969 (63 of 65)  0.886 (62 of 70)  0.943  0.925
     15   0.912 (52 of 57)  0.875 (49 of 56)  0.946  0.935
     16   0.904 (66 of 73)  0.955 (64 of 67)  0.926  0.949   16 to 18 after 13 to 15
     17   0.968 (61 of 63)  0.938 (61 of 65)  0.957  0.935
     18   0.970 (64 of 66)  0.953 (61 of 64)  0.972  0.990
     19   0.942 (49 of 52)  0.925 (49 of 53)  0.970  0.989   19 to 21 after 16 to 18
     20   0.947 (54 of 57)  0.964 (54 of 56)  0.954  0.978
     21   0.942 (49 of 52)  0.923 (48 of 52)  0.966  0.941
     22   0.982 (54 of 55)  0.931 (54 of 58)  0.997  0.986   22 to 24 after 19 to 21
     23   0.881 (52 of 59)  0.875 (49 of 56)  0.941  0.955
     24   0.980 (49 of 50)  0.942 (49 of 52)  0.980  0.953

Each lot is by another person. 16 to 24 together: 0.945 (498 of 527) and 0.941 (492 of 523); where one disagreement that
two words or two pages name ("Saturday 8-4", "in the JSON-LD") is matched by a person, 0.953 (502 of 527) and 0.946 (495
of 523).

Labels put right since: two offers that lapse within the week, which the writer knew no rule for; the form of one
licence and of two addresses; the rule of two findings, and the words or the page of eleven, so that they are matched
without a person. One map each of lots 7, 9 and 17 named a kind of page that there is none of; it was taken out before
reading. Rules of lots 4 and 5 were renamed to ours. Misses were mended by general causes (no rule names a page), and
since then these pages are no measure of pages unseen.

The lots are synthetic and predict nothing about real pages (`make bench-drift-real`). They only have to stay above
the floors below, so that a rule may be replaced.
"""

from datetime import date
from pathlib import Path

import pytest

from tests.support.labeled_shops import Matched, Tally, judge_facts, judge_findings, read_shops

LOTS = Path(__file__).parent / "pages" / "lots"
#: The newest two are in the suite. The others are read by `make nightly` and `make bench-drift`.
IN_SUITE = ("23", "24")
NAMES = [
    pytest.param(path.name, marks=() if path.name in IN_SUITE else pytest.mark.nightly)
    for path in sorted(LOTS.iterdir(), key=lambda path: path.name.zfill(2))
    if path.is_dir()
]
#: Minimum precision and recall of a lot's facts and of its findings.
FACTS_FLOOR, PRECISION_FLOOR, RECALL_FLOOR = 0.88, 0.90, 0.85


@pytest.mark.parametrize("lot", NAMES)
def test_facts_and_findings_match_the_labels(lot: str) -> None:
    """Services are named in our words only, and are left to the findings."""
    shops = list(read_shops(LOTS / lot, date(2026, 11, 27)))
    assert len(shops) in (4, 5)
    tally, matched = Tally(), Matched()
    for shop in shops:
        judge_facts(tally, shop)
        judge_findings(matched, shop)
    for counter in (tally.right, tally.false, tally.missed):
        counter.pop("service", None)
    right, recalled = matched.right.total(), matched.recalled.total()
    assert tally.precision >= FACTS_FLOOR and tally.recall >= FACTS_FLOOR, tally.examples
    assert right >= PRECISION_FLOOR * (right + len(matched.false)), matched.false
    assert recalled >= RECALL_FLOOR * (recalled + len(matched.missed)), matched.missed
