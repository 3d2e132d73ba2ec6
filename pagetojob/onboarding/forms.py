"""Forms of the contractor pages."""

from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.repeats import seen_field
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import User

from .models import LONGEST_PAGE_URL
from .notes import candidates


class TransitionForm(ReasonForm):
    """Ask for the reason of a transition. `seen` is the version that the page showed."""

    to = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class RecipientForm(ReasonForm):
    email = forms.EmailField(label="Email", max_length=254)
    label = forms.CharField(label="Name of the address", max_length=80, required=False)
    field_order = ("email", "label", "reason")


class EmbedForm(ReasonForm):
    page_url = forms.CharField(
        label="Address of the page",
        max_length=LONGEST_PAGE_URL,
        help_text="The page of the contractor's own website that gets the form, such as https://www.example.com/contact.",
    )
    field_order = ("page_url", "reason")


class ListForm(forms.Form):
    """Filters of the list of contractors. Values that are not offered are ignored."""

    q = forms.CharField(label="Name", required=False, max_length=80)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any state"), *Lifecycle.choices])
    assignee = forms.ChoiceField(
        label="Assignee", required=False, choices=[("", "Anyone"), ("me", "Me"), ("none", "No one")]
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For other operators. Do not enter personal data of visitors.",
        error_messages={"required": "Enter a note."},
    )
    seen = seen_field()


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return obj.name


class AssignForm(forms.Form):
    """Choose who is responsible. `seen` is the number of the assignment that the page showed."""

    assignee = PersonChoice(
        queryset=User.objects.none(), required=False, empty_label="No one", to_field_name="public_id"
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = candidates()  # type: ignore[attr-defined]


class SeenForm(forms.Form):
    seen = forms.IntegerField(min_value=1)
