"""Services that write audit lines."""

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction

from pagetojob.logs import request_id
from pagetojob.platform.derived_keys import derived
from pagetojob.platform.tenants.models import Tenant, User

#: The label of a person without a role with us, and how pages name such a person who has no access any more.
MEMBER, FORMER_MEMBER = "tenant member", "A former member"
#: Plain SQL: the ORM would read the new row back, and not every database role may read this table.
_INSERT = """
    INSERT INTO audit_auditentry (tenant_id, actor_id, actor_label, action, subject, reason, changes, request_id)
    VALUES (%(tenant_id)s, %(actor_id)s, %(actor_label)s, %(action)s, %(subject)s, %(reason)s, %(changes)s,
        %(request_id)s)
"""
log = logging.getLogger(__name__)


class AuditError(Exception):
    """Raised when an action cannot be recorded. The action must then not happen."""


def fingerprint(value: object) -> str:
    """Return a keyed hash of a personal value. Equal values have equal hashes, and the value cannot be recovered."""
    return "hmac:" + hmac.new(derived("audit:fingerprint"), str(value).encode(), hashlib.sha256).hexdigest()[:24]


def record(
    *,
    action: str,
    subject: models.Model | str,
    reason: str,
    actor: User | str,
    tenant: Tenant | int | None = None,
    changes: Mapping[str, tuple[object, object]] | None = None,
) -> None:
    """Record an action in the transaction that performs it, so that both are committed or neither.

    `subject` is the affected row or a short text. `actor` is the person, or the name of a machine. `changes` maps
    a field to (before, after). Personal fields of the subject are hashed, and related rows are recorded by their public
    id. Raises AuditError outside a transaction, or without an actor or a reason.

    One INSERT. Entries are not chained here, so writers do not wait for each other.
    """
    if not connection.in_atomic_block:
        raise AuditError("audit.record must run in the transaction of the action it records")
    if not actor:
        raise AuditError("an audit line needs an actor or a machine name")
    if not reason.strip():
        raise AuditError("an audit line needs a reason")
    personal: frozenset[str] = getattr(subject, "PERSONAL_FIELDS", frozenset())
    recorded = {
        name: [_plain(value, hide=name in personal) for value in pair] for name, pair in (changes or {}).items()
    }
    person = actor if isinstance(actor, User) else None
    entry = {
        "tenant_id": tenant.pk if isinstance(tenant, Tenant) else tenant,
        "actor_id": person.pk if person else None,
        "actor_label": _role_of(person) if person else str(actor),
        "action": action,
        "subject": subject_key(subject),
        "reason": reason.strip(),
        "changes": json.dumps(recorded),
        "request_id": request_id.get(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, entry)
    # Shipped with the other logs, so that a copy exists outside the database. The reason is free text, so it is not.
    logged = {name: entry[name] for name in ("action", "subject", "actor_id")}
    transaction.on_commit(lambda: log.info("audited", extra=logged))


def record_change(
    action: str, row: models.Model, /, *, actor: User | str, reason: str, **changes: tuple[object, object]
) -> None:
    """Record what a person or a machine did to a row of a tenant, as `record` does."""
    tenant: int | None = row.tenant_id  # type: ignore[attr-defined]
    record(action=action, subject=row, reason=reason, tenant=tenant, actor=actor, changes=changes)


def subject_key(subject: models.Model | str) -> str:
    """Return `label:public id` of a row, as stored and searched in the `subject` column."""
    if isinstance(subject, str):
        return subject
    return f"{subject._meta.label_lower}:{getattr(subject, 'public_id', subject.pk)}"


def _role_of(actor: User) -> str:
    return actor.ops_role or actor.staff_role or MEMBER


def _plain(value: object, *, hide: bool) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, models.Model):
        return subject_key(value)
    return fingerprint(value) if hide else str(value)


def acting(actor: User) -> None:
    """Name the person responsible for the changes of this transaction, for the triggers that record row history.

    Runs one statement; its effect ends with the transaction. Raises AuditError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise AuditError("an actor can only be named inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.actor', %s, true)", [str(actor.pk)])
