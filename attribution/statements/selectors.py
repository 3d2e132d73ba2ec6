"""Queries for the statement pages. The caller sets the scope."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from attribution.models import NOTHING_BEFORE, OutcomeFile, Restatement, Statement
from pagetojob.platform.tenants.models import Tenant

from .canonical_form import Seal, broken
from .restating import Since, file_cause

_TENANT = [f"tenant__{name}" for name in ("slug", "name", "time_zone", "public_id")]


def statements_of(tenant: Tenant) -> QuerySet[Statement]:
    """Return a tenant's statements without their rows, newest first, with restatements. Two queries."""
    return Statement.objects.filter(tenant=tenant).defer("body").prefetch_related("restatements")


def statement_of(tenant: Tenant, public_id: UUID) -> Statement:
    """Return a tenant's statement, or raise a 404. Makes one query."""
    rows = Statement.objects.select_related("tenant", "closed_by")
    fields = [field.name for field in Statement._meta.concrete_fields]
    names = [f"closed_by__{name}" for name in ("name", "public_id")]
    return get_object_or_404(rows.only(*fields, *names, *_TENANT), tenant=tenant, public_id=public_id)


def restatements_of(statement: Statement) -> QuerySet[Restatement]:
    """Return restatements in order, with the names of the signers. Makes one query."""
    fields = [field.name for field in Restatement._meta.concrete_fields]
    rows = Restatement.objects.filter(tenant=statement.tenant_id, statement=statement).select_related("signed_by")
    return rows.only(*fields, "signed_by__name", "signed_by__public_id").order_by("number")


def causes(statement: Statement, since: Since) -> dict[int, list[tuple[str, OutcomeFile | None]]]:
    """Return the causes of each unsigned change, each with the export it names, if it names one. Makes one query."""
    wanted = {digest for change in since.changes for digest in change.files}
    files = OutcomeFile.objects.filter(tenant=statement.tenant_id, sha256__in=wanted).select_related("file")
    named = {file_cause(file.kind, file.sha256): file for file in files.order_by("-id")}
    return {invoice: [(why, named.get(why)) for why in reasons] for invoice, reasons in since.because.items()}


def broken_links(tenant: Tenant) -> list[Statement | Restatement]:
    """Return statements and restatements that differ from what was sealed. Reads all of them: two queries."""
    statements = list(Statement.objects.filter(tenant=tenant).order_by("number"))
    wrong: list[Statement | Restatement] = []
    numbers = set(broken([_seal(row) for row in statements], begins_with=NOTHING_BEFORE))
    wrong += [row for row in statements if row.number in numbers]
    chains: dict[int, list[Restatement]] = {}
    for row in Restatement.objects.filter(tenant=tenant).select_related("statement").order_by("number"):
        chains.setdefault(row.statement_id, []).append(row)
    for statement in statements:
        chain = chains.get(statement.pk, [])
        numbers = set(broken([_seal(row) for row in chain], begins_with=statement.sha256))
        wrong += [row for row in chain if row.number in numbers]
    return wrong


def _seal(row: Statement | Restatement) -> Seal:
    return Seal(row.number, row.previous_sha256, row.sha256, row.body)
