"""Demo switch: turn a demo tenant's API features on against the ServiceTitan simulator, and off again.

Turning on takes the same path as for a customer: a connection with secrets, the ids of the map, and the flag. No gate
changes and no evidence is recorded: the simulator requires only the tenant's demo mark and the two configured URLs.
"""

from dataclasses import dataclass

from django.conf import settings

from pagetojob.gates.decisions import KILLED
from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import Decision, decide, want
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.accounts import Account
from pagetojob.servicetitan.vault.models import Connection, ConnectionState
from pagetojob.servicetitan.vault.selectors import connection_of, stored_secrets
from pagetojob.servicetitan.vault.services import connections, disconnect, keep
from pagetojob.servicetitan.vault.services.secrets import fingerprint_of

from . import map_ids

S = ConnectionState
HANDOFF, LISTS = "api-booking-sync", "api-taxonomy-import"
#: Features that are turned on. The handoff is last, so that no booking is sent before the map has its ids.
OPENED = (LISTS, HANDOFF)
#: The connection also permits imports of outcomes, which a person may request on the page of gates.
_PERMITTED = tuple(FLAGS[flag] for flag in (*OPENED, "closed-loop-revenue"))
SCOPES = tuple(sorted({name for flag in _PERMITTED for name in flag.scopes}))
MODULES = tuple(flag.least_module for flag in _PERMITTED if flag.least_module)
WHY = "The demo switch, at the command line."


class NotPossible(Exception):
    """The switch cannot be changed. The message gives the reason and what to do."""


@dataclass(frozen=True)
class Opened:
    """The open connection, its API URL and how many map ids were set. `anew` is true for a new connection."""

    connection: Connection
    api: str
    ids: int
    is_new: bool


@dataclass(frozen=True)
class Shut:
    """The receipt of the ended connection, if there was one, and how many ids were removed from the map."""

    receipt: str
    ids: int


def switch_on(*, tenant: Tenant, account: Account, actor: User) -> Opened:
    """Turn the features on against the simulator. Idempotent.

    Fetches a token and the lists before anything is turned on. Raises NotPossible, leaving everything off.
    """
    _may_move(tenant)
    killed = [FLAGS[flag].title for flag in OPENED if KILLED in _decision(tenant, flag).missing]
    if killed:
        raise NotPossible(
            f"Switched off by someone on call: {', '.join(killed)}. An operator lead must lift the kill switch first."
        )
    try:
        row, is_new = _connection(tenant, account, actor)
        _wish(tenant, LISTS, on=True, actor=actor)
        ids = map_ids.bring(row, _decision(tenant, LISTS))
        if row.state != S.ACTIVE:
            connections.activate(connection=row, actor=actor, reason=WHY)
    except (GatewayError, VaultError, map_ids.NoProvider) as error:
        _wish(tenant, LISTS, on=False, actor=actor)
        raise NotPossible(_sentence(error)) from None
    _wish(tenant, HANDOFF, on=True, actor=actor)
    return Opened(row, settings.SERVICETITAN_STANDIN_API_URL, ids, is_new)


def switch_off(*, tenant: Tenant, actor: User) -> Shut:
    """Turn the features off, disconnect as a customer would, and remove the ids. Idempotent.

    Waiting items are blocked at their closed gate. Raises NotPossible for a tenant that is not a demo.
    """
    _is_demo(tenant)
    for flag in reversed(OPENED):
        _wish(tenant, flag, on=False, actor=actor)
    with scope.tenant(tenant.pk):
        row = connection_of(tenant, Environment.SIMULATOR)
    receipt = disconnect(connection=row, actor=actor, reason=WHY) if row else None
    return Shut(str(receipt.public_id) if receipt else "", map_ids.forget(tenant))


def _may_move(tenant: Tenant) -> None:
    if not settings.DEBUG:
        raise NotPossible("These are production settings (DEBUG=false) without a simulator, so nothing was turned on.")
    _is_demo(tenant)
    if not (settings.SERVICETITAN_STANDIN_AUTH_URL and settings.SERVICETITAN_STANDIN_API_URL):
        raise NotPossible(
            "No simulator. Set SERVICETITAN_STANDIN_AUTH_URL and SERVICETITAN_STANDIN_API_URL, or use make run."
        )


def _is_demo(tenant: Tenant) -> None:
    if not tenant.is_demo:
        raise NotPossible(f"{tenant.name} is not marked as a demo. The simulator serves only demo tenants.")


def _decision(tenant: Tenant, flag: str) -> Decision:
    with scope.tenant(tenant.pk):
        return decide(flag, tenant, Environment.SIMULATOR)


def _wish(tenant: Tenant, flag: str, *, on: bool, actor: User) -> None:
    with scope.operator(actor, reason=WHY):
        if Flag.objects.filter(tenant=tenant, slug=flag, wanted=not on).exists():
            want(flag=flag, tenant=tenant, on=on, actor=actor, reason=WHY)


def _connection(tenant: Tenant, account: Account, actor: User) -> tuple[Connection, bool]:
    """Return the connection to this account, with its secrets stored. Disconnects one to another account first."""
    with scope.tenant(tenant.pk):
        row = connection_of(tenant, Environment.SIMULATOR)
        other = row is not None and not _same(row, account)
    if row is not None and other:
        disconnect(connection=row, actor=actor, reason=f"{WHY} Another account replaces it.")
    row, is_new = connections.begin(tenant=tenant, environment=Environment.SIMULATOR, actor=actor, reason=WHY)
    if row.state == S.NOT_CONNECTED:
        connections.ask_approval(connection=row, actor=actor, reason=WHY)
    if row.state in (S.AWAITING_APPROVAL, S.LOST):
        connections.authorize(
            connection=row, servicetitan_tenant=account.tenant, scopes=SCOPES, modules=MODULES, actor=actor, reason=WHY
        )
    with scope.tenant(tenant.pk):
        stored = {secret["kind"] for secret in stored_secrets(row)}
    for kind, value in account.secrets.items():
        if kind not in stored:
            keep(connection=row, kind=kind, value=value, actor=actor, reason=WHY)
    if row.state == S.PAUSED:
        connections.activate(connection=row, actor=actor, reason=WHY)
    return row, is_new


def _same(row: Connection, account: Account) -> bool:
    """Return whether a connection uses this account and these secrets, and has the needed scopes."""
    if row.servicetitan_tenant and (row.servicetitan_tenant != account.tenant or not set(SCOPES) <= set(row.scopes)):
        return False
    stored = {secret["kind"]: secret["fingerprint"] for secret in stored_secrets(row)}
    return all(stored.get(kind) in (None, fingerprint_of(kind, value)) for kind, value in account.secrets.items())


def _sentence(error: GatewayError | VaultError | map_ids.NoProvider) -> str:
    if isinstance(error, VaultError):
        return str(error)
    return f"{settings.SERVICETITAN_STANDIN_API_URL} was contacted, and nothing was turned on: {error}"
