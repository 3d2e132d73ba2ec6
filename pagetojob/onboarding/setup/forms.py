"""Forms of the steps. Each carries the values that it showed, so that no one overwrites another person's change."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm
from pagetojob.platform.tenants.models import LegalKind, Tenant, Trade
from pagetojob.platform.tenants.time_zones import TIME_ZONES, zone_name
from pagetojob.titanmap.models import ZoneState
from pagetojob.titanmap.workbench.map_forms import HoursForm
from pagetojob.titanmap.workbench.seen import SeenForm, State

from ..checklist import phone_problem
from .branding import BadBranding, checked_color
from .fields import Lines, Pairs, Records, ZipField, Zones
from .naming import BadName, cleaned_name
from .places import STATES, Place, place_of

REASON = "setup"
_STATES = [("", "Choose a state"), *sorted(STATES.items(), key=lambda pair: pair[1])]


class _Named(forms.BaseForm):
    """A form with the name and the main phone number of a business."""

    cleaned_data: dict[str, Any]

    def clean_name(self) -> str:
        try:
            return cleaned_name(self.cleaned_data["name"])
        except BadName as error:
            raise forms.ValidationError(str(error)) from error

    def check_phone(self) -> None:
        """Set `unusual_phone`, or add an error for a number that cannot be called and is not confirmed."""
        phone = self.cleaned_data.get("phone", "")
        self.cleaned_data["unusual_phone"] = ""
        if phone and (problem := phone_problem(phone, confirmed="")):
            if self.cleaned_data.get("confirm_phone"):
                self.cleaned_data["unusual_phone"] = phone
            else:
                self.add_error("phone", problem)


def _phone() -> forms.CharField:
    return forms.CharField(label="Main phone number", max_length=40, widget=forms.TextInput({"autocomplete": "off"}))


def _confirm_phone() -> forms.BooleanField:
    return forms.BooleanField(
        label="This number is right although it cannot be called",
        required=False,
        help_text="Check this only after the contractor has confirmed the number.",
    )


def _trades(**kwargs: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Trades", choices=Trade, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one trade."}, **kwargs,
    )  # fmt: skip


class NewForm(GuardedForm, _Named, forms.Form):
    """The first facts about a contractor. Its state and time zone follow from the ZIP code."""

    name = forms.CharField(label="Trading name", max_length=120)
    zip = ZipField(label="ZIP code of the office", help_text="In the United States. It decides state and time zone.")
    trades = _trades()
    phone = _phone()
    confirm_phone = _confirm_phone()
    place: Place

    def differs_from(self, similar: Sequence[Tenant]) -> bool:
        """Return whether the sender confirmed that the business is none of these. Otherwise ask for each of them."""
        choices = [(str(tenant.public_id), tenant.name) for tenant in similar]
        self.fields["similar"] = forms.MultipleChoiceField(
            label="This is a different business than", choices=choices, widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
        confirmed = self["similar"].data or ()
        if all(public_id in confirmed for public_id, _ in choices):
            return True
        names = ", ".join(tenant.name for tenant in similar)
        self.add_error("similar", f"There is a contractor with a similar name: {names}. Confirm that it differs.")
        return False

    def clean(self) -> dict[str, Any]:
        if (place := place_of(self.cleaned_data.get("zip", ""))) is not None:
            self.place = place
        self.check_phone()
        return self.cleaned_data


class StepForm(SeenForm):
    """A form for the values of a step. The reason has a default."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].initial = REASON
        self.order_fields([name for name in self.fields if name != "reason"])

    def fields_of(self, state: State) -> dict[str, Any]:
        return {
            name: field.prepare_value(value) if isinstance(field := self.fields.get(name), Lines) else value
            for name, value in state.items()
        }

    def values(self) -> dict[str, Any]:
        """Return the values to store, after validation."""
        assert self.state is not None
        return {name: self.cleaned_data[name] for name in self.state if name in self.cleaned_data}


class _PhoneStep(_Named, StepForm):
    """A step with the main phone number."""

    def fields_of(self, state: State) -> dict[str, Any]:
        confirmed = bool(state.get("unusual_phone")) and state["unusual_phone"] == state["phone"]
        return super().fields_of(state) | {"confirm_phone": confirmed}


class BusinessForm(_PhoneStep):
    name = forms.CharField(label="Trading name", max_length=120)
    trades = _trades()
    zip = ZipField(label="ZIP code of the office")
    state = forms.ChoiceField(  # type: ignore[assignment] # a field; the form has its values under this name
        choices=_STATES, label="State", error_messages={"required": "Choose the state of the office."}
    )
    time_zone = forms.ChoiceField(label="Time zone")
    phone = _phone()
    confirm_phone = _confirm_phone()
    other_phones = Pairs(label="Other phone numbers", help_text="A line for each, such as Emergencies: (602) 555-0101.")
    license_numbers = Pairs(label="License numbers", help_text="A line for each, such as AZ ROC: 123456.")
    color = forms.CharField(
        label="Color of buttons",
        max_length=100,
        required=False,
        help_text="Such as #0b5cad. White text on it must be readable.",
    )
    new_logo = forms.FileField(
        label="Logo",
        required=False,
        widget=forms.FileInput({"accept": "image/png,image/jpeg"}),
        help_text="PNG or JPEG, 5 MB at most. Only its pixels are stored.",
    )
    remove_logo = forms.BooleanField(label="Remove the logo", required=False)

    def __init__(self, *args: Any, state: State, **kwargs: Any) -> None:
        super().__init__(*args, state=state, **kwargs)
        present = state["time_zone"]
        zones = TIME_ZONES if present in TIME_ZONES else {present: zone_name(present)} | TIME_ZONES
        self.fields["time_zone"].choices = list(zones.items())  # type: ignore[attr-defined]
        if not state["logo"]:
            del self.fields["remove_logo"]
        place = place_of(state["zip"])
        if place and place.is_split:
            self.fields[
                "time_zone"
            ].help_text = (
                f"{STATES[place.state]} has more than one time zone. Ask the contractor which one the office uses."
            )

    def with_conflicts(self, typed: Self, sentence: str) -> Self:
        form = super().with_conflicts(typed, sentence)
        sent, data, now = cast("Any", typed.data).getlist("trades"), cast("Any", form.data), cast("Any", form.state)
        data.setlist("trades", now["trades"] if sent == (typed.seen_state() or {}).get("trades") else sent)
        return form

    def clean_color(self) -> str:
        try:
            return checked_color(self.cleaned_data["color"])
        except BadBranding as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        self.check_phone()
        if self.cleaned_data.get("remove_logo"):
            self.cleaned_data["logo"] = ""
        place = place_of(self.cleaned_data.get("zip", ""))
        state = self.cleaned_data.get("state")
        if place and state and place.state != state:
            self.add_error("state", f"This ZIP code is in {STATES[place.state]}. Correct the state or the ZIP code.")
        return self.cleaned_data


class WeekForm(HoursForm):
    """The office hours, as a step."""

    group_optional = True

    def __init__(self, *args: Any, state: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, hours=state["hours"], **kwargs)
        self.fields["reason"].initial = REASON

    def values(self) -> dict[str, Any]:
        return {"hours": self.hours}


class PhonesForm(_PhoneStep):
    """The phone numbers, as their own step in the portal."""

    phone = _phone()
    confirm_phone = forms.BooleanField(label="This number is right although it cannot be called", required=False)
    other_phones = Pairs(label="Other phone numbers", help_text="A line for each, such as Emergencies: (602) 555-0101.")

    def clean(self) -> dict[str, Any]:
        self.check_phone()
        return self.cleaned_data


class ZonesForm(StepForm):
    """The state of each zone of the website. `labels` maps a public id to the name of its zone."""

    def __init__(self, *args: Any, state: State, labels: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, state=state, **kwargs)
        for public_id, label in labels.items():
            self.fields[public_id] = forms.ChoiceField(label=label, choices=ZoneState.choices)


class AreaForm(StepForm):
    service_area = forms.CharField(
        label="Service area", max_length=120, help_text="As read after “Serving the”, such as Phoenix area."
    )
    zones = Zones(
        label="Zones",
        help_text="A line for each: its name, a colon, and its cities and ZIP codes, separated by commas. "
        "Such as East Valley: Mesa, Gilbert, 85201.",
    )


class BookingForm(StepForm):
    """The records of ServiceTitan that a booking names, as far as they are known."""

    business_units = Records(label="Business units", help_text="A line for each, such as Plumbing Service: 1201.")
    booking_providers = Records(
        label="Booking providers",
        help_text="A line for each. Each booking is sent to a provider, so automatic sending needs its ID.",
    )


class LegalTextsForm(StepForm):
    consent = forms.CharField(
        label=LegalKind.CONSENT.label,
        max_length=2000,
        widget=forms.Textarea({"rows": 5}),
        help_text="The sentence after “I agree:” on the form. It is stored with each request.",
    )
    privacy = forms.CharField(label=LegalKind.PRIVACY.label, max_length=60_000, widget=forms.Textarea({"rows": 14}))
    terms = forms.CharField(label=LegalKind.TERMS.label, max_length=60_000, widget=forms.Textarea({"rows": 14}))
    checked = forms.BooleanField(
        label="The contractor has checked these texts",
        error_messages={"required": "Ask the contractor to check the texts. The templates are not legal advice."},
    )


class OwnerForm(GuardedForm, forms.Form):
    email = forms.EmailField(label="Owner's email address", max_length=254)


class UndoForm(forms.Form):
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


FORMS: dict[str, type[Any]] = {
    "business": BusinessForm, "hours": WeekForm, "area": AreaForm, "booking": BookingForm, "legal": LegalTextsForm,
}  # fmt: skip
