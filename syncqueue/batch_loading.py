"""Loads the booking requests and the mapped bindings for a batch of bookings.

Two prepared statements per batch: building and planning the ORM's queries took longer than running them. Both need a
worker scope.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from pagetojob.platform.batches import columns_of, loaded
from pagetojob.platform.postgresql.arrays import array
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import BookingRequest, Lead

from .binding_blocked import LEAD_FIELDS, REQUEST_FIELDS
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
"""  # noqa: S608 - built from constants


#: Fields for building an envelope, for deciding whether it must stop, and for the ledger day.
_OF_REQUEST = ("id", "tenant", "lead", "binding", "capacity", *REQUEST_FIELDS)
_OF_LEAD = ("id", "tenant", "received_at", *LEAD_FIELDS)
_LEAD_OF_ITEM: Any = SyncItem._meta.get_field("lead")
_LEAD: Any = BookingRequest._meta.get_field("lead")
_TENANT: Any = BookingRequest._meta.get_field("tenant")


def load_requests(items: Sequence[SyncItem]) -> dict[int, BookingRequest]:
    """Return the requests of the items' leads by lead id, with lead and tenant loaded. A single query.

    Loads only the fields of request and lead that are needed here. Also sets the cached lead of each item.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_requests(), _keys((item.tenant_id, item.lead_id) for item in items))
        rows = cursor.fetchall()
    own, lead = len(_OF_REQUEST), len(_OF_REQUEST) + len(_OF_LEAD)
    tenants: dict[int, Tenant] = {}
    requests = {}
    for row in rows:
        request = loaded(BookingRequest, row[:own], _OF_REQUEST)
        if request.tenant_id not in tenants:
            tenants[request.tenant_id] = loaded(Tenant, row[lead:])
        _LEAD.set_cached_value(request, loaded(Lead, row[own:lead], _OF_LEAD))
        _TENANT.set_cached_value(request, tenants[request.tenant_id])
        requests[request.lead_id] = request
    for item in items:
        if request_of := requests.get(item.lead_id or 0):
            _LEAD_OF_ITEM.set_cached_value(item, request_of.lead)
    return requests


@cache
def _requests() -> str:
    columns = [
        columns_of(BookingRequest, "request", _OF_REQUEST),
        columns_of(Lead, "lead", _OF_LEAD),
        columns_of(Tenant, "tenant"),
    ]
    return f"""
        SELECT {", ".join(columns)}
        FROM {_BY_KEY}
        JOIN leads_bookingrequest AS request ON request.tenant_id = wanted.tenant_id AND request.lead_id = wanted.id
        JOIN leads_lead AS lead ON lead.tenant_id = request.tenant_id AND lead.id = request.lead_id
        JOIN tenants_tenant AS tenant ON tenant.id = request.tenant_id
    """  # noqa: S608 - names of our models


def mapped_by_binding(requests: Collection[BookingRequest]) -> dict[int, dict[str, dict[str, Any]]]:
    """Return the value of `held.mapped_of` for the requests' bindings, by binding id; omit bindings that map nothing.

    A single query; no model instances are created.
    """
    wanted = {request.binding_id: request.tenant_id for request in requests if request.binding_id}
    if not wanted:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_MAPPED, _keys((tenant_id, pk) for pk, tenant_id in wanted.items()))
        mapped = {pk: json.loads(text) for pk, text in cursor.fetchall()}
    return {pk: {role: roles[role] for role in PageBinding.MAPPED if role in roles} for pk, roles in mapped.items()}


def _keys(wanted: Iterable[tuple[int, int | None]]) -> list[Any]:
    """Return the parameters of _BY_KEY."""
    return [array("bigint", column) for column in zip(*wanted, strict=True)]
