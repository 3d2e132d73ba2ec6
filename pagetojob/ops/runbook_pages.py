"""`/ops/runbooks/`: every runbook, when and by whom it was last practiced, and the form that records a drill."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.credentials.forms import GuardedForm
from pagetojob.platform.forms import errors_on
from pagetojob.platform.tenants.roles import Ability

from .models import Outcome
from .on_call_forms import moment
from .runbooks import BY_SLUG, RUNBOOKS, DrillRefused, newest_drills, practices, record_drill


class DrillForm(GuardedForm, forms.Form):
    """A drill that the reader took part in."""

    runbook = forms.ChoiceField(choices=[(row.slug, row.title) for row in RUNBOOKS])
    at = moment()
    outcome = forms.ChoiceField(choices=Outcome)
    note = forms.CharField(
        max_length=500, required=False, help_text="Improvements, or a link. Leave out personal data."
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["at"].label = f"Ended ({timezone.get_current_timezone_name()})"
        self.initial.setdefault("at", timezone.localtime().strftime("%Y-%m-%dT%H:%M"))


@operator_page(Ability.VIEW_QUEUE)
def runbooks(request: HttpRequest) -> HttpResponse:
    """Show the runbooks and the newest drills. Four queries in addition to those for the user."""
    chosen = request.GET.get("runbook", "")
    initial = {"runbook": chosen} if chosen in BY_SLUG else {}
    return _page(request, DrillForm(initial=initial))


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def new_drill(request: HttpRequest) -> HttpResponse:
    """Record a drill under the reader's name."""
    form = DrillForm(request.POST)
    if form.is_valid():
        with errors_on(form, DrillRefused):
            drill = record_drill(by=actor_of(request), **form.cleaned_data)
            messages.success(request, f"Recorded: {BY_SLUG[drill.runbook].title}, {drill.get_outcome_display()}.")
            return redirect("core:ops-runbooks")
    return _page(request, form)


def _page(request: HttpRequest, form: DrillForm) -> HttpResponse:
    rows = practices()
    context = {
        "practices": rows,
        "due": sum(row.is_due for row in rows),
        "drills": [(drill, BY_SLUG[drill.runbook]) for drill in newest_drills() if drill.runbook in BY_SLUG],
        "form": form,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "ops/runbooks.html", context, status=422 if form.errors else 200)
