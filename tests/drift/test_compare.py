"""A small page against a small map: each rule opens where it must, and stays shut where it cannot know."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from drift.compare.check import Result, check, rules_by_kinds
from drift.compare.findings import Outcome, Rule, fingerprint
from drift.compare.index import Index
from drift.compare.rules import contact
from drift.compare.values import in_words
from drift.reading.facts import Kind
from drift.reading.read import read_page
from drift.services.stored_facts import restore_facts, serialize_facts
from pagetojob.titanmap.map_json import read_map

TODAY = date(2026, 11, 25)
MAP: dict[str, Any] = {
    "schema": "pagetojob.titan-map/1",
    "job_types": [{"name": "AC Repair"}, {"name": "Water Heater Repair", "active": False}],
    "pricebook_services": [
        {"name": "AC Diagnostic", "price": "89.00"},
        {"name": "Capacitor Replacement", "price": 150, "price_to": 350},
    ],
    "campaigns": [{"name": "Summer AC Demand", "active": False}],
    "zones": [
        {"name": "Phoenix Metro", "cities": ["Phoenix", "Glendale, AZ"], "zips": ["85004"]},
        {"name": "Buckeye", "state": "paused", "cities": ["Buckeye", "Verrado"], "synonyms": ["West Valley"]},
        {"name": "Pima", "counties": ["Pima County, AZ"]},
        {"name": "Far", "state": "emergency only", "cities": ["Apache Junction"]},
    ],
    "memberships": [
        {
            "name": "Comfort Club",
            "price": 19,
            "period": "month",
            "benefits": {"discount_percent": 15, "visits_per_year": 2},
        },
        {"name": "Legacy Plan", "active": False},
    ],
    "offers": [
        {"name": "AC Repair Savings", "amount_off": 50, "ends": "2027-01-31", "audience": "new customers"},
        {"name": "AC Tune-Up Special", "price": 79, "ends": "2026-10-31"},
    ],
    "phones": ["602-555-0142"],
    "retired_phones": ["602-555-0100"],
    "emergency_phone": "602-555-0199",
    "addresses": ["1420 E Washington St Suite 12, Phoenix, AZ 85034"],
    "emergency_hours": {day: [["06:00", "22:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "emergency_response_minutes": 120,
    "emergency_surcharge": 75,
    "hours": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "licenses": ["ROC 123456"],
    "page_bindings": [{"page_path": "/summer", "campaign": "Summer AC Demand"}],
    "financing": False,
}
HOME = "<h1>AC Repair in Phoenix, AZ</h1>"


def compare(pages: Mapping[str, str], not_read: Mapping[str, str] | None = None, **changes: Any) -> Result:
    index = Index(read_map(json.dumps(MAP | changes).encode()), TODAY)
    facts = {path: read_page(html.encode(), today=TODAY, page=path, known=index.known) for path, html in pages.items()}
    return check(index, facts, not_read or {})


def rules(html: str, **changes: Any) -> list[tuple[str, str]]:
    return [(finding.rule.value, finding.site_value) for finding in compare({"/": HOME + html}, **changes).findings]


@pytest.mark.parametrize(
    ("html", "rule", "value"),
    [
        ("<p>Emergency? Call 602-555-0111</p>", "wrong_emergency_phone", "+16025550111"),
        ("<p>Call 602-555-0111</p>", "wrong_phone", "+16025550111"),
        ("<p>Proudly serving Buckeye.</p>", "paused_area", "Buckeye"),
        ("<p>Proudly serving Tucson.</p>", "unserved_area", "Tucson"),
        ("<h2>ZIP codes we serve</h2><p>85004, 85999</p>", "unserved_area", "85999"),
        ("<h2>AC installation in Apache Junction</h2>", "emergency_only_area", "Apache Junction"),
        ("<h2>Specials</h2><p>$50 off any AC repair. Expires 11/01/2026</p>", "expired_offer", "expired 2026-11-01"),
        ("<h2>Specials</h2><p>AC tune-up $79</p>", "expired_offer", "still advertised"),
        ("<h2>Specials</h2><p>$25 off filters. Expires 11/30/2026</p>", "offer_lapsing", "ends 2026-11-30"),
        ("<h2>Specials</h2><p>$75 off any AC repair</p>", "offer_mismatch", "$75 off"),
        ("<h2>Specials</h2><p>$50 off any AC repair. Expires 2/15/2027</p>", "offer_date_mismatch", "ends 2027-02-15"),
        ("<p>Our diagnostic fee is $129.</p>", "price_mismatch", "$129"),
        ("<ul><li>Water heater repair</li></ul>", "retired_service_advertised", "Water Heater Repair"),
        ("<h2>Comfort Club</h2><p>$25 per month</p>", "membership_price_mismatch", "$25 a month"),
        ("<h2>Comfort Club</h2><p>$19 per month: 10% off repairs</p>", "membership_benefit_mismatch", "10% off"),
        ("<h2>Join the Legacy Plan</h2>", "retired_membership_advertised", "Legacy Plan"),
        ("<p>Hours: Mon-Fri 8am-6pm</p>", "hours_mismatch", "mon-fri 08:00-18:00"),
        ("<p>ROC 654321</p>", "license_mismatch", "ROC 654321"),
        ("<p>Ask for Jo Ramirez, 602-555-0100.</p>", "wrong_phone", "+16025550100"),
        (
            "<footer><p>1402 E Washington St, Suite 12<br>Phoenix, AZ 85034</p></footer>",
            "address_mismatch",
            "1402 E Washington St, Suite 12, Phoenix, AZ 85034",
        ),
        (
            "<table><tr><td>Capacitor replacement</td><td>$100 - $300</td></tr></table>",
            "price_mismatch",
            "$100 to $300",
        ),
        ("<p>24/7 emergency service</p>", "promise_not_kept", "24/7 emergency service"),
        ("<p>Emergency response within 1 hour</p>", "promise_not_kept", "within 1 hour"),
        ("<p>No after-hours surcharge, ever.</p>", "promise_not_kept", "no emergency surcharge"),
        ("<h2>Specials</h2><p>$50 off any AC repair for seniors</p>", "offer_mismatch", "for senior"),
        ("<p>Serving all of Pima County and West Valley.</p>", "paused_area", "West Valley"),
        ("<p>Financing available.</p>", "promise_not_kept", "financing"),
    ],
)
def test_each_difference_is_one_finding(html: str, rule: str, value: str) -> None:
    assert rules(html) == [(rule, value)]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Call 602-555-0142. Emergency? 602-555-0199</p>",
        "<p>Serving Phoenix and Glendale, AZ.</p><h2>Emergency AC repair in Apache Junction</h2>",
        "<p>We are not taking new work in Buckeye for now.</p>",
        "<h2>Specials</h2><p>$50 off any AC repair. Expires 1/31/2027</p>",
        "<h2>Specials</h2><p>$20 off something else</p>",
        "<p>Diagnostic fee: $89. We no longer offer water heater repair.</p>",
        "<p>Our AC diagnostic starts at $99.</p>",
        "<h2>Comfort Club</h2><p>$199 per year: two tune-ups a year, 15% off repairs</p>",
        "<p>Hours: Mon-Fri 8-5, Sat closed</p>",
        "<p>AZ ROC #123456. We do not offer financing.</p>",
        "<div class='testimonial'>They fixed my water heater in Tucson, call 602-555-0111!</div>",
        "<p>Maricopa County's own.</p>",
        "<footer><p>1420 East Washington Street #12, Phoenix, AZ 85034</p></footer>",
        "<p>Permits: City Hall, 200 W Washington Ave, Mesa, AZ 85201.</p>",
        "<table><tr><td>Capacitor replacement</td><td>$200 - $350</td></tr></table>",
        "<p>Emergency response within 2 hours</p><p>We answer messages within 1 hour.</p>",
        "<h2>Specials</h2><p>$50 off any AC repair for new customers</p>",
        "<p>Serving Pima County.</p>",
        "<h2>Water heaters</h2>",
    ],
)
def test_agreement_and_uncertainty_open_no_finding(html: str) -> None:
    assert rules(html) == []


@pytest.mark.parametrize(
    ("html", "fix", "swaps"),
    [
        ("<p>Call 602-555-0111</p>", "Show (602) 555-0142, or correct the Titan Map.", True),
        ("<p>Hours: Mon-Fri 8am-6pm</p>", "Show Monday to Friday 8:00 AM to 5:00 PM, or correct the Titan Map.", True),
        ("<h2>Join the Legacy Plan</h2>", "Remove “Legacy Plan” from the website, or set it active again.", False),
    ],
)
def test_fix_shows_the_value_of_the_map_or_removes_that_of_the_page(html: str, fix: str, *, swaps: bool) -> None:
    (finding,) = compare({"/": HOME + html}).findings
    assert (finding.recommended_fix, finding.rule.swaps) == (fix, swaps)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("mon-fri 07:00-16:00; sat closed", "Monday to Friday 7:00 AM to 4:00 PM; Saturday closed"),
        ("mon 08:00-12:00,13:30-17:00; wed 08:00-12:00,13:30-17:00; sun 00:00-24:00",
         "Monday 8:00 AM to noon, 1:30 PM to 5:00 PM; Wednesday 8:00 AM to noon, 1:30 PM to 5:00 PM; Sunday all day"),
        ("fri 18:00-02:00", "Friday 6:00 PM to 2:00 AM"),
        ("mon 08:00-24:30", "mon 08:00-24:30"),
        ("mon-fri 08:00-17:00; sat cl", "mon-fri 08:00-17:00; sat cl"),
        ("+16025550100, closed", "(602) 555-0100, closed"),
        ("24/7 emergency service", "24/7 emergency service"),
        ("", ""),
        ("ends 2026-12-04", "ends December 4, 2026"),
        ("expired 2025-03-31", "expired March 31, 2025"),
        ("ends 2026-13-04", "ends 2026-13-04"),
        ("ROC 2026-12-04", "ROC 2026-12-04"),
    ],
)  # fmt: skip
def test_values_are_written_as_people_write_them(value: str, words: str) -> None:
    assert in_words(value) == words


def test_line_answered_at_night_is_not_the_office() -> None:
    html = "<p>Hours: Mon-Fri 8-5, Sat closed</p><p>Phones answered 24/7</p>"
    assert rules(html, emergency_hours={}) == []
    assert rules(html) == [("promise_not_kept", "24/7 emergency service")]


def test_active_service_is_missing_if_a_word_of_its_name_occurs_nowhere() -> None:
    changes = {"job_types": [{"name": "Furnace Repair"}]}
    missing = [("active_service_missing", "on no page")]
    assert rules("", **changes) == missing
    assert rules("<h2>Heating repair</h2>", **changes) == missing  # a broader service names no narrower one
    assert rules("<h2>We fix furnaces</h2>", **changes) == []
    assert rules("<p>Furnaces of all makes.</p><p>Every repair is guaranteed.</p>", **changes) == []
    assert rules("<h2>Furnace repair</h2>", job_types=[{"name": "Heating Repair"}]) == []
    with_synonym = changes | {"synonyms": {"Hot Spot": "Furnace Repair"}}
    assert rules("<p>Ask for our Hot Spot visit.</p>", **with_synonym) == []


def test_live_page_of_an_ended_campaign_is_a_finding() -> None:
    result = compare({"/": HOME, "/summer": "<h1>Beat the heat</h1>"})
    assert [(finding.rule, finding.page) for finding in result.findings] == [(Rule.INACTIVE_CAMPAIGN, "/summer")]
    unread = compare({"/": HOME}, {"/summer": "binary"})
    assert unread.findings == [] and unread.outcomes[Outcome.NOT_READ] == 2


def test_active_item_takes_precedence_over_retired_item() -> None:
    sold = [{"name": "Water Heater Repair Service", "price": 100}, *MAP["pricebook_services"]]
    assert rules("<ul><li>Water heater repair</li></ul>", pricebook_services=sold) == []


def test_city_of_the_same_name_in_another_state_is_not_served() -> None:
    assert rules("<p>Serving Glendale, CA.</p>") == [("unserved_area", "Glendale")]


def test_missing_map_data_opens_no_finding() -> None:
    """A map that says nothing of phones, hours, areas and licences finds nothing wrong with them."""
    empty = ("zones", "phones", "licenses", "offers", "memberships", "job_types", "pricebook_services")
    bare: dict[str, Any] = {part: [] for part in empty}
    html = "<p>Call 602-555-0111. Serving Tucson. Hours: Mon-Fri 9-4. ROC 654321. Diagnostic fee: $1.</p>"
    assert rules(html, **bare, hours={}, emergency_phone=None, financing=None, page_bindings=[], campaigns=[]) == []


def test_wrong_number_on_many_pages_is_one_finding() -> None:
    foot = "<footer><p>Call 602-555-0111</p></footer>"
    pages = {"/": HOME + foot, "/about": foot, "/contact": f"<main><p>Call 602-555-0111</p></main>{foot}"}
    (finding,) = compare(pages).findings
    assert (finding.page, finding.pages) == ("/contact", ("/", "/about", "/contact"))


def test_wrong_prices_of_an_item_share_a_finding() -> None:
    both = compare({"/": f"{HOME}<p>Our diagnostic fee is $129.</p>", "/ac": "<p>Our diagnostic fee is $119.</p>"})
    (finding,) = both.findings
    assert (finding.site_value, finding.pages) == ("$129", ("/", "/ac"))
    (left,) = compare({"/": HOME, "/ac": "<p>Our diagnostic fee is $119.</p>"}).findings
    assert left.fingerprint != finding.fingerprint, "the other value has not been judged"


def test_fingerprint_depends_only_on_the_disagreement() -> None:
    wrong = "<p>Call 602-555-0111</p><p>Serving Tucson.</p>"
    first = compare({"/": HOME + wrong})
    second = compare({"/moved": f"<div><section>{wrong}</section></div>", "/": HOME}, licenses=["ROC 999999"])
    assert {finding.fingerprint for finding in first.findings} == {finding.fingerprint for finding in second.findings}
    assert len({finding.fingerprint for finding in first.findings}) == 2
    assert fingerprint(Rule.WRONG_PHONE, "phone", "+1") == fingerprint(Rule.WRONG_PHONE, "PHONE", " +1 ")


def test_coverage_counts_read_and_names_unread_pages() -> None:
    result = compare({"/": HOME}, {"/x": "empty: The page is empty."})
    coverage = result.coverage()
    assert (coverage["pages"], coverage["findings"], coverage["facts"]) == (1, 0, result.facts) and result.facts > 0
    assert coverage["not_read"] == [{"page": "/x", "why": "empty: The page is empty."}]


def test_wrong_emergency_phone_comes_first() -> None:
    findings = compare({"/": HOME + "<p>Hours: Mon 9-4</p><p>Emergency? 602-555-0111</p>"}).findings
    assert [finding.severity.label for finding in findings] == ["critical", "medium"]


def test_service_named_in_a_closed_menu_or_an_address_is_not_missing() -> None:
    map_parts = {"job_types": [{"name": "Stump Grinding"}, {"name": "Crane Rental"}, {"name": "Cable Bracing"}]}
    body = '<nav><ul hidden><li>Stump grinding</li></ul></nav><p>Trees <a href="/crane-rental">more</a></p>'
    index = Index(read_map(json.dumps({"schema": "pagetojob.titan-map/1"} | map_parts).encode()), TODAY)
    facts = read_page(body.encode(), today=TODAY, page="/", known=index.known)
    findings = check(index, {"/": facts}).findings
    assert [finding.item for finding in findings] == ["job type: Cable Bracing"]


def test_stored_facts_keep_all_that_comparing_needs() -> None:
    facts = read_page(b"<main><h2>Hours</h2><p>Mon-Fri 8-5</p></main>", today=TODAY)
    assert facts and restore_facts(serialize_facts(facts)) == facts and facts[0].heading == "hours"


def test_two_rules_for_the_same_kind_are_refused() -> None:
    hours, both = ({Kind.HOURS}, contact.hours), ({Kind.HOURS, Kind.PHONE}, contact.phones)
    assert rules_by_kinds(hours) == (hours,)
    with pytest.raises(ValueError, match="same kind of facts: hours\\."):
        rules_by_kinds(hours, both)
