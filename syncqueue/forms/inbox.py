"""Forms for the inbox: a reason, a key, and the verification settings of a sender."""

import re
from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.sealing.secret_values import SecretText

from ..inbox.verifiers import Scheme
from ..models import HookRoute

_HEADER = re.compile(r"[a-z][a-z0-9-]{0,58}")
#: These headers are excluded, because the header of a signature is stored with the request, with its other content.
_NEVER = frozenset({"authorization", "cookie", "host", "proxy-authorization", "content-length", "transfer-encoding"})


class RingForm(ReasonForm):
    """Either a key to store or a rotation. A missing key never means a rotation."""

    key = forms.CharField(
        max_length=200,
        required=False,
        label="New key",
        help_text="As shown by the sender, such as whsec_ and letters. It is encrypted at once and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )

    turn = forms.BooleanField(
        required=False, label="Rotate: the next key becomes current, and the current key is refused"
    )

    seen = forms.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, label="Keys shown", widget=forms.HiddenInput
    )
    field_order = ("key", "turn", "reason")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("key")) == bool(cleaned.get("turn")):
            raise forms.ValidationError("Enter a key to store, or check the box to rotate, but not both.")
        return cleaned

    def secret(self) -> SecretText | None:
        typed = self.cleaned_data.get("key", "")
        return SecretText(typed) if typed else None


class RecipeForm(ReasonForm):
    """How requests of one route are checked. There is no field that switches the check off."""

    scheme = forms.ChoiceField(
        choices=[(scheme.value, scheme.value.capitalize()) for scheme in Scheme],
        label="Signature scheme",
        help_text="Each scheme signs the time and the whole body. You can change it only while no key is accepted.",
    )
    signature_header = forms.CharField(max_length=59, label="Header with the signature")
    timestamp_header = forms.CharField(max_length=59, label="Header with the signed time")
    id_header = forms.CharField(
        max_length=59,
        required=False,
        label="Header with the signed ID",
        help_text="Leave this empty only if the sender does not sign an ID.",
    )
    seconds_back = forms.IntegerField(
        min_value=1,
        max_value=3600,
        label="Maximum age in seconds",
        help_text="Older signatures are refused: 1 to 3,600.",
    )
    seconds_ahead = forms.IntegerField(
        min_value=0,
        max_value=600,
        label="Maximum clock skew in seconds",
        help_text="Allowance for a sender whose clock is fast: 0 to 600.",
    )
    heartbeat_seconds = forms.IntegerField(
        min_value=60,
        max_value=604_800,
        label="Maximum silence in seconds",
        help_text="A longer silence is a gap: 60 to 604,800 (one week).",
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
                self.add_error(
                    field,
                    "Use letters, digits and hyphens, such as x-signature, and no header that has another purpose.",
                )
            names.append(name)
        if len(set(names)) < len(names):
            raise forms.ValidationError("The three headers must be different.")
        if cleaned.get("scheme") == Scheme.STANDARD and not cleaned.get("id_header"):
            self.add_error("id_header", "Standard Webhooks sign the ID, so enter its header.")
        return cleaned

    def recipe(self) -> dict[str, Any]:
        """Return the new settings, by field of the route."""
        return {name: self.cleaned_data[name] for name in RECIPE}


RECIPE = tuple(name for name in RecipeForm.field_order if name != "reason")
