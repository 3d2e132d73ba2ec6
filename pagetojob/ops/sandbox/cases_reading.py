"""The cases that only read: the taxonomy import, and revenue attribution."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pagetojob.gates.registry import FLAGS
from pagetojob.platform.canonical import canonical_json, sha256_hex
from pagetojob.platform.outbound.errors import AuthorizationError, RefusedError
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.client.calls import Caller
from pagetojob.servicetitan.client.payloads import Invoice, Job, Payment, TaxonomyRow
from pagetojob.servicetitan.client.resources import INVOICES_FEED, JOBS_FEED, PAYMENTS_FEED, TAXONOMY, Resource
from pagetojob.titanmap.models import TaxonomyItem

from .ground import Blocked, Failed
from .trial import Trial

LISTS, REVENUE = "api-taxonomy-import", "closed-loop-revenue"
#: Batches of a feed that are read: enough for an account of sample data.
_MOST_BATCHES = 200


def taxonomy_import(trial: Trial) -> None:
    before = _map_seal(trial)
    permitted = trial.ground.decide(LISTS).scopes or FLAGS[LISTS].scopes
    names = [name for name, resource in TAXONOMY.items() if resource.scope in permitted]
    families: dict[str, Any] = {}
    refused: dict[str, str] = {}
    candidates = repeated = 0
    known = _known_names(trial)
    for name in names:
        try:
            rows = trial.call(LISTS, _rows_of(TAXONOMY[name]))
            again = trial.call(LISTS, _rows_of(TAXONOMY[name]))
        except AuthorizationError as error:
            refused[name] = error.code
            continue
        ids = [row.id for row in rows]
        if len(ids) != len(set(ids)):
            raise Failed(f"The list of {name} contains an ID twice.")
        if sorted(ids) != sorted(row.id for row in again):
            raise Blocked(f"The list of {name} changed between two reads. Run the case again.")
        repeated += len(again)
        families[name] = {
            "records": len(rows),
            "inactive": sum(row.active is False for row in rows),
            "without_state": sum(row.active is None for row in rows),
        }
        candidates += sum(row.name.casefold() not in known for row in rows)
    methods = dict(trial.recorder.methods)
    writes = sum(count for method, count in methods.items() if method not in {"GET", "token"})
    trial.note(
        families=families,
        refused=refused,
        records_read=sum(family["records"] for family in families.values()),
        candidates=candidates,
        repeated_ids=repeated,
        writes=writes,
        map_before=before,
        map_after=_map_seal(trial),
    )
    if writes or before != _map_seal(trial):
        raise Failed("A read changed something.")
    if refused or not families:
        raise Blocked(f"The account does not show: {', '.join(refused) or 'any list'}.")


def _rows_of(resource: Resource[TaxonomyRow]) -> Callable[[Caller], Awaitable[list[TaxonomyRow]]]:
    async def read(caller: Caller) -> list[TaxonomyRow]:
        rows: list[TaxonomyRow] = []
        async for page in caller.pages(resource):
            if page.unreadable:
                raise RefusedError("unreadable-rows", "Some rows of a list cannot be read.")
            rows += page.rows
        return rows

    return read


def _known_names(trial: Trial) -> set[str]:
    with scope.tenant(trial.ground.tenant.pk):
        return {name.casefold() for name in TaxonomyItem.objects.values_list("name", flat=True)}


def _map_seal(trial: Trial) -> str:
    """Return a hash of the tenant's map."""
    with scope.tenant(trial.ground.tenant.pk):
        rows = TaxonomyItem.objects.order_by("pk").values_list("family", "name", "external_id", "active")
        return sha256_hex(canonical_json([list(row) for row in rows]))


@dataclass
class Records:
    """The records that a figure follows from."""

    jobs: dict[int, Job] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)


def revenue_attribution(trial: Trial) -> None:
    records = _read_all(trial)
    trial.note(
        records={
            "jobs": len(records.jobs),
            "invoices": len(records.invoices),
            "payments": len(records.payments),
        }
    )
    chains, excluded = linked(records)
    again, _ = linked(_read_all(trial))
    if not chains:
        raise Blocked("The account has no completed job with a paid invoice. Make one there, and run the case again.")
    figure, repeated = seal_of(chains), seal_of(again)
    trial.note(
        chains=len(chains),
        excluded=excluded,
        total=str(sum((amount for _, _, amount in chains), Decimal(0))),
        from_website_bookings=sum(records.jobs[job].booking_id is not None for job, _, _ in chains),
        figure_seal=figure,
        repeated_seal=repeated,
        restated_seal=seal_of(chains[1:]),
    )
    if figure != repeated:
        raise Blocked("The records changed between two reads. Run the case again.")
    if figure == seal_of(chains[1:]):
        raise Failed("The figure does not depend on its records.")


def _read_all(trial: Trial) -> Records:
    return Records(
        _by_id(trial.call(REVENUE, _feed_of(JOBS_FEED))),
        _by_id(trial.call(REVENUE, _feed_of(INVOICES_FEED))),
        _by_id(trial.call(REVENUE, _feed_of(PAYMENTS_FEED))),
    )


def _by_id(rows: Iterable[Any]) -> dict[int, Any]:
    """Return the newest state of each record: a feed may repeat rows."""
    newest: dict[int, Any] = {}
    for row in rows:
        last = newest.get(row.id)
        if last is None or not (row.modified_on and last.modified_on and row.modified_on < last.modified_on):
            newest[row.id] = row
    return newest


def _feed_of(resource: Resource[Any]) -> Callable[[Caller], Awaitable[list[Any]]]:
    async def read(caller: Caller) -> list[Any]:
        rows: list[Any] = []
        token = ""
        for _ in range(_MOST_BATCHES):
            batch = await caller.feed(resource, continue_from=token)
            if batch.unreadable:
                raise RefusedError("unreadable-rows", "Some rows of a feed cannot be read.")
            rows += batch.rows
            token = batch.continue_from
            if not batch.has_more:
                return rows
        raise RefusedError("no-end", f"The feed has more than {_MOST_BATCHES} batches.")

    return read


Chain = tuple[int, int, Decimal]


def linked(records: Records) -> tuple[list[Chain], dict[str, int]]:
    """Return job, invoice and paid amount of each certain chain, and the number of excluded invoices by reason."""
    paid: dict[int, Decimal] = {}
    refunded = {payment.refunded_payment_id for payment in records.payments.values() if payment.refunded_payment_id}
    uncertain: set[int] = set()
    for payment in records.payments.values():
        for part in payment.applied:
            is_certain = part.amount is not None and payment.active is not False and not payment.unreadable
            if not is_certain or payment.id in refunded or payment.refunded_payment_id:
                uncertain.add(part.invoice_id)
            elif part.amount is not None:
                paid[part.invoice_id] = paid.get(part.invoice_id, Decimal(0)) + part.amount
    chains: list[Chain] = []
    excluded: dict[str, int] = {}
    for invoice in sorted(records.invoices.values(), key=lambda row: row.id):
        job = records.jobs.get(invoice.job_id) if invoice.job_id else None
        reason = _why_excluded(invoice, job, paid, uncertain)
        if reason or job is None:
            excluded[reason] = excluded.get(reason, 0) + 1
        else:
            chains.append((job.id, invoice.id, paid[invoice.id]))
    return chains, excluded


def _why_excluded(invoice: Invoice, job: Job | None, paid: dict[int, Decimal], uncertain: set[int]) -> str:
    if job is None:
        return "no job"
    reasons = (
        (invoice.active is False or job.active is False, "void or deleted"),
        (invoice.adjustment_to_id, "adjustment of another invoice"),
        (job.status != "Completed", "job not completed"),
        (job.recall_for_id or job.warranty_id or job.no_charge, "not new business"),
        (invoice.id in uncertain, "refunded or uncertain payment"),
        (not paid.get(invoice.id), "not paid"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def seal_of(chains: list[Chain]) -> str:
    return sha256_hex(canonical_json([[job, invoice, str(amount)] for job, invoice, amount in chains]))
