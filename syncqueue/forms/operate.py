"""What an operator fills in on an item's page. Each field's error says what to do."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from ..services.operate import Proof


class ManualCompleteForm(forms.Form):
    """The proof that a person finished an item by hand."""

    done_where = forms.CharField(
        label="Where did you enter it?",
        max_length=120,
        help_text="The system and the screen, such as “ServiceTitan, Calls screen”.",
        error_messages={"required": "Say where you entered it."},
    )
    done_reference = forms.CharField(
        label="Its reference there",
        max_length=120,
        help_text="A booking or job number, or the name of the person who took it by phone.",
        error_messages={"required": "Give the number or name under which it can be found there."},
    )
    done_at = forms.DateTimeField(
        label="When?",
        help_text="In UTC.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=lambda: timezone.now().replace(second=0, microsecond=0),
    )
    reason = forms.CharField(
        label="Why by hand?",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text="Goes into the audit log with your name. Leave out personal data.",
        error_messages={"required": "Say why; the audit log keeps it."},
    )

    def clean_done_at(self) -> Any:
        at = self.cleaned_data["done_at"]
        if at > timezone.now():
            raise ValidationError("That is in the future. Give the time when it was done.")
        return at

    def to_proof(self) -> Proof:
        data = self.cleaned_data
        return Proof(where=data["done_where"], reference=data["done_reference"], at=data["done_at"])


class UnmaskForm(forms.Form):
    """Why an operator needs a visitor's contact details."""

    unmask_reason = forms.CharField(
        label="Why do you need the contact details?",
        max_length=500,
        error_messages={"required": "Say why you need the contact details; the reason is kept."},
    )
