"""What is typed to look at lanes and to pause one."""

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm

from .operate import reason_field


class LaneForm(GuardedForm, forms.Form):
    """Why a lane is paused, or goes on."""

    reason = reason_field("Why?")


class FindLanes(GuardedForm, forms.Form):
    """Of which tenant; empty means all."""

    tenant = forms.SlugField(label="Tenant, by its short name", max_length=60, required=False)
