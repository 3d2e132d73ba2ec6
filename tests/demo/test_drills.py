"""Each drill has the effect that it describes."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.db.models.functions import Now

from pagetojob.demo.drills import DRILLS, Drill
from pagetojob.demo.switch import switch_on
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.accounts import own_account
from pagetojob.servicetitan.simulator.presets import PRESETS
from pagetojob.titanmap.selectors import binding_for_page, bound_pages
from syncqueue.causes import CAUSES
from syncqueue.connectors import deliver
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, SyncItem
from syncqueue.services import delivery
from tests.support.cast import SignIn
from tests.support.standin import StandInProcess

#: Each of these happens to every booking, so one is enough.
SURE = [drill for drill in DRILLS if drill.key in {"next-lost", "outage", "revoked", "no-write", "disabled"}]


def test_each_names_a_preset_and_causes_that_there_are() -> None:
    assert {drill.key for drill in DRILLS} == set(PRESETS) - {"nothing", "stale", "short-tokens"}
    assert {cause for drill in DRILLS for cause in drill.causes} <= set(CAUSES)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("drill", SURE, ids=lambda drill: drill.key)
def test_the_expected_effects_occur(
    drill: Drill, tenant: Tenant, captured: Lead, standin: StandInProcess, settings: Any
) -> None:
    settings.DEBUG = True
    operator = User.objects.get(email="operator@pagetojob.example")
    switch_on(tenant=tenant, account=own_account(), actor=operator)
    standin.plan(tenant="770077", **PRESETS[drill.key].plan)
    with scope.worker():
        SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).update(due_at=Now())
    delivery.drain(deliver, worker="test")
    with scope.worker():
        assert SyncItem.objects.get(kind=Kind.BOOKING_REQUEST).cause in drill.causes


@pytest.mark.django_db
def test_the_page_shows_if_a_drill_can_be_run(viewer: User, signed_in: SignIn, settings: Any) -> None:
    settings.SERVICETITAN_STANDIN_API_URL = ""
    assert "There is no simulator here" in signed_in(viewer).get("/ops/drills/").text
    settings.SERVICETITAN_STANDIN_API_URL = "http://127.0.0.1:9"
    page = signed_in(viewer).get("/ops/drills/").text
    assert 'href="http://127.0.0.1:9/"' in page and "demo_api on" in page
    assert all(drill.see in page for drill in DRILLS if "'" not in drill.see)


@pytest.mark.django_db(transaction=True)
def test_the_linked_form_creates_requests_that_are_handed_off(
    tenant: Tenant, viewer: User, signed_in: SignIn, standin: StandInProcess, settings: Any
) -> None:
    settings.DEBUG = True
    operator = User.objects.get(email="operator@pagetojob.example")
    switch_on(tenant=tenant, account=own_account(), actor=operator)
    page = signed_in(viewer).get("/ops/drills/").text
    match = re.search(rf'href="/sites/{tenant.slug}/request-appointment\?page=([^"]+)"', page)
    assert match
    with scope.operator(operator, reason="test"):
        bound = binding_for_page(tenant, unquote(match[1]))
        assert bound and all(getattr(bound, role) for role in bound.MAPPED)
        assert bound_pages([]) == {}
