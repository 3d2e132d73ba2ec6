"""Pages of sandbox validation: the latest results, one run with its evidence, and the start of a run."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.gates.registry import Environment
from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.credentials.forms import InternalReasonForm
from pagetojob.platform.files.responses import saved_as
from pagetojob.platform.forms import posted
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants.roles import Ability
from pagetojob.servicetitan.validation import selectors
from pagetojob.servicetitan.validation.models import ValidationRun
from pagetojob.transparency.views import bundle_download

from . import KIND

_PLACES = (Environment.SIMULATOR, Environment.INTEGRATION)
_NEWEST = 20


class StartForm(InternalReasonForm):
    environment = forms.ChoiceField(
        label="Environment",
        choices=[(place.value, place.label) for place in _PLACES],
        help_text="The run uses the account of a demo tenant's connection to it; the simulator has one by default.",
    )
    field_order = ("environment", "reason")


@operator_page(Ability.VIEW_QUEUE)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the latest result of each case, and the newest runs. Two queries in addition to those for the user."""
    context = {
        "cases": selectors.latest_results(),
        "runs": ValidationRun.objects.all()[:_NEWEST],
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "sandbox/list.html", context)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def start(request: HttpRequest) -> HttpResponse:
    """Queue a run, which a worker performs."""
    form = StartForm(posted(request))
    if form.is_valid():
        from .ground import prepare  # noqa: PLC0415 - imports the API client, which no other page needs

        actor, place = actor_of(request), Environment(form.cleaned_data["environment"])
        tenant = prepare(place, None, actor).tenant
        _, new = start_run(
            tenant=tenant,
            kind=KIND,
            params={"environment": place.value},
            actor=actor,
            reason=form.cleaned_data["reason"],
            changes={"environment": (None, place.label)},
        )
        messages.success(request, "The run is queued." if new else "A run is in progress. Nothing was changed.")
        return redirect("sandbox:list")
    return render(request, "sandbox/start.html", {"form": form}, status=422 if form.errors else 200)


@operator_page(Ability.VIEW_QUEUE)
def run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the results of a run with steps, evidence and requests. Six queries."""
    row = get_object_or_404(ValidationRun, public_id=public_id)
    results = [
        selectors.shown(result) | {"evidence": _pairs(result.evidence)}
        for result in row.results.select_related("run").order_by("id")
    ]
    context = {
        "run": row,
        "results": results,
        "sound": selectors.is_sound(row),
        "why_not_proof": selectors.why_not_proof(row),
        "is_logged": selectors.logged_document(row) is not None,
    }
    return render(request, "sandbox/run.html", context)


@operator_page(Ability.VIEW_QUEUE)
def run_json(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Download everything that the seals of a run cover."""
    row = get_object_or_404(ValidationRun, public_id=public_id)
    rows = row.results.select_related("run").order_by("id")
    lines = [selectors.as_line(result) | {"requests": result.requests, "before": result.before} for result in rows]
    headers = saved_as(f"validation-{public_id}.json")
    return HttpResponse(json.dumps(lines, indent=1), content_type="application/json", headers=headers)


@operator_page(Ability.VIEW_QUEUE)
def run_with_proof(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Download what the seals of a finished run cover, with the proof that it is in the public log."""
    document = selectors.logged_document(get_object_or_404(ValidationRun, public_id=public_id))
    if document is None:
        raise Http404("This run has not ended, or ended before runs joined the public log.")
    return bundle_download({f"validation-{public_id}.json": document}, name=f"validation-{public_id}")


def _pairs(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names and values of the evidence as text."""
    return [
        (name.replace("_", " "), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in evidence.items()
    ]
