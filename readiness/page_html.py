"""A page of the pack as HTML."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from pagetojob.platform.tenants.models import User

from . import figures, panels
from .models import PackVersion
from .panels import summary
from .shape import Pack, PageView
from .templatetags.pack import pack_url


def page_html(
    pack: Pack, page: PageView, *, results: Mapping[str, dict[str, Any]] | None = None, **more: object
) -> str:
    """Return a page as HTML. `more` has `archived` and `newest` (a number) for a page of an older version, and
    `preview` for a page with changes that are not saved.

    `results` maps section slugs to panel contexts that answer a form, instead of the panel's own.

    Makes at most two queries in addition to those of its panels.
    """
    before, after = figures.neighbours(pack, page)
    context = {
        "pack": pack,
        "page": page,
        "styles": panels.styles(page),
        "panels": _of_version(pack, page) if more.get("archived") else panels.compute(pack, page, results),
        "canonical": settings.PUBLIC_URL + pack_url(page.slug),
        "before": before,
        "after": after,
        "tiles": figures.row_tiles(page),
        "span": figures.span(page),
        "shares": figures.shares(page.statuses),
        "attesters": _attesters(page),
        "version": pack.number if more.get("archived") else None,
    }
    if page.slug == "landing":
        context |= _overview(pack)
    return render_to_string("readiness/page.html", context | more)


def _of_version(pack: Pack, page: PageView) -> dict[str, dict[str, Any]]:
    """Return the panels of an old page that show only data of the version itself."""
    return {
        section.slug: {"template": "readiness/panels/summary.html", **summary.context(pack, page)}
        for section in page.sections
        if section.layout.panel == "summary"
    }


def _attesters(page: PageView) -> dict[int, str]:
    """Return the names of people who attested an answer or evidence. Makes at most a query."""
    ids = people_on(page)
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def people_on(page: PageView) -> set[int]:
    """Return the ids of people whom the page names."""
    rows = [row for section in page.sections for row in section.rows]
    of_evidence = [piece.get("people", {}) for row in rows for piece in row["evidence"]]
    ids = {row["attested"]["by"] for row in rows if "attested" in row}
    return ids | {person for people in of_evidence for person in people.values() if person}


def _overview(pack: Pack) -> dict[str, Any]:
    """Return the summary of the whole pack and its latest change. Makes one query."""
    totals = figures.totals(pack)
    return {
        "totals": totals,
        "shares": figures.shares(totals),
        "register": figures.register(pack),
        "lately": figures.lately(pack),
        "cause": PackVersion.objects.values_list("cause", flat=True).filter(number=pack.number).first(),
    }
