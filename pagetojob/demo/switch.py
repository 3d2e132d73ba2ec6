"""The demo switch: a demo tenant's API features opened against the stand-in, or a simulator in its place, and shut.

Opening goes the way of a customer: a connection with its secrets, the ids of the map, the wish. No gate is touched and
no evidence recorded: for the stand-in the demo mark of the tenant and its two addresses are all that is asked.
"""

from dataclasses import dataclass, field

from django.conf import settings

from pagetojob.gates.decisions import KILLED
from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import Decision, decide, want
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.simulator.api import secret_of
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, SecretKind
from pagetojob.servicetitan.vault.selectors import connection_of, stored_secrets
from pagetojob.servicetitan.vault.services import connections, disconnect, keep
from pagetojob.servicetitan.vault.services.secrets import fingerprint_of

from . import map_ids

S = ConnectionState
HAND_OFF, LISTS = "api-booking-sync", "api-taxonomy-import"
#: The features that are opened; the hand-off last, so that no booking is tried before the map has its ids.
OPENED = (LISTS, HAND_OFF)
SCOPES = tuple(sorted({name for flag in OPENED for name in FLAGS[flag].least_scopes}))
#: Any number will do for the stand-in.
STAND_IN_TENANT = "770077"
WHY = "The demo switch, at the command line."


class NotPossible(Exception):
    """The switch cannot be moved. The sentence says why, and what to do."""


@dataclass(frozen=True)
class Account:
    """An account there, and what opens it. Shows none of its secrets."""

    tenant: str
    secrets: dict[SecretKind, SecretText] = field(repr=False)


def own_account(tenant: str = STAND_IN_TENANT) -> Account:
    """The account of that number in our own stand-in."""
    client = f"cid.standin.{tenant}"
    return Account(
        tenant,
        {
            SecretKind.APP_KEY: SecretText("ak1.standin"),
            SecretKind.CLIENT_ID: SecretText(client),
            SecretKind.CLIENT_SECRET: SecretText(secret_of(client)),
        },
    )


@dataclass(frozen=True)
class Opened:
    """What is open, where it leads, and how many ids of the map were set; `anew` for a connection just made."""

    connection: Connection
    api: str
    ids: int
    anew: bool


@dataclass(frozen=True)
class Shut:
    """The receipt of the connection that ended, if there was one, and how many ids were taken out of the map."""

    receipt: str
    ids: int


def switch_on(*, tenant: Tenant, account: Account, actor: User) -> Opened:
    """Open the features against the stand-in. Asking again changes only what is not as it should be.

    The other side is asked for a token and its lists before anything is open. Raises NotPossible; nothing is open then.
    """
    _may_move(tenant)
    _none_killed(tenant)
    try:
        row, anew = _connection(tenant, account, actor)
        _wish(tenant, LISTS, on=True, actor=actor)
        ids = map_ids.bring(row, _decision(tenant, LISTS))
        if row.state != S.ACTIVE:
            connections.activate(connection=row, actor=actor, reason=WHY)
    except (GatewayError, VaultError, map_ids.NoProvider) as error:
        _wish(tenant, LISTS, on=False, actor=actor)
        raise NotPossible(_sentence(error)) from None
    _wish(tenant, HAND_OFF, on=True, actor=actor)
    return Opened(row, settings.SERVICETITAN_STANDIN_API_URL, ids, anew)


def switch_off(*, tenant: Tenant, actor: User) -> Shut:
    """Shut the features, end the connection as a customer would, take the ids out. Asking again does nothing more.

    What waits meets its shut gate and waits here. Raises NotPossible for a tenant that is no demo.
    """
    _is_demo(tenant)
    for flag in reversed(OPENED):
        _wish(tenant, flag, on=False, actor=actor)
    with scope.tenant(tenant.pk):
        row = connection_of(tenant, Environment.STAND_IN)
    receipt = disconnect(connection=row, actor=actor, reason=WHY) if row else None
    return Shut(str(receipt.public_id) if receipt else "", map_ids.forget(tenant))


def _may_move(tenant: Tenant) -> None:
    if not settings.DEBUG:
        raise NotPossible("These are production settings (DEBUG=false): no stand-in serves here, so nothing is opened.")
    _is_demo(tenant)
    if not (settings.SERVICETITAN_STANDIN_AUTH_URL and settings.SERVICETITAN_STANDIN_API_URL):
        raise NotPossible(
            "No stand-in is named. Set SERVICETITAN_STANDIN_AUTH_URL and SERVICETITAN_STANDIN_API_URL, or use make run."
        )


def _is_demo(tenant: Tenant) -> None:
    if not tenant.is_demo:
        raise NotPossible(f"{tenant.name} is not marked as a demo. The stand-in serves demo tenants, and no other.")


def _none_killed(tenant: Tenant) -> None:
    killed = [FLAGS[flag].title for flag in OPENED if KILLED in _decision(tenant, flag).missing]
    if killed:
        raise NotPossible(
            f"Somebody on call switched it off: {', '.join(killed)}. An operator lead lifts that on its page first."
        )


def _decision(tenant: Tenant, flag: str) -> Decision:
    with scope.tenant(tenant.pk):
        return decide(flag, tenant, Environment.STAND_IN)


def _wish(tenant: Tenant, flag: str, *, on: bool, actor: User) -> None:
    with scope.operator(actor, reason=WHY):
        if Flag.objects.filter(tenant=tenant, slug=flag, wanted=not on).exists():
            want(flag=flag, tenant=tenant, on=on, actor=actor, reason=WHY)


def _connection(tenant: Tenant, account: Account, actor: User) -> tuple[Connection, bool]:
    """The connection to that account, with its secrets kept; one to another account is ended first."""
    with scope.tenant(tenant.pk):
        row = connection_of(tenant, Environment.STAND_IN)
        other = row is not None and not _same(row, account)
    if row is not None and other:
        disconnect(connection=row, actor=actor, reason=f"{WHY} Another account takes its place.")
    row, anew = connections.begin(tenant=tenant, environment=Environment.STAND_IN, actor=actor, reason=WHY)
    if row.state == S.NOT_CONNECTED:
        connections.ask_approval(connection=row, actor=actor, reason=WHY)
    if row.state in (S.AWAITING_APPROVAL, S.LOST):
        connections.authorize(
            connection=row, servicetitan_tenant=account.tenant, scopes=SCOPES, modules=(), actor=actor, reason=WHY
        )
    with scope.tenant(tenant.pk):
        kept = {secret.kind for secret in stored_secrets(row)}
    for kind, value in account.secrets.items():
        if kind not in kept:
            keep(connection=row, kind=kind, value=value, actor=actor, reason=WHY)
    if row.state == S.PAUSED:
        connections.activate(connection=row, actor=actor, reason=WHY)
    return row, anew


def _same(row: Connection, account: Account) -> bool:
    """Whether a connection leads to that account, with these secrets, and has the scopes that are used."""
    if row.servicetitan_tenant and (row.servicetitan_tenant != account.tenant or not set(SCOPES) <= set(row.scopes)):
        return False
    kept = {secret.kind: secret.fingerprint for secret in stored_secrets(row)}
    return all(kept.get(kind) in (None, fingerprint_of(kind, value)) for kind, value in account.secrets.items())


def _sentence(error: GatewayError | VaultError | map_ids.NoProvider) -> str:
    where = settings.SERVICETITAN_STANDIN_API_URL
    if isinstance(error, GatewayError):
        return f"{where} was asked, and nothing is open: {error.sentence}"
    return error.for_people if isinstance(error, VaultError) else f"{where} was asked, and nothing is open: {error}"
