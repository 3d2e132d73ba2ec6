"""Rows of a version by kind, on any page. Pure."""

from typing import Any

from ..shape import Pack, Row


def rows_of_kind(pack: Pack, kind: str) -> list[Row]:
    """Return every row of a kind once, in the order of the pages."""
    found: dict[str, Row] = {}
    for page in pack.pages.values():
        for section in page.sections:
            for row in section.rows:
                if row["kind"] == kind:
                    found.setdefault(row["anchor"], row)
    return list(found.values())


def field_of(row: Row, name: str) -> Any:
    """Return the text or list of one field of a row; an empty string if it has no such field."""
    return next((one.get("items", one.get("text", "")) for one in row["fields"] if one["name"] == name), "")
