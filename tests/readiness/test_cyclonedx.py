"""The attestation and the bill of materials: valid against the schema of CycloneDX 1.6, and true."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import version as installed_version
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from pagetojob.claims.registry import CLAIMS
from pagetojob.platform.tenants.models import User
from pagetojob.transparency import services, verify
from pagetojob.transparency.models import EntryKind, LogSubmission
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from readiness import asvs, sbom
from readiness.attestation import attestation
from readiness.models import PackFile, PackVersion
from readiness.services import packets
from readiness.services.current import current
from readiness.shape import Pack
from tests.readiness.editing import open_gate, ready_line
from tests.readiness.paper import MOMENT, small, version_of

ROOT = "/servicetitan-ready-websites/"
#: Keys whose values refer to a `bom-ref`.
REFERRING = {
    *("assessor", "requirement", "claims", "counterClaims", "target", "evidence", "counterEvidence"),
    *("mitigationStrategies", "ref", "dependsOn", "parent"),
}


def everything(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(part, list):
        for entry in part:
            yield from everything(entry)
    elif isinstance(part, dict):
        yield part
        for value in part.values():
            yield from everything(value)


def problems(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with a document: by the schema, dangling or repeated references."""
    # Imported where it is used, because it takes a second, and each test process imports all test modules.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
    refs = [part["bom-ref"] for part in everything(document) if "bom-ref" in part]
    referred = [
        ref
        for part in everything(document)
        for key, value in part.items()
        if key in REFERRING
        for ref in (value if isinstance(value, list) else [value])
        if isinstance(ref, str)
    ]
    dangling = sorted(set(referred) - set(refs))
    return [str(wrong)] * bool(wrong) + dangling + sorted({ref for ref in refs if refs.count(ref) > 1})


@pytest.fixture
def document(pack: None) -> dict[str, Any]:
    open_gate()
    ready_line()
    return attestation(current(), asvs.requirements())


def mapped(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    parts = document["declarations"]["attestations"]
    return {entry["requirement"]: entry for part in parts for entry in part["map"]}


def lines(pack: Pack) -> dict[str, dict[str, Any]]:
    rows = (row for page in pack.pages.values() for section in page.sections for row in section.rows)
    return {row["anchor"]: row for row in rows if "status" in row or row["kind"] == "claim"}


@pytest.mark.django_db
class TestAttestation:
    def test_it_is_valid_and_no_reference_dangles(self, document: dict[str, Any]) -> None:
        assert problems(document) == []

    @pytest.mark.nightly
    def test_the_check_finds_what_is_wrong(self, document: dict[str, Any]) -> None:
        gone = document["declarations"]["claims"].pop()["bom-ref"]
        assert problems(document) == [gone]
        document["declarations"]["claims"][0]["proof"] = "no such field"
        assert len(problems(document)) == 2

    def test_each_line_and_each_requirement_has_its_conformance(self, document: dict[str, Any]) -> None:
        rows, entries = lines(current()), mapped(document)
        assert set(entries) == {f"line-{anchor}" for anchor in rows} | {f"asvs-{row.id}" for row in asvs.requirements()}
        for anchor, row in rows.items():
            entry = entries[f"line-{anchor}"]
            is_met = row.get("status") == "ready now" or row.get("state") == "allowed"
            assert entry["conformance"]["score"] == int(is_met), anchor
            assert ("claims" in entry) == is_met, anchor
        for requirement in asvs.requirements():
            entry = entries[f"asvs-{requirement.id}"]
            assert entry["conformance"].get("score") == {"met": 1, "not met": 0, "n/a": None}[requirement.status]

    def test_a_gated_claim_is_a_counter_claim_with_what_is_missing(self, document: dict[str, Any]) -> None:
        entries = mapped(document)
        claims = {claim["bom-ref"]: claim for claim in document["declarations"]["claims"]}
        gated = [row for row in lines(current()).values() if row.get("state") == "gated"]
        assert {row["slug"] for row in gated} == set(CLAIMS) - {"marketplace-approval"}, "its only gate is open here"
        for row in gated:
            entry = entries[f"line-{row['anchor']}"]
            assert "claims" not in entry
            (counter,) = entry["counterClaims"]
            assert claims[counter]["predicate"] == row["safe_wording"]
            assert all(gate["gate"] in claims[counter]["reasoning"] for gate in row["gates"] if not gate["open"])

    def test_a_ready_line_has_evidence_that_is_dated(self, document: dict[str, Any]) -> None:
        evidence = {piece["bom-ref"]: piece for piece in document["declarations"]["evidence"]}
        of_lines = [claim for claim in document["declarations"]["claims"] if claim["bom-ref"].startswith("claim-")]
        dated = [claim for claim in of_lines if not claim["bom-ref"].startswith("claim-asvs-")]
        assert dated
        for claim in dated:
            for ref in claim["evidence"]:
                created, expires = (datetime.fromisoformat(evidence[ref][key]) for key in ("created", "expires"))
                assert created < expires

    def test_it_names_no_person_and_depends_on_the_version_only(self, document: dict[str, Any]) -> None:
        assert document == attestation(current(), asvs.requirements())
        text = json.dumps(document)
        assert [user.name for user in User.objects.all() if user.name in text or user.email in text] == []

    def test_lapsed_evidence_makes_a_counter_claim(self) -> None:
        document = attestation(small(), ())
        entry = mapped(document)["line-entry-one"]
        assert entry["conformance"]["score"] == 0 and entry["counterClaims"] == ["counter-entry-one"]
        assert problems(document) == []


class TestBillOfMaterials:
    def test_it_is_valid_and_lists_the_installed_versions(self) -> None:
        document = sbom.sbom(MOMENT)
        assert problems(document) == []
        for component in document["components"]:
            if component["scope"] == "required":
                assert installed_version(component["name"]) == component["version"]
            assert component["externalReferences"][0]["hashes"]
        root = next(entry for entry in document["dependencies"] if entry["ref"] == "pagetojob")
        assert any(ref.startswith("pkg:pypi/django@") for ref in root["dependsOn"])

    def test_every_package_is_needed_by_something(self) -> None:
        document = sbom.sbom(MOMENT)
        needed = {ref for entry in document["dependencies"] for ref in entry["dependsOn"]}
        assert needed == {component["bom-ref"] for component in document["components"]}

    def test_a_line_that_is_not_understood_is_an_error_and_no_gap(self) -> None:
        with pytest.raises(sbom.LockUnreadable):
            sbom.read_lock("django==6.1.3 \\\n    --hash=sha256:" + "a" * 64 + "\n-e git+https://example.com/x.git\n")


@pytest.mark.django_db
class TestFiles:
    @pytest.fixture(autouse=True)
    def keys(self, settings: Any, no_pango: None) -> None:
        packets._pauses.clear()
        self.signer = new_signer("log.example", LOG)
        settings.LOG_SIGNING_KEYS = self.signer.secret()
        settings.LOG_WITNESS_KEYS = settings.LOG_REVOKED_KEYS = ""

    @pytest.mark.nightly
    def test_they_are_in_the_bundle_in_the_log_and_provable(self, client: Client, pack: None) -> None:
        number = current().number
        services.sequence()
        assert packets.make_packets() == number
        files = {file.kind: bytes(file.content) for file in PackFile.objects.filter(version__number=number)}
        assert client.get(f"{ROOT}attestation.cdx.json").content == files["cdx"]
        assert client.get(f"{ROOT}changes/{number}/sbom.cdx.json").content == files["bom"]
        with zipfile.ZipFile(io.BytesIO(files["zip"])) as archive:
            assert archive.read("attestation.cdx.json") == files["cdx"]
            assert archive.read("sbom.cdx.json") == files["bom"]
        assert problems(json.loads(files["cdx"])) == problems(json.loads(files["bom"])) == []
        names = LogSubmission.objects.filter(kind=EntryKind.PACK_FILE).values_list("name", flat=True)
        assert set(names) == {f"{number} {name}" for name in ("attestation.cdx.json", "bundle.zip", "sbom.cdx.json")}
        address = f"{ROOT}changes/{number}/files-with-proof.zip"
        assert client.get(address).status_code == 409
        services.sequence()
        assert verify.verify(client.get(address).content, verify.Trust([self.signer.key]))["valid"]

    def test_a_version_waits_for_its_proof_and_not_for_long(self, pack: None, monkeypatch: pytest.MonkeyPatch) -> None:
        # The version is as old as the database that all tests of a process share.
        monkeypatch.setattr(packets, "PROOF_WAIT", timedelta(days=1))
        assert packets.make_packets() is None
        monkeypatch.setattr(packets, "PROOF_WAIT", timedelta())
        assert packets.make_packets() == current().number

    def test_an_older_version_gets_none_later(self, client: Client, pack: None) -> None:
        version = PackVersion.objects.get(number=current().number)
        PackFile.objects.create(version=version, kind="zip", sha256="0" * 64, size=1, content=b"1")
        assert client.get(f"{ROOT}changes/{version.number}/sbom.cdx.json").status_code == 404


@pytest.mark.django_db
def test_files_of_a_version_that_is_not_submitted_are_made_at_once(no_pango: None) -> None:
    version_of(small())
    packets._pauses.clear()
    assert packets.make_packets() == 7


def test_no_secret_and_no_path_of_the_machine_is_listed() -> None:
    text = json.dumps(sbom.sbom(MOMENT))
    assert str(settings.BASE_DIR) not in text and settings.SECRET_KEY not in text
