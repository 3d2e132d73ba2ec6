"""Scopes of database transactions, enforced in PostgreSQL by row-level security.

Outside a scope the application cannot see any tenant row. There are three scopes, each limited to one transaction:

- `tenant(id)`: the rows of one tenant, for visitors and for the tenant's members;
- `worker()`: machines, on the tables granted to them;
- `operator(actor, reason)`: PageToJob's operators, on the tables granted to them.

Cost: one statement to enter, and one more to leave when nested inside another scope.
"""

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from .models import User
from .roles import Ability

OWNER, APP = "pagetojob_owner", "pagetojob_app"
WORKER, OPERATOR = "pagetojob_worker", "pagetojob_operator"

log = logging.getLogger(__name__)


class ScopeError(Exception):
    """Raised when a scope is requested without the right to it."""


@contextmanager
def _local(**settings: str) -> Generator[None]:
    """Apply settings to this transaction, and restore the previous values if it continues afterwards.

    `set_config(…, true)` survives the commit of a nested `atomic()`, so the values are restored explicitly. If a nested
    block fails, its savepoint restores them.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _swap(settings)
        yield
        if nested:
            _swap(before)


def _swap(settings: dict[str, str]) -> dict[str, str]:
    columns = ", ".join("current_setting(%s, true), set_config(%s, %s, true)" for _ in settings)
    params = [part for name, value in settings.items() for part in (name, name, value)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", params)
        row = cursor.fetchone()
    assert row is not None
    return {name: old or "" for name, old in zip(settings, row[::2], strict=True)}


@contextmanager
def tenant(tenant_id: int, **limits: str) -> Generator[None]:
    """Give access to the rows of one tenant only, regardless of the surrounding scope.

    `limits` are settings such as statement_timeout. They last as long as the scope and cost no extra statement.
    """
    if not isinstance(tenant_id, int) or tenant_id <= 0:
        raise ScopeError("a tenant scope needs a tenant id")
    # The role is set too: within a worker or operator scope, the tenant setting alone would not restrict anything.
    with _local(**limits, **{"role": APP, "app.tenant": str(tenant_id)}):
        yield


def execute(tenant_id: int, sql: str, values: Sequence[Any], **limits: str) -> int:
    """Execute one statement in the scope of one tenant and commit it; return the number of affected rows.

    Sends scope, statement and commit in one message, where `tenant` needs four: the server runs all statements of a
    message in one transaction. Inside an existing transaction it uses `tenant`.
    """
    if connection.in_atomic_block:
        with tenant(tenant_id, **limits), connection.cursor() as cursor:
            cursor.execute(sql, values)
            return int(cursor.rowcount)
    settings = {**limits, "role": APP, "app.tenant": str(tenant_id)}
    scoped = ", ".join("set_config(%s, %s, true)" for _ in settings)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {scoped}; {sql}", [part for pair in settings.items() for part in pair] + list(values))
        cursor.nextset()
        return int(cursor.rowcount)


@contextmanager
def worker() -> Generator[None]:
    """Act as a machine for all tenants, on the tables granted to workers."""
    with _local(role=WORKER):
        yield


@contextmanager
def operator(actor: User, reason: str, ability: Ability = Ability.VIEW_QUEUE) -> Generator[None]:
    """Act for all tenants as a signed-in person with an ability. The reason is written to the structured log.

    Changes are audited by the services that make them.
    """
    if not (actor.is_authenticated and actor.can(ability)):
        raise ScopeError("only people whose role permits it can work across tenants")
    if not reason.strip():
        raise ScopeError("an operator scope needs a reason")
    log.info("operator scope", extra={"actor_id": actor.pk, "reason": reason})
    with _local(role=OPERATOR):
        yield
