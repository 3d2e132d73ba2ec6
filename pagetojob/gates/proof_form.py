"""Parts that the forms for recording evidence share: the last day, the file, and the proof made from the fields."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone

from . import proof
from .attachments import EvidenceRefused, read_attachment
from .models import EvidenceKind
from .registry import Grade


def end_of(day: date) -> datetime:
    """Return when evidence that is valid through this day, in UTC, expires."""
    return datetime.combine(day + timedelta(days=1), time.min, UTC)


class LastDayField(forms.DateField):
    """Last day of validity, by default half a year from now."""

    def __init__(self, **options: Any) -> None:
        latest = MaxValueValidator(date(9999, 12, 30), "Choose an earlier day.")
        super().__init__(label="Valid through", initial=_usually, validators=[latest], **options)


def _usually() -> date:
    return (timezone.now() + timedelta(days=180)).date()


class ProofForm(forms.BaseForm):
    """Part of a form for evidence. When valid, `given` holds the proof; `renamed` maps its fields to the form's."""

    given: proof.Proof
    of_tenant = False
    renamed: ClassVar[dict[str, str]]

    def about(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of the proof that name its subject."""
        # Not an abstract base class, because Django's form metaclass conflicts with ABCMeta.
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload = cleaned.get(self.renamed.get("file", "file"))
        try:
            attached = read_attachment(upload, upload.name) if upload else None
            if not self.errors:
                same = {name: cleaned[name] for name in ("summary", "observed_from", "observed_to", "url")}
                self.given = proof.Proof(
                    **self.about(cleaned),
                    **same,
                    kind=EvidenceKind(cleaned["kind"]),
                    grade=Grade(cleaned["grade"]),
                    expires_at=end_of(cleaned["last_day"]),
                    attachment=attached,
                )
                proof.check(self.given, now=timezone.now(), of_tenant=self.of_tenant)
        except EvidenceRefused as refused:
            self.add_error(self.renamed.get(refused.field, refused.field or None), str(refused))
        return cleaned
