"""Describe the changes that staged rows would make to a map. Read-only."""

from collections.abc import Mapping, Sequence
from typing import Any

from pagetojob.importer.models import ImportRow
from pagetojob.titanmap import documents, facts, importing
from pagetojob.titanmap.models import Family

_LABELS = {
    "external_id": "ServiceTitan id", "detail": "description", "zone_state": "state", "page_slug": "page",
    "page_path": "path", "intro": "text", "day_kind": "day", "primary": "first", "secondary": "second",
}  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """Compare two states of an item, with one entry for each changed fact."""
    flat_before, flat_after = _flat(before), _flat(after)
    names = dict.fromkeys((*flat_before, *flat_after))
    pairs = [(name, flat_before.get(name, ""), flat_after.get(name, "")) for name in names]
    changed = [(name, was or "nothing", now or "nothing") for name, was, now in pairs if was != now]
    return [{"label": name, "before": was, "after": now} for name, was, now in changed]


def _flat(state: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in state.items():
        if name == "facts":
            flat |= dict(facts.shown(value))
        elif name == "active":
            flat["status"] = "active" if value else "retired"
        else:
            flat[_LABELS.get(name, name)] = "" if value is None else str(value)
    return flat


def changes_of(row: ImportRow, target: str) -> Sequence[dict[str, str]]:
    """Return the changes that an upload row would make, or none if it cannot be imported. Runs no queries."""
    part = documents.part_of(row) if target == documents.SLUG else importing.family_of(target).value
    if part in Family.values:
        return _changes(Family(part), row)
    return differences(row.before or {}, (row.before or {}) | row.values)


def _changes(family: Family, row: ImportRow) -> list[dict[str, str]]:
    if not row.values.get("name"):
        return []
    try:
        wanted = importing.wanted_of(family, row.values, row.before)
    except facts.FactsRefused:
        return []
    fresh = {"name": wanted["name"], "active": None} if row.before is None else row.before
    return [
        difference
        for difference in differences(fresh, wanted)
        if row.before is not None or difference["label"] != "name"
    ]
