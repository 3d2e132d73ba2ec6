"""Forms for operators about outcomes and links. Each error tells the user what to do."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from pagetojob.platform.credentials.forms import ReasonForm

from .models import OutcomeKind

#: Larger files take too long for a web request; import them with `manage.py import_outcomes`.
LARGEST_UPLOAD = 5 * 1024**2
_REASON_HELP = "Stored in the audit log with your name. Do not include personal data."
_DAY = {"type": "date"}


class TakeFileForm(ReasonForm):
    """An export and the period it covers."""

    kind = forms.ChoiceField(label="Contents", choices=OutcomeKind.choices)
    file = forms.FileField(
        label="Export file (CSV or XLSX)",
        help_text="Unchanged from the shop's system, 5 MB at most. If any row has a problem, all problems are listed "
        "and nothing is imported.",
        error_messages={"required": "Choose a file."},
    )
    first = forms.DateField(
        label="First day covered",
        required=False,
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        help_text="As selected for the export. By default, the dates of the first and last row.",
    )
    last = forms.DateField(
        label="Last day covered", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    look_only = forms.BooleanField(
        label="Preview only",
        required=False,
        initial=True,
        help_text="To import the file, clear this box and choose the file again.",
    )

    field_order = ("kind", "file", "first", "last", "reason", "look_only")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_UPLOAD:
            raise forms.ValidationError(
                "The file is larger than 5 MB. Split it by month, or ask an engineer to import it."
            )
        return file

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if bool(first) != bool(last):
            self.add_error("last", "Enter both days, or neither.")
        elif first and last and first > last:
            self.add_error("last", "The last day is before the first day.")
        return given


class WindowForm(ReasonForm):
    """The attribution window: the longest time from a lead to a job that counts as its outcome."""

    window_days = forms.IntegerField(
        label="Attribution window, in days",
        min_value=1,
        max_value=730,
        help_text="A job opened more than this many days after a lead does not count as its outcome.",
    )

    field_order = ("window_days", "reason")


#: Every date in this range has a day before and after it in all calendars and time zones.
_DAYS = (MinValueValidator(dt.date(2000, 1, 1)), MaxValueValidator(dt.date(2100, 1, 1)))


class PeriodForm(forms.Form):
    """The period of leads to show, both days included."""

    first = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), validators=_DAYS
    )
    last = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), validators=_DAYS
    )
