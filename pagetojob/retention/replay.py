"""Repeat erasures, offboardings and closed requests in a restored database, with the people who decided them."""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.runs.models import OPEN, Run, RunState
from pagetojob.platform.runs.services import cancel_run, start_run, work_here
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import StateChange, Tenant, User
from pagetojob.platform.tenants.roles import Ability

from . import offboarding
from .erasing import ERASE, KIND, SEARCH
from .models import Offboarding, SubjectKind, SubjectMatch, SubjectRequest
from .subjects import empty_and_end

REASON = "Repeated after a restore."


class NotRepeated(Exception):
    """Raised when an erasure cannot be repeated. The message names the request and the reason."""


def repeat_all(erasures: Iterable[dict[str, Any]], *, end_items: Callable[[Collection[int]], object]) -> int:
    """Repeat the erasures that the database lacks; return how many. Raises NotRepeated at the first that fails.

    `end_items` ends the open items of a person: they had ended when the person was erased.
    """
    entries = {entry["request"]: entry for entry in erasures if "closed_by" not in entry}.values()
    return sum(_repeat_offboarding(entry) if "offboarding" in entry else _repeat(entry, end_items) for entry in entries)


def close_again(entries: Iterable[dict[str, Any]]) -> int:
    """Close the requests that were closed since the backup; return how many.

    A request stays open for a person if the database lacks the one who closed it, or their role.
    """
    return sum(_close(entry) for entry in entries if "closed_by" in entry)


def _close(entry: dict[str, Any]) -> bool:
    person = User.objects.filter(public_id=entry["closed_by"]).first()
    if person is None or not person.can(Ability.VIEW_QUEUE):
        return False
    with scope.operator(person, REASON), transaction.atomic():
        waiting = SubjectRequest.objects.filter(ended_at=None, confirmed_at=None)
        request = waiting.filter(public_id=entry["request"]).first()
        if request is None:
            return False
        for left in Run.objects.filter(tenant=request.tenant_id, kind=KIND, state__in=OPEN, params__request=request.pk):
            cancel_run(run=left, actor=person, reason=REASON)
        empty_and_end(request, actor=person, reason=REASON)
    return True


def _repeat_offboarding(entry: dict[str, Any]) -> bool:
    tenant = Tenant.objects.filter(public_id=entry["tenant"]).first()
    if tenant is None:
        return False
    people = {role: _person(entry, role) for role in ("requested_by", "confirmed_by")}
    with scope.operator(people["confirmed_by"], REASON), transaction.atomic():
        row = Offboarding.objects.filter(public_id=entry["offboarding"]).first()
        if row is not None and row.ended_at is not None:
            return False
        if tenant.state != Lifecycle.CLOSED:
            before = tenant.state
            states.move(tenant, Lifecycle.CLOSED)
            facts = {"before": before, "after": tenant.state, "by": people["confirmed_by"], "reason": REASON}
            StateChange.objects.create(tenant=tenant, number=tenant.version, **facts)
        if row is None:
            Offboarding.objects.filter(tenant=tenant, withdrawn_at=None, confirmed_at=None).update(withdrawn_at=Now())
            row = Offboarding.objects.create(
                tenant=tenant,
                public_id=entry["offboarding"],
                requested_by=people["requested_by"],
                page_until=date.fromisoformat(entry["page_until"]),
                page_phone=entry["page_phone"],
            )
        if row.confirmed_at is None:
            confirmed = {"confirmed_by": people["confirmed_by"], "confirmed_at": Now()}
            Offboarding.objects.filter(pk=row.pk).update(**confirmed)
            Tenant.objects.filter(pk=tenant.pk).update(page_until=row.page_until)
    _work(tenant, offboarding.KIND, {"offboarding": row.pk}, people["confirmed_by"], f"Offboarding {row.public_id}")
    return True


def _repeat(entry: dict[str, Any], end_items: Callable[[Collection[int]], object]) -> bool:
    tenant = Tenant.objects.filter(public_id=entry["tenant"]).first()
    if tenant is None:  # so none of its rows is in the backup either
        return False
    people = {role: _person(entry, role) for role in ("opened_by", "erasure_requested_by", "confirmed_by")}
    with scope.operator(people["confirmed_by"], REASON):
        request = SubjectRequest.objects.filter(public_id=entry["request"]).first()
        if request is not None and request.ended_at is not None:
            return False
        if request is None or request.confirmed_at is None:
            request = _searched(entry, tenant, people)
        rows = SubjectMatch.objects.filter(request=request, included=True, table="syncqueue_syncitem")
        items = [int(row) for row in rows.values_list("row", flat=True)]
    end_items(items)
    _run(request, ERASE, people["confirmed_by"])
    return True


def _person(entry: dict[str, Any], role: str) -> User:
    person = User.objects.filter(public_id=entry[role]).first()
    if person is None:
        raise NotRepeated(f"Request {entry['request']}: the database lacks the person who acted as {role}.")
    return person


def _searched(entry: dict[str, Any], tenant: Tenant, people: dict[str, User]) -> SubjectRequest:
    """Open the request again, search, choose the same rows, and record both people. Returns the confirmed request."""
    identifiers = {name: entry[name] for name in SubjectRequest.IDENTIFIERS}
    with transaction.atomic():
        request = SubjectRequest.objects.filter(public_id=entry["request"]).first()
        if request is None:
            request = SubjectRequest.objects.create(
                tenant=tenant,
                public_id=entry["request"],
                kind=SubjectKind.ERASURE,
                due_on=date.fromisoformat(entry["due_on"]),
                opened_by=people["opened_by"],
                **identifiers,
            )
        SubjectRequest.objects.filter(pk=request.pk).update(
            erasure_requested_by=None, erasure_requested_at=None, searched_at=None, **identifiers
        )
    _run(request, SEARCH, people["confirmed_by"])
    rows = SubjectMatch.objects.filter(request=request)
    for included, chosen in ((False, entry["left_out"]), (True, entry["added"])):
        for table, row in chosen:
            rows.filter(table=table, row=row).update(included=included)
    SubjectRequest.objects.filter(pk=request.pk).update(
        erasure_requested_by=people["erasure_requested_by"], erasure_requested_at=Now()
    )
    SubjectRequest.objects.filter(pk=request.pk).update(confirmed_by=people["confirmed_by"], confirmed_at=Now())
    return request


def _run(request: SubjectRequest, action: str, actor: User) -> None:
    params = {"request": request.pk, "action": action}
    _work(request.tenant, KIND, params, actor, f"Request {request.public_id}")


def _work(tenant: Tenant, kind: str, params: dict[str, Any], actor: User, name: str) -> None:
    with scope.operator(actor, REASON):
        for left in Run.objects.filter(tenant=tenant, kind=kind, state__in=OPEN):
            cancel_run(run=left, actor=actor, reason=REASON)  # of the backup; no worker runs now
        run, _ = start_run(tenant=tenant, kind=kind, params=params, actor=actor, reason=REASON)
    ended = work_here(run)
    if ended.state != RunState.DONE:
        raise NotRepeated(f"{name}: {ended.error or 'its run has not ended.'}")
