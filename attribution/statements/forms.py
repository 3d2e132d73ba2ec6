"""Forms of the statement pages: a reason, and the hash of the figures that the user saw."""

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm


class SealForm(GuardedForm, forms.Form):
    """The reason for closing or restating a month. `seen` comes from the page, so that no one seals unseen figures."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="Who agreed to these figures and where. Kept with them; the customer can read it.",
    )


class ConversionsForm(GuardedForm, forms.Form):
    """Which file for Google Ads, the name of the conversion, and the reason."""

    KINDS = (
        ("clicks", "Conversions, by click id"),
        ("contacts", "Conversions, by hashed e-mail and phone"),
        ("adjustments", "Retractions and new values, from the restatements"),
    )
    kind = forms.ChoiceField(label="File", choices=KINDS, widget=forms.RadioSelect, initial="clicks")
    action = forms.CharField(
        label="Name of the conversion",
        max_length=100,
        help_text="Exactly as the conversion action is called in the customer's Google Ads account.",
    )
    reason = forms.CharField(
        label="Reason", max_length=500, help_text="Kept in the audit log; the customer can read it."
    )
