"""Two lots of five shops each, written and labelled by somebody who did not know the reader.

First sight of lot 4 (the reader as it was then): facts 0.943 precise and 0.875 found; opened findings 33 of 37 right
(0.892) and 31 of 46 found (0.674). First sight of lot 5, after the reader was mended by lot 4: facts 0.951 and 0.767;
findings 39 of 43 (0.907) and 36 of 54 (0.667). What was mended by the one lot hardly helped the other's findings.

Labels put right since: two offers that lapse within the week, which the writer knew no rule for; the form of one
licence on three pages; the rule of one finding, and the words of two, so that they are matched without a person. With
them: lot 4 0.892 and 0.660, lot 5 0.930 and 0.673. Rules were renamed to ours. Misses were mended by general causes
(no rule names a page), and since then these pages are no measure of pages unseen.
"""

from datetime import date
from pathlib import Path

import pytest

from bench.drift.labelled import Matched, Shop, judge_facts, judge_findings, shops_in
from bench.drift.score import Tally

LOTS = Path(__file__).parent / "pages" / "lots"
SHOPS = [shop for lot in ("4", "5") for shop in shops_in(LOTS / lot, date(2026, 11, 27))]
#: What is still missed or read too much of, in the words of `judge_facts`. Names of plans that the map and a heading
#: give in two forms, a yearly price behind a monthly one, fees by the foot or the bag, a price behind a free thing, and
#: words that are or are no promise to pay later.
KNOWN_FACTS = {
    "missed limestone-septic/water price: 8.5",
    "missed pelican-pest/index price: 125",
    "missed pelican-pest/plans financing: financing",
    "missed red-fork-air/specials membership: Comfort Plan 18.95",
    "false  red-fork-air/specials membership: Comfort Plan ",
    "false  red-fork-air/specials membership: Red Fork Comfort Plan 18.95",
    "missed salado-doors/pricing price: 1490",
    "false  salado-doors/pricing financing: financing",
    "missed cream-city-appliance/index emergency_promise: emergency service",
    "missed cream-city-appliance/laundry membership: Tumble Club 144",
    "missed cream-city-appliance/faq price: 79",
    "missed elm-river-electric/ev-chargers price: 14",
    "false  elm-river-electric/ev-chargers financing: 0% interest",
    "missed silver-mesa-pool/weekly-service price: 89",
    "false  silver-mesa-pool/weekly-service membership: Swim 89",
    "false  silver-mesa-pool/weekly-service financing: financing",
    "false  tijeras-creek/specials membership: Care Club ",
}
#: A plan and an offer that are in no map: decision 0027 opens nothing for those.
KNOWN_FINDINGS = {("patapsco-roofing", "membership_unknown"), ("tijeras-creek", "offer_unknown")}


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_a_shop_says_what_a_person_read_in_it(shop: Shop) -> None:
    """Services are named in our words only, and are left to the findings."""
    tally = Tally()
    judge_facts(tally, shop)
    assert {line for line in tally.examples if " service: " not in line} - KNOWN_FACTS == set()


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_a_shop_has_the_findings_that_a_person_would_open(shop: Shop) -> None:
    matched = Matched()
    judge_findings(matched, shop)
    missed = {(name, label["rule"]) for name, label in matched.missed}
    assert missed - KNOWN_FINDINGS == set()
    assert [(one.rule, one.item, one.site_value) for _, one in matched.false] == []
