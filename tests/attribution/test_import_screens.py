"""Exports come in through the shared import screens: columns, preview, approval, and one upload (finding I2)."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from attribution.models import LINK, Invoice, Job, OutcomeFile, Payment
from pagetojob.importer import uploads
from pagetojob.importer.models import ImportRow, RememberedHeading, RowOutcome, Upload, UploadState
from pagetojob.importer.uploads import ImportRefused
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import File, FileChunk
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.outcomes import jobs_file
from tests.support.cast import SignIn
from tests.support.factories import make_tenant, make_user
from tests.support.nightly import sampled
from tests.support.runs import work_runs
from tests.support.uploads import approval, chosen_fields, reload

pytestmark = pytest.mark.django_db

UNKNOWN = (
    "Job ID,Created On,Cust Phone,E-Mail Addr,Compl. Date\n601,6/20/2026,(602) 555-0111,pat@example.com,6/21/2026\n"
)
LENGTHS = "longest earlier file, confirmed rows"
MATCHES = {"Cust Phone": "phone", "E-Mail Addr": "email", "Compl. Date": "completed_at"}


@pytest.fixture
def shop() -> Tenant:
    return make_tenant(slug="desert", name="Desert Air", time_zone="America/Phoenix")


def at(name: str, *args: Any) -> str:
    return reverse(f"attribution:{name}", args=["desert", *args])


def send(client: Client, text: str | bytes, kind: str = "jobs") -> Any:
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("late.csv", content, "text/csv")
    return client.post(at("upload"), {"target": f"outcomes.{kind}", "file": file}, follow=True)


def matched(page: Any, matches: dict[str, str]) -> dict[str, str]:
    """Return the fields of the columns page, with other fields for some headings."""
    fields = chosen_fields(page)
    for place, heading in enumerate(page.context["upload"].headings, start=1):
        if heading in matches:
            fields[f"column_{place}"] = matches[heading]
    return fields


def preview(client: Client, page: Any, matches: dict[str, str] | None = None) -> Any:
    """Confirm the columns and return the page of the import, as read by a worker."""
    answer = client.post(page.context["urls"]["mapping"], matched(page, matches or {}), follow=True)
    work_runs()
    return client.get(answer.context["urls"]["import"])


def approve(client: Client, page: Any, **more: Any) -> Any:
    client.post(page.context["urls"]["approve"], approval(page, **more))
    work_runs()
    return client.get(page.context["urls"]["import"])


def contents() -> list[Any]:
    return list(FileChunk.objects.values_list("content", flat=True))


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


def test_unknown_columns_are_named_matched_and_remembered(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = send(client, UNKNOWN)
    assert "Columns that are not imported" in page.text
    assert all(f"“{heading}”" in page.text for heading in MATCHES)
    whys = {column["heading"]: column["why"] for column in page.context["columns"]}
    assert whys["Job ID"] == "recognized" and whys["Cust Phone"] == "not recognized"
    page = preview(client, page, MATCHES)
    assert "Columns that are not imported" not in page.text
    assert "Open the export" in approve(client, page).text
    with scope.tenant(shop.pk):
        job = Job.objects.get(external_id=601)
        assert (job.phone, job.email) == ("(602) 555-0111", "pat@example.com") and job.completed_at
        assert RememberedHeading.objects.filter(field="email").exists()
        line = AuditEntry.objects.get(action="importer.match_headings")
    assert line.changes["custphone"] == [None, "phone"] and line.actor_id == operator.pk
    again = send(client, "E-Mail Addr,Job ID,Cust Phone\nnew@example.com,602,\n")
    whys = {column["heading"]: column["why"] for column in again.context["columns"]}
    assert whys == {"E-Mail Addr": "remembered", "Job ID": "remembered", "Cust Phone": "remembered"}
    assert chosen_fields(again)["column_1"] == "email" and "Columns that are not imported" not in again.text


def test_a_required_column_can_be_matched_and_is_remembered_by_the_command(
    shop: Tenant, operator: User, signed_in: SignIn, tmp_path: Any
) -> None:
    client, text = signed_in(operator), "Invoice ID,Inv Amt\n9,1200.00\n"
    page = send(client, text, "invoices")
    assert "No column is matched to the required field “total”." in page.text
    wrong = client.post(page.context["urls"]["mapping"], chosen_fields(page))
    assert wrong.status_code == 422 and "Choose the column with the total. It is required." in wrong.text
    twice = client.post(page.context["urls"]["mapping"], matched(page, {"Inv Amt": "external_id"}))
    assert twice.status_code == 422 and "Only one column can be the" in twice.text
    approve(client, preview(client, page, {"Inv Amt": "total"}))
    path = tmp_path / "later.csv"
    path.write_text(text.replace("9,1200", "10,80"))
    call_command("import_outcomes", "desert", "invoices", str(path), by=operator.email, reason="June")
    with scope.tenant(shop.pk):
        assert sorted(map(str, Invoice.objects.values_list("total", flat=True))) == ["1200.00", "80.00"]


def test_a_person_confirms_an_unusually_long_file(
    shop: Tenant, operator: User, viewer: User, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    first = preview(client, send(client, jobs_file(30)))
    assert "unusually long" not in first.text
    assert approve(client, first).context["upload"].state == UploadState.APPLIED
    page = preview(client, send(client, jobs_file(301)))
    assert "This file is unusually long. It has 301 rows. The longest earlier file of jobs had 30." in words(page)
    assert 'name="confirmed_rows"' in page.text and 'value="301" name="confirmed_rows"' not in page.text
    for typed in ({}, {"confirmed_rows": ""}, {"confirmed_rows": "on"}, {"confirmed_rows": "271"}):
        answer = client.post(page.context["urls"]["approve"], approval(page, **typed))
        assert answer.status_code == 422 and reload(page.context["upload"]).state == UploadState.READY
    confirmed = approval(page, confirmed_rows="301")
    assert signed_in(viewer).post(page.context["urls"]["approve"], confirmed).status_code == 404
    with pytest.raises(ImportRefused, match="unusually long"), scope.operator(operator, reason="test"):
        uploads.approve(upload=page.context["upload"], actor=operator, reason="by a program", confirmed_rows=300)
    assert approve(client, page, confirmed_rows="301").context["upload"].state == UploadState.APPLIED
    with scope.tenant(shop.pk):
        assert Job.objects.count() == 301
        (line,) = AuditEntry.objects.filter(action="runs.start", changes__has_key=LENGTHS)
    assert line.actor_id == operator.pk and line.changes[LENGTHS] == [30, 301] and line.reason


def test_the_approval_and_the_audit_line_name_stored_payments_that_no_longer_count(
    shop: Tenant, operator: User, signed_in: SignIn
) -> None:
    client, heading = signed_in(operator), "Payment ID,Invoice ID,Payment Date,Amount\n"
    both = f"{heading}1,9001,6/5/2026,1300.00\n1,9002,6/5/2026,200.00\n"
    first = preview(client, send(client, both, "payments"))
    assert "no longer count" not in first.text and "effects" not in first.context["upload"].notes
    approve(client, first)
    page = preview(client, send(client, f"{heading}1,9002,6/5/2026,200.00\n", "payments"))
    assert "0 rows will be written" in words(page)
    assert "1 stored payment will no longer count ($1,300.00)" in words(page)
    approve(client, page)
    with scope.tenant(shop.pk):
        assert list(Payment.objects.filter(voided=False).values_list("invoice_external_id", flat=True)) == [9002]
        file = OutcomeFile.objects.latest("pk")
        line = AuditEntry.objects.filter(action="attribution.take_file").latest("pk")
    assert file.changes == [{"id": "1", "row": 2, "fields": ["status", "voided"]}]
    assert line.changes["stored payments that no longer count"] == [None, 1]
    assert line.changes["their sum"] == [None, "1300.00"]


def test_the_preview_shows_remarks_about_the_whole_file(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    page = preview(signed_in(operator), send(signed_in(operator), "Job ID,Created On,Mood\n1,6/1/2026,fine\n"))
    (remark,) = page.context["upload"].notes["remarks"]
    assert "Mood" in remark and remark in html.unescape(page.text)


def test_an_approved_file_is_written_regardless_of_the_length_of_later_files(
    shop: Tenant, operator: User, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    long = preview(client, send(client, jobs_file(201)))
    assert "unusually long" not in long.text, "there is no earlier file to compare it with"
    assert approve(client, preview(client, send(client, jobs_file(3)))).context["upload"].state == UploadState.APPLIED
    assert approve(client, long).context["upload"].state == UploadState.APPLIED
    with scope.tenant(shop.pk):
        assert Job.objects.count() == 201


def test_the_counts_add_up_and_nothing_is_written_before_approval(
    shop: Tenant, operator: User, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    head = "Job ID,Created On,Status\n"
    approve(client, preview(client, send(client, f"{head}1,6/1/2026,Open\n2,6/1/2026,Open\n")))
    text = f"{head}1,6/1/2026,Open\n2,6/1/2026,Done\n3,6/3/2026,Open\n3,6/3/2026,Twin\n4,13/6/2026,\n\nTotal,,\n"
    page = preview(client, send(client, text))
    counts = page.context["tally"].counts
    assert counts == {"new": 1, "changed": 1, "same": 1, "problem": 2, "aside": 1} and page.context["tally"].total == 6
    assert "6 rows: 1 new, 1 changed, 1 unchanged, 2 needs review, 1 skipped." in words(page)
    assert "2 rows have a problem" in page.text and "Approve 2 rows" not in page.text
    refused = client.post(page.context["urls"]["approve"], approval(page))
    assert refused.status_code == 422 and "completely or not at all" in refused.text
    problems = client.get(page.context["urls"]["problems_csv"]).text
    assert "It has the same ID as row 4." in problems and "day first" in problems
    with scope.tenant(shop.pk):
        assert Job.objects.count() == 2 and OutcomeFile.objects.count() == 1


def test_values_are_shown_as_stored_with_contact_details_masked(
    shop: Tenant, operator: User, viewer: User, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    text = 'Job ID,Created On,Customer Name,Phone,Note to self\n7,"Jun 3, 2026",Pat Doe,6025550111,pat likes cake\n'
    page = send(client, text)
    page = preview(client, page) if "Pat" not in page.text and "555" not in page.text else page
    assert page.context["upload"].state == UploadState.READY
    seen = signed_in(viewer).get(page.context["urls"]["import"])
    assert "Jun 3, 2026, 00:00 MST" in seen.text and "P… D…" in seen.text and "••••••••11" in seen.text
    assert "Pat" not in seen.text and "Approve import" not in seen.text


def test_days_are_shown_as_on_other_pages(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = preview(
        client, send(client, "Invoice ID,Job ID,Invoice Date,Total\n9001,601,2026-06-21,10.00\n", "invoices")
    )
    assert "Jun 21, 2026" in words(page) and "2026-06-21" not in words(page)


def test_an_approved_file_is_linked_and_shown_with_its_period(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    job = "7190358246"  # in no other ID or time of the page
    page = preview(client, send(client, f"Job ID,Created On\n601,6/20/2026\n{job},6/25/2026\n"))
    assert "From Jun 20, 2026 to Jun 25, 2026." in page.text
    assert "The first row is from Jun 20, 2026." in page.text and "2026-06-2" not in words(page)
    half = client.post(page.context["urls"]["approve"], approval(page, first="2026-06-01"))
    assert half.status_code == 422 and "Enter both days, or neither." in half.text
    later = client.post(page.context["urls"]["approve"], approval(page, first="2026-06-01", last="2999-06-30"))
    assert later.status_code == 422 and "The last day is in the future." in later.text
    approve(client, page, first="2026-06-01", last="2026-06-30")
    with scope.tenant(shop.pk):
        file = OutcomeFile.objects.get()
        assert (str(file.covers_from), str(file.covers_to)) == ("2026-06-01", "2026-06-30")
        assert File.objects.count() == 1 and Run.objects.filter(kind=LINK).count() == 1
        assert set(ImportRow.objects.values_list("applied", flat=True)) == {True}
    assert job not in client.get(at("files")).text and "late.csv" in client.get(at("file", file.public_id)).text


def test_a_file_without_news_extends_the_period(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client, text = signed_in(operator), "Job ID,Created On\n601,6/20/2026\n"
    approve(client, preview(client, send(client, text)))
    page = preview(client, send(client, text + "\n"))
    approve(client, page, first="2026-06-01", last="2026-06-30")
    with scope.tenant(shop.pk):
        assert OutcomeFile.objects.count() == 2


def test_changing_the_columns_reads_the_same_stored_file(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    first = preview(client, send(client, UNKNOWN))
    page = client.get(first.context["urls"]["columns"])
    second = preview(client, page, MATCHES)
    with scope.tenant(shop.pk):
        assert File.objects.count() == 1 and FileChunk.objects.count() == 1
        assert ImportRow.objects.get(upload=second.context["upload"]).values["email"] == "pat@example.com"
        assert not any(ImportRow.objects.filter(upload=first.context["upload"]).values_list("values", flat=True))
    old = client.get(first.context["urls"]["import"])
    assert "was replaced" in old.text and second.context["urls"]["import"] in old.text


def test_discarding_deletes_the_file_and_the_values(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = preview(client, send(client, UNKNOWN))
    gone = client.post(page.context["urls"]["discard"], {"version": 2, "reason": "The wrong shop."}, follow=True)
    assert "its file was deleted" in gone.text
    with scope.tenant(shop.pk):
        assert not any(map(bytes, contents())) and Upload.objects.get().state == UploadState.DISCARDED
        assert list(ImportRow.objects.values_list("values", flat=True)) == [{}]


def test_the_content_of_an_applied_file_stays(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = approve(client, preview(client, send(client, UNKNOWN)))
    client.post(page.context["urls"]["discard"], {"version": page.context["upload"].version, "reason": "Late."})
    with scope.tenant(shop.pk):
        assert all(map(bytes, contents()))


def test_two_people_on_an_import(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    mine, theirs = signed_in(operator), signed_in(make_user(ops_role="operator"))
    page = send(mine, UNKNOWN)
    other = theirs.get(page.context["urls"]["columns"])
    ready = preview(mine, page, MATCHES)
    late = theirs.post(other.context["urls"]["mapping"], chosen_fields(other))
    assert late.status_code == 422 and "Someone else changed this import" in late.text
    seen = theirs.get(ready.context["urls"]["import"])
    approve(mine, ready)
    for name, data in (("approve", approval(seen)), ("discard", {"version": 2, "reason": "No."})):
        answer = theirs.post(seen.context["urls"][name], data)
        assert answer.status_code == 422 and "Someone else changed this import" in answer.text
    with scope.tenant(shop.pk):
        assert Job.objects.count() == 1


def test_another_tenants_import_and_another_apps_import_are_unknown(
    shop: Tenant, operator: User, signed_in: SignIn
) -> None:
    client = signed_in(operator)
    page = send(client, UNKNOWN)
    public_id = page.context["upload"].public_id
    make_tenant(slug="other-shop")
    for name in ("import", "columns", "problems-csv"):
        assert client.get(reverse(f"attribution:{name}", args=["other-shop", public_id])).status_code == 404
        assert client.get(reverse(f"titanmap:{name}", args=["desert", public_id])).status_code == 404
    for name in ("mapping", "approve", "discard", "sheet"):
        assert client.post(reverse(f"attribution:{name}", args=["other-shop", public_id])).status_code == 404


def test_viewers_read_and_strangers_see_nothing(
    shop: Tenant, operator: User, viewer: User, signed_in: SignIn, client: Client
) -> None:
    page = send(signed_in(operator), UNKNOWN)
    urls, reader = page.context["urls"], signed_in(viewer)
    assert (
        reader.get(urls["columns"]).status_code == 200 and "Confirm and preview" not in reader.get(urls["columns"]).text
    )
    assert "Upload file" not in reader.get(urls["imports"]).text
    for name in ("upload", "mapping", "approve", "discard", "sheet"):
        assert reader.post(urls[name], {"version": 0, "reason": "x"}).status_code == 404
    assert client.get(urls["columns"]).status_code in {302, 404}
    with scope.tenant(shop.pk):
        assert reload(Upload.objects.get()).state == UploadState.UPLOADED


HOSTILE = {
    "formula": '"=HYPERLINK(""http://evil.example"")"',
    "long": "x" * 10_000,
    "right to left": "\u202eenohP\u202c \u05d8\u05dc\u05e4\u05d5\u05df",
    "markup": "<script>alert(1)</script>",
    "empty": "",
    "digits": "42",
}


@pytest.mark.parametrize("name", sampled([*HOSTILE], keep=2))
def test_hostile_headings_are_shown_as_text_and_matchable(
    shop: Tenant, operator: User, signed_in: SignIn, name: str
) -> None:
    client, heading = signed_in(operator), HOSTILE[name]
    page = send(client, f"Job ID,{heading},Created On\n1,(602) 555-0111,6/1/2026\n")
    assert page.status_code == 200 and "<script>alert" not in page.text and len(page.text) < 60_000
    assert page.context["columns"][1]["why"] in {"not recognized", "no heading"}
    stored = page.context["upload"].headings[1]
    page = preview(client, page, {stored: "phone"})
    assert page.context["tally"].counts[RowOutcome.NEW] == 1
    again = send(client, f"Job ID,{heading},Created On\n2,,\n")
    whys = [column["why"] for column in again.context["columns"]]
    assert whys[1] == ("remembered" if heading else "no heading")


def test_two_columns_with_the_same_heading(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = send(client, "Job ID,Status,Status\n1,,Open\n")
    fields = chosen_fields(page)
    assert (fields["column_2"], fields["column_3"]) == ("status", "")
    client.post(page.context["urls"]["mapping"], fields | {"column_2": "", "column_3": "status"})
    work_runs()
    with scope.tenant(shop.pk):
        assert ImportRow.objects.get().values["status"] == "Open"


def test_two_columns_with_the_same_heading_are_distinguished(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    """Warn of a heading that comes twice: only one of the two amounts is imported."""
    client = signed_in(operator)
    page = send(client, "Invoice ID,Total,Total\n9,100.00,200.00\n", "invoices")
    assert "Some columns have the same heading." in words(page) and "“Total” (column 3)" in words(page)
    assert [column["why"] for column in page.context["columns"]] == [
        "recognized", "same heading as column 3", "same heading as column 2",
    ]  # fmt: skip
    assert [column["samples"] for column in page.context["columns"]] == [["9"], ["100.00"], ["200.00"]]
    assert "Columns that are not imported: “Total” (column 3)" in words(preview(client, page))
    single = send(client, "Invoice ID,Total,Extra\n9,100.00,2\n", "invoices")
    assert "same heading" not in words(single) and "(column" not in words(single)


def test_a_file_that_must_be_corrected_is_not_called_ready(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    """Name a state that allows what the page allows: one problem in an export stops the approval."""
    client = signed_in(operator)
    wrong = preview(client, send(client, "Invoice ID,Total\n9,much\n", "invoices"))
    right = preview(client, send(client, "Invoice ID,Total\n9,100.00\n", "invoices"))
    for page, state, other in ((wrong, "needs correction", "ready for"), (right, "ready for approval", "correction")):
        assert state in words(page) and other not in words(page)
    listed = words(client.get(at("imports")))
    assert listed.count("needs correction") == 1 and listed.count("ready for approval") == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Export it again from the shop's system, and choose the new file."),
        (
            b"Job ID,Summary\n1," + b"x" * 1_000_000 + b"\n",
            "Line 2 is longer than 1,000,000 characters. Leave out the column with the long text.",
        ),
    ],
    ids=["empty", "a million characters in a cell"],
)
def test_a_file_that_cannot_be_read_gets_the_next_step(
    shop: Tenant, operator: User, signed_in: SignIn, content: bytes, sentence: str
) -> None:
    page = send(signed_in(operator), content)
    assert page.status_code == 422 and sentence in html.unescape(page.text)


def test_names_below_a_heading_of_an_id_are_masked(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    page = send(signed_in(operator), "Invoice ID,Total,Customer\n9,10.00,Pat Example\n10,10.00,7\n", "invoices")
    assert chosen_fields(page)["column_3"] == "customer_external_id" and "Customer ID" in page.text
    assert page.context["columns"][2]["samples"] == ["P… E…", "7"] and "Pat" not in page.text


def test_a_customer_of_a_job_is_a_name_as_for_the_command(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    fields = chosen_fields(send(client, "Job ID,Customer,Customer Name\n2,8,Pat Example\n"))
    assert (fields["column_2"], fields["column_3"]) == ("customer_external_id", "name")
    page = send(client, "Job ID,Customer,Customer ID\n1,Pat Example,7\n")
    assert page.context["columns"][1]["samples"] == ["P… E…"] and "Pat" not in page.text
    approve(client, preview(client, page))
    with scope.tenant(shop.pk):
        job = Job.objects.get(external_id=1)
        assert (job.name, job.customer_external_id) == ("Pat Example", 7)


def test_a_file_with_300_columns_is_refused_at_once(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    wide = "Job ID," + ",".join(f"Extra {n}" for n in range(299)) + "\n1" + ",x" * 299 + "\n"
    page = send(signed_in(operator), wide)
    assert page.status_code == 422 and "more than 200 columns" in page.text
    narrow = "Job ID," + ",".join(f"Extra {n}" for n in range(199)) + "\n1" + ",x" * 199 + "\n"
    page = send(signed_in(operator), narrow)
    assert page.status_code == 200 and len(page.context["columns"]) == 200


def test_a_wrong_match_shows_why_each_row_is_refused(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = preview(client, send(client, "Job ID,Cust Phone\n1,(602) 555-0111\n"), {"Cust Phone": "completed_at"})
    assert page.context["tally"].counts[RowOutcome.PROBLEM] == 1 and "is not a date" in page.text


def test_a_file_of_another_business_is_refused_and_deleted(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    page = preview(client, send(client, "Job ID,Summary\n1,st-ready:0123456789abcdef\n"))
    assert "The file was refused." in page.text and "another business" in page.text
    with scope.tenant(shop.pk):
        assert not any(map(bytes, contents()))


def test_a_file_that_names_an_erased_person_leaves_no_copy(
    shop: Tenant, operator: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contractor exports the person again; the receipt of the erasure states that nothing is left."""
    client = signed_in(operator)
    text = "Job ID,Created On,Customer Name,Phone\n601,6/20/2026,Robin Kestrel,(602) 555-0111\n"
    approve(client, preview(client, send(client, text)))
    with scope.tenant(shop.pk):
        Job.objects.update(name="", phone="")
        job = Job.objects.get()
    monkeypatch.setattr("attribution.services.expired.erased_rows", lambda *_: {job.pk})
    page = preview(client, send(client, text.replace("6/20", "6/21")))
    assert "the stored copy of this file is emptied after the import" in words(page)
    upload = page.context["upload"]
    with scope.tenant(shop.pk):
        staged = ImportRow.objects.filter(upload=upload).values_list("outcome", "values", "before")
        assert list(staged) == [(RowOutcome.CHANGED, {}, None)], "the day is new"
        assert all(FileChunk.objects.filter(file=upload.file).values_list("content", flat=True))
    approve(client, page)
    with scope.tenant(shop.pk):
        assert [
            bytes(part) for part in FileChunk.objects.filter(file=upload.file).values_list("content", flat=True)
        ] == [b""]
        assert Job.objects.get().name == "" and Job.objects.get().file_id != job.file_id
