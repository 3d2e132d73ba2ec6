"""Import of outcomes by API: read what changed since the last import, and pass it to the intake of exports.

Each page is committed with its token in a buffer. The intake then takes the buffered rows of a kind and empties the
buffer in one transaction, so that a row is neither lost nor counted twice.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.client import bookings, resources
from pagetojob.servicetitan.mirror.reading import Account, Mirrored, cursor_of, read_through, rows_of
from pagetojob.servicetitan.mirror.schedule import environment_label, grade_label
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.services.import_reviews import enqueue_outcome_review

from ..models import Invoice, OutcomeFile, OutcomeKind, Payment, Statement
from ..outcomes import api_rows
from ..outcomes.api_rows import Known
from ..outcomes.checking import NAMED, Checked, Remark, period_of
from .api_requests import BY, FLAG, KINDS
from .import_result import ImportResult
from .linking import start_linking
from .outcome_import import take_rows

#: Rows that the intake takes in one transaction: few enough for the lease of a run.
MOST_ROWS = 10_000
#: Overlap of two readings of a list by time of change.
_OVERLAP = dt.timedelta(hours=1)
_LISTS = {"job types": Family.JOB_TYPE, "business units": Family.BUSINESS_UNIT, "campaigns": Family.CAMPAIGN}
_FEEDS = {
    OutcomeKind.BOOKINGS: Mirrored("bookings", resources.BOOKINGS_FEED, api_rows.stored_booking),
    OutcomeKind.JOBS: Mirrored("jobs", resources.JOBS_FEED, api_rows.stored_job),
    OutcomeKind.INVOICES: Mirrored("invoices", resources.INVOICES_FEED, api_rows.stored_invoice),
    OutcomeKind.PAYMENTS: Mirrored("payments", resources.PAYMENTS_FEED, api_rows.stored_payment),
}


def work(run: Run) -> Iterator[Progress]:
    """Handle a run: for each kind, read its feed and then take what was read. Even steps read, odd ones take."""
    with scope.tenant(run.tenant_id):
        tenant = Tenant.objects.get(pk=run.tenant_id)
    account = Account(run, tenant, flag=FLAG, environment=Environment(run.params["environment"]), by=BY)
    while (step := _cursor(run)["step"]) < 2 * len(KINDS):
        number, is_taking = divmod(step, 2)
        if is_taking:
            yield _take(account, KINDS[number], after=step + 1, repeat=step)
        else:
            yield from _read(account, KINDS[number], step)
    yield _finish(run, tenant)


def _cursor(run: Run, **changes: Any) -> dict[str, Any]:
    """Return the cursor of the run: its step, and what people have to review."""
    return {"step": 0, "left_out": 0, "months": [], "news": False} | (run.cursor or {}) | changes


def _read(account: Account, kind: OutcomeKind, step: int) -> Iterator[Progress]:
    run = account.run
    # The step of bookings ends after the lists that replace a feed that is not available.
    after = step if kind == OutcomeKind.BOOKINGS else step + 1
    for progress in read_through(account, _FEEDS[kind], next_step=lambda: _cursor(run, step=after)):
        yield progress
        with scope.tenant(account.tenant.pk):
            waiting = rows_of(account.connection, kind.value).count()
        if waiting >= MOST_ROWS:
            here = _cursor(run)["step"]
            yield _take(account, kind, after=here, repeat=here)
    if kind == OutcomeKind.BOOKINGS:
        yield from _read_providers(account)
        yield Progress(run.done, None, _cursor(run, step=step + 1))


def _read_providers(account: Account) -> Iterator[Progress]:
    """Read the lists of our booking providers if the account does not show us the feed of all bookings."""
    if not cursor_of(account.connection, "bookings").problem or not account.permits(resources.BOOKINGS_FEED):
        return
    with scope.tenant(account.tenant.pk):
        items = TaxonomyItem.objects.filter(tenant=account.tenant, family=Family.BOOKING_PROVIDER)
        ids = list(items.exclude(external_id=None).order_by("pk").values_list("external_id", flat=True))
    for provider in filter(None, ids):
        name = f"bookings of provider {provider}"
        read = cursor_of(account.connection, name).finished_at
        since = (read - _OVERLAP).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if read else ""
        listed = Mirrored(name, bookings.provider_list(provider, since), api_rows.stored_booking)
        yield from read_through(account, listed, next_step=lambda: _cursor(account.run))
        with scope.tenant(account.tenant.pk):
            waiting = rows_of(account.connection, "bookings").values_list("remote_id", flat=True)
            listed_rows = rows_of(account.connection, name)
            listed_rows.exclude(remote_id__in=list(waiting)).update(resource="bookings")
            listed_rows.delete()


def _take(account: Account, kind: OutcomeKind, *, after: int, repeat: int) -> Progress:
    """Pass buffered rows of a kind to the intake, in one transaction with the position of the run.

    The run continues with the step `after`, or `repeat` while the buffer is not empty.
    """
    tenant, run = account.tenant, account.run
    with scope.tenant(tenant.pk):
        buffered = rows_of(account.connection, kind.value)
        stored = list(buffered.order_by("remote_id").values_list("remote_id", "values")[:MOST_ROWS])
        cursor = _cursor(run, step=after)
        if stored:
            known = _known(account, kind, stored)
            rows, left_out = api_rows.converted(kind.value, stored, known)
            result = _intake(account, kind, rows, left_out, known.zone)
            buffered.filter(remote_id__lte=stored[-1][0]).delete()
            cursor = _noted(cursor, result, left_out, _closed_months(tenant, kind, rows))
            if buffered.exists():
                cursor["step"] = repeat
        progress = Progress(run.done, None, cursor)
        with scope.worker():
            checkpoint(run, progress)
    return progress


def _noted(
    after: dict[str, Any], result: ImportResult, left_out: Sequence[object], months: Sequence[str]
) -> dict[str, Any]:
    return after | {
        "left_out": after["left_out"] + len(left_out),
        "news": after["news"] or result.file is not None,
        "months": sorted({*after["months"], *(months if result.file else ())}),
    }


def _known(account: Account, kind: OutcomeKind, stored: Sequence[tuple[int, Any]]) -> Known:
    """Return what the rows of a batch refer to. At most seven queries."""
    tenant, zone = account.tenant, account.tenant.shown_zone
    if tenant.zone_problem:
        raise RunStopped(f"{tenant.zone_problem} Set one that is known: the days of records are those of it.")
    if kind == OutcomeKind.JOBS:
        return Known(zone, names={name: _names(account, name) for name in _LISTS})
    if kind == OutcomeKind.INVOICES:
        adjusted = {values["adjusts"] for _, values in stored} - {None}
        rows = Invoice.objects.filter(tenant=tenant, external_id__in=adjusted)
        jobs = dict(rows.values_list("external_id", "job_external_id"))
        return Known(zone, job_of_invoice=jobs | {remote_id: row["job"] for remote_id, row in stored if row["job"]})
    if kind == OutcomeKind.PAYMENTS:
        return Known(zone, applications=_applications(tenant, stored))
    return Known(zone)


def _names(account: Account, name: str) -> dict[int, str]:
    """Return names by ID: from the list as it was read last, else from the map."""
    items = TaxonomyItem.objects.filter(tenant=account.tenant, family=_LISTS[name]).exclude(external_id=None)
    names = {remote_id: name for remote_id, name in items.values_list("external_id", "name") if remote_id}
    return names | dict(rows_of(account.connection, name).values_list("remote_id", "values__name"))


def _applications(tenant: Tenant, stored: Sequence[tuple[int, Any]]) -> dict[int, dict[int | None, Any]]:
    """Return the applications of payments that are stored and not void, and those of the same batch."""
    ids = {remote_id for remote_id, _ in stored} | {values["refunds"] for _, values in stored} - {None}
    by_payment: dict[int, dict[int | None, Any]] = {}
    for row in Payment.objects.filter(tenant=tenant, external_id__in=ids, voided=False):
        facts = {"amount": row.amount, "paid_on": row.paid_on, "method": row.method}
        by_payment.setdefault(row.external_id, {})[row.invoice_external_id] = facts
    for remote_id, values in stored:
        if remote_id not in by_payment:
            by_payment[remote_id] = {invoice: {} for invoice, _ in values["parts"]}
    return by_payment


def _intake(
    account: Account,
    kind: OutcomeKind,
    rows: Sequence[tuple[int, dict[str, Any]]],
    left_out: Sequence[tuple[int, str]],
    zone: ZoneInfo,
) -> ImportResult:
    cursor = cursor_of(account.connection, kind.value)
    environment = environment_label(account.connection.environment)
    grade = grade_label(account.grade.value)
    remarks = [
        Remark(0, f"Read by API from the {environment}, {grade}; account {account.connection.servicetitan_tenant}.")
    ]
    remarks += [Remark(0, f"Row with ID {remote_id} was left out. {reason}") for remote_id, reason in left_out[:NAMED]]
    checked = Checked(
        kind.value, rows=list(rows), remarks=remarks, fields={name: [name] for name in rows[0][1]} if rows else {}
    )
    if cursor.finished_at and not cursor.underway and not cursor.problem:
        checked.covers = _covers(account.tenant, kind, rows, zone)
    content = "".join(f"{json.dumps(values, cls=DjangoJSONEncoder, sort_keys=True)}\n" for _, values in rows)
    return take_rows(
        tenant=account.tenant,
        checked=checked,
        content=content.encode(),
        name=f"{kind.value}, {environment}, {timezone.now():%Y-%m-%d %H.%M}.jsonl",
        by=BY,
        reason=f"Changed {kind.value} were read by API.",
    )


def _covers(
    tenant: Tenant, kind: OutcomeKind, rows: Sequence[tuple[int, dict[str, Any]]], zone: ZoneInfo
) -> tuple[dt.date, dt.date] | None:
    """Return the days that are complete now: a feed leaves out nothing between two readings."""
    before = OutcomeFile.objects.filter(tenant=tenant, kind=kind, taken_by=None, covers_to__isnull=False)
    last = before.order_by("-pk").values_list("covers_to", flat=True).first()
    period = period_of(kind.value, rows, zone)
    today = timezone.now().astimezone(zone).date()
    first = last or (period[0] if period else None)
    return None if first is None else (min(first, today), today)


def _closed_months(tenant: Tenant, kind: OutcomeKind, rows: Sequence[tuple[int, dict[str, Any]]]) -> list[str]:
    """Return the closed months that these rows may change. At most two queries."""
    if kind == OutcomeKind.INVOICES:
        days = {values["invoiced_on"] for _, values in rows}
    elif kind == OutcomeKind.PAYMENTS:
        paid = {values["invoice_external_id"] for _, values in rows} - {None}
        days = set(Invoice.objects.filter(tenant=tenant, external_id__in=paid).values_list("invoiced_on", flat=True))
    else:
        return []
    firsts = {day.replace(day=1) for day in days if day}
    closed = Statement.objects.filter(tenant=tenant, month__in=firsts).order_by("month")
    return [f"{month:%Y-%m}" for month in closed.values_list("month", flat=True)]


def _finish(run: Run, tenant: Tenant) -> Progress:
    """Link what is new, and enqueue what people have to review."""
    cursor = _cursor(run)
    with scope.tenant(tenant.pk):
        if cursor["news"]:
            start_linking(tenant=tenant, actor=BY, reason="Outcomes were read by API.")
        if words := _review_words(cursor):
            enqueue_outcome_review(tenant=tenant, key=str(run.public_id), source=words)
        progress = Progress(run.done, run.done, cursor | {"news": False, "left_out": 0, "months": []})
        with scope.worker():
            checkpoint(run, progress)
    return progress


def _review_words(cursor: dict[str, Any]) -> str:
    words = []
    if cursor["months"]:
        words.append(f"Check closed months for a restatement: {', '.join(cursor['months'][:12])}")
    if cursor["left_out"]:
        words.append(f"{cursor['left_out']:,} rows from ServiceTitan were left out")
    return "; ".join(words)
