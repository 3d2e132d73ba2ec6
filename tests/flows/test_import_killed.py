"""An import through real processes: the worker is killed in mid-apply and in mid-undo, and each row is done once."""

import pytest
from django.db.models.functions import Now

from pagetojob.importer import uploads
from pagetojob.importer.models import ImportRow, Upload, UploadState
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.importing import target_slug
from pagetojob.titanmap.models import Family, TaxonomyItem
from tests.support.processes import Processes, eventually
from tests.support.uploads import reload, stage_file

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 12_000
SERVICES = Family.PRICEBOOK_SERVICE


@pytest.mark.nightly
def test_a_worker_killed_among_the_batches_of_an_import_loses_and_repeats_nothing(
    operator: User, tenant: Tenant, processes: Processes
) -> None:
    with scope.tenant(tenant.pk):
        before = TaxonomyItem.objects.filter(family=SERVICES).count()
    text = "id,name,price\n" + "".join(f"{n},Killed {n},{n}.50\n" for n in range(1, MANY + 1))
    upload = stage_file(tenant, operator, text, target_slug(SERVICES))

    processes.start("dispatcher", "heavy")
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="test")
    killed_and_finished(upload, processes)
    with scope.tenant(tenant.pk):
        brought = TaxonomyItem.objects.filter(family=SERVICES, name__startswith="Killed ")
        assert brought.count() == MANY == brought.values("external_id").distinct().count()
        assert TaxonomyItem.objects.filter(family=SERVICES).count() == before + MANY
        assert ImportRow.objects.filter(upload=upload, applied=True, problem="").count() == MANY
    assert reload(upload).state == UploadState.APPLIED

    with scope.tenant(tenant.pk):
        uploads.undo(upload=reload(upload), actor=operator, reason="test")
    killed_and_finished(upload, processes)
    assert reload(upload).state == UploadState.UNDONE
    with scope.tenant(tenant.pk):
        assert not brought.filter(active=True).exists()
        assert not ImportRow.objects.filter(upload=upload, problem__gt="").exists()


def killed_and_finished(upload: Upload, processes: Processes) -> None:
    """Kill the worker once it has done a batch of the upload's run, and let another go on."""
    eventually(lambda: run_of(upload).done >= 1, seconds=120)
    processes.kill("heavy")
    run = run_of(upload)
    assert run.state == RunState.RUNNING and run.done < MANY, "it was killed too late"
    with scope.worker():
        Run.objects.filter(pk=run.pk).update(lease_until=Now())
    processes.start("heavy")
    eventually(lambda: run_of(upload).state == RunState.DONE, seconds=120)
    assert run_of(upload).done == MANY


def run_of(upload: Upload) -> Run:
    run = reload(upload).run
    assert run is not None
    with scope.worker():
        return Run.objects.get(pk=run.pk)
