"""Store secrets and decrypt them. Each decryption states a purpose and writes an audit line."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import storage_missing
from pagetojob.platform.audit.services import fingerprint, record, record_change
from pagetojob.platform.sealing.encryption import Plain, context
from pagetojob.platform.sealing.errors import (
    BadSecret,
    ConnectionClosed,
    Destroyed,
    NotAdmitted,
    SecretNotStored,
    VaultError,
    WrongPurpose,
)
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from ..models import USABLE, Connection, ConnectionState, DataPurpose, Secret, SecretKind
from .keys import newest_key, unwrapped

LONGEST = 4096
#: States in which a person may store a secret: the admin has been asked, and the connection is not closed.
_TAKES = frozenset(ConnectionState) - {ConnectionState.NOT_CONNECTED, ConnectionState.DISCONNECTED}
#: Secrets that a person enters. The access token is always fetched.
WEBHOOK_KEYS = (SecretKind.WEBHOOK_KEY, SecretKind.WEBHOOK_KEY_2, SecretKind.WEBHOOK_KEY_3)
BROUGHT = (SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET, *WEBHOOK_KEYS)


class Use(StrEnum):
    """Purposes for which a secret may be decrypted."""

    TOKEN_REQUEST = "asking ServiceTitan for an access token"  # noqa: S105 - a reason, not one
    API_CALL = "calling the ServiceTitan API"
    WEBHOOK_CHECK = "checking the signature of an event"


KINDS: Mapping[Use, frozenset[SecretKind]] = {
    Use.TOKEN_REQUEST: frozenset({SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET}),
    Use.API_CALL: frozenset({SecretKind.APP_KEY, SecretKind.ACCESS_TOKEN}),
    Use.WEBHOOK_CHECK: frozenset(WEBHOOK_KEYS),
}


def keep(*, connection: Connection, kind: SecretKind, value: SecretText, actor: User, reason: str) -> Secret:
    """Store a secret that a person entered, replacing the previous one of its kind.

    Raises NotAdmitted before writing anything if the gates do not allow secrets for the environment, BadSecret,
    ConnectionClosed, and WrongPurpose for a kind that people do not enter.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        require_admission(connection)
        _need_shape(value)
        if kind not in BROUGHT:
            raise WrongPurpose
        current = locked(connection)
        if current.state not in _TAKES:
            raise ConnectionClosed
        secret, before = put(current, kind, value)
        record_change("vault.keep", current, actor=actor, reason=reason, **{kind.value: (before, secret.fingerprint)})
    return secret


def decrypt(secret: Secret, *, purpose: Use, by: str) -> SecretText:
    """Decrypt one secret for `purpose`, on behalf of the process named `by`. As `unseal`."""
    kind = SecretKind(secret.kind)
    return unseal(secret.connection_id, tenant_id=secret.tenant_id, kinds={kind}, purpose=purpose, by=by)[kind]


def unseal(
    connection_id: int, *, tenant_id: int, kinds: Collection[SecretKind], purpose: Use, by: str
) -> dict[SecretKind, SecretText]:
    """Decrypt secrets of a connection and write one audit line that the tenant can read.

    Starts its own transaction, because the audit line is committed before a secret is returned. A failure is audited
    too and raises SecretNotStored, Destroyed, ConnectionClosed, SealBroken, SealTruncated, UnknownKey or RetiredKey.
    WrongPurpose is raised before anything is read.
    """
    if not set(kinds) <= KINDS[purpose]:
        raise WrongPurpose
    refused: VaultError | None = None
    opened: dict[SecretKind, SecretText] = {}
    with transaction.atomic(durable=True), scope.tenant(tenant_id):
        try:
            opened = open_kinds(connection_id, kinds)
        except VaultError as error:
            refused = error
        note_use(connection_id, tenant_id, kinds, purpose, by=by, refused=refused)
    if refused:
        raise refused
    return opened


def open_kinds(connection_id: int, kinds: Collection[SecretKind]) -> dict[SecretKind, SecretText]:
    """Decrypt the secrets of these kinds. Runs one query. The caller audits it (`note_use`) in the same transaction."""
    rows = {
        SecretKind(row.kind): row
        for row in Secret.objects.filter(connection_id=connection_id, kind__in=kinds).select_related(
            "data_key", "connection"
        )
    }
    if any(row.destroyed_at for row in rows.values()):
        raise Destroyed
    if set(rows) != set(kinds):
        raise SecretNotStored
    if any(row.connection.state not in USABLE for row in rows.values()):
        raise ConnectionClosed
    return {kind: open_row(row) for kind, row in rows.items()}


def open_row(row: Secret) -> SecretText:
    """Decrypt a row that was loaded with its data key. The caller audits it in the same transaction."""
    if row.sealed is None:
        raise Destroyed
    return SecretText(unwrapped(row.data_key).open(row.sealed, about_secret(row)).content.decode())


def note_use(
    connection_id: int,
    tenant_id: int,
    kinds: Collection[SecretKind],
    purpose: Use,
    *,
    by: str,
    refused: VaultError | None = None,
) -> None:
    """Write the audit line of one decryption, which the tenant can read."""
    public_id = Connection.objects.filter(pk=connection_id).values_list("public_id", flat=True).first()
    record(
        action="vault.decrypt_refused" if refused else "vault.decrypt",
        subject=f"vault.connection:{public_id or 'unknown'}",
        reason=f"{purpose.value}: {type(refused).__name__}" if refused else purpose.value,
        tenant=tenant_id,
        actor=by,
        changes={"kinds": (None, ", ".join(sorted(kinds)))},
    )


def put(
    connection: Connection, kind: SecretKind, value: SecretText, *, expires_at: datetime | None = None
) -> tuple[Secret, str | None]:
    """Encrypt a value and save it. Returns the row and the fingerprint of the previous value.

    The caller must hold the row of the connection (`locked`). Four queries.
    """
    row, key = newest_key(tenant_id=connection.tenant_id, purpose=DataPurpose.CONNECTION, connection=connection)
    secret = Secret.objects.filter(connection=connection, kind=kind).first()
    before = secret.fingerprint if secret else None
    if secret is None:
        secret = Secret(
            tenant=connection.tenant, connection=connection, kind=kind, generation=0, public_id=uuid.uuid4()
        )
    secret.generation += 1
    secret.data_key, secret.expires_at = row, expires_at
    secret.fingerprint = fingerprint_of(kind, value)
    secret.sealed = key.seal(Plain(value.reveal().encode()), about_secret(secret))
    if secret.pk:
        fields = ("generation", "data_key_id", "expires_at", "fingerprint", "sealed")
        new = {name: getattr(secret, name) for name in fields}
        Secret.objects.filter(pk=secret.pk).update(kept_at=Now(), **new)
    else:
        secret.save(force_insert=True)
    return secret, before


def fingerprint_of(kind: SecretKind, value: SecretText) -> str:
    """Return a keyed hash of a value: equal values have equal fingerprints, and none can be reversed."""
    return fingerprint(f"{kind}:{value.reveal()}")


def about_secret(row: Secret) -> bytes:
    """Return the associated data of a sealed value: its tenant, purpose, record, kind and generation."""
    return context("secret", row.tenant_id, DataPurpose.CONNECTION, row.public_id, row.kind, row.generation)


def locked(connection: Connection) -> Connection:
    """Reload the row and lock it until the transaction ends, so that no secret is stored during a disconnect."""
    return Connection.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=connection.pk)


def require_admission(connection: Connection) -> None:
    """Raise NotAdmitted, with what is missing, unless the gates allow secrets for this environment now."""
    missing = storage_missing(connection.tenant, Environment(connection.environment))
    if missing:
        raise NotAdmitted([reason.sentence for reason in missing])


def _need_shape(value: SecretText) -> None:
    if not (value and len(value.reveal()) <= LONGEST and value.reveal().isprintable() and " " not in value.reveal()):
        raise BadSecret
