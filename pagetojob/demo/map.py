"""Titan Map of the demo tenant: its services, areas, pages and capacity rules, in the documented JSON form.

All of it is fictional, worded like a real shop. No prices, reviews or licenses. Rules are evaluated from top to bottom.
"""

import json
from pathlib import Path
from typing import Any

from pagetojob.titanmap.map_document import FAMILIES

_MAP: dict[str, Any] = json.loads(Path(__file__).with_name("titan-map.json").read_text(encoding="utf-8"))
HOURS: dict[str, Any] = _MAP["hours"]
#: Columns of the items, of the pages (with the names of their items by role) and of the rules.
ITEMS: list[dict[str, Any]] = [
    {"family": family, "detail": "", "zone_state": item.pop("state", "")} | item
    for part, family in FAMILIES.items()
    for item in _MAP.get(part, ())
]
PAGES: list[dict[str, Any]] = _MAP["page_bindings"]
RULES: list[dict[str, Any]] = [{"page_slug": rule.pop("page", "")} | rule for rule in _MAP["capacity_rules"]]
