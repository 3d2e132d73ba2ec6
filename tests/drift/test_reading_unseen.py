"""Rules that pages nobody had seen asked for, each on the smallest page that shows it."""

import json
from datetime import date
from typing import Any

import pytest

from drift.compare.check import check
from drift.compare.findings import Finding
from drift.compare.index import Index
from drift.compare.map_json import read_map
from drift.reading.facts import Fact
from drift.reading.read import read_page

TODAY = date(2026, 11, 27)


def facts_of(body: str, told: dict[str, Any] | None = None, head: str = "") -> list[Fact]:
    index = Index(read_map(json.dumps({"schema": "pagetojob.titan-map/1"} | (told or {})).encode()), TODAY)
    html = f"<html><head>{head}</head><body><main>{body}</main></body></html>"
    return read_page(html.encode(), today=TODAY, page="/x", known=index.known)


def values(body: str, kind: str, told: dict[str, Any] | None = None) -> list[str]:
    found = [fact for fact in facts_of(body, told) if fact.kind == kind and fact.confidence >= 0.6]
    return sorted(f"{fact.value} {fact.price}" if kind in ("price", "membership") else fact.value for fact in found)


def opened(told: dict[str, Any], *bodies: str) -> list[Finding]:
    index = Index(read_map(json.dumps({"schema": "pagetojob.titan-map/1"} | told).encode()), TODAY)
    pages = {
        f"/{n}": read_page(f"<main>{body}</main>".encode(), today=TODAY, page=f"/{n}", known=index.known)
        for n, body in enumerate(bodies)
    }
    return check(index.map, pages, today=TODAY, index=index).findings


def test_hours_till_noon_and_hours_that_do_not_say_which_half_of_the_day() -> None:
    found = values("<p>Mon thru Thurs<br>7:30 til 4:30<br>Fridays 7:30 til noon</p>", "hours")
    assert found == ["fri 07:30-12:00", *(f"{day} 07:30-16:30" for day in ("mon", "thu", "tue", "wed"))]
    assert values("<p>Open Saturday 9 to 11.</p>", "hours") == []
    assert values("<p>Office open the first Saturday of the month, 9:00 am to 11:00 am.</p>", "hours") == []


def test_the_shop_s_own_hotline_and_the_maker_s() -> None:
    assert values("<p>Softener hotline: 812-555-0150.</p>", "phone") == ["+18125550150"]
    assert values("<p>The maker's recall hotline is 1-866-555-0155.</p>", "phone") == []


def test_a_description_s_sentences_stand_beside_each_other() -> None:
    head = "<meta name=description content='Upfront prices, 24/7 emergency service. Call 918-555-0112.'>"
    assert [fact.kind for fact in facts_of("", head=head) if fact.value == "+19185550112"] == ["phone"]


def test_a_bare_number_of_an_installer_ends_with_its_line() -> None:
    body = "<p>Indiana Plumbing Contractor PC11204417 | Certified Installer 0482<br>Page last updated 11/02/2026</p>"
    assert values(body, "license") == ["0482", "PC11204417"]


@pytest.mark.parametrize(
    "price",
    [
        "<span>$</span><span>18</span><span><span>95</span></span><span>per month</span>",
        "<span>$18<sup>95</sup></span><span>/month</span>",
    ],
)
def test_dollars_and_cents_in_boxes_of_their_own(price: str) -> None:
    body = f"<div><h3>Comfort Plan</h3><div>{price}</div><ul><li>Two visits a year</li></ul></div>"
    assert values(body, "membership") == ["Comfort Plan 18.95"]


def test_a_plan_that_only_the_map_knows_as_one() -> None:
    told = {"memberships": [{"name": "Bayou Complete", "price": 89.5}]}
    body = "<h2>Pricing</h2><div><h3>Bayou Complete</h3><p>$84.50 / month</p><p>Bait stations watched</p></div>"
    assert values(body, "membership", told) == ["Bayou Complete 84.50"]
    (one,) = [fact for fact in facts_of(body.replace("Bait", "Six visits a year. Bait"), told) if fact.price]
    assert one.detail["visits"] == "6"


def test_what_others_ask_and_what_once_was_are_no_prices() -> None:
    assert values("<p>Somebody's ad says $29 for a tune-up.</p>", "price") == []
    assert values("<h2>About those $19 postcards</h2><p>Then comes the $640 estimate.</p>", "price") == []
    assert values("<p>A service call was $15 back then.</p>", "price") == []
    assert values("<p>Unlike other companies we charge $89 for a service call.</p>", "price") == ["Service Call 89"]


def test_the_second_system_costs_less_and_a_rented_thing_is_paid_by_the_month() -> None:
    told = {"pricebook_services": [{"name": "AC Tune-Up", "price": 99}, {"name": "Softener Rental", "price": 31}]}
    first = "<p>An AC tune-up is $99 for the first system, $79 for each one after that.</p>"
    assert opened(told, first) == []
    (one,) = opened(told, first, "<p>Softener rental is $28 a month.</p>")
    assert (one.item, one.site_value) == ("pricebook service: Softener Rental", "$28")


def test_lines_of_towns_have_heads_and_parts() -> None:
    body = "<h2>Proudly serving</h2><p>West side: Mesa, Gilbert</p><h3>Pinal: Casa Grande</h3>"
    assert values(body, "area_city") == ["Gilbert", "Mesa"]
    told = {"zones": [{"name": "Hill Country", "state": "paused", "cities": ["Garden Ridge"]}]}
    body = "<h1>Our service area</h1><h3>Hill Country</h3><p>Garden Ridge and Boerne, Tuesdays</p>"
    assert values(body, "area_city", told) == ["Boerne", "Garden Ridge"]
    body = "<p>Where do we go? Mostly Mesa and Gilbert. Also Tempe and Chandler.</p>"
    assert values(body, "area_city") == ["Chandler", "Gilbert", "Mesa", "Tempe"]
    assert values("<p>In Massachusetts only a plumber may pull a permit.</p>", "area_city") == []


def test_a_paragraph_whose_lines_are_offers() -> None:
    body = "<h3>Specials</h3><p>$25 off pumping. Ends 12/31/2026.<br>$200 off a softener. Ends 11/30/2026.</p>"
    found = {(fact.price, fact.expires) for fact in facts_of(body) if fact.kind == "offer"}
    assert found == {(25, date(2026, 12, 31)), (200, date(2026, 11, 30))}


def test_a_reduction_with_a_last_day_is_no_benefit_of_a_plan() -> None:
    body = "<h1>Plans &amp; Pricing</h1><h2>Seasonal</h2><p>15% off when you book. Sign up before May 1, 2026!</p>"
    assert [fact.percent for fact in facts_of(body) if fact.kind == "offer"] == [15]


def test_a_free_thing_of_any_sort_heads_a_coupon() -> None:
    assert values("<div class=coupon><b>Free keypad</b><p>with every new opener.</p></div>", "offer") == [
        "Free keypad with every new opener."
    ]
    found = facts_of("<h2>Specials</h2><p>FREE termite inspection for owners. Reports are $125.</p>")
    assert {fact.detail["form"] for fact in found if fact.kind == "offer"} == {"free"}


def test_a_tenant_s_own_names_in_other_signs_and_other_order() -> None:
    told = {
        "job_types": [{"name": "Skylight Installation"}, {"name": "Riser & Lid Repair"}],
        "pricebook_services": [{"name": "Mosquito Spray, Half Acre", "price": 95}],
    }
    assert values("<li>We install skylights</li>", "service", told) == ["Skylight Installation"]
    assert values("<li>Riser and lid repair</li>", "service", told) == ["Riser & Lid Repair"]
    table = "<table><tr><td>Mosquito spray (half acre)</td><td>$85</td></tr></table>"
    assert values(table, "price", told) == ["Mosquito Spray, Half Acre 85"]


def test_an_item_whose_synonym_differs_in_signs_alone_is_one_item() -> None:
    told = {"pricebook_services": [{"name": "Opener Installed", "price": 625, "synonyms": ["Opener, installed"]}]}
    (one,) = opened(told, "<table><tr><td>Opener, installed</td><td>$575</td></tr></table>")
    assert one.site_value == "$575"


def test_a_retired_item_is_not_what_it_is_only_about() -> None:
    told = {"job_types": [{"name": "Portable Toilet Rental", "active": False, "synonyms": ["Portable Toilets"]}]}
    assert opened(told, "<h3>Toilets</h3>") == []
    assert [one.rule for one in opened(told, "<h3>Portable toilets</h3>")] == ["retired_service_advertised"]
    told = {"job_types": [{"name": "Mini-Split Installation", "active": False, "synonyms": ["Mini-Splits"]}]}
    body = "<p>We also sell and set ductless mini-splits, single and multi-zone.</p>"
    assert [one.rule for one in opened(told, body)] == ["retired_service_advertised"]


def test_what_no_page_has_a_word_of_is_missing() -> None:
    told = {"job_types": [{"name": "Flea Treatment"}]}
    assert [one.rule for one in opened(told, "<p>Roaches and ants.</p>")] == ["active_service_missing"]
    assert opened(told, "<p>Roaches, ants, fleas and ticks.</p>") == []
    denied = "<p>We don't treat for fleas on the animal itself.</p>"
    assert [one.rule for one in opened(told, denied)] == ["active_service_missing"]


def test_a_site_that_names_many_parts_does_not_mean_the_others_by_the_whole() -> None:
    told = {"job_types": [{"name": "Backflow Testing"}]}
    assert opened(told, "<li>Plumbing services</li><li>Drain cleaning</li>") == []
    parts = "".join(
        f"<li>{name}</li>" for name in ("Drain cleaning", "Toilet repair", "Gas line repair", "Faucet repair")
    )
    assert [one.rule for one in opened(told, f"<li>Plumbing services</li>{parts}")] == ["active_service_missing"]
