"""Base forms of the pack's admin: slugs are fixed, texts are checked for gated claims, old texts can be restored."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from pagetojob.gates.models import Evidence
from pagetojob.platform.audit.admin import ReasonModelForm

from ..checks import checks
from ..models import Status
from ..services.evidence import reviewed_evidence
from .honest import HonestForm, waiting_message

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    ModelForm, InlineFormSet = forms.ModelForm, BaseInlineFormSet

READY_LATER = "A new line cannot begin as “ready now”. Add it with another status, and record evidence about it."
NEEDS_EVIDENCE = (
    "A status changes only by reviewed evidence. Record evidence about this line, have a second person confirm it, and"
    " choose it below."
)
WHY = "Readers see it on the changes page, without your name. Leave out personal data."


class RowForm(HonestForm, ModelForm):
    """Form of a row or a child row. `restored` maps a row's key to values that replace the stored ones."""

    restored: ClassVar[Mapping[tuple[str, int], Mapping[str, Any]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row.pk and "slug" in self.fields:
            self.fields["slug"].disabled = True
        if not self.is_bound and row.pk:
            self.initial.update(self.restored.get((row._meta.db_table, row.pk), {}))

    def clean(self) -> dict[str, Any]:
        """Refuse changed texts with a sentence on a gated topic that waits for a second person."""
        super().clean()
        for name in set(self.changed_data) - {"reason", "slug"} - set(self.errors):
            typed = self.cleaned_data.get(name)
            if isinstance(self.fields[name], forms.CharField) and typed and (problem := waiting_message(str(typed))):
                self.add_error(name, problem)
        return self.cleaned_data


class PackForm(RowForm, ReasonModelForm):
    """Form of a top-level row. It asks for the reason of the change, which becomes the version's public cause."""

    draft_reason: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = WHY
        self.fields["reason"].initial = self.draft_reason


class EvidenceField(forms.ModelChoiceField):
    """Choice of a piece of evidence by its summary."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.summary[:100]} (until {obj.expires_at:%B %-d, %Y})"


class StatusForm(PackForm):
    """Form of a row with a status, which changes only together with reviewed evidence about the row.

    A line with an automatic check may also become `ready now`, because its check decides what readers see. A single
    person may lower a line that is `ready now`, with a reason, because readers must not wait for that.
    """

    proof = EvidenceField(
        Evidence.objects.none(),
        label="Evidence for a new status",
        required=False,
        help_text="Only to change the status. Valid evidence about this line that a second person confirmed. Not needed"
        " to lower “ready now”.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["proof"].queryset = reviewed_evidence(self.instance)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a new status without evidence; otherwise name the evidence in the reason."""
        cleaned = super().clean()
        if "status" not in self.changed_data or "status" not in cleaned or "_preview" in self.data:
            return cleaned
        ready, proof = cleaned["status"] == Status.READY_NOW, cleaned.get("proof")
        if self.instance.pk is None:
            if ready:
                self.add_error("status", READY_LATER)
        elif proof is not None and "reason" in cleaned:
            named = f" Evidence for the new status: “{proof.summary}”"
            cleaned["reason"] = cleaned["reason"].removesuffix(named) + named
        elif self.instance.status != Status.READY_NOW and not (ready and self.instance.anchor in checks()):
            self.add_error("status", NEEDS_EVIDENCE)
        return cleaned


class ProtectPackRows(InlineFormSet):
    """Formset that refuses to remove child rows that came with the pack."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.from_pack for form in self.deleted_forms):
            raise ValidationError("Rows that came with the pack can be reworded but not removed.")
        added = any(form.instance.pk is None and form.has_changed() for form in self.forms)
        if "_draft" in self.data and (added or self.deleted_forms):
            raise ValidationError("A draft can change texts, but not add or remove rows. Use Save for that.")


class ReasonedActionForm(ActionForm):
    """Action bar above a list: the action for the selected rows, and the reason."""

    reason = forms.CharField(label="Reason:", required=False, max_length=500)
