"""What stands behind bookings that are sent: their requests, and what their pages are bound to.

Two statements for a whole batch, whose plans the server keeps: by the ORM, building and planning them took longer than
answering them. Each needs a worker's scope.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from pagetojob.kernel.batches import columns_of, loaded
from pagetojob.kernel.leads.models import BookingRequest, Lead
from pagetojob.kernel.tenants.models import Tenant
from pagetojob.kernel.titanmap.models import PageBinding
from pagetojob.postgresql.base import prepared_cursor

from .models import SyncItem

_BY_KEY = "unnest(%s::bigint[], %s::bigint[]) AS wanted (tenant_id, id)"

_ROLES = ", ".join(f"('{role}', binding.{role}_id)" for role in PageBinding.MAPPED)
_MAPPED = f"""
    SELECT binding.id, jsonb_object_agg(
        role.name, jsonb_build_object('name', item.name, 'external_id', item.external_id)
    )
    FROM {_BY_KEY}
    JOIN titanmap_pagebinding AS binding ON binding.tenant_id = wanted.tenant_id AND binding.id = wanted.id
    CROSS JOIN LATERAL (VALUES {_ROLES}) AS role (name, item_id)
    JOIN titanmap_taxonomyitem AS item ON item.tenant_id = binding.tenant_id AND item.id = role.item_id
    GROUP BY binding.id
"""  # noqa: S608 - made of our own constants


def requests_of(items: Sequence[SyncItem]) -> dict[int, BookingRequest]:
    """By lead id, the requests of the items' leads, with lead and tenant at hand. One query."""
    with prepared_cursor() as cursor:
        cursor.execute(_requests(), [[item.tenant_id for item in items], [item.lead_id for item in items]])
        rows = cursor.fetchall()
    own, leads = len(BookingRequest._meta.concrete_fields), len(Lead._meta.concrete_fields)
    tenants: dict[int, Tenant] = {}
    found = {}
    for row in rows:
        request = loaded(BookingRequest, row[:own])
        request.lead = loaded(Lead, row[own : own + leads])
        if request.tenant_id not in tenants:
            tenants[request.tenant_id] = loaded(Tenant, row[own + leads :])
        request.tenant = request.lead.tenant = tenants[request.tenant_id]
        found[request.lead_id] = request
    return found


@cache
def _requests() -> str:
    columns = [columns_of(BookingRequest, "request"), columns_of(Lead, "lead"), columns_of(Tenant, "tenant")]
    return f"""
        SELECT {", ".join(columns)}
        FROM {_BY_KEY}
        JOIN leads_bookingrequest AS request ON request.tenant_id = wanted.tenant_id AND request.lead_id = wanted.id
        JOIN leads_lead AS lead ON lead.tenant_id = request.tenant_id AND lead.id = request.lead_id
        JOIN tenants_tenant AS tenant ON tenant.id = request.tenant_id
    """  # noqa: S608 - names of our models


def mapped_by_binding(requests: Collection[BookingRequest]) -> dict[int, dict[str, dict[str, Any]]]:
    """By binding id, what `held.mapped_of` makes of the requests' bindings; one that maps nothing is left out. One
    query, and no row is made for any of it."""
    wanted = {request.binding_id: request.tenant_id for request in requests if request.binding_id}
    if not wanted:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_MAPPED, [list(wanted.values()), list(wanted)])
        found = {pk: json.loads(text) for pk, text in cursor.fetchall()}
    return {pk: {role: roles[role] for role in PageBinding.MAPPED if role in roles} for pk, roles in found.items()}
