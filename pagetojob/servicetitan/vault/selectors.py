"""What is shown of connections and receipts: states, scopes, fingerprints, dates. Never a value."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.platform.tenants.models import Tenant

from .models import OPEN, Connection, FollowUp, Receipt, Secret


@dataclass(frozen=True)
class KeptSecret:
    """What may be told of a secret: its kind, its fingerprint, since when, until when, under which key of the ring."""

    kind: str
    fingerprint: str
    kept_at: datetime
    generation: int
    expires_at: datetime | None
    key: str


@dataclass(frozen=True)
class Need:
    """One thing a feature needs at least at ServiceTitan, and whether the connection has it on file."""

    name: str
    there: bool


@dataclass(frozen=True)
class FeatureNeeds:
    """A feature that needs a connection, and each scope and module it cannot do without."""

    slug: str
    title: str
    customer_visible: bool
    scopes: tuple[Need, ...]
    modules: tuple[Need, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(need.name for need in (*self.scopes, *self.modules) if not need.there)


def connection_of(tenant: Tenant | int, environment: Environment) -> Connection | None:
    """The connection that is not over, of a tenant or its row id; None if there is none. One query."""
    return Connection.objects.filter(tenant=tenant, environment=environment, state__in=OPEN).first()


def connections_by_place(tenant_ids: Collection[int]) -> dict[tuple[int, str], Connection]:
    """The connections that are not over, by the tenant's row id and environment: one each at most. One query."""
    rows = Connection.objects.filter(tenant__in=tenant_ids, state__in=OPEN).order_by()
    return {(row.tenant_id, row.environment): row for row in rows}


def connections_of(tenant: Tenant) -> QuerySet[Connection]:
    """All of them, the newest first, those that are over too. One query."""
    return Connection.objects.filter(tenant=tenant)


def kept_secrets(connection: Connection) -> list[KeptSecret]:
    """What is kept for a connection. One query, which does not read a sealed byte."""
    rows = Secret.objects.filter(connection=connection, destroyed_at=None).order_by("kind")
    told = ("kind", "fingerprint", "kept_at", "generation", "expires_at", "data_key__kek_id")
    return [KeptSecret(*row) for row in rows.values_list(*told)]


def receipts_of(tenant: Tenant) -> QuerySet[Receipt]:
    """With their follow-ups in order and the names of the people, the newest first. Two queries."""
    steps = Prefetch("follow_ups", FollowUp.objects.order_by("id"))
    return (
        Receipt.objects.filter(tenant=tenant).select_related("connection", "by", "revoked_by").prefetch_related(steps)
    )


def feature_needs(connection: Connection | None) -> list[FeatureNeeds]:
    """Each feature that needs a connection, with what of its least scopes and modules is on file there. No query."""
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
