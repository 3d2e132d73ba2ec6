"""A page of the pack as JSON data with a named schema. Pure."""

from typing import Any

from .shape import Pack, PageView

SCHEMA = "pagetojob.pack-page/1"


def page_document(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return all rows and counts of one page, with its version and the required disclaimers."""
    return {
        "schema": SCHEMA,
        "version": {
            "number": pack.number,
            "sha256": pack.sha256,
            "created_at": pack.created_at.isoformat(timespec="seconds"),
        },
        "page": {
            **{name: getattr(page, name) for name in ("slug", "title", "heading", "intro", "notice")},
            "changed_at": page.changed_at.isoformat(timespec="seconds"),
        },
        "counters": {
            "shown": [{"label": count.label, "value": count.value} for count in page.counters],
            "statuses": {count.label: count.value for count in page.statuses},
            "statuses_span": [section.slug for section in page.status_sections],
        },
        "sections": [
            {"slug": section.slug, "heading": section.heading, "intro": section.intro, "rows": section.rows}
            for section in page.sections
        ],
        "disclaimers": pack.disclaimers,
    }
