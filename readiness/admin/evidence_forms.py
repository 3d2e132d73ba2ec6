"""Form for recording evidence."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminTextareaWidget

from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.gates.proof_form import LastDayField, ProofForm

from ..services.evidence import subjects
from .honest import HonestForm

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Evidence]
else:
    ModelForm = forms.ModelForm


def _choices() -> list[Any]:
    """Return the gates and lines that evidence can support, grouped by page."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for subject in subjects():
        groups.setdefault(subject.page, []).append((subject.value, subject.label))
    return [("", "Choose what the evidence is for"), *groups.items()]


class EvidenceForm(ProofForm, HonestForm, ModelForm):
    """Form for the subject, content, expiry and location of evidence. When valid, `given` holds the proof."""

    renamed: ClassVar = {"file": "attached", "expires_at": "last_day"}

    subject = forms.ChoiceField(
        label="Evidence for",
        choices=_choices,
        help_text="A line of a page, with its current public status, or a gate.",
    )
    last_day = LastDayField(
        widget=AdminDateWidget,
        help_text="In UTC, at most three years from now. Its reviewer is notified 30, 14 and 3 days before.",
    )
    attached = forms.FileField(
        label="File",
        required=False,
        help_text="PDF, PNG, JPEG or plain text, at most 10 MB. Readers see its SHA-256, not the file.",
    )

    class Meta:
        model = Evidence
        fields = ("kind", "grade", "summary", "observed_from", "observed_to", "url")
        widgets = {
            "summary": AdminTextareaWidget(attrs={"rows": 3}),
            "observed_from": AdminDateWidget,
            "observed_to": AdminDateWidget,
        }
        help_texts = {
            "kind": "Type of evidence.",
            "grade": "Source of the evidence. A gate accepts only some grades; simulator-grade evidence opens none.",
            "url": "A link that begins with https://, or with / for a page of this site. Readers see it.",
        }

    def about(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        subject_type, _, subject = cleaned["subject"].partition(":")
        return {"subject_type": SubjectType(subject_type), "subject": subject}

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in Evidence._meta.fields}

    def validate_constraints(self) -> None:
        """Do nothing: the service checks the same rules with readable messages, and the database enforces them."""

    def save(self, commit: bool = True) -> Evidence:
        """Return the instance without saving it: the service stores the row."""
        return self.instance

    def save_m2m(self) -> None:
        """Do nothing: evidence has no many-to-many relations."""
