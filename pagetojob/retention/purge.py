"""The nightly purge: one run per tenant that calls the database's purge functions batch by batch, and the audit log.

The functions decide what has expired (`migrations/0003_purge.py`); this module only calls them. Each batch is one
transaction with its receipt and the cursor of the run, so a purge that dies continues where it was and counts no row
twice.
"""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

from django.db import OperationalError, transaction

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.runs.models import OPEN, Run, RunState
from pagetojob.platform.runs.services import Progress, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.one_by_one import sum_of_each

from . import attempt_months, exporting, offboarding
from .models import PurgeReceipt

log = logging.getLogger(__name__)
KIND = "retention.purge"
ACTOR = "nightly purge"
REASON = "Removed at the end of the retention period."
#: The order follows the foreign keys: attempts and notes before leads. Names of database functions.
STEPS = (
    "ptj_purge_items",
    "ptj_purge_leads",
    "ptj_purge_readings",
    "ptj_purge_findings",
    "ptj_purge_imports",
    "ptj_purge_outcomes",
)
#: A batch holds its row locks for about this long. Its size follows the time of the batch before it.
BATCH_SECONDS = 0.02
#: Pause after a batch, as a multiple of its time, so that visitors meet an idle database most of the time.
PAUSE_FACTOR = 4
FIRST_BATCH, LEAST_BATCH, MOST_BATCH = 500, 50, 5_000
AUDIT_BATCH, AUDIT_SECONDS = 2_000, 20.0


def start_purges() -> int:
    """Remove expired audit lines, months and accounts, end last pages, and start the purges. Periodic task.

    An offboarded tenant has nothing left to purge.
    """
    purge_audit()
    attempt_months.turn_months()
    offboarding.end_pages()
    tenants = Tenant.objects.filter(page_until=None).order_by("pk")
    started = sum_of_each(tenants, lambda tenant: start_purge(tenant.pk), task=KIND)
    try:
        purge_accounts()
    except OperationalError:  # a row of one of them is locked, such as a session in use; the next night continues
        log.warning("account purge stopped", exc_info=True)
    return started


def start_purge(tenant_id: int) -> bool:
    """Start the purge of a tenant unless one is open; return whether it started. Two statements and a scope."""
    with scope.tenant(tenant_id):
        _, created = Run.objects.get_or_create(
            tenant_id=tenant_id, kind=KIND, state__in=OPEN, defaults={"state": RunState.QUEUED}
        )
    return created


def purge_audit() -> int:
    """Remove expired lines of the audit log, batch by batch; return how many seals have lost their lines.

    Continues on the next night after 20 seconds.
    """
    removed, until = 0, time.monotonic() + AUDIT_SECONDS
    while time.monotonic() < until:
        with scope.worker():
            batch: int = fetch_value("SELECT ptj_purge_audit(%s)", [AUDIT_BATCH])
        removed += batch
        if batch < AUDIT_BATCH:
            break
    return removed


def purge_accounts() -> int:
    """Empty accounts that ended and that no line of the audit log names any more; return how many."""
    emptied = 0
    while True:
        with scope.worker():
            batch: int = fetch_value("SELECT ptj_purge_accounts(%s)", [LEAST_BATCH])
        emptied += batch
        if batch < LEAST_BATCH:
            return emptied


def work(run: Run) -> Iterator[Progress]:
    """Remove the expired rows of one tenant. Handler of runs of kind `retention.purge`."""
    size = FIRST_BATCH
    step, after = run.cursor or (0, None)
    with scope.worker():
        exporting.remove_parts(run.tenant_id, expired_only=True)
    while step < len(STEPS):
        began = time.monotonic()
        with transaction.atomic(), scope.worker():
            last, seen = _call(STEPS[step], run, after, size)
            step, after = (step, last) if seen >= size else (step + 1, None)
            progress = Progress(done=run.done + seen, total=None, cursor=[step, after])
            checkpoint(run, progress)
            if step == len(STEPS):
                _record(run)
        seconds = time.monotonic() - began
        yield progress
        time.sleep(PAUSE_FACTOR * seconds)
        size = next_size(size, seconds)


def next_size(size: int, seconds: float) -> int:
    """Return the size of the next batch, so that it takes about BATCH_SECONDS."""
    factor = min(2.0, max(0.25, BATCH_SECONDS / max(seconds, 0.001)))
    return min(MOST_BATCH, max(LEAST_BATCH, int(size * factor)))


def _call(function: str, run: Run, after: Any, size: int) -> tuple[Any, int]:
    """Return the position after the batch, as JSON, and the number of examined rows."""
    sql = f"SELECT last, seen FROM {function}(%s, %s::jsonb, %s)"  # noqa: S608 - one of STEPS
    ((last, seen),) = fetch_all(sql, [run.pk, json.dumps(after), size]) or [(None, 0)]
    return (json.loads(last) if isinstance(last, str) else last), seen


def _record(run: Run) -> None:
    """Write one audit line with the counts, if the run removed anything."""
    receipts = PurgeReceipt.objects.filter(tenant=run.tenant_id, run=run)
    counts = {f"{receipt.kind}: {receipt.table}": (None, receipt.removed) for receipt in receipts}
    if counts:
        record_change(KIND, run, actor=ACTOR, reason=REASON, **counts)
