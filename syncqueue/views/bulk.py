"""Bulk actions: preview an action on many items, start it as a run, and follow the run."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on, errors_shown
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import cancel_run
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from ..bulk_list import BulkList, BulkMove
from ..errors import QueueError
from ..filters import Filters
from ..forms.bulk import BulkForm, ConfirmForm, StopForm
from ..selectors import bulk as selectors
from ..selectors.triage import people
from ..services.bulk import Started, can_be_undone, start_bulk, start_undo


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def preview(request: HttpRequest) -> HttpResponse:
    """Preview an action on the items of the list's filter, which is in the URL. Writes nothing."""
    filters = Filters.parse(request.GET)
    back = f"{reverse('ops:list')}?{filters.as_query()}"
    tenant = Tenant.objects.filter(slug=filters.tenant).first() if filters.tenant else None
    form = BulkForm(request.POST)
    unknown = filters.ignored or (filters.tenant and tenant is None)
    if unknown or not form.is_valid():
        problem = next((str(error) for errors in form.errors.values() for error in errors), "")
        messages.error(
            request, problem or "A filter of this list is not valid, so nothing was chosen. Choose it again."
        )
        return redirect(back)
    bulk_preview = selectors.preview_bulk(
        tenant=tenant,
        move=BulkMove(form.cleaned_data["move"]),
        actor=actor_of(request),
        filters=filters,
        ticked=form.ticked() if form.cleaned_data["which"] == "ticked" else None,
    )
    return _preview_page(request, bulk_preview, ConfirmForm(listed=bulk_preview.chosen, people=people()))


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def start(request: HttpRequest) -> HttpResponse:
    """Start exactly what the preview showed."""
    actor = actor_of(request)
    chosen = BulkList.read(request.POST.get("chosen", ""), actor=actor)
    if chosen is None:
        messages.error(
            request,
            "This preview is older than an hour or belongs to someone else. Nothing was changed; create a new preview.",
        )
        return redirect("ops:list")
    form = ConfirmForm(request.POST, listed=chosen, people=people())
    if form.is_valid():
        with errors_on(form, QueueError):
            return _started(request, start_bulk(chosen=chosen, actor=actor, confirmed=form.confirmation()))
    return _preview_page(request, selectors.preview_again(chosen), form)


def _started(request: HttpRequest, started: Started) -> HttpResponse:
    """Show the run, or the list of runs if there are several."""
    for run in started.busy:
        sentence = f"Not started for {run.tenant.name}: another bulk run of this contractor is in progress."
        messages.warning(request, f"{sentence} It is shown here." if not started.runs else sentence)
    runs = [*started.runs, *started.busy]
    if len(runs) == 1:
        return redirect("ops:run", public_id=runs[0].public_id)
    if started.runs:
        messages.success(request, f"{len(started.runs)} runs were started, one for each contractor.")
    return redirect("ops:runs")


@operator_page(Ability.VIEW_QUEUE)
def run_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _run_page(request, public_id, StopForm())


@operator_page(Ability.VIEW_QUEUE)
def run_list(request: HttpRequest) -> HttpResponse:
    return render(request, "syncqueue/run_list.html", {"runs": selectors.recent_runs()})


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def stop(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form = StopForm(request.POST)
    if not form.is_valid():
        return _run_page(request, public_id, form)
    run = _run(public_id)
    if cancel_run(run=run, actor=actor_of(request), reason=form.cleaned_data["reason"]):
        messages.success(request, "Stopped. Completed changes remain.")
    else:
        messages.warning(request, "The run had already ended.")
    return redirect("ops:run", public_id=public_id)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Start a run that restores the assignees and snoozes that this run changed."""
    shown = public_id
    with errors_shown(request, QueueError):
        run, new = start_undo(run=_run(public_id), actor=actor_of(request))
        shown = run.public_id
        if not new:
            messages.warning(request, "Another undo of this contractor is in progress. It is shown here.")
    return redirect("ops:run", public_id=shown)


def _run(public_id: UUID) -> Run:
    return get_object_or_404(Run.objects.select_related("tenant"), public_id=public_id)


def _run_page(request: HttpRequest, public_id: UUID, form: StopForm) -> HttpResponse:
    run = _run(public_id)
    back, first = (run.params.get(name, "") for name in ("back", "first"))
    context = {
        "view": selectors.run_view(run),
        "run": run,
        "form": form,
        "back": f"{reverse('ops:list')}?{back}" if back else reverse("ops:list"),
        "first_url": reverse("ops:release", args=[first]) if first else "",
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "undoable": can_be_undone(run),
    }
    return render(request, "syncqueue/run.html", context, status=422 if form.errors else 200)


def _preview_page(request: HttpRequest, bulk_preview: selectors.BulkPreview, form: ConfirmForm) -> HttpResponse:
    context = {
        "found": bulk_preview,
        "chosen": bulk_preview.chosen,
        "form": form,
        "back": f"{reverse('ops:list')}?{bulk_preview.chosen.query}",
        "heading": bulk_preview.chosen.move.on(bulk_preview.chosen.count),
        "left": bulk_preview.chosen.count - len(bulk_preview.first),
        "left_words": f"{bulk_preview.chosen.count - len(bulk_preview.first):,}",
        "harmful": not bulk_preview.chosen.move.can_be_undone
        and bulk_preview.chosen.move not in (BulkMove.RESEND, BulkMove.MANUAL_COMPLETE),
    }
    return render(request, "syncqueue/bulk_preview.html", context, status=422 if form.errors else 200)
