"""Forms for a tenant's features: the reason for a switch, and evidence with its file."""

from typing import Any, ClassVar

from django import forms

from pagetojob.gates.models import EvidenceKind, SubjectType
from pagetojob.gates.pack import pack
from pagetojob.gates.proof_form import LastDayField, ProofForm
from pagetojob.gates.registry import GATES, MODULES, Grade
from pagetojob.gates.scopes import SCOPES
from pagetojob.platform.credentials.forms import LEAVE_OUT, GuardedForm

from .words import KILL_REASONS

_OF_TENANT = {gate: definition for gate, definition in GATES.items() if definition.of_tenant}
_COUNTS = frozenset(grade for definition in _OF_TENANT.values() for grade in definition.accepts)
OTHER = "other"
#: Evidence cannot be edited, so no choice is preselected.
_CHOOSE = ("", "Choose")


class KillForm(GuardedForm, forms.Form):
    """Form for switching a feature off. A neutral reason is preselected, so that one click is enough."""

    why = forms.ChoiceField(
        label="Reason",
        choices=[*((reason, reason) for reason in KILL_REASONS), (OTHER, "Another reason")],
        initial=KILL_REASONS[0],
        widget=forms.RadioSelect,
    )
    more = forms.CharField(
        label="In your own words",
        max_length=400,
        required=False,
        help_text=f"Recorded in the audit log; the customer can read it. {LEAVE_OUT}",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        why, more = cleaned.get("why"), cleaned.get("more", "")
        if why == OTHER and not more:
            self.add_error("more", "Enter the reason.")
        cleaned["reason"] = more if why == OTHER else f"{why} {more}".strip()
        return cleaned


class EvidenceForm(ProofForm, GuardedForm, forms.Form):
    """Form for evidence about one tenant. When valid, `given` holds the proof."""

    of_tenant = True
    renamed: ClassVar = {"expires_at": "last_day", "subject": "gate", "covers": "scopes"}

    gate = forms.ChoiceField(
        label="What it proves",
        choices=[_CHOOSE, *((gate.value, gate.value) for gate in _OF_TENANT)],
        help_text="Evidence about PageToJob itself is recorded in the admin.",
    )
    kind = forms.ChoiceField(label="Kind", choices=[_CHOOSE, *EvidenceKind.choices])
    grade = forms.ChoiceField(
        label="Source",
        choices=[_CHOOSE, *((grade.value, grade.value) for grade in Grade if grade in _COUNTS)],
        help_text="Each gate accepts only some sources.",
    )
    scopes = forms.MultipleChoiceField(
        label="Granted scopes",
        choices=[(name, name) for name in SCOPES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For “scopes granted”: select those that the proof names.",
    )
    modules = forms.MultipleChoiceField(
        label="Modules of the plan",
        choices=[(name, name) for name in MODULES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For “module eligible”: select those that the proof names.",
    )
    summary = forms.CharField(
        label="What it shows",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Describe what it shows."},
        help_text="The customer may read this. No names of people, and never a key or a password.",
    )
    observed_from = forms.DateField(label="First day covered", required=False, widget=forms.DateInput({"type": "date"}))
    observed_to = forms.DateField(label="Last day covered", required=False, widget=forms.DateInput({"type": "date"}))
    last_day = LastDayField(
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the last day of validity."},
        help_text="In UTC, at most three years from now. After that day, the feature turns off automatically.",
    )
    url = forms.CharField(
        label="Address", required=False, max_length=500, help_text="A link to it, beginning with https://."
    )
    file = forms.FileField(
        label="File", required=False, help_text="PDF, PNG, JPEG or plain text, at most 10 MB. Or enter an address."
    )

    def clean_summary(self) -> str:
        summary: str = self.cleaned_data["summary"]
        if refusal := pack().gated_claim_in(summary):
            raise forms.ValidationError(refusal)
        return summary

    def about(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        covers = (*cleaned["scopes"], *cleaned["modules"])
        return {"subject_type": SubjectType.GATE, "subject": cleaned["gate"], "covers": covers}
