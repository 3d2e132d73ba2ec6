"""Answers of the office to a request, with undo, and its notes. Needs the tenant's scope.

Each action is a row with its person and an audit line, in one commit. Outbox items change in two cases: the release of
a suspected request adds the notices that it did not get, and the end of a duplicate reopens a canceled booking. A
duplicate is excluded from the ledger until its answer is undone.
"""

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.repeats import sent_before
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from syncqueue.leads.models import AnswerKind, Exclusion, Lead, LeadAnswer, LeadNote

from ..errors import QueueError
from ..notices.attention import mark_answered, undo_answered
from ..notices.released import notify_released
from .exclusions import lock_items, reopen_booking
from .ledger import recount_day_of

REASON = "Recorded in the portal."
REOPENED = "The contractor undid that the request is a duplicate."
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
    _require_possible(locked, kind, before)
    released = marks if kind == AnswerKind.NOT_SPAM else []
    row = LeadAnswer.objects.create(tenant_id=lead.tenant_id, lead=locked, kind=kind, by=by, suspected=released)
    changes: dict[str, tuple[object, object]] = {"answer": (before.kind if before else None, row.kind)}
    if released:
        Lead.objects.filter(pk=lead.pk).update(suspected=[])
        changes["suspected"] = (", ".join(marks), "nothing")
    if kind == AnswerKind.DUPLICATE:
        changes |= _exclude(locked, Exclusion.NONE, Exclusion.DUPLICATE)
    record_change("leads.answer", locked, actor=by, reason=REASON, **changes)
    if kind == AnswerKind.NOT_SPAM:
        _notify(locked)
    else:
        mark_answered(locked)  # ends the escalation, also of spam and duplicates
    return row


@transaction.atomic
def undo(*, row: LeadAnswer, by: User) -> None:
    """Undo the newest answer of a request, which must be `row`. Raises QueueError.

    Undoing a release makes the request suspected again; a notice that was sent stays sent. A duplicate is included in
    the ledger again, and its booking reopened if an operator canceled it since.
    """
    if row.kind == AnswerKind.DUPLICATE:
        with scope.worker():  # a tenant cannot lock its items
            lock_items(row.lead)
    locked = _locked(row.lead)
    present = status_of(locked)
    if present is None or present.pk != row.pk:
        raise QueueError("This request was changed in the meantime. Check its status and try again.")
    LeadAnswer.objects.filter(pk=row.pk, undone_at=None).update(undone_at=Now(), undone_by=by)
    if row.suspected:
        Lead.objects.filter(pk=locked.pk).update(suspected=row.suspected)
    if row.kind != AnswerKind.NOT_SPAM and status_of(locked) is None:
        undo_answered(locked)
    changes: dict[str, tuple[object, object]] = {"answer": (row.kind, None)}
    if row.kind == AnswerKind.DUPLICATE:
        changes |= _exclude(locked, Exclusion.DUPLICATE, Exclusion.NONE)
        with scope.worker():  # a tenant cannot change its items
            reopen_booking(present, by=by, reason=REOPENED)
    record_change("leads.undo_answer", locked, actor=by, reason=REASON, **changes)


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


def _require_possible(lead: Lead, kind: str, before: LeadAnswer | None) -> None:
    """Raise QueueError if the answer contradicts the state of the request."""
    present = before.kind if before else ""
    if present == AnswerKind.DUPLICATE:
        raise QueueError("This request is marked as a duplicate. Undo that first.")
    if kind == AnswerKind.NOT_SPAM:
        if not lead.suspected and present != AnswerKind.SPAM:
            raise QueueError("This request is not in the spam list.")
    elif lead.suspected and kind != AnswerKind.SPAM:
        raise QueueError("This request is suspected spam. Mark it as not spam first.")
    elif kind == AnswerKind.DUPLICATE and lead.excluded_as:
        raise QueueError(f"PageToJob has already excluded this request as {lead.excluded_as}.")


def _exclude(lead: Lead, before: Exclusion, after: Exclusion) -> dict[str, tuple[object, object]]:
    """Change the exclusion of a locked lead and recount its day; return the change, empty if an operator was first."""
    if not Lead.objects.filter(pk=lead.pk, excluded_as=before).update(excluded_as=after):
        return {}
    with scope.worker():  # a tenant cannot change its ledger
        recount_day_of(lead)
    return {"excluded_as": (before.value or "in the books", after.value or "in the books")}


def _notify(lead: Lead) -> None:
    """Enqueue the notices that the request did not get. The visitor gets no late confirmation."""
    lead.suspected = []
    notify_released(lead)
