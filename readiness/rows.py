"""From a row of the database to a row of the document: its public fields and nothing else. Pure."""

from typing import Any

from .models.base import Role, Shown, entries

Row = dict[str, Any]


def field(shown: Shown, value: object) -> Row | None:
    """A field as readers see it; None for an empty one. `value` is a text, or a list for what has rows of its own."""
    shape = {"name": shown.name, "label": shown.label, "role": str(shown.role)}
    if shown.role in {Role.LIST, Role.STEPS}:
        items = value if isinstance(value, list) else entries(str(value or ""))
        return shape | {"items": items} if items else None
    return shape | {"text": str(value)} if value not in (None, "") else None


def plain(kind: str, *, anchor: str, title: str, **more: Any) -> Row:
    """A row of any kind with the keys every row has. `fields` is a list of (label, role, text or list)."""
    fields = [
        field(Shown(label.lower().replace(" ", "_") or "text", label, role), value)
        for label, role, value in more.pop("fields", ())
    ]
    return {
        "kind": kind,
        "anchor": anchor,
        "title": title,
        "fields": [entry for entry in fields if entry],
        "evidence": [],
        **more,
    }


def of_model(model: Any, row: Row, **extra: Any) -> Row:
    """A row of a PackRow model: `row` holds its columns, `extra` what comes from rows of its own."""
    values = row | extra
    shown = [field(entry, values.get(entry.name)) for entry in model.SHOWN]
    made = {
        "kind": model._meta.model_name,
        "anchor": f"{model.ANCHOR}-{row['slug']}",
        "slug": row["slug"],
        "title": row[model.TITLE],
        "fields": [entry for entry in shown if entry] + extra.get("details", []),
        "evidence": [],
    }
    for name in ("owner", "status"):
        if row.get(name):
            made[name] = row[name]
    return made


def name_of(model: Any) -> str:
    """The kind of a model's rows."""
    return str(model._meta.model_name)
