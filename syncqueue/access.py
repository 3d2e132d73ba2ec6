"""Permission checks and row lookups for views. All access from a request to a row goes through here."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from pagetojob.servicetitan.vault.models import Connection

from .arrival import arrival_of_item, first_reached
from .models import HookRoute, InboxEvent, Lane, QuarantinedRequest, Refusal, SyncItem

InboxRow = InboxEvent | QuarantinedRequest


def item_for_operator(public_id: UUID) -> SyncItem:
    """Return one item, inside the operator scope. Raise Http404 if there is none."""
    rows = SyncItem.objects.select_related("tenant", "lead", "binding")
    rows = rows.annotate(arrival=arrival_of_item(), first_reached=first_reached())
    return get_object_or_404(rows, public_id=public_id)


def lane_for_operator(slug: str, kind: str) -> Lane:
    """Return the lane of a tenant and kind, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(Lane.objects.select_related("tenant"), tenant__slug=slug, kind=kind)


def refusal_for_operator(public_id: UUID) -> Refusal:
    """Return a refusal of ServiceTitan, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(Refusal.objects.select_related("tenant", "probe__lead"), public_id=public_id)


def inbox_row_for_operator(model: type[InboxRow], public_id: UUID) -> InboxRow:
    """Return one event or quarantined request, inside the operator scope. Raise Http404 if there is none."""
    rows: QuerySet[Any] = model.objects.select_related("tenant", "route")
    row: InboxRow = get_object_or_404(rows, public_id=public_id)
    return row


def connection_for_operator(public_id: UUID) -> Connection:
    """Return a connection, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(Connection.objects.select_related("tenant"), public_id=public_id)


def route_for_operator(public_id: UUID) -> HookRoute:
    """Return the webhook route of a connection, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(HookRoute.objects.select_related("tenant"), public_id=public_id)
