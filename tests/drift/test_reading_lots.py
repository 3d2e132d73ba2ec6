"""Seven lots of five shops and two of four, written and labelled by people who did not know the reader.

First sight, the reader as it was when it first read them, of opened findings:

lot 4: 33 of 37 right (0.892), 31 of 46 found (0.674). Lot 5, after the reader was mended by lot 4: 39 of 43 (0.907) and
36 of 54 (0.667). Lot 6, after pages were read by the map's own words: 57 of 62 (0.919) and 56 of 65 (0.862). Lot 7,
by another person, after the reader was mended by lot 6: 48 of 56 (0.857) and 48 of 61 (0.787). Lot 8, by a fourth
person: 46 of 60 (0.767) and 46 of 56 (0.821). Lot 9, by a fifth, after the reader was mended by lot 8 and by three
hundred sentences: 61 of 73 (0.836) and 61 of 65 (0.938). Lot 10, by a sixth, after findings were opened only on a sign
that the fact is the shop's own word: 55 of 57 (0.965) and 53 of 58 (0.914); without that rule the same reader had
55 of 61 (0.902) and 53 of 58. Lots 11 and 12, four shops each, by a seventh and an eighth, after lot 10: 41 of 42
(0.976) and 41 of 47 (0.872); 45 of 52 (0.865) and 44 of 48 (0.917). The three together: 141 of 151 (0.934) and 138 of
153 (0.902); where one disagreement that two words name is matched by a person, 0.954 and 0.922.

Facts: 0.943 precise and 0.875 found; 0.951 and 0.767; 0.916 and 0.896; 0.952 and 0.856; 0.904 and 0.877; 0.941 and
0.941; 0.956 and 0.981; 0.959 and 0.964; 0.911 and 0.951. What was mended by the one lot helps the next one's findings,
and by no means all.

Labels put right since: two offers that lapse within the week, which the writer knew no rule for; the form of one
licence and of two addresses; the rule of two findings, and the words of five, so that they are matched without a
person. With them: lot 4 0.892 and 0.660, lot 5 0.930 and 0.673, lot 6 0.935 and 0.877, lot 8 0.800 and 0.857 (a number
beside another was not told apart by the scorer), lot 9 0.849 and 0.954. One map each of lots 7 and 9 named a kind of
page that there is none of; it was taken out before reading. Rules of lots 4 and 5 were renamed to ours. Misses were
mended by general causes (no rule names a page), and since then these pages are no measure of pages unseen.
"""

from datetime import date
from pathlib import Path

import pytest

from bench.drift.labelled import Matched, Shop, judge_facts, judge_findings, shops_in
from bench.drift.score import Tally

LOTS = Path(__file__).parent / "pages" / "lots"
SHOPS = [shop for lot in map(str, range(4, 13)) for shop in shops_in(LOTS / lot, date(2026, 11, 27))]
#: What is still missed or read too much of, in the words of `judge_facts`. Names of plans that the map and a heading
#: give in two forms, a yearly price behind a monthly one, fees by the foot or the bag, a price behind a free thing,
#: data that call an office open day and night, and words that are or are no promise to pay later.
KNOWN_FACTS = {
    "missed limestone-septic/water price: 8.5",
    "missed pelican-pest/index price: 125",
    "missed pelican-pest/plans financing: financing",
    "false  red-fork-air/specials membership: Red Fork Comfort Plan ",
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
    "missed conestoga-chimney/index financing: 9.9% APR for 60 months",
    "false  conestoga-chimney/index financing: 9.9% APR",
    "false  granite-kettle/index membership: Granite ",
    "false  granite-kettle/service-area membership: Granite ",
    "false  granite-kettle/service-area membership: Iron ",
    "missed granite-kettle/service-area emergency_promise: 24/7 emergency service",
    "false  highland-rim/faq price: 19",
    "missed oconee-bend/specials offer: |10|",
    "missed rathdrum-pump/index price: 34",
    "missed rathdrum-pump/index emergency_promise: 24/7 emergency service",
    "false  rathdrum-pump/prices emergency_promise: emergency service",
    "false  rathdrum-pump/about area_city: Coeur d'Alene",
    "false  rathdrum-pump/about area_city: Hayden",
    "missed rathdrum-pump/about email: tess@rathdrumpump.example",
    "false  elm-river-electric/care membership: Lamplighter Plan 14",
    "missed foot-lake-water/index address: 1712 Highway 12 East, Suite 4, Willmar, MN 56201",
    "missed foot-lake-water/specials offer: 0||",
    "missed foot-lake-water/specials price: 65",
    "missed foot-lake-water/specials price: 8.75",
    "missed foot-lake-water/specials address: 1712 Highway 12 East, Suite 4, Willmar, MN 56201",
    "missed newaukum-drain/index price: 79",
    "false  newaukum-drain/coupons offer: 1.5||",
    "false  newaukum-drain/coupons offer: 19.95||",
    "missed newaukum-drain/coupons price: 1.5",
    "missed newaukum-drain/coupons price: 695",
    "missed sapphire-range-doors/faq price: 60",
    "false  singing-river-comfort/index hours: fri 00:00-24:00",
    "false  singing-river-comfort/index hours: mon 00:00-24:00",
    "false  singing-river-comfort/index hours: sat 00:00-24:00",
    "false  singing-river-comfort/index hours: sun 00:00-24:00",
    "false  singing-river-comfort/index hours: thu 00:00-24:00",
    "false  singing-river-comfort/index hours: tue 00:00-24:00",
    "false  singing-river-comfort/index hours: wed 00:00-24:00",
    "missed singing-river-comfort/index financing: 0% interest for 18 months",
    "false  singing-river-comfort/index financing: 0% APR for 18 months",
    "missed singing-river-comfort/beat-the-heat price: 129",
    "missed singing-river-comfort/beat-the-heat price: 69",
    "missed wantastiquet-weatherization/index hours: fri 07:30-14:00",
    "missed wantastiquet-weatherization/index address: 74 Cotton Mill Hill, Unit A-110, Brattleboro, VT 05301",
    "missed wantastiquet-weatherization/journal-ice-dams hours: fri 07:30-14:00",
    "missed wantastiquet-weatherization/journal-ice-dams address: 74 Cotton Mill Hill, Unit A-110, Brattleboro, VT 05301",  # noqa: E501
    "missed buckley-island/index address: 20 Virginia Street, Rear, Marietta, Ohio 45750",
    "false  buckley-island/index address: 20 Virginia Street, Rear Marietta, OH 45750",
    "false  buckley-island/septic area_city: Lowell",
    "false  buckley-island/septic area_city: Vienna",
    "missed buckley-island/septic address: 20 Virginia Street, Rear, Marietta, Ohio 45750",
    "false  buckley-island/septic address: 20 Virginia Street, Rear Marietta, OH 45750",
    "missed buckley-island/faq price: 225",
    "missed buckley-island/faq address: 20 Virginia Street, Rear, Marietta, Ohio 45750",
    "false  buckley-island/faq address: 20 Virginia Street, Rear Marietta, OH 45750",
    "false  caprock-current/generators membership: Generac President's Club ",
    "missed mineral-king-water/index financing: 0% interest for 12 months",
    "false  mineral-king-water/index financing: 0% financing for 12 months",
    "false  mineral-king-water/index financing: financing",
    "missed mineral-king-water/water-treatment price: 350",
    "false  mineral-king-water/spring-softener-event offer: 500||",
    "missed otego-ridge-pest/index emergency_promise: 24/7 emergency service",
    "missed tarleton-sons/index hours: sun closed",
    "missed tarleton-sons/specials price: 59",
    "missed tarleton-sons/specials hours: sun closed",
    "missed tarleton-sons/comfort-plans hours: sun closed",
    "false  cache-peak-electric/panels-ev membership: Circuit Club ",
    "false  gila-ridge-pest/index area_city: West",
    "false  gila-ridge-pest/monsoon-special emergency_phone: +18005550122",
    "false  gulf-pines-air/index area_city: Ponce",
    "false  gulf-pines-air/index area_city: Winner",
    "false  gulf-pines-air/index membership: Pines Club ",
    "false  gulf-pines-air/maintenance-club area_city: Winner",
    "missed gulf-pines-air/maintenance-club price: 95",
    "false  gulf-pines-air/maintenance-club membership: Evergreen Plan ",
    "false  gulf-pines-air/specials area_city: Winner",
    "false  gulf-pines-air/specials membership: Pines Club ",
    "missed mobjack-septic/index financing: 7.99% to 24.99% APR",
    "missed mobjack-septic/service-areas area_city: Tappahannock",
    "missed platte-bend-water/index offer: 50||",
    "false  platte-bend-water/index hours: fri 00:00-24:00",
    "false  platte-bend-water/index hours: mon 00:00-24:00",
    "false  platte-bend-water/index hours: sat 00:00-24:00",
    "false  platte-bend-water/index hours: sun 00:00-24:00",
    "false  platte-bend-water/index hours: thu 00:00-24:00",
    "false  platte-bend-water/index hours: tue 00:00-24:00",
    "false  platte-bend-water/index hours: wed 00:00-24:00",
    "missed platte-bend-water/index emergency_promise: 24/7 emergency service",
    "missed platte-bend-water/index financing: 6.9% APR for 12 months",
    "false  platte-bend-water/index financing: 6.9% APR",
    "false  platte-bend-water/softeners area_city: Lincoln",
    "false  platte-bend-water/softeners price: 4395",
    "false  platte-bend-water/softeners price: 49.95",
    "false  bayberry-air/plans price: 19",
    "missed bayberry-air/plans emergency_promise: after-hours service",
    "false  long-hollow-doors/specials financing: 0% interest for 18 months",
    "false  middle-river-septic/index phone: +15155550177",
    "missed middle-river-septic/index emergency_phone: +15155550177",
    "false  middle-river-septic/index area_city: Middle River",
    "missed middle-river-septic/index hours: sun closed",
    "false  middle-river-septic/rates area_city: Middle River",
    "false  middle-river-septic/rates emergency_promise: emergency service",
    "false  middle-river-septic/inspections area_city: Boone",
    "false  middle-river-septic/inspections area_city: Clarinda",
    "missed middle-river-septic/inspections emergency_promise: 24/7 emergency service",
    "false  deer-creek-drain/index offer: |10|",
    "missed deer-creek-drain/index price: 225",
    "false  deer-creek-drain/faq emergency_phone: +18005550111",
    "false  deer-creek-drain/faq area_city: Oregon",
    "missed deer-creek-drain/faq hours: mon 07:00-17:00",
    "missed deer-creek-drain/faq hours: thu 07:00-17:00",
    "missed deer-creek-drain/faq hours: tue 07:00-17:00",
    "missed deer-creek-drain/faq hours: wed 07:00-17:00",
    "false  deer-creek-drain/faq membership: Root Watch ",
    "false  deer-creek-drain/faq emergency_promise: emergency service",
    "false  latiolais-electric/index area_city: St. Landry County",
    "missed latiolais-electric/index membership: Latiolais Gold Club 18.95",
    "false  latiolais-electric/index membership: Gold Club 18.95",
    "false  latiolais-electric/index financing: 26.99% APR",
    "missed latiolais-electric/generators emergency_promise: 24-hour emergency line",
    "false  latiolais-electric/generators emergency_promise: 24/7 emergency service",
    "missed sourland-comfort/index financing: Financing available",
    "false  sourland-comfort/index financing: 7.99% APR for 120 months",
    "false  sourland-comfort/index financing: financing",
    "missed sourland-comfort/heating emergency_promise: 24-hour emergency no-heat line",
    "false  sourland-comfort/heating emergency_promise: 24/7 emergency service",
    "false  sourland-comfort/plans price: 50",
    "false  sourland-comfort/plans hours: fri 05:00-13:00",
    "false  sourland-comfort/plans hours: mon 05:00-13:00",
    "false  sourland-comfort/plans hours: thu 05:00-13:00",
    "false  sourland-comfort/plans hours: tue 05:00-13:00",
    "false  sourland-comfort/plans hours: wed 05:00-13:00",
    "false  thornapple-overhead/index area_city: Holland",
    "false  thornapple-overhead/index area_city: Kalamazoo",
    "missed thornapple-overhead/index emergency_promise: Emergency line, any hour",
    "false  thornapple-overhead/index emergency_promise: emergency service",
    "missed thornapple-overhead/fall-tune-up price: 119",
    "false  thornapple-overhead/fall-tune-up price: 29",
    "false  thornapple-overhead/fall-tune-up membership: Smooth Glide Plan ",
    "missed thornapple-overhead/fall-tune-up emergency_promise: emergency line, day or night",
    "false  thornapple-overhead/fall-tune-up emergency_promise: 24/7 emergency service",
}
#: A plan and an offer that are in no map: decision 0027 opens nothing for those. A test of fire doors, where the page
#: speaks of fire halls. A test of well water, where it speaks of wells. Two towns in a list of their own, one of which
#: no list of ours holds, with the words about regular routes below them.
KNOWN_FINDINGS = {
    ("patapsco-roofing", "membership_unknown"),
    ("tijeras-creek", "offer_unknown"),
    ("sapphire-range-doors", "active_service_missing"),
    ("mobjack-septic", "active_service_missing"),
    ("mobjack-septic", "unserved_area"),
    ("mobjack-septic", "emergency_only_area"),
}
KNOWN_FALSE: set[tuple[str, str, str]] = set()


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
    assert {(name, str(one.rule), one.site_value) for name, one in matched.false} - KNOWN_FALSE == set()
