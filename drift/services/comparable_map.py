"""The Titan Map of the database as comparing reads it, with what operators add for one site."""

import json
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.map_document import document_of, written
from pagetojob.titanmap.map_json import read_map
from pagetojob.titanmap.map_types import SCHEMA, TitanMap

from ..models import Site

_NAMED = ("job_types", "business_units", "campaigns", "pricebook_services", "zones", "memberships", "offers")
#: What the tables decide, whatever is added.
_OURS = ("family", "name", "active", "state")
_PLACE = re.compile(r"[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){0,3}")


def titan_map_of(site: Site) -> TitanMap:
    """The map of the site's tenant, with what `site.more` adds. Needs a scope that shows the rows. Six queries.

    Raises MapRefused where `site.more` is no Titan Map.
    """
    tenant = Tenant.objects.get(pk=site.tenant_id)
    document = document_of(tenant)
    for zone in document.get("zones", ()):
        if not zone.get("cities") and (cities := _cities(zone.get("detail", ""))):
            zone["cities"] = list(cities)
    return with_more(read_map(written(document)), site.more)


def with_more(built: TitanMap, more: dict[str, Any]) -> TitanMap:
    """Add what is said beside the tables. Names, what is active, and the state of a zone stand as they are."""
    if not more:
        return built
    added = read_map(json.dumps(more | {"schema": SCHEMA}).encode())
    changed: dict[str, Any] = {}
    for part in fields(TitanMap):
        ours, theirs = getattr(built, part.name), getattr(added, part.name)
        if part.name in _NAMED:
            changed[part.name] = _joined(ours, theirs)
        elif part.name == "page_bindings":
            taken = {one.page_path for one in ours}
            changed[part.name] = (*ours, *(one for one in theirs if one.page_path not in taken))
        elif part.name != "name" and theirs not in ("", (), {}, None):
            changed[part.name] = theirs
    return replace(built, **changed)


def _joined(ours: Sequence[Any], theirs: Sequence[Any]) -> tuple[Any, ...]:
    by_name = {one.name.casefold(): one for one in theirs}
    joined = [_over(one, by_name.pop(one.name.casefold(), None)) for one in ours]
    return (*joined, *by_name.values())


def _over(ours: Any, theirs: Any) -> Any:
    if theirs is None:
        return ours
    said = {one.name: getattr(theirs, one.name) for one in fields(theirs) if one.name not in _OURS}
    return replace(ours, **{name: value for name, value in said.items() if value != _default(theirs, name)})


def _default(item: Any, name: str) -> Any:
    return next(one.default for one in fields(item) if one.name == name)


def _cities(detail: str) -> tuple[str, ...]:
    """“Phoenix, Tempe and Mesa” are three cities; a detail that is anything else names none."""
    parts = [part.strip() for part in re.split(r",| and ", detail) if part.strip()]
    return tuple(parts) if parts and all(_PLACE.fullmatch(part) for part in parts) else ()
