"""Who a database transaction speaks for. The database enforces it with row-level security.

Outside any scope the application sees no tenant row at all. Three scopes open the door, each inside
a transaction and never longer than it:

- `tenant(id)`: one tenant's rows, for visitors and for the tenant's own people;
- `worker()`: machines, on the tables granted to them;
- `operator(actor, reason)`: PageToJob's operators, on the tables granted to them.

Cost: one statement to enter; one more to leave when nested inside another scope.
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
    """Somebody asked for a scope that is not theirs."""


@contextmanager
def _local(**settings: str) -> Generator[None]:
    """Apply settings for this transaction and put back the old ones if it goes on afterwards.

    `set_config(…, true)` outlives a nested `atomic()` that commits, hence the restoring; a nested
    block that fails is undone by its savepoint.
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
    """See and write the rows of one tenant, and only those, whatever scope is around it.

    `limits` are settings such as statement_timeout that hold as long, at no statement of their own.
    """
    if not isinstance(tenant_id, int) or tenant_id <= 0:
        raise ScopeError("a tenant scope needs the id of a tenant")
    # The role too: inside a worker's or operator's scope the tenant alone would shut nothing out.
    with _local(**limits, **{"role": APP, "app.tenant": str(tenant_id)}):
        yield


def execute(tenant_id: int, sql: str, values: Sequence[Any], **limits: str) -> int:
    """Execute one statement in the scope of one tenant and commit it; how many rows it touched.

    Scope, statement and commit are one message to the server, where `tenant` takes four: the server runs the
    statements of a message in one transaction. Inside a transaction it is what `tenant` is.
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
def operator(actor: User, reason: str) -> Generator[None]:
    """Act for all tenants as a signed-in operator; `reason` goes to the structured log.

    What the operator changes is audited by the service that changes it.
    """
    if not (actor.is_authenticated and actor.can(Ability.VIEW_QUEUE)):
        raise ScopeError("only people with a desk role work across tenants")
    if not reason.strip():
        raise ScopeError("an operator scope needs a reason")
    log.info("operator scope", extra={"actor_id": actor.pk, "reason": reason})
    with _local(role=OPERATOR):
        yield
