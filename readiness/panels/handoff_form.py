"""Form for the made-up request of the handoff simulator. It resembles the visitor's form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from pagetojob.titanmap.models import Urgency
from syncqueue.leads.models import Window

SOMETHING_ELSE = "Something else"
NO_ANSWER = "Enter a phone number or an email address so that we could contact you."
#: A fictional visitor; the phone number is from a range reserved for fiction.
DEMO_VISITOR: dict[str, Any] = {
    "page_path": "/ac-repair-phoenix",
    "service": "AC Repair",
    "urgency": Urgency.EMERGENCY,
    "preferred_date": date(2026, 6, 25),
    "preferred_window": Window.AFTERNOON,
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "email": "jamie@example.com",
    "street": "1840 E Camelback Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85016",
    "message": "No cold air since this morning.",
}
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class Choices:
    """Bound pages of the demo tenant, as (path, label), and its services."""

    pages: Sequence[tuple[str, str]]
    services: Sequence[str]


def _text(label: str, longest: int, **more: Any) -> forms.CharField:
    required = more.pop("missing", "")
    return forms.CharField(
        label=label,
        max_length=longest,
        required=bool(required),
        error_messages={
            "required": required,
            "max_length": f"Shorten this to {longest:,} characters; it has %(show_value)d.",
        },
        **more,
    )


def _between(first: Any, last: Any) -> list[Any]:
    words = f"Choose a day from {_FIRST.year} to {_LAST.year - 1}."
    return [MinValueValidator(first, words), MaxValueValidator(last, words)]


class HandoffForm(forms.Form):
    """Requires a page, a service, an urgency, a name and a phone number or email; everything else is optional."""

    page_path = forms.ChoiceField(label="Page of the demo tenant", error_messages={"required": "Choose a page."})
    service = forms.ChoiceField(label="What do you need?", error_messages={"required": "Choose a service."})
    urgency = forms.ChoiceField(
        label="How urgent is it?",
        choices=Urgency,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how urgent it is."},
    )
    asked_at = forms.DateTimeField(
        label="Time of the request, in the shop's time zone",
        required=False,
        help_text="Leave empty for now. Try a Saturday night.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": "Enter a day and a time, such as 2026-06-20 22:40."},
    )
    preferred_date = forms.DateField(
        label="Preferred day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=_between(_FIRST, _LAST),
        error_messages={"invalid": "Enter a day such as 2026-06-25."},
    )
    preferred_window = forms.ChoiceField(label="Preferred time", choices=Window, initial=Window.ANY)
    name = _text("Name", 200, missing="Enter a name, preferably a made-up one.")
    phone = _text("Phone", 60)
    email = _text("Email", 254)
    street = _text("Street and number", 200)
    city = _text("City", 100)
    state = _text("State", 40)
    zip = _text("ZIP code", 20)
    message = _text("What's the problem?", 4000, widget=forms.Textarea(attrs={"rows": 3}))

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, choices: Choices, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        pages, services = self.fields["page_path"], self.fields["service"]
        assert isinstance(pages, forms.ChoiceField) and isinstance(services, forms.ChoiceField)
        pages.choices = list(choices.pages)
        services.choices = [(name, name) for name in (*choices.services, SOMETHING_ELSE)]
        for field in self.fields.values():
            # No one should enter their own details here, so browsers should not offer them.
            field.widget.attrs["autocomplete"] = "off"

    def clean_asked_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["asked_at"]
        if moment and not _FIRST <= moment.date() < _LAST:
            raise forms.ValidationError(f"Choose a day from {_FIRST.year} to {_LAST.year - 1}.")
        return moment

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = any(str(self.data.get(name, "")).strip() for name in ("phone", "email"))
        if not given:
            self.add_error("phone", NO_ANSWER)
        return data
