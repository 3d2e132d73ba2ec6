"""The access token of a connection: one request to the other side per tenant and expiry, whoever needs it.

The token is kept sealed in the database. Who finds it lapsing takes the connection's advisory lock, looks again, and
only then asks; all others wait for that answer. The lock ends with its transaction, so a worker that dies frees it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, models, transaction
from django.db import connection as database
from django.db.models import Value
from django.db.models.functions import Now

from pagetojob.platform.sealing.errors import ConnectionClosed, TokenBusy, VaultError
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope

from .models import USABLE, Connection, Secret, SecretKind
from .services.secrets import Use, locked, need_admission, note_use, open_row, put, unseal

#: A token is renewed when less than this is left of it, so that none lapses on its way.
MARGIN = timedelta(seconds=60)
#: No answer makes us hold a token for longer.
LONGEST_LIFE = timedelta(hours=24)
#: Well above the time limit of a token request.
WAIT_MILLISECONDS = 45_000
_LOCK_SPACE = 0x7661756C  # "vaul": the first of the two numbers of our advisory locks


@dataclass(frozen=True)
class Credentials:
    """What a token request needs. Shows none of it."""

    environment: str
    servicetitan_tenant: str
    app_key: SecretText
    client_id: SecretText
    client_secret: SecretText


@dataclass(frozen=True)
class FreshToken:
    """What the other side answered: a token, and for how long it lives."""

    value: SecretText
    lives: timedelta


@dataclass(frozen=True)
class AccessToken:
    """A token to call with. `generation` tells it from the one before, for `forget_token`."""

    value: SecretText
    expires_at: datetime
    generation: int


Fetch = Callable[[Credentials], FreshToken]


def access_token(connection: Connection, *, fetch: Fetch, by: str = "gateway") -> AccessToken:
    """A token with at least a minute left, from the vault or by one `fetch`.

    Begins transactions of its own, so never call it inside one. One audit line for each load. What `fetch` raises
    comes through, and nothing is kept. Raises ConnectionClosed unless the connection is authorized or active,
    NotAdmitted when a gate shut, TokenBusy after 45 s of waiting, and what `unseal` raises.
    """
    if token := _kept(connection, by):
        return token
    credentials = _credentials(connection, by)
    try:
        with transaction.atomic(durable=True), scope.tenant(connection.tenant_id):
            _lock(connection)
            if token := _valid(connection, by):
                return token
            need_admission(connection)
            began = _now()
            return _keep(connection, fetch(credentials), began, by)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock not available
            raise
    raise TokenBusy


def forget_token(connection: Connection, token: AccessToken) -> bool:
    """Have the next caller fetch a new one, because this one was refused; whether it was still the newest.

    Ten workers that are refused with one token cause one new request.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        same = _row(connection).filter(generation=token.generation, destroyed_at=None, expires_at__gt=Now())
        return bool(same.update(expires_at=Now()))


def _kept(connection: Connection, by: str) -> AccessToken | None:
    """Looked up without the lock: nearly always it is there. The line is committed before it is handed out."""
    with transaction.atomic(durable=True), scope.tenant(connection.tenant_id):
        return _valid(connection, by)


def _valid(connection: Connection, by: str) -> AccessToken | None:
    """The kept token, if it lasts; None also for one that cannot be opened, which a new one then replaces."""
    lasting = _row(connection).filter(expires_at__gt=Now() + Value(MARGIN), connection__state__in=USABLE)
    row = lasting.select_related("data_key").first()
    if row is None or row.expires_at is None:
        return None
    try:
        value = open_row(row)
    except VaultError:
        return None
    note_use(connection.pk, connection.tenant_id, [SecretKind.ACCESS_TOKEN], Use.API_CALL, by=by)
    return AccessToken(value, row.expires_at, row.generation)


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


def _keep(connection: Connection, fresh: FreshToken, began: datetime, by: str) -> AccessToken:
    """Seal what came, unless the connection ended meanwhile: then it is dropped."""
    held = locked(connection)
    if held.state not in USABLE:
        raise ConnectionClosed
    expires_at = began + max(timedelta(), min(fresh.lives, LONGEST_LIFE))
    secret, _ = put(held, SecretKind.ACCESS_TOKEN, fresh.value, expires_at=expires_at)
    note_use(held.pk, held.tenant_id, [SecretKind.ACCESS_TOKEN], Use.API_CALL, by=by)
    return AccessToken(fresh.value, expires_at, secret.generation)


def _row(connection: Connection) -> models.QuerySet[Secret]:
    return Secret.objects.filter(connection=connection, kind=SecretKind.ACCESS_TOKEN)


def _lock(connection: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_MILLISECONDS}ms"])
        # Two numbers, so that it meets no lock of another part; an id above 2**31 shares a lock with another id.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [_LOCK_SPACE, connection.pk])


def _now() -> datetime:
    """By the clock of the database, which also judges what has lapsed."""
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row
    now: datetime = row[0]
    return now
