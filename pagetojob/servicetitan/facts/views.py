"""Pages of the external facts: the list, and the form for a reading."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.roles import Ability

from . import registry, selectors, services
from .models import Verdict


class ReadingForm(ReasonForm):
    verdict = forms.ChoiceField(label="Result", choices=Verdict.choices, widget=forms.RadioSelect)
    read_on = forms.DateField(
        label="Day of the reading", widget=forms.DateInput({"type": "date"}), help_text="The day on which you read it."
    )
    source = forms.CharField(
        label="Source", max_length=300, help_text="The page or document that you read. Official pages first."
    )
    field_order = ("verdict", "read_on", "source", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Note"
        self.fields["reason"].help_text = "The sentence that you read, in your words. Public pages do not show it."


@operator_page(Ability.VIEW_QUEUE)
def overview(request: HttpRequest) -> HttpResponse:
    """List the facts, those that need review first. A query in addition to those for the user."""
    context = {"lines": selectors.fact_lines(), "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE)}
    return render(request, "facts/list.html", context)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def read(request: HttpRequest, fact: str) -> HttpResponse:
    """Record a reading of a fact's source."""
    known = registry.fact(fact)
    if known is None:
        raise Http404
    form = ReadingForm(posted(request), initial={"source": known.source, "read_on": timezone.now().date()})
    if form.is_valid():
        facts = form.cleaned_data | {"verdict": Verdict(form.cleaned_data["verdict"])}
        with errors_on(form, services.ReadingRefused):
            services.record_reading(fact=known, actor=actor_of(request), **facts)
            messages.success(request, "The reading is recorded.")
            return redirect("facts:list")
    return render(request, "facts/read.html", {"fact": known, "form": form}, status=422 if form.errors else 200)
