"""Forms for operators about outcomes, links, statements and packets. Each error tells the user what to do."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from pagetojob.platform.credentials.forms import GuardedForm, ReasonField, ReasonForm
from pagetojob.platform.spreadsheet import safe_cell

from .models import Statement


def _day(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **options)


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

    first = _day("Leads from", validators=_DAYS)
    last = _day("Leads to", validators=_DAYS)


class SealForm(GuardedForm, forms.Form):
    """The reason for closing or restating a month. `seen` comes from the page, so that no one seals unseen figures."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = ReasonField(recorded="Who approved these figures, and where. Stored with them.")


class CloseForm(SealForm):
    """The reason for closing a month, and a checkbox for each gap of its exports."""

    def __init__(self, *args: Any, gaps: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gaps = gaps
        if gaps:
            self.fields["acknowledged"] = forms.MultipleChoiceField(
                label="These exports are missing. Confirm each gap to close the month without them.",
                widget=forms.CheckboxSelectMultiple,
                choices=[(name, f"Missing: {name}") for name in gaps],
                help_text="The figures of the month leave these days out. Your name is recorded with each gap.",
                error_messages={"required": "Import the missing exports, or confirm each gap."},
            )

    def clean_acknowledged(self) -> list[str]:
        confirmed: list[str] = self.cleaned_data["acknowledged"]
        if missing := [name for name in self._gaps if name not in confirmed]:
            raise ValidationError(f"Not confirmed: {'; '.join(missing)}.")
        return confirmed


class ConversionsForm(GuardedForm, forms.Form):
    """Which file for Google Ads, the name of the conversion, and the reason."""

    KINDS = (
        ("clicks", "Conversions by click ID"),
        ("contacts", "Conversions by hashed email and phone"),
        ("adjustments", "Adjustments from restatements"),
    )
    kind = forms.ChoiceField(label="File", choices=KINDS, widget=forms.RadioSelect, initial="clicks")
    action = forms.CharField(
        label="Conversion name",
        max_length=100,
        help_text="The exact name of the conversion action in the customer's Google Ads account.",
        error_messages={"required": "Enter the name of the conversion."},
    )
    reason = ReasonField(recorded="Recorded in the audit log.")

    def clean_action(self) -> str:
        """Refuse a name that a spreadsheet would run: with an apostrophe before it, Google would not know it."""
        action: str = self.cleaned_data["action"]
        if safe_cell(action) != action:
            raise forms.ValidationError(
                "This name has a line break, or begins like a formula of a spreadsheet. Rename it in Google Ads."
            )
        return action


class PacketForm(GuardedForm, forms.Form):
    """Offers closed months only, so that the content of a packet cannot change.

    `unsigned` has the changes that the packet would leave out: the text of each by the hash of the changes.
    """

    campaign = forms.ChoiceField(label="Campaign", required=False)
    first = forms.ChoiceField(label="First month")
    last = forms.ChoiceField(label="Last month")
    reason = ReasonField(recorded="Who it is for. Recorded in the audit log.")

    def __init__(
        self,
        *args: Any,
        months: Sequence[Statement],
        campaigns: Sequence[str],
        unsigned: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._unsigned = unsigned or {}
        if unsigned:
            self.fields["without"] = forms.MultipleChoiceField(
                label="Make the packet without these changes",
                widget=forms.CheckboxSelectMultiple,
                choices=tuple(unsigned.items()),
                help_text="These months changed since they were closed, and no one has signed that. Your name is "
                "recorded with each change that you leave out.",
                error_messages={
                    "required": "Sign each restatement first, or confirm each change that the packet leaves out.",
                    "invalid_choice": "The changes below differ from those that you confirmed. Review them, then "
                    "confirm each one.",
                },
            )
        choices = [(f"{row.month:%Y-%m}", f"{row.month:%B %Y}") for row in months]
        self.months = {f"{row.month:%Y-%m}": row.month for row in months}
        self.fields["campaign"].choices = [("", "All campaigns"), *((campaign, campaign) for campaign in campaigns)]  # type: ignore[attr-defined]
        self.fields["first"].choices = self.fields["last"].choices = choices  # type: ignore[attr-defined]

    def clean_without(self) -> list[str]:
        """Return the changes that the packet leaves out, as texts. Each was confirmed by the hash of what was shown."""
        confirmed: list[str] = self.cleaned_data["without"]
        if missing := [text for shown, text in self._unsigned.items() if shown not in confirmed]:
            raise ValidationError(f"Not confirmed: {'; '.join(missing)}.")
        return list(self._unsigned.values())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("first", "last"):
            if name in cleaned:
                cleaned[name] = self.months[cleaned[name]]
        if {"first", "last"} <= cleaned.keys() and cleaned["last"] < cleaned["first"]:
            self.add_error("last", "The last month is before the first month.")
        return cleaned
