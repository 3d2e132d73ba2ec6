"""Forms of the workbench."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from pagetojob.importer.fields import FieldSpec
from pagetojob.importer.models import Upload
from pagetojob.importer.targets import Target, targets
from pagetojob.platform.credentials.forms import GuardedForm, ReasonForm
from pagetojob.platform.files.services import MAX_BYTES
from pagetojob.titanmap.importing import PREFIX
from pagetojob.titanmap.models import PageBinding, Urgency, ZoneState


class RollBackForm(ReasonForm):
    """The version to restore, and the current version that the person saw."""

    to = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    based_on = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class AllForm(ReasonForm):
    """A reason for a bulk action. `mark` identifies exactly the rows that were shown."""

    mark = forms.CharField(max_length=64, widget=forms.HiddenInput)


class UploadForm(GuardedForm, forms.Form):
    """A file and its target."""

    target = forms.ChoiceField(label="Content")
    file = forms.FileField(
        label="File",
        help_text="The customer's own export: CSV or XLSX, 25 MB at most; or a whole map in JSON, 4 MB. "
        "Do not include customers, invoices or payments.",
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx,.json"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [(target.slug, target.label.capitalize()) for target in targets(PREFIX)]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 25 MB. Split it or remove columns.")
        return upload


class MappingForm(GuardedForm, forms.Form):
    """A column for each field of a target. Some fields combine several columns."""

    def __init__(
        self, *args: Any, target: Target, upload: Upload, guessed: dict[str, list[int]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        columns = [
            (str(place), f"{place}. {heading or 'no heading'}")
            for place, heading in enumerate(upload.headings, start=1)
        ]
        for spec in target.fields:
            self.fields[spec.name] = _column_field(spec, columns, guessed.get(spec.name, []))

    def mapping(self) -> dict[str, list[int]]:
        columns: dict[str, list[int]] = {}
        for spec in self.target.fields:
            chosen = self.cleaned_data.get(spec.name) or []
            columns[spec.name] = [int(column) for column in ([chosen] if isinstance(chosen, str) else chosen)]
        return columns


def _column_field(spec: FieldSpec, columns: Sequence[tuple[str, str]], guessed: Sequence[int]) -> forms.Field:
    help_text = "" if spec.several else spec.kind.value if spec.kind.value not in ("text", spec.label) else ""
    label = spec.label[:1].upper() + spec.label[1:]
    if spec.several:
        return forms.MultipleChoiceField(
            label=label,
            choices=columns,
            required=False,
            initial=[str(place) for place in guessed],
            help_text="You can choose several columns. A cell may contain several values.",
            widget=forms.SelectMultiple({"size": min(4, max(2, len(columns)))}),
        )
    return forms.ChoiceField(
        label=label,
        choices=[("", "no column"), *columns],
        required=spec.required,
        initial=str(guessed[0]) if guessed else "",
        help_text=help_text,
        error_messages={"required": f"Choose the column that holds the {spec.label}."},
    )


class TesterForm(GuardedForm, forms.Form):
    """A page, an urgency, and a time in the tenant's time zone."""

    page = forms.ChoiceField(label="Page", required=False)
    urgency = forms.ChoiceField(label="Urgency", choices=[("", "not specified"), *Urgency.choices], required=False)
    zone = forms.ChoiceField(
        label="Zone state", choices=[("", "current state of the page's zone"), *ZoneState.choices], required=False
    )
    at = forms.DateTimeField(
        label="Local time of the shop",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Enter a date and a time, like 2026-12-31 17:30."},
    )

    def __init__(self, *args: Any, pages: Sequence[PageBinding], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pages = {page.slug: page for page in pages}
        self.fields["page"].choices = [("", "no page"), *((page.slug, page.page_path) for page in pages)]  # type: ignore[attr-defined]
        self.fields["at"].initial = now

    def clean_at(self) -> datetime:
        """Refuse years far from ours: the day before the first day, and the last one's next, do not exist."""
        at: datetime = self.cleaned_data["at"]
        if not 2000 <= at.year < 2100:
            raise forms.ValidationError("Enter a year from 2000 to 2099.")
        return at

    def chosen(self) -> tuple[PageBinding | None, str]:
        """Return the page, and the zone state to test."""
        page = self.pages.get(self.cleaned_data["page"])
        own = page.zone.zone_state if page is not None and page.zone else ""
        return page, self.cleaned_data["zone"] or own
