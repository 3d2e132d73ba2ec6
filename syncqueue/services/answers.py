"""Answers of the office to a request, with undo, and its notes. Needs the tenant's scope.

Each action is a row with its person and an audit line, in one commit. No action changes an outbox item; only the
release of a suspected request adds the notices that it did not get.
"""

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.repeats import sent_before
from pagetojob.platform.tenants.models import User
from syncqueue.leads.models import AnswerKind, Lead, LeadAnswer, LeadNote

from ..errors import QueueError
from ..notices.attention import mark_answered, undo_answered
from ..notices.released import notify_released

REASON = "Recorded in the portal."
MOST_NOTES = 100


def status_of(lead: Lead) -> LeadAnswer | None:
    """Return the newest answer that was not undone. Runs one query."""
    rows = LeadAnswer.objects.filter(tenant=lead.tenant_id, lead=lead, undone_at=None)
    return rows.order_by("-pk").first()


@transaction.atomic
def answer(*, lead: Lead, kind: str, by: User) -> LeadAnswer | None:
    """Record an answer; return None if it is the present status already. Raises QueueError.

    Two presses, or two people, make one row: the lead is locked.
    """
    locked = _locked(lead)
    before = status_of(locked)
    if before is not None and before.kind == kind:
        return None
    marks = list(locked.suspected)
    if kind == AnswerKind.NOT_SPAM:
        _require_doubt(marks, before)
    elif marks and kind != AnswerKind.SPAM:
        raise QueueError("This request is suspected spam. Mark it as not spam first.")
    released = marks if kind == AnswerKind.NOT_SPAM else []
    row = LeadAnswer.objects.create(tenant_id=lead.tenant_id, lead=locked, kind=kind, by=by, suspected=released)
    changes: dict[str, tuple[object, object]] = {"answer": (before.kind if before else None, row.kind)}
    if released:
        Lead.objects.filter(pk=lead.pk).update(suspected=[])
        changes["suspected"] = (", ".join(marks), "nothing")
    record_change("leads.answer", locked, actor=by, reason=REASON, **changes)
    if kind == AnswerKind.NOT_SPAM:
        _notify(locked)
    else:
        mark_answered(locked)  # ends the escalation, also of spam
    return row


@transaction.atomic
def undo(*, row: LeadAnswer, by: User) -> None:
    """Undo the newest answer of a request, which must be `row`. Raises QueueError.

    Undoing a release makes the request suspected again; a notice that was sent stays sent.
    """
    locked = _locked(row.lead)
    present = status_of(locked)
    if present is None or present.pk != row.pk:
        raise QueueError("This request was changed in the meantime. Check its status and try again.")
    LeadAnswer.objects.filter(pk=row.pk, undone_at=None).update(undone_at=Now(), undone_by=by)
    if row.suspected:
        Lead.objects.filter(pk=locked.pk).update(suspected=row.suspected)
    if row.kind != AnswerKind.NOT_SPAM and status_of(locked) is None:
        undo_answered(locked)
    record_change("leads.undo_answer", locked, actor=by, reason=REASON, answer=(row.kind, None))


@transaction.atomic
def add_note(*, lead: Lead, text: str, by: User, seen: int | None = None) -> LeadNote | None:
    """Store a note; return None if the form was sent before. Raises QueueError.

    `seen` is the number of notes that the page showed. The audit line records that a note was written, not its text.
    """
    locked = _locked(lead)
    if not text.strip():
        raise QueueError("Write the note first.")
    notes = LeadNote.objects.filter(tenant=lead.tenant_id, lead=locked)
    if sent_before(notes, seen=seen, by_id=by.pk, text=text.strip()):
        return None
    if notes.count() >= MOST_NOTES:
        raise QueueError(f"A request has at most {MOST_NOTES} notes.")
    note = LeadNote.objects.create(tenant_id=lead.tenant_id, lead=locked, by=by, text=text.strip())
    record_change("leads.note", locked, actor=by, reason="Wrote a note.")
    return note


def _locked(lead: Lead) -> Lead:
    row = Lead.objects.select_for_update(no_key=True).get(tenant=lead.tenant_id, pk=lead.pk)
    if row.erased_at is not None:
        raise QueueError("The contents of this request were removed at the end of their retention period.")
    return row


def _require_doubt(marks: list[str], before: LeadAnswer | None) -> None:
    if not marks and (before is None or before.kind != AnswerKind.SPAM):
        raise QueueError("This request is not in the spam list.")


def _notify(lead: Lead) -> None:
    """Enqueue the notices that the request did not get. The visitor gets no late confirmation."""
    lead.suspected = []
    notify_released(lead)
