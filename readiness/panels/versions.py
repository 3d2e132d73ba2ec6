"""Panel with the list of versions, newest first, and the form that compares two of them."""

from typing import Any

from ..selectors.versions import listing
from ..shape import Pack, PageView


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    return shown(pack, first=pack.number)


def shown(pack: Pack, *, first: int) -> dict[str, Any]:
    """Return the part of the list that begins at version `first`. At most two queries."""
    template = "readiness/panels/versions.html"
    return {"template": template, "pack": pack, "listing": listing(newest=first), "first": first}
