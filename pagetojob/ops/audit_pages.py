"""Audit log page for operator leads, and paging helpers shared with the portal's audit page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pagetojob.platform.access import operator_page
from pagetojob.platform.audit import selectors
from pagetojob.platform.audit.models import AuditPurge
from pagetojob.platform.paging import keyset_links
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from .audit_export import role

#: Latest accepted day, so that the next day is still a valid date.
LAST_DAY = date(9999, 12, 30)
Row = tuple[selectors.Line, str]


class AuditFilterForm(forms.Form):
    """Filter of audit lines. All fields are optional."""

    tenant = forms.SlugField(label="Short name of the contractor", max_length=60, required=False)
    who = forms.CharField(label="Name of the person", max_length=120, required=False)
    action = forms.RegexField(
        r"\A[a-z0-9_.]*\Z",
        label="Action begins with",
        max_length=60,
        required=False,
        error_messages={"invalid": "Enter an action such as syncqueue.resend."},
    )
    subject = forms.CharField(label="Subject", max_length=120, required=False, help_text="As a line shows it.")
    since = forms.DateField(label="From day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label="To day",
        required=False,
        validators=[MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def asked(self) -> selectors.Asked:
        """Return the query of a valid form. An unknown tenant or person matches no line. At most two queries."""
        facts = self.cleaned_data
        tenant = Tenant.objects.filter(slug=facts["tenant"]).first() if facts["tenant"] else None
        people = User.objects.filter(name__icontains=facts["who"]).order_by("pk").values_list("pk", flat=True)
        return selectors.Asked(
            tenant_id=(tenant.pk if tenant else 0) if facts["tenant"] else None,
            actors=tuple(people[:100]) if facts["who"] else None,
            action=facts["action"],
            subject=facts["subject"],
            since=facts["since"],
            until=facts["until"],
        )


@operator_page(Ability.READ_AUDIT)
def ops_audit(request: HttpRequest) -> HttpResponse:
    """Show all lines, newest first, each verified against its seal. Nine queries on any page."""
    form = AuditFilterForm(request.GET)
    asked = form.asked() if form.is_valid() else selectors.Asked(tenant_id=0)
    query = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    page = page_of(request, asked)
    if page is None:
        return redirect(url_of("core:ops-audit", query))
    context = links("core:ops-audit", query, page) | {
        "form": form,
        "filtered": bool(query),
        "rows": _for_operators(page.lines),
        "check": selectors.newest_check(),
        "purge": AuditPurge.objects.first(),
    }
    return render(request, "ops/audit.html", context, status=200 if form.is_valid() else 422)


def page_of(request: HttpRequest, asked: selectors.Asked) -> selectors.Page | None:
    """Return the requested page. For an invalid page mark, add a message and return None."""
    try:
        return selectors.page(asked, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except selectors.BadMark:
        messages.error(request, "That page link is not valid. Here is the first page.")
        return None


def _for_operators(lines: Sequence[selectors.Line]) -> list[Row]:
    """Return lines with the actor's name and role. Makes one query, with only the columns that operators may read."""
    actors = {line.entry.actor_id for line in lines if line.entry.actor_id}
    # Ordered by id, because the default order uses the email address, which operators may not read.
    names = dict(User.objects.filter(pk__in=actors).order_by("pk").values_list("pk", "name"))
    return [(line, _name_and_role(names.get(line.entry.actor_id or 0, ""), line.entry.actor_label)) for line in lines]


def _name_and_role(name: str, label: str) -> str:
    return f"{name}, {role(label)}" if name else label


def links(view: str, query: Mapping[str, str], page: selectors.Page) -> dict[str, Any]:
    pages = keyset_links(url_of(view, query), newer=("before", page.newer), older=("after", page.older))
    return {"note": f"{len(page.lines)} shown", **pages}


def url_of(view: str, query: Mapping[str, str]) -> str:
    return reverse(view) + (f"?{urlencode(query)}" if query else "")
