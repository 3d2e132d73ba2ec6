"""Forms of the domain page."""

from django import forms

from pagetojob.platform.credentials.forms import ReasonForm

from .models import LONGEST_DOMAIN


class DomainForm(ReasonForm):
    domain = forms.CharField(
        label="Domain",
        max_length=LONGEST_DOMAIN,
        help_text="The address of the website, such as www.example.com.",
        error_messages={"required": "Enter the domain."},
    )
    by_address = forms.BooleanField(
        label="Request addresses instead of an alias, because this is the main domain without “www”", required=False
    )
    sender = forms.CharField(
        label="Sender domain",
        max_length=LONGEST_DOMAIN,
        required=False,
        help_text="The domain that mail on behalf of this contractor comes from, such as example.com. Empty: none.",
    )
    field_order = ("domain", "by_address", "sender", "reason")
