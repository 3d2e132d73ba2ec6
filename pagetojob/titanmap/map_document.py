"""Convert the database's Titan Map to its documented JSON form, and JSON documents to import rows.

docs/reference/titan-map-json.md documents the form; `compare.map_json` reads it for comparing.
"""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from pagetojob.importer.models import Upload
from pagetojob.importer.parsed_uploads import ParsedRow, take_parsed
from pagetojob.importer.refusals import Reason, refusal_of
from pagetojob.platform.phones import north_american
from pagetojob.platform.strict_json import loads, pointer
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import capacity, documents, facts
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, TaxonomyItem
from pagetojob.titanmap.rules import values_of
from pagetojob.titanmap.selectors import newest_pages

from .map_errors import BadMap
from .map_json import DEEPEST, read_map
from .map_types import SCHEMA

#: The document's part for each family.
FAMILIES = {
    "job_types": Family.JOB_TYPE, "business_units": Family.BUSINESS_UNIT, "campaigns": Family.CAMPAIGN,
    "zones": Family.ZONE, "memberships": Family.MEMBERSHIP, "pricebook_services": Family.PRICEBOOK_SERVICE,
    "booking_providers": Family.BOOKING_PROVIDER, "offers": Family.OFFER,
}  # fmt: skip
SHOP = (*facts.SHOP, "hours", "holidays")
BENEFITS = ("discount_percent", "visits_per_year")
LARGEST, MOST_ROWS = 4_000_000, 20_000
_ITS_NAMES = {"id": "external_id", "state": "zone_state"}
_OWN_NAMES = {ours: theirs for theirs, ours in _ITS_NAMES.items()}


def document_of(tenant: Tenant) -> dict[str, Any]:
    """Return a tenant's map in the documented form, without empty values.

    Needs a scope that can read the rows. Runs five queries. Omits phone numbers outside North America and unreadable
    hours, because no reader of the form accepts them.
    """
    document: dict[str, Any] = {"schema": SCHEMA, "tenant": {"name": tenant.name, "time_zone": tenant.time_zone}}
    items = list(TaxonomyItem.objects.filter(tenant=tenant).order_by("family", "name", "id"))
    for part, family in FAMILIES.items():
        document[part] = [_item(item) for item in items if item.family == family]
    document |= _shop(documents.shop_of(tenant))
    document["page_bindings"] = [_without_empty(documents.state_of_page(page)) for page in newest_pages(tenant)]
    rules = CapacityRule.objects.filter(tenant=tenant)
    document["capacity_rules"] = [_without_empty(_renamed(values_of(rule), "page_slug", "page")) for rule in rules]
    return {name: part for name, part in document.items() if part not in ([], {})}


def written(document: Mapping[str, Any]) -> bytes:
    """Serialize a document. The same map gives the same bytes."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _item(item: TaxonomyItem) -> dict[str, Any]:
    values: dict[str, Any] = {"name": item.name, "id": item.external_id, "active": item.active}
    values |= {"state": item.zone_state, "detail": item.detail} | item.facts
    if item.family == Family.MEMBERSHIP and (
        benefits := {name: values.pop(name) for name in BENEFITS if name in values}
    ):
        values["benefits"] = benefits
    return _without_empty(values)


def _shop(shop: dict[str, Any]) -> dict[str, Any]:
    for name in ("phones", "tracking_phones", "retired_phones"):
        shop[name] = [number for number in shop.get(name, ()) if north_american(number)]
    if not north_american(shop.get("emergency_phone", "")):
        shop.pop("emergency_phone", None)
    if not capacity.read_week(shop.get("hours", {})):
        shop.pop("hours", None)
    try:
        shop["holidays"] = facts.read_holidays(shop.get("holidays") or {})
    except facts.FactsRefused:
        shop.pop("holidays")
    return shop


def _renamed(values: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in values.items()}


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def take_document(*, tenant: Tenant, content: IO[bytes], name: str, actor: User | None) -> Upload:
    """Stage a document as an upload. Its rows show their changes and wait for approval; nothing is imported yet.

    Raises BadMap with the place in the file, and ImportRefused. As many queries as `take_parsed`.
    """
    content.seek(0)
    data = content.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadMap(f"A Titan Map can have at most {LARGEST // 1_000_000} MB.")
    read_map(data)
    document = loads(data, deepest=DEEPEST)
    _refuse_secrets(document, "#")
    rows = list(_rows(document, tenant))
    if not rows:
        raise BadMap("The document contains no data for a map.")
    if len(rows) > MOST_ROWS:
        raise BadMap(f"A Titan Map can have at most {MOST_ROWS:,} items, pages and rules.")
    content.seek(0)
    return take_parsed(
        tenant=tenant, target=documents.SLUG, content=content, name=name, form="JSON", rows=rows, actor=actor
    )


def _refuse_secrets(value: Any, where: str) -> None:
    """Refuse credentials anywhere, and formulas and personal data in item texts.

    Shop fields may contain the shop's own details.
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_secrets(name, where)
            _refuse_secrets(inner, where + pointer(name)[1:])
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _refuse_secrets(inner, f"{where}/{place}")
    elif isinstance(value, str) and (refusal := refusal_of(value)) is not None:
        of_the_shop = where.split("/")[1] in SHOP if "/" in where else False
        if refusal.reason is Reason.SECRET or not of_the_shop:
            raise BadMap(f"This looks like {refusal.what}. {refusal.advice}", where)


def _rows(document: Mapping[str, Any], tenant: Tenant) -> Iterator[ParsedRow]:
    """Yield the document's rows numbered from 1: items, the shop, pages, rules."""
    number = 0
    for part, family in FAMILIES.items():
        for place, entry in enumerate(document.get(part, ())):
            number += 1
            where = f"#/{part}/{place}"
            yield ParsedRow(number, where, documents.key_of(family, entry["name"]), _item_values(family, entry, where))
    if shop := {name: document[name] for name in SHOP if document.get(name) not in (None, [], {}, "")}:
        number += 1
        yield ParsedRow(number, "#", f"{documents.SHOP}:{tenant.slug}", shop | _shop_values(shop))
    for place, entry in enumerate(document.get("page_bindings", ())):
        number += 1
        where = f"#/page_bindings/{place}"
        yield ParsedRow(number, where, documents.key_of(documents.PAGE, _slug(entry)), _page_values(entry, where))
    for place, entry in enumerate(document.get("capacity_rules", ())):
        number += 1
        values = _renamed(dict(entry), "page", "page_slug")
        yield ParsedRow(number, f"#/capacity_rules/{place}", documents.key_of(documents.RULE, entry["name"]), values)


def _item_values(family: Family, entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Convert an item to stored values. Raises BadMap for values that can be compared but not stored."""
    flat = {_ITS_NAMES.get(name, name): value for name, value in entry.items() if value is not None}
    flat |= flat.pop("benefits", None) or {}
    if not isinstance(flat.get("external_id", 0), int):
        raise BadMap("An id must be a whole number: the item's id in ServiceTitan.", f"{where}/id")
    if not 0 <= flat.get("external_id", 0) < 2**63:
        raise BadMap("An id must be a whole number of at most 19 digits.", f"{where}/id")
    for name, longest in (("name", 120), ("detail", 200)):
        if len(flat.get(name, "")) > longest:
            raise BadMap(f"This can have at most {longest} characters.", f"{where}/{name}")
    columns = {
        name: flat.pop(name) for name in ("name", "external_id", "active", "detail", "zone_state") if name in flat
    }
    try:
        return columns | facts.read(family, flat)
    except facts.FactsRefused as refused:
        raise BadMap(str(refused), f"{where}/{_OWN_NAMES.get(refused.name, refused.name)}") from None


def _shop_values(shop: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the shop's facts to the form in which they are stored, so that an import can be undone."""
    try:
        return facts.read_shop({name: value for name, value in shop.items() if name in facts.SHOP})
    except facts.FactsRefused as refused:
        raise BadMap(str(refused), f"#/{refused.name}") from None


def _slug(entry: Mapping[str, Any]) -> str:
    """Return the binding's slug, or one derived from its path."""
    return str(entry.get("slug") or entry["page_path"].strip("/").replace("/", "-") or "home")[:80]


def _page_values(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    if entry.get("membership"):
        raise BadMap("A page cannot be bound to a membership.", f"{where}/membership")
    values = {name: entry[name] for name in PageBinding.CONTENT_FIELDS if entry.get(name) is not None}
    return {"label": entry["page_path"], "kind": "service"} | values | {"slug": _slug(entry)}
