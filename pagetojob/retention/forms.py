"""Forms of the retention pages."""

from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import ReasonForm

from .periods import ADJUSTABLE
from .person import plain_email


class PeriodForm(ReasonForm):
    kind = forms.ChoiceField(
        label="Kind of data",
        choices=[
            (kind, f"{bounds.label} ({bounds.least} to {bounds.most} days)") for kind, bounds in ADJUSTABLE.items()
        ],
    )
    days = forms.IntegerField(
        label="Days",
        min_value=1,
        max_value=max(bounds.most or 0 for bounds in ADJUSTABLE.values()),
        error_messages={"required": "Enter the number of days."},
    )
    field_order = ("kind", "days", "reason")


class HoldForm(ReasonForm):
    person = forms.CharField(
        label="Phone number or email address of a person",
        max_length=254,
        required=False,
        help_text="Empty: the hold covers the whole contractor.",
    )
    field_order = ("person", "reason")


class _PastedEmail(forms.EmailField):
    """An address that may come with unseen characters of the place it was copied from."""

    def to_python(self, value: Any) -> str:
        return plain_email(super().to_python(value) or "")


class SubjectForm(ReasonForm):
    kind = forms.ChoiceField(
        label="The person asks for",
        choices=[("export", "A copy of the data"), ("erasure", "Erasure")],
        help_text="Check the person's identity before you open a request.",
    )
    name = forms.CharField(label="Name", max_length=200, required=False)
    phone = forms.CharField(label="Phone number", max_length=60, required=False)
    email = _PastedEmail(label="Email address", max_length=254, required=False)
    reference = forms.CharField(
        label="Reference", max_length=25, required=False, help_text="Such as PTJ-1A2B3C4 or st-ready:0123456789abcdef."
    )
    field_order = ("kind", "name", "phone", "email", "reference", "reason")


class _SlugForm(ReasonForm):
    typed_slug = forms.CharField(
        label="Short name of the contractor",
        max_length=60,
        help_text="Type it as it is in the address of this page, so that you do not delete another contractor.",
    )


class OffboardingForm(_SlugForm):
    page_until = forms.DateField(
        label="Last day of the phone number",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Until then, the website shows the phone number. After it, every address answers 410 Gone.",
        error_messages={"required": "Choose a day."},
    )
    is_waived = forms.BooleanField(
        label="The contractor waives an export",
        required=False,
        help_text="Check this only if the contractor stated it, and write where in the reason.",
    )
    field_order = ("page_until", "is_waived", "typed_slug", "reason")


class ConfirmOffboardingForm(_SlugForm):
    field_order = ("typed_slug", "reason")
