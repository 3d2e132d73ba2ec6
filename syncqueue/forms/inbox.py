"""Forms for the inbox: a reason, a key, and the verification settings of a sender."""

import re
from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import CustomerVisibleReasonForm
from pagetojob.platform.sealing.secret_values import SecretText

from ..inbox.verifiers import Scheme
from ..models import HookRoute

_HEADER = re.compile(r"[a-z][a-z0-9-]{0,58}")
#: These headers are excluded, because the header of a signature is stored with the request, with its other content.
_NEVER = frozenset({"authorization", "cookie", "host", "proxy-authorization", "content-length", "transfer-encoding"})


class RingForm(CustomerVisibleReasonForm):
    """Either a key to keep, or the ring is to be turned: never the one by leaving out the other."""

    key = forms.CharField(
        max_length=200,
        required=False,
        label="New key",
        help_text="As the sender shows it, such as whsec_ and letters. It is sealed at once and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )

    turn = forms.BooleanField(required=False, label="Turn the ring: next becomes current, and current is refused")

    field_order = ("key", "turn", "reason")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("key")) == bool(cleaned.get("turn")):
            raise forms.ValidationError("Type a key to keep, or tick that the ring is turned: one of the two.")
        return cleaned

    def secret(self) -> SecretText | None:
        typed = self.cleaned_data.get("key", "")
        return SecretText(typed) if typed else None


class RecipeForm(CustomerVisibleReasonForm):
    """How requests of one route are checked. There is no field that switches the check off."""

    scheme = forms.ChoiceField(
        choices=[(one.value, one.value.capitalize()) for one in Scheme],
        label="How it is signed",
        help_text="Each signs the time and the whole body. It can change only while no key is accepted.",
    )
    signature_header = forms.CharField(max_length=59, label="Header with the signature")
    timestamp_header = forms.CharField(max_length=59, label="Header with the signed time")
    id_header = forms.CharField(
        max_length=59,
        required=False,
        label="Header with the signed id",
        help_text="Leave it empty only where the sender signs no id.",
    )
    seconds_back = forms.IntegerField(
        min_value=1, max_value=3600, label="Seconds back", help_text="Older signatures are refused: 1 to 3,600."
    )
    seconds_ahead = forms.IntegerField(
        min_value=0, max_value=600, label="Seconds ahead", help_text="For a clock that is fast: 0 to 600."
    )
    heartbeat_seconds = forms.IntegerField(
        min_value=60,
        max_value=604_800,
        label="Longest silence in seconds",
        help_text="A longer one is a gap: 60 to 604,800, which is a week.",
    )
    field_order = (
        *("scheme", "signature_header", "timestamp_header", "id_header"),
        *("seconds_back", "seconds_ahead", "heartbeat_seconds", "reason"),
    )

    @classmethod
    def of(cls, route: HookRoute, data: Any = None) -> "RecipeForm":
        """Return the form with the present settings, or bound to `data`."""
        return cls(data, initial={name: getattr(route, name) for name in RECIPE})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        names = []
        for field in ("signature_header", "timestamp_header", "id_header"):
            name = cleaned[field] = str(cleaned.get(field, "")).strip().lower()
            if name and (name in _NEVER or not _HEADER.fullmatch(name)):
                self.add_error(field, "Letters, digits and hyphens, as x-signature; no header that carries more.")
            names.append(name)
        if len(set(names)) < len(names):
            raise forms.ValidationError("Each header carries one thing, so the three differ.")
        if cleaned.get("scheme") == Scheme.STANDARD and not cleaned.get("id_header"):
            self.add_error("id_header", "Standard Webhooks sign the id.")
        return cleaned

    def recipe(self) -> dict[str, Any]:
        """Return the new settings, by field of the route."""
        return {name: self.cleaned_data[name] for name in RECIPE}


RECIPE = tuple(name for name in RecipeForm.field_order if name != "reason")
