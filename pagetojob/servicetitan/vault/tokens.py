"""Cache of access tokens: one token request per connection and expiry, shared by all workers.

The token is stored sealed in the database. A worker that finds it expiring takes the connection's advisory lock,
checks again, and only then requests a new one; other workers wait for the lock. The lock ends with its transaction,
so a worker that dies releases it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, models, transaction
from django.db import connection as database
from django.db.models import DurationField, F, Value
from django.db.models.functions import Least, Now

from pagetojob.platform.postgresql.clock import database_time
from pagetojob.platform.sealing.errors import ConnectionClosed, TokenBusy, VaultError
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope

from .models import USABLE, Connection, Secret, SecretKind
from .services.secrets import Use, locked, note_use, open_row, put, require_admission, unseal

#: A token is renewed when it has less time left than this, so that none expires during a request. A short-lived one
#: is renewed in the last quarter of its lifetime.
MARGIN = timedelta(seconds=60)
MARGIN_PART = 4
#: Upper limit for the lifetime that the server reports.
LONGEST_LIFE = timedelta(hours=24)
#: Well above the time limit of a token request.
WAIT_MILLISECONDS = 45_000
_LOCK_SPACE = 0x7661756C  # "vaul": the first of the two numbers of our advisory locks


@dataclass(frozen=True)
class Credentials:
    """Credentials for a token request. Their repr is hidden."""

    environment: str
    servicetitan_tenant: str
    app_key: SecretText
    client_id: SecretText
    client_secret: SecretText


@dataclass(frozen=True)
class FreshToken:
    """A token as returned by the server, with its lifetime."""

    value: SecretText
    lives: timedelta


@dataclass(frozen=True)
class AccessToken:
    """A usable token. `generation` identifies it for `forget_token`. It is used until its renewal, not its expiry."""

    value: SecretText
    expires_at: datetime
    renew_at: datetime
    generation: int


Fetch = Callable[[Credentials], FreshToken]


def access_token(connection: Connection, *, fetch: Fetch, by: str = "gateway") -> AccessToken:
    """Return a token that needs no renewal yet, from the vault or from one call of `fetch`.

    Starts its own transactions, so never call it inside one. Writes one audit line per load. Raises ConnectionClosed
    unless the connection is authorized or active, NotAdmitted if a gate is closed, TokenBusy after waiting 45 s for
    the lock, and all errors of `unseal` and of `fetch`; nothing is stored then.
    """
    if token := _cached(connection, by):
        return token
    credentials = _credentials(connection, by)
    try:
        with transaction.atomic(durable=True), scope.tenant(connection.tenant_id):
            _lock(connection)
            if token := _valid(connection, by):
                return token
            require_admission(connection)
            began = database_time()
            return _store(connection, fetch(credentials), began, by)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock not available
            raise
    raise TokenBusy


def forget_token(connection: Connection, token: AccessToken) -> bool:
    """Expire a rejected token, so that the next caller fetches a new one. Returns True if it was still the newest.

    Ten workers whose calls are rejected with the same token cause only one new token request.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        same = _row(connection).filter(generation=token.generation, destroyed_at=None, expires_at__gt=Now())
        return bool(same.update(expires_at=Now()))


def _cached(connection: Connection, by: str) -> AccessToken | None:
    """Return the cached token without taking the lock, the usual case. Commits the audit line first."""
    with transaction.atomic(durable=True), scope.tenant(connection.tenant_id):
        return _valid(connection, by)


def _valid(connection: Connection, by: str) -> AccessToken | None:
    """Return the cached token if it is valid long enough, or None if it is missing or cannot be decrypted."""
    margin = Least(Value(MARGIN), (F("expires_at") - F("kept_at")) / MARGIN_PART, output_field=DurationField())
    lasting = _row(connection).filter(expires_at__gt=Now() + margin, connection__state__in=USABLE)
    row = lasting.select_related("data_key").first()
    if row is None or row.expires_at is None:
        return None
    try:
        value = open_row(row)
    except VaultError:
        return None
    note_use(connection.pk, connection.tenant_id, [SecretKind.ACCESS_TOKEN], Use.API_CALL, by=by)
    return _usable(value, row.expires_at, row.kept_at, row.generation)


def _credentials(connection: Connection, by: str) -> Credentials:
    kinds = (SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET)
    opened = unseal(connection.pk, tenant_id=connection.tenant_id, kinds=kinds, purpose=Use.TOKEN_REQUEST, by=by)
    return Credentials(
        environment=connection.environment,
        servicetitan_tenant=connection.servicetitan_tenant,
        app_key=opened[SecretKind.APP_KEY],
        client_id=opened[SecretKind.CLIENT_ID],
        client_secret=opened[SecretKind.CLIENT_SECRET],
    )


def _store(connection: Connection, fresh: FreshToken, began: datetime, by: str) -> AccessToken:
    """Store a new token, or raise ConnectionClosed if the connection was closed in the meantime."""
    current = locked(connection)
    if current.state not in USABLE:
        raise ConnectionClosed
    expires_at = began + max(timedelta(), min(fresh.lives, LONGEST_LIFE))
    secret, _ = put(current, SecretKind.ACCESS_TOKEN, fresh.value, expires_at=expires_at)
    note_use(current.pk, current.tenant_id, [SecretKind.ACCESS_TOKEN], Use.API_CALL, by=by)
    return _usable(fresh.value, expires_at, began, secret.generation)


def _usable(value: SecretText, expires_at: datetime, stored_at: datetime, generation: int) -> AccessToken:
    return AccessToken(value, expires_at, expires_at - min(MARGIN, (expires_at - stored_at) / MARGIN_PART), generation)


def _row(connection: Connection) -> models.QuerySet[Secret]:
    return Secret.objects.filter(connection=connection, kind=SecretKind.ACCESS_TOKEN)


def _lock(connection: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_MILLISECONDS}ms"])
        # The first number keeps it apart from other locks. hashint8 may map two IDs to one lock, which is harmless.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [_LOCK_SPACE, connection.pk])
