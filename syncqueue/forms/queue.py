"""Forms for the item list. Each field's error says what to do."""

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm


class SaveViewForm(GuardedForm, forms.Form):
    """The name of a saved view."""

    name = forms.CharField(
        label="Name of the view", max_length=60, error_messages={"required": "Enter a name for the view."}
    )


class ExportForm(GuardedForm, forms.Form):
    """The reason for an export."""

    export_reason = forms.CharField(
        label="Purpose of the file",
        max_length=500,
        help_text="Recorded in the audit log with your name. Leave out personal data.",
        error_messages={"required": "Enter what the file is for; it is recorded in the audit log."},
    )
