"""`check_claims`: rows, content, templates and emails are scanned; one text per line is checked."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, LegalText
from pagetojob.titanmap.models import CapacityRule, PageBinding
from readiness import models, nightly
from readiness.services import scan
from readiness.services.current import current
from tests.support.factories import make_tenant
from tests.support.runs import work_runs

ROOT = Path(__file__).resolve().parents[2]
OVERCLAIM = "PageToJob is a certified ServiceTitan marketplace partner."
HONEST = "PageToJob is not a ServiceTitan marketplace partner."


Judged = Callable[..., list[str]]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judged:
    """Run the command for lines of standard input and return its output."""

    def judge(lines: bytes, **options: bool) -> list[str]:
        out = StringIO()
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(lines)))
        call_command("check_claims", stdin=True, stdout=out, **options)
        return out.getvalue().splitlines()

    return judge


def test_it_answers_each_line_in_order_without_a_database() -> None:
    lines = f"{OVERCLAIM}\n\n{HONEST}\r\n<b>Serv</b>iceTitan has approved our app&#33;\n\xff".encode("latin-1")
    done = subprocess.run(
        [sys.executable, "manage.py", "check_claims", "--stdin", "--json"],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        check=True,
        timeout=60,
        env=os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
    )
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]

    assert [set(answer) for answer in answers] == [{"text", "overclaim", "claim", "phrase", "held"}] * 5
    assert [answer["overclaim"] for answer in answers] == [True, False, False, True, False]
    assert answers[0]["text"] == OVERCLAIM and answers[0]["claim"] == "marketplace-approval"
    assert answers[0]["phrase"] and answers[0]["phrase"] in OVERCLAIM
    assert answers[2] == {"text": HONEST, "overclaim": False, "claim": None, "phrase": None, "held": False}


def test_each_line_gets_a_single_verdict(judged: Judged) -> None:
    odd = [
        "",
        " ",
        "x" * 100_000,
        "one\u2028two\u0085three",
        "\x00\x1b[31m",
        "<p>" * 2000,
        "a\rb",
        f"<p>{OVERCLAIM}</p>",
    ]
    answers = judged("\n".join(odd).encode(), json=True)
    assert [json.loads(answer)["text"] for answer in answers] == odd
    assert all(answer.isascii() for answer in answers)
    assert [json.loads(answer)["overclaim"] for answer in answers] == [False] * 7 + [True]


def test_without_json_it_prints_text(judged: Judged) -> None:
    first, second = judged(f"{OVERCLAIM}\n{HONEST}\n".encode())
    assert first.startswith("marketplace-approval: “") and "No marketplace or partner approval is claimed" in first
    assert second == "honest"


@pytest.mark.usefixtures("pack")
def test_everything_we_show_is_honest() -> None:
    out = StringIO()
    call_command("check_claims", stdout=out)
    assert "none asserts a gated claim" in out.getvalue()
    assert int(out.getvalue().split()[0]) > 500


@pytest.mark.nightly
def test_files_alone_need_no_rows(db: None) -> None:
    out = StringIO()
    call_command("check_claims", files=True, stdout=out)
    assert "none asserts a gated claim" in out.getvalue()


@pytest.mark.nightly
@pytest.mark.usefixtures("pack")
def test_a_row_changed_outside_the_admin_is_detected() -> None:
    line, step, page = (
        models.ChecklistItem.objects.last(),
        models.RunbookStep.objects.last(),
        models.Page.objects.last(),
    )
    page, section = models.Page.objects.last(), models.PageSection.objects.last()
    boundary = models.DataBoundary.objects.last()
    assert line and step and page and section and boundary
    changes = ((line, "current"), (step, "text"), (page, "intro"), (section, "heading"), (boundary, "rule"))
    for row, field in changes:
        type(row).objects.filter(pk=row.pk).update(**{field: OVERCLAIM})
    out = StringIO()
    with pytest.raises(CommandError, match="of a gated claim found"):
        call_command("check_claims", stdout=out)
    assert "marketplace-approval" in out.getvalue() and "Say instead:" in out.getvalue()
    places = {
        f"row {line.anchor}",
        f"row {step.runbook.anchor}",
        f"page {page.slug}: intro",
        f"page {section.page.slug}, section {section.slug}",
        f"row {boundary.anchor}",
    }
    assert {place for place in places if place not in out.getvalue()} == set()


def test_the_fixed_words_of_a_template_are_read_without_its_comments_and_logic(tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_text("{% comment %}We are certified.{% endcomment %}Hello {{ name }},{% if x %} we call you.{% endif %}")
    assert scan.template_words(path) == "Hello …, we call you."


@pytest.mark.nightly
@pytest.mark.usefixtures("pack")
def test_the_nightly_scan_is_written_down_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    clean = nightly.scan_claims()
    assert clean and clean.found == [] and clean.looked_at > 500

    models.ChecklistItem.objects.filter(slug="app-approval-path").update(current=OVERCLAIM)
    dirty = nightly.scan_claims()

    assert dirty and {entry["claim"] for entry in dirty.found} == {"marketplace-approval"}
    wheres = " ".join(entry["where"] for entry in dirty.found)
    assert "row checklist-app-approval-path" in wheres and "rendered page api-readiness" in wheres
    assert "gated claim asserted" in caplog.text and OVERCLAIM not in caplog.text


def test_the_nightly_scan_reads_what_contractors_published(db: None) -> None:
    """Without a pack, so that our own texts, which the tests above scan, are not scanned again."""
    tenant = make_tenant()
    with scope.tenant(tenant.pk):
        PageBinding.objects.create(tenant=tenant, slug="new", page_path="/new", headline=OVERCLAIM)
        CapacityRule.objects.create(tenant=tenant, name="Off", primary="call now", sentence=OVERCLAIM, active=False)
        CapacityRule.objects.create(tenant=tenant, name="Call us", primary="call now", sentence=OVERCLAIM)
        LegalText.objects.update_or_create(
            tenant=tenant, kind="terms", version=9, defaults={"text": OVERCLAIM, "published_at": timezone.now()}
        )
        profile = {"service_area": OVERCLAIM, "hours": {"holidays": {"2026-12-25": OVERCLAIM}}}
        BusinessProfile.objects.update_or_create(tenant=tenant, defaults=profile)
    assert nightly.scan_claims() is None
    run = work_runs()
    assert run and (run.state, run.done, run.total) == ("failed", run.total, run.done)
    assert run.error.startswith("5 of its texts assert a gated claim. Reword each")
    wheres = ("service area", "holidays", "page new", "capacity rule Call us", "Terms of service")
    assert all(f"{where}: “" in run.error for where in wheres)
    assert scan.latest_overclaim_count() == 0, "a text of a contractor raises no alarm"


def test_headings_of_csv_files_are_read_from_the_code() -> None:
    source = 'import csv\nHEAD = ("lead", "pushed_to_st")\nONE = ("a",)\nMIXED = ("a", 1)\n'
    assert list(scan.csv_headings(source)) == ["lead, pushed_to_st"]
    assert list(scan.csv_headings(source.removeprefix("import csv\n"))) == []
    headings = {text.text for text in scan.files() if text.where == "attribution/conversions.py"}
    assert "Email, Phone Number" in headings


def test_no_row_that_we_ship_waits_for_an_approval(pack: None) -> None:
    """Otherwise each nightly scan warns about the same rows, and a new one is not noticed."""
    shipped = current()
    waiting = scan.judge(scan.rows(shipped), gated=shipped.gated_claims)[2]
    assert [(text.where, text.text) for text in waiting] == []


def test_a_sentence_waits_and_a_name_of_the_code_does_not() -> None:
    texts = [
        scan.Text("row a", text) for text in ("syncqueue_syncitem", "api-booking-sync", "Invoices in ServiceTitan.")
    ]
    assert [text.text for text in scan.judge(texts)[2]] == ["Invoices in ServiceTitan."]
