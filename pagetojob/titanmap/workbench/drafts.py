"""Drafts of pages: write, preview the changes, and approve by a second person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.two_people import why_request_lost
from pagetojob.titanmap import drafts
from pagetojob.titanmap.models import DraftState, PageBinding, PageDraft, TaxonomyItem
from pagetojob.titanmap.services import ChangedMeanwhile, MapRefused, why_not_publish

from . import access, boards
from .forms import AllForm, DraftActForm
from .map_forms import DraftForm

_ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "approve": (drafts.approve_as_seen, "Version {version} is live."),
    "give-back": (drafts.give_back, "Draft returned. It can be edited again."),
    "set-aside": (drafts.set_aside, "Draft discarded."),
}


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def page_new(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Write the first version of a page."""
    return _written(request, tenant, _form(tenant, None, 0, request.POST), slug="")


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def draft_new(request: HttpRequest, tenant: Tenant, page: str) -> HttpResponse:
    """Write the next version of a page, or redirect to the draft that is already open."""
    newest = access.versions_of(tenant, page)[0]
    if request.method != "POST" and (opened := drafts.open_draft(tenant, page)):
        return redirect("titanmap:draft", tenant.slug, opened.public_id)
    return _written(request, tenant, _form(tenant, newest, newest.version, request.POST), slug=page)


def _form(tenant: Tenant, page: PageBinding | PageDraft | None, based_on: int, typed: Any = None) -> DraftForm:
    items = TaxonomyItem.objects.filter(tenant=tenant).order_by("family", "name")
    return DraftForm(typed or None, items=items, page=page, based_on=based_on)


def _refused(tenant: Tenant, form: DraftForm, refused: MapRefused, slug: str) -> DraftForm:
    """Return the form with the error. If the page was changed in the meantime, base the form on the current version."""
    if slug and isinstance(refused, ChangedMeanwhile):
        newest = access.versions_of(tenant, slug)[0]
        return _form(tenant, newest, newest.version).with_conflicts(form, str(refused))
    form.add_error(None, str(refused))
    return form


def _written(request: HttpRequest, tenant: Tenant, form: DraftForm, *, slug: str) -> HttpResponse:
    if form.is_valid():
        data = form.cleaned_data
        its_own = slug or slugify(data["page_path"].strip("/").replace("/", "-"))[:80] or "home"
        given = {"actor": actor_of(request), "reason": data["reason"], "based_on": data["based_on"]}
        try:
            draft = drafts.write_draft(tenant=tenant, slug=its_own, values=form.to_values(), **given)
        except MapRefused as refused:
            form = _refused(tenant, form, refused, slug)
        else:
            return redirect("titanmap:draft", tenant.slug, draft.public_id)
    context = {"tenant": tenant, "form": form, "page": slug, "off": why_not_publish(tenant)}
    return render(request, "titanmap/draft_form.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def draft_edit(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    draft = access.draft_of(tenant, public_id)
    form = _form(tenant, draft, draft.based_on, request.POST)
    if form.is_valid():
        actor, reason = actor_of(request), form.cleaned_data["reason"]
        try:
            drafts.rewrite_draft(
                draft=draft, values=form.to_values(), actor=actor, reason=reason, seen=form.seen_state()
            )
        except ChangedMeanwhile as changed:
            draft = access.draft_of(tenant, public_id)
            form = _form(tenant, draft, draft.based_on).with_conflicts(form, str(changed))
        except MapRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("titanmap:draft", tenant.slug, public_id)
    context = {"tenant": tenant, "form": form, "draft": draft, "page": draft.slug, "off": why_not_publish(tenant)}
    return render(request, "titanmap/draft_form.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.VIEW_QUEUE)
def draft(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    return _page(request, tenant, access.draft_of(tenant, public_id), DraftActForm())


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def draft_send(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Send a draft to review by a second person."""
    row, form = access.draft_of(tenant, public_id), DraftActForm()
    try:
        drafts.send_for_review(draft=row, actor=actor_of(request))
    except MapRefused as refused:
        messages.error(request, str(refused))
        return _page(request, tenant, row, form)
    return redirect("titanmap:draft", tenant.slug, public_id)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def draft_act(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Approve, return or discard a draft."""
    row, form = access.draft_of(tenant, public_id), DraftActForm(request.POST)
    chosen = _ACTS.get(request.POST.get("act", ""))
    if form.is_valid() and chosen is None:
        form.add_error(None, "Choose an action: approve, return or discard.")
    elif form.is_valid() and chosen is not None:
        with errors_on(form, MapRefused):
            given = {"actor": actor_of(request), "reason": form.cleaned_data["reason"]}
            if chosen[0] is drafts.approve_as_seen:
                given["seen"] = form.cleaned_data["seen"]
            chosen[0](draft=row, **given)
            messages.success(request, chosen[1].format(version=row.based_on + 1))
            return redirect("titanmap:draft", tenant.slug, public_id)
    return _page(request, tenant, row, form)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "POST")
def drafts_return(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """List the drafts of a person that are in review, and return all of them to editing."""
    author = access.author_of(tenant, public_id)
    rows = drafts.in_review_by(tenant, author)
    form = AllForm(posted(request), initial={"mark": drafts.mark_of_all(rows)})
    if form.is_valid():
        given = {"seen": form.cleaned_data["mark"], "actor": actor_of(request), "reason": form.cleaned_data["reason"]}
        with errors_on(form, MapRefused):
            count = drafts.give_back_all(tenant=tenant, author=author, **given)
            messages.success(request, f"{count} draft{'' if count == 1 else 's'} returned. They can be edited again.")
            return redirect("titanmap:pages", tenant.slug)
    context = {
        "tenant": tenant,
        "author": author,
        "rows": rows,
        "form": form,
        "mark": drafts.mark_of_all(rows),
        "lost": why_request_lost(author.pk, drafts.AUTHOR),
    }
    return render(request, "titanmap/drafts_return.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, tenant: Tenant, row: PageDraft, form: DraftActForm) -> HttpResponse:
    actor = actor_of(request)
    people = dict(
        User.objects.filter(pk__in={row.written_by_id, row.decided_by_id}).order_by("pk").values_list("pk", "name")
    )
    context = {
        "tenant": tenant,
        "draft": row,
        "seen": drafts.mark_of(row),
        "changes": boards.draft_changes(row),
        "writer": people.get(row.written_by_id, ""),
        "decider": people.get(row.decided_by_id or 0, ""),
        "form": form,
        "why_not": drafts.why_not_second(row, actor) if row.state == DraftState.REVIEW else "",
        "can_act": actor.can(Ability.ACT_ON_QUEUE) and row.state in drafts.OPEN,
        "in_review": row.state == DraftState.REVIEW,
        "stale": row.state in drafts.OPEN and drafts.is_stale(row),
        "off": why_not_publish(tenant) if row.state in drafts.OPEN else "",
    }
    return render(request, "titanmap/draft.html", context, status=422 if form.errors else 200)
