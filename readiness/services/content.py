"""Reader of the content files. It rejects any invalid file before a row is changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import models

from pagetojob.claims.models import Claim, Disclaimer

from .. import models as pack
from ..checks import checks
from ..errors import ContentError

CONTENT_FOLDER = Path(__file__).resolve().parent.parent / "content"
POSITION_GAP = 10  # leaves staff space to insert a row between two others


@dataclass(frozen=True, slots=True)
class Kind:
    """Keys of a row in its file. `children` is the key that contains rows of kind `child`."""

    model: type[models.Model]
    keys: tuple[str, ...]
    optional: tuple[str, ...] = ()
    children: str = ""
    child: "Kind | None" = None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A checked row of a content file."""

    model: type[models.Model]
    values: dict[str, object]
    parent: str = ""
    children: list["Row"] = field(default_factory=list)


STATUS = ("title", "owner", "status")
LINE = (*STATUS, "current", "next_step")
DETAIL = Kind(pack.EntryDetail, ("label", "text"), parent="entry")
ENTRY = Kind(
    pack.Entry,
    ("title",),
    optional=("owner", "status", "body", "points", "next_step"),
    children="details",
    child=DETAIL,
    parent="section",
)
PAGE = Kind(
    pack.Page,
    ("title", "heading", "intro", "notice"),
    children="sections",
    child=Kind(pack.PageSection, ("heading",), optional=("intro",), children="entries", child=ENTRY, parent="page"),
)
#: The original page, word for word. It becomes version 1 of the pack.
SEED = {
    "pages.yaml": PAGE,
    "checklist.yaml": Kind(pack.ChecklistItem, LINE),
    "boundaries.yaml": Kind(pack.DataBoundary, ("family", "current", "future", "rule")),
    "runbooks.yaml": Kind(
        pack.Runbook,
        ("name", "trigger", "promise"),
        children="steps",
        child=Kind(pack.RunbookStep, ("text",), parent="runbook"),
    ),
    "materials.yaml": Kind(pack.PartnerMaterial, LINE),
    "claims.yaml": Kind(Claim, ("text",)),
    "disclaimers.yaml": Kind(Disclaimer, ("text",)),
}
#: Content added after the original page. A folder holds files of one kind.
REST = {
    "access_items.yaml": Kind(pack.AccessItem, (*STATUS, "purpose", "artifacts", "never_ask")),
    "modules.yaml": Kind(pack.Module, (*STATUS, "manual_use", "api_use"), optional=("on_connection",)),
    "connection_gates.yaml": Kind(pack.ConnectionGate, (*STATUS, "explanation"), optional=("gate",)),
    "scope_families.yaml": Kind(pack.ScopeFamily, (*STATUS, "family", "note")),
    "validation_cases.yaml": Kind(
        pack.ValidationCase,
        (*STATUS, "category", "objective", "setup", "steps", "expected", "failure", "claim"),
    ),
    "intake_questions.yaml": Kind(pack.IntakeQuestion, (*STATUS, "group", "why", "expected")),
    "support_runbooks.yaml": Kind(
        pack.SupportRunbook,
        (*STATUS, "severity", "trigger", "impact", "first_response", "steps", "collect", "never_claim", "safe_message"),
    ),
    "partner_answers.yaml": Kind(pack.PartnerAnswer, (*STATUS, "answer")),
    "as_built.yaml": Kind(pack.AsBuiltNote, ("dated", "text"), optional=("waits_for",)),
    "pages": PAGE,
}


def read_all(folder: Path, kinds: dict[str, Kind]) -> list[Row]:
    """Return every row of every file, in order. Raises `ContentError` at the first problem."""
    all_read: list[Row] = []
    taken: dict[tuple[type[models.Model], object], str] = {}
    for path, kind in ((path, kind) for name, kind in kinds.items() for path in _files(folder / name)):
        rows = read_file(path, kind)
        for row in filter(lambda row: names_itself(row.model), _with_all_below(rows)):
            key = (row.model, row.values["slug"])
            if key in taken:
                raise ContentError(path.name, str(key[1]), f"duplicate slug, taken in {taken[key]}")
            taken[key] = path.name
        all_read += rows
    return all_read


def names_itself(model: type[models.Model]) -> bool:
    """Return whether slugs of this model are unique in the whole pack, and not only under their parent."""
    slug = model._meta.get_field("slug")
    return isinstance(slug, models.SlugField) and slug.unique


def _with_all_below(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from _with_all_below(row.children)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def parse(text: str) -> Any:
    """Return the plain values of a YAML text. The C loader is ten times faster and equally safe."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe ones


def read_file(path: Path, kind: Kind) -> list[Row]:
    try:
        data = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContentError(path.name, "whole file", f"cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError(path.name, "whole file", f"is not valid YAML: {error}") from error
    return list(rows_of(path.name, "", kind, data))


def rows_of(file: str, within: str, kind: Kind, data: object) -> Iterator[Row]:
    """Check a list of mappings. `within` names the parent row for the error message."""
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
    allowed = wanted | set(kind.optional) | ({kind.children} if kind.children else set())
    if unknown := sorted(str(key) for key in entry.keys() - allowed):
        raise ContentError(file, label, f"unknown key {', '.join(unknown)}")
    if missing := sorted(wanted - entry.keys()):
        raise ContentError(file, label, f"missing {', '.join(missing)}")
    # Write omitted keys as empty, so that a text dropped from a newer pack is also removed from the row.
    left_out = {key: kind.model._meta.get_field(key).get_default() for key in kind.optional}  # type: ignore[union-attr]
    values = left_out | {key: entry[key] for key in ("slug", *kind.keys, *kind.optional) if key in entry}
    for key, value in values.items():
        wanted_type, named = _type_of(kind.model, key)
        if not isinstance(value, wanted_type):
            raise ContentError(file, label, f"{key} must be {named}, not {type(value).__name__}")
        values[key] = value.strip() if isinstance(value, str) else value
    check_by_model(file, label, kind.model, values)
    if values.get("status") == pack.Status.READY_NOW and _anchor(kind.model, entry["slug"]) not in checks():
        raise ContentError(file, label, "has the status “ready now” but no check in checks.yaml")
    children = []
    if kind.child and kind.children in entry:
        children = list(rows_of(file, f"{label}/", kind.child, entry[kind.children]))
    return Row(
        kind.model,
        {**values, "position": position},
        parent=kind.child.parent if kind.child else "",
        children=children,
    )


def _anchor(model: Any, slug: object) -> str:
    return f"{model.ANCHOR}-{slug}"


def _type_of(model: type[models.Model], key: str) -> tuple[type, str]:
    column = model._meta.get_field(key)
    if isinstance(column, models.BooleanField):
        return bool, "true or false"
    return (date, "a date") if isinstance(column, models.DateField) else (str, "text")


def check_by_model(file: str, label: str, model: type[models.Model], values: dict[str, object]) -> None:
    """Check the model's own rules: known owners and statuses, lengths and required values."""
    try:
        model(**values).clean_fields(exclude={field.name for field in model._meta.fields} - values.keys())
    except ValidationError as error:
        key, problems = next(iter(error.message_dict.items()))
        raise ContentError(file, label, f"{key} {values[key]!r}: {' '.join(problems)}") from error
