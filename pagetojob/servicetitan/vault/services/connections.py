"""State changes of a connection, by a person or after rejected calls. For its end see `disconnect`."""

import re
from collections.abc import Collection
from typing import Any

from django.db import transaction

from pagetojob.gates.registry import Environment
from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.sealing.errors import NotReady
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from ..models import OPEN, USABLE, Connection, ConnectionState, Lost, Secret, SecretKind
from . import app_versions
from .secrets import locked, require_admission

S = ConnectionState
#: Secrets that a token request requires.
NEEDED = (SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET)
#: Number of consecutive rejected calls that mean lost access; a single one may be due to an expired token.
REFUSALS_LOST = 5
_SCOPE = re.compile(r"[a-z][a-z0-9.]{0,70}:[rw]")
_MODULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 &/+-]{0,78}")


class BadDetails(ValueError):
    """Invalid input about a connection. The message explains what to do and does not quote the input."""


def begin(*, tenant: Tenant, environment: Environment, actor: User, reason: str) -> tuple[Connection, bool]:
    """Return the open connection of an environment, creating it if necessary, and True if it is new.

    A new connection inherits nothing from a disconnected one.
    """
    with transaction.atomic(), scope.tenant(tenant.pk):
        row, created = Connection.objects.get_or_create(
            tenant=tenant, environment=environment, state__in=OPEN, defaults={"state": S.NOT_CONNECTED}
        )
        if created:
            record_change("vault.begin", row, actor=actor, reason=reason)
    return row, created


def ask_approval(*, connection: Connection, actor: User, reason: str) -> Connection:
    """Record that the customer's admin was asked to authorize the app."""
    return _move(connection, S.AWAITING_APPROVAL, actor=actor, reason=reason)


def withdraw(*, connection: Connection, actor: User, reason: str) -> Connection:
    """Withdraw the request to the customer's admin, who has not authorized anything."""
    return _move(connection, S.NOT_CONNECTED, actor=actor, reason=reason)


def authorize(
    *,
    connection: Connection,
    servicetitan_tenant: str,
    scopes: Collection[str],
    modules: Collection[str],
    actor: User,
    reason: str,
) -> Connection:
    """Record that the customer's admin authorized the app, with the scopes and the modules of the account.

    Also used after access was lost. Raises BadDetails for an invalid tenant ID, scope or module, and for a scope that
    the newest published version of the app does not ask for.
    """
    if not re.fullmatch(r"[0-9]{1,20}", servicetitan_tenant):
        raise BadDetails("A ServiceTitan tenant ID consists of at most 20 digits.")
    if not scopes or not all(_SCOPE.fullmatch(name) for name in scopes):
        raise BadDetails("Enter at least one scope, such as tn.crm.bookings:r.")
    if not all(_MODULE.fullmatch(name) for name in modules):
        raise BadDetails("Enter module names in plain words, such as Scheduling Pro.")
    if unasked := app_versions.outside_newest(scopes):
        raise BadDetails(f"The published version of the app does not ask for {', '.join(unasked)}.")
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        row = _move(
            connection,
            S.AUTHORIZED,
            actor=actor,
            reason=reason,
            servicetitan_tenant=servicetitan_tenant,
            scopes=sorted(set(scopes)),
            modules=sorted(set(modules)),
        )
        app_versions.wait_for(row)
    return row


def activate(*, connection: Connection, actor: User, reason: str) -> Connection:
    """Allow the features whose gates are open to use the secrets. Also ends a pause.

    Raises NotAdmitted if the gates do not allow secrets, and NotReady if a required secret is not stored.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        require_admission(connection)
        stored = Secret.objects.filter(connection=connection, destroyed_at=None, kind__in=NEEDED).count()
        if stored < len(NEEDED):
            raise NotReady
        return _move(connection, S.ACTIVE, actor=actor, reason=reason)


def pause(*, connection: Connection, actor: User, reason: str) -> Connection:
    """Stop using the connection until someone activates it again. Stored secrets are retained."""
    return _move(connection, S.PAUSED, actor=actor, reason=reason)


def note_refusal(*, connection: Connection, what: Lost, by: str) -> Connection:
    """Record that ServiceTitan rejected a request, and mark the connection as lost if appropriate.

    Rejected scopes do so at once; rejected calls and token requests after `REFUSALS_LOST` in a row. Safe to call from
    several workers; ignores a connection that is not in use.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        current = locked(connection)
        if current.state not in USABLE:
            return current
        refusals = min(current.refusals + 1, 1000)
        if what != Lost.SCOPES and refusals < REFUSALS_LOST:
            Connection.objects.filter(pk=current.pk).update(refusals=refusals)
            current.refusals = refusals
            return current
        reason = f"{what.label[0].upper()}{what.label[1:]}."
        return _moved(current, S.LOST, reason=reason, actor=by, lost_because=what, refusals=refusals)


def note_answer(*, connection: Connection) -> None:
    """Reset the count of rejected calls after a successful one. No query if the count is 0."""
    if connection.refusals:
        with scope.tenant(connection.tenant_id):
            Connection.objects.filter(pk=connection.pk, state__in=USABLE, refusals__gt=0).update(refusals=0)
        connection.refusals = 0


def _move(connection: Connection, to: ConnectionState, *, actor: User, reason: str, **facts: Any) -> Connection:
    """Change the state. Raises states.IllegalMove for an invalid transition, states.LostRace after a race."""
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        return _moved(connection, to, actor=actor, reason=reason, refusals=0, lost_because="", **facts)


def _moved(row: Connection, to: ConnectionState, *, reason: str, actor: User | str, **facts: Any) -> Connection:
    before = row.state
    states.move(row, to, **facts)
    changes: dict[str, tuple[object, object]] = {"state": (before, to.value)}
    changes |= {name: (None, ", ".join(facts[name])) for name in ("scopes", "modules") if name in facts}
    record_change(f"vault.{to.value.replace(' ', '_')}", row, actor=actor, reason=reason, **changes)
    return row
