"""Files of a version: their content, their verification, and when they are made."""

import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from pagetojob.ops.tasks import run_heavy_periodic_task, work_runs
from pagetojob.platform import pdf
from pagetojob.platform.canonical import canonical_json, sha256_hex
from pagetojob.platform.runs.services import LEASE, MISSED_AFTER
from pagetojob.platform.states import LostRace
from readiness import packet
from readiness.bundle import bundle
from readiness.models import PackFile, PackVersion
from readiness.services import packets
from readiness.services.current import current, pack_at
from readiness.shape import Pack
from tests.readiness.paper import MOMENT, Paper, Sheet, lay_out, small, squeezed, version_of
from tests.support.pdf import break_pango
from tests.support.threads import at_once

LANDING = "/servicetitan-ready-websites/"
PDF, ZIP = PackFile.Kind.PDF, PackFile.Kind.ZIP
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pauses() -> None:
    """Clear pauses that failures in other tests left behind."""
    packets._pauses.clear()
    packets._failures.clear()
    packets._no_pdf_until = float("-inf")


# --- The packet ------------------------------------------------------------------------------------
@pytest.mark.nightly
def test_the_packet_holds_every_page_and_row_with_page_numbers_and_disclaimers(pack: None, can_make_pdfs: None) -> None:
    version = current()
    pages = lay_out(packet.packet_html(version))  # once for all checks, because it takes ten seconds
    assert version.sha256 in pages[0].body
    every_page_has_its_head_and_foot(version, pages)
    every_row_is_there(version, pages)
    the_contents_lead_to_the_pages(version, pages)


def every_page_has_its_head_and_foot(version: Pack, pages: list[Sheet]) -> None:
    day = f"{version.created_at:%B} {version.created_at.day}, {version.created_at.year}"
    for number, page in enumerate(pages, start=1):
        for disclaimer in version.disclaimers:
            assert disclaimer in page.foot, f"page {number}"
        assert page.number == f"Page {number} of {len(pages)}"
        assert page.overflow <= 0, f"page {number} runs into its foot"
        assert page.foot_room >= 0, f"the foot of page {number} leaves the paper"
        if number > 1:
            assert page.head == f"Version {version.number} · {version.sha256[:12]} · {day}"


def every_row_is_there(version: Pack, pages: list[Sheet]) -> None:
    text = squeezed(" ".join(page.body for page in pages))
    for shown in version.pages.values():
        assert squeezed(shown.heading) in text
        for section in shown.sections:
            for row in section.rows:
                assert squeezed(row["title"]) in text, (shown.slug, row["anchor"])
                for field in row["fields"]:
                    for words in field.get("items") or [field["text"]]:
                        assert squeezed(words) in text, (shown.slug, row["anchor"], field["name"])


def the_contents_lead_to_the_pages(version: Pack, pages: list[Sheet]) -> None:
    contents = " ".join(page.body for page in pages[1:3])
    for shown in version.pages.values():
        opening = f"{shown.title} {shown.heading}"
        where = next(number for number, page in enumerate(pages, 1) if page.body.startswith(opening))
        assert re.search(rf"{re.escape(shown.title)}[ .]+{where}\b", contents), (shown.title, where)


def test_what_is_computed_on_reading_is_left_out_with_a_sentence(pack: None) -> None:
    version = current()
    html = packet.packet_html(version)
    panels = [
        (page.slug, section.slug)
        for page in version.pages.values()
        for section in page.sections
        if section.layout.panel not in {"", "summary"}
    ]
    assert panels
    for page, section in panels:
        assert f"{LANDING}{page}#{section}</a>." in html
    assert html.count("is not part of version") == len(panels)


@pytest.mark.parametrize("number", [1, 4, 12])
def test_long_disclaimers_never_run_into_the_text(number: int, can_make_pdfs: None) -> None:
    long = "Words that a lawyer wants to see on each page of it, WHATEVER IT COSTS, in full and legible. " * 4
    version = small(disclaimers=[{"title": f"{index}. {long.strip()}"} for index in range(number)])
    pages = lay_out(packet.packet_html(version))
    for page in pages:
        assert page.overflow <= 0
        assert page.foot_room >= 0
        for disclaimer in version.disclaimers:
            assert disclaimer in page.foot


def test_disclaimers_that_leave_no_page_are_an_error_and_never_cut() -> None:
    with pytest.raises(packet.PacketTooTall):
        packet.packet_html(small(disclaimers=[{"title": "Words. " * 60}] * 40))


def test_words_of_staff_are_words(can_make_pdfs: None) -> None:
    version = small()
    pages = lay_out(packet.packet_html(version))
    assert any("Bad <b>words</b> & <img src=file:///etc/passwd>" in page.body for page in pages)
    assert pdf.make_pdf(packet.packet_html(version)).startswith(b"%PDF-1.7")
    assert "<img" not in packet.copy_html(version, version.pages["claims"])


def test_a_lapsed_status_shows_the_recorded_status() -> None:
    html = packet.packet_html(small())
    assert 'chip--review-due">review due<' in html
    assert "Recorded as <strong>ready now</strong>; no valid evidence supports that now." in html


def test_the_pdf_is_tagged_and_dated_by_its_version_and_the_same_each_time(can_make_pdfs: None) -> None:
    html = packet.packet_html(small())
    first, second = pdf.make_pdf(html), pdf.make_pdf(html)
    assert first == second
    paper = Paper(first)
    assert paper.has("/StructTreeRoot") and paper.has("/Marked true") and paper.has("/Lang (en-US)")
    assert paper.has("/Outlines") and paper.has("pdfuaid")
    assert paper.has("/CreationDate (D:20261124210731Z)") and paper.has("/ModDate (D:20261124210731Z)")
    assert paper.has("PageToJob readiness pack, version 7")


def test_no_name_of_a_person_is_in_a_file(pack: None) -> None:
    """Check that files show an attester's title but no name: files are permanent, and names can be erased."""
    answers = [section for section in current().pages["partner-application"].sections if section.slug == "answers"]
    row = {**answers[0].rows[0], "attested": {"by": 41, "title": "head of security", "at": "2026-11-20T10:00:00+00:00"}}
    version = small()
    version.pages["claims"].sections[0].rows[:] = [row]
    html = packet.packet_html(version)
    assert "November 20, 2026, head of security of PageToJob." in html


# --- The process that makes PDFs -------------------------------------------------------------------


def test_nothing_outside_is_fetched(can_make_pdfs: None) -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for address in (f"http://127.0.0.1:{server.server_port}/a.png", "file:///etc/passwd"):
            with pytest.raises(pdf.PdfFailed, match="Error fetching"):
                pdf.make_pdf(f'<html lang="en"><title>x</title><img alt="x" src="{address}"></html>')
    finally:
        server.shutdown()
    assert asked == []


def test_a_packet_that_takes_too_long_is_given_up(can_make_pdfs: None) -> None:
    with pytest.raises(pdf.PdfFailed, match="longer than"):
        pdf.make_pdf("<html lang='en'><title>x</title></html>", seconds=0.01)


def test_a_document_that_needs_too_much_processor_time_is_given_up(can_make_pdfs: None) -> None:
    endless = f"<html lang='en'><title>x</title>{'<table><tr><td>x</table>' * 5000}</html>"
    with pytest.raises(pdf.PdfFailed, match="more than 1 s of processor time"):
        pdf.make_pdf(endless, cpu_seconds=1)


def test_waiting_for_a_processor_is_no_failure_and_the_caller_stays_alive(
    can_make_pdfs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The elapsed time allows for a machine that is many times slower; a run renews its lease in that time."""
    assert pdf.CPU_SECONDS * 3 <= pdf.SECONDS < settings.HEAVY_TIME_LIMIT_SECONDS < MISSED_AFTER.total_seconds()
    assert run_heavy_periodic_task.time_limit == work_runs.time_limit == settings.HEAVY_TIME_LIMIT_SECONDS
    assert LEASE.total_seconds() / 2 > pdf.ALIVE_SECONDS
    monkeypatch.setattr(pdf, "ALIVE_SECONDS", 0.05)
    calls: list[None] = []
    # More than a pipe takes at once: the child reads it only after it has loaded its libraries.
    html = f"<html lang='en'><title>x</title><!-- {'x' * 1_000_000} -->"
    assert pdf.make_pdf(html, seconds=120, alive=lambda: calls.append(None)).startswith(b"%PDF-")
    assert len(calls) > 1


def test_a_caller_that_must_stop_ends_the_child(can_make_pdfs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "ALIVE_SECONDS", 0.05)

    def lost() -> None:
        raise LostRace("taken over")

    with pytest.raises(LostRace):
        pdf.make_pdf("<html lang='en'><title>x</title></html>", alive=lost)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    commands = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    assert not [command for command in commands if "platform.pdf" in command]


def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not {name for name in pdf.PASSED_ON if re.search("KEY|URL|PASSWORD|TOKEN|SECRET", name)}


def test_without_pango_the_error_lists_the_packages(no_pango: None) -> None:
    with pytest.raises(pdf.PdfMakerMissing) as error:
        pdf.make_pdf("<html></html>")
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"):
        assert package in str(error.value)


def test_the_website_and_the_workers_never_load_the_pdf_maker() -> None:
    code = (
        "import django, sys; django.setup(); import pagetojob.urls, pagetojob.schedule, readiness.views.downloads;"
        " sys.exit('weasyprint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=False).returncode == 0


# --- The bundle ------------------------------------------------------------------------------------


@pytest.fixture
def unpacked(pack: None, tmp_path: Path) -> Path:
    """Return the newest version's bundle, extracted by the real unzip."""
    version = current()
    (tmp_path / "bundle.zip").write_bytes(bundle(version, canonical_json(version.document), b"%PDF-1.7 not really", {}))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", "bundle.zip", "out"], cwd=tmp_path, check=True)
    return tmp_path / "out"


def test_sha256sum_accepts_the_bundle_and_misses_no_file(unpacked: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=unpacked, check=True, capture_output=True, text=True
    )
    named = {line.partition(":")[0] for line in done.stdout.splitlines()}
    there = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert there == named | {"SHA256SUMS"}
    assert {"README.txt", "pack.json", "packet.pdf", "pages/landing.html", "pages/api-readiness.json"} <= there

    (unpacked / "pack.json").write_bytes(b"{}")
    again = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=unpacked, check=False, capture_output=True)
    assert again.returncode != 0


def test_the_bundle_holds_the_data_its_version_is_cited_by(unpacked: Path, client: Client) -> None:
    version = PackVersion.objects.first()
    assert version
    data = (unpacked / "pack.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == version.sha256
    assert json.loads(data)["schema"] == "pagetojob.readiness-pack/1"
    assert version.sha256 in (unpacked / "README.txt").read_text()
    for slug in pack_at(version.number).pages:
        served = client.get(f"{LANDING}{slug}.json")
        assert (unpacked / "pages" / f"{slug}.json").read_text() == served.text


def test_a_page_copy_is_standalone_and_has_the_disclaimers(unpacked: Path) -> None:
    version = current()
    for slug, page in version.pages.items():
        html = (unpacked / "pages" / f"{slug}.html").read_text()
        assert page.heading in html.replace("&#x27;", "'").replace("&amp;", "&")
        for disclaimer in version.disclaimers:
            assert disclaimer in html
        assert not re.search(r"<(script|link|img|iframe)|url\(|@import", html)
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        for link in re.findall(r'href="([^"#:]+)"', html):
            assert (unpacked / "pages" / link).exists()


def test_the_same_version_gives_the_same_bytes_and_nothing_of_the_machine() -> None:
    version = small()
    first = bundle(version, canonical_json(version.document), None, {"sbom.cdx.json": b"{}"})
    assert first == bundle(version, canonical_json(version.document), None, {"sbom.cdx.json": b"{}"})
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert re.fullmatch(r"(pages/)?[A-Za-z0-9-]+(\.(json|html|md|txt|pdf|cdx\.json))?", entry.filename)
            assert entry.date_time == (2026, 11, 24, 21, 7, 30)
            assert entry.external_attr >> 16 == 0o100644
        assert "packet.pdf" not in archive.namelist()
        assert b"could not make PDFs" in archive.read("README.txt")


# --- Making of files --------------------------------------------------------------------------------
@pytest.mark.nightly
def test_the_newest_version_comes_first_and_each_once(can_make_pdfs: None) -> None:
    for number in (1, 2, 3):
        version_of(Pack(number, small().sha256, MOMENT, small().document))
    assert packets.make_packets() == 3

    version_of(Pack(4, small().sha256, MOMENT, small().document))
    assert [packets.make_packets() for _ in range(4)] == [4, 2, 1, None]
    files = PackFile.objects.order_by("pk").values_list("version__number", "kind")
    assert list(files) == [(number, kind) for number in (3, 4, 2, 1) for kind in ("pdf", "cdx", "bom", "zip")]


@pytest.mark.nightly
def test_it_makes_the_files_of_the_whole_pack(
    pack: None, can_make_pdfs: None, caplog: pytest.LogCaptureFixture
) -> None:
    number = packets.make_packets()
    assert number == current().number
    made = {file.kind: bytes(file.content) for file in PackFile.objects.filter(version__number=number)}
    with zipfile.ZipFile(io.BytesIO(made["zip"])) as archive:
        assert archive.read("packet.pdf") == made["pdf"]
        assert archive.read("attestation.cdx.json") == made["cdx"]
        assert archive.read("sbom.cdx.json") == made["bom"]
    for file in PackFile.objects.all():
        content = bytes(file.content)
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert file.size < 2_000_000
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_maker_at_work_is_left_alone(can_make_pdfs: None) -> None:
    version_of(small())
    lock = "SELECT pg_try_advisory_lock(hashtext('readiness packets'))"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        assert other.execute(lock).fetchone() == (True,)
        assert packets.make_packets() is None
        # A closing session holds its locks a little longer.
        other.execute("SELECT pg_advisory_unlock_all()")
    assert packets.make_packets() == 7


@pytest.mark.django_db(transaction=True)
def test_two_makers_at_once_make_it_once(can_make_pdfs: None, caplog: pytest.LogCaptureFixture) -> None:
    version_of(small())
    assert 7 in at_once(lambda _: packets.make_packets(), range(2))
    assert sorted(PackFile.objects.values_list("kind", flat=True)) == ["bom", "cdx", "pdf", "zip"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_without_pango_the_bundle_goes_without_a_packet_and_the_log_names_the_packages(
    no_pango: None, caplog: pytest.LogCaptureFixture
) -> None:
    version_of(small())
    assert packets.make_packets() == 7
    assert packets.make_packets() is None
    assert sorted(PackFile.objects.values_list("kind", flat=True)) == ["bom", "cdx", "zip"]
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "libpango-1.0-0 libpangoft2-1.0-0" in vars(warnings[0])["reason"]


def test_a_packet_comes_later_once_pango_is_there(
    can_make_pdfs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_of(small())
    break_pango(tmp_path, monkeypatch)
    packets.make_packets()
    monkeypatch.delenv("LD_LIBRARY_PATH")
    assert packets.make_packets() is None, "not before the pause is over"

    packets._no_pdf_until = float("-inf")
    assert packets.make_packets() == 7
    assert sorted(PackFile.objects.values_list("kind", flat=True)) == ["bom", "cdx", "pdf", "zip"]


def test_a_version_that_fails_does_not_keep_the_rest_from_their_turn(
    can_make_pdfs: None, caplog: pytest.LogCaptureFixture
) -> None:
    version_of(small())
    version_of(Pack(8, sha256_hex("{}"), MOMENT, {}))
    assert packets.make_packets() is None
    assert packets.make_packets() == 7
    assert packets.make_packets() is None
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


def test_the_first_pause_of_a_version_is_short_and_later_pauses_are_longer(caplog: pytest.LogCaptureFixture) -> None:
    version_of(Pack(8, sha256_hex("{}"), MOMENT, {}))
    for _ in range(7):
        assert packets.make_packets() is None
        packets._pauses.clear()  # the pause is over
    pauses = [vars(record)["in_s"] for record in caplog.records if record.message.startswith("version files failed")]
    assert pauses == [30, 60, 120, 240, 480, 600, 600]
