"""Forms of the statement pages: a reason, and the hash of the figures that the user saw."""

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm


class SealForm(GuardedForm, forms.Form):
    """The reason for closing or restating a month. `seen` comes from the page, so that no one seals unseen figures."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="Who approved these figures, and where. Stored with them; the customer can read it.",
    )


class ConversionsForm(GuardedForm, forms.Form):
    """Which file for Google Ads, the name of the conversion, and the reason."""

    KINDS = (
        ("clicks", "Conversions by click ID"),
        ("contacts", "Conversions by hashed email and phone"),
        ("adjustments", "Adjustments from restatements"),
    )
    kind = forms.ChoiceField(label="File", choices=KINDS, widget=forms.RadioSelect, initial="clicks")
    action = forms.CharField(
        label="Conversion name",
        max_length=100,
        help_text="The exact name of the conversion action in the customer's Google Ads account.",
    )
    reason = forms.CharField(
        label="Reason", max_length=500, help_text="Stored in the audit log; the customer can read it."
    )
