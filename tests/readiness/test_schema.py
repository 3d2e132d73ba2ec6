"""Documented data format: every page and every version matches its public schema."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from readiness import models
from readiness.services.current import current, pack_at
from tests.readiness.editing import open_gate, ready_line
from tests.support.factories import make_user
from tests.support.openapi import faults

ROOT = "/servicetitan-ready-websites/"
FOLDER = Path(settings.BASE_DIR) / "readiness" / "schema"
FILES = {name: json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in ("pack.json", "pack-page.json")}
pytestmark = pytest.mark.usefixtures("pack")


def followed(part: Any, file: str) -> Any:
    """Return a part of a schema with its references resolved."""
    if isinstance(part, list):
        return [followed(entry, file) for entry in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        name, _, pointer = part["$ref"].partition("#/$defs/")
        return followed(FILES[name or file]["$defs"][pointer], name or file)
    return {key: followed(value, file) for key, value in part.items() if key not in {"$schema", "$defs"}}


def schema(file: str) -> dict[str, Any]:
    return {key: value for key, value in followed(FILES[file], file).items() if key != "title"}


def everything_there_is() -> None:
    """Store rows with every optional part: an attested answer, valid and invalid evidence, an open gate."""
    answer = models.PartnerAnswer.objects.all()[0]
    models.PartnerAnswer.objects.filter(pk=answer.pk).update(
        attester=make_user(),
        attester_title="Owner",
        attested_at="2026-01-01T00:00Z",
        attested_sha256=models.protocol.digest(answer.answer),
    )
    open_gate()
    ready_line()


def test_every_page_as_data_holds_to_its_schema(client: Client) -> None:
    everything_there_is()
    for slug in current().pages:
        data = client.get(f"{ROOT}{slug}.json").json()
        assert faults(data, schema("pack-page.json")) == [], slug


def test_every_version_holds_to_its_schema() -> None:
    everything_there_is()
    assert current().number == 3
    rows = [row for page in pack_at(3).document["pages"] for section in page["sections"] for row in section["rows"]]
    assert any("attested" in row for row in rows) and any(row.get("state") == "open" for row in rows)
    for number in (1, 2, 3):
        assert faults(pack_at(number).document, schema("pack.json")) == []


def test_the_schema_refuses_what_it_does_not_describe() -> None:
    document = current().document
    for wrong in ("pages", "schema"):
        assert faults({key: value for key, value in document.items() if key != wrong}, schema("pack.json"))
    for change in (
        {"status": "certified"},
        {"state": "live"},
        {"owner": "Nobody"},
        {"author": "A name"},
        {"title": ""},
    ):
        other = copy.deepcopy(document)
        other["pages"][1]["sections"][1]["rows"][0] |= change
        assert faults(other, schema("pack.json")), change


def test_the_schemas_are_served_and_refer_to_each_other(client: Client) -> None:
    for name, file in (("pack", "pack.json"), ("pack-page", "pack-page.json")):
        answer = client.get(f"{ROOT}schema/{file}")
        assert answer["Content-Type"] == "application/schema+json"
        served = json.loads(answer.content)
        assert served.pop("$id") == f"{settings.PUBLIC_URL}{ROOT}schema/{name}.json"
        assert served == FILES[file]
        assert client.get(f"{ROOT}schema/{file}", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    for name in ("no-such", "pack.json", "..%2fpack", "__init__"):
        assert client.get(f"{ROOT}schema/{name}.json").status_code == 404


def test_everything_a_schema_names_is_explained() -> None:
    def unexplained(part: Any, where: str) -> list[str]:
        if isinstance(part, list):
            return [path for entry in part for path in unexplained(entry, where)]
        if not isinstance(part, dict):
            return []
        own = [
            f"{where}/{name}"
            for name, value in part.get("properties", {}).items()
            if "description" not in value and not {"$ref", "const", "enum", "type"} & value.keys()
        ]
        return own + [path for key, value in part.items() for path in unexplained(value, f"{where}/{key}")]

    for file, content in FILES.items():
        assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert content["description"] and unexplained(content, file) == []
