"""A finding opens only where the page speaks of the shop itself: with maps that a rule needs, and how it is read."""

import json
from typing import Any

import pytest

from drift.compare.check import check
from drift.compare.findings import Finding
from drift.compare.index import Index
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map
from tests.drift.maps import MAP, TODAY


def findings(body: str, **changed: Any) -> list[Finding]:
    index = Index(read_map(json.dumps(MAP | changed).encode()), TODAY)
    facts = read_page(f"<main>{body}</main>".encode(), today=TODAY, page="/", known=index.known)
    result = check(index, {"/": facts})
    return [finding for finding in result.findings if finding.site_value]


def with_map(body: str, **changed: Any) -> list[str]:
    return [finding.rule.value for finding in findings(body, **changed)]


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>The board has our number 0079341.</p>", []),
        ("<p>Your parcel is number 0068812 at the county.</p>", []),
    ],
)
def test_license_with_swapped_digits(body: str, rules: list[str]) -> None:
    assert [rule for rule in with_map(body, licenses=["0079341"]) if rule == "license_mismatch"] == rules


@pytest.mark.parametrize(
    ("licenses", "body", "rules"),
    [
        (["A 47712"], "<p>Registration A 47712.</p>", []),
        (["1043177"], "<p>CA Contractor Lic. C-36 #1043177</p>", []),
        (["SCC131151827"], "<p>Licensed and insured, FL License SCC131151827</p>", []),
        (["HIC 1234567"], "<p>Contractor #12-34567</p>", []),
        (["IL 104015432"], "<p>License 104.015432</p>", []),
        (["C-4410 77120"], "<p>Contractor #4410</p>", ["license_mismatch"]),
        (["7418"], "<p>Kettle Plumbing and Drain, 4418 Mount Royal Blvd, Slinger</p>", []),
    ],
)
def test_license_in_other_forms(licenses: list[str], body: str, rules: list[str]) -> None:
    assert [rule for rule in with_map(body, licenses=licenses) if rule == "license_mismatch"] == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<h3>The Lid Club</h3><p>Filter cleaned. $89 per year.</p>", ["membership_price_mismatch"]),
        (
            "<p>Lid Club</p><p>Filter cleaned. $89 per year, paid in January.</p>",
            ["membership_price_mismatch"],
        ),
        ("<p>It keeps the warranty valid. For just $8/month, Lid Club members get a visit.</p>", []),
        (
            "<p>It keeps the warranty valid. For just $7/month, Lid Club members get a visit.</p>",
            ["membership_price_mismatch"],
        ),
        ("<p>Once a year, in early fall. Our Lid Club members are called.</p>", []),
        ("<h3>Lid Club</h3><p>$96 per year. One of the big names sells a club at $17 a month.</p>", []),
        ("<p>Lid Club is for houses up to 2,500 feet; add $6 a month for each further 1,000.</p>", []),
    ],
)
def test_price_of_a_plan(body: str, rules: list[str]) -> None:
    plans = [{"name": "Lid Club", "price": 96, "period": "year", "benefits": {"visits_per_year": 2}}]
    assert [rule for rule in with_map(body, memberships=plans) if "membership" in rule] == rules


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("<h3>Maintenance Plan</h3><p>$19/month</p><p>Ask about our Commercial Maintenance Plan.</p>", []),
        ("<h3>Maintenance Plan</h3><p>$29/month</p><p>Ask about our Commercial Maintenance Plan.</p>", ["$29 a month"]),
        ("<h3>Commercial Maintenance Plan</h3><p>$19/month</p><p>Or our Maintenance Plan.</p>", ["$19 a month"]),
    ],
)
def test_price_of_a_plan_whose_name_ends_another(body: str, values: list[str]) -> None:
    plans = [
        {"name": "Maintenance Plan", "price": 19, "period": "month"},
        {"name": "Commercial Maintenance Plan", "price": 99, "period": "month"},
    ]
    opened = findings(body, memberships=plans)
    assert [finding.site_value for finding in opened if "membership" in finding.rule] == values


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<ul><li>Hartford</li><li>Slinger</li><li>Kewaskum</li></ul>", ["emergency_only_area"]),
        ("<p>We take the boat on Tuesdays for regular appointments in Kewaskum.</p>", ["emergency_only_area"]),
        (
            "<p>Yes, we go to all of Kewaskum, same prices, regular appointments on Thursday.</p>",
            ["emergency_only_area"],
        ),
        ("<p>Kewaskum: emergency calls only.</p>", []),
        ("<h3>Hartford</h3><ul><li>Hartford</li><li>Slinger</li><li>Kewaskum</li></ul>", ["emergency_only_area"]),
        # The card of a zone on our own page has a note about its state.
        (
            "<ul><li><h3>Home</h3><p>Hartford, Slinger</p><li><h3>Far</h3><p>Kewaskum</p><p>For emergencies.</p></ul>",
            [],
        ),
    ],
)
def test_planned_work_in_emergency_only_area(body: str, rules: list[str]) -> None:
    zones = [
        {"name": "Home", "cities": ["Hartford, WI", "Slinger, WI"]},
        {"name": "Far", "cities": ["Kewaskum, WI"], "state": "emergency only"},
    ]
    assert [rule for rule in with_map(body, zones=zones) if "area" in rule] == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<h3>Drain cleaning</h3><p>Kitchen, tub and floor.</p>", []),
        ("<p>Drain and Yoncalla: no appointments before spring 2027.</p>", []),
        ("<p>We serve homes in Drain, every week.</p>", ["paused_area"]),
    ],
)
def test_town_named_like_a_trade_word(body: str, rules: list[str]) -> None:
    zones = [
        {"name": "Home", "cities": ["Roseburg, OR"]},
        {"name": "North", "cities": ["Drain, OR", "Yoncalla, OR"], "state": "paused"},
    ]
    assert [rule for rule in with_map(body, zones=zones) if "area" in rule] == rules


@pytest.mark.parametrize(
    ("body", "price"),
    [
        ("<h3>Well pump check</h3><p>$225 alone. Free with any softener through 11/30/2026.</p>", "0"),
        ("<h3>Winter special</h3><p>$40 off. Good to December 31, 2026.</p>", "40"),
    ],
)
def test_offer_has_its_own_last_day(body: str, price: str) -> None:
    facts = read_page(f"<main><section>{body}</section></main>".encode(), today=TODAY)
    assert [(str(fact.price), fact.expires is not None) for fact in facts if fact.kind == "offer"] == [(price, True)]


@pytest.mark.parametrize(
    "price",
    [
        '<span class="c">$</span><span class="i">16</span><sup>.95</sup> <span class="p">per month</span>',
        '<span class="c">$</span><span class="i">16</span><span class="f">95</span> <span class="p">/month</span>',
        "<sup>$</sup>16<sup>95</sup>/month",
    ],
)
def test_cents_in_a_separate_box_belong_to_the_price(price: str) -> None:
    page = f"<main><section><h3>Breeze Plan</h3><div>{price}</div><ul><li>Two visits a year</li></ul></section></main>"
    facts = read_page(page.encode(), today=TODAY)
    assert [str(fact.price) for fact in facts if fact.kind == "membership"] == ["16.95"]


def test_last_day_of_a_coupon_applies_to_no_other() -> None:
    page = """
        <main><div class='coupon'><h3>10% off for seniors</h3></div><div class='coupon'><h3>$9 filter</h3>
        <p>Not with other offers. Valid in our service area. Offer ends November 30, 2026.</p></div></main>
    """
    facts = read_page(page.encode(), today=TODAY)
    assert {fact.percent is not None: fact.expires for fact in facts if fact.kind == "offer"}[True] is None


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>Heating and cooling for Mesa, Peoria and the whole county.</p>", ["unserved_area"]),
        ("<p>Heating and cooling for Peoria and Mesa.</p>", ["unserved_area"]),
        ("<p>Dana from Peoria called. She moved to Mesa.</p>", []),
        ("<p>Dana called from Mesa. Peoria, AZ is where she shops.</p>", []),
        ("<h3>Do you come to me?</h3><p>No. Mesa and Peoria, AZ have shops.</p>", []),
        ("<p>She was born to a family of two plumbers, and still has a shop of clocks in Peoria and Mesa.</p>", []),
        ("<div><a href=/a>Mesa</a><a href=/b>Tempe</a><a href=/c>Peoria</a></div>", ["unserved_area"]),
        (
            '<script type="application/ld+json">{"@type": "Plumber", "areaServed": ["Mesa", "Peoria"]}</script>',
            ["unserved_area"],
        ),
    ],
)
def test_town_outside_the_zones(body: str, rules: list[str]) -> None:
    zones = [{"name": "East", "state": "active", "cities": ["Mesa, AZ", "Tempe, AZ"]}]
    assert [rule for rule in with_map(body, zones=zones) if rule == "unserved_area"] == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<h3>10% Off for Veterans</h3><p>From one who served.</p>", ["offer_mismatch"]),
        ("<h3>10% Off for Seniors</h3>", []),
        ("<div class=coupon><h3>15% Off</h3><p>Veterans, up to $250</p></div>", []),
    ],
)
def test_offer_for_a_group_has_the_terms_of_the_map(body: str, rules: list[str]) -> None:
    offers = [{"name": "Veterans on repairs and installations", "percent_off": "15"}]
    assert [rule for rule in with_map(body, offers=offers) if rule == "offer_mismatch"] == rules


@pytest.mark.parametrize(
    ("offer", "body"),
    [
        ({"name": "$50 Off", "service": "Water Heater Repair"}, "<h3>$75 Off Water Heater Installation</h3>"),
        ({"name": "New customers: $50 off AC repair"}, "<h3>$25 off your first visit</h3>"),
        ({"name": "AC repair", "audience": "new customers"}, "<h3>$25 off your first visit</h3>"),
        ({"name": "AC repair", "audience": "veterans"}, "<h3>$25 off for veterans</h3>"),
    ],
)
def test_offer_for_another_service_is_another_offer(offer: dict[str, str], body: str) -> None:
    assert "offer_mismatch" not in with_map(body, offers=[offer | {"amount_off": 50}])


def test_zip_code_in_a_line_with_two_of_ours_is_advertised() -> None:
    zones = [{"name": "Mesa", "cities": ["Mesa"], "zips": ["85201", "85202"]}]
    opened = findings("<p>ZIPs: 85201 85202 85999</p>", zones=zones)
    assert "85999" in [finding.site_value for finding in opened if finding.rule == "unserved_area"]
    assert "unserved_area" not in with_map("<p>ZIPs: 85201 85998 85999</p>", zones=zones)


@pytest.mark.parametrize(
    ("part", "name", "body"),
    [
        ("pricebook_services", "Opener Repair (Residential)", "<ul><li>Opener repair: $90</li></ul>"),
        ("memberships", "Comfort Plan Fee, Residential", "<h3>Comfort Plan</h3><p>$90 a month</p>"),
    ],
)
def test_page_omits_general_words_of_a_name(part: str, name: str, body: str) -> None:
    opened = findings(body, **{part: [{"name": name, "price": 100}]})
    assert [finding.map_value.split()[0] for finding in opened if "price" in finding.rule] == ["$100"]


def test_inactive_offer_differs_even_with_the_same_last_day() -> None:
    offers = [{"name": "Softener Savings", "amount_off": 100, "ends": "2027-01-31", "active": False}]
    opened = findings("<h3>Softener Savings</h3><p>$100 off until January 31, 2027</p>", offers=offers)
    values = [(finding.map_value, finding.site_value) for finding in opened if finding.rule == "expired_offer"]
    assert values == [("inactive", "until 2027-01-31")]


@pytest.mark.parametrize(
    ("printed", "rules"),
    [
        ("120 Lake Parkway", ["address_mismatch"]),
        ("120 Lake Way", []),
    ],
)
def test_address_with_another_kind_of_street(printed: str, rules: list[str]) -> None:
    rest = "Hartford, WI 53027"
    opened = with_map(f"<footer><p>{printed}, {rest}</p></footer>", addresses=[f"120 Lake Way, {rest}"])
    assert [rule for rule in opened if "address" in rule] == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>Apply at the office, Mon-Thu 6am-7am.</p>", []),
        ("<p>Interviews at our office Tuesday 2-4pm.</p>", []),
        ("<p>Our office is open Tuesday 2-4pm.</p>", ["hours_mismatch"]),
        ("<p>Open 8-5, we close Sundays.</p>", []),
    ],
)
def test_hours_of_the_office(body: str, rules: list[str]) -> None:
    assert [rule for rule in with_map(body) if rule == "hours_mismatch"] == rules


def test_retired_number_of_a_map_without_a_phone_is_removed() -> None:
    opened = findings("<p>Call us: (602) 555-0199</p>", phones=[], retired_phones=["602-555-0199"])
    fixes = [finding.recommended_fix for finding in opened if finding.rule == "wrong_phone"]
    assert fixes == ["Remove (602) 555-0199, or add it to the Titan Map if it is yours."]
