"""Rows of a version by kind, on any page. Pure."""

from typing import Any

from ..shape import Pack, Row


def rows_of_kind(pack: Pack, kind: str) -> list[Row]:
    """Return every row of a kind once, in the order of the pages."""
    rows: dict[str, Row] = {}
    for page in pack.pages.values():
        for section in page.sections:
            for row in section.rows:
                if row["kind"] == kind:
                    rows.setdefault(row["anchor"], row)
    return list(rows.values())


def field_of(row: Row, name: str) -> Any:
    """Return the text or list of one field of a row; an empty string if it has no such field."""
    return next((field.get("items", field.get("text", "")) for field in row["fields"] if field["name"] == name), "")
