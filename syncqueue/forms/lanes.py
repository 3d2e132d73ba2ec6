"""Forms to find lanes and to pause or resume one."""

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm

from .operate import reason_field


class LaneForm(GuardedForm, forms.Form):
    """The reason for pausing or resuming a lane."""

    reason = reason_field("Why?")


class FindLanes(GuardedForm, forms.Form):
    """The tenant to show; empty means all."""

    tenant = forms.SlugField(label="Tenant's short name", max_length=60, required=False)
