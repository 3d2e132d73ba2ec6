"""Closed months are sealed; later changes are restatements; tampering is detected."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from attribution import money_sums
from attribution.errors import FiguresMoved, NotClosable, NothingToRestate
from attribution.models import (
    LINK,
    Invoice,
    Label,
    Link,
    LinkRun,
    OutcomeKind,
    PacketFile,
    PacketPart,
    Statement,
)
from attribution.money import Bucket
from attribution.packets.document import of_statement
from attribution.packets.downloads import bundle_of, sent
from attribution.packets.sealing import ask_packet, seal
from attribution.statements import canonical_form
from attribution.statements.closing import close_month, next_to_close, preview
from attribution.statements.month_facts import month_of
from attribution.statements.nightly import verify_statements
from attribution.statements.restating import Unsigned, current_lines, restate, since_closing, unsigned_changes
from attribution.statements.selectors import broken_links
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from syncqueue.models import HookRoute, InboxGap
from tests.attribution.months import AT, DECEMBER, NOVEMBER, NOVEMBER_1, OCTOBER, Shop, october
from tests.attribution.outcomes import take
from tests.attribution.statements import close_statement, sign_restatement
from tests.support.inbox import Sender
from tests.support.services import administrator

D = Decimal


def test_closed_month_has_figures_sources_and_gaps(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    head, rows = canonical_form.read(statement.body)
    assert (statement.number, statement.counted, statement.if_all_accepted) == (1, D("1750.40"), D("2050.40"))
    assert {row["invoice"]: row["bucket"] for row in rows} == {
        11: "certain",
        12: "matched",
        13: "needs review",
        14: "no lead",
        15: "recall or warranty",
        16: "void",
    }
    assert head["gaps"] == [{"kind": "payments", "first": "2026-10-21", "last": "2026-10-31"}]
    assert head["leads"] == {"captured": 4, "excluded": {}, "campaigns": {"fall-tune-up": 3, "spring-check": 1}}
    assert {source["kind"] for source in head["sources"]} == {"jobs", "invoices", "payments"}
    with scope.tenant(shop.tenant.pk):
        assert current_lines(statement) == [canonical_form.line_of(row) for row in rows]
        assert AuditEntry.objects.filter(action="attribution.close_month", actor=lead_operator).count() == 1


def test_sealed_text_has_no_personal_data(shop: Shop, lead_operator: User) -> None:
    shop.lead("jamie@example.com")
    shop.lead("call 602-555-0199")
    body = close_statement(shop.tenant, lead_operator).body
    assert "campaign without a usable name" in body
    assert not any(word in body for word in ("jamie", "Jamie", "Rivera", "602-555", "click-"))


def test_hash_can_be_computed_from_the_rows(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    rows = [json.loads(line) for line in statement.body.splitlines()]
    again = "".join(json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
    assert sha256_hex(again) == statement.sha256


def test_the_first_month_to_close_is_not_before_the_oldest_request(tenant: Tenant) -> None:
    shop = Shop(tenant)
    assert next_to_close(tenant) is None
    shop.file(OutcomeKind.INVOICES, date(2024, 1, 5), date(2026, 11, 30))
    assert next_to_close(tenant) == tenant.first_month, "exports reach further back than the contractor"
    shop.lead()
    assert next_to_close(tenant) == OCTOBER
    shop.lead(received_at=datetime(2026, 10, 1, 2, tzinfo=UTC))
    assert next_to_close(tenant) == date(2026, 9, 1), "it was still September in Phoenix"


def test_a_contractor_added_on_the_last_evening_of_a_month_begins_in_that_month() -> None:
    added = datetime(2026, 10, 1, 2, tzinfo=UTC)
    assert Tenant(time_zone="America/Phoenix", created_at=added).first_month == date(2026, 9, 1)
    assert Tenant(time_zone="Europe/Berlin", created_at=added).first_month == OCTOBER


def test_months_are_closed_once_in_order_after_they_end(shop: Shop, lead_operator: User) -> None:
    tenant, november, december = shop.tenant, date(2026, 11, 1), date(2026, 12, 1)
    assert next_to_close(tenant) == OCTOBER
    assert "not over" in preview(tenant=tenant, first=november, now=NOVEMBER).why_not
    assert "no export" in preview(tenant=tenant, first=date(2026, 9, 1), now=NOVEMBER).why_not.lower()
    close_statement(tenant, lead_operator)
    assert next_to_close(tenant) == november
    assert "already closed" in preview(tenant=tenant, first=OCTOBER, now=NOVEMBER).why_not
    later = NOVEMBER.replace(year=2027)
    assert "November 2026" in preview(tenant=tenant, first=december, now=later).why_not
    with pytest.raises(NotClosable):
        close_month(tenant=tenant, first=OCTOBER, seen="", actor=lead_operator, reason="Again.", now=NOVEMBER)


def test_month_ends_in_the_tenant_time_zone(shop: Shop) -> None:
    # 5 a.m. UTC on November 1 is still October in Denver.
    still = NOVEMBER.replace(day=1, hour=5)
    assert "not over" in preview(tenant=shop.tenant, first=OCTOBER, now=still).why_not
    assert preview(tenant=shop.tenant, first=OCTOBER, now=still.replace(hour=7)).why_not == ""


def test_no_month_is_closed_or_restated_in_an_unknown_time_zone(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    statement.body = statement.body.replace("America/Denver", "Mars/Phobos")
    with pytest.raises(FiguresMoved, match=r"The time zone Mars/Phobos is not known\. The month was closed in it"):
        sign_restatement(statement, lead_operator)
    Tenant.objects.filter(pk=shop.tenant.pk).update(time_zone="Mars/Phobos")
    shop.tenant.refresh_from_db()
    shop.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30))
    with pytest.raises(NotClosable, match=r"The time zone Mars/Phobos is not known\. Set one that is known"):
        close_statement(shop.tenant, lead_operator, NOVEMBER_1, DECEMBER)


@pytest.mark.django_db(transaction=True)
def test_after_a_closing_in_an_unknown_time_zone_the_next_month_begins_in_the_present_zone(
    shop: Shop, lead_operator: User
) -> None:
    """In UTC, leads of the last hours of the month before would be in both."""
    shop.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30))
    close_statement(shop.tenant, lead_operator)
    shop.lead("late", received_at=datetime(2026, 11, 1, 3, tzinfo=UTC))

    def captured() -> int:
        head, _ = canonical_form.read(preview(tenant=shop.tenant, first=NOVEMBER_1, now=DECEMBER).body)
        return int(head["leads"]["captured"])

    before = captured()
    with administrator() as session:
        session.execute("UPDATE attribution_statement SET body = replace(body, 'America/Denver', 'Mars/Phobos')")
    assert captured() == before


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Honolulu"])
def test_leads_between_months_of_two_time_zones_are_counted_once(shop: Shop, lead_operator: User, zone: str) -> None:
    shop.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30))
    close_statement(shop.tenant, lead_operator)
    for hour in range(0, 48, 3):
        shop.lead("late", received_at=datetime(2026, 10, 31, tzinfo=UTC) + timedelta(hours=hour))
    shop.tenant.time_zone = zone
    shop.tenant.save()
    head, _ = canonical_form.read(preview(tenant=shop.tenant, first=NOVEMBER_1, now=DECEMBER).body)
    ended = datetime(2026, 11, 1, 6, tzinfo=UTC)  # October ended in Denver
    with scope.tenant(shop.tenant.pk):
        after = Lead.objects.filter(tenant=shop.tenant, received_at__gte=ended).count()
    assert head["leads"]["captured"] == after > 0


def test_half_of_a_linking_is_neither_closed_nor_restated(shop: Shop, lead_operator: User) -> None:
    with scope.tenant(shop.tenant.pk):
        run = Run.objects.create(tenant=shop.tenant, kind=LINK, state=RunState.QUEUED)
        facts = {"window_days": 90, "model_sha256": "a" * 64, "inputs_sha256": "b" * 64, "seen_to": AT}
        part = LinkRun.objects.create(tenant=shop.tenant, run=run, **facts)
    with pytest.raises(NotClosable, match="only a part of its results"):
        close_statement(shop.tenant, lead_operator)

    def end_with(moment: datetime | None) -> None:
        with scope.tenant(shop.tenant.pk):
            LinkRun.objects.filter(pk=part.pk).update(applied_at=moment)

    end_with(AT)
    statement = close_statement(shop.tenant, lead_operator)
    end_with(None)
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    with pytest.raises(FiguresMoved, match="only a part of its results"):
        sign_restatement(statement, lead_operator)


def test_closed_month_keeps_its_time_zone(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    # There, the leads arrived on the next day.
    shop.tenant.time_zone = "Asia/Tokyo"
    shop.tenant.save()
    with scope.tenant(shop.tenant.pk):
        statement = Statement.objects.select_related("tenant").get(pk=statement.pk)
    assert since_closing(statement).changes == ()
    packet, _ = ask_packet(
        tenant=shop.tenant, campaign="", first=OCTOBER, last=OCTOBER, actor=lead_operator, reason="Agreed."
    )
    assert json.loads(packet.inputs)["time_zone"] == "America/Denver"


def test_a_month_with_a_gap_is_closed_only_after_it_is_confirmed_by_name(shop: Shop, lead_operator: User) -> None:
    shown = preview(tenant=shop.tenant, first=OCTOBER, now=NOVEMBER)
    assert shown.gaps
    with pytest.raises(NotClosable, match="No export covers"):
        close_month(
            tenant=shop.tenant,
            first=OCTOBER,
            seen=shown.seen,
            actor=lead_operator,
            reason="x",
            acknowledged=shown.gaps[1:],
            now=NOVEMBER,
        )
    close_statement(shop.tenant, lead_operator)
    with scope.operator(lead_operator, "test"):
        entry = AuditEntry.objects.get(action="attribution.close_month")
    assert entry.changes["gaps_confirmed"] == [None, "; ".join(shown.gaps)] and entry.actor_id == lead_operator.pk


@pytest.mark.parametrize(
    ("taken_at", "gaps"),
    [
        # 11 p.m. and midnight of October 31 and November 1 in Denver.
        (datetime(2026, 11, 1, 5, tzinfo=UTC), ("jobs, October 31 to October 31, 2026",)),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), ()),
        (datetime(2026, 10, 20, 18, tzinfo=UTC), ("jobs, October 20 to October 31, 2026",)),
        (datetime(2026, 10, 1, 18, tzinfo=UTC), ("jobs, October 1 to October 31, 2026",)),
    ],
)
def test_the_day_of_an_import_and_later_days_are_not_covered(
    other_tenant: Tenant, taken_at: datetime, gaps: tuple[str, ...]
) -> None:
    shop = Shop(other_tenant)
    for kind in (OutcomeKind.INVOICES, OutcomeKind.PAYMENTS):
        shop.file(kind)
    shop.file(OutcomeKind.JOBS, taken_at=taken_at)
    assert preview(tenant=shop.tenant, first=OCTOBER, now=NOVEMBER).gaps == gaps


def test_changed_figures_are_not_closed(shop: Shop, lead_operator: User) -> None:
    seen = preview(tenant=shop.tenant, first=OCTOBER, now=NOVEMBER).seen
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="late"), 17, "10.00", 1)
    with pytest.raises(FiguresMoved):
        close_month(tenant=shop.tenant, first=OCTOBER, seen=seen, actor=lead_operator, reason="x", now=NOVEMBER)


def test_statement_names_the_previous_hash(shop: Shop, lead_operator: User) -> None:
    first = close_statement(shop.tenant, lead_operator)
    shop.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30))
    second = close_statement(shop.tenant, lead_operator, NOVEMBER_1, DECEMBER)
    assert (second.number, second.previous_sha256) == (2, first.sha256)
    assert canonical_form.read(second.body)[0]["previous"] == first.sha256


def test_late_refund_becomes_a_restatement(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    assert since_closing(statement).changes == ()
    late = shop.file(OutcomeKind.PAYMENTS, date(2026, 11, 1), date(2026, 11, 4), note="late")
    shop.payment(late, 22, "-120.00", 11)

    since = since_closing(statement)
    (change,) = since.changes
    assert (change.invoice, since.delta, change.collected) == (11, D("-120.00"), D("-120.00"))
    assert since.because[11] == (f"payments file {late.sha256}",)

    restatement = sign_restatement(statement, lead_operator)
    assert (restatement.number, restatement.delta, restatement.previous_sha256) == (1, D("-120.00"), statement.sha256)
    with scope.tenant(shop.tenant.pk):
        stored = Statement.objects.get()
        assert (stored.counted, stored.sha256, stored.body) == (statement.counted, statement.sha256, statement.body)
        assert money_sums.revenue(current_lines(statement)).counted == statement.counted - 120
    assert since_closing(statement).changes == ()
    with pytest.raises(NothingToRestate):
        sign_restatement(statement, lead_operator)


def test_months_are_compared_together_with_the_facts_of_today(shop: Shop, lead_operator: User) -> None:
    october_closed = close_statement(shop.tenant, lead_operator)
    shop.invoice(
        shop.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30)), 18, "-50.00", 1, invoiced_on=NOVEMBER_1
    )
    Tenant.objects.filter(pk=shop.tenant.pk).update(time_zone="America/New_York")
    shop.tenant.refresh_from_db()
    closed = [october_closed, close_statement(shop.tenant, lead_operator, NOVEMBER_1, DECEMBER)]
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="late"), 17, "10.00", 2)
    shop.invoice(shop.file(OutcomeKind.INVOICES, note="later"), 19, "7.00", 1, invoiced_on=date(2026, 11, 30))
    with scope.tenant(shop.tenant.pk), CaptureQueriesContext(connection) as queries:
        changes = unsigned_changes(shop.tenant, closed)
    assert changes == {row.pk: Unsigned(since_closing(row).changes) for row in closed}
    assert len([query for query in queries if query["sql"].startswith('SELECT "')]) <= 2 + 2 * 7
    sign_restatement(october_closed, lead_operator)
    with scope.tenant(shop.tenant.pk):
        ((key, changed),) = unsigned_changes(shop.tenant, closed).items()
    assert (key, changed.delta) == (closed[1].pk, D("7.00"))


def test_a_month_reads_the_files_without_their_changes_and_remarks(shop: Shop) -> None:
    shop.file(OutcomeKind.JOBS)
    with scope.tenant(shop.tenant.pk), CaptureQueriesContext(connection) as queries:
        month_of(shop.tenant, OCTOBER)
    (sql,) = (query["sql"] for query in queries if 'FROM "attribution_outcomefile"' in query["sql"])
    assert '"covers_from"' in sql
    assert not any(f'"{column}"' in sql for column in ("changes", "remarks", "fields"))


def test_late_decision_becomes_a_restatement(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    with scope.tenant(shop.tenant.pk):
        link = Link.objects.select_related("lead", "job").get(job__external_id=3)
    assert link.job is not None
    shop.link(link.lead, link.job, Label.REVIEWED)
    since = since_closing(statement)
    assert [(change.invoice, change.counted, change.fields) for change in since.changes] == [
        (13, D("300.00"), ("bucket",))
    ]
    second = sign_restatement(statement, lead_operator)
    assert canonical_form.read(second.body)[1][0]["was"]["bucket"] == Bucket.NEEDS_REVIEW


def test_invoice_moved_to_another_month_is_restated(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    with scope.tenant(shop.tenant.pk):
        Invoice.objects.filter(external_id=11).update(invoiced_on=date(2026, 11, 2))
    (change,) = since_closing(statement).changes
    assert (change.now, change.counted) == (None, D("-500.00"))
    sign_restatement(statement, lead_operator)
    assert since_closing(statement).changes == ()


def test_payment_moved_to_another_invoice_is_restated_and_counted_once(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    taken = take(shop.tenant, lead_operator, "payments", "Payment ID,Invoice ID,Amount\n21,12,200.00\n")
    since = since_closing(statement)
    assert taken.file
    cause = (f"payments file {taken.file.sha256}",)
    assert [(change.invoice, change.collected, since.because[change.invoice]) for change in since.changes] == [
        (11, D("-200.00"), cause),
        (12, D("200.00"), cause),
    ]
    sign_restatement(statement, lead_operator)
    with scope.tenant(shop.tenant.pk):
        assert money_sums.total(current_lines(statement)).collected == D("200.00")


def test_changed_restatement_is_not_signed(shop: Shop, lead_operator: User) -> None:
    statement = close_statement(shop.tenant, lead_operator)
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    seen = since_closing(statement).seen
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="later"), 23, "-1.00", 11)
    with pytest.raises(FiguresMoved):
        restate(statement=statement, seen=seen, actor=lead_operator, reason="x")


@pytest.mark.parametrize(
    "wrong",
    [{"sha256": "a" * 64}, {"number": 3}, {"previous_sha256": "b" * 64}, {"month": date(2026, 9, 1)}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_database_rejects_a_statement_outside_the_chain(
    shop: Shop, lead_operator: User, wrong: dict[str, object]
) -> None:
    first = close_statement(shop.tenant, lead_operator)
    body = canonical_form.body_of({"schema": "x"}, [])
    right = {
        "tenant": shop.tenant,
        "number": 2,
        "month": date(2026, 11, 1),
        "previous_sha256": first.sha256,
        "sha256": sha256_hex(body),
        "body": body,
        "counted": 0,
        "if_all_accepted": 0,
        "invoices": 0,
        "closed_at": AT,
        "closed_by": lead_operator,
        "reason": "x",
    }
    with pytest.raises(IntegrityError), transaction.atomic(), scope.tenant(shop.tenant.pk):
        Statement.objects.create(**{**right, **wrong})
    with scope.tenant(shop.tenant.pk):
        Statement.objects.create(**right)


@pytest.mark.django_db(transaction=True)
def test_sealed_rows_are_immutable_and_tampering_is_detected(lead_operator: User, other_tenant: Tenant) -> None:
    shop = october(other_tenant)
    statement = close_statement(shop.tenant, lead_operator)
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        assert broken_links(other_tenant) == []
    assert verify_statements() == 0
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        for table in ("attribution_statement", "attribution_restatement"):
            for sql in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises(psycopg.Error, match=r"Cannot|append-only"):
                    owner.execute(sql)
        for table in ("attribution_statement", "attribution_restatement"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            owner.execute(f"UPDATE {table} SET body = replace(body, '500.00', '900.00')")
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with scope.tenant(other_tenant.pk):
        assert [row._meta.model_name for row in broken_links(other_tenant)] == ["statement", "restatement"]
    assert verify_statements() == 2


def test_periods_with_missed_events_are_listed(tenant: Tenant, sender: Sender, lead_operator: User) -> None:
    shop, route = october(tenant), sender.route
    began, ended = datetime(2026, 10, 9, 4, tzinfo=UTC), datetime(2026, 10, 9, 6, 30, tzinfo=UTC)
    with scope.worker():
        HookRoute.objects.filter(pk=route.pk).update(alive_at=datetime(2026, 11, 3, tzinfo=UTC))
        InboxGap.objects.create(tenant=shop.tenant, route=route, began_at=began, ended_at=ended, told_by="silence")
    statement = close_statement(shop.tenant, lead_operator)
    events = canonical_form.read(statement.body)[0]["events"]
    assert [datetime.fromisoformat(gap["first"]) for gap in events["gaps"]] == [began]
    assert [datetime.fromisoformat(gap["last"]) for gap in events["gaps"]] == [ended]
    assert events["said"].startswith("Reported by events and heartbeats only.")
    doc = of_statement(statement, [])
    page = render_to_string("attribution/packets/body.html", {"doc": doc})
    assert "Missed may be Oct" in page and "Reported by events and heartbeats only." in page


CSV_FILE = "SELECT file_id FROM attribution_packetfile WHERE part = 'csv'"
#: The second one passes every check of encryption: the file is marked as one that was stored before encryption.
ALTERATIONS = {
    "a bit": f"""
        UPDATE files_filechunk SET content = set_byte(content, 40, get_byte(content, 40) # 1)
        WHERE file_id = ({CSV_FILE})""",
    "all": f"""
        UPDATE files_filechunk SET content = convert_to(repeat('x', size::int), 'UTF8')
        FROM files_file WHERE files_file.id = file_id AND file_id = ({CSV_FILE});
        UPDATE files_file SET is_encrypted = false WHERE id = ({CSV_FILE})""",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_altered_packet_file_is_detected_and_not_sent(
    other_tenant: Tenant, lead_operator: User, alteration: str
) -> None:
    shop = october(other_tenant)
    close_statement(shop.tenant, lead_operator)
    with scope.tenant(other_tenant.pk):
        packet, _ = ask_packet(
            tenant=other_tenant, campaign="", first=OCTOBER, last=OCTOBER, actor=lead_operator, reason="test"
        )
    seal(packet, make_pdf=lambda html: b"%PDF-1.7 " + str(len(html)).encode())
    assert verify_statements() == 0
    with administrator() as session:
        session.execute(ALTERATIONS[alteration])
    assert verify_statements() == 1
    with scope.tenant(other_tenant.pk):
        row = PacketFile.objects.select_related("file", "packet").get(part=PacketPart.CSV)
        answer = sent(row)
        assert (answer.status_code, answer["Retry-After"]) == (503, "3600")
        assert b"differs from the sealed one" in answer.content
        assert bundle_of(row.packet).content == answer.content
        assert sent(PacketFile.objects.select_related("file", "packet").get(part=PacketPart.ZIP)).status_code == 200
