"""Disconnect a connection: state, keys, secrets, receipt and pending follow-up steps change in one commit."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.gates.registry import FLAGS
from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from ..models import AT_DISCONNECT, Connection, ConnectionState, DataKey, FollowUp, Receipt, Revocation, Secret, Step
from .secrets import locked

S = ConnectionState
#: Kind of the run that performs pending follow-up steps. Its handler is registered by a higher layer.
FOLLOW_UP = "vault.follow_up"
#: A step that is pending for longer has no active run any more.
STALLED_AFTER = timedelta(minutes=5)
#: States in which the customer's admin has granted access that they may have to revoke.
_ALLOWED = (S.AUTHORIZED, S.ACTIVE, S.PAUSED, S.LOST)


class NothingToConfirm(ValueError):
    """The revocation of this receipt is already confirmed."""


def disconnect(*, connection: Connection, actor: User, reason: str) -> Receipt:
    """Permanently end a connection from any state. Idempotent: a repeated call returns the same receipt.

    A single transaction changes the state, destroys data keys and sealed bytes, writes the receipt and starts a run for
    the follow-up steps. Makes no call outside the database. Raises AuditError without a reason.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        current = locked(connection)
        if current.state == S.DISCONNECTED:
            return Receipt.objects.get(connection=current)
        receipt = _receipt(current, actor, reason)
        _audit(current, receipt)
        Secret.objects.filter(connection=current, destroyed_at=None).update(sealed=None, destroyed_at=Now())
        DataKey.objects.filter(connection=current, destroyed_at=None).update(wrapped=None, destroyed_at=Now())
        states.move(current, S.DISCONNECTED, lost_because="", refusals=0)
        receipt.save(force_insert=True)
        FollowUp.objects.bulk_create(
            [FollowUp(tenant=current.tenant, receipt=receipt, step=step) for step in AT_DISCONNECT]
        )
        follow_up(receipt, actor=actor)
    connection.state, connection.version = current.state, current.version
    return receipt


def has_ended(connection: Connection) -> bool:
    """Return whether a connection is disconnected; if not, a disconnect waits until this transaction ends.

    Whoever stores what was read through a connection asks this first, because the receipt lists what is stored.
    """
    return locked(connection).state == S.DISCONNECTED


def follow_up(receipt: Receipt, *, actor: User) -> None:
    """Start the run that performs the tenant's pending steps, unless one is open, which will find the new rows."""
    start_run(
        tenant=receipt.tenant,
        kind=FOLLOW_UP,
        params={},
        actor=actor,
        reason=f"Follow-up steps after the disconnect, receipt {receipt.public_id}.",
    )


def resume_stalled_disconnects() -> int:
    """Start a new run for each tenant with a step pending for over five minutes. Returns the number of tenants."""
    with scope.worker():
        pending = FollowUp.objects.filter(done_at=None, receipt__at__lt=Now() - Value(STALLED_AFTER))
        receipts = dict(pending.order_by("pk").values_list("tenant_id", "receipt_id"))
    for tenant_id, receipt_id in receipts.items():
        with transaction.atomic(), scope.tenant(tenant_id):
            receipt = Receipt.objects.select_related("tenant", "by").get(pk=receipt_id)
            follow_up(receipt, actor=receipt.by)
    return len(receipts)


def confirm_revocation(*, receipt: Receipt, actor: User, reason: str) -> Receipt:
    """Record that a person saw the app disabled at ServiceTitan, and enqueue a new PDF of the receipt.

    Raises NothingToConfirm if it is already recorded, or if the connection led to the simulator.
    """
    if receipt.connection.is_simulated:
        raise NothingToConfirm("This connection led to the simulator. ServiceTitan never granted access.")
    with transaction.atomic(), scope.tenant(receipt.tenant_id):
        fresh = Receipt.objects.filter(Q(pk=receipt.pk) & ~Q(revocation=Revocation.CONFIRMED))
        if not fresh.update(revocation=Revocation.CONFIRMED, revoked_at=Now(), revoked_by=actor):
            raise NothingToConfirm("The revocation at ServiceTitan is already recorded.")
        record_change(
            "vault.confirm_revocation",
            receipt,
            actor=actor,
            reason=reason,
            revocation=(receipt.revocation, Revocation.CONFIRMED.value),
        )
        confirmed = Receipt.objects.select_related("tenant").get(pk=receipt.pk)
        FollowUp.objects.create(tenant=confirmed.tenant, receipt=confirmed, step=Step.RENEW_PDF)
        follow_up(confirmed, actor=actor)
        return confirmed


def _audit(connection: Connection, receipt: Receipt) -> None:
    """Write the audit line. Called first, because it raises if the reason is missing."""
    record_change(
        "vault.disconnect",
        connection,
        actor=receipt.by,
        reason=receipt.reason,
        state=(receipt.state_before, S.DISCONNECTED.value),
        secrets=(len(receipt.held), 0),
        receipt=(None, receipt),
    )


def _receipt(connection: Connection, actor: User, reason: str) -> Receipt:
    """Build the receipt, with fingerprints and facts about keys but no values."""
    secrets = Secret.objects.filter(connection=connection, destroyed_at=None).order_by("kind").defer("sealed")
    keys = DataKey.objects.filter(connection=connection, destroyed_at=None).order_by("generation").defer("wrapped")
    allowed = connection.state in _ALLOWED
    return Receipt(
        tenant=connection.tenant,
        connection=connection,
        by=actor,
        reason=reason.strip(),
        state_before=connection.state,
        held=[
            {"kind": row.kind, "fingerprint": row.fingerprint, "kept_at": row.kept_at.isoformat()} for row in secrets
        ],
        keys_destroyed=[
            {"key": str(row.public_id), "generation": row.generation, "wrapped_by": row.kek_id} for row in keys
        ],
        backups_end_on=(timezone.now() + timedelta(days=settings.BACKUP_DAYS)).date(),
        # Their API cannot revoke access. If access was lost, they may have revoked it themselves.
        revocation=Revocation.UNSUPPORTED if allowed and connection.state != S.LOST else Revocation.UNKNOWN,
        features=[
            {"flag": slug, "title": flag.title, "manual_mode": flag.manual_mode}
            for slug, flag in FLAGS.items()
            if flag.gates
        ],
        to_do=_to_do(connection, has_secrets=bool(secrets)),
    )


def _to_do(connection: Connection, *, has_secrets: bool) -> list[str]:
    steps = []
    if connection.state in _ALLOWED and not connection.is_simulated:
        steps.append(
            "Ask your ServiceTitan admin to open API Application Access, select the PageToJob app, and choose Disable."
        )
    if has_secrets and not connection.is_simulated:
        steps.append("Have the client secret that was stored here invalidated, as you would with any returned key.")
    steps.append("Nothing on your website needs to change: requests are still received, stored and emailed to you.")
    return steps
