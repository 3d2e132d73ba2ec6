"""Release with a corrected binding: first one item, then the others as a run that stops at the first failure."""

import pytest
from django.urls import reverse

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import RunStopped, claim_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.connectors import deliver
from syncqueue.errors import QueueError
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import bindings
from syncqueue.services.delivery import drain
from tests.support.audit import audit_entries
from tests.support.cast import SignIn
from tests.support.runs import finish_run, tally
from tests.syncqueue.bindings import PATH, REASON, capture_blocked, correct, reload, url


def start_rest(item: SyncItem, actor: User) -> Run:
    with scope.operator(actor, reason="test"):
        run, _ = bindings.start_release(item=reload(item), actor=actor, reason=REASON)
    return run


def test_the_released_item_passes_the_mapping_and_waits_at_the_gate(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    first, _ = capture_blocked(tenant, 2)
    correct(first, operator)
    client = signed_in(operator)
    page = client.get(url(first, "ops:release")).text
    assert "It is processed within seconds" in page and "can be released when this item passes" in page
    drain(deliver, worker="test")
    assert (reload(first).state, reload(first).cause) == (State.BLOCKED, "gate-shut")
    page = client.get(url(first, "ops:release")).text
    assert "It passes: its binding no longer blocks it." in page and "Release 1 item<" in page


def test_the_rest_is_released_in_order_and_each_once(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    first, *rest = capture_blocked(tenant, 4)
    correct(first, operator)
    drain(deliver, worker="test")
    answer = signed_in(operator).post(url(first, "ops:release"), {"reason": REASON})
    with scope.worker():
        run = Run.objects.get()
    assert answer["Location"] == reverse("ops:run", args=[run.public_id])
    run = finish_run(run)
    assert (run.state, run.done, run.total, tally(run)["done"]) == (RunState.DONE, 3, 3, 3)
    assert {reload(item).state for item in rest} == {State.QUEUED}
    assert [line.subject for line in audit_entries(operator, "syncqueue.release")][1:] == [
        f"syncqueue.syncitem:{item.public_id}" for item in rest
    ]
    (line,) = audit_entries(operator, "runs.start")
    assert line.changes["items"] == [None, 3] and len(line.changes["sha256"][1]) == 64


def test_it_stops_at_the_first_failure_and_reports_item_and_reason(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    first, good, bad, last = capture_blocked(tenant, 4)
    correct(first, operator)
    drain(deliver, worker="test")
    run = start_rest(first, operator)
    with scope.tenant(tenant.pk):
        Lead.objects.filter(spoken_code=bad.lead.spoken_code).update(phone="", phone_e164="", email="", street="")
    run = finish_run(run)
    assert (run.state, run.done) == (RunState.FAILED, 1)
    assert bad.lead.spoken_code in run.error and "no phone number" in run.error
    page = signed_in(operator).get(reverse("ops:run", args=[run.public_id])).text
    assert url(bad, "ops:item") in page and url(first, "ops:release") in page
    assert [reload(item).state for item in (good, bad, last)] == [State.QUEUED, State.BLOCKED, State.BLOCKED]


def test_it_stops_when_the_binding_was_corrected_again(operator: User, tenant: Tenant) -> None:
    first, second = capture_blocked(tenant, 2)
    correct(first, operator)
    drain(deliver, worker="test")
    run = start_rest(first, operator)
    with scope.tenant(tenant.pk):
        newer = binding_for_page(tenant, PATH)
        assert newer is not None
        PageBinding.objects.create(tenant=tenant, slug=newer.slug, version=2, page_path=PATH, label="x")
    run = finish_run(run)
    assert run.state == RunState.FAILED and "corrected again: it is tune-up-tempe v2" in run.error
    assert reload(second).state == State.BLOCKED


def test_it_stops_when_a_released_item_fails_after_all(
    operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncqueue.services.bulk.STEP", 1)
    first, second, third = capture_blocked(tenant, 3)
    correct(first, operator)
    drain(deliver, worker="test")
    run = start_rest(first, operator)
    with scope.worker():
        claimed = claim_run()
    assert claimed is not None
    steps = bindings.release_rest(claimed)
    next(steps)
    with scope.worker():
        states.move(reload(second), State.SENDING, lease_until="2100-01-01T00:00Z")
        states.move(
            reload(second), State.NEEDS_REVIEW, lease_until=None, cause="own-fault", last_error="A fault of ours."
        )
    with pytest.raises(RunStopped, match="was released and then failed: A fault of ours"):
        next(steps)
    assert reload(third).state == State.BLOCKED and run.pk == claimed.pk


def test_what_a_person_moved_meanwhile_is_left_out(operator: User, tenant: Tenant) -> None:
    first, moved, last = capture_blocked(tenant, 3)
    correct(first, operator)
    drain(deliver, worker="test")
    run = start_rest(first, operator)
    with scope.worker():
        states.move(reload(moved), State.CANCELLED)
    run = finish_run(run)
    assert (run.state, tally(run)["done"], tally(run)["skipped"]) == (
        RunState.DONE,
        1,
        {"Someone else has changed it.": 1},
    )
    assert (reload(moved).state, reload(last).state) == (State.CANCELLED, State.QUEUED)


def test_no_rest_without_proof(operator: User, tenant: Tenant) -> None:
    first, second = capture_blocked(tenant, 2)
    correct(first, operator)
    for item in (first, second):
        with pytest.raises(QueueError, match="has not confirmed yet"):
            start_rest(item, operator)


def test_a_mail_that_went_out_is_no_proof(operator: User, tenant: Tenant) -> None:
    first, _ = capture_blocked(tenant, 2)
    correct(first, operator)
    capture_blocked(tenant)
    with scope.worker():
        notice = SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION).order_by("-id")[0]
    assert notice.state == State.DELIVERED and notice.binding_id is not None
    with pytest.raises(QueueError, match="has not confirmed yet"):
        start_rest(notice, operator)
