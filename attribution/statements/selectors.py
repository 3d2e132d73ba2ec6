"""Queries for the statement pages. The caller sets the scope."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from attribution.models import NOTHING_BEFORE, OutcomeFile, Restatement, Sealed, Statement
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.tenants.models import Tenant

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


def broken_links(tenant: Tenant) -> list[Sealed]:
    """Return statements and restatements that differ from what was sealed. Reads all of them: two queries."""
    statements = Statement.objects.filter(tenant=tenant).prefetch_related("restatements").order_by("number")
    wrong: list[Sealed] = [*_broken(statements, begins_with=NOTHING_BEFORE)]
    for statement in statements:
        wrong += _broken(statement.restatements.all(), begins_with=statement.sha256)
    return wrong


def _broken(chain: Iterable[Sealed], *, begins_with: str) -> Iterator[Sealed]:
    """Yield the documents that do not match their hash, or do not follow the one before."""
    before = begins_with
    for number, row in enumerate(chain, start=1):
        if sha256_hex(row.body) != row.sha256 or row.previous_sha256 != before or row.number != number:
            yield row
        before = row.sha256
