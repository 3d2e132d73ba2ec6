"""Forms of the pack's admin. What all share: a slug never changes, every text is honest, old words can be put back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from pagetojob.platform.audit.admin import ReasonForm

from .honest import HonestForm

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    ModelForm, InlineFormSet = forms.ModelForm, BaseInlineFormSet

WHY = "Readers see it on the changes page, without your name. Leave out personal data."


class RowForm(HonestForm, ModelForm):
    """Of a row or a child of one. `restored`: what to fill it with instead of what is stored, by the key of the row."""

    restored: ClassVar[Mapping[tuple[str, int], Mapping[str, Any]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row.pk and "slug" in self.fields:
            self.fields["slug"].disabled = True
        if not self.is_bound and row.pk:
            self.initial.update(self.restored.get((row._meta.db_table, row.pk), {}))


class PackForm(RowForm, ReasonForm):
    """Of a row of its own: with the reason of the change, which is the public cause of the version it makes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = WHY


class KeepWhatCame(InlineFormSet):
    """Refuses to remove a child row that came with the pack."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.from_pack for form in self.deleted_forms):
            raise ValidationError("What came with the pack can be reworded, not removed.")


class ReasonedActionForm(ActionForm):
    """The bar above a list: what to do with the chosen rows, and why."""

    reason = forms.CharField(label="Why:", required=False, max_length=500)
