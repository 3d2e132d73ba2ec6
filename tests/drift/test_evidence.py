"""A finding opens only where the page speaks of the shop itself; of what others have nothing is told."""

import json

import pytest

from drift.compare.check import Result, check
from drift.compare.findings import Outcome
from drift.compare.index import Index
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map
from tests.drift.maps import MAP, TODAY

HOME = ("Hartford", "Slinger", "Kewaskum")
SMALL_PRINT = """
</main><footer><h3>Where we work</h3><p>Names belong to their owners. Winner, Washington County Readers' Choice 2019,
2021 and 2023. Prices without tax.</p></footer><main>
"""


def compared(body: str) -> Result:
    index = Index(read_map(json.dumps(MAP).encode()), TODAY)
    html = f"<main><p>Well pump repair by Kettle Moraine Water.</p>{body}</main>"
    return check(index, {"/": read_page(html.encode(), today=TODAY, page="/", known=index.known)})


def opened(body: str) -> list[str]:
    return [finding.rule.value for finding in compared(body).findings]


@pytest.mark.parametrize(
    "body",
    [
        "<p>Call us at 262-555-0141.</p>",
        "<p>Office: 262-555-0141</p>",
        "<p>Hartford line: 262-555-0141</p>",
        "<p>Text 262-555-0141 any time.</p>",
        "<p>Toll-free: 1-800-555-0141</p>",
        "<p>Reach our crew at 1-800-555-0141.</p>",
        "<p>Visit our Lehi showroom, and call the showroom at 262-555-0141 for its hours.</p>",
        "<p>Call our Hartford plumbers today at 262-555-0141.</p>",
    ],
)
def test_number_presented_as_the_shops(body: str) -> None:
    assert opened(body) == ["wrong_phone"]


@pytest.mark.parametrize(
    "body",
    [
        "<p>The health department, 262-555-0141, issues the permit.</p>",
        "<p>For a dumpster call Hartley Rental, 262-555-0141.</p>",
        "<p>Questions on bait go to the extension center at 262-555-0141, weekdays.</p>",
        "<p>Our supplier, Midland Tank, is at 262-555-0141.</p>",
        "<p>Our old number, 262-555-0141, still rings at a bakery.</p>",
        "<p>Factory registration desk: 1-800-555-0141, have the serial number.</p>",
        "<p>Power out on the whole street? Call We Energies at 1-800-555-0141.</p>",
        "<h3>Districts, who to call</h3><table><tr><td>City</td><td>City crew: 262-555-0141</td></tr></table>",
        "<p>Frost has its own calendar. Call 414-555-0122 and they tell you how deep it is.</p>",
        "<p>Diggers Hotline marks cables for nothing: 1-800-555-0141.</p>",
        "<p>Nights are covered by Holy Hill Plumbing, 262-555-0141.</p>",
    ],
)
def test_number_without_evidence_opens_no_finding(body: str) -> None:
    assert opened(body) == []


def test_facts_without_findings_are_still_counted() -> None:
    without, result = compared(""), compared("<p>The health department, 262-555-0141, issues the permit.</p>")
    assert result.facts == without.facts + 1
    assert result.outcomes[Outcome.CANNOT_TELL] == without.outcomes[Outcome.CANNOT_TELL] + 1


@pytest.mark.parametrize(
    "body",
    [
        "<p>Office hours: Monday to Friday, 7 am to 4 pm.</p>",
        "<p>We're open Monday to Friday 7 am to 4 pm.</p>",
        "<h3>Hours</h3><p>Mon-Fri 7 am - 4 pm</p>",
        "<h3>Call us</h3><p>Monday through Friday, 7 am to 4 pm.</p>",
        "<h4>Are you open on Sunday?</h4><p>Yes, Sundays 10 to 2, for people who work all week.</p>",
        "<table><tr><td>Mon-Thu</td><td>8 AM - 5 PM</td></tr><tr><td>Fri</td><td>8 AM - 4 PM</td></tr></table>",
    ],
)
def test_hours_presented_as_the_shops(body: str) -> None:
    assert opened(body) == ["hours_mismatch"]


@pytest.mark.parametrize(
    "body",
    [
        "<p>Salt wagons roll Tuesday and Thursday, 8 am to 2 pm.</p>",
        "<p>Fill out the form in person, Monday to Thursday 6 am to 7 am.</p>",
        "<p>We train new people Monday to Friday, 6 am to 7 am.</p>",
        "<h3>Blasting at the quarry</h3><p>Monday to Friday, 9 am to 3 pm</p>",
        "<p>The village permit clerk sits Monday and Wednesday 9 am to 1 pm.</p>",
    ],
)
def test_hours_without_evidence_open_no_finding(body: str) -> None:
    assert opened(body) == []


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>Our water test is $38.</p>", ["price_mismatch"]),
        ("<p>A diagnostic visit is $79.</p>", ["price_mismatch"]),
        (
            "<table><tr><td>Water test</td><td>$38</td></tr><tr><td>Other</td><td>$9</td></tr></table>",
            ["price_mismatch"],
        ),
        ("<p>When to test your water is in spring, and for that the lab on Washington Street charges $38.</p>", []),
        ("<table><tr><td>Softener, 32,000 grain, put in</td><td>$1,895</td></tr></table>", []),
        ("<p>Other outfits ask for a water test $85.</p>", []),
        ("<h3>Why we don't sell a $29 diagnostic visit</h3><p>The $29 diagnostic visit finds a new pump.</p>", []),
        (
            "<h2>What we offer</h2><h3>Water test</h3><p>A complete water test is $38, bottle included.</p>",
            ["price_mismatch"],
        ),
        (
            "<h1>Specials</h1><h2>What things cost</h2><table><tr><td>Water test</td><td>$38</td></tr></table>",
            ["price_mismatch"],
        ),
        (
            "<p>For a pump that you bought elsewhere a diagnostic visit is $79, a water test $45.</p>",
            ["price_mismatch"],
        ),
        ("<table><tr><th>Job</th><th>Hours</th></tr><tr><td>Water test</td><td>38</td></tr></table>", []),
        (
            "<table><tr><td>Water test, bottle extra</td><td>$38</td></tr><tr><td>Other</td><td>$9</td></tr></table>",
            ["price_mismatch"],
        ),
        ("<h3>Water tests</h3><p>Done in one visit. From $38.</p>", ["price_mismatch"]),
        ("<h3>Water test</h3><p>Taken at the tap, not the tank. $38 per jar.</p>", ["price_mismatch"]),
        ("<h2>Regular prices</h2><p>Water test $38. Diagnostic visit $89.</p>", ["price_mismatch"]),
        ("<h2>Water test</h2><table><tr><td>Starting price</td><td>$38</td><td>$45</td></tr></table>", []),
        ("<h3>Water test</h3><p>Of your own well, in a jar. About $38 with the drive.</p>", ["price_mismatch"]),
        ("<h3>Don't wait for winter</h3><p>A diagnostic visit is $79.</p>", ["price_mismatch"]),
    ],
)
def test_price_belongs_to_the_full_name(body: str, rules: list[str]) -> None:
    assert opened(body) == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<h3>Towns we serve</h3><ul><li>Hartford</li><li>Slinger</li><li>Waukesha</li></ul>", ["unserved_area"]),
        ("<p>We also serve Waukesha, WI.</p>", ["unserved_area"]),
        ("<h1>Gutter repair in Waukesha, WI</h1>", ["unserved_area"]),
        ("<p>We take on new customers in Waukesha, WI too.</p>", ["unserved_area"]),
        ("<h3>How far do you go?</h3><p>Waukesha, WI and no farther.</p>", ["unserved_area"]),
        ("<p>Our teams inspect roofs in Hartford, Slinger and Waukesha.</p>", ["unserved_area"]),
        ("<p>Trucks go to Waukesha and Slinger, and we work in Kewaskum.</p>", ["unserved_area"]),
        ("<h2>Hartford</h2><p>Waukesha, Brookfield and every neighborhood inside the loop.</p>", []),
        ("<p>On Thursdays we’re in Waukesha and nowhere else.</p>", ["unserved_area"]),
        ("<p>We serve the Flint Hills, and nobody else does.</p>", []),
        ("<p>We had to stop taking calls in Waukesha, WI last summer.</p>", []),
        ("<h3>Areas we serve</h3><p>Licensed and insured. Waukesha License on file.</p>", []),
        ("<ul><li><a href='/locations/waukesha'>Pumps Waukesha</a></li></ul><p>Towns we serve</p>", []),
        ("<h3>Where we go</h3><ul><li>Hartford, WI 53027</li><li>Waukesha, WI 53186</li></ul>", ["unserved_area"]),
        (
            f"<h3>Where we go</h3><table>{''.join(f'<tr><td>{town}</td><td>Ask</td></tr>' for town in HOME)}</table>",
            [],
        ),
        ("<div>Do you cover Waukesha, WI?</div><div>Not at the moment. That route is full.</div>", []),
        ("<p>We also insulate homes across the river in Waukesha, Wisconsin.</p>", ["unserved_area"]),
        (
            "<h2>Towns</h2><figure><blockquote>Ok.</blockquote><figcaption>Ann V., Waukesha</figcaption></figure>",
            [],
        ),
        ("<h3>Do you work on awnings?</h3><p>No. Try a canvas shop in Waukesha, WI.</p>", []),
        # A village that may be a word counts in a row with towns of the map, in their state.
        ("<p>Towns we go to: Hartford, Slinger and Allenton. Gravel is fine.</p>", ["unserved_area"]),
        ("<p>Towns we go to: Hartford, Slinger and Yoncalla. Gravel is fine.</p>", []),
        ("<p>Karl learned the trade in Waukesha, WI before the army.</p>", []),
        (
            SMALL_PRINT,
            [],
        ),
        ("<h3>Where we go</h3><ul><li>Hartford, WI</li></ul><ul><li>Master</li><li>Lower</li></ul>", []),
    ],
)
def test_town_is_served(body: str, rules: list[str]) -> None:
    assert opened(body) == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<h3>Peach Plan</h3><p>$12 a month, two visits a year.</p>", ["retired_membership_advertised"]),
        ("<p>Join the Peach Plan today.</p>", ["retired_membership_advertised"]),
        ("<p>I have the old Peach Plan. Am I in trouble?</p>", []),
        ("<h3>What became of the Peach Plan?</h3><p>It went into the Spring Club.</p>", []),
        ("<ul><li>Hand pump repair</li><li>Well pump repair</li></ul>", ["retired_service_advertised"]),
        (
            "<p>We send samples to a lab, and offer hand pump repair.</p>",
            ["retired_service_advertised"],
        ),
        ("<dl><dt><button>Do you do hand pump repair?</button></dt><dd>Not since Karl left.</dd></dl>", []),
        ("<p>Hand pump, electric only. No repair of iron ones: call a smith.</p>", []),
        ("<p>Hand pump repair isn't what anybody here was ever good at.</p>", []),
    ],
)
def test_sold_and_mentioned_services(body: str, rules: list[str]) -> None:
    assert opened(body) == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>We hold Iowa plumbing license 36BI0128.</p>", ["license_mismatch"]),
        ("<p>Master plumber license PL-20481</p>", ["license_mismatch"]),
        ("<p>Look us up at the state board under number 20481.</p>", []),
    ],
)
def test_license_belongs_to_the_shop(body: str, rules: list[str]) -> None:
    assert opened(body) == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<h3>Deals</h3><p>$40 off any gutter. Ends October 15, 2026.</p>", ["expired_offer"]),
        ("<h3>Deals</h3><p>$300 off heat pumps as a state rebate. Ends October 15, 2026.</p>", []),
        ("<p>Our $100 softener coupon is over. We honor old paper if you're nice about it.</p>", []),
        ("<p>A competitor's flyer offers a softener for $895. Ends October 15, 2026.</p>", []),
        ("<p>Utility rebates of up to $1,500. The tax credit ended October 15, 2026; we can't bring it back.</p>", []),
        ("<p>In 2025 the utility paid up to $100 toward softeners. Ends October 15, 2026.</p>", []),
        ("<p>NO MORE SALT<br>$100 off any softener. Good till October 15, 2026.</p>", ["expired_offer"]),
        ("<p>$100 off any softener. Deposit in hand by October 15, 2026.</p>", ["expired_offer"]),
        (
            "<div><h3>Softener Savings: $100 back</h3><p>Take $100 off any softener. Ends October 15, 2026.</p></div>",
            ["expired_offer"],
        ),
        ("<p>$100 off any softener. Book between September 15 and October 31, 2026.</p>", ["expired_offer"]),
        ("<p>$100 off any softener. Book by October 15, 2026.</p>", ["expired_offer"]),
    ],
)
def test_last_day_belongs_to_the_offer(body: str, rules: list[str]) -> None:
    assert opened(body) == rules
