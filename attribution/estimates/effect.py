"""Effect of new links on labels, money and closed months: they are written, measured and rolled back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import RunStopped
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..linkage.answers import Answer
from ..linkage.model import Model
from ..models import Link, LinkRun, Statement
from ..selectors import money
from ..services.links import apply_answers, link_counts
from ..statements.restating import Unsigned, unsigned_changes

#: Changed links listed one by one. The count covers all of them.
LISTED = 200
#: Closed months, newest first, whose restatement is predicted.
MONTHS = 24
LinksByJob = dict[int, tuple[int, str, str]]


def measure_effect(tenant: Tenant, run: Run, used: Model, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the effect of linking with these answers, in the format of `Estimate.effect`. Everything is rolled back.

    Raises RunStopped if a concurrent linking or decision conflicts.
    """
    try:
        with transaction.atomic():
            with scope.tenant(tenant.pk):
                result = _measure(tenant, run, used, answers)
            transaction.set_rollback(True)
    except IntegrityError as error:
        raise RunStopped("A link or a decision changed at the same time. Request the estimate again.") from error
    return result


def _measure(tenant: Tenant, run: Run, used: Model, answers: Sequence[Answer]) -> dict[str, Any]:
    closed = Statement.objects.filter(tenant=tenant).defer("body").order_by("-month")[:MONTHS]
    before, was, unsigned, earned = (
        link_counts(tenant),
        _links_by_job(tenant),
        unsigned_changes(tenant, closed),
        money.overview(tenant),
    )
    trial = LinkRun.objects.create(
        tenant=tenant,
        run=run,
        window_days=used.window_days,
        model_sha256=used.sha256,
        inputs_sha256="",
        seen_to=timezone.now(),
    )
    apply_answers(tenant, trial, answers)
    after, later = link_counts(tenant), money.overview(tenant)
    return {
        "labels": {label: [before[label], after[label]] for label in before},
        "money": {
            "counted": _texts(earned.low, later.low),
            "if_all_accepted": _texts(earned.high, later.high),
            "paid": _texts(earned.paid, later.paid),
        },
        "months": _months(closed, unsigned, unsigned_changes(tenant, closed)),
        **_link_changes(was, _links_by_job(tenant)),
    }


def _links_by_job(tenant: Tenant) -> LinksByJob:
    """Return lead, label and probability by job."""
    rows = Link.objects.filter(tenant=tenant, current=True, job__isnull=False)
    return {
        job: (lead, label, str(chance))
        for job, lead, label, chance in rows.values_list("job__external_id", "lead", "label", "probability")
    }


def _months(closed: Iterable[Statement], was: dict[int, Unsigned], now: dict[int, Unsigned]) -> list[dict[str, str]]:
    """Return what a restatement of each month would change more than before, oldest first."""
    none = Unsigned(())
    added = {row.month: now.get(row.pk, none).delta - was.get(row.pk, none).delta for row in closed}
    return [{"month": f"{month:%Y-%m}", "counted": str(amount)} for month, amount in sorted(added.items()) if amount]


def _link_changes(was: LinksByJob, now: LinksByJob) -> dict[str, Any]:
    """Return the jobs whose lead or label changes: totals per transition, and the first ones by job ID."""
    moved = [job for job in sorted(was.keys() | now.keys()) if _core(was.get(job)) != _core(now.get(job))]
    sums = Counter((_label(was.get(job)), _label(now.get(job))) for job in moved)
    return {
        "moved": len(moved),
        "sums": [[old, new, many] for (old, new), many in sorted(sums.items())],
        "moves": [{"job": job, "was": was.get(job), "is": now.get(job)} for job in moved[:LISTED]],
    }


def _core(link: tuple[int, str, str] | None) -> tuple[int, str] | None:
    return link[:2] if link else None


def _label(link: tuple[int, str, str] | None) -> str:
    return link[1] if link else "no lead"


def _texts(*amounts: Decimal) -> list[str]:
    return [f"{amount:.2f}" for amount in amounts]
