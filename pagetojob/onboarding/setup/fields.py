"""Fields that several steps use: a line for each entry, and ZIP codes."""

import re
from abc import ABC, abstractmethod
from typing import Any

from django import forms

from .places import place_of

_ZIP = re.compile(r"[0-9]{5}")
#: An ID of ServiceTitan, which fits into eight bytes.
_ID = re.compile(r"[1-9][0-9]{0,17}")
_MOST_LINES = 50


class ZipField(forms.CharField):
    """A ZIP code that exists as far as its first three digits tell."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=10, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "size": 10}), **kwargs
        )

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        if place_of(typed) is None:
            raise forms.ValidationError("No ZIP code begins like this. Enter one such as 85016.")
        return typed


class Lines(forms.CharField, ABC):
    """A text area with an entry on each line."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": rows}), max_length=10_000, **kwargs)

    def clean(self, value: Any) -> Any:
        lines = [line for line in str(super().clean(value)).splitlines() if line.strip()]
        if len(lines) > _MOST_LINES:
            raise forms.ValidationError(f"Enter at most {_MOST_LINES} lines.")
        return [self.entry(line) for line in lines]

    def prepare_value(self, value: Any) -> str:
        return "\n".join(map(self.line, value)) if isinstance(value, list) else str(value or "")

    @abstractmethod
    def entry(self, line: str) -> dict[str, Any]:
        """Return the entry that a line describes. Raises ValidationError if it describes none."""

    @abstractmethod
    def line(self, entry: dict[str, Any]) -> str:
        """Return the line that describes an entry."""


class Pairs(Lines):
    """Lines of `label: value`, stored as a list of objects with the keys `label` and `number`."""

    def entry(self, line: str) -> dict[str, Any]:
        label, _, number = line.rpartition(":")
        if not (label.strip() and number.strip()):
            raise forms.ValidationError(
                f"Write each line as a label, a colon and a number. This one is not: {line[:40]}"
            )
        return {"label": label.strip()[:60], "number": number.strip()[:40]}

    def line(self, entry: dict[str, Any]) -> str:
        return f"{entry['label']}: {entry['number']}"


class Records(Lines):
    """Lines of `name: ServiceTitan ID`; the ID may be missing."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = super().clean(value)
        for key in ("name", "id"):
            values = [str(record[key]).casefold() for record in records if record[key] is not None]
            if twice := next((text for text in values if values.count(text) > 1), ""):
                raise forms.ValidationError(f"Two lines have the same {'ID' if key == 'id' else key}: {twice}.")
        return sorted(records, key=lambda record: record["name"])

    def entry(self, line: str) -> dict[str, Any]:
        name, typed = line.rsplit(":", 1) if ":" in line else (line, "")
        number = typed.strip()
        if not name.strip() or (number and not _ID.fullmatch(number)):
            raise forms.ValidationError(
                f"Write a name or, with its ID, a name, a colon and a number. This line differs: {line[:40]}"
            )
        return {"name": " ".join(name.split())[:120], "id": int(number) if number else None}

    def line(self, entry: dict[str, Any]) -> str:
        if entry["id"] is not None:
            return f"{entry['name']}: {entry['id']}"
        return f"{entry['name']}:" if ":" in entry["name"] else str(entry["name"])


class Zones(Lines):
    """Lines of `name: city, city, ZIP code`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rows=6, **kwargs)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        zones: list[dict[str, Any]] = super().clean(value)
        names = [zone["name"].casefold() for zone in zones]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise forms.ValidationError(f"Two lines have the same name: {twice}.")
        return sorted(zones, key=lambda zone: zone["name"])

    def entry(self, line: str) -> dict[str, Any]:
        name, _, rest = line.partition(":")
        parts = [" ".join(part.split())[:80] for part in rest.split(",") if part.strip()]
        if not (name.strip() and parts):
            raise forms.ValidationError(f"Write a name, a colon and at least one city. This line differs: {line[:40]}")
        zips = [part for part in parts if _ZIP.fullmatch(part)]
        if wrong := next((code for code in zips if place_of(code) is None), ""):
            raise forms.ValidationError(f"{wrong} is not a ZIP code in use.")
        return {
            "name": " ".join(name.split())[:120],
            "cities": [part for part in parts if part not in zips],
            "zips": zips,
        }

    def line(self, entry: dict[str, Any]) -> str:
        return f"{entry['name']}: {', '.join([*entry['cities'], *entry['zips']])}"
