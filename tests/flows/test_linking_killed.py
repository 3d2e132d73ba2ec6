"""A linking through real processes: the worker is killed in mid-run, nothing shows, and the next one does it once."""

import pytest
from django.db.models.functions import Now

from attribution.models import Link, LinkRun
from attribution.services.linking import start_linking
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.outcomes import lead_of, take
from tests.support.processes import Processes, eventually
from tests.support.runs import reload_run

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = ("Ruth", "Omar", "Ingrid", "Paul", "Yusuf", "Clara", "Devon", "Maria", "Hugo", "Lena")
LAST = (
    *("Okonjo", "Brandt", "Castillo", "Hoffman", "Nguyen", "Petrov", "Sandoval", "Whitaker", "Zimmer", "Abernathy"),
    *("Lindqvist", "Moreau", "Fitzgerald", "Kowalski", "Tanaka"),
)
MANY = len(FIRST) * len(LAST)
HEAD = "Job ID,Created On,Customer Name,Phone,Job Type\n"


@pytest.mark.nightly
def test_a_worker_killed_between_reading_and_writing_leaves_nothing_and_the_next_links_once(
    operator: User, tenant: Tenant, processes: Processes
) -> None:
    names = [f"{first} {last}" for last in LAST for first in FIRST]
    phones = [f"602{2_000_000 + 48_271 * number % 7_000_000}" for number in range(MANY)]
    with scope.tenant(tenant.pk):
        for name, phone in zip(names, phones, strict=True):
            lead_of(tenant, name, phone=phone)
    rows = enumerate(zip(names, phones, strict=True), start=1)
    jobs = "".join(f"{number},2026-06-03,{name},{phone},AC Repair\n" for number, (name, phone) in rows)
    take(tenant, operator, "jobs", HEAD + jobs)
    with scope.operator(operator, "test"):
        run, new = start_linking(tenant=tenant, actor=operator, reason="test")
        again, second = start_linking(tenant=tenant, actor=operator, reason="asked twice")
    assert new and not second and again.pk == run.pk, "one at a time for each tenant"

    processes.start("dispatcher", "heavy")
    for _ in range(2):
        eventually(lambda: reload_run(run).done >= 1, seconds=120)
        processes.kill("heavy")
        assert reload_run(run).state == RunState.RUNNING, "it was killed too late"
        with scope.tenant(tenant.pk):
            assert not LinkRun.objects.exists() and not Link.objects.exists(), "half a linking shows"
        with scope.worker():
            Run.objects.filter(pk=run.pk).update(lease_until=Now(), done=0)
        processes.start("heavy")
    eventually(lambda: reload_run(run).state == RunState.DONE, seconds=120)

    with scope.tenant(tenant.pk):
        assert LinkRun.objects.count() == 1
        assert Link.objects.filter(current=True, job__isnull=False).count() == MANY == Link.objects.count()
