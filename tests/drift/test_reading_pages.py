"""Whole pages in the habits of site builders: what must be read, what must not, and where it stands."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from drift.reading.facts import Fact
from drift.reading.read import Known, read_page

TODAY = date(2026, 11, 25)
PAGES = Path(__file__).parent / "pages"


def read(name: str) -> list[Fact]:
    return read_page((PAGES / name).read_bytes(), today=TODAY, page=f"/{name}")


def told(facts: Iterable[Fact], kind: str, at_least: float = 0.6) -> set[str]:
    """The sure facts of a kind, with their numbers and dates."""
    return {
        " ".join(str(part) for part in (fact.value, fact.price, fact.percent, fact.expires) if part is not None)
        for fact in facts
        if fact.kind == kind and fact.confidence >= at_least
    }


def test_elementor() -> None:
    facts = read("elementor-home.html")
    assert told(facts, "phone") == {"+14805550110"}
    assert told(facts, "emergency_phone") == {"+14805550199"}
    assert told(facts, "area_city") == {"Mesa", "Gilbert", "Queen Creek", "San Tan Valley", "Apache Junction"}
    assert told(facts, "offer") == {
        "AC Tune-Up $ 89 89 2026-12-15",
        "$200 OFF Any Water Heater Replacement 200 2026-10-31",
    }
    assert {"AC Repair", "AC Installation", "AC Maintenance", "Hydro Jetting", "Slab Leak Detection"} <= told(
        facts, "service"
    )
    assert not {"Pool Heater", "Refrigeration"} & {fact.value for fact in facts}
    assert told(facts, "license") == {"ROC 312345", "ROC 312346"}
    assert {"mon 07:00-19:00", "sat 08:00-16:00"} <= told(facts, "hours")
    assert told(facts, "address") == {"1450 S Country Club Dr, Suite 108, Mesa, AZ 85210"}
    assert told(facts, "email") == {"hello@saguarohome.com"}
    assert told(facts, "membership") == set()
    assert "0% interest for 60 months 0" in told(facts, "financing")


def test_an_agency_s_platform() -> None:
    facts = read("agency-city.html")
    assert told(facts, "phone") == {"+19725550133", "+19725550134"}
    assert told(facts, "emergency_phone") == {"+19725550190"}
    assert {"Plano", "Frisco", "Allen", "The Colony"} <= told(facts, "area_city") <= {
        "Plano", "Frisco", "Allen", "The Colony", "Collin County",
    }  # fmt: skip
    assert told(facts, "area_zip") == {"75023", "75024", "75074", "75093"}
    assert {"$25 Off Any Drain Cleaning 25 2026-11-30"} <= told(facts, "offer")
    assert told(facts, "price") == {"Service Call Fee 79"}
    assert not any("Boiler" in name or "Furnace" in name for name in told(facts, "service"))
    assert {"sat 09:00-12:00", "sun closed"} <= told(facts, "hours")


def test_wix_plans() -> None:
    facts = read("wix-plans.html")
    assert {"Silver 15.99 10", "Gold 24.99 20"} <= told(facts, "membership")
    assert told(facts, "price") == {"Diagnostic Visit 99", "Tune-Up 129"}
    assert told(facts, "license") == {"CAC1819283"}
    assert told(facts, "offer") == set()
    assert told(facts, "area_city") == {"Tampa", "Brandon", "Riverview", "Lutz"}


def test_squarespace_prose() -> None:
    facts = read("squarespace-about.html")
    assert told(facts, "area_city") == {"Carmel", "Fishers", "Noblesville"}
    assert not any("Duct" in name for name in told(facts, "service", 0))
    assert {"Furnace Repair", "Heat Pump Maintenance", "Thermostat"} <= told(facts, "service")
    assert {fact.expires for fact in facts if fact.kind == "offer"} == {date(2026, 11, 30)}
    assert told(facts, "address") == {"211 W Main St, Carmel, IN 46032"}


def test_divi_specials() -> None:
    facts = read("divi-specials.html")
    assert {(f"{fact.price}", fact.expires) for fact in facts if fact.kind == "offer" and fact.price} == {
        ("500", date(2026, 12, 31)),
        ("69", date(2026, 9, 30)),
        ("35", date(2026, 11, 28)),
    }
    assert told(facts, "area_city") == {"Richmond", "Henrico", "Chesterfield", "Midlothian", "Glen Allen"}
    assert {"mon 08:00-17:00", "fri 08:00-17:00"} == {one for one in told(facts, "hours") if one[:3] in ("mon", "fri")}


def test_a_page_of_1998() -> None:
    facts = read("plain-old.html")
    assert told(facts, "phone") == {"+14195550155"}
    assert told(facts, "emergency_phone") == {"+14195550156"}
    assert told(facts, "area_city") == {"Toledo", "Maumee", "Perrysburg", "Sylvania"}
    assert {"Drain Cleaning 129", "Toilet rebuild 165", "Water heater (40 gal) installed 1450"} == told(facts, "price")
    assert not any("Septic" in name for name in told(facts, "service", 0))


@pytest.mark.parametrize("name", sorted(path.name for path in PAGES.glob("*.html")))
def test_each_selector_finds_the_words_that_are_quoted(name: str) -> None:
    tree = LexborHTMLParser((PAGES / name).read_text(encoding="utf-8"))
    for fact in read(name):
        found = tree.css(fact.selector)
        assert len(found) == 1, fact.selector
        if found[0].tag not in ("meta", "img") and fact.kind not in ("offer", "membership"):
            text = "".join(found[0].text(deep=True).replace("|", "").split())
            assert "".join(fact.quote.replace("|", "").split())[:30] in text, fact


def test_what_nobody_sees_is_not_read() -> None:
    html = (
        "<p hidden>602-555-0101</p><div style='display: none'>602-555-0102</div><!-- 602-555-0103 -->"
        "<script>'602-555-0104'</script>"
        "<template><p>602-555-0105</p></template><noscript>602-555-0106</noscript><style>a{content:'602-555-0107'}</style>"
        "<textarea>602-555-0108</textarea><div role=tabpanel hidden>602-555-0109</div>"
    )
    assert told(read_page(html.encode(), today=TODAY), "phone") == {"+16025550109"}


def test_what_customers_and_articles_say_is_less_sure_than_what_the_shop_says() -> None:
    html = "<p>{0}</p><div class='testimonial'><p>Call them at 602-555-0101</p></div>"
    facts = read_page(html.format("Call 602-555-0102").encode(), today=TODAY)
    sure = {fact.value: fact.confidence for fact in facts if fact.kind == "phone"}
    assert sure["+16025550101"] < 0.6 < sure["+16025550102"]
    blog = read_page(b"<h1>News</h1><p>Take $50 off any AC repair</p>", today=TODAY, page="/blog/2024/tips")
    assert all(fact.confidence < 0.6 for fact in blog if fact.kind == "offer")


def test_markup_in_a_text_stays_text() -> None:
    html = "<p>Call &lt;script&gt;alert(1)&lt;/script&gt; 602-555-0142</p>"
    (fact,) = [one for one in read_page(html.encode(), today=TODAY) if one.kind == "phone"]
    assert fact.quote == "Call <script>alert(1)</script> 602-555-0142"


def test_a_tenant_s_places_are_known_though_no_list_has_them() -> None:
    html = b"<p>Proudly serving Zyxwood and Quarrelton.</p>"
    assert told(read_page(html, today=TODAY), "area_city") == set()
    known = Known(places=frozenset({"Zyxwood", "Quarrelton"}))
    assert told(read_page(html, today=TODAY, known=known), "area_city") == {"Zyxwood", "Quarrelton"}
