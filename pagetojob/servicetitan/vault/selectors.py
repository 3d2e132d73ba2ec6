"""Read-only queries for connections, secrets and receipts. They return no secret values."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.platform.tenants.models import Tenant

from .models import OPEN, Connection, Secret


@dataclass(frozen=True)
class StoredSecret:
    """The facts about a secret that may be shown: kind, fingerprint, dates, generation and wrapping key."""

    kind: str
    fingerprint: str
    kept_at: datetime
    generation: int
    expires_at: datetime | None
    key: str


@dataclass(frozen=True)
class Need:
    """A scope or module that a feature requires, and whether the connection has it."""

    name: str
    there: bool


@dataclass(frozen=True)
class FeatureNeeds:
    """A feature that needs a connection, with the scopes and modules that it requires."""

    slug: str
    title: str
    customer_visible: bool
    scopes: tuple[Need, ...]
    modules: tuple[Need, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(need.name for need in (*self.scopes, *self.modules) if not need.there)


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


def stored_secrets(connection: Connection) -> list[StoredSecret]:
    """Return the facts about the stored secrets of a connection. Runs one query, which does not read sealed bytes."""
    rows = Secret.objects.filter(connection=connection, destroyed_at=None).order_by("kind")
    columns = ("kind", "fingerprint", "kept_at", "generation", "expires_at", "data_key__kek_id")
    return [StoredSecret(*row) for row in rows.values_list(*columns)]


def feature_needs(connection: Connection | None) -> list[FeatureNeeds]:
    """Return each feature that needs a connection, and which of its scopes and modules are on file. No query."""
    scopes, modules = (connection.scopes, connection.modules) if connection else ((), ())
    return [
        FeatureNeeds(
            slug,
            flag.title,
            flag.customer_visible,
            tuple(Need(name, name in scopes) for name in flag.least_scopes),
            tuple(Need(name, name in modules) for name in (flag.least_module,) if name),
        )
        for slug, flag in FLAGS.items()
        if flag.gates
    ]
