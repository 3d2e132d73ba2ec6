"""Helpers that inspect a packet, as WeasyPrint's layout and as a finished PDF, and a small pack to make one from."""

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pagetojob.platform.canonical import canonical_json, sha256_hex
from readiness.models import PackVersion
from readiness.shape import Pack

MOMENT = datetime(2026, 11, 24, 21, 7, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Sheet:
    """A page with its words by position, and how far its text stays within bounds (CSS pixels)."""

    body: str
    head: str
    foot: str
    number: str
    #: Distance of the lowest body line below the body; 0 or less if it fits.
    overflow: float
    #: Space left below the lowest footer line.
    foot_room: float


def lay_out(html: str) -> list[Sheet]:
    """Lay out every page of the packet. Slow: about a tenth of a second per page."""
    import weasyprint

    return [_sheet(page._page_box) for page in weasyprint.HTML(string=html).render().pages]


def _sheet(page: Any) -> Sheet:
    margins = {box.at_keyword: box for box in page.children if hasattr(box, "at_keyword")}
    body = [box for box in page.children if not hasattr(box, "at_keyword")]
    bottom = page.content_box_y() + page.height
    lines = [line for box in body for line in _lines(box)]
    foot = list(_lines(margins["@bottom-left"]))
    return Sheet(
        body=_words(lines),
        head=_words(_lines(margins["@top-right"])) if "@top-right" in margins else "",
        foot=_words(foot),
        number=_words(_lines(margins["@bottom-right"])),
        overflow=max((line.position_y + line.height for line in lines), default=0) - bottom,
        foot_room=page.margin_height() - max(line.position_y + line.height for line in foot),
    )


def _lines(box: Any) -> list[Any]:
    return [line for line in box.descendants() if type(line).__name__ == "LineBox"]


def _words(lines: list[Any]) -> str:
    texts = ("".join(box.text for box in line.descendants() if hasattr(box, "text")) for line in lines)
    return " ".join(" ".join(texts).split())


class Paper:
    """Return a finished PDF with its compressed parts expanded."""

    def __init__(self, content: bytes) -> None:
        parts = [content]
        for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
            try:
                parts.append(zlib.decompress(stream))
            except zlib.error:
                continue
        self._content = b"\n".join(parts)

    def has(self, text: str) -> bool:
        return text.encode() in self._content


def small(**changes: Any) -> Pack:
    """Return a pack of two pages, one of them with worst-case wording."""
    row = {
        "kind": "entry",
        "anchor": "entry-one",
        "slug": "one",
        "title": "A line",
        "owner": "PageToJob",
        "status": "review due",
        "stored_status": "ready now",
        "since": "2026-11-01T00:00:00+00:00",
        "changed_at": "2026-11-01T00:00:00+00:00",
        "fields": [
            {"name": "body", "label": "", "role": "text", "text": "Bad <b>words</b> & <img src=file:///etc/passwd>"},
            {"name": "points", "label": "Points", "role": "list", "items": ["first point", "second point"]},
        ],
        "evidence": [],
        "as_built": {"dated": "2026-11-20", "text": "It has outgrown this."},
    }
    cover, claims = (
        {
            "slug": slug,
            "title": f"Title of {slug}",
            "heading": f"Heading of {slug}",
            "intro": "An intro.",
            "notice": "A notice.",
            "changed_at": "2026-11-01T00:00:00+00:00",
            "sections": [{"slug": "one", "heading": "First section", "intro": "", "rows": [row]}],
        }
        for slug in ("landing", "claims")
    )
    document = {
        "schema": "pagetojob.readiness-pack/1",
        "valid_until": "",
        "pages": [cover, claims],
        "disclaimers": [{"title": "We are not them."}, {"title": "Their name is theirs."}],
        **changes,
    }
    return Pack(number=7, sha256=sha256_hex(canonical_json(document)), created_at=MOMENT, document=document)


def version_of(pack: Pack) -> PackVersion:
    return PackVersion.objects.create(
        number=pack.number, sha256=pack.sha256, cause="A test.", body=canonical_json(pack.document)
    )


def squeezed(text: str) -> str:
    """Remove white space: a line may end anywhere, for example after a hyphen."""
    return "".join(text.split())
