"""Standalone documents of a version: the printable packet of the whole pack, and a readable copy of each page.

They are built only from the version's document, without a clock, a query or a person's name. The same version always
gives the same text.
"""

import re
from functools import cache
from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from . import figures
from .errors import ReadinessError
from .shape import STATUSES, Pack, PageView

#: Minimum characters per footer line in the widest font we name, the line height, and the frame height.
FOOTER_LINE_LETTERS = 90
FOOTER_LINE_MM = 2.9
FOOTER_FRAME_MM = 13
#: A taller footer would leave no space for text on the page.
LARGEST_FOOTER_MM = 190


class PacketTooTall(ReadinessError):
    """The disclaimers are too long to fit on each page."""


def packet_html(pack: Pack, *, has_proof: bool = False) -> str:
    """Return the packet of a version: cover, contents and every page. Self-contained HTML for paged media.

    `has_proof` states that the proof of the version's place in the log will be attached.

    Raises PacketTooTall if the disclaimers leave no space on a page: they are never truncated.
    """
    pages = list(pack.pages.values())
    return render_to_string(
        "readiness/packet/packet.html",
        _shared(pack)
        | {
            "at_a_glance": [(page, _numbers(page)) for page in pages if page.statuses],
            "totals": figures.totals(pack),
            "statuses": STATUSES,
            "footer_mm": footer_mm(pack.disclaimers),
            "footer_line_mm": FOOTER_LINE_MM,
            "has_proof": has_proof,
            **_version_link(pack),
        },
    )


def copy_html(pack: Pack, page: PageView) -> str:
    """Return one page as self-contained HTML for reading from a folder, with links to the other copies."""
    return render_to_string("readiness/packet/copy.html", _shared(pack) | {"page": page})


def _shared(pack: Pack) -> dict[str, Any]:
    return {
        "pack": pack,
        "short": pack.sha256[:12],
        "moment": pack.created_at,
        "site": settings.PUBLIC_URL,
        "landing": settings.PUBLIC_URL + reverse("readiness:landing"),
        "colors": colors(),
    }


def _version_link(pack: Pack) -> dict[str, str]:
    """Return the address of the version's page, and a QR code that opens it."""
    import segno  # noqa: PLC0415 - only the maker of packets draws a QR code

    address = settings.PUBLIC_URL + reverse("readiness:version", args=[pack.number])
    return {"version_address": address, "qr": segno.make(address, error="m", micro=False).svg_data_uri(border=4)}


def _numbers(page: PageView) -> list[int]:
    """Return how many rows of a page have each status, in the order of `STATUSES`."""
    numbers = {count.label: count.value for count in page.statuses}
    return [numbers.get(status, 0) for status in STATUSES]


def footer_mm(disclaimers: list[str]) -> int:
    """Return the bottom margin that fits the disclaimers of every page, in millimeters."""
    lines = sum(-(-_width(disclaimer) // FOOTER_LINE_LETTERS) for disclaimer in disclaimers or [""])
    height = round(FOOTER_FRAME_MM + lines * FOOTER_LINE_MM)
    if height > LARGEST_FOOTER_MM:
        raise PacketTooTall(f"The disclaimers take {height} mm of each page, more than {LARGEST_FOOTER_MM}.")
    return height


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@cache
def colors() -> dict[str, str]:
    """Return the light-mode colors of static/tokens.css by name."""
    text = (settings.BASE_DIR / "static" / "tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}),", text))
