"""Packets are reproducible from sealed data, and changed bytes are detected."""

import hashlib
import io
import json
import re
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from attribution.errors import NoSuchPeriod
from attribution.models import Label, OutcomeKind, PacketDigest, PacketFile, PacketPart
from attribution.packets import selectors
from attribution.packets.document import SealedMonth, document
from attribution.packets.files import packet_files
from attribution.packets.sealing import RUN, seal
from attribution.statements import nightly
from attribution.statements.nightly import verify_statements
from attribution.templatetags.sealed import word
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.pdf import make_pdf
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from pagetojob.schedule import PERIODIC_TASKS
from pagetojob.transparency import services as transparency
from pagetojob.transparency import verify
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from tests.attribution.months import DECEMBER, NOVEMBER_1, Shop, october
from tests.attribution.outcomes import take
from tests.attribution.packets import fake_pdf, request_packet, sealed_files
from tests.attribution.statements import close_statement, sign_restatement
from tests.support.cast import SignIn
from tests.support.factories import make_membership, make_tenant, make_user
from tests.support.refusals import left_out
from tests.support.vault import changed_data_keys


def proven(tenant: Tenant) -> str:
    output = io.StringIO()
    call_command("prove_packets", tenant.slug, stdout=output)
    return output.getvalue()


def test_a_packet_keeps_the_words_that_it_was_sealed_with() -> None:
    first: dict[str, Any] = {"inputs": {}}
    second = {"inputs": {"words": {"net": "Net"}}}
    assert [word(made, "net") for made in (first, second)] == ["Comes to", "Net"]
    for made in (first, second):
        assert (word(made, "invoice"), word(made, "certain")) == ("Invoice", "")


def test_packet_has_figures_exclusions_sources_and_gaps(shop: Shop, lead_operator: User) -> None:
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    assert seal(packet, make_pdf=fake_pdf)
    files = sealed_files(packet)
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
    assert page.count('class="curve__dot"') == sum(len(curve["bins"]) for curve in data["inputs"]["reliability"]) > 10
    assert [(item["grade"], item["net"]) for item in data["grades"]] == [
        ("the same id on both sides", "500.00"),
        ("matched by likeness", "1250.40"),
    ]
    assert files[PacketPart.CSV].decode().splitlines()[1].startswith("11,1,2026-10-05,certain,500.00,0.00,0.00,500.00")


def test_campaign_packet_has_its_own_money_and_leads(shop: Shop, lead_operator: User) -> None:
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator, "spring-check")
    seal(packet, make_pdf=fake_pdf)
    files = sealed_files(packet)
    data = json.loads(files[PacketPart.DATA])
    assert (data["revenue"]["counted"], data["leads"]["came"]) == ("1250.40", 1)
    assert [row["invoice"] for row in data["lines"]] == [12]
    page = files[PacketPart.PAGE].decode()
    assert "1 came in this period; 1 with counted invoices, from this period or an earlier one" in page
    headings = re.findall(r'<th scope="col"[^>]*>([^<]+)', page)
    assert headings[3:8] == ["Invoiced", "Void", "Refunds", "Net", "Paid"], "the words of the overview"
    assert "at least five jobs" in page and "did not test ranges for one campaign, for several months" in page


@pytest.mark.usefixtures("can_make_pdfs")
def test_equal_inputs_give_equal_bytes(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    month, inputs = SealedMonth(statement.body), json.loads(packet.inputs)
    first = packet_files(document(inputs, [month]), [month], make_pdf=make_pdf)
    second = packet_files(document(json.loads(packet.inputs), [month]), [month], make_pdf=make_pdf)
    assert first == second
    assert first[PacketPart.PDF].startswith(b"%PDF-")


def test_a_packet_that_was_sealed_earlier_is_made_again_with_equal_bytes() -> None:
    """The file was sealed on 2026-11-30. A change of these bytes makes `prove_packets` fail for every older packet.

    It has only the hash of its page for a PDF.
    """
    with zipfile.ZipFile(Path(__file__).with_name("sealed-packet.zip")) as archive:
        sealed = {name: archive.read(name) for name in archive.namelist()}
    texts = [sealed[f"sealed/2026-10-{name}.jsonl"].decode() for name in ("statement", "restatement-1")]
    month, inputs = SealedMonth(texts[0], (texts[1],)), json.loads(sealed["packet.json"])["inputs"]
    made = packet_files(document(inputs, [month]), [month], make_pdf=fake_pdf)
    with zipfile.ZipFile(io.BytesIO(made[PacketPart.ZIP])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == sealed


def test_zip_checksums_verify(shop: Shop, lead_operator: User, tmp_path: Path) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    files = sealed_files(packet)
    with zipfile.ZipFile(io.BytesIO(files[PacketPart.ZIP])) as archive:
        archive.extractall(tmp_path)
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 5, 12, 0, 0)}
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path, check=False).returncode == 0
    sealed_statement = (tmp_path / "sealed" / "2026-10-statement.jsonl").read_bytes()
    assert hashlib.sha256(sealed_statement).hexdigest() == statement.sha256
    assert (tmp_path / "packet.pdf").read_bytes() == files[PacketPart.PDF]


def test_repeated_request_returns_the_packet_until_a_restatement(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    first = request_packet(shop.tenant, lead_operator)
    assert seal(first, make_pdf=fake_pdf) and not seal(first, make_pdf=fake_pdf)
    before = sealed_files(first)
    assert request_packet(shop.tenant, lead_operator) == first

    link = shop.link(shop.lead(), shop.job(shop.file(OutcomeKind.JOBS, note="late"), 9), Label.REVIEWED)
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="late"), 19, "100.00", 9)
    assert link.job_id
    sign_restatement(statement, lead_operator)
    second = request_packet(shop.tenant, lead_operator)
    seal(second, make_pdf=fake_pdf)
    assert second != first and sealed_files(first) == before
    data = json.loads(sealed_files(second)[PacketPart.DATA])
    assert (data["revenue"]["as_closed"], data["revenue"]["restated"], data["revenue"]["counted"]) == (
        "1750.40",
        "100.00",
        "1850.40",
    )
    assert data["restatements"][0]["changes"][0]["invoice"] == 19


def test_campaign_name_is_escaped_in_csv(shop: Shop, lead_operator: User) -> None:
    shop.link(shop.lead("-1+1"), shop.job(shop.file(OutcomeKind.JOBS, note="x"), 9))
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="x"), 19, "100.00", 9)
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    assert ",'-1+1," in sealed_files(packet)[PacketPart.CSV].decode()


def test_packet_needs_closed_months_and_a_known_campaign(shop: Shop, lead_operator: User) -> None:
    with pytest.raises(NoSuchPeriod):
        request_packet(shop.tenant, lead_operator)
    close_statement(shop.tenant, lead_operator)
    with pytest.raises(NoSuchPeriod):
        request_packet(shop.tenant, lead_operator, "nothing of the kind")


def test_packet_counts_no_invoice_in_two_months(shop: Shop, lead_operator: User) -> None:
    october_statement = close_statement(shop.tenant, lead_operator)
    shop.move_to_november(12)
    close_statement(shop.tenant, lead_operator, NOVEMBER_1, DECEMBER)
    with pytest.raises(NoSuchPeriod, match="Invoice 12 is in October 2026 and in November 2026"):
        request_packet(shop.tenant, lead_operator, last=NOVEMBER_1)
    sign_restatement(october_statement, lead_operator)
    packet = request_packet(shop.tenant, lead_operator, last=NOVEMBER_1)
    seal(packet, make_pdf=fake_pdf)
    counted = json.loads(sealed_files(packet)[PacketPart.DATA])["revenue"]["counted"]
    assert counted == "1750.40"


def test_packet_counts_no_payment_in_two_months(shop: Shop, lead_operator: User) -> None:
    november = shop.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30))
    shop.invoice(november, 31, "400.00", 1, invoiced_on=NOVEMBER_1)
    october_statement = close_statement(shop.tenant, lead_operator)
    take(shop.tenant, lead_operator, "payments", "Payment ID,Invoice ID,Amount\n21,31,200.00\n")
    close_statement(shop.tenant, lead_operator, NOVEMBER_1, DECEMBER)
    assert request_packet(shop.tenant, lead_operator), "October alone is as it was closed"
    with pytest.raises(NoSuchPeriod, match="invoice 11 of October 2026"):
        request_packet(shop.tenant, lead_operator, last=NOVEMBER_1)
    sign_restatement(october_statement, lead_operator)
    with CaptureQueriesContext(connection) as queries:
        packet = request_packet(shop.tenant, lead_operator, last=NOVEMBER_1)
    totals = [query for query in queries if '"attribution_invoice"."total" AS "total"' in query["sql"]]
    assert len(totals) == 1, "both months are compared together"
    seal(packet, make_pdf=fake_pdf)
    buckets = json.loads(sealed_files(packet)[PacketPart.DATA])["buckets"]
    assert sum(Decimal(bucket["collected"]) for bucket in buckets) == 200


@pytest.mark.usefixtures("can_make_pdfs")
def test_run_makes_a_reproducible_packet(shop: Shop, lead_operator: User) -> None:
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    with scope.worker():
        run = claim_run()
    assert run is not None and run.kind == RUN
    work_run(run)
    assert proven(shop.tenant).count("same") == len(PacketPart)
    files = sealed_files(packet)
    assert set(files) == set(PacketPart.values)
    for content in files.values():
        assert PacketDigest.objects.filter(sha256=hashlib.sha256(content).hexdigest()).exists()
        assert not PacketDigest.objects.filter(sha256=hashlib.sha256(content + b"\n").hexdigest()).exists()


def test_downloads_are_valid_under_their_own_name_and_not_under_that_of_another(
    shop: Shop, lead_operator: User, signed_in: SignIn, settings: Any
) -> None:
    signer = new_signer("log.example", LOG)
    settings.LOG_SIGNING_KEYS = signer.secret()
    settings.LOG_WITNESS_KEYS = settings.LOG_REVOKED_KEYS = settings.LOG_AUTHORITY_CERTIFICATE = ""
    statement = close_statement(shop.tenant, lead_operator)
    packets = [request_packet(shop.tenant, lead_operator, campaign) for campaign in ("", "spring-check")]
    for packet in packets:
        assert seal(packet, make_pdf=fake_pdf)
    transparency.sequence()
    client, base = signed_in(lead_operator), f"/ops/attribution/{shop.tenant.slug}"
    paths = [*(f"packets/{packet.public_id}" for packet in packets), f"statements/{statement.public_id}"]
    downloads = [client.get(f"{base}/{path}/bundle.zip") for path in paths]
    names = [answer["Content-Disposition"].split('"')[1] for answer in downloads]
    assert len(set(names)) == 3
    for answer, own in zip(downloads, names, strict=True):
        for name in names:
            result = verify.verify(answer.content, verify.Trust([signer.key]), name=name)
            assert result["valid"] is (name == own), (result, name)
            assert result["reason"] == "" or "the archive has a wrong name" in result["reason"]


def test_a_packet_whose_key_cannot_be_used_is_not_reported_as_altered(
    shop: Shop, lead_operator: User, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    assert seal(packet, make_pdf=fake_pdf)
    member = make_user()
    make_membership(tenant=shop.tenant, user=member, role=TenantRole.OWNER)
    ops = f"/ops/attribution/{shop.tenant.slug}/packets/{packet.public_id}"
    portal = f"/portal/outcomes/packets/{packet.public_id}"
    with changed_data_keys():
        for client, base in ((signed_in(lead_operator), ops), (signed_in(member), portal)):
            for path in (f"{base}/csv", f"{base}/bundle.zip"):
                page = client.get(path)
                assert page.status_code == 409, path
                assert "The file cannot be decrypted, because its key is missing, was changed" in page.text
                assert "differs from the sealed one" not in page.text
                assert ('href="/ops/alarms/#data-keys"' in page.text) is (base == ops)
        with pytest.raises(CommandError, match="The file cannot be decrypted"):
            proven(shop.tenant)
        assert verify_statements() == len(PacketPart)
        events = {record.message for record in caplog.records}
        assert "sealed data cannot be decrypted" in events and "sealed data altered" not in events
    assert signed_in(lead_operator).get(f"{ops}/csv").status_code == 200
    assert verify_statements() == 0


@pytest.mark.parametrize(
    ("version", "sha256"),
    [
        (None, "50bce5d8509edc88d60cd29a8520506248f28c6603a57f0299e445fba776366c"),
        (1, "50bce5d8509edc88d60cd29a8520506248f28c6603a57f0299e445fba776366c"),
        (2, "ba0241bbe4b4a24455be4066404d2e268758ed254c0e5949b457801f0b1618da"),
        (3, "df69c2a1d674684203283b802b800396e152deab199d1f2619632de076b135f6"),
        (4, "661e38c6380f28390370f96028284639a2edd98613a9ef0668520961d6c14c2f"),
        (5, "346847f265dc1c110e6e64a33332fbcfa1f846a98019908b14243bfa9dfb00f0"),
    ],
)
def test_an_older_packet_keeps_the_sentences_about_its_likely_range(version: int | None, sha256: str) -> None:
    """Its files are made again, and must have the bytes that were sealed."""
    revenue = {"counted": "1.00", "likely_low": "1.00", "likely_high": "2.00"} | ({"range": version} if version else {})
    html = render_to_string("attribution/packets/money.html", {"doc": {"inputs": {}, "revenue": revenue}})
    assert sha256_hex(html) == sha256


def test_verification_stops_at_its_time_limit_and_logs_it(
    shop: Shop, lead_operator: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    close_statement(shop.tenant, lead_operator)
    assert seal(request_packet(shop.tenant, lead_operator), make_pdf=fake_pdf)
    read: list[int] = []
    clock = iter(range(1000))

    def as_sealed(row: PacketFile) -> bytes | None:
        read.append(row.pk)
        return None

    monkeypatch.setattr(selectors, "as_sealed", as_sealed)
    assert verify_statements() == len(read) == len(PacketPart)
    assert "time limit" not in caplog.text
    read.clear()
    monkeypatch.setattr(nightly, "VERIFY_SECONDS", 2)
    for module in (nightly, selectors):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert verify_statements() == len(read) == 1
    assert "verification of sealed data reached its time limit" in caplog.text


def test_an_error_of_a_contractor_keeps_no_other_from_its_verification(
    shop: Shop, lead_operator: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = october(make_tenant())
    for made in (shop, other):
        close_statement(made.tenant, lead_operator)
        assert seal(request_packet(made.tenant, lead_operator), make_pdf=fake_pdf)

    def as_sealed(row: PacketFile) -> bytes | None:
        if row.tenant_id == shop.tenant.pk:
            raise MemoryError
        return None

    monkeypatch.setattr(selectors, "as_sealed", as_sealed)
    assert verify_statements() == len(PacketPart)
    assert left_out(caplog) == [("sealed data", shop.tenant.pk)]


def test_verification_begins_elsewhere_each_night(shop: Shop, lead_operator: User) -> None:
    close_statement(shop.tenant, lead_operator)
    assert seal(request_packet(shop.tenant, lead_operator), make_pdf=fake_pdf)
    with CaptureQueriesContext(connection) as queries:
        verify_statements()
    listing = [query["sql"] for query in queries if " ORDER BY RANDOM()" in query["sql"]]
    assert [("tenants_tenant" in sql, "attribution_packetfile" in sql) for sql in listing] == [
        (True, False), (False, True),
    ]  # fmt: skip


def test_verification_ends_before_the_time_limit_of_a_heavy_task() -> None:
    assert nightly.VERIFY_SECONDS < settings.HEAVY_TIME_LIMIT_SECONDS - 30
    assert PERIODIC_TASKS["attribution.verify_statements"].heavy


def test_missing_pdf_renderer_seals_nothing_and_is_reported(shop: Shop, lead_operator: User, no_pango: None) -> None:
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    with scope.worker():
        run = claim_run()
    assert run is not None
    work_run(run)
    with scope.worker():
        ended = Run.objects.get(pk=run.pk)
    assert (ended.state, "Install libpango" in ended.error) == (RunState.FAILED, True)
    assert sealed_files(packet) == {}
