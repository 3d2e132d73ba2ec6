"""Exports are imported completely or not at all, once, and all problems are listed by row."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from attribution.models import Invoice, Job, OutcomeBooking, OutcomeCustomer, OutcomeFile, Payment
from attribution.outcomes.checking import MOVED
from attribution.services.outcome_import import take_file
from pagetojob.importer.errors import TableError
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import AuditError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.outcomes import INVOICES, JOBS, PAYMENTS, jobs_file, jobs_of, take
from tests.support.factories import make_lead, make_tenant, make_user
from tests.support.tables import Formula, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(slug="desert", name="Desert Air", time_zone="America/Phoenix")


def test_rows_have_values_and_source(tenant: Tenant, actor: User) -> None:
    taken = take(tenant, actor, "jobs", JOBS)
    assert (taken.added, taken.changed, taken.unchanged) == (2, 0, 0) and taken.file
    with scope.tenant(tenant.pk):
        first, second = jobs_of(tenant)
    assert (first.external_id, first.number, first.row, first.file_id) == (501, "000501", 2, taken.file.pk)
    assert first.opened_at == dt.datetime(2026, 6, 3, 16, 15, tzinfo=dt.UTC)
    assert (second.zip, second.completed_at, second.row) == ("02134", None, 3)
    assert (taken.file.covers_from, taken.file.covers_to) == (dt.date(2026, 6, 3), dt.date(2026, 6, 10))
    assert len(taken.file.sha256) == 64


def test_times_of_a_file_are_not_read_in_a_time_zone_that_is_not_known(tenant: Tenant, actor: User) -> None:
    tenant.time_zone = "Mars/Phobos"
    with pytest.raises(TableError, match=r"The time zone Mars/Phobos is not known\. Set one that is known"):
        take(tenant, actor, "jobs", JOBS)


def test_repeated_import_changes_nothing(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "jobs", JOBS)
    again = take(tenant, actor, "jobs", JOBS)
    assert (again.file, again.added, again.changed, again.unchanged) == (None, 0, 0, 2)
    with scope.tenant(tenant.pk):
        assert OutcomeFile.objects.count() == 1


def test_later_file_updates_only_its_columns(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "jobs", JOBS)
    later = "Job ID,Created On,Status\n501,6/3/2026 9:15 AM,Canceled\n502,2026-06-10,Completed\n503,2026-06-11,\n"
    preview = take(tenant, actor, "jobs", later, look_only=True)
    assert preview.file is None and (preview.added, preview.changed, preview.unchanged) == (1, 1, 1)
    taken = take(tenant, actor, "jobs", later)
    assert taken.changes == [{"id": "501", "row": 2, "fields": ["status"]}] and taken.file
    with scope.tenant(tenant.pk):
        first, second, _ = jobs_of(tenant)
    assert (first.status, first.name, first.file_id) == ("Canceled", "Jamie Rivera", taken.file.pk)
    assert second.file_id != taken.file.pk


@pytest.mark.parametrize(("kind", "amount"), [("invoices", "Total"), ("payments", "Amount")])
@pytest.mark.parametrize("column", ["Status", "Voided"])
def test_void_row_stays_void_in_a_file_that_does_not_state_it(
    tenant: Tenant, actor: User, kind: str, amount: str, column: str
) -> None:
    def voided() -> bool:
        with scope.tenant(tenant.pk):
            return bool((Invoice if kind == "invoices" else Payment).objects.get().voided)

    heading = f"{kind[:-1]} ID,Date,{amount}"
    take(tenant, actor, kind, f"{heading},{column}\n7,6/4/2026,100.00,{'Void' if column == 'Status' else 'yes'}\n")
    assert voided()
    take(tenant, actor, kind, f"{heading}\n7,6/4/2026,120.00\n")
    assert voided()
    take(tenant, actor, kind, f"{heading},{column}\n7,6/4/2026,120.00,{'Posted' if column == 'Status' else 'no'}\n")
    assert not voided()


@pytest.mark.parametrize(("kind", "amount"), [("invoices", "Total"), ("payments", "Amount")])
def test_amount_in_another_currency_is_not_taken_for_dollars(
    tenant: Tenant, actor: User, kind: str, amount: str
) -> None:
    file = f"{kind[:-1]} ID,Date,{amount},Currency\n7,6/4/2026,100.00,usd\n8,6/4/2026,100.00,\n"
    taken = take(tenant, actor, kind, file + "9,6/4/2026,100.00,CAD\n")
    why = "row 4: Its amount is not in US dollars, the only currency that is counted."
    assert [str(problem) for problem in taken.checked.problems] == [why]
    assert take(tenant, actor, kind, file).added == 2


def test_refunds_and_rows_without_a_job_get_remarks(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "jobs", JOBS)
    invoices = take(tenant, actor, "invoices", INVOICES)
    assert [str(remark) for remark in invoices.checked.remarks] == [
        "Not counted until their jobs are imported: 1 invoice ($80.00).",
        "row 3: Its amount is negative, so it is a refund or credit.",
        "row 4: Its job is unknown, so it is not counted until that is imported.",
    ]
    payments = take(tenant, actor, "payments", PAYMENTS)
    assert payments.added == 2
    with scope.tenant(tenant.pk):
        totals = list(Invoice.objects.order_by("external_id").values_list("total", flat=True))
        assert totals == [Decimal("1234.50"), Decimal("-34.50"), Decimal("80.00")]
        assert Payment.objects.filter(external_id=1).count() == 2


PAID = "Payment ID,Invoice ID,Payment Date,Amount\n"


def parts_of(tenant: Tenant) -> dict[int | None, str]:
    """Return the amounts of payment 1 that count, by invoice."""
    with scope.tenant(tenant.pk):
        rows = Payment.objects.filter(tenant=tenant, external_id=1, voided=False).order_by("invoice_external_id")
        return {row.invoice_external_id: str(row.amount) for row in rows}


def test_payment_that_moved_to_another_invoice_counts_once(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "invoices", "Invoice ID,Total\n9001,5\n9002,5\n")
    first = f"{PAID}1,9001,6/5/2026,5.00\n"
    take(tenant, actor, "payments", first)
    later = f"{PAID}1,9002,6/9/2026,5.00\n"
    preview = take(tenant, actor, "payments", later, look_only=True)
    assert parts_of(tenant) == {9001: "5.00"}
    moved = take(tenant, actor, "payments", later)
    why = "row 2: It no longer counts for invoice 9001. If it pays that one too, import one file with all its rows."
    assert [str(remark) for remark in moved.checked.remarks] == [why] == [str(row) for row in preview.checked.remarks]
    assert (moved.added, moved.changed, moved.unchanged) == (1, 0, 0), "rows of this file only"
    assert parts_of(tenant) == {9002: "5.00"}
    with scope.tenant(tenant.pk):
        left = Payment.objects.get(invoice_external_id=9001)
    assert moved.file and (left.file_id, left.row, left.status) == (moved.file.pk, 2, MOVED)
    again = take(tenant, actor, "payments", later)
    assert again.file is None and again.checked.remarks == []
    take(tenant, actor, "payments", first.replace("6/5", "6/6"))
    assert parts_of(tenant) == {9001: "5.00"}, "the file that was imported last wins"


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("1,9001,6/5/2026,5.00\n", "1,9002,6/5/2026,4.00\n2,9001,6/9/2026,1.00\n", {9002: "4.00"}),
        ("1,9001,6/5/2026,3.00\n1,9002,6/5/2026,2.00\n", "1,9003,7/5/2026,5.00\n", {9003: "5.00"}),
        ("1,9001,6/5/2026,3.00\n1,9002,6/5/2026,2.00\n", "1,9002,7/5/2026,5.00\n", {9002: "5.00"}),
        ("1,9001,6/5/2026,3.00\n", "1,,6/5/2026,3.00\n", {None: "3.00"}),
        ("1,9001,6/5/2026,-3.00\n", "1,9002,7/5/2026,-3.00\n", {9002: "-3.00"}),
        ("1,9001,6/5/2026,-3.00\n", "1,9002,6/5/2026,-4.00\n", {9002: "-4.00"}),
    ],
    ids=["in its days", "two in one", "two in one of them", "to no invoice", "a refund", "a larger refund"],
)
def test_the_last_statement_about_a_payment_replaces_all_of_it(
    tenant: Tenant, actor: User, before: str, after: str, parts: dict[int | None, str]
) -> None:
    take(tenant, actor, "payments", PAID + before)
    take(tenant, actor, "payments", PAID + after)
    assert parts_of(tenant) == parts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1,9001,6/5/2026,3.00\n", "1,9002,7/5/2026,2.00\n"),
        ("1,9001,6/5/2026,-3.00\n", "1,9002,6/5/2026,-2.00\n"),
    ],
    ids=["a part of another month", "a smaller refund"],
)
def test_part_that_may_be_of_another_file_counts_with_a_remark(
    tenant: Tenant, actor: User, before: str, after: str
) -> None:
    take(tenant, actor, "payments", PAID + before)
    taken = take(tenant, actor, "payments", PAID + after)
    why = "It is also stored for invoice 9001, where it counts. If it was moved, void that row."
    assert why in [remark.sentence for remark in taken.checked.remarks]
    assert set(parts_of(tenant)) == {9001, 9002}


def test_file_that_names_no_invoice_or_voids_a_part_moves_nothing(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "payments", f"{PAID}1,9001,6/5/2026,5.00\n")
    take(tenant, actor, "payments", "Payment ID,Payment Date,Amount\n1,6/5/2026,5.00\n")
    heading = PAID.replace("Amount", "Amount,Voided")
    take(tenant, actor, "payments", f"{heading}1,9002,6/5/2026,5.00,yes\n")
    assert parts_of(tenant)[9001] == "5.00"


def test_earlier_file_that_brings_values_back_is_named(tenant: Tenant, actor: User) -> None:
    earlier = "Invoice ID,Date,Total,Status\n9001,6/4/2026,5.00,Posted\n"
    take(tenant, actor, "invoices", earlier)
    again = take(tenant, actor, "invoices", earlier, look_only=True)
    assert "was imported on" not in str(again.checked.remarks)
    take(tenant, actor, "invoices", earlier.replace("Posted", "Void"))
    preview = take(tenant, actor, "invoices", earlier, look_only=True)
    assert preview.changed == 1
    assert str(preview.checked.remarks[0]).startswith("This file was imported on ")
    assert "return to what it states" in str(preview.checked.remarks[0])


BAD = """Invoice ID,Job ID,Date,Total,Tenant
1,501,6/1/2026,10.00,
1,501,6/1/2026,10.00,desert
,501,6/1/2026,10.00,
2,J-5,13/6/2026,1.005,Desert Air
3,501,{future},10,
4,501,6/2/2026,,Other Plumbing
"""


def test_all_problems_are_listed_and_nothing_is_imported(tenant: Tenant, actor: User) -> None:
    future = (timezone.now() + dt.timedelta(days=3)).strftime("%m/%d/%Y")
    taken = take(tenant, actor, "invoices", BAD.format(future=future))
    assert [str(problem) for problem in taken.checked.problems] == [
        "row 3: It has the same ID as row 2.",
        "row 4: “Invoice ID” is empty.",
        "row 5: “Date” has the day first. Export dates as month/day/year or year-month-day.",
        "row 5: “Job ID” is not a valid ID (a whole number).",
        "row 5: “Total” has fractions of a cent.",
        "row 6: “Date” is in the future.",
        "row 7: It belongs to another business.",
        "row 7: “Total” is empty.",
    ]
    with scope.tenant(tenant.pk):
        assert not Invoice.objects.exists() and not OutcomeFile.objects.exists()


def test_file_of_another_business_is_rejected(tenant: Tenant, actor: User) -> None:
    with scope.tenant(tenant.pk):
        ours = make_lead(tenant=tenant).reference
    other = make_tenant()
    with scope.tenant(other.pk):
        theirs = make_lead(tenant=other).reference
    with pytest.raises(TableError, match="another business"):
        take(tenant, actor, "jobs", f"Job ID,Summary\n1,came by {theirs}\n")
    assert take(tenant, actor, "jobs", f"Job ID,Summary\n1,came by {theirs}\n2,came by {ours}\n").file


def test_much_longer_file_is_rejected_unless_expected(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "jobs", jobs_file(30))
    with pytest.raises(TableError, match="more than ten times"):
        take(tenant, actor, "jobs", jobs_file(301))
    assert take(tenant, actor, "jobs", jobs_file(301), expected_rows=300).added == 271


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Name,Total\nA,5\n", "no column with the invoice's ID"),
        ("Invoice ID\n1\n", "no column with the invoice's total"),
        ("Invoice ID,Total,Total\n1,5,5\n", "Two columns"),
        ("", "empty"),
        ("Invoice ID,Total\n", "no rows below"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_other_content_is_rejected(tenant: Tenant, actor: User, text: str | bytes, why: str) -> None:
    with pytest.raises(TableError, match=why):
        take(tenant, actor, "invoices", text)


def test_workbook_title_and_totals_are_skipped(tenant: Tenant, actor: User) -> None:
    rows: list[list[str | float | None]] = [
        ["Invoices of June"],
        [],
        ["Invoice ID", "Total", "Date"],
        [7, 19.5, "6/1/2026"],
        ["Total", 19.5],
    ]
    taken = take(tenant, actor, "invoices", workbook({"June": rows}))
    assert taken.added == 1 and taken.file and taken.file.sheet == "June"
    with scope.tenant(tenant.pk):
        invoice = Invoice.objects.get()
    assert (invoice.external_id, invoice.total, invoice.row) == (7, Decimal("19.50"), 4)
    run_by_a_sheet: list[list[str | float | None]] = [["Invoice ID", "Total"], [8, Formula("SUM(B1:B9)")]]
    refused = take(tenant, actor, "invoices", workbook({"June": run_by_a_sheet}))
    assert [str(problem) for problem in refused.checked.problems] == [
        "row 2: “Total” is a formula. Save the sheet with values only and import that."
    ]


def test_a_file_fills_no_personal_value_of_a_row_past_its_period(tenant: Tenant, actor: User) -> None:
    today = timezone.now().date()
    old, young = today - dt.timedelta(days=733), today - dt.timedelta(days=727)
    rows = [("1", old, old, 71), ("2", old, young, 72), ("3", old, "", "")]
    for state in ("Completed", "Canceled"):  # new rows, then rows that change
        lines = [f"{','.join(map(str, row))},Jamie Rivera,(602) 555-0199,No cold air,{state}" for row in rows]
        heading = "Job ID,Created On,Completed,Customer ID,Customer Name,Phone,Summary,Status"
        take(tenant, actor, "jobs", "\n".join([heading, *lines, ""]))
        with scope.tenant(tenant.pk):
            values = [(job.name, job.phone, job.summary, job.status) for job in jobs_of(tenant)]
        emptied = ("", "", "", state)
        assert values == [emptied, ("Jamie Rivera", "(602) 555-0199", "No cold air", state), emptied]
    people = "Customer ID,Customer Name,Phone\n" + "".join(f"{n},Jamie Rivera,6025550199\n" for n in (71, 72, 73))
    take(tenant, actor, "customers", people)
    booked = "Booking ID,Created On,Status,Summary\n" + f"1,{old},New,Call Jamie\n2,{young},New,Call Jamie\n"
    take(tenant, actor, "bookings", booked)
    with scope.tenant(tenant.pk):
        customers = OutcomeCustomer.objects.order_by("external_id").values_list("external_id", "name")
        assert list(customers) == [(71, ""), (72, "Jamie Rivera"), (73, "Jamie Rivera")]
        bookings = OutcomeBooking.objects.order_by("external_id").values_list("summary", flat=True)
        assert list(bookings) == ["", "Call Jamie"]


def test_failed_audit_entry_rolls_back_the_import(tenant: Tenant, actor: User) -> None:
    with pytest.raises(AuditError):
        take_file(tenant=tenant, kind="jobs", content=JOBS.encode(), name="jobs.csv", actor=actor, reason=" ")
    with scope.tenant(tenant.pk):
        assert not Job.objects.exists() and not OutcomeFile.objects.exists()


def test_other_tenants_see_no_rows(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "jobs", JOBS)
    other = make_tenant()
    assert take(other, actor, "jobs", JOBS).added == 2
    with scope.tenant(other.pk):
        assert Job.objects.count() == 2


@pytest.mark.parametrize("facts", [{}, {"ops_role": "operator", "is_active": False}, {"ops_role": "viewer"}])
def test_command_names_only_a_person_who_may_import(tenant: Tenant, tmp_path: Path, facts: dict[str, object]) -> None:
    file, person = tmp_path / "june.csv", make_user(**facts)
    file.write_text(INVOICES)
    with pytest.raises(CommandError, match="Only an active operator can import"):
        call_command("import_outcomes", "desert", "invoices", str(file), by=person.email, reason="June")
    with scope.tenant(tenant.pk):
        assert not OutcomeFile.objects.exists() and not AuditEntry.objects.exists()


@pytest.mark.parametrize("days", [("2026-06-01", "2999-06-30"), ("2026-06-30", "2026-06-01")])
def test_days_covered_are_in_order_and_not_in_the_future(
    tenant: Tenant, actor: User, tmp_path: Path, days: tuple[str, str]
) -> None:
    file = tmp_path / "june.csv"
    file.write_text(INVOICES)
    first, last = map(dt.date.fromisoformat, days)
    with pytest.raises(CommandError, match=r"Nothing was imported\. The days covered"):
        call_command(
            "import_outcomes", "desert", "invoices", str(file), by=actor.email, reason="June", first=first, last=last
        )
    with scope.tenant(tenant.pk):
        assert not OutcomeFile.objects.exists()


def test_amounts_that_belong_to_nothing_are_summed_up(tenant: Tenant, actor: User) -> None:
    take(tenant, actor, "invoices", "Invoice ID,Total\n9001,5\n")
    heading = PAID.replace("Amount", "Amount,Voided")
    rows = "1,,6/5/2026,100.00,\n2,,6/5/2026,-80.00,\n3,,6/5/2026,-20.50,\n4,,6/5/2026,-7.00,yes\n"
    file = f"{heading}{rows}5,9001,6/5/2026,5.00,\n6,9009,6/5/2026,1200.00,\n"
    sums = [
        "Not counted until their invoices are imported: 1 payment ($1,200.00).",
        "Not counted, because the file names no invoice: 1 payment ($100.00) and 2 refunds (-$100.50).",
    ]
    preview = take(tenant, actor, "payments", file, look_only=True)
    assert [remark.sentence for remark in preview.checked.remarks if not remark.row] == sums
    taken = take(tenant, actor, "payments", file)
    assert taken.file is not None
    assert [remark["sentence"] for remark in taken.file.remarks if not remark["row"]] == sums


def test_command_states_the_payments_that_no_longer_count_as_the_preview_does(
    tenant: Tenant, actor: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(tenant, actor, "payments", f"{PAID}1,9001,6/5/2026,1300.00\n1,9002,6/5/2026,200.00\n")
    file = tmp_path / "june.csv"
    file.write_text(f"{PAID}1,9002,6/5/2026,200.00\n")
    why = "($1,300.00), because the file states other invoices for the same payment."
    for options, counts in (({"look": True}, "will no longer count"), ({}, "no longer counts")):
        call_command("import_outcomes", "desert", "payments", str(file), by=actor.email, reason="June", **options)
        assert f"june.csv: 1 stored payment {counts} {why}" in capsys.readouterr().err


def test_command_imports_a_file_and_lists_problems(
    tenant: Tenant, actor: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call: Callable[[str], object] = lambda path: call_command(  # noqa: E731
        "import_outcomes", "desert", "invoices", path, by=actor.email, reason="June export"
    )
    good, bad = tmp_path / "june.csv", tmp_path / "bad.csv"
    good.write_text(INVOICES)
    bad.write_text("Invoice ID,Total\n1,much\n")
    call(str(good))
    output = capsys.readouterr()
    assert "june.csv imported: 3 new, 0 updated, 0 unchanged." in output.out and "june.csv, row 3:" in output.err
    with pytest.raises(CommandError, match="Nothing was imported: 1 problems"):
        call(str(bad))
    with scope.tenant(tenant.pk):
        entry = AuditEntry.objects.get(action="attribution.take_file")
    assert entry.actor_id == actor.pk and entry.reason == "June export"
