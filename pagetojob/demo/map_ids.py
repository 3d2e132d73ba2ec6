"""External ids of a demo tenant's map: import them from the simulator's lists, and remove them again."""

import asyncio
from collections.abc import Sequence
from functools import partial

from django.db import transaction

from pagetojob.gates.services import Decision
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import AuthorizationError, MappingError, RefusedError, TransientError
from pagetojob.platform.outbound.transport import Transport
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.api_sessions import OneToken, fetch_token
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.client.calls import Caller, ServiceTitan
from pagetojob.servicetitan.client.payloads import ProviderTag, TaxonomyRow
from pagetojob.servicetitan.client.resources import TAXONOMY
from pagetojob.servicetitan.vault.models import Connection, SecretKind
from pagetojob.servicetitan.vault.services import Use, unseal
from pagetojob.servicetitan.vault.tokens import access_token, forget_token
from pagetojob.titanmap.models import Family, TaxonomyItem

BY = "demo switch"
WHY = "External ids of the simulator, for the demo."
#: Families that a booking references by id, with the list of each id. The provider has a separate list.
LISTS = {Family.JOB_TYPE: "job types", Family.BUSINESS_UNIT: "business units", Family.CAMPAIGN: "campaigns"}
FAMILIES = (*LISTS, Family.BOOKING_PROVIDER)

type Row = ProviderTag | TaxonomyRow
type Found = dict[Family, tuple[Row, ...]]


class NoProvider(Exception):
    """The account has no active booking provider, and a booking cannot be handed off without one."""


def bring(connection: Connection, decision: Decision) -> int:
    """Set each map item's id to the row of the same name, or else to the first active row. Return how many changed.

    Ids that are still in the lists are kept. Raises the errors of the gateway and the vault, and NoProvider.
    """
    lists = _lists(connection, decision)
    if not lists[Family.BOOKING_PROVIDER]:
        raise NoProvider("It lists no active booking provider.")
    changes: dict[str, tuple[object, object]] = {}
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        for item in TaxonomyItem.objects.filter(tenant=connection.tenant_id, family__in=FAMILIES, active=True):
            new = _id_for(item, lists[Family(item.family)])
            if new is not None and new != item.external_id:
                changes[f"{item.family}: {item.name}"] = (item.external_id, new)
                TaxonomyItem.objects.filter(pk=item.pk).update(external_id=new)
        if changes:
            record_change("demo.map_ids", connection, actor=BY, reason=WHY, **changes)
    return len(changes)


def forget(tenant: Tenant) -> int:
    """Remove these ids from the map. Return how many there were."""
    with transaction.atomic(), scope.tenant(tenant.pk):
        rows = TaxonomyItem.objects.filter(tenant=tenant, family__in=FAMILIES, external_id__isnull=False)
        names = {f"{row.family}: {row.name}": (row.external_id, None) for row in rows}
        rows.update(external_id=None)
        if names:
            record(action="demo.map_ids_removed", subject=tenant, reason=WHY, tenant=tenant, actor=BY, changes=names)
    return len(names)


def _id_for(item: TaxonomyItem, rows: Sequence[Row]) -> int | None:
    if item.external_id in {row.id for row in rows}:
        return item.external_id
    same = [row.id for row in rows if row.name.casefold() == item.name.casefold()]
    return next(iter(same or [row.id for row in rows]), None)


def _lists(connection: Connection, decision: Decision) -> Found:
    """Return the active rows by family. A token that a restarted simulator no longer knows is replaced once."""
    secrets = unseal(
        connection.pk, tenant_id=connection.tenant_id, kinds=[SecretKind.APP_KEY], purpose=Use.API_CALL, by=BY
    )

    fetch = partial(fetch_token, decision)

    def once(token: OneToken) -> Found:
        return asyncio.run(_ask(connection, decision, secrets[SecretKind.APP_KEY], token))

    token_row = access_token(connection, fetch=fetch, by=BY)
    first = OneToken(token_row.value)
    try:
        return once(first)
    except TransientError:
        if not first.refused:
            raise
    forget_token(connection, token_row)
    return once(OneToken(access_token(connection, fetch=fetch, by=BY).value))


async def _ask(connection: Connection, decision: Decision, app_key: SecretText, token: OneToken) -> Found:
    async with ServiceTitan(Transport(listed=listed_origins()), app_key.reveal()) as client:
        caller = client.for_tenant(decision=decision, tenant=int(connection.servicetitan_tenant), tokens=token)
        providers = await bookings.provider_tags(caller)
        lists: Found = {family: await _list(caller, name) for family, name in LISTS.items()}
        return lists | {Family.BOOKING_PROVIDER: _in_use(providers.rows)}


async def _list(caller: Caller, name: str) -> tuple[Row, ...]:
    """Return a list's active rows; empty if the account does not show it, because a booking works without it."""
    try:
        return _in_use((await caller.page(TAXONOMY[name])).rows)
    except (AuthorizationError, MappingError, RefusedError):
        return ()


def _in_use(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.active is not False)
