"""Items in any state, and the moves of operators on them."""

import os
from datetime import timedelta
from typing import Any

import psycopg
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.item_actions import Move
from syncqueue.leads.models import Lead, Suspicion
from syncqueue.models import State, SyncItem
from syncqueue.services import exclusions, operate
from syncqueue.services.operate import Proof
from tests.support.desk import read
from tests.support.factories import make_lead, make_sync_item

REASON = "told by phone"


def make_item(tenant: Tenant, state: State, **facts: Any) -> SyncItem:
    """A booking request of its own lead, brought to `state` along the arrows there are."""
    came = {"received_at": facts.pop("received_at")} if "received_at" in facts else {}
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, suspected=[Suspicion.TOO_FAST], **came)
        item = make_sync_item(tenant=tenant, lead=lead, due_at=timezone.now())
    with scope.worker():
        if state != State.QUEUED:
            states.move(item, State.SENDING, lease_until=timezone.now() + timedelta(minutes=1))
        if state in (State.MANUAL_COMPLETE, State.CANCELLED):
            states.move(item, State.NEEDS_REVIEW, lease_until=None, due_at=None)
            proof = {"done_where": "x", "done_reference": "y", "done_at": timezone.now()}
            states.move(item, state, **(proof if state == State.MANUAL_COMPLETE else {}))
        elif state not in (State.QUEUED, State.SENDING):
            due = timezone.now() + timedelta(minutes=4) if state == State.RETRYING else None
            states.move(item, state, lease_until=None, due_at=due)
        SyncItem.objects.filter(pk=item.pk).update(**facts) if facts else None
    return read(item)


def proof() -> Proof:
    return Proof("Calls screen", "Booking 4711", timezone.now())


def make(move: Move, item: SyncItem, actor: User) -> object:  # noqa: PLR0911 - one line for each move
    match move:
        case Move.MANUAL_COMPLETE:
            return operate.mark_manual_complete(item=item, actor=actor, proof=proof(), reason=REASON)
        case Move.RESEND:
            return operate.resend(item=item, actor=actor, reason=REASON, seen=item.version)
        case Move.ASK_RESEND:
            return operate.ask_resend(item=item, actor=actor, reason=REASON, seen=item.version)
        case Move.CANCEL:
            return operate.cancel(item=item, actor=actor, reason=REASON)
        case Move.UNDO:
            return operate.undo(item=item, actor=actor)
        case Move.EXCLUDE:
            return exclusions.exclude(item=item, actor=actor, excluded_as="spam", reason=REASON)
        case Move.TAKE_BACK:
            return exclusions.take_back_in(item=item, actor=actor, reason=REASON)
        case Move.NOT_A_BOT:
            return exclusions.clear_suspicion(item=item, actor=actor, reason=REASON)
        case _:
            return operate.add_note(item=item, actor=actor, text="called back")


def last_line(operator: User, subject: SyncItem | Lead) -> AuditEntry:
    with scope.operator(operator, reason="test"):
        entry = AuditEntry.objects.filter(subject=subject_key(subject)).first()
    assert entry is not None
    return entry


def later(item: SyncItem, seconds: int) -> None:
    """Make the end of an item, its audit line and the answers of its office older, which only an administrator can."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        ago = timedelta(seconds=seconds)
        session.execute("UPDATE syncqueue_syncitem SET state_since = state_since - %s WHERE id = %s", [ago, item.pk])
        session.execute("UPDATE audit_auditentry SET at = at - %s WHERE subject = %s", [ago, subject_key(item)])
        session.execute(
            "UPDATE leads_leadanswer SET created_at = created_at - %s WHERE lead_id = %s", [ago, item.lead_id]
        )
