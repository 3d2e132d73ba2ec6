"""Correct the binding of an item's page: preview, apply and release one item, then release the others."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap.models import TaxonomyItem

from .. import access
from ..binding_blocked import Page, Verdict, page_of
from ..envelope import NEEDED_ROLES
from ..errors import QueueError
from ..forms.operate import BindingForm, WhyForm
from ..models import SyncItem
from ..selectors import bindings as selectors
from ..services import bindings as services


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def binding(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the form, preview the correction (`step` preview), or apply it (`step` apply)."""
    item = access.item_for_operator(public_id)
    page = _page(item)
    offered = selectors.taxonomy_offered(page)
    if request.method != "POST":
        form = BindingForm(offered=offered, initial={"based_on": page.version, **_proposed(page, offered)})
        return _form_page(request, item, page, form)
    form = BindingForm(request.POST, offered=offered)
    step = request.POST.get("step")
    if not form.is_valid() or step == "change":
        return _form_page(request, item, page, form)
    if step != "apply" and services.why_no_version(item.tenant):
        return _form_page(request, item, page, form)
    if step != "apply":
        preview = selectors.preview_correction(page, form.chosen(), first=item)
        context = {"item": item, "page": page, "form": form, "preview": preview}
        return render(request, "syncqueue/binding_preview.html", context)
    answers = {name: form.cleaned_data[name] for name in ("based_on", "reason")}
    try:
        corrected = services.correct_binding(item=item, actor=actor_of(request), chosen=form.chosen(), **answers)
    except QueueError as error:
        return _refused(request, item, error)
    return _after(request, item, corrected)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the result of the item released first; a POST releases the others."""
    item = access.item_for_operator(public_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form, QueueError):
            run, new = services.start_release(item=item, actor=actor_of(request), reason=form.cleaned_data["reason"])
            if not new:
                messages.warning(request, "A release of this contractor is already in progress. It is shown here.")
            return redirect("ops:run", public_id=run.public_id)
    return _release_page(request, item, form)


def _release_page(request: HttpRequest, item: SyncItem, form: WhyForm) -> HttpResponse:
    release = selectors.release_of(item)
    if release is None:
        raise Http404
    context = {
        "item": item,
        "release": release,
        "waiting": release.verdict == Verdict.WAITING,
        "passes": release.verdict == Verdict.PASSES,
        "held": release.verdict == Verdict.BLOCKED,
        "old": release.verdict == Verdict.OLD,
        "form": form,
    }
    return render(request, "syncqueue/binding_release.html", context, status=422 if form.errors else 200)


def _page(item: SyncItem) -> Page:
    page = page_of(item)
    if page is None:
        raise Http404
    return page


def _proposed(page: Page, offered: Mapping[str, Sequence[TaxonomyItem]]) -> dict[str, str]:
    """Return the present choices; for a role that a booking needs and that has none, the only item of the map."""
    only = {role: offered[role][0] for role in NEEDED_ROLES if role != "job_type" and len(offered[role]) == 1}
    chosen = only | {role: bound for role, bound in page.chosen.items() if bound}
    return {role: str(item.public_id) for role, item in chosen.items()}


def _form_page(request: HttpRequest, item: SyncItem, page: Page, form: BindingForm) -> HttpResponse:
    off = services.why_no_version(item.tenant)
    context = {
        "item": item,
        "page": page,
        "form": form,
        "off": off,
        "held": selectors.blocked_count(page),
        "unmapped": selectors.roles_without_items(item.tenant_id),
    }
    wrong = form.errors or (off and request.method == "POST")
    return render(request, "syncqueue/binding.html", context, status=422 if wrong else 200)


def _refused(request: HttpRequest, item: SyncItem, error: QueueError) -> HttpResponse:
    """Show the form again with the present binding, the typed values and the reason for the refusal."""
    page = _page(item)
    offered = selectors.taxonomy_offered(page)
    data = request.POST.copy()
    data["based_on"] = str(page.version)
    form = BindingForm(data, offered=offered)
    form.add_error(None, str(error))
    return _form_page(request, item, page, form)


def _after(request: HttpRequest, item: SyncItem, corrected: services.Corrected) -> HttpResponse:
    if corrected.first is None:
        messages.success(request, f"{corrected.binding} is live. No items were waiting for it.")
        return redirect("ops:item", public_id=item.public_id)
    messages.success(request, f"{corrected.binding} is live, and one item was released with it.")
    return redirect("ops:release", public_id=corrected.first.public_id)
