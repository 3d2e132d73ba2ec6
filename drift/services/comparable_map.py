"""Load the Titan Map for comparing, with the additions that operators entered for the site."""

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
#: Fields that always come from the tables, never from the additions.
_OURS = ("family", "name", "active", "state")
_PLACE = re.compile(r"[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){0,3}")


def titan_map_of(site: Site) -> TitanMap:
    """Return the map of the site's tenant, with the additions in `site.more`.

    Needs a scope that can read the rows. Runs six queries.

    Raises BadMap if `site.more` is not a valid Titan Map.
    """
    tenant = Tenant.objects.get(pk=site.tenant_id)
    document = document_of(tenant)
    for zone in document.get("zones", ()):
        if not zone.get("cities") and (cities := _cities(zone.get("detail", ""))):
            zone["cities"] = list(cities)
    return with_additions(read_map(written(document)), site.more)


def with_additions(built: TitanMap, more: dict[str, Any]) -> TitanMap:
    """Merge additions into the map. Names, the active flag and the state of a zone come from the tables."""
    if not more:
        return built
    added = read_map(json.dumps(more | {"schema": SCHEMA}).encode())
    changed: dict[str, Any] = {}
    for part in fields(TitanMap):
        ours, theirs = getattr(built, part.name), getattr(added, part.name)
        if part.name in _NAMED:
            changed[part.name] = _joined(ours, theirs)
        elif part.name == "page_bindings":
            taken = {binding.page_path for binding in ours}
            changed[part.name] = (*ours, *(binding for binding in theirs if binding.page_path not in taken))
        elif part.name != "name" and theirs not in ("", (), {}, None):
            changed[part.name] = theirs
    return replace(built, **changed)


def _joined(ours: Sequence[Any], theirs: Sequence[Any]) -> tuple[Any, ...]:
    by_name = {item.name.casefold(): item for item in theirs}
    joined = [_over(item, by_name.pop(item.name.casefold(), None)) for item in ours]
    return (*joined, *by_name.values())


def _over(ours: Any, theirs: Any) -> Any:
    if theirs is None:
        return ours
    additions = {part.name: getattr(theirs, part.name) for part in fields(theirs) if part.name not in _OURS}
    return replace(ours, **{name: value for name, value in additions.items() if value != _default(theirs, name)})


def _default(item: Any, name: str) -> Any:
    return next(part.default for part in fields(item) if part.name == name)


def _cities(detail: str) -> tuple[str, ...]:
    """Parse a list of cities such as “Phoenix, Tempe and Mesa”. Any other text gives none."""
    parts = [part.strip() for part in re.split(r",| and ", detail) if part.strip()]
    return tuple(parts) if parts and all(_PLACE.fullmatch(part) for part in parts) else ()
