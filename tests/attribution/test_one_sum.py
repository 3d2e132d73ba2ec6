"""Overview, campaign, chain and sealed month give the same amount for a job."""

import random
from decimal import Decimal

import pytest

from attribution.models import Label, OutcomeKind
from attribution.selectors import chains, money, review
from attribution.statements.month_facts import lines_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from tests.attribution.months import OCTOBER, Shop
from tests.support.nightly import sampled

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", sampled(range(40), keep=10))
def test_overview_campaign_chain_and_month_agree(other_tenant: Tenant, seed: int) -> None:
    chance, shop = random.Random(seed), Shop(other_tenant)
    jobs, invoices, payments = (
        shop.file(kind) for kind in (OutcomeKind.JOBS, OutcomeKind.INVOICES, OutcomeKind.PAYMENTS)
    )
    lead, job = shop.lead(), shop.job(jobs, 1)
    shop.link(lead, job, Label.CERTAIN)
    for number in range(10, 10 + chance.randint(1, 4)):
        total = f"{chance.choice((500, 120, 60, -80, -300))}.{chance.randint(0, 99):02}"
        shop.invoice(invoices, number, total, 1, voided=chance.random() < 0.15)
        for _ in range(chance.randint(0, 3)):
            amount = f"{chance.choice((200, 50, -40, -90, -310))}.{chance.randint(0, 99):02}"
            shop.payment(payments, next(shop.ids) + 100, amount, number, voided=chance.random() < 0.15)
    with scope.tenant(other_tenant.pk):
        sealed = sum((line.counted for line in lines_of(other_tenant, OCTOBER)), Decimal(0))
        (line,) = money.campaigns(other_tenant)
        (chain,) = chains.chains(lead)
        amounts = (money.overview(other_tenant).low, line.low, chain.invoiced, review.at_stake(job))
    assert amounts == (sealed, sealed, sealed, sealed)


def test_refund_on_an_invoice_over_nothing_is_subtracted_everywhere(other_tenant: Tenant) -> None:
    shop = Shop(other_tenant)
    jobs, invoices, payments = (
        shop.file(kind) for kind in (OutcomeKind.JOBS, OutcomeKind.INVOICES, OutcomeKind.PAYMENTS)
    )
    job = shop.job(jobs, 1)
    shop.link(shop.lead(), job, Label.CERTAIN)
    shop.invoice(invoices, 11, "500.00", 1)
    shop.invoice(invoices, 12, "0.00", 1)
    shop.payment(payments, 21, "-50.00", 12)
    with scope.tenant(other_tenant.pk):
        sealed = sum((line.counted for line in lines_of(other_tenant, OCTOBER)), Decimal(0))
        assert (sealed, money.overview(other_tenant).low) == (Decimal("450.00"), Decimal("450.00"))


def test_refund_without_credit_is_subtracted_everywhere(other_tenant: Tenant) -> None:
    shop = Shop(other_tenant)
    jobs, invoices, payments = (
        shop.file(kind) for kind in (OutcomeKind.JOBS, OutcomeKind.INVOICES, OutcomeKind.PAYMENTS)
    )
    lead, job = shop.lead(), shop.job(jobs, 1)
    shop.link(lead, job, Label.CERTAIN)
    shop.invoice(invoices, 11, "500.00", 1)
    shop.payment(payments, 21, "500.00", 11)
    shop.payment(payments, 22, "-120.00", 11)
    with scope.tenant(other_tenant.pk):
        overview = money.overview(other_tenant)
        (chain,) = chains.chains(lead)
        assert (overview.low, overview.paid) == (Decimal("380.00"), Decimal("380.00"))
        assert (chain.invoiced, review.at_stake(job)) == (Decimal("380.00"), Decimal("380.00"))
