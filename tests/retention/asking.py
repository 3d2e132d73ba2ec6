"""A person's request from its opening to the run that erases, for tests."""

from typing import Any

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention import subjects
from pagetojob.retention.models import SubjectMatch, SubjectRequest
from syncqueue.leads.models import Lead
from syncqueue.models import State, SyncItem
from tests.retention import aged
from tests.retention.planting import EMAIL, NAME, PHONE


def opened(tenant: Tenant, actor: User, **identifiers: str) -> SubjectRequest:
    facts = {"kind": "erasure", "name": "", "phone": "", "email": "", "reference": ""} | identifiers
    with scope.operator(actor, "test"):
        return subjects.open_request(tenant=tenant, actor=actor, reason="A letter.", **facts)


def work() -> Run:
    with scope.worker():
        run = claim_run()
    assert run is not None
    work_run(run)
    with scope.worker():
        return Run.objects.get(pk=run.pk)


def matches(request: SubjectRequest, **conditions: Any) -> list[SubjectMatch]:
    with scope.worker():
        return list(SubjectMatch.objects.filter(request=request, **conditions))


def searched(tenant: Tenant, actor: User, **identifiers: str) -> SubjectRequest:
    request = opened(tenant, actor, **identifiers)
    run = work()
    assert run.state == RunState.DONE, run.error
    return request


def ended_request(tenant: Tenant, **facts: Any) -> Lead:
    """A lead whose items have ended."""
    lead = aged.make_request(tenant, **{"phone_e164": PHONE, "email": EMAIL, "name": NAME} | facts)
    end_items(lead)
    return lead


def end_items(lead: Lead) -> None:
    with scope.worker():
        for item in SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead):
            states.move(
                states.move(item, State.SENDING, lease_until="2030-01-01T00:00Z"), State.DELIVERED, lease_until=None
            )


def request_erasure(request: SubjectRequest, actor: User) -> None:
    with scope.operator(actor, "test"):
        subjects.request_erasure(request=request, actor=actor, reason="The letter is genuine.")


def confirm(request: SubjectRequest, actor: User) -> None:
    with scope.operator(actor, "test"):
        request.refresh_from_db(fields=["erasure_requested_at"])
        seen = subjects.mark_of(request)
        subjects.confirm_erasure(request=request, seen=seen, actor=actor, reason="I read the list.")
