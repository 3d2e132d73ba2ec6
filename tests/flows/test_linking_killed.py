"""A linking through real processes: the worker is killed in mid-run, nothing shows, and the next one does it once."""

import pytest
from django.db.models.functions import Now

from attribution.models import Link, LinkRun
from attribution.services.linking import start_linking
from pagetojob.kernel.runs.models import Run, RunState
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant, User
from tests.attribution.outcomes import lead_of, take
from tests.support.processes import Processes, eventually

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 150
HEAD = "Job ID,Created On,Customer Name,Phone,Job Type\n"


def test_a_worker_killed_between_reading_and_writing_leaves_nothing_and_the_next_links_once(
    operator: User, tenant: Tenant, processes: Processes
) -> None:
    names = [f"Ruth {'abcdefghijklmno'[n % 15]}lm{'aeiou'[n // 30]}{'ndrskt'[n // 5 % 6]}er" for n in range(MANY)]
    with scope.tenant(tenant.pk):
        for number, name in enumerate(names):
            lead_of(tenant, name, phone=f"602484{number:04d}")
    jobs = "".join(f"{n + 1},2026-06-03,{name},602484{n:04d},AC Repair\n" for n, name in enumerate(names))
    take(tenant, operator, "jobs", HEAD + jobs)
    with scope.operator(operator, "test"):
        run, new = start_linking(tenant=tenant, actor=operator, reason="test")
        again, second = start_linking(tenant=tenant, actor=operator, reason="asked twice")
    assert new and not second and again.pk == run.pk, "one at a time for each tenant"

    processes.start("dispatcher", "heavy")
    for _ in range(2):
        eventually(lambda: state(run).done >= 1, seconds=120)
        processes.kill("heavy")
        assert state(run).state == RunState.RUNNING, "it was killed too late"
        with scope.tenant(tenant.pk):
            assert not LinkRun.objects.exists() and not Link.objects.exists(), "half a linking shows"
        with scope.worker():
            Run.objects.filter(pk=run.pk).update(lease_until=Now(), done=0)
        processes.start("heavy")
    eventually(lambda: state(run).state == RunState.DONE, seconds=120)

    with scope.tenant(tenant.pk):
        assert LinkRun.objects.count() == 1
        assert Link.objects.filter(current=True, job__isnull=False).count() == MANY == Link.objects.count()


def state(run: Run) -> Run:
    with scope.worker():
        return Run.objects.get(pk=run.pk)
