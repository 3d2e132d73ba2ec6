"""The lanes page: its content, and the action to pause a lane."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.db.utils import IntegrityError
from django.urls import reverse

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.errors import QueueError
from syncqueue.models import Kind, Lane, State
from syncqueue.outcomes import Outcome
from syncqueue.services import circuit_breaker, delivery
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item

KIND = Kind.BUSINESS_NOTIFICATION


def lane(tenant: Tenant, **facts: Any) -> Lane:
    with scope.worker():
        Lane.objects.update_or_create(tenant=tenant, kind=KIND, defaults=facts)
        return Lane.objects.select_related("tenant").get(tenant=tenant, kind=KIND)


def act(tenant: Tenant, what: str) -> str:
    return reverse("ops:lane-act", args=[tenant.slug, KIND, what])


def owe(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, kind=KIND, lead=make_lead(tenant=tenant), due_at=Now())


def test_a_paused_lane_is_not_served_until_it_is_resumed(tenant: Tenant, operator: User) -> None:
    owe(tenant)
    row = lane(tenant)
    with scope.operator(operator, reason="test"):
        circuit_breaker.pause(lane=row, actor=operator, reason="The mail server moves.")
        assert not selectors.anything_due()
    assert delivery.claim(10) == []
    with scope.operator(operator, reason="test"):
        circuit_breaker.resume(lane=row, actor=operator, reason="It has moved.")
        entries = AuditEntry.objects.filter(subject=f"lane:{tenant.slug}/{KIND}").order_by("id")
        assert list(entries.values_list("action", "reason", "actor", "tenant")) == [
            ("syncqueue.pause_lane", "The mail server moves.", operator.pk, tenant.pk),
            ("syncqueue.resume_lane", "It has moved.", operator.pk, tenant.pk),
        ]
    assert len(delivery.claim(10)) == 1


def test_what_the_breaker_learns_meanwhile_does_not_end_a_pause(tenant: Tenant, operator: User) -> None:
    owe(tenant)
    row = lane(tenant)
    locked = delivery.claim(1)[0]
    with scope.operator(operator, reason="test"):
        circuit_breaker.pause(lane=row, actor=operator, reason="x")
    with scope.worker():
        updates = circuit_breaker.BreakerUpdates()
        updates.add_failure(locked, locked.state_since)
        updates.add(locked, Outcome(State.DELIVERED))
        updates.write()
    owe(tenant)
    assert delivery.claim(10) == []


def test_the_second_of_two_people_gets_an_error(
    tenant: Tenant, operator: User, lead_operator: User, viewer: User
) -> None:
    row = lane(tenant)
    with scope.operator(operator, reason="test"):
        with pytest.raises(QueueError, match="no longer paused"):
            circuit_breaker.resume(lane=row, actor=operator, reason="x")
        circuit_breaker.pause(lane=row, actor=operator, reason="x")
        with pytest.raises(QueueError, match="already paused"):
            circuit_breaker.pause(lane=row, actor=lead_operator, reason="y")
        with pytest.raises(QueueError, match="Only operators"):
            circuit_breaker.resume(lane=row, actor=viewer, reason="y")


def test_pausing_a_lane_needs_a_name_and_a_reason(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError):
        lane(tenant, held_at=Now(), held_reason="x")


def test_the_page_shows_the_status_of_each_lane(
    tenant: Tenant, other_tenant: Tenant, viewer: User, operator: User
) -> None:
    later = Now() + timedelta(minutes=1)
    lane(tenant, failures=5, paused_until=later, per_minute=60, tokens=3, refilled_at=Now())
    with scope.worker():
        Lane.objects.create(tenant=tenant, kind=Kind.BOOKING_REQUEST, failures=7, paused_until=Now())
        Lane.objects.create(tenant=tenant, kind=Kind.OUTCOME_MATCH)
    locked = Lane(tenant=other_tenant, kind=KIND, held_at=Now(), held_by=operator, held_reason="A reason.")
    with scope.worker():
        locked.save()
    owe(tenant)
    with scope.operator(viewer, reason="test"):
        result = selectors.lanes_page().lines
        assert [(line.slug, line.kind, line.state) for line in result] == [
            (other_tenant.slug, KIND, "paused"),
            (tenant.slug, Kind.BOOKING_REQUEST, "trying"),
            (tenant.slug, KIND, "resting"),
            (tenant.slug, Kind.OUTCOME_MATCH, "active"),
        ]
        assert result[0].held_by == operator.name
        cooling = result[2]
        assert cooling.tokens is not None and 3 <= cooling.tokens <= 10 and cooling.waiting == 1
        assert [line.slug for line in selectors.lanes_page(other_tenant.slug).lines] == [other_tenant.slug]


def test_pausing_has_a_preview_and_needs_a_reason(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    lane(tenant)
    client = signed_in(operator)
    preview = client.get(act(tenant, "pause"))
    assert "The business is not notified of new requests while the lane is paused." in preview.text
    assert ">Pause lane</button>" in preview.text and "lane lane" not in preview.text
    assert client.post(act(tenant, "pause"), {"reason": " "}).status_code == 422
    answer = client.post(act(tenant, "pause"), {"reason": "Their mail server moves."}, follow=True)
    assert "Lane paused." in answer.text and "Their mail server moves." in answer.text
    twice = client.post(act(tenant, "pause"), {"reason": "x"})
    assert twice.status_code == 422 and "This lane is already paused." in twice.text
    assert client.get(act(tenant, "burn")).status_code == 404
    assert client.get(reverse("ops:lane-act", args=[tenant.slug, Kind.WEBSITE_UPDATE, "pause"])).status_code == 404


def test_a_viewer_sees_the_lanes_and_a_stranger_gets_404(
    tenant: Tenant, viewer: User, stranger: User, signed_in: SignIn
) -> None:
    lane(tenant)
    page = signed_in(viewer).get("/ops/lanes/")
    assert page.status_code == 200 and act(tenant, "pause") not in page.text
    assert signed_in(viewer).post(act(tenant, "pause"), {"reason": "x"}).status_code == 404
    assert signed_in(stranger).get("/ops/lanes/").status_code == 404


def test_the_item_shows_that_its_lane_is_paused(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, kind=KIND, lead=make_lead(tenant=tenant), due_at=Now())
    lane(tenant, held_at=Now(), held_by=operator, held_reason="Their mail server moves.")
    page = signed_in(operator).get(reverse("ops:item", args=[item.public_id])).text
    assert "its lane is paused" in page and "Their mail server moves." in page
