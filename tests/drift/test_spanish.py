"""Spanish wording: what its table replaces, and what the readers and the comparison make of a page."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from drift.compare.check import check
from drift.compare.findings import Rule
from drift.compare.index import Index
from drift.reading.calibration import OPENS_AT
from drift.reading.facts import Fact, Kind
from drift.reading.read import read_page
from drift.reading.spanish import in_english, is_spanish
from pagetojob.titanmap.map_json import read_map

TODAY = date(2026, 12, 1)
PAGE = (Path(__file__).parent / "pages" / "spanish-cooling.html").read_bytes()
#: Words that make a short page Spanish.
AROUND = "<p>Llámenos. Nuestros servicios, precios y ofertas en Mesa.</p>"


def facts_of(page: bytes, kind: Kind, **more: Any) -> list[Fact]:
    facts = read_page(page, today=TODAY, page="/", **more)
    return [fact for fact in facts if fact.kind is kind and fact.confidence >= OPENS_AT]


def values(page: bytes, kind: Kind) -> set[str]:
    return {fact.value for fact in facts_of(page, kind)}


def read(body: str, kind: Kind) -> set[str]:
    html = f'<html><head><meta charset="utf-8"></head><body><main>{AROUND}{body}</main></body></html>'
    return values(html.encode(), kind)


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("Lunes a viernes de 8:00 a.m. a 6:00 p.m.", "Monday to friday from 8:00 a.m. to 6:00 p.m."),
        ("INSTALACIONES de calentadores de agua", "Installation of water heater"),
        ("entre $2,400 y $3,600", "between $2,400 and $3,600"),
        ("La visita cuesta 65 dólares", "La visit costs $65"),
        ("Válido hasta el 31 de diciembre de 2026", "Valid until 31 december 2026"),
        ("Servimos el Condado de Maricopa", "Serving el Maricopa County"),
        ("Plan Familiar: $19 al mes", "Familiar Plan: $19 per month"),
        ("Reparación, de agua: $5", "Repair, de agua: $5"),
        ("Detección y\nReparación de Fugas", "Detection and\nRepair of Leak"),
        ("Lun–Vie 8–5", "Monday–Friday 8–5"),
        ("We leave no mess", "We leave no mess"),
        ("We give them a $50 credit", "We give them a $50 credit"),
        ("$89 a 2-hour visit", "$89 a 2-hour visit"),
        ("Lunes de 8 a medianoche", "Monday from 8 to midnight"),
        ("Santa Teresa, Nuevo México", "Santa Teresa, New Mexico"),
        ("Llegamos en menos de 2 horas", "Arrive within 2 hour"),
        ("8:00 a.m. a 12 de la noche", "8:00 a.m. to midnight"),
        ("Marina del Rey and Playa de Oro", "Marina del Rey and Playa de Oro"),
    ],
)
def test_phrases_in_english(spanish: str, english: str) -> None:
    assert in_english(spanish) == english


def test_words_that_both_languages_have_do_not_make_a_page_spanish() -> None:
    words = ["Mini split", "reparación", "precios"]
    assert not is_spanish([*words, "ofertas"])
    assert is_spanish([*words, "ofertas", "horario"])


def test_page_in_spanish() -> None:
    assert values(PAGE, Kind.SERVICE) == {
        *("AC Repair", "AC Installation", "AC Maintenance", "Heat Pump Installation", "Heating Maintenance"),
        *("Duct Cleaning", "Thermostat Installation", "Water Heater Repair", "Gas Line Repair"),
    }
    assert values(PAGE, Kind.AREA_CITY) == {"Tucson", "Marana", "Oro Valley", "Sahuarita", "Green Valley"}
    assert values(PAGE, Kind.HOURS) == {
        *(f"{day} 07:00-17:00" for day in ("mon", "tue", "wed", "thu")),
        *("fri 07:00-15:00", "sat closed", "sun closed"),
    }
    prices = {f"{fact.value} {fact.price} {fact.detail.get('to')}" for fact in facts_of(PAGE, Kind.PRICE)}
    assert prices == {
        *("AC Maintenance 89 None", "Duct Cleaning 299 None"),
        *("Gas Line Repair 150 400", "Diagnostic Fee 75 None"),
    }
    offers = {(fact.price, fact.percent, fact.expires) for fact in facts_of(PAGE, Kind.OFFER)}
    assert offers == {(200, None, date(2027, 1, 15)), (None, 15, None)}
    (plan,) = facts_of(PAGE, Kind.MEMBERSHIP)
    assert (plan.value, f"{plan.price}") == ("Oasis Plan", "18")
    assert plan.detail == {"visits": "2", "period": "month"}
    assert values(PAGE, Kind.EMERGENCY_PROMISE) == {"no emergency surcharge", "24/7 emergency service"}
    assert "0% interest for 18 months" in values(PAGE, Kind.FINANCING)


def test_quote_is_the_printed_text() -> None:
    quotes = {fact.value: fact.quote for fact in facts_of(PAGE, Kind.PRICE)}
    assert quotes["Duct Cleaning"] == "Limpieza de ductos: desde $299"
    (plan,) = facts_of(PAGE, Kind.MEMBERSHIP)
    assert "Plan Oasis $18 al mes" in plan.quote


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("<p>Línea de emergencia: (602) 555-0142</p>", Kind.EMERGENCY_PHONE, {"+16025550142"}),
        (
            "<p>Horario: de viernes a sábado de 8 de la mañana a 5 de la tarde</p>",
            Kind.HOURS,
            {"fri 08:00-17:00", "sat 08:00-17:00"},
        ),
        ("<p>Abierto martes y jueves, de 9 a 5</p>", Kind.HOURS, {"tue 09:00-17:00", "thu 09:00-17:00"}),
        ("<table><tr><td>Cambio de ducto</td><td>$120 a $180</td></tr></table>", Kind.PRICE, {"Replacement of duct"}),
        ("<p>Códigos postales: 85201, 85202, 85203</p>", Kind.AREA_ZIP, {"85201", "85202", "85203"}),
        ("<h2>Testimonios</h2><blockquote>Vinieron desde Tempe y me cobraron $95.</blockquote>", Kind.PRICE, set()),
        (
            "<h2>Servicios</h2><ul><li>Reparación de persianas</li><li>Cambio de chapas</li><li>Poda de uvas</li></ul>",
            Kind.SERVICE,
            {"Repair of persianas", "Replacement of chapas", "Trimming of uvas"},
        ),
        ("<p>No instalamos calentadores de agua.</p>", Kind.SERVICE, set()),
        ("<p>Pago mensual desde $40 con crédito aprobado, sin intereses.</p>", Kind.MEMBERSHIP, set()),
    ],
)
def test_spanish_statements(body: str, kind: Kind, expected: set[str]) -> None:
    assert read(body, kind) == expected


def test_page_with_few_spanish_words_is_left_as_it_is() -> None:
    list_of = "<ul><li>Reparacion de drenajes</li></ul>"
    assert read(list_of, Kind.SERVICE) == {"Drain Repair"}
    assert values(f"<html><body>{list_of}</body></html>".encode(), Kind.SERVICE) == set()


MAP: dict[str, Any] = {
    "schema": "pagetojob.titan-map/1",
    "tenant": {"name": "Aire Sonora", "time_zone": "America/Phoenix"},
    "job_types": [
        {"name": name, "active": True}
        for name in (
            *("AC Repair", "AC Replacement", "AC Tune-Up", "Heat Pump Installation", "Heating Maintenance"),
            *("Duct Cleaning", "Thermostat Replacement", "Water Heater Repair", "Gas Line Repair"),
        )
    ],
    "zones": [{"name": "Valley", "cities": ["Tucson", "Marana", "Oro Valley", "Sahuarita", "Green Valley"]}],
    "memberships": [{"name": "Plan Oasis", "price": "18", "period": "month", "benefits": {"visits_per_year": 2}}],
    "pricebook_services": [{"name": "Duct Cleaning", "price": "299"}, {"name": "Diagnostic Fee", "price": "75"}],
    "offers": [{"name": "$200 off a new AC", "amount_off": "200", "ends": "2027-01-15"},
               {"name": "15% off for veterans and seniors", "percent_off": "15"}],
    "phones": ["520-555-0114"],
    "licenses": ["ROC 318842"],
    "hours": {day: [["07:00", "17:00"]] for day in ("mon", "tue", "wed", "thu")} | {"fri": [["07:00", "15:00"]]},
}  # fmt: skip


def findings(page: bytes = PAGE, **changed: Any) -> set[tuple[Rule, str]]:
    index = Index(read_map(json.dumps(MAP | changed).encode()), TODAY)
    pages = {"/": read_page(page, today=TODAY, page="/", known=index.known)}
    return {(finding.rule, finding.item) for finding in check(index, pages).findings}


def test_page_in_spanish_agrees_with_its_map() -> None:
    assert findings() == set()


def test_page_in_spanish_differs_from_its_map() -> None:
    assert findings(
        pricebook_services=[{"name": "Duct Cleaning", "price": "349"}, {"name": "Diagnostic Fee", "price": "95"}],
        hours={day: [["07:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        memberships=[{"name": "Plan Oasis", "price": "22", "period": "month"}],
        job_types=[*MAP["job_types"][:-1], {"name": "Duct Sealing"}, {"name": "Gas Line Repair", "active": False}],
        zones=[{"name": "Valley", "cities": ["Tucson", "Marana", "Oro Valley", "Sahuarita"]}],
    ) == {
        (Rule.PRICE_MISMATCH, "pricebook service: Duct Cleaning"),
        (Rule.PRICE_MISMATCH, "pricebook service: Diagnostic Fee"),
        (Rule.HOURS, "office hours"),
        (Rule.MEMBERSHIP_PRICE, "membership: Plan Oasis"),
        (Rule.SERVICE_MISSING, "job type: Duct Sealing"),
        (Rule.RETIRED_SERVICE, "job type: Gas Line Repair"),
        (Rule.UNSERVED_AREA, "area: Green Valley"),
    }


def test_map_may_have_names_in_spanish() -> None:
    retired = {"name": "Limpieza de ductos", "active": False}
    assert (Rule.RETIRED_SERVICE, "job type: Limpieza de ductos") in findings(job_types=[retired])


@pytest.mark.parametrize(("is_active", "around", "expected"), [
    (False, "", set()),
    (False, AROUND, {(Rule.RETIRED_SERVICE, "job type: Jardinería")}),
    (True, "", set()),
    (True, AROUND, set()),
])  # fmt: skip
def test_spanish_name_of_a_service_is_english_on_spanish_pages_only(
    is_active: bool, around: str, expected: set[tuple[Rule, str]]
) -> None:
    """A page in English that sells landscaping does not advertise the retired "Jardinería" of the map."""
    page = f'<html><head><meta charset="utf-8"></head><body>{around}<h2>Landscaping</h2><h2>Decks</h2></body></html>'
    given = [{"name": "Jardinería", "active": is_active}]
    assert findings(page.encode(), job_types=given, pricebook_services=[], memberships=[], hours={}) == expected
