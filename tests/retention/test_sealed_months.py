"""Sealed months, links and the next linking stay the same after the leads of the month were erased."""

from typing import Any

import pytest
from django.utils import timezone

from attribution.errors import NothingToRestate
from attribution.models import Link
from attribution.services.linking import start_linking
from attribution.statements.nightly import verify_statements
from attribution.statements.restating import restate, since_closing
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.runs.services import work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention.models import RetentionPeriod
from syncqueue.leads.models import Lead
from tests.attribution.months import october
from tests.attribution.statements import close_statement
from tests.retention import aged
from tests.support.runs import finish_run

pytestmark = pytest.mark.django_db(transaction=True)


def links(tenant: Tenant) -> list[dict[str, Any]]:
    with scope.tenant(tenant.pk):
        current = Link.objects.filter(tenant=tenant, current=True).order_by("pk")
        return [dict(link) for link in current.values("pk", "lead", "job", "label")]


def test_a_sealed_month_and_its_links_outlive_the_leads(
    other_tenant: Tenant, lead_operator: User, operator: User
) -> None:
    shop = october(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    before = links(other_tenant)
    with scope.operator(operator, "test"):
        RetentionPeriod.objects.create(tenant=other_tenant, kind="lead", days=30)
    work_run(aged.running_purge(other_tenant))
    with scope.tenant(other_tenant.pk):
        assert Lead.objects.count() > 0 and not Lead.objects.exclude(name="", phone="").exists()

    fresh = shop.lead(received_at=timezone.now(), name="Ada Later", phone="(602) 555-0142")
    with scope.operator(operator, "test"):
        run, _ = start_linking(tenant=other_tenant, actor=operator, reason="test", whole=True)
    assert finish_run(run).state == RunState.DONE

    after = links(other_tenant)
    assert before and [link for link in after if link["lead"] != fresh.pk] == before
    assert [link["job"] for link in after if link["lead"] == fresh.pk] == [None]
    assert verify_statements() == 0
    with pytest.raises(NothingToRestate):
        restate(statement=statement, seen=since_closing(statement).seen, actor=lead_operator, reason="x")
