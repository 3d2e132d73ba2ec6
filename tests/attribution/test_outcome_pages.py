"""Operators' attribution pages: content, permissions and actions."""

import datetime as dt
import re
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from attribution.models import LINK, Job, Label, Link, ReviewDecision
from attribution.money import Customer
from attribution.selectors import chains, money
from attribution.side_by_side import days_apart
from attribution.statements.month_facts import lines_of
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from tests.attribution.outcomes import INVOICES, JOBS, PAYMENTS, lead_of, take
from tests.attribution.statements import close_statement
from tests.support.cast import SignIn
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(operator: User) -> Tenant:
    """Create job 501, matched, with an invoice, a refund and payments; job 502, to review; and a lead without a job."""
    tenant = make_tenant(slug="desert", name="Desert Air", time_zone="America/Phoenix")
    more = INVOICES + "9004,I-9004,502,6/12/2026,300.00,Posted\n9005,I-9005,502,6/12/2026,99.00,Void\n"
    for kind, text in (("jobs", JOBS), ("invoices", more), ("payments", PAYMENTS)):
        take(tenant, operator, kind, text)
    with scope.tenant(tenant.pk):
        first, second = Job.objects.order_by("external_id")
        won = lead_of(
            tenant, "Jamie Rivera", source={"utm_campaign": "Summer AC", "landing_url": "https://d.example/ac"}
        )
        guessed = lead_of(tenant, "Pat Doe", phone="(602) 555-0111", source={"utm_campaign": "Summer AC"})
        other = lead_of(tenant, "Nobody Nowhere")
        spam = lead_of(tenant, "Sam Spam", excluded_as="spam")
        Link.objects.create(tenant=tenant, lead=won, job=first, label=Label.MATCHED, probability="0.97")
        Link.objects.create(
            tenant=tenant,
            lead=guessed,
            job=second,
            label=Label.NEEDS_REVIEW,
            probability="0.61",
            candidates=[{"lead": other.pk, "probability": "0.200000"}],
        )
        for lead in (other, spam):
            Link.objects.create(tenant=tenant, lead=lead, label=Label.UNMATCHED, reasons=["nothing near"])
    return tenant


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(f"attribution:{name}", args=["desert", *args]), query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def guess(tenant: Tenant) -> Link:
    with scope.tenant(tenant.pk):
        return Link.objects.select_related("lead").get(label=Label.NEEDS_REVIEW)


def test_uncertain_links_make_a_range(shop: Tenant) -> None:
    with scope.tenant(shop.pk):
        overview = money.overview(shop)
        (summer, none) = money.campaigns(shop)
    assert [step.many for step in overview.steps] == [3, 1, 1, 1, 1]
    assert (overview.low, overview.high, overview.paid) == (Decimal("1200.00"), Decimal("1500.00"), Decimal("965.50"))
    assert (summer.name, summer.leads, summer.won, summer.open) == ("Summer AC", 2, 1, 1)
    assert (summer.low, summer.high, summer.each, summer.share) == (
        overview.low,
        overview.high,
        Decimal("600.00"),
        "50%",
    )
    assert (none.name, none.leads, none.low) == ("no campaign", 1, Decimal(0))


@pytest.mark.parametrize(
    ("reasons", "shown"),
    [
        (["nearest job 7, which another lead claims (agrees: same last name", "differs: phone)"], "lead claims"),
        (["nearest job 7, but the job is canceled (differs: another phone)"], "the job is canceled"),
        (["takes no part: marked (spam)"], "takes no part: marked (spam)"),
        ([], "no match found"),
    ],
)
def test_list_of_leads_gives_each_reason_in_whole_words(
    shop: Tenant, viewer: User, signed_in: SignIn, reasons: list[str], shown: str
) -> None:
    with scope.tenant(shop.pk):
        lead = lead_of(shop, "Una Near")
        Link.objects.create(tenant=shop, lead=lead, label=Label.UNMATCHED, reasons=reasons)
    assert f"{shown}</span>" in page(signed_in(viewer), "leads", label="unmatched")


def test_list_of_leads_begins_with_the_matches_that_wait_for_a_review(
    shop: Tenant, viewer: User, signed_in: SignIn
) -> None:
    client = signed_in(viewer)
    leads = page(client, "leads")
    assert f'href="{reverse("attribution:review", args=["desert"])}">Review 1 possible match</a>' in leads
    tabs = re.findall(r'label=[^"]+"[^>]*>([a-z ]+) <span class="numeric">(\d+)</span>', leads)
    assert tabs == [("needs review", "1"), ("unmatched", "2"), ("matched", "1"), ("certain", "0"), ("reviewed", "0")]
    with scope.tenant(shop.pk):
        Link.objects.filter(label=Label.NEEDS_REVIEW).update(current=False)
    assert "possible match" not in page(client, "leads")


def test_each_page_states_the_same_numbers_of_leads(shop: Tenant, viewer: User, signed_in: SignIn) -> None:
    client = signed_in(viewer)
    overview, leads = page(client, "overview"), page(client, "leads")
    excluded = "1 more is excluded as spam, a test or a duplicate."
    assert (
        f'<span class="tile__value">3</span> <span class="tile__label">leads in the ledger. {excluded}</span>'
        in overview
    )
    assert "4 leads: 3 in the ledger, 1 excluded as spam, a test or a duplicate." in leads
    assert leads.count('<span class="badge">excluded: spam</span>') == 1
    with scope.tenant(shop.pk):
        result = money.overview(shop)
    assert result.steps[0].many == result.leads == result.received.total - 1
    assert "0 leads: 0 in" not in page(client, "overview", first="2020-01-01", last="2020-01-02")


def test_recall_is_shown_but_not_counted(shop: Tenant, operator: User) -> None:
    take(shop, operator, "jobs", "Job ID,Created On,Recall\n501,6/3/2026 9:15 AM,yes\n")
    with scope.tenant(shop.pk):
        overview = money.overview(shop)
        (chain,) = chains.chains(Lead.objects.get(name="Jamie Rivera"))
    assert (overview.low, overview.uncharged) == (Decimal(0), 1) and not chain.counts


def test_pages_show_counted_money_and_sources(shop: Tenant, viewer: User, signed_in: SignIn) -> None:
    client = signed_in(viewer)
    overview = page(client, "overview")
    assert "$1,200.00" in overview and "Up to $1,500.00 if all pending matches are confirmed" in overview
    assert "1 invoice without a job" in overview and "Link again" not in overview
    assert "1 of 2 (50%)" in page(client, "campaigns")
    assert "No leads in this period" in page(client, "campaigns", first="2026-07-01", last="2026-07-31")
    assert "1 of 2 (50%)" in page(client, "campaigns", first="2026-06-01", last="2026-06-01")
    with scope.tenant(shop.pk):
        won = Lead.objects.get(name="Jamie Rivera")
    chain = page(client, "chain", won.public_id)
    for words in ("https://d.example/ac", "jobs.csv, row 2", "invoices.csv, row 3", "payments.csv, row 2", "$1,200.00"):
        assert words in chain
    assert "Jamie" not in chain and chain.index("weakest link") < chain.index("matched")


def test_new_and_returning_customers_match_the_months(
    shop: Tenant, operator: User, viewer: User, signed_in: SignIn
) -> None:
    """Only a job from a day before the lead makes its customer returning."""
    jobs = "Job ID,Created On,Customer ID\n501,6/3/2026 9:15 AM,7\n600,6/1/2026 7:00 AM,7\n"
    client = signed_in(viewer)
    assert _customers(shop) == {"not known": (1, "1200.00")}
    take(shop, operator, "jobs", jobs)
    assert _customers(shop) == {"new": (1, "1200.00")}
    take(shop, operator, "jobs", jobs.replace("600,6/1", "601,5/31"))
    assert _customers(shop) == {"returning": (1, "1200.00")}
    with scope.tenant(shop.pk):
        (line,) = (item for item in lines_of(shop, date(2026, 6, 1)) if item.invoice == 9001)
    assert line.customer == Customer.RETURNING
    assert 'Returning</th><td class="numeric" data-label="Leads">1</td>' in page(client, "overview")


def _customers(shop: Tenant) -> dict[str, tuple[int, str]]:
    with scope.tenant(shop.pk):
        return {item.name: (item.jobs, str(item.invoiced)) for item in money.customers(shop) if item.jobs}


def test_undated_invoice_is_listed_and_in_no_month(
    shop: Tenant, operator: User, viewer: User, signed_in: SignIn
) -> None:
    client = signed_in(viewer)
    assert "without a date" not in page(client, "overview")
    undated = "9006,I-9006,501,,55.00,Posted\n9007,I-9007,501,,-5.00,Posted\n9008,I-9008,501,,7.00,Void\n"
    take(shop, operator, "invoices", INVOICES.splitlines()[0] + "\n" + undated)
    overview = page(client, "overview")
    assert "2 invoices without a date, $50.00: in no month" in overview
    assert "I-9006: $55.00, job 501" in overview and "I-9007: -$5.00" in overview and "I-9008" not in overview


def test_money_has_one_format() -> None:
    """A fixed dollar sign before a negative number would give $-45.00."""
    for path in sorted((settings.BASE_DIR / "templates" / "attribution").rglob("*.html")):
        assert not re.search(r"\$\s*\{\{", path.read_text()), path.name


def test_review_queue_links_to_the_weights(shop: Tenant, viewer: User, signed_in: SignIn) -> None:
    link = guess(shop)
    assert reverse("attribution:weights", args=["desert", link.public_id]) in page(signed_in(viewer), "review")


def test_contact_details_are_masked_without_a_reason(
    shop: Tenant, viewer: User, operator: User, signed_in: SignIn
) -> None:
    link = guess(shop)
    for person in (viewer, operator):
        masked = page(signed_in(person), "one", link.public_id)
        assert not re.search(r"\bPat\b", masked) and "555-0111" not in masked and "side--same" in masked
    client, show = signed_in(operator), reverse("attribution:show", args=["desert"])
    assert signed_in(viewer).post(show, {"reason": "curious"}).status_code == 404
    client.post(show, {"reason": " ", "link": str(link.public_id)})
    assert "Pat Doe" not in page(client, "one", link.public_id)
    client.post(show, {"reason": "June review", "link": str(link.public_id)})
    assert "Pat Doe" in page(client, "one", link.public_id)
    line = AuditEntry.objects.filter(action="attribution.unmask")
    with scope.tenant(shop.pk):
        assert [(entry.reason, entry.actor_id) for entry in line] == [("June review", operator.pk)]
    client.post(show, {"hide": "yes"})
    assert "Pat Doe" not in page(client, "one", link.public_id)


@pytest.mark.parametrize(("verdict", "counted"), [("accept", "1500.00"), ("reject", "1200.00"), ("choose", "1500.00")])
def test_decision_changes_revenue_and_can_be_undone(
    shop: Tenant, operator: User, signed_in: SignIn, verdict: str, counted: str
) -> None:
    client, link = signed_in(operator), guess(shop)
    with scope.tenant(shop.pk):
        other = Lead.objects.get(name="Nobody Nowhere")
    address = reverse("attribution:decide", args=["desert", link.public_id])
    assert str(other.public_id) in page(client, "one", link.public_id)
    after = client.post(address, {"verdict": verdict, "lead": str(other.public_id)}, follow=True).text
    named = f"another lead chosen. The job counts as an outcome of {other.spoken_code}." in after
    assert named == (verdict == "choose")
    with scope.tenant(shop.pk):
        assert money.overview(shop).low == money.overview(shop).high == Decimal(counted)
        decision = ReviewDecision.objects.get()
    assert "Undo" in page(client, "review")
    client.post(reverse("attribution:undo", args=["desert", decision.public_id]))
    with scope.tenant(shop.pk):
        overview = money.overview(shop)
    assert (overview.low, overview.high) == (Decimal("1200.00"), Decimal("1500.00"))


def test_a_decided_match_names_the_decision_and_undoes_it(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client, link = signed_in(operator), guess(shop)
    address = reverse("attribution:decide", args=["desert", link.public_id])
    after = client.post(address, {"verdict": "accept"}, follow=True).content.decode()
    assert ": accepted. The job counts as an outcome of this lead." in after
    with scope.tenant(shop.pk):
        decision = ReviewDecision.objects.get()
    decided = page(client, "one", link.public_id)
    assert f"Accepted by {operator.name}" in decided and "needs review" not in decided
    undo = reverse("attribution:undo", args=["desert", decision.public_id])
    assert undo in decided and "Undo this decision" in decided and "Confirm match" not in decided
    client.post(undo)
    assert "Confirm match" in page(client, "one", link.public_id)


def test_a_match_of_a_closed_month_states_that_a_restatement_is_needed(
    shop: Tenant, lead_operator: User, signed_in: SignIn
) -> None:
    client, link = signed_in(lead_operator), guess(shop)
    needed = "A decision changes a closed month only once a restatement is signed."
    assert needed not in page(client, "one", link.public_id)
    close_statement(shop, lead_operator, date(2026, 6, 1))
    assert f"June 2026, with an invoice of this job, is closed. {needed}" in page(client, "one", link.public_id)


@pytest.mark.parametrize(
    ("lead", "job", "words"),
    [
        ((10, 20), (11, 2), "1 day after the lead"),
        ((10, 1), (10, 23), "same day"),
        ((11, 1), (10, 23), "1 day before the lead"),
        ((10, 1), (13, 0), "3 days after the lead"),
        ((10, 1), None, ""),
    ],
)
def test_days_between_a_lead_and_a_job_are_days_of_the_business(
    lead: tuple[int, int], job: tuple[int, int] | None, words: str
) -> None:
    zone = ZoneInfo("America/Phoenix")
    received = dt.datetime(2026, 7, *lead, tzinfo=zone)
    opened = dt.datetime(2026, 7, *job, tzinfo=zone) if job else None
    assert days_apart(Lead(received_at=received), Job(opened_at=opened), zone) == words


def test_overview_explains_the_labels_and_counts_leads_without_a_job(
    shop: Tenant, viewer: User, signed_in: SignIn
) -> None:
    overview = page(signed_in(viewer), "overview")
    table = overview[
        overview.index("Money by match label") : overview.index("</table>", overview.index("Money by match"))
    ]
    assert "unmatched" not in table and "needs review" in table, "an unmatched lead has no job"
    assert "1 lead has no job." in overview and "A person confirmed the match." in overview
    assert "Leads from" in overview and "Leads to" in overview
    assert "Invoiced per lead" in page(signed_in(viewer), "campaigns")


def test_viewer_cannot_decide(shop: Tenant, viewer: User, signed_in: SignIn) -> None:
    link = guess(shop)
    assert "Confirm match" not in page(signed_in(viewer), "one", link.public_id)
    answer = signed_in(viewer).post(
        reverse("attribution:decide", args=["desert", link.public_id]), {"verdict": "accept"}
    )
    assert answer.status_code == 404 and guess(shop).current


def test_gaps_between_exports_are_shown(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    take(shop, operator, "jobs", "Job ID,Created On\n700,7/3/2026\n")
    assert "Jun 11, 2026 to Jul 2, 2026" in page(signed_in(operator), "files")


def test_window_change_needs_a_reason(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client, address = signed_in(operator), reverse("attribution:window", args=["desert"])
    client.post(address, {"window_days": "0", "reason": "none"})
    with scope.tenant(shop.pk):
        assert not Run.objects.filter(kind=LINK).exists()
    client.post(address, {"window_days": "30", "reason": "what the shop promised"})
    assert 'value="30"' in page(client, "overview")
    with scope.tenant(shop.pk):
        assert Run.objects.filter(kind=LINK).count() == 1


@pytest.mark.parametrize("last", ["9999-12-31", "0001-01-01", "nonsense"])
def test_invalid_date_selects_everything(shop: Tenant, viewer: User, signed_in: SignIn, last: str) -> None:
    assert "$1,200.00" in page(signed_in(viewer), "overview", last=last)
