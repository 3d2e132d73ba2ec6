"""Downloads of a version's files, and the page shown while a file does not exist."""

import hashlib

import pytest
from django.test import Client

from readiness import models
from readiness.models import PackFile, PackVersion
from readiness.services.current import current

LANDING = "/servicetitan-ready-websites/"
PDF, ZIP = PackFile.Kind.PDF, PackFile.Kind.ZIP
ATTESTATION, SBOM = PackFile.Kind.ATTESTATION, PackFile.Kind.SBOM
CYCLONEDX = "application/vnd.cyclonedx+json; version=1.6"
pytestmark = pytest.mark.django_db


def keep(number: int, kind: str, content: bytes) -> PackFile:
    digest = hashlib.sha256(content).hexdigest()
    version = PackVersion.objects.get(number=number)
    return PackFile.objects.create(version=version, kind=kind, sha256=digest, size=len(content), content=content)


DOWNLOADS = [
    ("packet.pdf", PDF, ("application/pdf", ".pdf")),
    ("bundle.zip", ZIP, ("application/zip", ".zip")),
    ("attestation.cdx.json", ATTESTATION, (CYCLONEDX, "-attestation.cdx.json")),
    ("sbom.cdx.json", SBOM, (CYCLONEDX, "-sbom.cdx.json")),
]


@pytest.mark.parametrize(("name", "kind", "form"), DOWNLOADS)
def test_a_file_is_handed_out_with_its_hash(
    pack: None, client: Client, name: str, kind: str, form: tuple[str, str]
) -> None:
    content_type, end = form
    number = current().number
    file = keep(number, kind, b"the bytes of it")
    for address, cache in (
        (f"{LANDING}{name}", "no-cache"),
        (f"{LANDING}changes/{number}/{name}", "public, max-age=31536000, immutable"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.content) == (200, b"the bytes of it")
        assert answer["Content-Type"] == content_type
        assert answer["Content-Disposition"] == (f'attachment; filename="pagetojob-readiness-pack-v{number}{end}"')
        assert answer["ETag"] == f'"{file.sha256}"'
        assert answer["Cache-Control"] == cache

        head = client.head(address)
        assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", "15")
        known = client.get(address, headers={"if-none-match": answer["ETag"]})
        assert (known.status_code, known.content, known["Cache-Control"]) == (304, b"", cache)
        assert client.post(address).status_code == 405


def test_each_version_has_its_own_file(pack: None, client: Client) -> None:
    keep(1, PDF, b"first")
    assert client.get(f"{LANDING}changes/1/packet.pdf").content == b"first"
    assert client.get(f"{LANDING}packet.pdf").status_code == 503


@pytest.mark.parametrize("name", [name for name, *_ in DOWNLOADS])
def test_a_missing_file_explains_itself_and_offers_the_pages(pack: None, client: Client, name: str) -> None:
    version = current()
    for address in (f"{LANDING}{name}", f"{LANDING}changes/1/{name}"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) <= 60
        assert answer["Cache-Control"] == "no-store"
        assert "is being made" in answer.text
        for slug in version.pages:
            assert f'href="{LANDING}{slug}.json"' in answer.text
        for disclaimer in version.disclaimers:
            assert disclaimer in answer.text
        assert client.head(address).status_code == 503


def test_without_pdf_support_the_page_promises_no_pdf(pack: None, client: Client) -> None:
    keep(current().number, ZIP, b"a bundle without a packet")
    answer = client.get(f"{LANDING}packet.pdf")
    assert answer.status_code == 503
    assert "could not make the PDF" in answer.text
    assert "is being made" not in answer.text
    assert f'href="{LANDING}changes/{current().number}/bundle.zip"' in answer.text


@pytest.mark.parametrize("number", ["0", "999", "9" * 40])
def test_there_is_no_file_of_an_unknown_version(pack: None, client: Client, number: str) -> None:
    for name in (*(name for name, *_ in DOWNLOADS), "files-with-proof.zip"):
        assert client.get(f"{LANDING}changes/{number}/{name}").status_code == 404


def test_without_a_pack_there_is_no_file(client: Client) -> None:
    assert models.PackVersion.objects.count() == 0
    assert client.get(f"{LANDING}packet.pdf").status_code == 404
