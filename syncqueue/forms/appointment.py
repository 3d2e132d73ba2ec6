"""The visitor's form. Each field's error says what to do."""

import uuid
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pagetojob.kernel.leads.models import Window
from pagetojob.kernel.titanmap.models import Urgency

from ..services.intake import AppointmentRequest
from ..services.site import SiteFacts

#: Always offered: a map without job types must not turn a visitor away.
SOMETHING_ELSE = "Something else"


def consent_text(site: SiteFacts) -> str:
    return f"{site.name} may contact me about this request by phone, text message or e-mail."


class AppointmentForm(forms.Form):
    """What a visitor tells. Text is taken as typed; a phone number in any form is fine."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    service = forms.ChoiceField(label="What do you need?", error_messages={"required": "Choose what you need."})
    urgency = forms.ChoiceField(
        label="How urgent is it?",
        choices=Urgency,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how urgent it is."},
    )
    preferred_date = forms.DateField(
        label="Preferred day", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    preferred_window = forms.ChoiceField(label="Preferred time", choices=Window, required=False, initial=Window.ANY)
    name = forms.CharField(label="Your name", max_length=200, error_messages={"required": "Tell us your name."})
    phone = forms.CharField(label="Phone", max_length=60, required=False)
    email = forms.CharField(label="E-mail", max_length=254, required=False)
    street = forms.CharField(label="Street and number", max_length=200, required=False)
    city = forms.CharField(label="City", max_length=100, required=False)
    state = forms.CharField(label="State", max_length=40, required=False)
    zip = forms.CharField(label="ZIP code", max_length=20, required=False)
    message = forms.CharField(
        label="What is the matter?",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    consent = forms.BooleanField(error_messages={"required": "Tick the box so that we may answer you."})

    _AUTOCOMPLETE = {
        "name": "name",
        "phone": "tel",
        "email": "email",
        "street": "address-line1",
        "city": "address-level2",
        "state": "address-level1",
        "zip": "postal-code",
    }

    def __init__(self, *args: Any, site: SiteFacts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        service = self.fields["service"]
        assert isinstance(service, forms.ChoiceField)
        service.choices = [(name, name) for name in (*site.services, SOMETHING_ELSE)]
        self.fields["consent"].label = f"I agree: {consent_text(site)}"
        for name, value in self._AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = value

    def clean_preferred_date(self) -> date | None:
        day: date | None = self.cleaned_data["preferred_date"]
        today = timezone.now().astimezone(ZoneInfo(self.site.time_zone)).date()
        if day and not today <= day <= today + timedelta(days=365):
            raise ValidationError("Choose a day from today to a year from now, or leave it empty.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("phone", "").strip() or data.get("email", "").strip()):
            self.add_error("phone", "Give us a phone number or an e-mail address, so that we can answer.")
        return data

    def renew_token(self) -> None:
        """After a bad token: the same answers under a new one, so that sending again works."""
        if "form_token" in self.errors and isinstance(self.data, dict):
            self.data = {**self.data, "form_token": str(uuid.uuid4())}
            del self.errors["form_token"]
            self.add_error(None, "The page was out of date. Your answers are kept; please send them again.")

    def to_request(self, *, page_path: str, source: dict[str, str]) -> AppointmentRequest:
        data = self.cleaned_data
        fields = ("form_token", "name", "phone", "email", "street", "city", "state", "zip", "message")
        return AppointmentRequest(
            **{name: data[name] for name in fields},
            service=data["service"],
            urgency=data["urgency"],
            preferred_date=data["preferred_date"],
            preferred_window=data["preferred_window"] or Window.ANY,
            page_path=page_path,
            consent_text=consent_text(self.site),
            source=source,
        )
