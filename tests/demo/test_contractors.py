"""The further demo contractors: other trades and time zones, a paused one and an unfinished one."""

import pytest
from django.core.management import call_command
from django.test import Client

from pagetojob.demo.contractors import load_demo_contractors
from pagetojob.onboarding.checklist import missing_entries
from pagetojob.onboarding.facts import launch_facts
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from syncqueue.connectors import deliver
from syncqueue.services.delivery import drain
from tests.support.factories import PASSWORD


@pytest.mark.django_db
def test_the_command_loads_four_contractors_once(tenant: Tenant, client: Client, settings: object) -> None:
    settings.DEBUG, settings.DEMO_PASSWORD = True, PASSWORD  # type: ignore[attr-defined]
    call_command("load_demo", verbosity=0)
    rows = list(Tenant.objects.order_by("pk"))
    assert [row.state for row in rows] == ["live", "live", "paused", "draft"]
    assert len({row.time_zone for row in rows}) == 4 and all(row.is_demo for row in rows)
    assert load_demo_contractors() == 0, "an existing one stays as people left it"
    with scope.operator(User.objects.get(email="operator@pagetojob.example"), reason="test"):
        trades = [tuple(row.trades) for row in BusinessProfile.objects.order_by("tenant") if row.trades]
        missing = {pk: {entry.title for entry in missing_entries(fact)} for pk, fact in launch_facts(rows).items()}
    assert len(set(trades)) == 3
    assert not any(missing[row.pk] for row in rows[:3]), "a visitor of the demo can pause and resume each of them"
    assert {"Notice recipients", "Privacy policy", "Approved page"} <= missing[rows[3].pk]
    assert "Business name" not in missing[rows[3].pk] and "Office hours" not in missing[rows[3].pk]
    statuses = [client.get(f"/sites/{row.slug}/").status_code for row in rows[1:]]
    assert statuses == [200, 200, 404]
    assert "(417) 555-0100" in client.get("/sites/cedar-gap/").text


@pytest.mark.django_db
def test_the_paused_contractor_resumes_once_a_worker_has_delivered_its_test_request(
    tenant: Tenant, settings: object
) -> None:
    settings.DEBUG, settings.DEMO_PASSWORD = True, PASSWORD  # type: ignore[attr-defined]
    call_command("load_demo", verbosity=0)
    drain(deliver, worker="test")
    operator, paused = User.objects.get(email="operator@pagetojob.example"), Tenant.objects.get(slug="cedar-gap")
    with scope.operator(operator, reason="test"):
        assert missing_entries(launch_facts([paused])[paused.pk]) == []
        assert change_state(tenant=paused, to=Lifecycle.LIVE, by=operator, reason="The crew is back.").state == "live"
