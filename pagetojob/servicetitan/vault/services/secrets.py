"""Keep a secret, and the only way to have it back: `decrypt` and `unseal`, each for a purpose, each with its line."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import storage_missing
from pagetojob.platform.audit.services import fingerprint, record
from pagetojob.platform.sealing.encryption import Plain, context
from pagetojob.platform.sealing.errors import (
    BadSecret,
    ConnectionClosed,
    Destroyed,
    NotAdmitted,
    NothingKept,
    VaultError,
    WrongPurpose,
)
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from ..models import USABLE, Connection, ConnectionState, DataPurpose, Secret, SecretKind
from .keys import newest_key, unwrapped

LONGEST = 4096
#: States in which a person may bring a secret: their admin has been asked, and it is not over.
_TAKES = frozenset(ConnectionState) - {ConnectionState.NOT_CONNECTED, ConnectionState.DISCONNECTED}
#: What a person brings. The access token is fetched, never typed.
WEBHOOK_KEYS = (SecretKind.WEBHOOK_KEY, SecretKind.WEBHOOK_KEY_2, SecretKind.WEBHOOK_KEY_3)
BROUGHT = (SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET, *WEBHOOK_KEYS)


class Use(StrEnum):
    """What a secret may be decrypted for. There is no other reason."""

    TOKEN_REQUEST = "asking ServiceTitan for an access token"  # noqa: S105 - a reason, not one
    API_CALL = "calling the ServiceTitan API"
    WEBHOOK_CHECK = "checking the signature of an event"


KINDS: Mapping[Use, frozenset[SecretKind]] = {
    Use.TOKEN_REQUEST: frozenset({SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET}),
    Use.API_CALL: frozenset({SecretKind.APP_KEY, SecretKind.ACCESS_TOKEN}),
    Use.WEBHOOK_CHECK: frozenset(WEBHOOK_KEYS),
}


def keep(*, connection: Connection, kind: SecretKind, value: SecretText, actor: User, reason: str) -> Secret:
    """Seal a secret a person brought, in the place of an older one of its kind.

    Raises NotAdmitted before anything is written, while the gates of the environment admit no secret;
    BadSecret, ConnectionClosed, WrongPurpose for a kind nobody types.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        need_admission(connection)
        _need_shape(value)
        if kind not in BROUGHT:
            raise WrongPurpose
        held = locked(connection)
        if held.state not in _TAKES:
            raise ConnectionClosed
        secret, before = put(held, kind, value)
        record(
            action="vault.keep",
            subject=held,
            reason=reason,
            tenant=held.tenant_id,
            actor=actor,
            changes={kind.value: (before, secret.fingerprint)},
        )
    return secret


def decrypt(secret: Secret, *, purpose: Use, by: str) -> SecretText:
    """One secret in the clear, for `purpose`, to the machine named `by`. As `unseal`."""
    kind = SecretKind(secret.kind)
    return unseal(secret.connection_id, tenant_id=secret.tenant_id, kinds={kind}, purpose=purpose, by=by)[kind]


def unseal(
    connection_id: int, *, tenant_id: int, kinds: Collection[SecretKind], purpose: Use, by: str
) -> dict[SecretKind, SecretText]:
    """Secrets of a connection in the clear, in one load with one audit line the tenant can read.

    The line is committed before anything is handed out, so this begins a transaction of its own. What cannot be
    opened leaves a line as well and raises: NothingKept, Destroyed, ConnectionClosed, SealBroken, SealTruncated,
    UnknownKey, RetiredKey. WrongPurpose is raised before anything is read.
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
    """Open the secrets of these kinds. One query; the caller writes the line (`note_use`) in the same transaction."""
    rows = {
        SecretKind(row.kind): row
        for row in Secret.objects.filter(connection_id=connection_id, kind__in=kinds).select_related(
            "data_key", "connection"
        )
    }
    if any(row.destroyed_at for row in rows.values()):
        raise Destroyed
    if set(rows) != set(kinds):
        raise NothingKept
    if any(row.connection.state not in USABLE for row in rows.values()):
        raise ConnectionClosed
    return {kind: open_row(row) for kind, row in rows.items()}


def open_row(row: Secret) -> SecretText:
    """One secret in the clear, from a row with its data key. The caller writes the line in the same transaction."""
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
    """The audit line of one load, for the tenant to read."""
    public_id = Connection.objects.filter(pk=connection_id).values_list("public_id", flat=True).first()
    record(
        action="vault.decrypt_refused" if refused else "vault.decrypt",
        subject=f"vault.connection:{public_id or 'unknown'}",
        reason=f"{purpose.value}: {type(refused).__name__}" if refused else purpose.value,
        tenant=tenant_id,
        actor_label=by,
        changes={"kinds": (None, ", ".join(sorted(kinds)))},
    )


def put(
    held: Connection, kind: SecretKind, value: SecretText, *, expires_at: datetime | None = None
) -> tuple[Secret, str | None]:
    """Seal a value into its row; the row, and the fingerprint of what it held before.

    The caller holds the row of the connection (`locked`). Four queries.
    """
    row, key = newest_key(tenant=held.tenant, purpose=DataPurpose.CONNECTION, connection=held)
    secret = Secret.objects.filter(connection=held, kind=kind).first()
    before = secret.fingerprint if secret else None
    if secret is None:
        secret = Secret(tenant=held.tenant, connection=held, kind=kind, generation=0, public_id=uuid.uuid4())
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
    """What is shown of a value of that kind: equal values look equal, and none can be read back."""
    return fingerprint(f"{kind}:{value.reveal()}")


def about_secret(row: Secret) -> bytes:
    """Associated data of a sealed value: its tenant, purpose, record, kind and generation."""
    return context("secret", row.tenant_id, DataPurpose.CONNECTION, row.public_id, row.kind, row.generation)


def locked(connection: Connection) -> Connection:
    """The row as it is now, held until the transaction ends: nothing is kept while another one disconnects."""
    return Connection.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=connection.pk)


def need_admission(connection: Connection) -> None:
    """Raise NotAdmitted, with what is missing, unless the gates admit secrets for this environment now."""
    missing = storage_missing(connection.tenant, Environment(connection.environment))
    if missing:
        raise NotAdmitted([reason.sentence for reason in missing])


def _need_shape(value: SecretText) -> None:
    if not (value and len(value.reveal()) <= LONGEST and value.reveal().isprintable() and " " not in value.reveal()):
        raise BadSecret
