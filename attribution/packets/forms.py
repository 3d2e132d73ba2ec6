"""Form for requesting a packet: campaign and months."""

from collections.abc import Sequence
from typing import Any

from django import forms

from attribution.models import Statement
from pagetojob.platform.credentials.forms import GuardedForm


class PacketForm(GuardedForm, forms.Form):
    """Offers closed months only, so that the content of a packet cannot change."""

    campaign = forms.ChoiceField(label="Campaign", required=False)
    first = forms.ChoiceField(label="First month")
    last = forms.ChoiceField(label="Last month")
    reason = forms.CharField(
        label="Reason", max_length=500, help_text="Who it is for. Stored in the audit log; the customer can read it."
    )

    def __init__(self, *args: Any, months: Sequence[Statement], campaigns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(f"{row.month:%Y-%m}", f"{row.month:%B %Y}") for row in months]
        self.months = {f"{row.month:%Y-%m}": row.month for row in months}
        self.fields["campaign"].choices = [("", "All campaigns"), *((campaign, campaign) for campaign in campaigns)]  # type: ignore[attr-defined]
        self.fields["first"].choices = self.fields["last"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("first", "last"):
            if name in cleaned:
                cleaned[name] = self.months[cleaned[name]]
        if {"first", "last"} <= cleaned.keys() and cleaned["last"] < cleaned["first"]:
            self.add_error("last", "The last month is before the first month.")
        return cleaned
