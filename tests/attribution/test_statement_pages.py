"""Operators' pages of statements and packets, and the public check."""

import hashlib
import io
import re
import zipfile
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attribution.models import OutcomeFile, OutcomeKind, Packet, PacketDigest, PacketPart, Restatement, Statement
from attribution.packets import check_page
from attribution.packets.sealing import seal
from attribution.statements import closing
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.transparency.verify import PROGRAM, PROOF
from tests.attribution.months import Shop
from tests.attribution.packets import fake_pdf, request_packet, sealed_files
from tests.attribution.statements import close_statement, sign_restatement
from tests.support.accounts import let_confirmation_age
from tests.support.cast import SignIn
from tests.support.factories import make_tenant

CHECK = "/check-a-packet"


@pytest.fixture
def lead_client(lead_operator: User, signed_in: SignIn) -> Client:
    return signed_in(lead_operator)


@pytest.fixture(autouse=True)
def fresh_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_page, "turns", check_page.Turns())


def at(tenant: Tenant, path: str = "") -> str:
    return f"/ops/attribution/{tenant.slug}/{path}"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def changes_in(page: str) -> list[str]:
    """Return the values of the checkboxes for changes that a packet would leave out."""
    return re.findall(r'name="without" value="([^"]+)"', page)


def seen_in(page: str) -> str:
    match = re.search(r'name="seen" id="id_seen" value="([0-9a-f]{64})"', page)
    assert match
    return match[1]


def test_list_shows_the_others_if_a_time_zone_is_not_known(shop: Shop, lead_client: Client) -> None:
    lost = make_tenant(slug="lost")
    Tenant.objects.filter(pk=lost.pk).update(time_zone="Mars/Phobos")
    page = lead_client.get(reverse("attribution:list"))
    assert {line.tenant.slug: len(line.months) for line in page.context["lines"]} == {shop.tenant.slug: 1, "lost": 0}
    assert words(page.text).count("The time zone Mars/Phobos is not known.") == 1


def test_list_shows_what_waits_for_each_contractor(shop: Shop, lead_operator: User, lead_client: Client) -> None:
    def listed() -> tuple[dict[str, tuple[int, list[str]]], int]:
        with CaptureQueriesContext(connection) as queries:
            lines = lead_client.get(reverse("attribution:list")).context["lines"]
        for line in lines:
            # The same rule as for a single month.
            for first in line.months[:1]:
                assert first == closing.next_to_close(line.tenant)
                assert not closing.preview(tenant=line.tenant, first=first).why_not
        months = {line.tenant.slug: [f"{month:%Y-%m}" for month in line.months] for line in lines}
        return {line.tenant.slug: (line.reviews, months[line.tenant.slug]) for line in lines}, len(queries)

    make_tenant(slug="second")
    lines, before = listed()
    assert lines[shop.tenant.slug] == (1, ["2026-10"]) and lines["second"] == (0, [])
    assert f'href="{at(shop.tenant, "review")}">1<' in lead_client.get(reverse("attribution:list")).text
    shop.file(OutcomeKind.INVOICES, date(2026, 8, 10), date(2026, 8, 20))
    assert listed()[0][shop.tenant.slug] == (1, ["2026-10"]), "neither the contractor nor a request is older"
    shop.lead(received_at=datetime(2026, 8, 12, tzinfo=UTC))
    assert listed()[0][shop.tenant.slug] == (1, ["2026-08"]), "no export covers September, and months close in order"
    shop.file(OutcomeKind.INVOICES, date(2026, 9, 1), date(2026, 9, 30))
    assert listed()[0][shop.tenant.slug] == (1, ["2026-08", "2026-09", "2026-10"])
    close_statement(shop.tenant, lead_operator, date(2026, 8, 1))
    assert listed()[0][shop.tenant.slug] == (1, ["2026-09", "2026-10"])
    make_tenant(slug="third")
    assert listed()[1] == before


def test_month_is_previewed_and_closed(shop: Shop, lead_client: Client) -> None:
    place = at(shop.tenant, "statements/close/2026-10")
    page = lead_client.get(place).text
    assert "$1,750.40" in page and "$2,050.40" in page
    assert page.index("Money by label") < page.index('name="seen"'), "the figures come before their confirmation"
    folded, unfolded = page.partition("<details")[2].partition("</details>")[::2]
    assert all(f"<h2>{name}</h2>" in folded for name in ("Campaigns", "Sources", "Invoices")), "a phone scrolls less"
    assert "<h2>Coverage</h2>" not in folded and "<h2>Confirm</h2>" in unfolded
    headings = re.findall(r'<th scope="col"[^>]*>([^<]+)', page)
    assert headings[3:8] == ["Invoiced", "Void", "Refunds", "Net", "Paid"], "the words of the overview"
    answers: dict[str, Any] = {"seen": seen_in(page), "reason": "Agreed with the owner."}
    refused = lead_client.post(place, answers)
    assert refused.status_code == 422 and "Import the missing exports, or confirm each gap." in refused.text
    gaps = [name for name, _ in refused.context["form"].fields["acknowledged"].choices]
    assert f"Missing: {gaps[0]}" in page and all("October" in name for name in gaps)
    assert lead_client.post(place, answers | {"acknowledged": gaps[:-1]}).status_code == 422
    answers |= {"acknowledged": gaps}
    refused = lead_client.post(place, answers | {"seen": "0" * 64})
    assert refused.status_code == 422 and "The figures have changed since" in refused.text
    assert seen_in(refused.text) == seen_in(page)
    refused = lead_client.post(place, answers | {"reason": ""})
    assert refused.status_code == 422 and "Enter a reason. It is recorded in the audit log." in refused.text
    answer = lead_client.post(place, answers, follow=True)
    assert "Statement 1: October 2026" in answer.text and "Agreed with the owner." in answer.text
    assert "already closed" in lead_client.get(place).text
    assert "None was altered" in lead_client.get(at(shop.tenant, "statements/")).text


def test_downloaded_rows_match_the_hash(shop: Shop, lead_operator: User, lead_client: Client) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    rows = lead_client.get(at(shop.tenant, f"statements/{statement.public_id}/rows.jsonl"))
    assert hashlib.sha256(rows.content).hexdigest() == statement.sha256
    assert statement.sha256 in lead_client.get(at(shop.tenant, f"statements/{statement.public_id}")).text


def test_later_changes_are_shown_and_signed(shop: Shop, lead_operator: User, lead_client: Client) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    place = at(shop.tenant, f"statements/{statement.public_id}")
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    with scope.tenant(shop.tenant.pk):
        late = OutcomeFile.objects.select_related("file").latest("pk")
    cause = f'<a href="{at(shop.tenant, f"files/{late.public_id}")}">{late.file.name}</a>'
    shown = lead_client.get(place).text
    assert "not signed yet: -$120.00" in shown and cause in shown and late.sha256 not in shown
    page = lead_client.get(f"{place}/restate").text
    assert cause in page
    assert lead_client.post(f"{place}/restate", {"seen": "0" * 64, "reason": "Refund."}).status_code == 422
    answer = lead_client.post(f"{place}/restate", {"seen": seen_in(page), "reason": "Refund."}, follow=True).text
    assert "not signed yet" not in answer and "restated since by -$120.00" in answer
    with scope.tenant(shop.tenant.pk):
        assert Restatement.objects.count() == 1
        assert Statement.objects.get().counted == statement.counted


def test_the_list_names_closed_months_that_later_facts_changed(
    shop: Shop, lead_operator: User, lead_client: Client
) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    calm = lead_client.get(at(shop.tenant, "statements/")).text
    assert "No closed month has changes that wait for a signature." in calm and "not signed yet" not in calm
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    changed = words(lead_client.get(at(shop.tenant, "statements/")).text)
    assert "Changed since closing, not signed yet October 2026 : -$120.00" in changed
    assert "No closed month has changes" not in changed
    sign_restatement(statement, lead_operator)
    assert "not signed yet" not in lead_client.get(at(shop.tenant, "statements/")).text


def test_a_packet_leaves_out_unsigned_changes_only_when_that_is_confirmed(
    shop: Shop, lead_operator: User, lead_client: Client
) -> None:
    statement, place = close_statement(shop.tenant, lead_operator), at(shop.tenant, "packets/ask")
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    given = {"campaign": "", "first": "2026-10", "last": "2026-10", "reason": "For the owner."}
    asked = lead_client.post(place, given)
    assert asked.status_code == 422 and "October 2026, -$120.00" in asked.text
    with scope.tenant(shop.tenant.pk):
        assert not Packet.objects.exists()
    assert lead_client.post(place, given | {"without": "on"}).status_code == 422
    confirmed = lead_client.post(place, given | {"without": changes_in(asked.text)}, follow=True)
    assert "It is being made." in confirmed.text
    sign_restatement(statement, lead_operator)
    assert "It is being made." in lead_client.post(place, given, follow=True).text
    with scope.tenant(shop.tenant.pk):
        assert Packet.objects.count() == 2


def test_a_confirmation_counts_only_for_the_changes_that_were_shown(
    shop: Shop, lead_operator: User, lead_client: Client
) -> None:
    close_statement(shop.tenant, lead_operator)
    place, late = at(shop.tenant, "packets/ask"), shop.file(OutcomeKind.PAYMENTS, note="late")
    given = {"campaign": "", "first": "2026-10", "last": "2026-10", "reason": "For the owner."}
    shop.payment(late, 22, "-120.00", 11)
    seen = changes_in(lead_client.post(place, given).text)
    shop.payment(late, 23, "-30.00", 11)
    changed = lead_client.post(place, given | {"without": seen})
    assert changed.status_code == 422 and "The changes below differ from those that you confirmed." in changed.text
    assert "October 2026, -$150.00" in changed.text and " checked" not in changed.text
    with scope.tenant(shop.tenant.pk):
        assert not Packet.objects.exists()
    confirmed = lead_client.post(place, given | {"without": changes_in(changed.text)}, follow=True)
    assert "It is being made." in confirmed.text
    with scope.tenant(shop.tenant.pk):
        entry = AuditEntry.objects.get(action="attribution.ask_packet")
    assert entry.actor == lead_operator and entry.changes["left_out"] == [None, "October 2026, -$150.00"]


@pytest.mark.parametrize("path", ["statements/close/2026-10", "statements/close/2026-1x"])
def test_only_an_operator_lead_can_close(shop: Shop, operator: User, signed_in: SignIn, path: str) -> None:
    assert signed_in(operator).get(at(shop.tenant, path)).status_code == 404
    assert signed_in(operator).post(at(shop.tenant, path), {"reason": "x"}).status_code == 404


def test_invalid_month_is_not_found(shop: Shop, lead_client: Client) -> None:
    for month in ("2026-1x", "0001-01", "9999-12"):
        assert lead_client.get(at(shop.tenant, f"statements/close/{month}")).status_code == 404


def test_statement_of_another_tenant_is_not_found(
    shop: Shop, tenant: Tenant, lead_operator: User, lead_client: Client
) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    for path in (f"statements/{statement.public_id}", f"packets/{packet.public_id}"):
        assert lead_client.get(at(shop.tenant, path)).status_code == 200
        assert lead_client.get(at(tenant, path)).status_code == 404


def test_google_ads_download_needs_a_reason(shop: Shop, lead_operator: User, lead_client: Client) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    place = at(shop.tenant, f"statements/{statement.public_id}/conversions")
    page = lead_client.get(place).text
    assert "By click ID" in page and "The click ID is not in Google&#x27;s format." in page
    refused = lead_client.post(place, {"kind": "contacts", "action": "", "reason": ""})
    assert refused.status_code == 422 and "This field is required." not in refused.text
    given = {"kind": "contacts", "action": "Job", "reason": "Monthly upload."}
    answer = lead_client.post(place, given)
    assert answer["Content-Disposition"] == 'attachment; filename="google-ads-contacts-2026-10.csv"'
    assert "Parameters:TimeZone=America/Denver" in answer.text and "555" not in answer.text
    with scope.tenant(shop.tenant.pk):
        line = AuditEntry.objects.get(action="attribution.export_conversions")
    assert line.changes["kind"] == [None, "contacts"]
    let_confirmation_age(lead_client)
    assert lead_client.get(place).status_code == 200
    assert lead_client.post(place, given)["Location"].startswith("/account/confirm?"), "an old session exports nothing"


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "\uff1dSUM(1)", "Job\n=1", "Job,-1"])
def test_no_cell_of_a_google_ads_file_is_a_formula(
    shop: Shop, lead_operator: User, lead_client: Client, name: str
) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    place = at(shop.tenant, f"statements/{statement.public_id}/conversions")
    answer = lead_client.post(place, {"kind": "contacts", "action": name, "reason": "Monthly upload."})
    assert answer.status_code == 422 and "begins like a formula" in answer.text


def test_packet_is_requested_and_downloaded(shop: Shop, lead_operator: User, lead_client: Client) -> None:
    assert "No month is closed yet." in lead_client.get(at(shop.tenant, "packets/")).text
    close_statement(shop.tenant, lead_operator)
    given = {"campaign": "spring-check", "first": "2026-10", "last": "2026-10", "reason": "For the owner."}
    answer = lead_client.post(at(shop.tenant, "packets/ask"), given, follow=True)
    assert "It is being made." in answer.text
    with scope.tenant(shop.tenant.pk):
        assert Run.objects.filter(kind="attribution.packet").count() == 1
    packet = request_packet(shop.tenant, lead_operator, "spring-check")
    seal(packet, make_pdf=fake_pdf)
    page = lead_client.get(at(shop.tenant, f"packets/{packet.public_id}")).text
    files = sealed_files(packet)
    for part, content in files.items():
        assert hashlib.sha256(content).hexdigest() in page
        assert lead_client.get(at(shop.tenant, f"packets/{packet.public_id}/{part}")).content == content
    assert lead_client.get(at(shop.tenant, f"packets/{packet.public_id}/nothing")).status_code == 404
    again = lead_client.post(at(shop.tenant, "packets/ask"), given, follow=True)
    assert "Nothing has changed since" in again.text
    assert "sealed" in lead_client.get(at(shop.tenant, "packets/")).text


def dropped(client: Client, content: bytes) -> str:
    return client.post(CHECK, {"file": SimpleUploadedFile("packet.pdf", content)}).text


def test_public_check_reveals_only_if_a_file_is_ours(shop: Shop, lead_operator: User) -> None:
    close_statement(shop.tenant, lead_operator)
    packet = request_packet(shop.tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    anybody = Client()
    assert "Check a packet" in anybody.get(CHECK).text
    for content in sealed_files(packet).values():
        result = dropped(anybody, content)
        assert "This file is genuine and unchanged." in result
        assert shop.tenant.name not in result and "October" not in result
    page = sealed_files(packet)[PacketPart.PAGE]
    tampered = page.replace(b"$1,750.40", b"$9,750.40")
    assert tampered != page and "We did not seal this file." in dropped(anybody, tampered)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        ((PROGRAM, PROOF), "Unpack it and choose"),
        ((PROGRAM, "packet.csv"), "We did not seal this file."),
        ((), "We did not seal this file."),
    ],
)
def test_bundle_of_a_packet_is_not_called_forged(names: tuple[str, ...], verdict: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("packet.html", *names):
            archive.writestr(name, b"x" * 200_000)
    assert verdict in dropped(Client(), packed.getvalue())


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"file": ""}])
def test_empty_check_is_rejected(body: dict[str, str]) -> None:
    answer = Client().post(CHECK, body)
    assert answer.status_code == 422 and "not empty" in answer.text


@pytest.mark.django_db
def test_check_limits_size_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_page, "LARGEST", 2000)
    # Use a separate rate limiter, so that neither earlier tests nor the clock matter.
    turns = check_page.Turns()
    monkeypatch.setattr(check_page, "turns", SimpleNamespace(take=lambda address, now: turns.take(address, now=0.0)))
    anybody = Client()
    assert anybody.post(CHECK, {"file": SimpleUploadedFile("x", b"x" * 3000)}).status_code == 413
    codes = [anybody.post(CHECK, {"file": SimpleUploadedFile("x", b"x")}).status_code for _ in range(20)]
    assert codes == [200] * 19 + [429]
    assert PacketDigest.objects.count() == 0


@pytest.mark.django_db
def test_an_ipv6_visitor_cannot_check_more_files_from_other_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = check_page.Turns()
    monkeypatch.setattr(check_page, "turns", SimpleNamespace(take=lambda network, now: turns.take(network, now=0.0)))

    def check(address: str) -> int:
        return Client(REMOTE_ADDR=address).post(CHECK, {"file": SimpleUploadedFile("x", b"x")}).status_code

    assert {check(f"2001:db8::{number:x}") for number in range(20)} == {200}
    assert [check("2001:db8::ffff"), check("2001:db8:0:1::1")] == [429, 200]


def test_rate_limit_is_per_address_and_minute() -> None:
    turns = check_page.Turns()
    assert [turns.take("a", now=0.0) for _ in range(21)] == [True] * 20 + [False]
    assert turns.take("b", now=0.0) and turns.take("a", now=60.0)
