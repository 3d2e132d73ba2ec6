"""Packets are reproducible from sealed data, and changed bytes are detected."""

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command

from attribution.models import Label, OutcomeKind, Packet, PacketDigest, PacketFile, PacketPart
from attribution.packets.document import SealedMonth, document
from attribution.packets.files import packet_files
from attribution.packets.sealing import RUN, ask_packet, seal
from attribution.statements.errors import NoSuchPeriod
from pagetojob.platform.files.services import read_file
from pagetojob.platform.pdf import make_pdf
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import OCTOBER, Shop, october
from tests.attribution.test_statements import close, signed


@pytest.fixture
def shop(other_tenant: Tenant) -> Shop:
    return october(other_tenant)


def quick_pdf(html: str) -> bytes:
    """Fake PDF renderer for tests that are not about the PDF."""
    return b"%PDF-" + hashlib.sha256(html.encode()).digest()


def ask(tenant: Tenant, actor: User, campaign: str = "") -> Packet:
    packet, _ = ask_packet(tenant=tenant, campaign=campaign, first=OCTOBER, last=OCTOBER, actor=actor, reason="Agreed.")
    return packet


def proven(tenant: Tenant) -> str:
    output = io.StringIO()
    call_command("prove_packets", tenant.slug, stdout=output)
    return output.getvalue()


def sealed(packet: Packet) -> dict[str, bytes]:
    with scope.tenant(packet.tenant_id):
        rows = PacketFile.objects.filter(packet=packet).select_related("file")
        return {row.part: b"".join(read_file(row.file)) for row in rows}


def test_packet_has_figures_exclusions_sources_and_gaps(shop: Shop, lead_operator: User) -> None:
    close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator)
    assert seal(packet, make_pdf=quick_pdf)
    files = sealed(packet)
    page, data = files[PacketPart.PAGE].decode(), json.loads(files[PacketPart.DATA])
    assert data["revenue"]["counted"] == "1750.40"
    for words in (
        "$1,750.40",
        "$2,050.40",
        "Recall or warranty",
        "Payments: Oct 21, 2026 to Oct 31, 2026",
        "spring-check",
    ):
        assert words in page
    assert all(item["sha256"] in page for item in data["sources"])
    assert [(item["grade"], item["net"]) for item in data["grades"]] == [
        ("the same id on both sides", "500.00"),
        ("matched by likeness", "1250.40"),
    ]
    assert files[PacketPart.CSV].decode().splitlines()[1].startswith("11,1,2026-10-05,certain,500.00,0.00,0.00,500.00")


def test_campaign_packet_has_its_own_money_and_leads(shop: Shop, lead_operator: User) -> None:
    close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator, "spring-check")
    seal(packet, make_pdf=quick_pdf)
    data = json.loads(sealed(packet)[PacketPart.DATA])
    assert (data["revenue"]["counted"], data["leads"]["came"]) == ("1250.40", 1)
    assert [row["invoice"] for row in data["lines"]] == [12]


@pytest.mark.usefixtures("can_make_pdfs")
def test_equal_inputs_give_equal_bytes(shop: Shop, lead_operator: User) -> None:
    statement = close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator)
    month, inputs = SealedMonth(statement.body), json.loads(packet.inputs)
    first = packet_files(document(inputs, [month]), [month], make_pdf=make_pdf)
    second = packet_files(document(json.loads(packet.inputs), [month]), [month], make_pdf=make_pdf)
    assert first == second
    assert first[PacketPart.PDF].startswith(b"%PDF-")


def test_zip_checksums_verify(shop: Shop, lead_operator: User, tmp_path: Path) -> None:
    statement = close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator)
    seal(packet, make_pdf=quick_pdf)
    files = sealed(packet)
    with zipfile.ZipFile(io.BytesIO(files[PacketPart.ZIP])) as archive:
        archive.extractall(tmp_path)
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 5, 12, 0, 0)}
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path, check=False).returncode == 0
    sealed_statement = (tmp_path / "sealed" / "2026-10-statement.jsonl").read_bytes()
    assert hashlib.sha256(sealed_statement).hexdigest() == statement.sha256
    assert (tmp_path / "packet.pdf").read_bytes() == files[PacketPart.PDF]


def test_repeated_request_returns_the_packet_until_a_restatement(shop: Shop, lead_operator: User) -> None:
    statement = close(shop.tenant, lead_operator)
    first = ask(shop.tenant, lead_operator)
    assert seal(first, make_pdf=quick_pdf) and not seal(first, make_pdf=quick_pdf)
    before = sealed(first)
    assert ask(shop.tenant, lead_operator) == first

    link = shop.link(shop.lead(), shop.job(shop.file(OutcomeKind.JOBS, note="late"), 9), Label.REVIEWED)
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="late"), 19, "100.00", 9)
    assert link.job_id
    signed(statement, lead_operator)
    second = ask(shop.tenant, lead_operator)
    seal(second, make_pdf=quick_pdf)
    assert second != first and sealed(first) == before
    data = json.loads(sealed(second)[PacketPart.DATA])
    assert (data["revenue"]["as_closed"], data["revenue"]["restated"], data["revenue"]["counted"]) == (
        "1750.40",
        "100.00",
        "1850.40",
    )
    assert data["restatements"][0]["changes"][0]["invoice"] == 19


def test_campaign_name_is_escaped_in_csv(shop: Shop, lead_operator: User) -> None:
    shop.link(shop.lead("-1+1"), shop.job(shop.file(OutcomeKind.JOBS, note="x"), 9))
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="x"), 19, "100.00", 9)
    close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator)
    seal(packet, make_pdf=quick_pdf)
    assert ",'-1+1," in sealed(packet)[PacketPart.CSV].decode()


def test_packet_needs_closed_months_and_a_known_campaign(shop: Shop, lead_operator: User) -> None:
    with pytest.raises(NoSuchPeriod):
        ask(shop.tenant, lead_operator)
    close(shop.tenant, lead_operator)
    with pytest.raises(NoSuchPeriod):
        ask(shop.tenant, lead_operator, "nothing of the kind")


@pytest.mark.usefixtures("can_make_pdfs")
def test_run_makes_a_reproducible_packet(shop: Shop, lead_operator: User) -> None:
    close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator)
    with scope.worker():
        run = claim_run()
    assert run is not None and run.kind == RUN
    work_run(run)
    assert proven(shop.tenant).count("same") == len(PacketPart)
    files = sealed(packet)
    assert set(files) == set(PacketPart.values)
    for content in files.values():
        assert PacketDigest.objects.filter(sha256=hashlib.sha256(content).hexdigest()).exists()
        assert not PacketDigest.objects.filter(sha256=hashlib.sha256(content + b"\n").hexdigest()).exists()


def test_missing_pdf_renderer_seals_nothing_and_is_reported(shop: Shop, lead_operator: User, no_pango: None) -> None:
    close(shop.tenant, lead_operator)
    packet = ask(shop.tenant, lead_operator)
    with scope.worker():
        run = claim_run()
    assert run is not None
    work_run(run)
    with scope.worker():
        ended = Run.objects.get(pk=run.pk)
    assert (ended.state, "Install libpango" in ended.error) == (RunState.FAILED, True)
    assert sealed(packet) == {}
