"""Imports by API through real processes: the worker is killed twice in a run, and each row is taken once."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.db.models.functions import Now

from attribution.models import Invoice, Job, OutcomeFile, Payment
from attribution.services import api_requests as outcomes
from pagetojob.importer.models import ImportRow, Upload, UploadState
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.mirror.models import ReadCursor, RemoteRow
from pagetojob.titanmap import api_requests as lists
from pagetojob.titanmap.importing import target_slug
from pagetojob.titanmap.models import Family
from tests.support.api_import import connected_for
from tests.support.gates import wish
from tests.support.processes import Processes, eventually
from tests.support.runs import reload_run
from tests.support.standin import TENANT, StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
#: Rows per page of the simulator: small, so that the worker dies between pages.
PAGE = 250


@pytest.fixture
def workers(processes: Processes, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch) -> Processes:
    for name in ("AUTH", "API"):
        monkeypatch.setenv(f"SERVICETITAN_STANDIN_{name}_URL", standin.url)
    monkeypatch.setenv("BOOKINGS_PER_SECOND", "50")  # as in production: it leaves calls for readings
    return processes


@pytest.mark.nightly
def test_a_worker_killed_twice_in_a_run_loses_and_repeats_nothing(
    tenant: Tenant, owner: User, workers: Processes, standin: StandInProcess
) -> None:
    connected_for(tenant, owner, outcomes.FLAG, lists.FLAG)
    wish(tenant, outcomes.FLAG, wanted=False)  # or the schedule starts it before the lists are finished
    made = standin.control("POST", f"generate/{TENANT}", {"seed": 27})
    standin.plan(page_size=PAGE)
    workers.start("dispatcher", "heavy")

    began = time.monotonic()
    run = start(tenant, lists.start_import)
    killed(run, workers, after=PAGE)
    killed(run, workers, after=3 * PAGE)
    finish(run)
    report("lists", began, workers, standin)
    with scope.tenant(tenant.pk):
        upload = Upload.objects.get(target=target_slug(Family.PRICEBOOK_SERVICE), state=UploadState.READY)
        assert ImportRow.objects.filter(upload=upload).count() == made["pricebook/services"]
        assert not ReadCursor.objects.filter(underway=True).exists()

    began, calls = time.monotonic(), standin.book()["calls"]
    wish(tenant, outcomes.FLAG)
    run = start(tenant, outcomes.start_import)
    killed(run, workers, after=1_000)
    killed(run, workers, after=5_000)
    finish(run)
    report("outcomes", began, workers, standin)
    pages = sum(
        -(-made[table] // PAGE) for table in ("bookings", "jpm/jobs", "accounting/invoices", "accounting/payments")
    )
    with scope.tenant(tenant.pk):
        assert Job.objects.count() == made["jpm/jobs"] == 3_000
        assert Job.objects.filter(external_id__gt=2**53).count() == 3_000
        files = OutcomeFile.objects.filter(kind="invoices")
        left_out = sum("left out" in remark["sentence"] for file in files for remark in file.remarks)
        assert Invoice.objects.count() + left_out == made["accounting/invoices"] == 3_170
        assert Payment.objects.values("external_id").distinct().count() == made["accounting/payments"] == 2_400
        assert OutcomeFile.objects.count() == 4 and not RemoteRow.objects.filter(resource="jobs").exists()
        assert Payment.objects.aggregate(sum=Sum("amount"))["sum"] > Decimal(0)
    book = standin.book()
    assert book["mistakes"] == {} and book["fastest_second"] <= 60
    assert book["calls"] - calls <= pages + 4, "each kill repeats at most the page in flight"


def start(tenant: Tenant, request: Callable[..., tuple[Run, bool]]) -> Run:
    with scope.tenant(tenant.pk):
        return request(tenant=tenant, actor=None, reason="test")[0]


def killed(run: Run, workers: Processes, *, after: int) -> None:
    """Kill the worker once the run has read so many rows, and let another continue."""
    eventually(lambda: reload_run(run).done >= after, seconds=60)
    workers.kill("heavy")
    assert reload_run(run).state == RunState.RUNNING, "it was killed too late"
    with scope.worker():
        Run.objects.filter(pk=run.pk).update(lease_until=Now())
    workers.start("heavy")


def finish(run: Run) -> None:
    eventually(lambda: reload_run(run).state not in (RunState.QUEUED, RunState.RUNNING), seconds=120)
    assert (reload_run(run).state, reload_run(run).error) == (RunState.DONE, "")


def report(what: str, began: float, workers: Processes, standin: StandInProcess) -> None:
    """Print the time, the largest memory of a worker process, and the calls; `pytest -s` shows it."""
    figures: dict[str, Any] = {"what": what, "seconds": round(time.monotonic() - began, 1)}
    group = workers.running["heavy"].pid
    peaks = [
        int(line.split()[1]) // 1024
        for status in Path("/proc").glob("[0-9]*/status")
        if (stat := Path(status.parent, "stat")).exists()
        and stat.read_text().rpartition(")")[2].split()[2] == str(group)
        for line in status.read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    print(
        json.dumps(
            figures
            | {
                "peak_mb": max(peaks),
                "calls": standin.book()["calls"],
                "fastest_second": standin.book()["fastest_second"],
            }
        )
    )
