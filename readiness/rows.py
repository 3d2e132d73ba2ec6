"""Conversion of a database row to a document row with only its public fields. Pure."""

from typing import Any

from .models.base import Role, Shown, entries

Row = dict[str, Any]


def field(shown: Shown, value: object) -> Row | None:
    """Return a field as readers see it, or None if it is empty. `value` is a text, or a list if it has child rows."""
    shape = {"name": shown.name, "label": shown.label, "role": str(shown.role)}
    if shown.role in {Role.LIST, Role.STEPS}:
        items = value if isinstance(value, list) else entries(str(value or ""))
        return shape | {"items": items} if items else None
    return shape | {"text": str(value)} if value not in (None, "") else None


def plain(kind: str, *, anchor: str, title: str, **more: Any) -> Row:
    """Return a row of any kind with the keys that every row has. `fields` is a list of (label, role, text or list)."""
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
    """Return a row of a PackRow model. `row` has its columns; `extra` has values from child rows."""
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
    """Return the kind of a model's rows."""
    return str(model._meta.model_name)
