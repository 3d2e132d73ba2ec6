"""Four lots of five shops each, written and labelled by people who did not know the reader.

First sight, the reader as it was when it first read them, of opened findings:

lot 4: 33 of 37 right (0.892), 31 of 46 found (0.674). Lot 5, after the reader was mended by lot 4: 39 of 43 (0.907) and
36 of 54 (0.667). Lot 6, after pages were read by the map's own words: 57 of 62 (0.919) and 56 of 65 (0.862). Lot 7,
by another person, after the reader was mended by lot 6: 48 of 56 (0.857) and 48 of 61 (0.787).

Facts: 0.943 precise and 0.875 found; 0.951 and 0.767; 0.916 and 0.896; 0.952 and 0.856. What was mended by the one lot
helps the next one's findings, and by no means all.

Labels put right since: two offers that lapse within the week, which the writer knew no rule for; the form of one
licence and of two addresses; the rule of two findings, and the words of three, so that they are matched without a
person. With them: lot 4 0.892 and 0.660, lot 5 0.930 and 0.673, lot 6 0.935 and 0.877. One map of lot 7 named a kind
of page that there is none of; it was taken out before reading. Rules of lots 4 and 5 were renamed to ours. Misses were
mended by general causes (no rule names a page), and since then these pages are no measure of pages unseen.
"""

from datetime import date
from pathlib import Path

import pytest

from bench.drift.labelled import Matched, Shop, judge_facts, judge_findings, shops_in
from bench.drift.score import Tally

LOTS = Path(__file__).parent / "pages" / "lots"
SHOPS = [shop for lot in ("4", "5", "6", "7") for shop in shops_in(LOTS / lot, date(2026, 11, 27))]
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
    "false  arrowwood-roofing/storm-damage phone: +13165550129",
    "missed arrowwood-roofing/storm-damage emergency_phone: +13165550129",
    "false  gull-prairie-hvac/index emergency_promise: emergency service",
    "missed hamlin-ruch-plumbing/rates price: 28",
    "false  hamlin-ruch-plumbing/rates emergency_promise: emergency service",
    "false  ocmulgee-air/index membership: Shield Club ",
    "false  ocmulgee-air/warner-robins membership: Shield Club ",
    "false  ocmulgee-air/cool-off membership: Shield Club ",
    "false  conestoga-chimney/index price: 21",
    "missed conestoga-chimney/index financing: 9.9% APR for 60 months",
    "false  conestoga-chimney/index financing: 9.9% APR",
    "false  granite-kettle/index membership: Granite ",
    "false  granite-kettle/service-area membership: Granite ",
    "false  granite-kettle/service-area membership: Iron ",
    "missed granite-kettle/service-area emergency_promise: 24/7 emergency service",
    "false  highland-rim/faq price: 19",
    "missed oconee-bend/specials offer: |10|",
    "missed rathdrum-pump/index price: 34",
    "missed rathdrum-pump/index license: 762",
    "missed rathdrum-pump/index emergency_promise: 24/7 emergency service",
    "missed rathdrum-pump/prices license: 762",
    "false  rathdrum-pump/prices emergency_promise: emergency service",
    "false  rathdrum-pump/about area_city: Coeur d'Alene",
    "false  rathdrum-pump/about area_city: Hayden",
    "missed rathdrum-pump/about license: 762",
    "missed rathdrum-pump/about email: tess@rathdrumpump.example",
}
#: A plan and an offer that are in no map: decision 0027 opens nothing for those. And a hydrant that frost does not harm
#: while the page speaks of a frost.
KNOWN_FINDINGS = {
    ("patapsco-roofing", "membership_unknown"),
    ("tijeras-creek", "offer_unknown"),
    ("rathdrum-pump", "active_service_missing"),
}


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
