"""Form for recording evidence."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminTextareaWidget
from django.core.validators import MaxValueValidator
from django.utils import timezone

from pagetojob.gates import proof
from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.registry import Grade

from ..services.evidence import subjects
from .honest import HonestForm

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Evidence]
else:
    ModelForm = forms.ModelForm

USUALLY = timedelta(days=180)


def _usually() -> Any:
    return (timezone.now() + USUALLY).date()


def _choices() -> list[Any]:
    """Return the gates and lines that evidence can support, grouped by page."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for subject in subjects():
        groups.setdefault(subject.page, []).append((subject.value, subject.label))
    return [("", "Choose what the evidence is for"), *groups.items()]


class EvidenceForm(HonestForm, ModelForm):
    """Form for the subject, content, expiry and location of evidence. When valid, `given` holds the proof."""

    given: proof.Proof

    subject = forms.ChoiceField(
        label="Evidence for",
        choices=_choices,
        help_text="A line of a page, with its current public status, or a gate.",
    )
    last_day = forms.DateField(
        label="Valid through",
        initial=_usually,
        validators=[MaxValueValidator(date(9999, 12, 30), "Choose an earlier day.")],
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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        upload = cleaned.get("attached")
        try:
            attached = proof.attachment(upload, upload.name) if upload else None
            if not self.errors:
                self.given = self._proof(cleaned, attached)
                proof.check(self.given, now=timezone.now())
        except proof.EvidenceRefused as refused:
            self.add_error(_FIELDS.get(refused.field, refused.field or None), refused.sentence)
        return cleaned

    def _proof(self, cleaned: dict[str, Any], attached: proof.Attachment | None) -> proof.Proof:
        subject_type, _, subject = cleaned["subject"].partition(":")
        ends = datetime.combine(cleaned["last_day"] + timedelta(days=1), time.min, UTC)
        return proof.Proof(
            subject_type=SubjectType(subject_type),
            subject=subject,
            kind=EvidenceKind(cleaned["kind"]),
            grade=Grade(cleaned["grade"]),
            summary=cleaned["summary"],
            expires_at=ends,
            observed_from=cleaned["observed_from"],
            observed_to=cleaned["observed_to"],
            url=cleaned["url"],
            attachment=attached,
        )

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in Evidence._meta.fields}

    def validate_constraints(self) -> None:
        """Do nothing: the service checks the same rules with readable messages, and the database enforces them."""

    def save(self, commit: bool = True) -> Evidence:
        """Return the instance without saving it: the service stores the row."""
        return self.instance

    def save_m2m(self) -> None:
        """Do nothing: evidence has no many-to-many relations."""


#: Field names of the service, mapped to those of the form.
_FIELDS = {"file": "attached", "expires_at": "last_day"}
