"""Forms of the contractor pages."""

from django import forms

from pagetojob.platform.credentials.forms import ReasonForm


class TransitionForm(ReasonForm):
    """Ask for the reason of a transition. `seen` is the version that the page showed."""

    to = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class RecipientForm(ReasonForm):
    email = forms.EmailField(label="Email", max_length=254)
    label = forms.CharField(label="Name of the address", max_length=80, required=False)
    field_order = ("email", "label", "reason")
