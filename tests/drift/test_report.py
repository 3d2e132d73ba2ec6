"""The month's report: what stands, what came and went, and how much was read; for the tenant's own people alone."""

import re
from collections.abc import Generator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from drift.models import Finding, FindingPicture, Site
from drift.report import first_of, month_of
from drift.services import customer_questions
from drift.services.link_codes import code_of
from pagetojob.ops import website_report
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import cancel_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.drift import findings, make_site, page, read, say_page, work_off
from tests.support.hostile import Hostile, hostile


@pytest.fixture
def server(settings: Any) -> Generator[Hostile]:
    with hostile() as entry:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{entry.port}"]
        say_page(entry, "/", page("AC Diagnostic: $79", "<a href='/gone'>x</a>", "Licensed: ROC 318824"))
        yield entry


@pytest.fixture
def site(tenant: Tenant, server: Hostile, operator: User) -> Site:
    site = make_site(tenant, server)
    read(site, operator)
    return site


@pytest.fixture
def row(site: Site, tenant: Tenant) -> Finding:
    (entry,) = findings(tenant, rule="price_mismatch")
    return entry


def test_month_lists_answers_closed_findings_and_coverage(
    row: Finding, site: Site, tenant: Tenant, server: Hostile, operator: User
) -> None:
    with scope.operator(operator, reason="test"):
        link = customer_questions.ask(finding=row, actor=operator, reason="which?")
    customer_questions.answer(
        asked=customer_questions.find_question(code_of(link)), word=customer_questions.Word("operations changed")
    )
    say_page(server, "/", page("AC Diagnostic: $89", "<a href='/gone'>x</a>", "Licensed: ROC 318824"))
    read(site, operator)
    with scope.tenant(tenant.pk):
        month = month_of(tenant, tenant.today().replace(day=1))
    assert [entry.about for entry in month.closed] == ["Price differs: AC Diagnostic"]
    assert [(entry.words, entry.grade) for entry in month.answers] == [
        ("Our records are right: the website should change", "answered by link")
    ]
    (differs,) = [entry for entry in month.open_findings if entry.about == "License number differs"]
    assert differs.next_step == "Your answer" and month.has_questions
    assert month.readings == 2 and "on 1 page; " in month.coverage
    assert "/gone" in [entry["page"] for entry in month.not_read]
    with scope.tenant(tenant.pk):
        before = month_of(tenant, (month.first - timedelta(days=1)).replace(day=1))
    assert month.before is None, "the contractor was added this month"
    assert (before.opened, before.closed, before.answers, before.coverage) == (0, [], [], "")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("2026-03", date(2026, 3, 1)),
        ("", date(2026, 11, 1)),
        ("2027-01", date(2026, 11, 1)),
        ("2026-13", date(2026, 11, 1)),
        ("x", date(2026, 11, 1)),
    ],
)
def test_invalid_and_future_months_become_this_month(typed: str, first: date) -> None:
    assert first_of(typed, today=date(2026, 11, 26)) == first


def test_members_see_only_their_own_report(
    row: Finding, owner: User, stranger: User, signed_in: SignIn, site: Site
) -> None:
    where = reverse("portal:website")
    member = signed_in(owner)
    member.get(where)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        html = member.get(where).content.decode()
    assert "Price differs: AC Diagnostic" in html and "not read: " in html and len(queries) < 25
    assert "AC Diagnostic" not in signed_in(stranger).get(where).content.decode()


def test_no_month_from_before_the_contractor_is_offered(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    client, this = signed_in(owner), tenant.first_month
    last = (this - timedelta(days=1)).replace(day=1)
    assert "?month=" not in client.get("/portal/website/").text
    earlier = client.get(f"/portal/website/?month={last:%Y-%m}").text
    assert re.findall(r"\?month=([\d-]+)", earlier) == [f"{this:%Y-%m}"], "an old link leads back"
    with scope.tenant(tenant.pk):
        assert month_of(tenant, (this + timedelta(days=32)).replace(day=1)).before == this


def test_a_month_without_a_reading_does_not_refer_to_pages_that_were_read(owner: User, signed_in: SignIn) -> None:
    page = signed_in(owner).get("/portal/website/").text
    assert "Your website was not read this month" in page and "because no page was read this month" in page
    assert "on the pages we read" not in page


def test_report_links_each_next_step_to_its_question_and_explains_it_once(
    row: Finding, owner: User, signed_in: SignIn
) -> None:
    member, questions = signed_in(owner), reverse("portal:website-questions")
    html, asked = member.get(reverse("portal:website")).text, member.get(questions).text
    linked = re.findall(rf'href="{questions}#(about-[^"]+)">Your answer<', html)
    assert len(linked) > 1 and f"about-{row.public_id}" in linked
    assert all(f'id="{anchor}"' in asked for anchor in linked)
    assert html.count("Nothing changes until then.") == 1


def test_worker_renders_the_report_as_pdf(can_make_pdfs: None, row: Finding, owner: User, signed_in: SignIn) -> None:
    client, page_, pdf = signed_in(owner), reverse("portal:website"), reverse("portal:website-pdf")
    assert client.get(pdf)["Location"].startswith(page_), "there is none yet"
    with scope.tenant(row.tenant_id):
        facts = {"content_type": "image/png", "size": 1, "sha256": "0" * 64, "purpose": Purpose.PICTURE}
        erased = File.objects.create(tenant_id=row.tenant_id, name="", **facts)
    with scope.worker():
        assert FindingPicture.objects.filter(finding=row).update(file=erased) == 1
    asked = client.post(reverse("portal:website-make-pdf"), {"month": ""})
    assert asked["Location"].startswith(page_) and "is being made" in client.get(page_).text
    with scope.tenant(row.tenant_id):
        run = Run.objects.get(kind=website_report.RUN)
    assert work_off(run).state == RunState.DONE
    assert "Download the PDF of" in client.get(page_).text
    answer = client.get(pdf)
    assert answer.content.startswith(b"%PDF-") and ".pdf" in answer["Content-Disposition"]


def test_only_one_report_is_rendered_at_a_time(row: Finding, owner: User, signed_in: SignIn) -> None:
    client, make = signed_in(owner), reverse("portal:website-make-pdf")
    client.post(make, {"month": ""})
    other = client.post(make, {"month": "2026-03"}, follow=True)
    assert "The report of another month is being made" in other.text
    with scope.tenant(row.tenant_id):
        assert Run.objects.filter(kind=website_report.RUN).count() == 1


def test_an_office_makes_only_some_reports_a_day(
    row: Finding, owner: User, operator: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(website_report, "MOST_A_DAY", 2)
    client, make = signed_in(owner), reverse("portal:website-make-pdf")
    for number in (1, 2, 2):
        answer = client.post(make, {"month": ""}, follow=True)
        with scope.tenant(row.tenant_id):
            runs = list(Run.objects.filter(kind=website_report.RUN).order_by("pk"))
        assert len(runs) == number
        with scope.operator(operator, reason="test"):
            cancel_run(run=runs[-1], actor=operator, reason="test")
    assert "2 PDFs were made in the last 24 hours" in answer.text


def test_page_explains_missing_pdf_packages(no_pango: None, row: Finding, owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    client.post(reverse("portal:website-make-pdf"), {"month": ""})
    with scope.tenant(row.tenant_id):
        run = Run.objects.get(kind=website_report.RUN)
    assert work_off(run).state == RunState.FAILED
    text = client.get(reverse("portal:website")).text
    assert "The PDF could not be made" in text and "on this machine" in text and "Make a PDF" in text
    assert "Price differs: AC Diagnostic" in text
