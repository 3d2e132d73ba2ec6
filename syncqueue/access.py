"""The only ways from a request to a row."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from pagetojob.platform.access import actor_of, operators_only
from pagetojob.platform.tenants.models import Tenant

from .models import HookRoute, InboxEvent, Lane, QuarantinedRequest, SyncItem

__all__ = ["actor_of", "operators_only"]


def item_for_operator(public_id: UUID) -> SyncItem:
    """One item, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(SyncItem.objects.select_related("tenant", "lead", "binding"), public_id=public_id)


def lane_for_operator(slug: str, kind: str) -> Lane:
    """The lane of a tenant and kind, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(Lane.objects.select_related("tenant"), tenant__slug=slug, kind=kind)


def event_for_operator(public_id: UUID) -> InboxEvent:
    """One inbox event, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(InboxEvent.objects.select_related("tenant", "route"), public_id=public_id)


def quarantined_for_operator(public_id: UUID) -> QuarantinedRequest:
    """One quarantined request, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(QuarantinedRequest.objects.select_related("tenant", "route"), public_id=public_id)


def route_for_operator(public_id: UUID) -> HookRoute:
    """Where events of one connection come in, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(HookRoute.objects.select_related("tenant"), public_id=public_id)


def tenant_for_visitor(slug: str) -> Tenant:
    """The tenant whose public form is asked for. A missing one is a 404."""
    return get_object_or_404(Tenant, slug=slug)
