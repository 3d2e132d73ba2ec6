"""Forms of the screens."""

from collections.abc import Mapping
from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm, ReasonForm
from pagetojob.platform.times import shown_day

from ..fields import MappingProblem
from ..models import Upload
from ..selectors import Suggested
from ..targets import BaseTarget, FileTarget, targets
from .area import Area

_COLUMN = "column_"


_EMPTY = "The file is empty. Export it again from the shop's system, and choose the new file."


class UploadForm(GuardedForm, forms.Form):
    """A file and its target."""

    target = forms.ChoiceField(label="Content")
    file = forms.FileField(label="File", error_messages={"required": "Choose a file.", "empty": _EMPTY})

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(target.slug, target.label.capitalize()) for target in targets(area.prefix)]
        self.fields["target"].choices = choices  # type: ignore[attr-defined]
        self.fields["file"].help_text = area.file_help
        self.fields["file"].widget.attrs["accept"] = area.accept


class SeenForm(ReasonForm):
    """A reason, and the version of the import that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def options(self) -> dict[str, Any]:
        """Return the arguments of the service, besides the import and the person."""
        return dict(self.cleaned_data)


class ApproveForm(SeenForm):
    """The digest of the rows that the person saw as chosen, and for some files the days that they cover.

    If the file is unusually long, the person types its number of rows, so that a click confirms nothing by accident.
    """

    chosen = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, upload: Upload, target: BaseTarget, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = upload.tenant.today()
        if isinstance(target, FileTarget) and target.dated:
            days = upload.notes.get("covers") or ("", "")
            for name, label, day in (("first", "First", days[0]), ("last", "Last", days[1])):
                shown = shown_day(day) if day else "no day"
                self.fields[name] = forms.DateField(
                    label=f"{label} day covered",
                    required=False,
                    initial=day,
                    help_text=f"As selected for the export. The {label.lower()} row is from {shown}.",
                    widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                )
            self.order_fields(["first", "last", "reason"])
        if (unusual := upload.notes.get("unusual")) is not None:
            self._rows = unusual["rows"]
            self.fields["confirmed_rows"] = forms.CharField(
                label="Number of rows of the file",
                max_length=12,
                help_text="Compare it with the export in the shop's system, then type it to confirm the file.",
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )

    def clean_confirmed_rows(self) -> int:
        typed = self.cleaned_data["confirmed_rows"].replace(",", "")
        if typed != str(self._rows):
            raise forms.ValidationError("This is not the number of rows of the file. Compare both, then type it again.")
        return int(typed)

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if bool(first) != bool(last):
            self.add_error("last", "Enter both days, or neither.")
        elif first and last and first > last:
            self.add_error("last", "The last day is before the first day.")
        elif last and last > self._today:
            self.add_error("last", "The last day is in the future.")
        return given

    def options(self) -> dict[str, Any]:
        given = super().options()
        first, last = given.pop("first", None), given.pop("last", None)
        return given | ({"covers": [first.isoformat(), last.isoformat()]} if first and last else {})


class ColumnsForm(GuardedForm, forms.Form):
    """The field of each column. `version` is the one of the import that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, upload: Upload, target: BaseTarget, mapping: Mapping[str, list[int]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = upload.version
        field_at = {place: name for name, places in mapping.items() for place in places}
        choices = [("", "Not imported"), *((spec.name, _label(spec)) for spec in target.fields)]
        for place, heading in enumerate(upload.headings, start=1):
            self.fields[f"{_COLUMN}{place}"] = forms.ChoiceField(
                label=f"Column {place}: {heading or 'no heading'}",
                choices=choices,
                required=False,
                initial=field_at.get(place, ""),
            )

    def column(self, place: int) -> Any:
        return self[f"{_COLUMN}{place}"]

    def mapping(self) -> dict[str, list[int]]:
        """Return the columns of each field."""
        mapping: dict[str, list[int]] = {}
        for name, field in self.cleaned_data.items():
            if name.startswith(_COLUMN) and field:
                mapping.setdefault(field, []).append(int(name.removeprefix(_COLUMN)))
        return mapping

    def refuse(self, problem: MappingProblem) -> None:
        """Show a problem at the last column that is matched to the field; without one, above all columns."""
        places = self.mapping().get(problem.field)
        self.add_error(f"{_COLUMN}{places[-1]}" if places else None, problem.message)


def _label(spec: Any) -> str:
    label = spec.label[:1].upper() + spec.label[1:]
    return f"{label} (required)" if spec.required else label


def suggestion_words(suggestion: Suggested, heading: str, place: int, same_as: int | None) -> str:
    """Return why a column is matched as proposed. `same_as` is the position of another column with its heading."""
    if same_as is not None:
        return f"same heading as column {same_as}"
    if place in suggestion.remembered:
        return "remembered"
    if any(place in places for places in suggestion.mapping.values()):
        return "recognized"
    return "not recognized" if heading else "no heading"
