"""A bulk move through real processes: the worker is killed in mid-run, and each item is done once."""

import pytest
from django.db.models.functions import Now

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.models import Run, RunState, ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.models import Kind, State, SyncItem
from tests.support.cast import SignIn
from tests.support.processes import Processes, eventually
from tests.support.runs import reload_run, tally
from tests.syncqueue.bulk_runs import make_items, start_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.nightly
def test_a_worker_killed_in_mid_run_does_each_item_once(
    signed_in: SignIn, operator: User, tenant: Tenant, processes: Processes
) -> None:
    make_items(tenant, 400)
    run = start_run(signed_in(operator), "cancel", typed="400")
    processes.start("dispatcher", "work", "heavy")
    for mark in (1, 100, 200):
        eventually(lambda mark=mark: reload_run(run).done >= mark)  # type: ignore[misc]
        processes.kill("heavy")
        assert reload_run(run).state == RunState.RUNNING, "it was killed too late"
        with scope.worker():
            Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(lease_until=Now())
        processes.start("heavy")
    eventually(lambda: reload_run(run).state == RunState.DONE, seconds=60)

    ended = reload_run(run)
    assert (ended.done, tally(ended)["done"], tally(ended)["skipped"]) == (400, 400, {})
    with scope.worker():
        assert SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, state=State.CANCELLED).count() == 400
        assert selectors.books(tenant) == selectors.BookingLedger(
            400, delivered=0, manual_complete=0, waiting=0, excluded=400
        )
        assert ScheduledTask.objects.filter(last_finished_at__isnull=False).exists(), "duties do not wait for runs"
    with scope.operator(operator, reason="test"):
        subjects = list(AuditEntry.objects.filter(action="syncqueue.cancel").values_list("subject", flat=True))
    assert len(subjects) == len(set(subjects)) == 400
