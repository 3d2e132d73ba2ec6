"""Conversions of a month: credits, later counted invoices, and adjustments."""

from decimal import Decimal

import pytest

from attribution.models import Job, Label, OutcomeKind, Statement
from attribution.statements.exporting import Ready, ready
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import DECEMBER, NOVEMBER, NOVEMBER_1, Shop, october
from tests.attribution.outcomes import take
from tests.attribution.statements import close_statement, sign_restatement

pytestmark = pytest.mark.django_db


def clicked(tenant: Tenant) -> Shop:
    """Create the month of `october` with the leads of jobs 1 to 3 coming from ads."""
    shop = october(tenant)
    for number, label in ((1, Label.CERTAIN), (2, Label.MATCHED), (3, Label.NEEDS_REVIEW)):
        link(shop, number, label)
    return shop


def link(shop: Shop, number: int, label: Label) -> None:
    lead = shop.lead(source={"utm_campaign": "fall-tune-up", "gclid": f"Cj0KCQjwMadeUp-{number}"})
    with scope.tenant(shop.tenant.pk):
        job = Job.objects.get(external_id=number)
    shop.link(lead, job, label)


def fit(ready_files: Ready) -> dict[str, Decimal]:
    return {item.order_id: item.value for item in ready_files.clicks.fit}


def test_credit_reduces_its_job_and_the_rest_is_rejected(other_tenant: Tenant, lead_operator: User) -> None:
    shop = clicked(other_tenant)
    given_back = shop.file(OutcomeKind.INVOICES, note="credits")
    shop.invoice(given_back, 17, "-120.00", 1)
    shop.invoice(given_back, 18, "-1300.00", 2)
    statement = close_statement(other_tenant, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    assert fit(result) == {"11": Decimal("380.00")}
    assert {item.order_id: item.why.partition(".")[0] for item in result.clicks.refused} == {"18": "It is a credit"}


def test_export_uses_the_time_zone_of_the_closed_month(other_tenant: Tenant, lead_operator: User) -> None:
    clicked(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    other_tenant.time_zone = "Asia/Tokyo"
    other_tenant.save()
    with scope.tenant(other_tenant.pk):
        result = ready(Statement.objects.select_related("tenant").get(pk=statement.pk), now=NOVEMBER)
    assert {item.at.isoformat() for item in result.clicks.fit} == {"2026-10-05T23:59:59-06:00"}


def test_nothing_is_exported_if_the_time_zone_of_the_closed_month_is_not_known(
    other_tenant: Tenant, lead_operator: User
) -> None:
    shop = clicked(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-50.00", 11)
    sign_restatement(statement, lead_operator)
    statement.body = statement.body.replace("America/Denver", "Mars/Phobos")
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    whys = [*(row.why for row in result.clicks.refused), *(row.why_not for row in result.adjustments)]
    assert fit(result) == {} and result.adjustments
    assert set(whys) == {"Google does not support the time zone Mars/Phobos. A valid one is America/Phoenix."}


def test_invoice_counted_after_a_restatement_is_exported(other_tenant: Tenant, lead_operator: User) -> None:
    shop = clicked(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    with scope.tenant(other_tenant.pk):
        assert "13" not in fit(ready(statement, now=NOVEMBER))
    link(shop, 3, Label.REVIEWED)
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    assert fit(result)["13"] == Decimal("300.00") and result.adjustments == ()
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-50.00", 13)
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    assert fit(result)["13"] == Decimal("300.00"), "what was uploaded keeps its first value"
    assert [(item.order_id, item.value) for item in result.adjustments] == [("13", Decimal("250.00"))]


def test_invoice_that_counts_again_is_another_conversion(other_tenant: Tenant, lead_operator: User) -> None:
    """Google ignores changes after a retraction, so the second time has another order ID."""
    shop = clicked(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    link(shop, 2, Label.NEEDS_REVIEW)
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    assert fit(result) == {"11": Decimal("500.00"), "12": Decimal("1250.40")}
    assert [(item.order_id, item.value) for item in result.adjustments] == [("12", Decimal(0))]
    link(shop, 2, Label.REVIEWED)
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    assert fit(result) == {"11": Decimal("500.00"), "12": Decimal("1250.40"), "12-2": Decimal("1250.40")}
    assert [(item.order_id, item.value, item.why_not) for item in result.adjustments] == [("12", Decimal(0), "")]


def test_invoice_of_another_lead_is_retracted_and_uploaded_with_its_click(
    other_tenant: Tenant, lead_operator: User
) -> None:
    shop = clicked(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    with scope.tenant(other_tenant.pk):
        job = Job.objects.get(external_id=1)
    shop.link(shop.lead(source={"gclid": "Cj0KCQjwAnotherClick"}), job, Label.REVIEWED)
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    clicks = {item.order_id: item.click_id for item in result.clicks.fit}
    assert (clicks["11"], clicks["11-2"]) == ("Cj0KCQjwMadeUp-1", "Cj0KCQjwAnotherClick")
    assert [(item.order_id, item.value) for item in result.adjustments] == [("11", Decimal(0))]


def test_invoice_that_still_counts_in_an_earlier_month_waits_for_its_restatement(
    other_tenant: Tenant, lead_operator: User
) -> None:
    shop = clicked(other_tenant)
    october_statement = close_statement(other_tenant, lead_operator)
    shop.move_to_november(12)
    november = close_statement(other_tenant, lead_operator, NOVEMBER_1, DECEMBER)
    with scope.tenant(other_tenant.pk):
        result = ready(november, now=DECEMBER)
    assert fit(result) == {}
    assert ["It still counts in October 2026." in row.why for row in result.clicks.refused] == [True]
    sign_restatement(october_statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        was, now = ready(october_statement, now=DECEMBER), ready(november, now=DECEMBER)
    assert [(item.order_id, item.value) for item in was.adjustments] == [("12", Decimal(0))]
    assert fit(now) == {"12-2": Decimal("1250.40")}


@pytest.mark.parametrize("refund", ["-50.00", "-500.00"])
def test_refund_that_moved_to_another_invoice_is_adjusted_on_both(
    other_tenant: Tenant, lead_operator: User, refund: str
) -> None:
    shop, back = clicked(other_tenant), Decimal(refund)
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, refund, 12)
    statement = close_statement(other_tenant, lead_operator)
    take(other_tenant, lead_operator, "payments", f"Payment ID,Invoice ID,Amount\n22,11,{refund}\n")
    sign_restatement(statement, lead_operator)
    with scope.tenant(other_tenant.pk):
        result = ready(statement, now=NOVEMBER)
    assert fit(result) == {"11": Decimal("500.00"), "12": Decimal("1250.40") + back}
    left = {"11": Decimal("500.00") + back, "12": Decimal("1250.40")}
    assert {item.order_id: item.value for item in result.adjustments} == left, "zero is a retraction"


def test_invoice_that_moved_to_another_month_is_another_conversion(other_tenant: Tenant, lead_operator: User) -> None:
    shop = clicked(other_tenant)
    october_statement = close_statement(other_tenant, lead_operator)
    shop.move_to_november(12)
    sign_restatement(october_statement, lead_operator)
    november = close_statement(other_tenant, lead_operator, NOVEMBER_1, DECEMBER)
    with scope.tenant(other_tenant.pk):
        was, now = ready(october_statement, now=DECEMBER), ready(november, now=DECEMBER)
    assert fit(was) == {"11": Decimal("500.00"), "12": Decimal("1250.40")}
    assert [(item.order_id, item.value) for item in was.adjustments] == [("12", Decimal(0))]
    assert fit(now) == {"12-2": Decimal("1250.40")} and now.adjustments == ()
