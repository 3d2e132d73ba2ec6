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


def values_of(facts: Iterable[Fact], kind: str, at_least: float = 0.6) -> set[str]:
    """The sure facts of a kind, with their numbers and dates."""
    return {
        " ".join(str(part) for part in (fact.value, fact.price, fact.percent, fact.expires) if part is not None)
        for fact in facts
        if fact.kind == kind and fact.confidence >= at_least
    }


def test_elementor() -> None:
    facts = read("elementor-home.html")
    assert values_of(facts, "phone") == {"+14805550110"}
    assert values_of(facts, "emergency_phone") == {"+14805550199"}
    assert values_of(facts, "area_city") == {"Mesa", "Gilbert", "Queen Creek", "San Tan Valley", "Apache Junction"}
    assert values_of(facts, "offer") == {
        "AC Tune-Up $ 89 89 2026-12-15",
        "$200 OFF Any Water Heater Replacement 200 2026-10-31",
    }
    assert {"AC Repair", "AC Installation", "AC Maintenance", "Hydro Jetting", "Slab Leak Detection"} <= values_of(
        facts, "service"
    )
    assert not {"Pool Heater", "Refrigeration"} & {fact.value for fact in facts}
    assert values_of(facts, "license") == {"ROC 312345", "312346"}
    assert {"mon 07:00-19:00", "sat 08:00-16:00"} <= values_of(facts, "hours")
    assert values_of(facts, "address") == {"1450 S Country Club Dr, Suite 108, Mesa, AZ 85210"}
    assert values_of(facts, "email") == {"hello@saguarohome.com"}
    assert values_of(facts, "membership") == set()
    assert "0% interest for 60 months 0" in values_of(facts, "financing")


def test_agency_platform() -> None:
    facts = read("agency-city.html")
    assert values_of(facts, "phone") == {"+19725550133", "+19725550134"}
    assert values_of(facts, "emergency_phone") == {"+19725550190"}
    assert {"Plano", "Frisco", "Allen", "The Colony"} <= values_of(facts, "area_city") <= {
        "Plano", "Frisco", "Allen", "The Colony", "Collin County",
    }  # fmt: skip
    assert values_of(facts, "area_zip") == {"75023", "75024", "75074", "75093"}
    assert {"$25 Off Any Drain Cleaning 25 2026-11-30"} <= values_of(facts, "offer")
    assert values_of(facts, "price") == {"Service Call Fee 79"}
    assert not any("Boiler" in name or "Furnace" in name for name in values_of(facts, "service"))
    assert {"sat 09:00-12:00", "sun closed"} <= values_of(facts, "hours")


def test_wix_plans() -> None:
    facts = read("wix-plans.html")
    assert {"Silver 15.99 10", "Gold 24.99 20"} <= values_of(facts, "membership")
    assert values_of(facts, "price") == {"Diagnostic Visit 99", "Tune-Up 129"}
    assert values_of(facts, "license") == {"CAC1819283"}
    assert values_of(facts, "offer") == set()
    assert values_of(facts, "area_city") == {"Tampa", "Brandon", "Riverview", "Lutz"}


def test_squarespace_prose() -> None:
    facts = read("squarespace-about.html")
    assert values_of(facts, "area_city") == {"Carmel", "Fishers", "Noblesville"}
    assert not any("Duct" in name for name in values_of(facts, "service", 0))
    assert {"Furnace Repair", "Heat Pump Maintenance"} <= values_of(facts, "service")
    assert {fact.expires for fact in facts if fact.kind == "offer"} == {date(2026, 11, 30)}
    assert values_of(facts, "address") == {"211 W Main St, Carmel, IN 46032"}


def test_divi_specials() -> None:
    facts = read("divi-specials.html")
    assert {(f"{fact.price}", fact.expires) for fact in facts if fact.kind == "offer" and fact.price} == {
        ("500", date(2026, 12, 31)),
        ("69", date(2026, 9, 30)),
        ("35", date(2026, 11, 28)),
    }
    assert values_of(facts, "area_city") == {"Richmond", "Henrico", "Chesterfield", "Midlothian", "Glen Allen"}
    assert {"mon 08:00-17:00", "fri 08:00-17:00"} == {
        value for value in values_of(facts, "hours") if value[:3] in ("mon", "fri")
    }


def test_page_of_1998() -> None:
    facts = read("plain-old.html")
    assert values_of(facts, "phone") == {"+14195550155"}
    assert values_of(facts, "emergency_phone") == {"+14195550156"}
    assert values_of(facts, "area_city") == {"Toledo", "Maumee", "Perrysburg", "Sylvania"}
    assert {"Drain Cleaning 129", "Toilet rebuild 165", "Water heater (40 gal) installed 1450"} == values_of(
        facts, "price"
    )
    assert not any("Septic" in name for name in values_of(facts, "service", 0))


@pytest.mark.parametrize("name", sorted(path.name for path in PAGES.glob("*.html")))
def test_each_selector_matches_its_quote(name: str) -> None:
    tree = LexborHTMLParser((PAGES / name).read_text(encoding="utf-8"))
    for fact in read(name):
        nodes = tree.css(fact.selector)
        assert len(nodes) == 1, fact.selector
        if nodes[0].tag not in ("meta", "img") and fact.kind not in ("offer", "membership"):
            text = "".join(nodes[0].text(deep=True).replace("|", "").split())
            assert "".join(fact.quote.replace("|", "").split())[:30] in text, fact


def test_hidden_text_is_not_read() -> None:
    html = (
        "<p hidden>602-555-0101</p><div style='display: none'>602-555-0102</div><!-- 602-555-0103 -->"
        "<script>'602-555-0104'</script>"
        "<template><p>602-555-0105</p></template><noscript>602-555-0106</noscript><style>a{content:'602-555-0107'}</style>"
        "<textarea>602-555-0108</textarea><div role=tabpanel hidden>602-555-0109</div>"
    )
    assert values_of(read_page(html.encode(), today=TODAY), "phone") == {"+16025550109"}


def test_testimonials_and_articles_have_lower_confidence() -> None:
    html = "<p>{0}</p><div class='testimonial'><p>Call them at 602-555-0101</p></div>"
    facts = read_page(html.format("Call 602-555-0102").encode(), today=TODAY)
    sure = {fact.value: fact.confidence for fact in facts if fact.kind == "phone"}
    assert sure["+16025550101"] < 0.6 < sure["+16025550102"]
    blog = read_page(b"<h1>News</h1><p>Take $50 off any AC repair</p>", today=TODAY, page="/blog/2024/tips")
    assert all(fact.confidence < 0.6 for fact in blog if fact.kind == "offer")


def test_markup_in_text_stays_text() -> None:
    html = "<p>Call &lt;script&gt;alert(1)&lt;/script&gt; 602-555-0142</p>"
    (fact,) = [fact for fact in read_page(html.encode(), today=TODAY) if fact.kind == "phone"]
    assert fact.quote == "Call <script>alert(1)</script> 602-555-0142"


def test_unlisted_places_of_the_tenant_are_known() -> None:
    html = b"<p>Proudly serving Zyxwood and Quarrelton.</p>"
    assert values_of(read_page(html, today=TODAY), "area_city") == set()
    known = Known(places=frozenset({"zyxwood", "quarrelton"}))
    assert values_of(read_page(html, today=TODAY, known=known), "area_city") == {"Zyxwood", "Quarrelton"}
