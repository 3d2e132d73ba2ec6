"""The CSV export: safe in a spreadsheet, without personal values, bounded, and audited."""

import csv
import hashlib
import io
import re
import unicodedata
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.spreadsheet import safe_cell
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.filters import Filters
from syncqueue.leads.models import Lead
from syncqueue.models import State
from syncqueue.services import export
from syncqueue.services.export import COLUMNS
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item, make_tenant
from tests.support.queue import fill_queue, reach

REASON = "weekly review"


def ask(client: Client, **filters: str) -> Any:
    return client.post("/ops/export", {"export_reason": REASON, **filters})


def read(answer: Any) -> tuple[list[dict[str, str]], str]:
    """Return the rows, and the text of the last row."""
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert lines[0] == list(COLUMNS) and {len(line) for line in lines} == {len(COLUMNS)}
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:-1]], lines[-1][0]


def audited(user: User) -> list[AuditEntry]:
    with scope.operator(user, reason="test"):
        return list(AuditEntry.objects.filter(action__startswith="syncqueue.export").order_by("id"))


@pytest.mark.parametrize("who", ["viewer", "operator", "lead_operator"])
def test_the_file_holds_what_the_list_holds(
    signed_in: SignIn, who: str, request: pytest.FixtureRequest, tenant: Tenant
) -> None:
    fill_queue(tenant, rounds=2)
    client = signed_in(request.getfixturevalue(who))
    answer = ask(client, state="blocked")
    rows, end = read(answer)
    shown = client.get("/ops/?state=blocked").context["items"]
    assert [row["reference"] for row in rows] == [item.lead.reference for item in shown]
    assert {row["state"] for row in rows} == {"blocked"} and "Automatic sending isn't approved yet" in {
        row["cause"] for row in rows
    }
    assert re.fullmatch(rf"End: {len(rows)} items, all that matched, at [0-9: -]+ UTC", end)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="sync-items-\d{4}-\d\d-\d\d-state-blocked\.csv"', answer["Content-Disposition"]
    )
    assert "no-store" in answer["Cache-Control"]


def test_no_personal_value_leaves(signed_in: SignIn, operator: User, tenant: Tenant, captured: Lead) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, name="=cmd|' /C calc'!A0", email="rosa@example.com")
        done, wrong = (make_sync_item(tenant=tenant, lead=entry) for entry in (lead, make_lead(tenant=tenant)))
    with scope.worker():
        reach(done, State.MANUAL_COMPLETE)
        reach(wrong, State.NEEDS_REVIEW, last_error="550 <rosa@example.com> or +1 (602) 555-0199 unknown")
    content = b"".join(ask(signed_in(operator)).streaming_content).decode()
    for value in ("Rivera", "0199", "jamie", "rosa", "example.com", "Camelback", "cold air", "calc", "4711"):
        assert value not in content
    assert '"on file"' in content and "550 •••@••• or ••• unknown" in content


def test_without_a_reason_nothing_leaves(signed_in: SignIn, operator: User, tenant: Tenant, captured: Lead) -> None:
    client = signed_in(operator)
    for reason in ("", "  "):
        answer = client.post("/ops/export", {"export_reason": reason, "state": "queued"})
        assert answer.status_code == 422 and "Enter what the file is for" in answer.text
        assert not answer.streaming
    assert client.get("/ops/export").status_code == 405
    assert audited(operator) == []


def test_an_export_is_written_down_before_and_after(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    fill_queue(tenant, rounds=1)
    answer = ask(signed_in(operator), state="blocked")
    (begin,) = audited(operator)
    content = b"".join(answer.streaming_content)
    _, end = audited(operator)
    assert (begin.actor_id, begin.reason) == (end.actor_id, end.reason) == (operator.pk, REASON)
    assert begin.changes == {"filters": [None, "state blocked"]}
    assert end.changes["sha256"] == [None, hashlib.sha256(content).hexdigest()]
    assert end.changes["items"] == [None, content.count(b"\r\n") - 2]
    assert end.changes["finished"] == [None, True]
    assert begin.request_id == end.request_id != ""


def test_a_download_that_is_cut_off_is_written_down_too(
    operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 5)
    fill_queue(tenant, rounds=1)
    rows = export.export_rows(actor=operator, filters=Filters(), reason=REASON, read=selectors.next_items)
    got = next(rows) + next(rows)
    rows.close()
    end = audited(operator)[-1]
    assert end.changes["items"] == [None, 5] and end.changes["finished"] == [None, False]
    assert end.changes["sha256"] == [None, hashlib.sha256(got).hexdigest()]


@pytest.mark.parametrize("most", [12, 13, 14])
def test_an_export_is_bounded_and_reports_it(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(export, "MOST", most)
    monkeypatch.setattr(export, "BATCH", 5)
    with scope.tenant(tenant.pk):
        made = [make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant)) for _ in range(13)]
    answer = ask(signed_in(operator))
    rows, end = read(answer)
    newest_first = [item.lead.reference for item in reversed(made) if item.lead]
    assert [row["reference"] for row in rows] == newest_first[:most]
    cut = most < len(made)
    assert ("the first of more" in end) is cut and (f"-first-{most}.csv" in answer["Content-Disposition"]) is cut


def test_filters_that_make_no_sense_do_not_widen_the_file_unseen(
    signed_in: SignIn, operator: User, tenant: Tenant, captured: Lead
) -> None:
    answer = ask(signed_in(operator), state="nonsense")
    assert answer.status_code == 422 and "Nothing was exported" in answer.text
    assert audited(operator) == []


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\n=1", "' =1"),
        ("\x00=1", "'=1"),
        ("\ufeff=1", "'=1"),
        ("\u200b=1", "'=1"),
        ("\u00a0 =1", "'  =1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        ("−1", "'−1"),
        ("a;=1", "a;'=1"),
        ("a; =1", "a;' =1"),
        ("a,@b", "a,'@b"),
        (";;=1", ";;'=1"),
        ('a;"=1+1;', "a;'\"=1+1;"),
        ('a; ""@b', 'a;\' ""@b'),
        ("plain - text", "plain - text"),
        (3, "3"),
        ("", ""),
    ],
)
def test_a_cell_is_never_a_formula(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


STARTS = "=+-@＝＋－＠﹦﹢﹣﹫−"


def begins_formula(cell: str) -> bool:
    """Return whether the strictest reader takes it for a formula: skips white space and invisible marks, folds
    width.
    """
    seen = [mark for mark in cell if not mark.isspace() and unicodedata.category(mark)[0] != "C"]
    return bool(seen) and (seen[0] in STARTS or unicodedata.normalize("NFKC", seen[0])[:1] in set("=+-@"))


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from(STARTS + " \t\r\n\x00\x0b\u00a0\u2028\ufeff\u200b;,\"'a1"), st.characters())
    )
)
def test_no_spreadsheet_reads_a_formula_with_any_separator(text: str) -> None:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([safe_cell(text), safe_cell(text)])
    assert line.getvalue().count("\n") == 1 and line.getvalue().count("\r") == 1
    assert not any(mark in line.getvalue() for mark in "\t\x00\x0b")
    (read_back,) = csv.reader(io.StringIO(line.getvalue(), newline=""))
    assert len(read_back) == 2
    for cell in read_back:
        assert not begins_formula(cell)
        assert not any(begins_formula(piece) for piece in re.split("[;,]", cell))
    # Where a semicolon separates the cells, our cells begin and end in the middle of theirs.
    for cells in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=";"):
        assert not any(begins_formula(cell) for cell in cells)


def test_names_of_tenants_are_made_safe(signed_in: SignIn, operator: User) -> None:
    tenant = make_tenant(name='=HYPERLINK("http://evil.example";"x")')
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant)
    rows, _ = read(ask(signed_in(operator)))
    assert rows[0]["tenant"] == '\'=HYPERLINK("http://evil.example";"x")'
