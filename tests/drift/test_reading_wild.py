"""Habits of real pages that once led a reader astray. Each page is the least of it that still shows the trap."""

from datetime import date

import pytest

from drift.reading.facts import Fact, Kind
from drift.reading.read import read_page

TODAY = date(2026, 11, 25)


def read(body: str, *, page: str = "/") -> list[Fact]:
    return read_page(f"<html><body><main>{body}</main></body></html>".encode(), today=TODAY, page=page)


def values(body: str, kind: Kind, *, at_least: float = 0.6) -> list[str]:
    return sorted(fact.value for fact in read(body) if fact.kind is kind and fact.confidence >= at_least)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Proudly serving Central Texas", []),
        ("We proudly serve Hutto, Taylor and north Austin (78664, 78758).", ["Austin", "Hutto", "Taylor"]),
    ],
)
def test_counties_regions_and_directions(text: str, places: list[str]) -> None:
    assert values(f"<p>{text}</p>", Kind.AREA_CITY) == places


@pytest.mark.parametrize(
    ("html", "places"),
    [
        ("<h2>Spring duct sale</h2><p>10% off for Comfort Plan members</p>", []),
        ("<p>Priority service for Comfort Plan members and homeowners in Mesa.</p>", ["Mesa"]),
        ("<h1>Superior AC Repair</h1><p>AC repair for Gilbert Club members.</p>", []),
        ("<p>We serve Surprise, Peoria and homes in Spring, TX.</p>", ["Peoria", "Spring", "Surprise"]),
        ("<p>Now serving Comfort and Boerne.</p>", ["Boerne", "Comfort"]),
    ],
)
def test_headline_words_are_not_towns(html: str, places: list[str]) -> None:
    assert values(html, Kind.AREA_CITY) == places


def test_county_list_includes_first_town_and_directions() -> None:
    body = "<h1>Areas We Serve</h1><p>Los Angeles County: Burbank, Pasadena, South Pasadena, La Cañada Flintridge</p>"
    assert values(body, Kind.AREA_CITY) == [
        "Burbank",
        "La Cañada Flintridge",
        "Los Angeles County",
        "Pasadena",
        "South Pasadena",
    ]


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        ("All non-emergency service calls are scheduled from 7 to 4.", []),
        ("Need an electrician tonight? Dial (303) 555-0144 now, we answer 24/7/365.", ["24/7 emergency service"]),
    ],
)
def test_emergency_promises(text: str, promised: list[str]) -> None:
    assert values(f"<p>{text}</p>", Kind.EMERGENCY_PROMISE) == promised


def test_plans_in_a_comparison_table() -> None:
    body = """<h2>Comfort Club Maintenance Plans</h2><table>
        <tr><th></th><th>Silver</th><th>Gold</th></tr>
        <tr><td>Tune-ups per year</td><td>1</td><td>2</td></tr>
        <tr><td>Repair discount</td><td>10%</td><td>15%</td></tr>
        <tr><td>Monthly investment</td><td>$14.95</td><td>$19.95</td></tr></table>"""
    plans = {fact.value: fact for fact in read(body) if fact.kind is Kind.MEMBERSHIP}
    actual = {name: (f"{plan.price}", f"{plan.percent}", plan.detail) for name, plan in plans.items()}
    assert actual == {
        "Silver": ("14.95", "10", {"period": "month", "visits": "1"}),
        "Gold": ("19.95", "15", {"period": "month", "visits": "2"}),
    }


def test_plan_is_recognized_by_its_visits() -> None:
    card = """<div class="table"><h2>King Care Plus</h2><div><span>$</span>24<span>/mo</span></div>
        <ul><li>2 tune-ups per year</li><li>20% off repairs</li></ul></div>"""
    body = f"<section>{card}{card.replace('Plus', 'Basic').replace('24', '16')}</section>"
    assert values(body, Kind.MEMBERSHIP) == ["King Care Basic", "King Care Plus"]
    assert values(body, Kind.OFFER) == []


def test_plan_name_may_contain_a_small_word() -> None:
    assert values("<h2>Safe at Home Plan</h2><p>$9 per month, plus 10% off repairs.</p>", Kind.MEMBERSHIP) == [
        "Safe at Home Plan"
    ]


def test_paragraph_after_cards_belongs_to_none() -> None:
    body = """<div><div><h3>Refer a friend, get a $50 rebate</h3></div><div><h3>Save $20 on UV lights</h3></div></div>
        <p>We offer same day AC repair.</p>
        <div><div><h3>Generators</h3></div><div><h3>Heaters</h3></div></div><p>Save $15 on any repair.</p>"""
    assert values(body, Kind.OFFER) == [
        "Refer a friend, get a $50 rebate",
        "Save $15 on any repair.",
        "Save $20 on UV lights",
    ]


def test_price_list_below_a_discount_stays_a_price_list() -> None:
    body = """<h2>Senior discount</h2><p>Seniors always save 10%.</p>
        <table><tr><td>Toilet repair</td><td>$149</td></tr><tr><td>Faucet repair</td><td>$175</td></tr></table>"""
    assert len(values(body, Kind.OFFER)) == 1
    assert values(body, Kind.PRICE) == ["Faucet Repair", "Toilet Repair"]


def test_fee_and_gift_in_separate_sentences() -> None:
    body = "<p>$49 diagnostic fee waived with repair. We stand behind our work for years. Free estimates on panels.</p>"
    assert values(body, Kind.PRICE) == ["Diagnostic Fee"]


def test_catalog_price_and_price_with_an_end() -> None:
    data = """<script type="application/ld+json">{"@type":"Plumber","hasOfferCatalog":{"itemListElement":[
        {"@type":"Offer","price":"99.00","itemOffered":{"@type":"Service","name":"Drain Cleaning"}},
        {"@type":"Offer","name":"Spring Deal","price":"79","validThrough":"2027-03-31"}]}}</script>"""
    assert (values(data, Kind.PRICE), values(data, Kind.OFFER)) == (["Drain Cleaning"], ["Spring Deal"])


def test_licenses_of_colorado_and_of_a_master_plumber() -> None:
    assert values("<p>Licensed: EC.0101234 | ME.3001234</p>", Kind.LICENSE) == ["EC.0101234", "ME.3001234"]
    assert values("<p>Responsible Master Plumber: J. Smith, RMPL # M-41234.</p>", Kind.LICENSE) == ["M-41234"]


def test_closed_on_sundays_after_weekday_hours() -> None:
    body = "<p>Our office is open Monday through Friday from 8:00am until 5:00pm. We're closed on Sundays.</p>"
    assert {"fri 08:00-17:00", "sun closed"} <= set(values(body, Kind.HOURS))


def test_phone_before_a_street_is_not_part_of_it() -> None:
    body = "<div><span>(480) 555-0180</span> <a href='#'>123 W Main St, Mesa, AZ 85201</a></div>"
    assert values(body, Kind.ADDRESS) == ["123 W Main St, Mesa, AZ 85201"]


def test_months_without_interest_in_either_order() -> None:
    assert values("<p>18 months no interest, with approved credit.</p>", Kind.FINANCING) == [
        "0% interest for 18 months"
    ]


def test_coming_soon_is_not_served() -> None:
    assert values("<p>Water heater repair coming soon!</p>", Kind.SERVICE) == []


def test_job_ads_are_not_for_customers() -> None:
    body = """<h2>Now hiring: HVAC technicians in Mesa</h2><p>Earn $35 per hour. Hours: Monday to Friday 6am-3pm.</p>"""
    assert [fact for fact in read(body) if fact.confidence >= 0.6] == []


@pytest.mark.parametrize("byline", ["Posted July 3, 2024 by Bob", "Published on July 3, 2024"])
def test_byline_marks_an_article(byline: str) -> None:
    body = "<h1>5 signs</h1>{}<p>Our tune-up costs $99, and we serve Mesa and Tempe.</p>"
    assert values(body.format(""), Kind.PRICE) and not values(body.format(f"<p>{byline}</p>"), Kind.PRICE)
    assert values(body.format(f"<p>{byline}</p>"), Kind.AREA_CITY) == []


@pytest.mark.parametrize(
    "heading", ["What our customers say", "Testimonials", "Hear what our neighbors are saying", "Google Reviews"]
)
def test_testimonial_below_a_heading_is_not_a_service(heading: str) -> None:
    body = f"<h3>{heading}</h3><div><p>They replaced my water heater in Gastonia on a Sunday.</p></div>"
    assert values(body, Kind.SERVICE) == []


def test_nights_and_weekends_number_is_the_emergency_line() -> None:
    body = "<p>Our techs are on-call nights, weekends and holidays at <b>(651) 555-0199</b>.</p>"
    assert values(body, Kind.EMERGENCY_PHONE) == ["+16515550199"]


def test_interest_free_months() -> None:
    assert values("<p>Interest-free financing for 12 months (OAC).</p>", Kind.FINANCING) == [
        "0% interest for 12 months"
    ]


def test_question_answered_no_sells_nothing() -> None:
    body = "<details><summary>Do you repair water heaters?</summary><div>No, not any more.</div></details>"
    assert values(body, Kind.SERVICE) == []


def test_lender_and_partner_numbers_are_not_the_shops() -> None:
    body = (
        "<p>Financing by GreenSky. NMLS #1416362. Call 866-936-0602 about your account.</p>"
        "<p>In Olympia call our friends at Rainier Air, 206-555-0170. Us you reach at 253-555-0161.</p>"
    )
    assert values(body, Kind.PHONE) == ["+12535550161"]


def test_row_of_towns_needs_no_heading() -> None:
    assert values("<p>Cortez &bull; Durango &bull; Mancos</p>", Kind.AREA_CITY) == ["Cortez", "Durango", "Mancos"]
    text = "<h3>How far do you travel?</h3><p>We cover Lexington and Georgetown. Berea is outside our area.</p>"
    assert values(text, Kind.AREA_CITY) == ["Georgetown", "Lexington"]


def test_frame_of_an_article_is_the_shops_text() -> None:
    page = (
        b"<body class='single-post'><article><p>AC repair in Denver costs more.</p></article>"
        b"<footer><p>Serving Minneapolis and Edina.</p></footer></body>"
    )
    facts = [fact for fact in read_page(page, today=TODAY) if fact.confidence >= 0.6]
    assert [fact.value for fact in facts if fact.kind is Kind.AREA_CITY] == ["Minneapolis", "Edina"]


def test_services_below_a_denying_heading_are_not_sold() -> None:
    body = "<h3>We do not offer</h3><ul><li>Solar installation</li></ul><h3>We do</h3><ul><li>AC repair</li></ul>"
    assert values(body, Kind.SERVICE) == ["AC Repair"]


def test_revoked_emergency_label() -> None:
    body = "<p>Emergency? We don't run night calls any more. Try us at 910-555-0150.</p>"
    assert values(body, Kind.EMERGENCY_PHONE) == [] and values(body, Kind.PHONE) == ["+19105550150"]


def test_number_with_middle_dots_and_numbers_of_others() -> None:
    assert values("<p>Emergencies: 828&middot;555&middot;0159</p>", Kind.EMERGENCY_PHONE) == ["+18285550159"]


def test_dates_and_price_times_are_not_hours() -> None:
    assert values("<p>Closed Thursday &amp; Friday, November 26-27 for Thanksgiving.</p>", Kind.HOURS) == []
    assert values("<p>Weekdays 8 to 4 our service charge is $95 for the first half hour.</p>", Kind.HOURS) == []
    assert values("<p>Hours: Monday 8 to 4. Closed Sundays and on Christmas Day.</p>", Kind.HOURS) == [
        "mon 08:00-16:00",
        "sun closed",
    ]


def test_licenses_after_a_trade_and_number_like_a_zip_code() -> None:
    text = "<p>{}</p>"
    assert values(text.format("State of Ohio Plumbing Contractor PL 45291"), Kind.LICENSE) == ["PL 45291"]
    assert values(text.format("WI Dwelling Contractor 1284470 | since 1998"), Kind.LICENSE) == ["1284470"]
    assert values(text.format("Registered in South Carolina (M114502) too"), Kind.LICENSE) == ["M114502"]
    assert values(text.format("Licensed plumbers, Library Rd, Castle Shannon, PA 15234"), Kind.LICENSE) == []
    assert values(text.format("Your HVAC Contractor 85201"), Kind.LICENSE) == []


def test_biography_and_denied_towns_are_not_served() -> None:
    assert values("<p>He began after 11 years at a big shop in San Jose.</p>", Kind.AREA_CITY) == []
    body = "<h3>How far do you go?</h3><p>We serve Erie and Golden. We don't get up to Fort Collins.</p>"
    assert values(body, Kind.AREA_CITY) == ["Erie", "Golden"]
    body = "<h3>Where we go</h3><p>North to Erie, south to Castle Rock, west to Golden</p>"
    assert "North" not in values(body, Kind.AREA_CITY)


def test_copyright_line_names_no_town() -> None:
    body = "<h4>Also serving</h4><a href='#'>Sparta</a><a href='#'>Onalaska</a><p>© Bluff Roofing &amp; Exteriors</p>"
    assert values(body, Kind.AREA_CITY) == ["Onalaska", "Sparta"]


def test_blog_teasers_are_not_about_the_shop() -> None:
    teaser = "<p>Homeowners in Nashville can get up to $1,200 back.</p>"
    assert values(f"<div class='elementor-posts'>{teaser}</div>", Kind.AREA_CITY) == []
    assert values(f"<h2>From the Comfort Journal</h2>{teaser}", Kind.AREA_CITY) == []


def test_answer_in_the_same_paragraph() -> None:
    body = "<p><strong>Do you clean air ducts?</strong> No. Ask next door.</p><p>We offer AC repair.</p>"
    assert values(body, Kind.SERVICE) == ["AC Repair"]


def test_rate_ranges_examples_and_interest_free_months() -> None:
    text = "<p>Financing: rates range from 0% to 35.9% APR. A purchase could cost $88 based on an 11.9% APR.</p>"
    assert values(text, Kind.FINANCING) == ["financing"]
    assert values("<h4>0% for 36 months</h4>", Kind.FINANCING) == ["0% interest for 36 months"]


def test_multiline_address_and_template_address() -> None:
    data = '<script type="application/ld+json">{{"@type":"Plumber",{}}}</script>'
    lines = '"address":"41 Haywood Rd\\nAsheville, NC, 28806\\nUnited States"'
    assert values(data.format(lines), Kind.ADDRESS) == ["41 Haywood Rd, Asheville, NC 28806"]
    template = (
        '"openingHours":"Mo-Su 00:00-23:59",'
        '"address":{"streetAddress":"123 Main St","addressLocality":"Anytown","postalCode":"00000"}'
    )
    assert read(data.format(template)) == []


def test_plan_benefits_are_not_offers() -> None:
    body = "<h2>Lantern Keepers</h2><p>For $180 a year we check your panel and you get 10 percent off all else.</p>"
    body = "<h2>Breeze Memberships</h2><h4>Light Breeze</h4><div>$12.99/mo</div><p>One tune-up, 10% off repairs</p>"
    assert values(body, Kind.MEMBERSHIP) == ["Light Breeze"] and values(body, Kind.OFFER) == []


def test_reward_and_reduced_price_are_offers() -> None:
    assert values("<h4>Refer a neighbor, get $75</h4>", Kind.OFFER) == ["Refer a neighbor, get $75"]
    body = "<div><h5>Boiler cleaning $149</h5><p>Regularly $189. Steam add $40.</p></div>"
    assert values(body, Kind.OFFER) == ["Boiler cleaning $149"]


def test_plans_in_a_table_and_on_cards_with_css_classes() -> None:
    body = """<h2>The Kowalski Card</h2><table><tr><th></th><th>Bronze</th><th>Silver</th></tr>
        <tr><th>Yearly visits</th><td>1</td><td>2</td></tr><tr><th>Off repairs</th><td>5%</td><td>10%</td></tr>
        <tr><th>Price per year</th><td>$139</td><td>$229</td></tr></table>"""
    assert values(body, Kind.MEMBERSHIP) == ["Bronze", "Silver"]
    card = "<div><div class='price-tag-name'>{}</div><div>${}</div><div>per year</div><p>One inspection</p></div>"
    body = f"<h2>Roof care plans</h2><section>{card.format('Watch', 129)}{card.format('Guard', 289)}</section>"
    assert values(body, Kind.MEMBERSHIP) == ["Guard", "Watch"]
