"""Forms of the domain page."""

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm

from .models import LONGEST_DOMAIN


def _reason() -> forms.CharField:
    return forms.CharField(
        label="Reason",
        max_length=300,
        help_text="Recorded in the audit log.",
        error_messages={"required": "Enter a reason."},
    )


class RemoveForm(GuardedForm, forms.Form):
    reason = _reason()


class DomainForm(GuardedForm, forms.Form):
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
    reason = _reason()
