"""The lists that the Titan Map reads by API, and the values that each list proposes for items. No I/O.

Names, codes, categories, ZIP codes and cities are read; prices and costs are not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pagetojob.importer.refusals import Reason, refusal_of
from pagetojob.importer.review import tidy
from pagetojob.servicetitan.client.payloads import TaxonomyRow
from pagetojob.servicetitan.client.resources import TAXONOMY, TAXONOMY_FEEDS

from .models import Family

#: Lists and feeds in the order in which they are read. A feed is used where there is one.
RESOURCES = {name: TAXONOMY_FEEDS.get(name, TAXONOMY[name]) for name in (
    "business units", "job types", "campaign categories", "campaigns", "zones", "membership types",
    "pricebook categories", "pricebook services",
)}  # fmt: skip
#: The list from which the items of a family come.
OF_FAMILY = {
    Family.BUSINESS_UNIT: "business units",
    Family.JOB_TYPE: "job types",
    Family.CAMPAIGN: "campaigns",
    Family.ZONE: "zones",
    Family.MEMBERSHIP: "membership types",
    Family.PRICEBOOK_SERVICE: "pricebook services",
}
#: The list of the categories of a family.
CATEGORY_LISTS = {Family.CAMPAIGN: "campaign categories", Family.PRICEBOOK_SERVICE: "pricebook categories"}
_LONGEST_NAME, _LONGEST_FACT, _MOST = 120, 200, 500
_DEEPEST = 10
_ZIP = re.compile(r"[0-9]{5}")


def stored_values(row: TaxonomyRow) -> dict[str, Any]:
    """Return the values of a row that are stored."""
    values: dict[str, Any] = {"name": row.name, "active": row.active is not False}
    for name in ("businessUnitIds", "parentId", "category", "categories"):
        if ids := row.links.get(name):
            values[name] = list(ids)
    for name in ("code", "zips", "cities"):
        if words := row.words.get(name):
            values[name] = list(words)
    return values


@dataclass(frozen=True)
class Listed:
    """A row of a list as it was read last: its ID, its stored values, and whether a complete list still has it."""

    remote_id: int
    values: Mapping[str, Any]
    gone: bool = False

    @property
    def active(self) -> bool:
        return bool(self.values.get("active")) and not self.gone


@dataclass(frozen=True)
class Proposal:
    """An item as the account lists it. `problem` is the reason for not importing it."""

    remote_id: int
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    gone: bool = False

    @property
    def active(self) -> bool:
        return bool(self.values.get("active"))


def proposals(family: Family, rows: Iterable[Listed], categories: Iterable[Listed]) -> list[Proposal]:
    """Return the items of a family, active ones first. If several have the same name, the first is used."""
    paths = category_paths({row.remote_id: row for row in categories})
    items = [_proposal(family, row, paths) for row in sorted(rows, key=lambda row: (not row.active, row.remote_id))]
    return _without_twins(items)


def category_paths(rows: Mapping[int, Listed]) -> dict[int, str]:
    """Return the names of each category and its parents, such as “Cooling / Repair”. Stops where a tree has a loop."""
    return {remote_id: " / ".join(_path(remote_id, rows))[:_LONGEST_FACT] for remote_id in rows}


def _path(remote_id: int, rows: Mapping[int, Listed]) -> list[str]:
    names: list[str] = []
    seen: set[int] = set()
    current: int | None = remote_id
    while current is not None and current in rows and current not in seen and len(names) < _DEEPEST:
        seen.add(current)
        names.insert(0, tidy(rows[current].values["name"]))
        current = next(iter(rows[current].values.get("parentId", ())), None)
    return [name for name in names if name]


def _proposal(family: Family, row: Listed, paths: Mapping[int, str]) -> Proposal:
    code = tidy(" ".join(row.values.get("code", ())))
    name = tidy(row.values["name"]) or code
    values: dict[str, Any] = {"name": name, "external_id": row.remote_id, "active": row.active}
    values |= {name: value for name, value in _facts(family, row, code, paths).items() if value}
    return Proposal(row.remote_id, values, _problem(values), row.gone)


def _facts(family: Family, row: Listed, code: str, paths: Mapping[int, str]) -> dict[str, Any]:
    if family == Family.JOB_TYPE:
        return {"business_unit_ids": sorted(set(row.values.get("businessUnitIds", ())))[:_MOST]}
    if family == Family.ZONE:
        zips = [text.strip() for text in row.values.get("zips", ())]
        cities = [tidy(text)[:_LONGEST_FACT] for text in row.values.get("cities", ())]
        return {
            "zips": list(dict.fromkeys(text for text in zips if _ZIP.fullmatch(text)))[:_MOST],
            "cities": list(dict.fromkeys(filter(None, cities)))[:_MOST],
        }
    ids = row.values.get("category") or row.values.get("categories") or ()
    category = {"category": next((paths[remote_id] for remote_id in ids if paths.get(remote_id)), "")}
    return category | ({"code": code[:_LONGEST_FACT]} if family == Family.PRICEBOOK_SERVICE else {})


def _problem(values: Mapping[str, Any]) -> str:
    if not values["name"]:
        return "It has no name."
    if len(values["name"]) > _LONGEST_NAME:
        return f"Its name is longer than {_LONGEST_NAME} characters."
    for text in (values["name"], values.get("code", ""), values.get("category", ""), *values.get("cities", ())):
        refusal = refusal_of(text)
        if refusal is not None and refusal.reason is not Reason.FORMULA:
            return f"It looks like it contains {refusal.what}. Change it in ServiceTitan."
    return ""


def _without_twins(items: Iterable[Proposal]) -> list[Proposal]:
    first: dict[str, Proposal] = {}
    result = []
    for item in items:
        name = str(item.values["name"]).casefold()
        if item.problem or first.setdefault(name, item) is item:
            result.append(item)
        elif item.active:
            sentence = f"It has the same name as the item with the ID {first[name].remote_id}. Rename one of them."
            result.append(Proposal(item.remote_id, item.values, sentence, item.gone))
    return result
