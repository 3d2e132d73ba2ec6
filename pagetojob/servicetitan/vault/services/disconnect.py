"""Disconnect: state, keys, secrets and receipt in one commit; what follows is owed in the same commit."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.gates.registry import FLAGS
from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from ..models import AT_DISCONNECT, Connection, ConnectionState, DataKey, FollowUp, Receipt, Revocation, Secret, Step
from .secrets import locked

S = ConnectionState
#: The kind of the run that works off what is owed. The layer above all apps registers its handler.
FOLLOW_UP = "vault.follow_up"
#: A debt this old has no run any more that works at it.
LEFT_LYING = timedelta(minutes=5)
#: In which their admin has allowed us something that they may still have to take back.
_ALLOWED = (S.AUTHORIZED, S.ACTIVE, S.PAUSED, S.LOST)


class NothingToConfirm(ValueError):
    """The revocation of this receipt is confirmed already."""


def disconnect(*, connection: Connection, actor: User, reason: str) -> Receipt:
    """End a connection for good, from any state; asking twice gives the same receipt.

    At once: the state, the data keys and sealed bytes gone, the receipt, and a run for what follows. It waits for
    nothing outside the database. Raises AuditError without a reason.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        held = locked(connection)
        if held.state == S.DISCONNECTED:
            return Receipt.objects.get(connection=held)
        receipt = _receipt(held, actor, reason)
        _write_down(held, receipt)
        Secret.objects.filter(connection=held, destroyed_at=None).update(sealed=None, destroyed_at=Now())
        DataKey.objects.filter(connection=held, destroyed_at=None).update(wrapped=None, destroyed_at=Now())
        states.move(held, S.DISCONNECTED, lost_because="", refusals=0)
        receipt.save(force_insert=True)
        FollowUp.objects.bulk_create(
            [FollowUp(tenant=held.tenant, receipt=receipt, step=step) for step in AT_DISCONNECT]
        )
        follow_up(receipt, actor=actor)
    connection.state, connection.version = held.state, held.version
    return receipt


def follow_up(receipt: Receipt, *, actor: User) -> None:
    """Ask for the run that works off what is owed to this tenant. An open one will do: it looks at the rows."""
    start_run(
        tenant=receipt.tenant,
        kind=FOLLOW_UP,
        params={},
        actor=actor,
        reason=f"What follows the disconnect of receipt {receipt.public_id}.",
    )


def finish_left_lying() -> int:
    """Ask for a run again where something is still owed after five minutes. Returns for how many tenants."""
    with scope.worker():
        owed = FollowUp.objects.filter(done_at=None, receipt__at__lt=Now() - Value(LEFT_LYING))
        receipts = dict(owed.order_by("pk").values_list("tenant_id", "receipt_id"))
    for tenant_id, receipt_id in receipts.items():
        with transaction.atomic(), scope.tenant(tenant_id):
            receipt = Receipt.objects.select_related("tenant", "by").get(pk=receipt_id)
            follow_up(receipt, actor=receipt.by)
    return len(receipts)


def confirm_revocation(*, receipt: Receipt, actor: User, reason: str) -> Receipt:
    """A person saw that the app is disabled at ServiceTitan; the receipt's PDF is owed anew.

    Raises NothingToConfirm when that is on file.
    """
    with transaction.atomic(), scope.tenant(receipt.tenant_id):
        fresh = Receipt.objects.filter(Q(pk=receipt.pk) & ~Q(revocation=Revocation.CONFIRMED))
        if not fresh.update(revocation=Revocation.CONFIRMED, revoked_at=Now(), revoked_by=actor):
            raise NothingToConfirm("That access was withdrawn at ServiceTitan is on file already.")
        record(
            action="vault.confirm_revocation",
            subject=receipt,
            reason=reason,
            tenant=receipt.tenant_id,
            actor=actor,
            changes={"revocation": (receipt.revocation, Revocation.CONFIRMED.value)},
        )
        confirmed = Receipt.objects.select_related("tenant").get(pk=receipt.pk)
        FollowUp.objects.create(tenant=confirmed.tenant, receipt=confirmed, step=Step.RENEW_PDF)
        follow_up(confirmed, actor=actor)
        return confirmed


def _write_down(held: Connection, receipt: Receipt) -> None:
    """First of all, so that nothing ends without a reason."""
    record(
        action="vault.disconnect",
        subject=held,
        reason=receipt.reason,
        tenant=held.tenant_id,
        actor=receipt.by,
        changes={
            "state": (receipt.state_before, S.DISCONNECTED.value),
            "secrets": (len(receipt.held), 0),
            "receipt": (None, receipt),
        },
    )


def _receipt(held: Connection, actor: User, reason: str) -> Receipt:
    """The receipt as it will be saved: fingerprints and facts of keys, and no value."""
    secrets = Secret.objects.filter(connection=held, destroyed_at=None).order_by("kind").defer("sealed")
    keys = DataKey.objects.filter(connection=held, destroyed_at=None).order_by("generation").defer("wrapped")
    allowed = held.state in _ALLOWED
    return Receipt(
        tenant=held.tenant,
        connection=held,
        by=actor,
        reason=reason.strip(),
        state_before=held.state,
        held=[
            {"kind": row.kind, "fingerprint": row.fingerprint, "kept_at": row.kept_at.isoformat()} for row in secrets
        ],
        keys_destroyed=[
            {"key": str(row.public_id), "generation": row.generation, "wrapped_by": row.kek_id} for row in keys
        ],
        backups_end_on=(timezone.now() + timedelta(days=settings.BACKUP_DAYS)).date(),
        # Their API has no call that withdraws access; after a loss they may have withdrawn it themselves.
        revocation=Revocation.UNSUPPORTED if allowed and held.state != S.LOST else Revocation.UNKNOWN,
        features=[
            {"flag": slug, "title": flag.title, "manual_mode": flag.manual_mode}
            for slug, flag in FLAGS.items()
            if flag.gates
        ],
        to_do=_to_do(allowed=allowed, held=bool(secrets)),
    )


def _to_do(*, allowed: bool, held: bool) -> list[str]:
    steps = []
    if allowed:
        steps.append(
            "Ask your ServiceTitan admin to open API Application Access, select the PageToJob app, and choose Disable."
        )
    if held:
        steps.append("Have the client secret that was kept here made invalid, as you would with any key you hand back.")
    steps.append("Nothing on your website needs to change: requests are still taken, kept and told to you by e-mail.")
    return steps
