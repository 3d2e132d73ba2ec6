"""Forms of the contractor pages."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.tenants.models import BusinessProfile, LegalKind, Tenant, Trade

from .checklist import phone_problem

_ZIP = RegexValidator(r"\A\d{5}(-\d{4})?\Z", "Enter a ZIP code such as 85016.")


class Pairs(forms.CharField):
    """Lines of `label: value`, stored as a list of objects with the keys `label` and `number`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, **kwargs)

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [line for line in str(super().clean(value)).splitlines() if line.strip()]
        return [_pair(line) for line in lines[:20]]

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, list):
            return "\n".join(f"{row['label']}: {row['number']}" for row in value)
        return str(value or "")


def _pair(line: str) -> dict[str, str]:
    label, _, number = line.rpartition(":")
    if not (label.strip() and number.strip()):
        raise forms.ValidationError(f"Write each line as a label, a colon and a number. This one is not: {line[:40]}")
    return {"label": label.strip()[:60], "number": number.strip()[:40]}


class TransitionForm(ReasonForm):
    """Ask for the reason of a transition. `seen` is the version that the page showed."""

    to = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class RecipientForm(ReasonForm):
    email = forms.EmailField(label="Email", max_length=254)
    label = forms.CharField(label="Name of the address", max_length=80, required=False)
    field_order = ("email", "label", "reason")


class DetailsForm(ReasonForm):
    """Name and profile of a business. A number that cannot be called needs an explicit confirmation."""

    name = forms.CharField(label="Trading name", max_length=120)
    phone = forms.CharField(label="Main phone number", max_length=40)
    confirm_phone = forms.BooleanField(
        label="This number is right although it cannot be called",
        required=False,
        help_text="Check this only after the contractor has confirmed the number.",
    )
    other_phones = Pairs(label="Other phone numbers", help_text="A line for each, such as Emergencies: (602) 555-0101.")
    trades = forms.MultipleChoiceField(
        label="Trades", choices=Trade, required=False, widget=forms.CheckboxSelectMultiple
    )
    license_numbers = Pairs(label="License numbers", help_text="A line for each, such as AZ ROC: 123456.")
    zip = forms.CharField(label="ZIP code of the office", max_length=10, required=False, validators=[_ZIP])
    service_area = forms.CharField(
        label="Service area", max_length=120, required=False, help_text="As read after “Serving the”: Phoenix area."
    )
    field_order = (
        "name", "phone", "confirm_phone", "other_phones", "trades", "license_numbers", "zip", "service_area", "reason",
    )  # fmt: skip

    @classmethod
    def initial_of(cls, tenant: Tenant, profile: BusinessProfile) -> dict[str, Any]:
        names = ("phone", "other_phones", "trades", "license_numbers", "zip", "service_area")
        confirmed = bool(profile.unusual_phone) and profile.unusual_phone == profile.phone
        return {"name": tenant.name, "confirm_phone": confirmed} | {name: getattr(profile, name) for name in names}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        phone = data.get("phone", "")
        data["unusual_phone"] = ""
        if phone and (problem := phone_problem(phone, confirmed="")):
            if data.get("confirm_phone"):
                data["unusual_phone"] = phone
            else:
                self.add_error("phone", problem)
        return data


class LegalForm(ReasonForm):
    """The three legal texts. A changed text becomes a new version."""

    consent = forms.CharField(
        label=LegalKind.CONSENT.label,
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The sentence after “I agree:” on the form. It is stored with each request.",
    )
    privacy = forms.CharField(
        label=LegalKind.PRIVACY.label, max_length=60_000, required=False, widget=forms.Textarea(attrs={"rows": 10})
    )
    terms = forms.CharField(
        label=LegalKind.TERMS.label, max_length=60_000, required=False, widget=forms.Textarea(attrs={"rows": 10})
    )
    field_order = ("consent", "privacy", "terms", "reason")
