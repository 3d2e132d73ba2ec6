"""The JSON form of a Titan Map: the documented example is read, and a slip is named with its place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pagetojob.titanmap.map_errors import MapRefused
from pagetojob.titanmap.map_json import read_map

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "titan-map-json.md"


def document(**parts: Any) -> bytes:
    return json.dumps({"schema": "pagetojob.titan-map/1", **parts}).encode()


def test_documented_example_is_valid() -> None:
    example = re.search(r"```json\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    titan_map = read_map(example[1].encode())
    assert titan_map.emergency_phone == "+16025550199" and titan_map.zones[0].cities and titan_map.offers


def test_every_part_is_documented() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    with pytest.raises(MapRefused) as refused:
        read_map(document(nonsense=1))
    for name in refused.value.for_people.partition("Known: ")[2].rstrip(".").split(", "):
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
    ids=range(23),
)
def test_error_names_its_place(data: bytes, pointer: str) -> None:
    with pytest.raises(MapRefused) as refused:
        read_map(data)
    assert refused.value.pointer == pointer
    assert refused.value.for_people.endswith(".")
