"""Outcomes by API: changes since the last import go through the intake of exports, and nothing is counted twice."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from attribution.models import Invoice, Job, OutcomeBooking, OutcomeFile, OutcomeKind, Payment
from attribution.outcomes import api_rows
from attribution.outcomes.api_rows import Known
from attribution.outcomes.checking import MOVED
from attribution.services import api_outcomes, api_requests
from attribution.statements import restating
from pagetojob.gates.registry import FLAGS
from pagetojob.ops.ids_read import as_csv, ids_read
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.client import resources
from pagetojob.servicetitan.mirror import reading
from pagetojob.servicetitan.mirror.models import ReadCursor, RemoteRow
from pagetojob.servicetitan.vault.services import disconnect
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.leads.models import Channel
from syncqueue.models import HeardBooking, Kind, SyncItem
from tests.attribution.months import october
from tests.attribution.statements import close_statement, sign_restatement
from tests.support.api_import import connected_for, finished, put
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item
from tests.support.gates import wish
from tests.support.runs import work_runs
from tests.support.standin import StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
FLAG = "closed-loop-revenue"
JOB, INVOICE, PAYMENT = 2**53 + 1, 2**53 + 3, 2**53 + 5


def job(number: int = JOB, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "jobNumber": "0501",
        "jobStatus": "Completed",
        "customerId": 7,
        "jobTypeId": 4301,
        "campaignId": 999,
        "bookingId": None,
        "createdOn": "2026-06-03T05:00:00Z",
        "completedOn": "2026-06-04T18:00:00Z",
        "summary": "Ref st-ready:0123456789abcdef, call Jo",
    } | more


def invoice(number: int = INVOICE, **more: Any) -> dict[str, Any]:
    named = {"id": JOB, "number": "0501", "type": "x"}
    return {"id": number, "referenceNumber": "0501", "job": named, "customer": {"id": 7, "name": "Jo"},
            "invoiceDate": "2026-06-05T02:00:00Z", "total": "1234.50", "active": True} | more  # fmt: skip


def payment(number: int = PAYMENT, **more: Any) -> dict[str, Any]:
    part = {"appliedId": 1, "appliedTo": INVOICE, "appliedAmount": "1000.00"}
    return {"id": number, "date": "2026-06-06T18:00:00Z", "total": "1000.00", "type": "Card", "appliedTo": [part],
            "refundedPaymentId": None, "active": True} | more  # fmt: skip


def read(tenant: Tenant) -> Run:
    with scope.tenant(tenant.pk):
        run, _ = api_requests.start_import(tenant=tenant, actor=None, reason="test")
    return finished(run)


def test_changes_are_imported_once_and_with_their_provenance(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    put(standin, "jpm/jobs", job())
    put(standin, "accounting/invoices", invoice(), invoice(INVOICE + 10))
    put(standin, "accounting/payments", payment())
    run = read(tenant)
    assert (run.state, run.error) == (RunState.DONE, "")
    with scope.tenant(tenant.pk):
        stored, billed, paid = Job.objects.get(), Invoice.objects.get(external_id=INVOICE), Payment.objects.get()
        assert (stored.external_id, stored.number, stored.campaign) == (JOB, "0501", "ID 999")
        assert (stored.reference, stored.summary) == ("st-ready:0123456789abcdef", ""), "the text itself is not stored"
        assert (billed.total, billed.invoiced_on) == (Decimal("1234.50"), dt.date(2026, 6, 4)), "the tenant's zone"
        assert (paid.amount, paid.invoice_external_id) == (Decimal("1000.00"), INVOICE)
        file = billed.file
        assert file.remarks[0]["sentence"].startswith("Read by API from the simulator, captured in simulator")
        assert (file.covers_from, file.taken_by) == (dt.date(2026, 6, 4), None)
        assert RemoteRow.objects.count() == 0, "the buffer is empty"
        files = OutcomeFile.objects.count()
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert OutcomeFile.objects.count() == files, "nothing changed"
    put(standin, "accounting/invoices", invoice(total="1300.00"))
    read(tenant)
    with scope.tenant(tenant.pk):
        newest = OutcomeFile.objects.filter(kind=OutcomeKind.INVOICES).first()
        assert newest is not None and (newest.rows, newest.changed) == (1, 1), "only what changed was read"
        assert Invoice.objects.get(external_id=INVOICE).total == Decimal("1300.00")
    book = standin.book()
    assert (book["mistakes"], book["token_requests"]) == ({}, 1)


def test_the_receipt_of_a_disconnect_lists_every_id_that_was_read(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    """From the stored imports, also rows that a newer import replaced, from taxonomy lists and from read bookings."""
    connection = connected_for(tenant, owner, FLAG)
    put(standin, "jpm/jobs", job())
    put(standin, "accounting/invoices", invoice())
    read(tenant)
    put(standin, "accounting/invoices", invoice(total="1300.00"), invoice(INVOICE + 10))
    read(tenant)
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))
        RemoteRow.objects.create(tenant=tenant, connection=connection, resource="job types", remote_id=JOB - 1)
        HeardBooking.objects.create(
            tenant=tenant, item=item, environment=connection.environment, number="71", job="72", status="New",
            changed_at=timezone.now(), read_at=timezone.now(), told_by="poll",
        )  # fmt: skip
        HeardBooking.objects.create(
            tenant=tenant, item=make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant)), number="73", job="",
            environment=connection.environment, status="New", changed_at=timezone.now(), told_by="poll",
            read_at=connection.created_at - dt.timedelta(days=1),
        )  # fmt: skip
        make_lead(tenant=tenant, channel=Channel.SESSION, source={"scheduling_pro_session": "s-1"})
        sent = {"external_id": "74", "sent_to": connection.environment}
        make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), **sent)
        ids = ids_read(connection)
    assert ids["sessions"] == {"s-1"} and 74 in ids["bookings"], "an answer to the sender was read too"
    assert ids["invoices"] == {INVOICE, INVOICE + 10} and ids["job types"] == {JOB - 1}
    assert ids["jobs"] >= {JOB, 72} and ids["bookings"] >= {71}
    assert 73 not in ids["bookings"], "it was read through an earlier connection, and is in the receipt of that one"
    lines = as_csv(ids).decode().splitlines()
    assert lines[0] == "kind,id" and f"invoices,{INVOICE + 10}" in lines
    assert len(lines) == 1 + sum(map(len, ids.values()))


def test_a_page_that_arrives_after_the_disconnect_is_not_stored(
    tenant: Tenant, owner: User, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt has listed the IDs that were read, so no others may follow."""
    connection = connected_for(tenant, owner, FLAG)
    put(standin, "jpm/jobs", job())
    next_page = reading._next_page

    def answered_too_late(*about: Any) -> Any:
        page = next_page(*about)
        if page.rows:
            disconnect(connection=connection, actor=owner, reason="The customer wants no more access.")
        return page

    monkeypatch.setattr(reading, "_next_page", answered_too_late)
    run = read(tenant)
    assert (run.state, run.error) == (
        RunState.FAILED,
        "Stopped: the connection has ended. The page that was being read is not stored.",
    )
    with scope.tenant(tenant.pk):
        assert not RemoteRow.objects.filter(resource="jobs").exists() and not Job.objects.exists()


def test_later_states_of_bookings_come_from_the_providers_if_the_feed_is_closed(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(tenant=tenant, family=Family.BOOKING_PROVIDER).update(external_id=5001)
    booking = {"id": 55, "externalId": "st-ready:0123456789abcdef", "source": "w", "name": "Jo", "summary": "s",
               "status": "Converted", "jobId": JOB, "bookingProviderId": 5001, "active": True}  # fmt: skip
    put(standin, "crm/bookings", booking)
    read(tenant)
    with scope.tenant(tenant.pk):
        stored = OutcomeBooking.objects.get()
        assert (stored.job_external_id, stored.status, stored.summary) == (JOB, "Converted", "")
        OutcomeBooking.objects.update(status="New")
    standin.plan(provider_only=True)
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert OutcomeBooking.objects.get().status == "Converted"
        assert "Access denied" in ReadCursor.objects.get(resource="bookings").problem
    assert standin.book()["mistakes"] == {}


def test_days_of_records_are_not_those_of_a_time_zone_that_is_not_known(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    put(standin, "jpm/jobs", job())
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    run = read(tenant)
    assert (run.state, run.error.partition(". ")[0]) == (RunState.FAILED, "The time zone Mars/Phobos is not known")
    with scope.tenant(tenant.pk):
        assert not Job.objects.exists()


def test_closed_feed_of_bookings_and_missing_scope_stop_nothing_else(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG, without=("tn.crm.bookings:r",))
    put(standin, "jpm/jobs", job())
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert Job.objects.count() == 1
        assert "does not have the scope" in ReadCursor.objects.get(resource="bookings").problem


def test_rows_that_cannot_be_used_are_left_out_and_reported(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, FLAG)
    put(standin, "accounting/invoices", invoice(), invoice(INVOICE + 1, total=None))
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert Invoice.objects.count() == 1
        assert any(
            "was left out. It has no amount." in remark["sentence"] for remark in OutcomeFile.objects.get().remarks
        )
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.OUTCOME_MATCH, dedupe_key__startswith="api:")
    assert item.source == "1 rows from ServiceTitan were left out"


def test_late_invoice_changes_a_closed_month_and_a_person_restates_it(
    tenant: Tenant, owner: User, lead_operator: User, standin: StandInProcess
) -> None:
    october(tenant)
    statement = close_statement(tenant, lead_operator)
    connected_for(tenant, owner, FLAG)
    with scope.tenant(tenant.pk):
        before = Invoice.objects.get(external_id=11)
    named = {"id": before.job_external_id}
    put(standin, "accounting/invoices", invoice(11, job=named, invoiceDate="2026-10-09T18:00:00Z", total="1.00"))
    read(tenant)
    changes = {change.invoice: change for change in restating.since_closing(statement).changes}
    assert 11 in changes and changes[11].files, "the API's file is the cause"
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.OUTCOME_MATCH, dedupe_key__startswith="api:")
    assert item.source == "Check closed months for a restatement: 2026-10"
    assert sign_restatement(statement, lead_operator).number == 1


def test_large_buffer_is_taken_in_parts(
    tenant: Tenant, owner: User, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_outcomes, "MOST_ROWS", 3)
    connected_for(tenant, owner, FLAG)
    put(standin, "jpm/jobs", *(job(number) for number in range(1, 9)))
    standin.plan(page_size=2)
    assert read(tenant).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert Job.objects.count() == 8 and RemoteRow.objects.count() == 0
        covers = OutcomeFile.objects.order_by("pk").values_list("covers_to", flat=True)
        assert list(covers)[:-1] == [None] * (len(covers) - 1) and covers.last(), "a part proves no period"


def test_feature_that_is_off_reads_nothing(tenant: Tenant, owner: User, standin: StandInProcess) -> None:
    connected_for(tenant, owner, FLAG)
    with scope.tenant(tenant.pk):
        run, _ = api_requests.start_import(tenant=tenant, actor=None, reason="test")
    wish(tenant, FLAG, killed=True)
    run = finished(run)
    assert run.state == RunState.FAILED and "switched off" in run.error and standin.book()["calls"] == 0
    assert api_requests.start_due() == 0
    assert FLAGS[FLAG].optional_scopes == ("tn.crm.bookings:r",)


def test_page_of_exports_starts_an_import(
    signed_in: SignIn, tenant: Tenant, owner: User, operator: User, standin: StandInProcess
) -> None:
    client, at = signed_in(operator), reverse("attribution:imports", args=[tenant.slug])
    connected_for(tenant, owner, FLAG)
    put(standin, "jpm/jobs", job())
    page = client.post(reverse("attribution:api-import", args=[tenant.slug]), follow=True)
    assert "The import is queued." in page.text
    work_runs()
    assert "Jobs: 1 row" in client.get(at).text


ZONE = ZoneInfo("America/Phoenix")


def paid(**more: Any) -> dict[str, Any]:
    return {"parts": [], "unreadable": 0, "total": "10.00", "method": "Card", "refunds": None, "paid": None,
            "voided": False} | more  # fmt: skip


def amounts(remote_id: int, stored: dict[str, Any], known: Known) -> list[tuple[Any, Decimal, bool]]:
    rows = api_rows.payment_rows(remote_id, stored, known)
    return [(row["invoice_external_id"], row["amount"], row["voided"]) for row in rows]


def test_payment_is_split_moved_and_refunded() -> None:
    old = {"amount": Decimal(5), "paid_on": None, "method": "Card"}
    known = Known(ZONE, applications={1: {20: old}, 2: {30: old}, 3: {40: old, 41: old}})
    assert amounts(1, paid(parts=[[20, "4.00"], [20, "1.00"], [21, "5.00"]]), known) == [
        (20, Decimal("5.00"), False), (21, Decimal("5.00"), False)
    ]  # fmt: skip
    assert amounts(1, paid(parts=[[21, "5.00"]]), known) == [(21, Decimal("5.00"), False), (20, Decimal(5), True)]
    assert api_rows.payment_rows(1, paid(parts=[[21, "5.00"]]), known)[1]["status"] == MOVED, "a file may move it back"
    assert amounts(9, paid(refunds=2), known) == [(30, Decimal("-10.00"), False)]
    assert amounts(9, paid(refunds=3), known) == [(None, Decimal("-10.00"), False)], "of two invoices, neither"
    assert amounts(9, paid(refunds=2, parts=[[30, "-3.00"]]), known) == [(30, Decimal("-3.00"), False)]
    assert amounts(9, paid(), known) == [(None, Decimal("10.00"), False)], "not applied yet"
    with pytest.raises(api_rows.Unusable):
        amounts(9, paid(unreadable=1), known)


def test_adjustment_belongs_to_the_job_of_the_invoice_that_it_adjusts() -> None:
    stored = {
        "number": "1",
        "job": None,
        "customer": 7,
        "adjusts": 50,
        "total": "-20",
        "invoiced": None,
        "voided": False,
    }
    (row,) = api_rows.invoice_rows(51, stored, Known(ZONE, job_of_invoice={50: 500}))
    assert (row["job_external_id"], row["total"]) == (500, Decimal("-20.00"))


@dataclass(frozen=True)
class Changed:
    """A row of a feed, as far as the buffer reads it."""

    id: int
    modified_on: dt.datetime
    name: str


def test_older_state_of_a_row_does_not_replace_a_newer_state(
    tenant: Tenant, owner: User, standin: StandInProcess
) -> None:
    connection = connected_for(tenant, owner, FLAG)
    mirrored = reading.Mirrored("jobs", resources.JOBS_FEED, lambda row: {"name": row.name})
    noon = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    newer, older = Changed(7, noon, "new"), Changed(7, noon - dt.timedelta(hours=1), "old")
    with scope.tenant(tenant.pk):
        cursor = reading.cursor_of(connection, "jobs")
        for page in ([newer, older], [older]):
            reading._write(cursor, mirrored, page)
            assert RemoteRow.objects.get().values == {"name": "new"}
