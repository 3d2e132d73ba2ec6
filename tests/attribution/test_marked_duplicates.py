"""The job of an earlier submission that is marked as a duplicate counts for the request that repeats it."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest

from attribution.models import Link, Statement, Verdict
from attribution.money import Bucket, Customer, Line
from attribution.selectors import money
from attribution.services import review
from attribution.statements.exporting import ready
from attribution.statements.month_facts import lines_of
from attribution.statements.restating import since_closing
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from tests.attribution.outcomes import lead_of, link_all, take
from tests.attribution.packets import request_packet, sealed_files
from tests.attribution.statements import close_statement, sign_restatement
from tests.support.cast import SignIn
from tests.support.factories import make_tenant, with_manual_features
from tests.support.runs import work_runs

pytestmark = pytest.mark.django_db(transaction=True)

OCTOBER = dt.date(2026, 10, 1)
NOVEMBER = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
CONTACT = {"phone": "4805550147", "email": "uma@vance.example"}
JOB = (
    "Job ID,Created On,Completed,Customer ID,Customer Name,Phone,Email,Job Type,Status\n"
    "7,{opened},2026-10-09,70,Uma Vance,480-555-0147,uma@vance.example,AC Repair,Completed\n"
)
INVOICE = "Invoice ID,Job ID,Invoice Date,Total,Status\n9,7,2026-10-09,500,Posted\n"
#: Days of submissions of one request, each with its campaign.
DAYS = {"first": "2026-10-05", "second": "2026-10-06", "third": "2026-10-08"}


@pytest.fixture
def tenant() -> Tenant:
    return with_manual_features(make_tenant(slug="desert", name="Desert Air", time_zone="America/Phoenix"))


@pytest.fixture
def leads(tenant: Tenant, actor: User) -> dict[str, Lead]:
    """Three submissions of one request, linked to a job of 500 dollars that was opened after the second one."""
    with scope.tenant(tenant.pk):
        sources = {key: {"utm_campaign": f"campaign {key}", "gclid": f"Cj0KCQjwMadeUp-{key}"} for key in DAYS}
        made = {key: lead_of(tenant, "Uma Vance", on=on, source=sources[key], **CONTACT) for key, on in DAYS.items()}
    take(tenant, actor, "jobs", JOB.format(opened="2026-10-06"))
    take(tenant, actor, "invoices", INVOICE)
    link_all(tenant, actor)
    assert counted(tenant, made) == ("first", 500)
    return made


def mark(lead: Lead, exclusion: str = "duplicate") -> None:
    with scope.tenant(lead.tenant_id):
        Lead.objects.filter(pk=lead.pk).update(excluded_as=exclusion)


def line_of_job(tenant: Tenant) -> Line:
    with scope.tenant(tenant.pk):
        (line,) = lines_of(tenant, OCTOBER)
    return line


def counted(tenant: Tenant, leads: dict[str, Lead]) -> tuple[str, int]:
    """Return which lead the revenue counts for, and how much, which must be the same in each report."""
    line = line_of_job(tenant)
    with scope.tenant(tenant.pk):
        overview, campaigns = money.overview(tenant), money.campaigns(tenant)
    amounts = {overview.low, line.counted, sum((row.low for row in campaigns), Decimal(0))}
    won = {row.name.removeprefix("campaign ") for row in campaigns if row.won}
    (whose,) = [key for key, lead in leads.items() if str(lead.public_id) == line.lead]
    assert len(amounts) == 1 and won == ({whose} if line.counted else set())
    assert sum(row.leads for row in overview.labels) == overview.leads, "each lead has one label"
    return whose, int(line.counted)


def test_the_job_counts_for_the_earliest_submission_without_a_mark(tenant: Tenant, leads: dict[str, Lead]) -> None:
    """In whichever order the office marks them, and removes the marks again."""
    for order in itertools.permutations(DAYS):
        for number, marked in enumerate(order, start=1):
            mark(leads[marked])
            left = [key for key in DAYS if key not in order[:number]]
            assert counted(tenant, leads) == ((left[0], 500) if left else ("first", 0)), order
        assert line_of_job(tenant).bucket == Bucket.LEAD_EXCLUDED, order
        for number, marked in enumerate(order, start=1):
            mark(leads[marked], "")
            left = [key for key in DAYS if key in order[:number]]
            assert counted(tenant, leads) == (left[0], 500), order


def test_no_linking_changes_it(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    """The linking neither reads a mark nor reads back to a marked lead."""
    with scope.tenant(tenant.pk):
        links = list(Link.objects.filter(tenant=tenant).order_by("pk").values())
    mark(leads["first"])
    for more in ({}, {"whole": True}):
        run = link_all(tenant, actor, **more)
        assert counted(tenant, leads) == ("second", 500), run
    with scope.tenant(tenant.pk):
        assert list(Link.objects.filter(tenant=tenant).order_by("pk").values()) == links


def test_a_submission_after_the_job_was_opened_counts_from_the_day_of_the_first(
    tenant: Tenant, leads: dict[str, Lead]
) -> None:
    """No linking would link the third submission with a job that was opened two days before it."""
    before = line_of_job(tenant)
    mark(leads["first"])
    mark(leads["second"])
    assert counted(tenant, leads) == ("third", 500)
    line = line_of_job(tenant)
    assert (line.lead_on, line.customer, line.probability) == (before.lead_on, Customer.NEW, before.probability)
    assert line.campaign == "campaign third"


def test_a_mark_of_a_later_submission_changes_nothing(tenant: Tenant, leads: dict[str, Lead]) -> None:
    before = line_of_job(tenant)
    mark(leads["second"])
    mark(leads["third"])
    assert line_of_job(tenant) == before and counted(tenant, leads) == ("first", 500)


def test_spam_and_tests_count_for_no_lead(tenant: Tenant, leads: dict[str, Lead]) -> None:
    for exclusion in ("spam", "test"):
        mark(leads["first"], exclusion)
        assert counted(tenant, leads) == ("first", 0), exclusion


def test_a_separate_request_of_the_same_contact_gets_no_revenue(
    tenant: Tenant, actor: User, leads: dict[str, Lead]
) -> None:
    with scope.tenant(tenant.pk):
        leads["later"] = lead_of(tenant, "Uma Vance", on="2026-10-20", **CONTACT)
    link_all(tenant, actor)
    for key in DAYS:
        mark(leads[key])
    assert counted(tenant, leads) == ("first", 0)


def test_a_job_that_a_person_gave_to_a_submission_stays_with_it(
    tenant: Tenant, actor: User, leads: dict[str, Lead]
) -> None:
    with scope.operator(actor, "test"):
        link = Link.objects.get(tenant=tenant, current=True, job__external_id=7)
        review.decide(link=link, verdict=Verdict.CHOOSE, actor=actor, lead=leads["third"])
    mark(leads["first"])
    assert counted(tenant, leads) == ("third", 500)
    mark(leads["third"])
    assert counted(tenant, leads) == ("third", 0)


def test_a_sealed_month_and_its_packet_stay_and_the_conversion_moves(
    tenant: Tenant, leads: dict[str, Lead], lead_operator: User
) -> None:
    statement = close_statement(tenant, lead_operator, OCTOBER, NOVEMBER)
    packet = request_packet(tenant, lead_operator)
    work_runs()
    files = sealed_files(packet)
    assert files
    mark(leads["first"])
    with scope.tenant(tenant.pk):
        assert Statement.objects.get(pk=statement.pk).body == statement.body
    assert sealed_files(packet) == files
    since = since_closing(statement)
    assert [(row.fields, row.counted) for row in since.changes] == [(("lead", "campaign"), Decimal(0))]
    sign_restatement(statement, lead_operator)
    assert since_closing(statement).changes == ()
    with scope.tenant(tenant.pk):
        uploads = ready(statement, now=NOVEMBER)
    assert [(row.order_id, row.click_id) for row in uploads.clicks.fit] == [
        ("9", "Cj0KCQjwMadeUp-first"),
        ("9-2", "Cj0KCQjwMadeUp-second"),
    ]
    assert [(row.order_id, row.value) for row in uploads.adjustments] == [("9", Decimal(0))]


def test_a_month_closed_after_the_mark_uploads_the_click_of_the_request(
    tenant: Tenant, leads: dict[str, Lead], lead_operator: User
) -> None:
    mark(leads["first"])
    statement = close_statement(tenant, lead_operator, OCTOBER, NOVEMBER)
    with scope.tenant(tenant.pk):
        uploads = ready(statement, now=NOVEMBER)
    assert [(row.order_id, row.click_id, row.value) for row in uploads.clicks.fit] == [
        ("9", "Cj0KCQjwMadeUp-second", Decimal(500))
    ]


def test_the_page_of_a_marked_lead_names_the_request_that_counts(
    tenant: Tenant, actor: User, leads: dict[str, Lead], signed_in: SignIn
) -> None:
    place, client = f"/ops/attribution/{tenant.slug}/leads/{leads['first'].public_id}", signed_in(actor)
    assert "$500.00 invoiced and $0.00 paid are counted." in client.get(place).text
    mark(leads["first"])
    page = client.get(place).text
    assert f">{leads['second'].spoken_code}</a>, which repeats the request." in page
    assert "$500.00 invoiced and $0.00 paid are counted." in page
    mark(leads["second"])
    mark(leads["third"])
    page = client.get(place).text
    assert "which repeats" not in page and "are counted" not in page
    assert "Not counted: the lead is excluded." in page
