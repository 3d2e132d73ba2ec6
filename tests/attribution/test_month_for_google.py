"""What a month tells Google Ads: credits taken off, what counted only later, and what was taken back since."""

from decimal import Decimal

import pytest

from attribution.models import Job, Label, OutcomeKind, Statement
from attribution.statements.exporting import Ready, ready
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import NOVEMBER, Shop, october
from tests.attribution.test_statements import close, signed

pytestmark = pytest.mark.django_db


def clicked(tenant: Tenant) -> Shop:
    """The month of `october`, whose leads of jobs 1 to 3 came by ads."""
    shop = october(tenant)
    for number, label in ((1, Label.CERTAIN), (2, Label.MATCHED), (3, Label.NEEDS_REVIEW)):
        link(shop, number, label)
    return shop


def link(shop: Shop, number: int, label: Label) -> None:
    lead = shop.lead(source={"utm_campaign": "fall-tune-up", "gclid": f"Cj0KCQjwMadeUp-{number}"})
    with scope.tenant(shop.tenant.pk):
        job = Job.objects.get(external_id=number)
    shop.link(lead, job, label)


def fit(found: Ready) -> dict[str, Decimal]:
    return {one.order_id: one.value for one in found.clicks.fit}


def test_a_credit_is_taken_off_its_job_and_what_is_left_of_it_is_refused(
    other_tenant: Tenant, lead_operator: User
) -> None:
    shop = clicked(other_tenant)
    given_back = shop.file(OutcomeKind.INVOICES, said="credits")
    shop.invoice(given_back, 17, "-120.00", 1)
    shop.invoice(given_back, 18, "-1300.00", 2)
    statement = close(other_tenant, lead_operator)
    with scope.tenant(other_tenant.pk):
        found = ready(statement, now=NOVEMBER)
    assert fit(found) == {"11": Decimal("380.00")}
    assert {one.order_id: one.why.partition(".")[0] for one in found.clicks.refused} == {"18": "It is a credit"}


def test_a_closed_month_is_told_in_the_zone_it_was_closed_with(other_tenant: Tenant, lead_operator: User) -> None:
    clicked(other_tenant)
    statement = close(other_tenant, lead_operator)
    other_tenant.time_zone = "Asia/Tokyo"
    other_tenant.save()
    with scope.tenant(other_tenant.pk):
        found = ready(Statement.objects.select_related("tenant").get(pk=statement.pk), now=NOVEMBER)
    assert {one.at.isoformat() for one in found.clicks.fit} == {"2026-10-05T23:59:59-06:00"}


def test_what_counts_only_since_a_restatement_is_told_and_then_adjusted(
    other_tenant: Tenant, lead_operator: User
) -> None:
    shop = clicked(other_tenant)
    statement = close(other_tenant, lead_operator)
    with scope.tenant(other_tenant.pk):
        assert "13" not in fit(ready(statement, now=NOVEMBER))
    link(shop, 3, Label.REVIEWED)
    signed(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        found = ready(statement, now=NOVEMBER)
    assert fit(found)["13"] == Decimal("300.00") and found.adjustments == ()
    shop.payment(shop.file(OutcomeKind.PAYMENTS, said="late"), 22, "-50.00", 13)
    signed(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        found = ready(statement, now=NOVEMBER)
    assert fit(found)["13"] == Decimal("300.00"), "what was uploaded keeps its first value"
    assert [(one.order_id, one.value) for one in found.adjustments] == [("13", Decimal("250.00"))]
