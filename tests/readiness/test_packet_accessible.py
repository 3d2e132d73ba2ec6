"""The packet as PDF/UA-1: what a screen reader needs, the QR code, and the attached proof. Read with pikepdf."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pagetojob.platform.pdf import Attachment, make_pdf
from pagetojob.transparency import services, verify
from pagetojob.transparency.models import EntryKind
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from readiness.models import PackFile
from readiness.packet import packet_html
from readiness.services import packets
from tests.readiness.paper import MOMENT, small, version_of

PDFUA = "http://www.aiim.org/pdfua/ns/id/"
pytestmark = pytest.mark.usefixtures("can_make_pdfs")


@pytest.fixture(scope="module")
def paper() -> Iterator[pikepdf.Pdf]:
    attachment = Attachment("proof.zip", "The proof", b"bytes of it", MOMENT)
    content = make_pdf(packet_html(small(), has_proof=True), attachments=[attachment])
    with pikepdf.open(io.BytesIO(content)) as paper:
        yield paper


def elements(part: Any) -> Iterator[Any]:
    """Yield the structure elements below `part`, in reading order."""
    children = part.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def test_it_declares_pdf_ua_1_with_title_and_language(paper: pikepdf.Pdf) -> None:
    with paper.open_metadata() as metadata:
        assert metadata[f"{{{PDFUA}}}part"] == "1"
        assert metadata["dc:title"] == "PageToJob readiness pack, version 7"
    root = paper.Root
    assert bool(root.MarkInfo.Marked) and not root.MarkInfo.get("/Suspects", False)
    assert str(root.Lang) == "en-US"
    assert bool(root.ViewerPreferences.DisplayDocTitle)


def test_every_page_is_tagged_and_in_the_structure(paper: pikepdf.Pdf) -> None:
    assert paper.Root.StructTreeRoot.ParentTree
    assert all("/StructParents" in page and str(page.get("/Tabs", "")) == "/S" for page in paper.pages)
    tags = [str(element.S) for element in elements(paper.Root.StructTreeRoot)]
    headings = [int(tag[2:]) for tag in tags if tag.startswith("/H") and tag[2:].isdigit()]
    assert headings[0] == 1 and all(after - before <= 1 for before, after in pairwise(headings))
    assert {"/Table", "/TH", "/L", "/LI", "/Link", "/P"} <= set(tags)


def test_every_figure_and_link_has_words(paper: pikepdf.Pdf, settings: Any) -> None:
    figures = [element for element in elements(paper.Root.StructTreeRoot) if str(element.S) == "/Figure"]
    assert next(str(figure.Alt) for figure in figures).startswith(f"QR code that opens {settings.PUBLIC_URL}/")
    assert all("/Alt" in figure for figure in figures)
    links = [mark for page in paper.pages for mark in page.get("/Annots", []) if str(mark.Subtype) == "/Link"]
    assert links and all(str(link.get("/Contents", "")) for link in links)


def test_every_font_is_embedded_and_maps_to_unicode(paper: pikepdf.Pdf) -> None:
    fonts = [font for page in paper.pages for font in page.Resources.Font.values()]
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font
        (descendant,) = font.DescendantFonts
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descendant.FontDescriptor.keys())


def test_the_attachment_has_its_name_description_and_date(paper: pikepdf.Pdf) -> None:
    (name,) = paper.attachments
    spec = paper.attachments[name]
    assert (name, spec.description, spec.get_file().read_bytes()) == ("proof.zip", "The proof", b"bytes of it")
    assert spec.obj.F == spec.obj.UF
    assert spec.get_file().creation_date == MOMENT


@pytest.mark.nightly
@pytest.mark.django_db
def test_the_attached_proof_verifies_without_our_server(settings: Any, tmp_path: Path) -> None:
    signer = new_signer("log.example", LOG)
    settings.LOG_SIGNING_KEYS, settings.LOG_WITNESS_KEYS, settings.LOG_REVOKED_KEYS = signer.secret(), "", ""
    packets._pauses.clear()
    packets._no_pdf_until = float("-inf")
    version = version_of(small())
    services.submit(EntryKind.PACK_VERSION, version.sha256, name="7")
    assert packets.make_packets() is None, "the packet waits for its proof"
    services.sequence()
    assert packets.make_packets() == 7
    with pikepdf.open(io.BytesIO(bytes(PackFile.objects.get(kind="pdf").content))) as paper:
        bundle = paper.attachments["readiness-pack-7-with-proof.zip"].get_file().read_bytes()
    (tmp_path / "bundle.zip").write_bytes(bundle)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        archive.extract(verify.PROGRAM, tmp_path)
    command = [sys.executable, verify.PROGRAM, "bundle.zip", "--log-key", str(signer.key)]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    (tmp_path / "bundle.zip").write_bytes(bundle.replace(b"We are not them.", b"We are now them."))
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 1
