"""Forms of the workbench."""

from datetime import datetime
from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm, ReasonForm
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import Urgency, ZoneState

from .page_field import page_field


class RollBackForm(ReasonForm):
    """The version to restore, and the current version that the person saw."""

    to = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    based_on = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class DraftActForm(ReasonForm):
    """A reason for an action on a draft. `seen` identifies the draft as it was shown."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class AllForm(ReasonForm):
    """A reason for a bulk action. `mark` identifies exactly the rows that were shown."""

    mark = forms.CharField(max_length=64, widget=forms.HiddenInput)


class TakeBackForm(ReasonForm):
    """The publication to take back, as the person saw it."""

    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class TesterForm(GuardedForm, forms.Form):
    """A page, an urgency, and a time in the tenant's time zone."""

    urgency = forms.ChoiceField(label="Urgency", choices=[("", "not specified"), *Urgency.choices], required=False)
    zone = forms.ChoiceField(
        label="Zone state", choices=[("", "current state of the page's zone"), *ZoneState.choices], required=False
    )
    at = forms.DateTimeField(
        label="Local time of the shop",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Enter a date and a time, like 2026-12-31 17:30."},
    )

    def __init__(self, *args: Any, tenant: Tenant, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["page"] = page_field(tenant, empty="no page")
        self.fields["at"].initial = now

    def clean_at(self) -> datetime:
        """Refuse years far from ours: the day before the first day, and the last one's next, do not exist."""
        at: datetime = self.cleaned_data["at"]
        if not 2000 <= at.year < 2100:
            raise forms.ValidationError("Enter a year from 2000 to 2099.")
        return at
