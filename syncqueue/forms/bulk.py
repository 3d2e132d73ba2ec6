"""Forms of bulk actions: the choice of an action, its confirmation below the preview, and the stop of its run."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pagetojob.platform.credentials.forms import GuardedForm, ReasonField
from pagetojob.platform.tenants.models import User

from ..bulk_list import TYPED_ABOVE, BulkList, BulkMove
from ..services.bulk import Confirmation
from .operate import PersonField, not_in_future, proof_of, snooze_fields, to_snooze


class BulkForm(GuardedForm, forms.Form):
    """The action, for all items of the filter or for the selected rows."""

    move = forms.ChoiceField(
        choices=[(move.value, move.label) for move in BulkMove],
        error_messages={"required": "Choose an action.", "invalid_choice": "Choose one of the actions in the list."},
    )
    which = forms.ChoiceField(
        choices=[("all", "all"), ("ticked", "ticked")],
        error_messages={"required": "Choose the whole list or the selected rows."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("which") == "ticked" and not self.ticked():
            raise ValidationError("Select at least one row first.")
        return data

    def ticked(self) -> list[UUID]:
        """Return the selected rows; invalid ids are dropped."""
        ids = []
        for text in self.data.getlist("item") if hasattr(self.data, "getlist") else ():
            try:
                ids.append(UUID(text))
            except ValueError:
                continue
        return ids


class ConfirmForm(GuardedForm, forms.Form):
    """The confirmation below a preview; its fields depend on the list."""

    chosen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, listed: BulkList, people: Sequence[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].initial = listed.sign()
        if listed.move == BulkMove.MANUAL_COMPLETE:
            self.fields |= _proof_fields()
        elif listed.move == BulkMove.ASSIGN:
            self.fields["assignee"] = PersonField(people, label="Assign to", required=False)
        elif listed.move == BulkMove.SNOOZE:
            self.fields |= snooze_fields()
        self.fields["reason"] = ReasonField("Why?", rows=2)
        if listed.count > TYPED_ABOVE:
            self.fields["typed"] = _typed(listed.count)

    def confirmation(self) -> Confirmation:
        data = self.cleaned_data
        return Confirmation(
            reason=data["reason"],
            typed=data.get("typed"),
            proof=proof_of(data) if "done_at" in data else None,
            assignee=data.get("assignee"),
            snooze=to_snooze(data) if "snooze_for" in data else None,
        )


def _proof_fields() -> dict[str, forms.Field]:
    return {
        "done_where": forms.CharField(
            label="System and screen",
            max_length=120,
            help_text="The system and the screen, such as “ServiceTitan, Calls screen”.",
            error_messages={"required": "Enter the system and the screen."},
        ),
        "done_reference": forms.CharField(
            label="Reference in that system",
            max_length=120,
            help_text="For all items, such as “entered from the exported list of November 24”. Omit visitors' names.",
            error_messages={"required": "Enter the reference under which they can be found."},
        ),
        "done_at": forms.DateTimeField(
            label="When?",
            help_text=f"In your time zone ({timezone.localtime():%Z}). Items that were received later are skipped.",
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            initial=lambda: timezone.now().replace(second=0, microsecond=0),
            validators=[not_in_future],
        ),
    }


def _typed(count: int) -> forms.IntegerField:
    sentence = f"Type {count} to confirm that you mean all items."
    return forms.IntegerField(
        label=f"Type {count}, the number of items, to confirm",
        min_value=count,
        max_value=count,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
    )


class StopForm(GuardedForm, forms.Form):
    """The reason for stopping a run."""

    reason = ReasonField("Reason for stopping")
