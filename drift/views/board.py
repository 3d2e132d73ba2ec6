"""The operators' board of findings, and the sites they come from."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.gates.services import why_off
from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import keyset_links, page_links, requested_page
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..compare.findings import Severity
from ..compare.values import sides_in_words
from ..errors import DriftRefused
from ..forms import FindingReasonForm, PageForm, SiteForm
from ..models import FindingState, Site
from ..services import finding_actions, reading, sites
from ..services.page_uploads import take_page
from ..texts import RULES


@operator_page(Ability.VIEW_QUEUE)
def board(request: HttpRequest) -> HttpResponse:
    """List open findings, most severe first, and a page of sites. Runs eight queries plus authentication."""
    filters = _filters(request)
    try:
        rows, older = selectors.findings(filters, after=request.GET.get("after", ""))
    except selectors.BadCursor:
        return redirect("drift:board")
    asked = {name: value for name, value in vars(filters).items() if value}
    context = selectors.counts() | {
        "rows": [(row, RULES.get(row.rule, row.rule), *sides_in_words(row.site_value, row.map_value)) for row in rows],
        "filters": filters,
        "asked": asked,
        "states": [(state.value, state.label) for state in FindingState],
        "rule_words": RULES,
        "note": f"{len(rows)} shown",
        **keyset_links(f"?{urlencode(asked)}", older=("after", older), is_first=not request.GET.get("after")),
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        **_contractors(request, asked),
    }
    return render(request, "drift/board.html", context)


def _contractors(request: HttpRequest, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return paused rules and a page of sites, of all contractors or the chosen one, and the choices of the filter."""
    tenants, chosen = Tenant.objects.order_by("name", "id"), asked.get("tenant", "")
    page = requested_page(request, tenants.filter(slug=chosen) if chosen else tenants)
    pauses, has_more = selectors.pauses(chosen)
    lines = selectors.sites(list(page))
    return {
        "contractors": tenants.values_list("slug", "name"),
        "pauses": [(pause, RULES.get(pause.rule, pause.rule)) for pause in pauses],
        "has_more_pauses": has_more,
        "sites": [(line, selectors.coverage(line.reading) if line.reading else "") for line in lines],
        "site_pages": page_links(page, f"&{urlencode(asked)}#sites" if asked else "#sites"),
    }


def _filters(request: HttpRequest) -> selectors.Filters:
    """Read filters from the query string. Unknown values are ignored."""
    state, harm, rule = (request.GET.get(name, "") for name in ("state", "harm", "rule"))
    return selectors.Filters(
        state=state if state in FindingState.values else "",
        harm=int(harm) if harm in map(str, Severity) else 0,
        rule=rule if rule in RULES else "",
        tenant=request.GET.get("tenant", "")[:60].replace("\x00", ""),
    )


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    pause, form = access.pause_for_operator(pk), FindingReasonForm(request.POST)
    if form.is_valid():
        finding_actions.lift_pause(pause=pause, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "Pause lifted. The rule opens findings again from the next reading.")
    else:
        messages.error(request, "Enter a reason for lifting the pause.")
    return redirect("drift:board")


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def site(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show and edit a tenant's site: base address, reading settings, and recent readings."""
    known = Site.objects.filter(tenant=tenant).first()
    form = SiteForm(posted(request), initial=_initial(known))
    if form.is_valid():
        sites.save_site(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "Settings saved.")
        return redirect("drift:site", tenant.slug)
    return _site(request, tenant, known, form=form)


def _initial(known: Site | None) -> dict[str, Any]:
    if known is None:
        return {}
    names = ("base_url", "every_hours", "page_budget", "delay_ms", "reads_itself")
    more = json.dumps(known.more, indent=2) if known.more else ""
    return {name: getattr(known, name) for name in names} | {"more": more}


def _site(request: HttpRequest, tenant: Tenant, known: Site | None, **forms: Any) -> HttpResponse:
    run = selectors.last_run(known, reading.READ_SITE) if known else None
    context = {
        "tenant": tenant,
        "site": known,
        "run": run,
        "reading_now": selectors.is_open(run),
        "off": why_off(reading.FLAG, tenant),
        "readings": [(item, selectors.coverage(item)) for item in selectors.readings(known)] if known else [],
        "form": SiteForm(initial=_initial(known)),
        "read_form": FindingReasonForm(prefix="read"),
        "page_form": PageForm(prefix="page"),
    } | forms
    wrong = any(item.is_bound and item.errors for item in (context["form"], context["read_form"], context["page_form"]))
    return render(request, "drift/site.html", context, status=422 if wrong else 200)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def read_now(request: HttpRequest, slug: str) -> HttpResponse:
    known, form = access.site_for_operator(slug), FindingReasonForm(request.POST, prefix="read")
    if form.is_valid():
        with errors_on(form, DriftRefused):
            run, is_new = reading.start_reading(site=known, actor=actor_of(request), **form.cleaned_data)
            if not is_new:
                messages.info(request, "This site is already being read.")
            return redirect("ops:run", run.public_id)
    return _site(request, known.tenant, known, read_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def upload_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Read a page that was uploaded or pasted."""
    known, form = access.site_for_operator(slug), PageForm(request.POST, request.FILES, prefix="page")
    if form.is_valid():
        with errors_on(form, DriftRefused), transaction.atomic():
            site_reading = take_page(
                site=known, page=form.path(), body=form.body(), actor=actor_of(request),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            return redirect("drift:reading", site_reading.public_id)
    return _site(request, known.tenant, known, page_form=form)


@operator_page(Ability.VIEW_QUEUE)
def reading_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one reading, page by page. Runs three queries plus authentication."""
    site_reading = access.reading_for_operator(public_id)
    pages = site_reading.pages.order_by("page").only("page", "state", "why", "facts")[:500]
    context = {
        "reading": site_reading,
        "coverage": selectors.coverage(site_reading),
        "pages": [(page, len(page.facts)) for page in pages],
    }
    return render(request, "drift/reading.html", context)
