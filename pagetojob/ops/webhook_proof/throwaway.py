"""Two temporary tenants for a run of the proof, each with a simulator connection and a key ring.

Connections, keys, events and copies of the run are deleted afterwards. The two tenants remain, switched off, for the
next run, and so do the audit lines.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import Environment
from pagetojob.gates.services import decide, give_default_flags, storage_missing
from pagetojob.onboarding.lifecycle import write_change
from pagetojob.platform.audit.services import record
from pagetojob.platform.outbound.signed_hooks import fresh_secret
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import connections, disconnect
from syncqueue.inbox.verifiers import Scheme
from syncqueue.services import inbox, inbox_keys

_WHY = "A run of the webhook inbox proof."
_PERSON = "proof@pagetojob.example"
_TENANTS = {"proof-inbox": "Proof of the inbox", "proof-inbox-other": "Proof of the inbox, the other tenant"}


class NotReady(Exception):
    """The proof cannot be run here. The message gives the reason."""


@dataclass(frozen=True, repr=False)
class Ground:
    """Address to post to, and the keys by name: current, next and retired of the route, and keys of others."""

    tenant: Tenant
    public_id: str
    keys: dict[str, str]


@contextmanager
def ground() -> Generator[Ground]:
    """Set up the tenants, and clean up in any case. Raises NotReady, with nothing left behind."""
    if not (settings.SERVICETITAN_STANDIN_AUTH_URL and settings.SERVICETITAN_STANDIN_API_URL):
        raise NotReady("The proof needs a server with a simulator. Set both of its addresses.")
    actor = User.objects.by_email(_PERSON) or User.objects.create_user(
        email=_PERSON, password=None, name="Proof of the inbox"
    )
    opened: list[Connection] = []
    try:
        tenants = [_tenant(slug, name, actor) for slug, name in _TENANTS.items()]
        rings = [_ring(tenant, actor, opened) for tenant in tenants]
        keys = rings[0] | {"other": rings[1]["current"], "wrong": fresh_secret()}
        yield Ground(tenants[0], str(opened[0].public_id), keys)
    finally:
        _clean(actor, opened)


def _tenant(slug: str, name: str, actor: User) -> Tenant:
    with transaction.atomic():
        row, _ = Tenant.objects.get_or_create(slug=slug, defaults={"name": name, "time_zone": "America/Phoenix"})
        Tenant.objects.filter(pk=row.pk).update(is_demo=True)
        with scope.tenant(row.pk):
            if row.state == Lifecycle.DRAFT:
                write_change(tenant=row, to=Lifecycle.PREVIEW, by=actor, reason=_WHY)
            give_default_flags(row)
        _wish(row, actor, on=True)
    row.refresh_from_db()
    with scope.tenant(row.pk):
        missing = storage_missing(row, Environment.SIMULATOR)
        closed = decide(inbox.FLAG, row, Environment.SIMULATOR).missing
    if missing or closed:
        raise NotReady(" ".join(reason.sentence for reason in (*missing, *closed)))
    return row


def _wish(tenant: Tenant, actor: User, *, on: bool) -> None:
    """Set the flag, with an audit line naming the actor."""
    with transaction.atomic(), scope.tenant(tenant.pk):
        if Flag.objects.filter(tenant=tenant, slug=inbox.FLAG, wanted=not on).update(wanted=on):
            record(
                action="gates.want" if on else "gates.unwant",
                subject=f"flag:{inbox.FLAG}",
                reason=_WHY,
                tenant=tenant,
                actor=actor,
                changes={"wanted": (not on, on)},
            )


def _ring(tenant: Tenant, actor: User, opened: list[Connection]) -> dict[str, str]:
    """Create a connection with a retired, a current and a next key."""
    with scope.tenant(tenant.pk):
        left = list(Connection.objects.filter(tenant=tenant).exclude(state="disconnected"))
    _end(actor, left)  # left by an interrupted run
    row, _ = connections.begin(tenant=tenant, environment=Environment.SIMULATOR, actor=actor, reason=_WHY)
    opened.append(row)
    row = connections.ask_approval(connection=row, actor=actor, reason=_WHY)
    row = connections.authorize(
        connection=row,
        servicetitan_tenant="1",
        scopes=["tn.crm.bookings:r"],
        modules=[],
        actor=actor,
        reason=_WHY,
    )
    route = inbox_keys.open_route(connection=row, scheme=Scheme.STANDARD, actor=actor, reason=_WHY)
    keys = {name: fresh_secret() for name in ("retired", "current", "next")}
    for name, value in keys.items():
        inbox_keys.keep_key(route=route, value=SecretText(value), actor=actor, reason=_WHY)
        if name == "current":
            inbox_keys.turn_ring(route=route, actor=actor, reason=_WHY)
    return keys


def _clean(actor: User, opened: list[Connection]) -> None:
    for tenant in Tenant.objects.filter(slug__in=_TENANTS):
        _wish(tenant, actor, on=False)
        Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)
    # The server writes its counters in batches. After the last batch, nothing refers to the routes.
    time.sleep(2 * max(settings.INBOX_FLUSH_SECONDS, settings.INBOX_RECHECK_SECONDS))
    _end(actor, opened)


def _end(actor: User, rows: list[Connection]) -> None:
    for row in rows:
        disconnect(connection=row, actor=actor, reason=_WHY)
        inbox_keys.forget_route(row)
