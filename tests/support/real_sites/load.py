"""Load labeled websites, and convert their service maps to the JSON form of a Titan Map."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from drift.compare.check import check
from drift.compare.findings import Finding
from drift.compare.index import Index
from drift.reading.facts import Fact
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map

#: The day on which pages without a service map are read; the maps name their own day.
READ_ON = date(2026, 11, 24)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


@dataclass
class RealSite:
    """A labeled website: its labels by page, and the findings that a comparison must open and must not open."""

    name: str
    pages: dict[str, bytes]
    labels: dict[str, dict[str, Any]]
    taxonomy: dict[str, Any] | None = None
    drift: list[dict[str, Any]] = field(default_factory=list)
    agreement: list[dict[str, Any]] = field(default_factory=list)

    @property
    def today(self) -> date:
        return date.fromisoformat(self.taxonomy["as_of"]) if self.taxonomy else READ_ON

    def facts(self, page: str) -> list[Fact]:
        return read_page(self.pages[page], today=self.today, page=f"/{page}")

    def findings(self) -> list[Finding]:
        assert self.taxonomy is not None
        index = Index(read_map(json.dumps(titan_map(self.taxonomy)).encode()), self.today)
        paths = {page: path_of(page) for page in self.taxonomy["pages_in_scope"]}
        read = {
            path: read_page(self.pages[page], today=self.today, page=path, known=index.known)
            for page, path in paths.items()
        }
        return check(index, read).findings


def path_of(page: str) -> str:
    return "/" if page == "index" else f"/{page}"


def load(folder: Path, names: Iterable[str]) -> list[RealSite]:
    """Load the websites of these names."""
    labels, drift, agreement = (
        _by_site(folder / f"{name}.jsonl") for name in ("labels", "expected_drift", "expected_agreement")
    )
    sites = []
    for name in sorted(names):
        map_file = folder / "taxonomy" / f"{name}.json"
        pages = {file.stem: file.read_bytes() for file in sorted((folder / "pages" / name).glob("*.html"))}
        sites.append(
            RealSite(
                name,
                pages,
                {line["page"]: line for line in labels[name]},
                json.loads(map_file.read_text(encoding="utf-8")) if map_file.is_file() else None,
                drift[name],
                agreement[name],
            )
        )
    return sites


def _by_site(file: Path) -> Mapping[str, list[dict[str, Any]]]:
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            entry = json.loads(line)
            lines[entry["site"]].append(entry)
    return lines


def titan_map(taxonomy: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a service map of a labeled website to the JSON form of a Titan Map."""
    phones = taxonomy.get("phones", [])
    emergency = [phone["number"] for phone in phones if phone["use"] == "emergency"]
    document: dict[str, Any] = {
        "schema": "pagetojob.titan-map/1",
        "tenant": {"name": taxonomy["site"].replace("-", " ").title(), "time_zone": taxonomy["time_zone"]},
        "job_types": [
            {"name": job["name"], "active": job["state"] == "active", "synonyms": synonyms_of(taxonomy, job["name"])}
            for job in taxonomy.get("job_types", [])
        ],
        "business_units": taxonomy.get("business_units", []),
        "zones": [_zone(zone) for zone in taxonomy.get("zones", [])],
        "memberships": [_plan(plan) for plan in taxonomy.get("memberships", [])],
        "pricebook_services": [_priced(item) for item in taxonomy.get("pricebook", [])],
        "offers": [_offer(offer) for offer in taxonomy.get("offers", [])],
        "campaigns": [
            {"name": campaign["name"], "active": campaign["active"], "ends": campaign["ended"]}
            for campaign in taxonomy.get("campaigns", [])
        ],
        "page_bindings": [
            {"page_path": path_of(campaign["landing_page"]), "kind": "campaign", "campaign": campaign["name"]}
            for campaign in taxonomy.get("campaigns", [])
        ],
        "phones": [phone["number"] for phone in phones if phone["use"] not in ("emergency", "retired")],
        "retired_phones": [phone["number"] for phone in phones if phone["use"] == "retired"],
        "addresses": taxonomy.get("addresses", []),
        "hours": _hours(taxonomy.get("hours", {})),
        "licenses": [entry["number"] for entry in taxonomy.get("licenses", [])],
    }
    if emergency:
        document["emergency_phone"] = emergency[0]
    if "emergency" in taxonomy:
        document["emergency_service"] = taxonomy["emergency"]["offered"]
        document |= _emergency_terms(taxonomy["emergency"].get("promise") or "")
    if "financing" in taxonomy:
        document["financing"] = taxonomy["financing"]
    return {name: value for name, value in document.items() if value or isinstance(value, bool)}


def synonyms_of(taxonomy: Mapping[str, Any], name: str) -> list[str]:
    return list(taxonomy.get("synonyms", {}).get(name, ()))


def _zone(zone: Mapping[str, Any]) -> dict[str, Any]:
    parts = {"cities": "cities", "zips": "zips", "counties": "counties", "neighborhoods": "covers"}
    return {"name": zone["name"], "state": zone["state"]} | {
        ours: zone.get(theirs, []) for ours, theirs in parts.items()
    }


def _emergency_terms(promise: str) -> dict[str, Any]:
    """Return the terms of a promise such as "24/7, surcharge CA$95 after 20:00" or "Mon-Sat 07:00-22:00"."""
    terms: dict[str, Any] = {}
    if days := re.match(r"([a-z]{3}(?:-[a-z]{3})?) (\d\d:\d\d-\d\d:\d\d)", promise.lower()):
        terms["emergency_hours"] = _hours({days[1]: days[2]})
    elif promise.startswith("24/7"):
        terms["emergency_hours"] = _hours("24/7")
    if within := re.search(r"within (\d+) (hour|minute)", promise):
        terms["emergency_response_minutes"] = int(within[1]) * (60 if within[2] == "hour" else 1)
    if fee := re.search(r"(?:surcharge|fee) (?:CA)?\$(\d+)", promise):
        terms["emergency_surcharge"] = fee[1]
    return terms


def _plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    document = {"name": plan["name"], "active": plan.get("active", True)}
    document |= {name: plan[name] for name in ("price", "period") if plan.get(name)}
    benefits = {"discount_percent": plan.get("repair_discount_percent"), "visits_per_year": plan.get("visits_per_year")}
    return document | {"benefits": {name: value for name, value in benefits.items() if value is not None}}


def _priced(item: Mapping[str, Any]) -> dict[str, Any]:
    low, _, high = str(item["price"]).partition("-")
    return {"name": item["service"], "price": low} | ({"price_to": high} if high else {})


def _offer(offer: Mapping[str, Any]) -> dict[str, Any]:
    document = {"name": offer["name"]}
    names = {
        "audience": "audience",
        "price": "price",
        "amount_off": "amount_off",
        "percent": "percent_off",
        "starts": "starts",
        "ends": "ends",
    }
    return document | {ours: offer[theirs] for theirs, ours in names.items() if offer.get(theirs) is not None}


def _hours(hours: Mapping[str, str] | str) -> dict[str, list[list[str]]]:
    if isinstance(hours, str):
        return {day: [["00:00", "24:00"]] for day in _DAYS} if hours == "24/7" else {}
    document: dict[str, list[list[str]]] = {}
    for days, spans in hours.items():
        first, _, last = days.partition("-")
        for day in _DAYS[_DAYS.index(first) : _DAYS.index(last or first) + 1]:
            if times := [list(match) for match in _SPAN.findall(spans)]:
                document[day] = times
    return document
