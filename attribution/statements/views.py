"""Operators' views of closed months. An operator lead closes the next month and signs restatements."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from attribution.errors import StatementError
from attribution.forms import CloseForm, ConversionsForm, SealForm
from attribution.packets import document
from attribution.packets.downloads import attachment
from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.accounts.access import confirmed_to_post
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import closing, exporting, restating, selectors
from .downloads import bundle_of

#: Newest months that the list compares with the facts of today, because each comparison reads a month's invoices.
_COMPARED = 12


@tenant_page(Ability.VIEW_QUEUE)
def statements(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show a tenant's closed months, any that differ from what was sealed, and the next one to close.

    Ten queries, and seven for each time zone of the months that are compared with the facts of today.
    """
    statements = list(selectors.statements_of(tenant))
    unsigned = restating.unsigned_changes(tenant, statements[:_COMPARED])
    context = _page(request, tenant) | {
        "statements": statements,
        "unsigned": [(row, unsigned[row.pk].delta) for row in statements if row.pk in unsigned],
        "compared": len(statements[:_COMPARED]),
        "broken": selectors.broken_links(tenant),
        "next": closing.next_to_close(tenant),
    }
    return render(request, "attribution/statements/list.html", context)


@tenant_page(Ability.SECOND_PERSON, "GET", "HEAD", "POST")
def close(request: HttpRequest, tenant: Tenant, month: str) -> HttpResponse:
    """Show what closing a month would seal; close it on a POST with a reason and the hash of the figures."""
    first = _month(month)
    preview = closing.preview(tenant=tenant, first=first)
    form = CloseForm(posted(request), gaps=preview.gaps)
    if form.is_valid():
        with errors_on(form, StatementError):
            statement = closing.close_month(tenant=tenant, first=first, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, f"{first:%B %Y} is closed and sealed.")
            return redirect("statements:statement", tenant.slug, statement.public_id)
    context = _page(request, tenant) | {"first": first, "preview": preview, "form": form}
    context["doc"] = document.of_open_month(tenant, preview.body)
    return render(request, "attribution/statements/close.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.VIEW_QUEUE)
def statement(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show one closed month as sealed, as restated, and with unsigned changes. At most seventeen queries."""
    row = selectors.statement_of(tenant, public_id)
    signed, since = list(selectors.restatements_of(row)), restating.since_closing(row)
    context = _page(request, row.tenant) | {
        "statement": row,
        "signed": signed,
        "doc": document.of_statement(row, signed),
        "since": since,
        "because": selectors.causes(row, since),
    }
    return render(request, "attribution/statements/statement.html", context)


@tenant_page(Ability.SECOND_PERSON, "GET", "HEAD", "POST")
def restate(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show the changes to a closed month; sign them on a POST with a reason and the hash of the changes."""
    row = selectors.statement_of(tenant, public_id)
    since = restating.since_closing(row)
    form = SealForm(posted(request))
    if form.is_valid():
        with errors_on(form, StatementError):
            restating.restate(statement=row, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Restatement signed. The closed month itself is unchanged.")
            return redirect("statements:statement", tenant.slug, public_id)
    context = _page(request, row.tenant) | {
        "statement": row,
        "since": since,
        "because": selectors.causes(row, since),
        "form": form,
    }
    return render(request, "attribution/statements/restate.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.VIEW_QUEUE)
def rows(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Download the sealed rows as they are hashed: `sha256sum` of the file is the hash on the page."""
    row = selectors.statement_of(tenant, public_id)
    name = f"statement-{row.month:%Y-%m}.jsonl"
    return attachment(row.body.encode(), name, "application/x-ndjson; charset=utf-8")


@tenant_page(Ability.VIEW_QUEUE)
def bundle(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Download a sealed month and its restatements with the proof that they are in the public log."""
    return bundle_of(selectors.statement_of(tenant, public_id))


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
@confirmed_to_post
def conversions(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show the preflight of the files for Google Ads; a POST downloads one and records who did."""
    row, now = selectors.statement_of(tenant, public_id), timezone.now()
    form = ConversionsForm(posted(request))
    if form.is_valid():
        text = exporting.export(statement=row, actor=actor_of(request), now=now, **form.cleaned_data)
        name = f"google-ads-{form.cleaned_data['kind']}-{row.month:%Y-%m}.csv"
        return attachment(text.encode(), name, "text/csv; charset=utf-8")
    context = _page(request, row.tenant) | {
        "statement": row,
        "ready": exporting.ready(row, now=now),
        "form": form,
    }
    return render(request, "attribution/statements/conversions.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "tenant": tenant,
        "here": "statements",
        "can_seal": actor.can(Ability.SECOND_PERSON),
        "can_act": actor.can(Ability.ACT_ON_QUEUE),
    }


def _month(text: str) -> date:
    """Parse a month such as 2026-10 into its first day, or raise a 404.

    Years far from ours have other lengths as text, and December 9999 has no end.
    """
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= first.year < 2100:
        raise Http404
    return first
