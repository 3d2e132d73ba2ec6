"""A connection's life: each move has a name and a reason, what the machine finds ends it, the database agrees."""

import pytest
from django.db import IntegrityError, connection, transaction

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import AuditError
from pagetojob.platform.sealing import errors
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault import selectors
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, Lost
from pagetojob.servicetitan.vault.models.connection import MOVES
from pagetojob.servicetitan.vault.services import connections
from tests.support.vault import SCOPES, authorized, fill

S = ConnectionState
SIMULATOR = Environment.SIMULATOR


def epoch(tenant: Tenant) -> int:
    return Tenant.objects.get(pk=tenant.pk).gates_epoch


def stored(row: Connection) -> Connection:
    with scope.tenant(row.tenant_id):
        return Connection.objects.get(pk=row.pk)


def test_all_transitions_are_audited(tenant: Tenant, owner: User, connected: Connection) -> None:
    connections.pause(connection=connected, actor=owner, reason="Holiday.")
    connections.activate(connection=connected, actor=owner, reason="Back again.")
    with scope.tenant(tenant.pk):
        lines = AuditEntry.objects.filter(action__startswith="vault.").exclude(action="vault.keep").order_by("id")
        entries = [(line.action, line.actor_id, bool(line.reason), line.changes.get("state")) for line in lines]
    assert entries == [
        ("vault.begin", owner.pk, True, None),
        ("vault.awaiting_approval", owner.pk, True, ["not connected", "awaiting approval"]),
        ("vault.authorized", owner.pk, True, ["awaiting approval", "authorized"]),
        ("vault.active", owner.pk, True, ["authorized", "active"]),
        ("vault.paused", owner.pk, True, ["active", "paused"]),
        ("vault.active", owner.pk, True, ["paused", "active"]),
    ]


def test_transition_needs_a_reason(tenant: Tenant, owner: User, connected: Connection) -> None:
    with pytest.raises(AuditError):
        connections.pause(connection=connected, actor=owner, reason=" ")
    assert stored(connected).state == S.ACTIVE


@pytest.mark.parametrize(
    ("move", "start"),
    [("withdraw", S.ACTIVE), ("ask_approval", S.AUTHORIZED), ("pause", S.AUTHORIZED)],
)
def test_undefined_transition_is_refused(
    tenant: Tenant, owner: User, connected: Connection, move: str, start: str
) -> None:
    row = connected if start == S.ACTIVE else authorized_again(connected, owner)
    with pytest.raises(states.IllegalMove):
        getattr(connections, move)(connection=row, actor=owner, reason="why not")


def authorized_again(row: Connection, owner: User) -> Connection:
    connections.note_refusal(connection=row, what=Lost.SCOPES, by="gateway")
    return connections.authorize(
        connection=stored(row), servicetitan_tenant="1", scopes=SCOPES, modules=(), actor=owner, reason="Accepted now."
    )


def test_database_enforces_the_same_transitions(tenant: Tenant, connected: Connection) -> None:
    for state in set(S) - set(MOVES[S.ACTIVE]) - {S.ACTIVE}:
        with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic(), scope.tenant(tenant.pk):
            Connection.objects.filter(pk=connected.pk).update(state=state, version=connected.version + 1)


def test_one_of_two_concurrent_transitions_wins(tenant: Tenant, owner: User, connected: Connection) -> None:
    late = stored(connected)
    connections.pause(connection=connected, actor=owner, reason="Holiday.")
    with pytest.raises(states.LostRace):
        connections.pause(connection=late, actor=owner, reason="Holiday.")


def test_environment_has_one_open_connection(tenant: Tenant, owner: User) -> None:
    row, new = connections.begin(tenant=tenant, environment=SIMULATOR, actor=owner, reason="Asked for.")
    two, again = connections.begin(tenant=tenant, environment=SIMULATOR, actor=owner, reason="Asked for.")
    other, third = connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=owner, reason="Too.")
    assert (row.pk == two.pk, new, again, third, other.pk != row.pk) == (True, True, False, True, True)
    with pytest.raises(IntegrityError), transaction.atomic(), scope.tenant(tenant.pk):
        Connection.objects.create(tenant=tenant, environment=SIMULATOR)


def test_active_needs_the_secrets_and_the_gates(tenant: Tenant, owner: User, stand_in: None) -> None:
    row = authorized(tenant, owner)
    with pytest.raises(errors.NotReady):
        connections.activate(connection=row, actor=owner, reason="Go.")
    fill(row, owner)
    assert connections.activate(connection=row, actor=owner, reason="Go.").state == S.ACTIVE


def test_closed_gate_keeps_a_connection_paused(
    tenant: Tenant, owner: User, connected: Connection, settings: pytest.FixtureRequest
) -> None:
    connections.pause(connection=connected, actor=owner, reason="Holiday.")
    settings.SERVICETITAN_STANDIN_API_URL = ""  # type: ignore[attr-defined]
    with pytest.raises(errors.NotAdmitted):
        connections.activate(connection=connected, actor=owner, reason="Go.")


def test_rejected_scopes_mean_lost_at_once(tenant: Tenant, connected: Connection) -> None:
    connections.note_refusal(connection=connected, what=Lost.SCOPES, by="gateway")
    row = stored(connected)
    assert (row.state, row.lost_because) == (S.LOST, Lost.SCOPES)
    with scope.tenant(tenant.pk):
        line = AuditEntry.objects.get(action="vault.lost")
    assert (line.actor_id, line.actor_label, line.changes["state"]) == (None, "gateway", ["active", "lost"])


@pytest.mark.parametrize("what", [Lost.INVALID_CLIENT, Lost.REFUSED])
def test_repeated_rejections_mean_lost_and_a_success_resets_the_count(connected: Connection, what: Lost) -> None:
    def refuse(times: int) -> Connection:
        for _ in range(times):
            connections.note_refusal(connection=connected, what=what, by="gateway")
        return stored(connected)

    row = refuse(connections.REFUSALS_LOST - 1)
    assert (row.state, row.refusals) == (S.ACTIVE, connections.REFUSALS_LOST - 1)
    connections.note_answer(connection=row)
    assert (refuse(connections.REFUSALS_LOST - 1).state, refuse(1).state) == (S.ACTIVE, S.LOST)
    assert refuse(1).state == S.LOST, "who is late changes nothing"


def test_any_change_of_a_connection_raises_the_tenant_s_epoch(
    tenant: Tenant, other_tenant: Tenant, owner: User, connected: Connection
) -> None:
    before, others = epoch(tenant), epoch(other_tenant)
    connections.pause(connection=connected, actor=owner, reason="Holiday.")
    paused = epoch(tenant)
    connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=owner, reason="Asked for.")
    began = epoch(tenant)
    with scope.worker():
        Connection.objects.filter(pk=connected.pk).update(scopes=[])
    assert before < paused < began < epoch(tenant)
    assert epoch(other_tenant) == others


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"servicetitan_tenant": "12a"}, "at most 20 digits"),
        ({"scopes": ()}, "at least one scope"),
        ({"scopes": ("everything",)}, "at least one scope"),
        ({"modules": ("<b>",)}, "Enter module names"),
    ],
)
def test_invalid_details_are_refused(tenant: Tenant, owner: User, facts: dict[str, object], says: str) -> None:
    row, _ = connections.begin(tenant=tenant, environment=SIMULATOR, actor=owner, reason="Asked for.")
    given = {"servicetitan_tenant": "1", "scopes": SCOPES, "modules": ()} | facts
    with pytest.raises(connections.BadDetails, match=says):
        connections.authorize(connection=row, actor=owner, reason="Allowed.", **given)  # type: ignore[arg-type]


def test_feature_lists_what_a_connection_lacks(connected: Connection) -> None:
    lacks = {row["slug"]: tuple(row["missing"]) for row in selectors.feature_needs(connected)}
    assert set(lacks) == {slug for slug, flag in FLAGS.items() if flag.gates}
    assert lacks["api-booking-sync"] == () and lacks["scheduler-webhooks"] == ()
    assert lacks["closed-loop-revenue"] == (*FLAGS["closed-loop-revenue"].least_scopes, "Accounting")


def test_listing_secrets_reads_no_sealed_bytes(tenant: Tenant, connected: Connection) -> None:
    with scope.tenant(tenant.pk):
        row = selectors.connection_of(tenant, SIMULATOR)
        assert row
        shown = selectors.stored_secrets(row)
    assert [one["kind"] for one in shown] == ["app key", "client id", "client secret"]
    assert all(one["fingerprint"].startswith("hmac:") for one in shown)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_secret")
        assert cursor.fetchone() == (0,), "outside a scope"
