"""Read-only queries for connections, secrets and receipts. They return no secret values."""

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.platform.tenants.models import Tenant

from .models import OPEN, Connection, DataKey, Secret


def connection_of(tenant: Tenant | int, environment: Environment) -> Connection | None:
    """Return the open connection of a tenant (or tenant ID), or None. Runs one query."""
    return Connection.objects.filter(tenant=tenant, environment=environment, state__in=OPEN).first()


def connections_by_place(tenant_ids: Collection[int]) -> dict[tuple[int, str], Connection]:
    """Return the open connections by tenant ID and environment, at most one for each. Runs one query."""
    rows = Connection.objects.filter(tenant__in=tenant_ids, state__in=OPEN).order_by()
    return {(row.tenant_id, row.environment): row for row in rows}


def connections_of(tenant: Tenant) -> QuerySet[Connection]:
    """Return all connections of a tenant, newest first, including disconnected ones. Runs one query."""
    return Connection.objects.filter(tenant=tenant)


def stored_secrets(connection: Connection) -> list[dict[str, Any]]:
    """Return what may be shown of the stored secrets: kind, fingerprint, dates, generation and wrapping key.

    Runs one query, which does not read sealed bytes.
    """
    rows: Any = Secret.objects.filter(connection=connection, destroyed_at=None).order_by("kind")
    return list(rows.values("kind", "fingerprint", "kept_at", "generation", "expires_at", key=F("data_key__kek_id")))


def destroyed_keys(connection: Connection) -> tuple[int, int]:
    """Return how many data keys a connection had, and how many keys and encrypted values are not destroyed."""
    keys = DataKey.objects.filter(connection=connection)
    left = Secret.objects.filter(connection=connection, sealed__isnull=False).count()
    return keys.count(), left + keys.filter(wrapped__isnull=False).count()


def feature_needs(connection: Connection | None) -> list[dict[str, Any]]:
    """Return each feature that needs a connection, and which of its scopes and modules are on file. No query."""
    scopes, modules = (connection.scopes, connection.modules) if connection else ((), ())
    features = []
    for slug, flag in FLAGS.items():
        if flag.gates:
            of_scopes = [{"name": name, "there": name in scopes} for name in flag.least_scopes]
            of_modules = [{"name": name, "there": name in modules} for name in (flag.least_module,) if name]
            missing = [need["name"] for need in (*of_scopes, *of_modules) if not need["there"]]
            facts = {"slug": slug, "title": flag.title, "customer_visible": flag.customer_visible, "missing": missing}
            features.append(facts | {"scopes": of_scopes, "modules": of_modules})
    return features
