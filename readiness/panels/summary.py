"""Panel with the counters of a page in their own section, as on the original page."""

from typing import Any

from .. import figures
from ..shape import Pack, PageView


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    claims = next((section for section in page.sections if section.kind == "claim"), None)
    return {
        "groups": figures.groups(page),
        "gates": figures.gates(claims) if claims else [],
        "claims": f"#{claims.slug}" if claims else "",
        "notice": page.notice,
        "due": [row for section in page.sections for row in section.rows if row.get("status") == "review due"],
        "tiles": figures.tiles(page),
        "span": figures.span(page),
        "shares": figures.shares(page.statuses),
    }
