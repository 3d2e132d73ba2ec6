"""The JSON form of a Titan Map: the documented example is read, and a slip is named with its place."""

import json
import re
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pagetojob.titanmap import map_json
from pagetojob.titanmap.facts import OF_FAMILY, SHOP
from pagetojob.titanmap.map_errors import BadMap
from pagetojob.titanmap.map_json import _PARTS, read_map
from pagetojob.titanmap.map_types import TitanMap
from pagetojob.titanmap.models import Family

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "titan-map-json.md"


def document(**parts: Any) -> bytes:
    return json.dumps({"schema": "pagetojob.titan-map/1", **parts}).encode()


def test_documented_example_is_valid() -> None:
    example = re.search(r"```json\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    titan_map = read_map(example[1].encode())
    assert titan_map.emergency_phone == "+16025550199" and titan_map.zones[0].cities and titan_map.offers


def test_each_part_of_a_map_is_read_documented_and_stored() -> None:
    parts = {field.name for field in fields(TitanMap)} - {"name"}
    families = {f"{family.replace(' ', '_')}s" for family in OF_FAMILY}
    assert parts - set(_PARTS) == set(), "without a reader of its JSON form"
    assert {name for name in parts if f"| `{name}`" not in REFERENCE.read_text(encoding="utf-8")} == set()
    assert parts - families - {"hours", "page_bindings"} == set(SHOP), "the facts of a shop and their readers"


def test_each_fact_of_an_item_is_read_again_when_it_is_stored() -> None:
    forms = {
        "job type": map_json._JOB_TYPE, "business unit": map_json._ITEM, "campaign": map_json._DATED,
        "pricebook service": map_json._PRICED, "zone": map_json._ZONE, "membership": map_json._MEMBERSHIP,
        "offer": map_json._OFFER, "booking provider": map_json._KNOWN,
    }  # fmt: skip
    columns, benefits = {"name", "id", "active", "detail", "state"}, {"discount_percent", "visits_per_year"}
    facts = {
        family: (set(form) - columns - {"benefits"}) | (benefits if "benefits" in form else set())
        for family, form in forms.items()
    }
    assert {family: set(readers) for family, readers in OF_FAMILY.items()} == facts
    assert set(OF_FAMILY) == set(Family)


#: A file of the first day of the form. It must stay valid and mean the same.
OLD_FILE = b"""{
  "schema": "pagetojob.titan-map/1", "tenant": {"name": "Old Air", "time_zone": "America/Phoenix"},
  "job_types": [{"name": "AC Repair", "id": 1, "code": "A", "active": true, "synonyms": ["Cooling"]}],
  "business_units": [{"name": "HVAC"}], "campaigns": [{"name": "Fall", "ends": "2026-09-30"}],
  "zones": [{"name": "Metro", "state": "active", "cities": ["Glendale, AZ"], "zips": ["85301"], "detail": "x"}],
  "memberships": [{"name": "Club", "price": "19.00", "period": "month", "benefits": {"visits_per_year": 2}}],
  "pricebook_services": [{"name": "Diagnostic", "price": 89, "category": "Fees"}],
  "offers": [{"name": "Senior", "percent_off": 10, "service": "AC Repair", "starts": "2026-01-01"}],
  "phones": ["(602) 555-0142"], "tracking_phones": ["(602) 555-0143"], "emergency_phone": "(602) 555-0199",
  "hours": {"mon": [["07:00", "18:00"]]}, "licenses": ["ROC 1"], "holidays": {"2026-12-25": "Christmas Day"},
  "booking_providers": [{"name": "Site"}], "page_bindings": [{"page_path": "/", "job_type": "AC Repair"}],
  "capacity_rules": [{"name": "Late", "primary": "call now", "sentence": "Call."}],
  "synonyms": {"Cool Check": "AC Repair"}, "emergency_service": true, "financing": false
}"""


def test_old_file_stays_valid_and_means_the_same() -> None:
    titan_map = read_map(OLD_FILE)
    (zone,), (service,), (plan,), (offer,) = (
        titan_map.zones, titan_map.pricebook_services, titan_map.memberships, titan_map.offers,
    )  # fmt: skip
    assert zone.areas == zone.cities == ("Glendale, AZ",) and offer.audience == ""
    assert (service.price, plan.price) == (Decimal(89), Decimal(19)) and service.price_to is plan.price_to is None
    assert titan_map.retired_phones == titan_map.addresses == () and titan_map.emergency_hours == {}
    assert titan_map.emergency_response_minutes is None and titan_map.emergency_surcharge is None


def test_every_part_is_documented() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    with pytest.raises(BadMap) as refused:
        read_map(document(nonsense=1))
    for name in str(refused.value).partition("Known: ")[2].rstrip(".").split(", "):
        assert f"`{name}`" in text, name


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b"", ""),
        (b"[]", "#"),
        (b"{}", "#/schema"),
        (b'{"schema": "pagetojob.titan-map/2"}', "#/schema"),
        (b'{"schema": 1, "schema": 2}', ""),
        (document(zone=[]), "#/zone"),
        (document(job_types={}), "#/job_types"),
        (document(job_types=[{}]), "#/job_types/0"),
        (document(job_types=[{"name": ""}]), "#/job_types/0/name"),
        (document(job_types=[{"name": "A"}, {"name": "a"}]), "#/job_types/1/name"),
        (document(job_types=[{"name": "A", "colour": "red"}]), "#/job_types/0/colour"),
        (document(zones=[{"name": "A", "state": "closed"}]), "#/zones/0/state"),
        (document(zones=[{"name": "A", "zips": [85004]}]), "#/zones/0/zips/0"),
        (document(pricebook_services=[{"name": "A", "price": "cheap"}]), "#/pricebook_services/0/price"),
        (document(pricebook_services=[{"name": "A", "price": True}]), "#/pricebook_services/0/price"),
        (document(pricebook_services=[{"name": "A", "price": 9, "price_to": 8}]), "#/pricebook_services/0/price_to"),
        (document(memberships=[{"name": "A", "price_to": 8}]), "#/memberships/0/price_to"),
        (document(retired_phones=["12"]), "#/retired_phones/0"),
        (document(emergency_response_minutes=1.5), "#/emergency_response_minutes"),
        (document(emergency_hours={"mon": ["8-17"]}), "#/emergency_hours/mon/0"),
        (document(offers=[{"name": "A", "price": 1, "percent_off": 2}]), "#/offers/0"),
        (document(offers=[{"name": "A", "percent_off": 101}]), "#/offers/0/percent_off"),
        (document(offers=[{"name": "A", "ends": "31.12.2026"}]), "#/offers/0/ends"),
        (document(phones=["12"]), "#/phones/0"),
        (document(hours={"monday": []}), "#/hours/monday"),
        (document(hours={"mon": [["8", "17:00"]]}), "#/hours/mon/0"),
        (document(page_bindings=[{"page_path": "x"}]), "#/page_bindings/0/page_path"),
        (
            document(campaigns=[{"name": "A"}], page_bindings=[{"page_path": "/", "campaign": "B"}]),
            "#/page_bindings/0/campaign",
        ),
    ],
    ids=range(28),
)
def test_error_names_its_place(data: bytes, pointer: str) -> None:
    with pytest.raises(BadMap) as refused:
        read_map(data)
    assert refused.value.pointer == pointer
    assert str(refused.value).endswith(".")
