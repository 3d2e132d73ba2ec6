"""Forms for bulk actions. Each field's error says what to do."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pagetojob.platform.credentials.forms import GuardedForm

from ..bulk_list import TYPED_ABOVE, BulkList, BulkMove
from ..services.bulk import Confirmation
from ..services.operate import Proof
from .binding import reason_field


class MoveForm(GuardedForm, forms.Form):
    """The action, for all items of the filter or for the selected rows."""

    move = forms.ChoiceField(
        choices=[(move.value, move.label) for move in BulkMove],
        error_messages={"required": "Choose what to do.", "invalid_choice": "Choose one of the moves in the list."},
    )
    which = forms.ChoiceField(
        choices=[("all", "all"), ("ticked", "ticked")],
        error_messages={"required": "Say whether you mean the whole list or the ticked rows."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("which") == "ticked" and not self.ticked():
            raise ValidationError("Tick at least one row first.")
        return data

    def ticked(self) -> list[UUID]:
        """Return the selected rows; invalid ids are dropped."""
        found = []
        for text in self.data.getlist("item") if hasattr(self.data, "getlist") else ():
            try:
                found.append(UUID(text))
            except ValueError:
                continue
        return found


class ConfirmForm(GuardedForm, forms.Form):
    """The confirmation below a preview; its fields depend on the list."""

    chosen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, listed: BulkList, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].initial = listed.sign()
        if listed.move == BulkMove.MANUAL_COMPLETE:
            self.fields |= _proof_fields()
        self.fields["reason"] = reason_field()
        if listed.count > TYPED_ABOVE:
            self.fields["typed"] = _typed(listed.count)

    def clean_done_at(self) -> Any:
        at = self.cleaned_data["done_at"]
        if at > timezone.now():
            raise ValidationError("That is in the future. Give the time when it was done.")
        return at

    def confirmation(self) -> Confirmation:
        data = self.cleaned_data
        proof = None
        if "done_at" in data:
            proof = Proof(where=data["done_where"], reference=data["done_reference"], at=data["done_at"])
        return Confirmation(reason=data["reason"], typed=data.get("typed"), proof=proof)


class StopForm(GuardedForm, forms.Form):
    """The reason for stopping a run."""

    reason = forms.CharField(
        label="Why stop it?",
        max_length=500,
        error_messages={"required": "Say why it is stopped; the audit log keeps it."},
    )


def _proof_fields() -> dict[str, forms.Field]:
    return {
        "done_where": forms.CharField(
            label="Where were they entered?",
            max_length=120,
            help_text="The system and the screen, such as “ServiceTitan, Calls screen”.",
            error_messages={"required": "Say where they were entered."},
        ),
        "done_reference": forms.CharField(
            label="Under which reference can they be found there?",
            max_length=120,
            help_text="One for all, such as “entered from the exported list of 24 November”. No names of visitors.",
            error_messages={"required": "Say how they can be found there."},
        ),
        "done_at": forms.DateTimeField(
            label="When?",
            help_text="In UTC. Items that came in later are left out.",
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            initial=lambda: timezone.now().replace(second=0, microsecond=0),
        ),
    }


def _typed(count: int) -> forms.IntegerField:
    sentence = f"Type {count} to confirm that you mean all of them."
    return forms.IntegerField(
        label=f"How many items are these? Type {count}.",
        min_value=count,
        max_value=count,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
    )
