"""Rules that pages nobody had seen asked for, each on the smallest page that shows it."""

import json
import re
from datetime import date
from typing import Any

import pytest

from drift.compare.check import check
from drift.compare.findings import Finding
from drift.compare.index import Index
from drift.reading.facts import Fact
from drift.reading.outline import outline
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map

TODAY = date(2026, 11, 27)


def facts_of(body: str, map_parts: dict[str, Any] | None = None, head: str = "") -> list[Fact]:
    index = Index(read_map(json.dumps({"schema": "pagetojob.titan-map/1"} | (map_parts or {})).encode()), TODAY)
    html = f"<html><head>{head}</head><body><main>{body}</main></body></html>"
    return read_page(html.encode(), today=TODAY, page="/x", known=index.known)


def values(body: str, kind: str, map_parts: dict[str, Any] | None = None) -> list[str]:
    actual = [fact for fact in facts_of(body, map_parts) if fact.kind == kind and fact.confidence >= 0.6]
    return sorted(f"{fact.value} {fact.price}" if kind in ("price", "membership") else fact.value for fact in actual)


def opened(map_parts: dict[str, Any], *bodies: str) -> list[Finding]:
    index = Index(read_map(json.dumps({"schema": "pagetojob.titan-map/1"} | map_parts).encode()), TODAY)
    pages = {
        f"/{n}": read_page(f"<main>{body}</main>".encode(), today=TODAY, page=f"/{n}", known=index.known)
        for n, body in enumerate(bodies)
    }
    return check(index, pages).findings


def test_hours_until_noon_and_without_am_or_pm() -> None:
    actual = values("<p>Mon thru Thurs<br>7:30 til 4:30<br>Fridays 7:30 til noon</p>", "hours")
    assert actual == ["fri 07:30-12:00", *(f"{day} 07:30-16:30" for day in ("mon", "thu", "tue", "wed"))]
    assert values("<p>Open Saturday 9 to 11.</p>", "hours") == []


def test_shop_hotline_and_manufacturer_hotline() -> None:
    assert values("<p>Softener hotline: 812-555-0150.</p>", "phone") == ["+18125550150"]
    assert values("<p>The maker's recall hotline is 1-866-555-0155.</p>", "phone") == []


def test_meta_description_sentences_are_unrelated() -> None:
    head = "<meta name=description content='Upfront prices, 24/7 emergency service. Call 918-555-0112.'>"
    assert [fact.kind for fact in facts_of("", head=head) if fact.value == "+19185550112"] == ["phone"]


@pytest.mark.parametrize(
    "price",
    [
        "<span>$</span><span>18</span><span><span>95</span></span><span>per month</span>",
        "<span>$18<sup>95</sup></span><span>/month</span>",
    ],
)
def test_dollars_and_cents_in_separate_boxes(price: str) -> None:
    body = f"<div><h3>Comfort Plan</h3><div>{price}</div><ul><li>Two visits a year</li></ul></div>"
    assert values(body, "membership") == ["Comfort Plan 18.95"]


def test_plan_known_only_from_the_map() -> None:
    map_parts = {"memberships": [{"name": "Bayou Complete", "price": 89.5}]}
    body = "<h2>Pricing</h2><div><h3>Bayou Complete</h3><p>$84.50 / month</p><p>Bait stations watched</p></div>"
    assert values(body, "membership", map_parts) == ["Bayou Complete 84.50"]
    (fact,) = [fact for fact in facts_of(body.replace("Bait", "Six visits a year. Bait"), map_parts) if fact.price]
    assert fact.detail["visits"] == "6"


def test_prices_of_others_and_old_prices_are_excluded() -> None:
    assert values("<p>Somebody's ad says $29 for a tune-up.</p>", "price") == []
    assert values("<h2>About those $19 postcards</h2><p>Then comes the $640 estimate.</p>", "price") == []
    assert values("<p>A service call was $15 back then.</p>", "price") == []


def test_price_of_second_system_and_monthly_rental() -> None:
    map_parts = {"pricebook_services": [{"name": "AC Tune-Up", "price": 99}, {"name": "Softener Rental", "price": 31}]}
    first = "<p>An AC tune-up is $99 for the first system, $79 for each one after that.</p>"
    assert opened(map_parts, first) == []
    (finding,) = opened(map_parts, first, "<p>Softener rental is $28 a month.</p>")
    assert (finding.item, finding.site_value) == ("pricebook service: Softener Rental", "$28")


def test_town_lines_have_headings_and_parts() -> None:
    body = "<h2>Proudly serving</h2><p>West side: Mesa, Gilbert</p><h3>Pinal: Casa Grande</h3>"
    assert values(body, "area_city") == ["Gilbert", "Mesa"]
    map_parts = {"zones": [{"name": "Hill Country", "state": "paused", "cities": ["Garden Ridge"]}]}
    body = "<h1>Our service area</h1><h3>Hill Country</h3><p>Garden Ridge and Boerne, Tuesdays</p>"
    assert values(body, "area_city", map_parts) == ["Boerne", "Garden Ridge"]
    body = "<p>Where do we go? Mostly Mesa and Gilbert. Also Tempe and Chandler.</p>"
    assert values("<p>In Massachusetts only a plumber may pull a permit.</p>", "area_city") == []


def test_paragraph_with_an_offer_per_line() -> None:
    body = "<h3>Specials</h3><p>$25 off pumping. Ends 12/31/2026.<br>$200 off a softener. Ends 11/30/2026.</p>"
    actual = {(f"{fact.price}", fact.expires) for fact in facts_of(body) if fact.kind == "offer"}
    assert actual == {("25", date(2026, 12, 31)), ("200", date(2026, 11, 30))}


def test_discount_with_a_last_day_is_not_a_plan_benefit() -> None:
    body = "<h1>Plans &amp; Pricing</h1><h2>Seasonal</h2><p>15% off when you book. Sign up before May 1, 2026!</p>"
    assert [fact.percent for fact in facts_of(body) if fact.kind == "offer"] == [15]


def test_any_free_item_can_head_a_coupon() -> None:
    assert values("<div class=coupon><b>Free keypad</b><p>with every new opener.</p></div>", "offer") == [
        "Free keypad with every new opener."
    ]
    actual = facts_of("<h2>Specials</h2><p>FREE termite inspection for owners. Reports are $125.</p>")
    assert {fact.detail["form"] for fact in actual if fact.kind == "offer"} == {"free"}


def test_tenant_names_with_other_punctuation_and_order() -> None:
    map_parts = {
        "job_types": [{"name": "Riser & Lid Repair"}],
        "pricebook_services": [{"name": "Mosquito Spray, Half Acre", "price": 95}],
    }
    assert values("<li>Riser and lid repair</li>", "service", map_parts) == ["Riser & Lid Repair"]
    table = "<table><tr><td>Mosquito spray (half acre)</td><td>$85</td></tr></table>"
    assert values(table, "price", map_parts) == ["Mosquito Spray, Half Acre 85"]


def test_synonym_differing_in_punctuation_is_the_same_item() -> None:
    map_parts = {"pricebook_services": [{"name": "Opener Installed", "price": 625, "synonyms": ["Opener, installed"]}]}
    (finding,) = opened(map_parts, "<table><tr><td>Opener, installed</td><td>$575</td></tr></table>")
    assert finding.site_value == "$575"


def test_retired_item_is_not_its_subject() -> None:
    map_parts = {"job_types": [{"name": "Portable Toilet Rental", "active": False, "synonyms": ["Portable Toilets"]}]}
    assert opened(map_parts, "<h3>Toilets</h3>") == []
    assert [finding.rule for finding in opened(map_parts, "<h3>Portable toilets</h3>")] == [
        "retired_service_advertised"
    ]
    map_parts = {"job_types": [{"name": "Mini-Split Installation", "active": False, "synonyms": ["Mini-Splits"]}]}


def test_service_without_any_word_on_a_page_is_missing() -> None:
    map_parts = {"job_types": [{"name": "Flea Treatment"}]}
    assert [finding.rule for finding in opened(map_parts, "<p>Roaches and ants.</p>")] == ["active_service_missing"]
    assert opened(map_parts, "<p>Roaches, ants, fleas and ticks.</p>") == []
    denied = "<p>We don't treat for fleas on the animal itself.</p>"
    assert opened(map_parts, denied) == []  # its word occurs, so a person has to read the page


def test_adjacent_towns_need_no_heading() -> None:
    body = "<p class=big>Around here</p><div><p>Mesa</p><p>Gilbert</p><p>Tempe</p></div><p>Call us</p>"
    assert values(body, "area_city") == ["Gilbert", "Mesa", "Tempe"]
    assert values("<div><p>Mesa</p><p>Plumbing</p><p>Tempe</p></div>", "area_city") == []
    assert values("<p>Mesa · Gilbert · St. Paul</p>", "area_city") == ["Gilbert", "Mesa", "St. Paul"]
    body = "<h2>Towns</h2><p>Mesa &nbsp; Apache Junction &nbsp; Queen Creek</p>"
    assert values(body, "area_city") == ["Apache Junction", "Mesa", "Queen Creek"]


@pytest.mark.parametrize("gap", ["", " ", "\n  "])
def test_names_in_spans_that_fill_a_box_are_pills(gap: str) -> None:
    towns = gap.join(f"<span>{town}</span>" for town in ("Plano", "Frisco", "Fairview"))
    assert values(f"<h2>Areas we serve</h2><div>{towns}</div>", "area_city") == ["Fairview", "Frisco", "Plano"]


@pytest.mark.parametrize(
    "box",
    ["<h1>{}</h1>", "<div>Our towns: {}</div>", "<div>{}<span>and 20 more</span></div>", "<div>{} and more</div>"],
)
def test_other_spans_are_parts_of_a_text(box: str) -> None:
    spans = "".join(f"<span>{word}</span> " for word in ("Fast", "Local", "Plumbing"))
    text = re.sub(r"<[^>]+>", "", box.format(spans))
    page = outline(f"<main>{box.format(spans)}</main>")
    assert [" ".join(block.text.split()) for block in page.blocks] == [" ".join(text.split())]


def test_range_in_a_paragraph_is_a_price_and_in_a_guide_is_none() -> None:
    start = "Most drain cleaning runs $149 to $299, depending on where the clog is and how we can reach it. "
    more = "We bring a camera, show you the clog on the screen and agree on the price before we start. "
    assert values(f"<p>{start}{more}</p>", "price") == ["Drain Cleaning 149"]
    assert values(f"<p>{start}{more * 4}</p>", "price") == []


@pytest.mark.parametrize("region", ["header", "footer"])
def test_region_of_a_page_builder(region: str) -> None:
    page = outline(f"<div class='elementor elementor-location-{region}'><p>Call 602-555-0142</p></div>")
    assert [block.region for block in page.blocks] == [region]


def test_text_that_wide_screens_show_is_read() -> None:
    assert values('<h3 class="big hidden md:block">$69 off any AC tune-up</h3>', "offer")
    assert not values('<h3 class="big hidden">$69 off any AC tune-up</h3>', "offer")


def test_sentences_after_a_row_of_towns() -> None:
    assert values("<p>Licensed in Maryland, Pennsylvania &amp; Delaware</p>", "area_city") == []


def test_license_after_state_and_class() -> None:
    assert values("<p>NV C-10A #0086425 · Bonded</p>", "license") == ["0086425"]
    assert values("<p>MHIC 118804 | PA HIC PA041288</p>", "license") == ["MHIC 118804", "PA041288"]
    assert values("<p>Take AZ I-10 to Exit 155</p>", "license") == []


def test_card_footer_is_not_the_page_footer() -> None:
    card = "<div><div class=card><div><h5>{}</h5><p>By us.</p></div><div class=card-footer>{}</div></div></div>"
    body = "<h1>Specials</h1>" + card.format("$79 furnace tune-up", "Expires Dec. 31, 2026")
    body += card.format("$1,200 off a conversion", "Offer ended October 15, 2026") + card.format(
        "8% military discount", ""
    )
    actual = {(f"{fact.price or fact.percent}", fact.expires) for fact in facts_of(body) if fact.kind == "offer"}
    assert actual == {("79", date(2026, 12, 31)), ("1200", date(2026, 10, 15)), ("8", None)}


def test_cash_back_and_rewards_are_offers() -> None:
    assert [fact.price for fact in facts_of("<h2>Deals</h2><p>Trade-in: $60 back</p>") if fact.kind == "offer"] == [60]
    assert values("<p>The utility may pay up to $400 back.</p>", "offer") == []


def test_offers_are_paired_by_a_tenant_service() -> None:
    map_parts = {
        "job_types": [{"name": "Refrigerator Repair"}],
        "offers": [{"name": "BRRR", "amount_off": 30, "service": "Refrigerator Repair"}],
    }
    (finding,) = opened(map_parts, "<h2>Offers</h2><h3>$40 off refrigerator repair</h3>")
    assert (finding.rule, finding.map_value, finding.site_value) == ("offer_mismatch", "$30 off", "$40 off")


@pytest.mark.parametrize(
    "body",
    [
        "<p>400 amp panel: $3,900</p>",
        "<ul><li>200 amp panel $2,500</li><li>400 amp panel $3,900</li></ul>",
        "<p>Nights and weekends, our diagnostic fee is $149.</p>",
        "<ul><li>Diagnostic fee $89</li><li>Diagnostic fee, evenings $149</li></ul>",
        "<nav><a>AC Repair</a><a>Fans &amp; lighting</a><a>Drain Cleaning</a></nav>",
    ],
)
def test_what_only_resembles_an_item_opens_no_finding(body: str) -> None:
    map_parts = {
        "pricebook_services": [
            {"name": "200 Amp Panel", "price": 2500},
            {"name": "Diagnostic Fee", "price": 89},
            {"name": "After-Hours Diagnostic Fee", "price": 149},
        ],
        "job_types": [{"name": "Landscape Lighting", "active": False}],
    }
    assert opened(map_parts, body) == []


def test_numbers_that_are_no_zip_codes() -> None:
    assert values("<h2>ZIP codes we serve</h2><p>85281, 00000, 99999, 85282</p>", "area_zip") == ["85281", "85282"]


@pytest.mark.parametrize("sign", ['<a href="tel:+441619960123">Call</a>', "<p>From \u00a380 an hour.</p>"])
def test_a_page_of_another_country_by_its_links_or_its_currency(sign: str) -> None:
    assert "+441619960123" in values(f"{sign}<p>Office: 0161 996 0123</p>", "phone")


def test_after_hours_fees_are_separate_fees() -> None:
    map_parts = {
        "pricebook_services": [{"name": "Trip Charge", "price": 95}, {"name": "After-Hours Trip", "price": 175}]
    }
    assert opened(map_parts, "<p>After-hours trips are $175.</p>") == []
    (finding,) = opened(map_parts, "<dd>$85 for the trip, and we take it off if we do the job.</dd>")
    assert finding.site_value == "$85"


def test_end_of_a_longer_name_is_not_a_plan() -> None:
    map_parts = {"memberships": [{"name": "Rancho", "active": False}]}
    assert [finding.rule for finding in opened(map_parts, "<p>Join our Rancho plan.</p>")] == [
        "retired_membership_advertised"
    ]


def test_quoted_text_is_a_testimonial() -> None:
    body = "<div><p>“They charged me $89 for a service call and were gone by noon.” – Leon, Summerlin</p></div>"
    assert values(body, "price") == []


def test_service_with_a_price_is_offered() -> None:
    map_parts = {"job_types": [{"name": "Hot Tub Rental", "active": False}]}
    body = "<p>Attached spas are no extra, and always were. A hot tub rental is $79 a visit all winter long.</p>"
    assert [finding.rule for finding in opened(map_parts, body)] == ["retired_service_advertised"]


def test_thing_named_like_the_map_item_is_not_missing() -> None:
    map_parts = {"job_types": [{"name": "Ductless Mini-Split Installation", "synonyms": ["Mini Splits"]}]}
    assert opened(map_parts, "<p>Mini splits for casitas and add-ons.</p>") == []
    map_parts = {"job_types": [{"name": "Thermostat Installation"}]}
    # "installation" is on every website and tells no service apart, so the name's only distinctive word occurs.
    assert opened(map_parts, "<p>What a tune-up holds: thermostat checked and taught again.</p>") == []


def test_brands_and_people_with_town_names() -> None:
    assert values("<h3>Brands we service</h3><ul><li>Lennox</li><li>York</li><li>Bryant</li></ul>", "area_city") == []
    assert values("<p>We handle Lennox, Carrier and York systems.</p>", "area_city") == []
    assert values("<h2>Our team</h2><div><p>Austin</p><p>Madison</p><p>Jackson</p></div>", "area_city") == []
    assert values("<p>John came here from Chicago.</p>", "area_city") == []
    assert values("<p>We have looked after homes from Tempe to Mesa.</p>", "area_city") == ["Mesa", "Tempe"]


def test_county_is_not_a_town() -> None:
    body = "<p>We cover all of Maricopa County including Peoria and Surprise.</p>"
    assert values(body, "area_city") == ["Maricopa County", "Peoria", "Surprise"]


def test_manufacturer_and_utility_numbers_are_not_the_shops() -> None:
    body = "<p>If you smell gas at the heater, turn it off and call our emergency line at 702-555-0188.</p>"
    assert values(body, "emergency_phone") == ["+17025550188"]


def test_each_price_has_the_name_of_its_sentence() -> None:
    body = "<p>Drain cleaning starting at $99. Water heater installs from $1,499.</p>"
    assert values(body, "price") == ["Drain Cleaning 99", "Water Heater Installation 1499"]


def test_member_price_column_is_excluded() -> None:
    body = "<table><tr><th>Service</th><th>Member</th><th>Regular</th></tr><tr><td>Diagnostic</td><td>$49</td>"
    assert values(f"{body}<td>$89</td></tr></table>", "price") == ["Diagnostic 89"]


def test_coupon_headed_by_free() -> None:
    body = "<div class=coupon><h3>FREE</h3><h4>Service Call With Repair</h4><p>Expires: December 31st, 2026</p></div>"
    assert [(fact.value, fact.expires) for fact in facts_of(body) if fact.kind == "offer"] == [
        ("Free Service Call With Repair", date(2026, 12, 31))
    ]


def test_retired_commercial_service_is_not_residential() -> None:
    map_parts = {"job_types": [{"name": "AC Repair - Commercial", "active": False}]}
    assert opened(map_parts, "<li>AC Repair</li>") == []
    assert [finding.rule for finding in opened(map_parts, "<li>Commercial AC Repair</li>")] == [
        "retired_service_advertised"
    ]


def test_starting_prices_and_tracking_numbers_agree() -> None:
    map_parts: dict[str, Any] = {"memberships": [{"name": "Comfort Club", "price": 19}]}
    assert opened(map_parts, "<h3>Maintenance plans</h3><p>Starting at $12/mo</p>") == []
    assert [finding.site_value for finding in opened(map_parts, "<h3>Comfort Club</h3><p>$12/mo</p>")] == [
        "$12 a month"
    ]
    map_parts = {"phones": ["602-555-0100"], "emergency_phone": "602-555-0188", "tracking_phones": ["602-555-0101"]}
    assert opened(map_parts, "<p>24/7 emergency service: 602-555-0101</p>") == []


def test_ended_free_offer_and_showroom_hours() -> None:
    map_parts: dict[str, Any] = {"offers": [{"name": "Free Service Call", "free": True, "active": False}]}
    body = "<h2>Specials</h2><div class=coupon><h3>Free Service Call with repair</h3></div>"
    assert [finding.rule for finding in opened(map_parts, body)] == ["expired_offer"]
    assert values("<p>Showroom: Mon-Sat 9 am-6 pm</p>", "hours") == []


def test_town_starting_with_a_direction() -> None:
    body = "<h2>Areas we serve</h2><p>Mesa, Gilbert, West Zyxwood, North Phoenix</p>"
    assert values(body, "area_city") == ["Gilbert", "Mesa", "Phoenix", "West Zyxwood"]


def test_price_list_lines_and_plans_below_heading() -> None:
    assert values("<p>Phosphate treatment: $70</p><p>Tile bead blast: $6 a foot</p>", "price") == [
        "Phosphate treatment 70",
        "Tile bead blast 6",
    ]
    body = "<h2>Plans</h2><div><h4>Splash</h4><div>$109/mo</div><p>52 visits a year.</p></div>"
    (finding,) = [fact for fact in facts_of(body) if fact.kind == "membership"]
    assert (finding.value, f"{finding.price}", finding.detail["visits"]) == ("Splash", "109", "52")


def test_percentage_above_the_name_of_its_offer() -> None:
    map_parts = {"offers": [{"name": "Senior Discount", "percent_off": 5}]}
    body = "<div><p>10%</p><p>Senior discount</p><p>Sixty-five and wiser. Labor only.</p></div>"
    assert [(finding.rule.value, finding.site_value) for finding in opened(map_parts, body)] == [
        ("offer_mismatch", "10% off")
    ]


def test_own_fee_among_offers_is_a_price() -> None:
    map_parts = {"pricebook_services": [{"name": "Diagnostic", "price": "95.00"}]}
    assert values("<h2>Specials</h2><p>$89 diagnostic, new customers.</p>", "price", map_parts) == []


def ends(body: str) -> list[str]:
    return sorted(f"{fact.price} {fact.expires}" for fact in facts_of(body) if fact.kind == "offer")


def test_last_day_below_a_list_holds_for_each_offer() -> None:
    body = """<h2>Plumbing specials</h2><ul><li>$50 OFF water heaters *</li><li>$25 OFF toilet repair</li></ul>
        <p>* Some restrictions apply. Offer expires 09/30/2026.</p>
        <h2>Other specials</h2><ul><li>$10 OFF rooter</li></ul>"""
    assert ends(body) == ["10 None", "25 2026-09-30", "50 2026-09-30"]


def test_badge_and_title_share_a_discount() -> None:
    card = "<div><span>$100 OFF</span><h3>$100 Off New HVAC</h3></div><div><p>Expires</p><p>12/31/2026</p></div>"
    assert ends(f"<h2>Coupons</h2><article>{card}</article>") == ["100 2026-12-31"]
    other = card.replace("100", "40").replace("New HVAC", "Drains")
    assert ends(f"<h2>Coupons</h2><article>{card}</article><article>{other}</article>") == [
        "100 2026-12-31",
        "40 2026-12-31",
    ]


def test_benefits_below_a_sentence_about_a_club_are_no_offers() -> None:
    body = "<h2>Stop breakdowns</h2><p>Join the Guard Maintenance Club.</p><ul><li>15% discount on repairs</li></ul>"
    assert values(f"<section>{body}</section>", "offer") == []


def test_card_ends_at_its_twin() -> None:
    card = "<div class=card><h3>Senior citizens</h3><p>10% off labor.</p></div>"
    plan = "<div class=card><h3>Savings Plan Members</h3><p>15% off repairs. Starting at $25/mo.</p></div>"
    assert values(f"<h2>Ongoing programs</h2><div>{card}{plan}</div>", "membership") == ["Savings Plan Members 25"]


def test_discount_of_a_paid_plan_is_no_offer() -> None:
    assert values("<p>Door Care: annual visit, lube and balance, 10% off parts.\n$99/yr.</p>", "offer") == []
    assert values("<p>Door Care: 10% off parts.</p>", "offer") == ["Door Care: 10% off parts."]


def test_question_is_no_promise() -> None:
    assert values("<h3>Do you offer emergency service?</h3>", "emergency_promise") == []


def test_struck_out_price_is_not_read() -> None:
    card = "<h3>Half-Truck Load</h3><div><span>$199</span> <span class='text-lg line-through'>$299</span></div>"
    assert values(f"<div>{card}</div>", "price") == ["Half-Truck Load 199"]


@pytest.mark.parametrize(
    ("body", "prices"),
    [
        ("<h3>Sample project estimates</h3><p>Drain cleaning: $205</p>", []),
        ("<p>Avoid $600 emergency repairs.</p>", []),
        ("<p>A drain cleaning visit is $50 less per visit than theirs.</p>", []),
        (
            "<div><h3>Refinish stairs</h3><div><p>From $125/step</p><p>Requires sound hardwood</p></div></div>",
            ["Refinish stairs 125"],
        ),
        ("<div><h3>Junk removal</h3><div><b>$149</b><a href=/q>Get estimate</a></div></div>", ["Junk removal 149"]),
    ],
)
def test_prices_of_cards_and_examples(body: str, prices: list[str]) -> None:
    assert values(body, "price") == prices


def test_savings_by_the_year_are_no_offer_and_any_service_can_be_free() -> None:
    assert values("<h3>Save up to $300/year</h3><p>A clean AC needs less.</p>", "offer") == []
    body = "<h2>Current specials</h2><h3>Free startup or winterization of lawn sprinkler service</h3>"
    assert values(body, "offer") == ["Free startup or winterization of lawn sprinkler service"]


def test_bare_hours_that_begin_at_noon() -> None:
    assert values("<p>Open Saturday 10-12, Sunday 12-5</p>", "hours") == ["sat 10:00-12:00", "sun 12:00-17:00"]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("8-5, closed for lunch 12-1", "08:00-12:00,13:00-17:00"),
        ("8-5 (lunch: 12:30-1:15)", "08:00-12:30,13:15-17:00"),
        ("8-12, lunch 12-1, 1-5", "08:00-12:00,13:00-17:00"),
        ("8-5, lunch 9 to 11", "08:00-17:00"),
        ("8-5, lunch 5-6", "08:00-17:00"),
    ],
)
def test_the_lunch_break_of_an_office_is_not_its_hours(text: str, hours: str) -> None:
    assert values(f"<p>Office open Mon {text}.</p>", "hours") == [f"mon {hours}"]


def test_codes_inside_a_range_are_not_read() -> None:
    """Some do not exist, and no zone of the map has them."""
    heading = "<h2>ZIP codes we serve</h2>"
    assert values(f"{heading}<p>80903, 80915 through 80918 and 07001 to 07003.</p>", "area_zip") == [
        *("07001", "07003", "80903", "80915", "80918"),
    ]
    assert values(f"{heading}<p>80001 through 80999, 81000 to 80990</p>", "area_zip") == [
        *("80001", "80990", "80999", "81000"),
    ]


def test_a_street_ahead_of_its_town_is_no_town() -> None:
    assert values(
        "<h4>Service area</h4><p>3015 N Stone Ave, Colorado Springs, CO 80907, United States</p>", "area_city"
    ) == ["Colorado Springs"]


@pytest.mark.parametrize("words", ["Regulated by the Texas State Board of Plumbing Examiners", "Regulada por la Junta"])
def test_the_address_and_phone_of_a_licensing_board_are_not_the_shops(words: str) -> None:
    body = f"<p>License M-41877. {words}, PO Box 4200, Austin, TX 78765, 512-936-5200</p>"
    assert (values(body, "address"), values(body, "phone")) == ([], [])
    assert values("<p>Write to PO Box 4200, Austin, TX 78765.</p>", "address") == ["PO Box 4200, Austin, TX 78765"]


def test_lines_for_storms_and_for_day_or_night() -> None:
    body = "<p>Office (734) 662-9481 &middot; Storm line (734) 662-9482</p><p>Call (734) 662-9483, day or night</p>"
    assert values(body, "emergency_phone") == ["+17346629482", "+17346629483"]


def test_a_benefit_of_members_is_no_promise_to_all() -> None:
    card = "<div><h3>Plus club</h3><p>$24.95/month</p><ul><li>15% off</li><li>No after-hours fee</li></ul></div>"
    assert values(card, "emergency_promise") == []
    assert values("<p>3 visits a year, 20% repair discount, no overtime charge</p>", "emergency_promise") == []
    assert values("<ul><li>No after-hours fee</li></ul>", "emergency_promise") == ["no emergency surcharge"]


def test_a_price_for_everyone_next_to_that_of_members() -> None:
    rows = (
        "<tr><th></th><th>Members</th><th>Non-members</th></tr><tr><th>Door seal kit</th><td>$65</td><td>$80</td></tr>"
    )
    assert values(f"<h2>Compare prices</h2><table>{rows}</table>", "price") == ["Door seal kit 80"]


def test_a_table_of_plans_below_its_heading() -> None:
    rows = "<tr><th></th><th>Quarterly Shield</th><th>Total Shield</th></tr>"
    rows += "<tr><td>Price</td><td>$39/month</td><td>$64/month</td></tr>"
    assert values(f"<h2>Plans</h2><table>{rows}</table>", "membership") == ["Quarterly Shield 39", "Total Shield 64"]
    assert values(f"<h2>Prices</h2><table>{rows}</table>", "membership") == []


def test_a_license_in_a_named_state() -> None:
    assert values("<p>Licensed in New Jersey: 34LS00091200.</p>", "license") == ["34LS00091200"]
    assert values("<p>Licensed in Ohio since 2004.</p>", "license") == []


@pytest.mark.parametrize(("kind", "body", "expected"), [
    ("price", "<pre>\nHouse lockout ....... $85\nDeadbolt installation ... $150\n</pre>",
     "Deadbolt installation 150, House lockout 85"),
    ("price", "<pre>PRICES\n\nDrain repair ... $150\nPorch stain ... $20</pre>", "Drain Repair 150, Porch stain 20"),
    ("price", "<pre>Save\nDrain cleaning ... $50</pre>", ""),
    ("price", "<pre>Deck staining  $85\nWe do not offer\nporch staining ... $150\n</pre>", ""),
    ("price", "<h3>Door cable repair</h3><p>$159 and up</p>", "Door cable repair 159"),
    ("price", "<p>Water filter rental is free on jobs of $900 and up.</p>", ""),
    ("price", "<p>Fees: Inspection: $99; Travel: $50; Weekends $150</p>", "Inspection 99, Travel 50, Weekends 150"),
    ("price", "<h3>Furnace repair</h3><p>Weekend $150</p>", "Weekend 150"),
    ("area_zip", "<p>ZIP codes: 89002, 89030-89032</p>", "89002"),
    ("area_zip", "<p>ZIP codes 85201 through 85203</p>", "85201, 85203"),
    ("area_zip", "<p>ZIP codes served: 85201. Homes of 10000-10020 sq ft, coupon 20260-20265.</p>", "85201"),
    ("area_city", "<ul><li>Las Vegas</li><li>Henderson</li><li>North Las Vegas</li></ul>",
     "Henderson, Las Vegas, North Las Vegas"),
    ("area_city", "<p>Serving Essex and Manchester-by-the-Sea.</p>", "Essex, Manchester-by-the-Sea"),
    ("area_city", "<p>Electricians serving Bend and Central Oregon.</p>", "Bend"),
    ("area_city", "<p>Plumbers serving Greater New York and Newark.</p>", "New York, Newark"),
    ("hours", "<p>The score was Sat 8-8.</p>", ""),
    ("hours", "<p>12 Mon 7-7 Road</p>", ""),
    ("license", "<p>Licensed Generac installer G7043, Rheem contractor T1500, contractor M6025550142</p>", ""),
    ("offer", "<h1>AAA Plumbing</h1><p>AAA members save 15% on any repair.</p>", ""),
    ("offer", "<p>Feel free to call with any questions.</p>", ""),
    ("offer", "<p>Hassle-free drain cleaning with every visit.</p>", ""),
    ("emergency_promise", "<p>Fire department response: 30 minutes. Response time of emails is 2 hours.</p>", ""),
    ("financing", "<p>Join the Comfort Club for low monthly payments.</p>", ""),
    ("membership", "<h3>Membership levels</h3><ul><li>Second system, $10/month</li></ul>", ""),
    ("membership", "<h3>Membership levels</h3><p>Additional unit: $5/month</p>", ""),
    ("membership", "<h2>Landlord Club</h2><p>$9 per unit per month for four or more units.</p>", "Landlord Club None"),
])  # fmt: skip
def test_causes_that_ten_more_pages_showed(kind: str, body: str, expected: str) -> None:
    assert values(body, kind) == [value for value in expected.split(", ") if value]


def test_bold_name_of_a_paragraph_is_no_heading() -> None:
    body = "<p><b>Water softeners.</b> We install them.</p><p>Filters are $50.</p><p><b>License no.</b> 318842</p>"
    assert not any("softeners" in fact.heading for fact in facts_of(body))


def test_menu_of_things_has_a_service_of_another_trade() -> None:
    menu = "<nav><a>Drains</a><a>Water heaters</a><a>Porch remodeling</a><a>Bridge Club</a></nav>"
    assert {"Porch remodeling", "Drain", "Water Heater"} <= set(values(menu, "service"))
    assert "Bridge Club" not in values(menu, "service")


@pytest.mark.parametrize(("body", "expected"), [
    ("<p>Nationally, furnace repair costs homeowners between $130 and $500.</p>", []),
    ("<p>Furnace repair is $180 to $400.</p>", ["Furnace Repair 180"]),
    *((f"<p>{sentence}.</p>", ["Furnace Repair 180"]) for sentence in (
        "Furnace repair for Mesa homeowners: $180 to $400", "Our furnace repair can run $180 to $400",
        "Lowest prices in the state: furnace repair $180 to $400", "Furnace repair is $180 to $400 in parts and labor",
        "Furnace repair is $180 to $400, according to the size of your unit",
        "Furnace repair is $180 to $400 for the majority of our customers",
        "In our region, furnace repair with us is $180 to $400", "Nationally certified: furnace repair $180 to $400",
        "Furnace repair with us is $180 to $400, and most companies charge more",
    )),
    ("<p>Electrician labor: $95 to $125 an hour</p>", ["Electrician Labor 95"]),
    ("<p>Electrician labor: $95 to $125/hr</p>", ["Electrician Labor 95"]),
])  # fmt: skip
def test_words_tell_an_estimate_from_a_price(body: str, expected: list[str]) -> None:
    assert values(body, "price", {"pricebook_services": [{"name": "Electrician Labor", "price": "150"}]}) == expected


@pytest.mark.parametrize("sentence", [
    "HomeAdvisor reports that furnace repair costs between $130 and $500",
    "In the U.S., furnace repair costs $130 to $500", "Americans spend $130 to $500 on a furnace repair",
    "Across the country, furnace repair costs between $130 and $500",
    "Industry surveys put a furnace repair at $130 to $500",
    "The national average is high. Furnace repair costs $130 to $500",
    "Expect to pay $130 to $500 for a furnace repair from most contractors",
    "A nivel nacional, la reparación de calefacción cuesta entre $130 y $500",
])  # fmt: skip
def test_range_in_a_long_guide_is_no_price(sentence: str) -> None:
    assert values(f"<p>{sentence}. {'A clean burner and a new filter help every winter. ' * 7}</p>", "price") == []


def test_national_prices_open_no_finding() -> None:
    priced = {"pricebook_services": [{"name": "Furnace Repair", "price": "95"}]}
    national = "<p>Nationally, homeowners spend between $130 and $500 on a furnace repair.</p>"
    assert opened(priced, national) == []
    assert [finding.site_value for finding in opened(priced, "<p>Furnace repair: $130 to $500</p>")] == ["$130 to $500"]


#: A shop that answers emergencies until 8 pm within two hours, and cleans no ducts any more.
SHOP: dict[str, Any] = {
    "hours": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "emergency_service": True,
    "emergency_response_minutes": 120,
    "licenses": ["ROC 318842"],
    "pricebook_services": [{"name": "Furnace Repair", "price": "250"}],
    "job_types": [{"name": "Duct Cleaning", "active": False}],
}


@pytest.mark.parametrize(("hostile", "plain", "rule"), [
    ("<p>We respond to emails within 1 hour.</p>", "<p>We respond within 1 hour.</p>", "promise_not_kept"),
    ("<h2>Our partners</h2><ul><li>Duct cleaning: Fresh Ducts</li><li>Roof repair: Top Roof</li></ul>",
     "<h2>Our work</h2><ul><li>Duct cleaning</li><li>Roof repair</li></ul>", "retired_service_advertised"),
    ("<p>Licensed and insured: liability policy #GL-4471203</p>", "<p>Licensed: #GL-4471203</p>", "license_mismatch"),
])  # fmt: skip
def test_statements_about_something_else_open_no_finding(hostile: str, plain: str, rule: str) -> None:
    def rules(body: str) -> set[str]:
        return {finding.rule.value for finding in opened(SHOP, body)}

    assert rules(hostile) == set()
    assert rule in rules(plain)


@pytest.mark.parametrize(("label", "is_own"), [
    *((text, False) for text in (
        "Need a new roof too? Call Tim at", "Need a new roof too? Call Sal at", "Call Lin at", "Call Liv at",
        "Call Cal at", "My sister hangs wallpaper. Call her at", "US Customs:", "Personal cell:",
        "The maker pays. Its hotline:",
    )),
    ("Billing questions, scheduling, quotes, photos:", True), ("Estimates and bookings:", True), ("Call us at", True),
])  # fmt: skip
def test_label_of_a_phone_number_has_whole_words(label: str, is_own: bool) -> None:
    findings = opened({"phones": ["602-555-0100"]}, f"<p>{label} 602-555-0177</p>")
    assert [finding.rule.value for finding in findings] == ["wrong_phone"] * is_own


@pytest.mark.parametrize("heads", ["Members pay|Notes", "Members|Notes|Book"])
def test_price_of_members_in_a_row_with_fewer_cells_is_no_price(heads: str) -> None:
    row = "".join(f"<th>{head}</th>" for head in ("Service", *heads.split("|")))
    table = f"<table><tr>{row}</tr><tr><td>Furnace repair</td><td>$80</td></tr></table>"
    assert values(table, "price") == []
    assert values(table.replace("Members", "Guests"), "price") == ["Furnace Repair 80"]


@pytest.mark.parametrize("heading", ["Referral program", "Senior discount program", "Our loyalty program"])
def test_offer_below_a_program_is_no_benefit_of_a_plan(heading: str) -> None:
    coupon = "<p>$50 off any furnace repair</p>"
    assert len(values(f"<h2>{heading}</h2>{coupon}", "offer")) == 1
    assert values(f"<h2>Comfort plan</h2>{coupon}", "offer") == []


@pytest.mark.parametrize("label", [
    "Silver Spring office hours:", "Spring hours:", "We no longer keep summer hours: the office is open",
])  # fmt: skip
def test_spring_is_a_town_in_labels_of_hours(label: str) -> None:
    week = [f"{day} 07:00-16:00" for day in ("fri", "mon", "thu", "tue", "wed")]
    assert values(f"<p>{label} Mon-Fri 7am-4pm</p>", "hours") == week


@pytest.mark.parametrize("heading", ["Your trusted partners in home comfort", "What our partners and customers get"])
def test_services_below_a_heading_with_partners_are_the_shops(heading: str) -> None:
    services = "<ul><li>Duct cleaning</li><li>Furnace repair</li></ul>"
    assert values(f"<h2>{heading}</h2>{services}", "service") == ["Duct Cleaning", "Furnace Repair"]
    assert values(f"<h2>Our trusted partners</h2>{services}", "service") == []


@pytest.mark.parametrize("to", ["emergency requests", "service requests", "all emergency texts", "all your questions"])
def test_response_to_requests_is_an_arrival(to: str) -> None:
    assert values(f"<p>We respond to {to} within 1 hour.</p>", "emergency_promise") == ["fast arrival"]
    assert values("<p>We respond to all emails within 1 hour.</p>", "emergency_promise") == []


@pytest.mark.parametrize("rest", [", no deposit required", " (no deposit)", ", $50 deposit to book"])
def test_price_with_a_deposit_is_a_price(rest: str) -> None:
    assert "Furnace Repair 250" in values(f"<p>Furnace repair $250{rest}</p>", "price")
