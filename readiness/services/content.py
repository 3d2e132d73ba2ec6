"""Reads the content files and refuses whatever is wrong with them, before any row is touched."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.db import models

from ..errors import ContentError
from ..models import (
    ChecklistItem,
    DataBoundary,
    Disclaimer,
    GatedClaim,
    Page,
    PageSection,
    PartnerMaterial,
    Runbook,
    RunbookStep,
)

CONTENT_FOLDER = Path(__file__).resolve().parent.parent / "content"
POSITION_GAP = 10  # room for staff to put a row between two others


@dataclass(frozen=True, slots=True)
class Kind:
    """Which keys a row has in its file. `children` is the key under which rows of `child` stand."""

    model: type[models.Model]
    keys: tuple[str, ...]
    children: str = ""
    child: "Kind | None" = None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row of a content file."""

    model: type[models.Model]
    values: dict[str, object]
    parent: str = ""
    children: list["Row"] = field(default_factory=list)


LINE = ("title", "owner", "status", "current", "next_step")
FILES = {
    "pages.yaml": Kind(
        Page,
        ("title", "heading", "intro", "notice"),
        children="sections",
        child=Kind(PageSection, ("heading",), parent="page"),
    ),
    "checklist.yaml": Kind(ChecklistItem, LINE),
    "boundaries.yaml": Kind(DataBoundary, ("family", "current", "future", "rule")),
    "runbooks.yaml": Kind(
        Runbook,
        ("name", "trigger", "promise"),
        children="steps",
        child=Kind(RunbookStep, ("text",), parent="runbook"),
    ),
    "materials.yaml": Kind(PartnerMaterial, LINE),
    "claims.yaml": Kind(GatedClaim, ("text",)),
    "disclaimers.yaml": Kind(Disclaimer, ("text",)),
}


def read_all(folder: Path) -> list[Row]:
    """Every row of every file, in order, or `ContentError` for the first thing that is wrong."""
    return [row for name, kind in FILES.items() for row in read_file(folder / name, kind)]


def read_file(path: Path, kind: Kind) -> list[Row]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContentError(path.name, "whole file", f"cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError(path.name, "whole file", f"is not valid YAML: {error}") from error
    return list(rows_of(path.name, "", kind, data))


def rows_of(file: str, within: str, kind: Kind, data: object) -> Iterator[Row]:
    """Check a list of mappings. `within` names the row above, for the error message."""
    if not isinstance(data, list):
        raise ContentError(file, within or "whole file", f"must be a list of rows, not {type(data).__name__}")
    seen: set[object] = set()
    for number, entry in enumerate(data, start=1):
        label = f"{within}row {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("slug"), str):
            raise ContentError(file, label, "must be a mapping with a slug")
        label = f"{within}{entry['slug']}"
        if entry["slug"] in seen:
            raise ContentError(file, label, "duplicate slug")
        seen.add(entry["slug"])
        yield row_of(file, label, kind, entry, number * POSITION_GAP)


def row_of(file: str, label: str, kind: Kind, entry: dict[object, object], position: int) -> Row:
    wanted = {"slug", *kind.keys}
    allowed = wanted | ({kind.children} if kind.children else set())
    if unknown := sorted(str(key) for key in entry.keys() - allowed):
        raise ContentError(file, label, f"unknown key {', '.join(unknown)}")
    if missing := sorted(wanted - entry.keys()):
        raise ContentError(file, label, f"missing {', '.join(missing)}")
    values: dict[str, object] = {key: entry[key] for key in ("slug", *kind.keys)}
    for key, value in values.items():
        if not isinstance(value, str):
            raise ContentError(file, label, f"{key} must be text, not {type(value).__name__}")
    check_by_model(file, label, kind.model, values)
    children = []
    if kind.child and kind.children in entry:
        children = list(rows_of(file, f"{label}/", kind.child, entry[kind.children]))
    return Row(
        kind.model,
        {**values, "position": position},
        parent=kind.child.parent if kind.child else "",
        children=children,
    )


def check_by_model(file: str, label: str, model: type[models.Model], values: dict[str, object]) -> None:
    """The model's own rules: known owners and statuses, lengths, nothing empty."""
    try:
        model(**values).clean_fields(exclude={field.name for field in model._meta.fields} - values.keys())
    except ValidationError as error:
        key, problems = next(iter(error.message_dict.items()))
        raise ContentError(file, label, f"{key} {values[key]!r}: {' '.join(problems)}") from error
