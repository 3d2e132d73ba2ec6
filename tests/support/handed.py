"""A tenant connected to the stand-in, and what the stand-in's book says of it."""

from collections.abc import Sequence

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.simulator.seed import BUSINESS_UNIT, CAMPAIGN, JOB_TYPE, PROVIDER
from pagetojob.servicetitan.vault.models import Connection, SecretKind
from pagetojob.servicetitan.vault.services import connections, keep
from pagetojob.titanmap.models import Family
from tests.support.standin import CLIENT_ID, CLIENT_SECRET, TENANT, StandInProcess

FLAG = "api-booking-sync"
IDS = {
    Family.JOB_TYPE: JOB_TYPE,
    Family.BUSINESS_UNIT: BUSINESS_UNIT,
    Family.CAMPAIGN: CAMPAIGN,
    Family.BOOKING_PROVIDER: PROVIDER,
}


def connect(
    tenant: Tenant,
    owner: User,
    environment: Environment = Environment.SIMULATOR,
    *,
    scopes: Sequence[str] = FLAGS[FLAG].least_scopes,
    modules: Sequence[str] = (),
) -> Connection:
    """A connection to the account of the stand-in, in use."""
    row, _ = connections.begin(tenant=tenant, environment=environment, actor=owner, reason="Demo.")
    connections.ask_approval(connection=row, actor=owner, reason="Demo.")
    connections.authorize(
        connection=row,
        servicetitan_tenant=str(TENANT),
        scopes=scopes,
        modules=modules,
        actor=owner,
        reason="Demo.",
    )
    for kind, text in (
        (SecretKind.APP_KEY, "ak1.only-for-tests"),
        (SecretKind.CLIENT_ID, CLIENT_ID),
        (SecretKind.CLIENT_SECRET, CLIENT_SECRET),
    ):
        keep(connection=row, kind=kind, value=SecretText(text), actor=owner, reason="Demo.")
    return connections.activate(connection=row, actor=owner, reason="Demo.")


def book(standin: StandInProcess) -> dict[str, list[int]]:
    """The bookings of the account: ids by our reference."""
    bookings: dict[str, list[int]] = {}
    for row in standin.book()["bookings"]:
        bookings.setdefault(row["externalId"], []).append(row["id"])
    return bookings
