"""Open, answer and end requests of data subjects. All need the operator scope."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants.models import Tenant, User

from . import erasure_list
from .erasing import ERASE, KIND, REFUSALS, SEARCH
from .models import SubjectKind, SubjectMatch, SubjectRequest
from .person import plain_email, seen
from .services import RetentionRefused, must_have_data, must_still_count, search_key

log = logging.getLogger(__name__)
#: Laws give a month or 45 days; the shorter one counts.
ANSWER_DAYS = 30
OWN_ERASURE = "Another person must confirm an erasure that you requested."
#: An erasure begins with a list that is at most so old.
FRESH = timedelta(days=7)
#: The items that `ptj_erasure_refused` finds; a page names at most so many.
_OPEN_ITEMS = """
    SELECT i.public_id, coalesce(l.spoken_code, ''), replace(i.kind, '_', ' '), i.state
    FROM retention_subjectmatch AS m
    JOIN syncqueue_syncitem AS i
        ON m."table" = 'syncqueue_syncitem' AND i.tenant_id = m.tenant_id AND i.id::text = m."row"
    LEFT JOIN leads_lead AS l ON l.tenant_id = i.tenant_id AND l.id = i.lead_id
    WHERE m.request_id = %s AND m.included AND i.state NOT IN ('delivered', 'manual complete', 'cancelled')
    ORDER BY i.id LIMIT 20"""
#: Key, name and item of rows that an operator can find elsewhere, by table.
_NAMED_ROWS = {
    "leads_lead": """
        SELECT l.id::text, l.spoken_code, (
            SELECT i.public_id FROM syncqueue_syncitem AS i
            WHERE i.tenant_id = l.tenant_id AND i.lead_id = l.id ORDER BY i.id LIMIT 1)
        FROM leads_lead AS l WHERE l.tenant_id = %s AND l.id = ANY (%s)""",
    "attribution_job": """
        SELECT id::text, 'job ' || coalesce(nullif(number, ''), external_id::text), NULL
        FROM attribution_job WHERE tenant_id = %s AND id = ANY (%s)""",
}


def open_request(
    *, tenant: Tenant, kind: str, name: str, phone: str, email: str, reference: str, actor: User, reason: str
) -> SubjectRequest:
    """Open a request and start the search. Raises RetentionRefused without a usable identifier."""
    identifiers = {
        "name": " ".join(seen(name).split()),
        "phone": search_key(phone) if phone.strip() else "",
        "email": plain_email(email),
        "reference": seen(reference),
    }
    if not any(identifiers.values()):
        raise RetentionRefused("Enter a name, a phone number, an email address or a reference.")
    if phone.strip() and "@" in identifiers["phone"]:
        raise RetentionRefused("Enter the email address in its own field.")
    if len(identifiers["name"]) == 1:
        raise RetentionRefused("Enter the whole name.")
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # of two clicks, one opens it
        must_have_data(tenant)
        if SubjectRequest.objects.filter(
            tenant=tenant, kind=kind, opened_by=actor, ended_at=None, **identifiers
        ).exists():
            raise RetentionRefused("You opened this request already.")
        due_on = tenant.today() + timedelta(days=ANSWER_DAYS)
        request = SubjectRequest.objects.create(tenant=tenant, kind=kind, opened_by=actor, due_on=due_on, **identifiers)
        changes = {field: (None, value) for field, value in identifiers.items() if value}
        record_change("retention.open_request", request, actor=actor, reason=reason, **changes)
        _start(request, SEARCH, actor, reason)
    return request


def _start(request: SubjectRequest, action: str, actor: User, reason: str) -> None:
    params = {"request": request.pk, "action": action}
    run, created = start_run(tenant=request.tenant, kind=KIND, params=params, actor=actor, reason=reason)
    if not created and run.params != params:
        raise RetentionRefused("Another request of this contractor is being searched or erased. Try again in a minute.")


def search_again(*, request: SubjectRequest, actor: User, reason: str) -> None:
    """Start a new search. It replaces the list of rows."""
    with transaction.atomic():
        locked = _locked(request)
        if locked.erasure_requested_at is not None:
            raise RetentionRefused("The erasure was already requested.")
        SubjectRequest.objects.filter(pk=locked.pk).update(searched_at=None)
        _start(locked, SEARCH, actor, reason)


def choose_rows(*, request: SubjectRequest, included: set[int], actor: User, reason: str) -> None:
    """Include exactly these rows of the list, by id."""
    with transaction.atomic():
        locked = _locked(request)
        if locked.erasure_requested_at is not None:
            raise RetentionRefused("The erasure was already requested, so its list stays.")
        rows = SubjectMatch.objects.filter(request=locked)
        before = rows.filter(included=True).count()
        rows.filter(included=True).exclude(pk__in=included).update(included=False)
        rows.filter(included=False, pk__in=included).update(included=True)
        after = rows.filter(included=True).count()
        record_change("retention.choose_rows", locked, actor=actor, reason=reason, rows=(before, after))


def request_erasure(*, request: SubjectRequest, actor: User, reason: str) -> None:
    """Request the erasure of the included rows, as the first person. From now on the list stays."""
    with transaction.atomic():
        locked = _locked(request)
        if locked.kind != SubjectKind.ERASURE:
            raise RetentionRefused("This person asked for a copy only.")
        if locked.erasure_requested_at is not None:
            raise RetentionRefused("The erasure was already requested.")
        if locked.searched_at is None or locked.searched_at < timezone.now() - FRESH:
            raise RetentionRefused("Search again first: the list is not complete or older than a week.")
        if not SubjectMatch.objects.filter(request=locked, included=True).exists():
            raise RetentionRefused("No row is included, so there is nothing to erase. Close the request instead.")
        _need_erasable(locked)
        SubjectRequest.objects.filter(pk=locked.pk).update(erasure_requested_by=actor, erasure_requested_at=Now())
        record_change("retention.request_erasure", locked, actor=actor, reason=reason)


def withdraw_erasure(*, request: SubjectRequest, actor: User, reason: str) -> None:
    """Withdraw an erasure that no second person has confirmed, so that its list can be changed."""
    with transaction.atomic():
        locked = _locked(request)
        if locked.erasure_requested_at is None or locked.confirmed_at is not None:
            raise RetentionRefused("Only an erasure that waits for its confirmation can be withdrawn.")
        SubjectRequest.objects.filter(pk=locked.pk).update(erasure_requested_by=None, erasure_requested_at=None)
        record_change("retention.withdraw_erasure", locked, actor=actor, reason=reason)


def mark_of(request: SubjectRequest) -> str:
    """Return the mark of an erasure and its list, which stays from its request on; empty if no one requested it."""
    return request.erasure_requested_at.isoformat() if request.erasure_requested_at else ""


def confirm_erasure(*, request: SubjectRequest, seen: str, actor: User, reason: str) -> None:
    """Confirm an erasure as the second person, and start it. It cannot be undone.

    `seen` is the mark that the page showed: after a withdrawal, the first person can request it with another list.
    """
    with transaction.atomic():
        locked = _locked(request)
        if locked.erasure_requested_at is None:
            raise RetentionRefused("No one has requested the erasure.")
        if locked.erasure_requested_by_id == actor.pk:
            raise RetentionRefused(OWN_ERASURE)
        if mark_of(locked) != seen:
            raise RetentionRefused("The list was changed since you opened this page. Check it, then confirm.")
        _need_erasable(locked)
        if locked.confirmed_at is None:
            must_still_count(locked.erasure_requested_by_id)
            SubjectRequest.objects.filter(pk=locked.pk).update(confirmed_by=actor, confirmed_at=Now())
            record_change("retention.confirm_erasure", locked, actor=actor, reason=reason)
        # Confirmed earlier, and stopped: start it again.
        _start(locked, ERASE, actor, reason)


def close_request(*, request: SubjectRequest, actor: User, reason: str) -> None:
    """End a request without an erasure: the copy was handed over, or nothing was found. Its identifiers are emptied."""
    with transaction.atomic():
        locked = _locked(request)
        if locked.confirmed_at is not None:
            raise RetentionRefused("The erasure of this request was confirmed. It ends by itself.")
        if Run.objects.filter(tenant=locked.tenant_id, kind=KIND, state__in=OPEN, params__request=locked.pk).exists():
            raise RetentionRefused("The search is still running. Wait until it ends.")
        empty_and_end(locked, actor=actor, reason=reason)
        transaction.on_commit(partial(_list_closed, locked, actor))


def empty_and_end(request: SubjectRequest, *, actor: User, reason: str) -> None:
    """End a request, also again after a restore, and empty its identifiers."""
    empty = dict.fromkeys(SubjectRequest.IDENTIFIERS, "")
    SubjectRequest.objects.filter(pk=request.pk).update(**empty, ended_at=Now())
    record_change("retention.close_request", request, actor=actor, reason=reason)


def _list_closed(request: SubjectRequest, actor: User) -> None:
    """List a closed request for a restore, after its commit. It has ended in any case."""
    try:
        # The release before skips lines of contractors that the database lacks, and would fail at any other line.
        closed = {"tenant": str(UUID(int=0)), "request": str(request.public_id), "closed_by": str(actor.public_id)}
        erasure_list.append(closed)
    except erasure_list.ListUnavailable as error:
        log.warning("closed request not listed for a restore", extra={"error": str(error)})


def refusal_of(request: SubjectRequest) -> str:
    """Return why this person cannot be erased now; empty if nothing prevents it."""
    word = fetch_value("SELECT ptj_erasure_refused(%s)", [request.pk])
    return REFUSALS[word] if word else ""


def open_items(request: SubjectRequest) -> list[dict[str, Any]]:
    """Return the items that refuse an erasure until they are completed or canceled, oldest first."""
    names = ("public_id", "code", "kind", "state")
    return [dict(zip(names, row, strict=True)) for row in fetch_all(_OPEN_ITEMS, [request.pk])]


def named_rows(tenant_id: int, matches: Iterable[SubjectMatch]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return name and item of the leads and jobs among the matches, by table and row. At most two queries."""
    keys: dict[str, list[int]] = {}
    for match in matches:
        if match.table in _NAMED_ROWS:
            keys.setdefault(match.table, []).append(int(match.row))
    return {
        (table, key): {"name": name, "item": item}
        for table, rows in keys.items()
        for key, name, item in fetch_all(_NAMED_ROWS[table], [tenant_id, rows])
    }


def overdue_count() -> int:
    """Return the number of open requests whose last three days have begun. Needs an operator's or a worker's scope."""
    return SubjectRequest.objects.filter(ended_at=None, due_on__lte=timezone.now().date() + timedelta(days=3)).count()


def _need_erasable(request: SubjectRequest) -> None:
    if sentence := refusal_of(request):
        raise RetentionRefused(sentence)


def _locked(request: SubjectRequest) -> SubjectRequest:
    locked = SubjectRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)
    if locked.ended_at is not None:
        raise RetentionRefused("This request has ended.")
    return locked
