"""The words of a version as documents that stand alone: the whole pack to be printed, and a copy of each page to read.

Built from the document of the version and nothing else: no clock, no query, no name of a person. The same version
gives the same text, whoever asks and whenever.
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

#: Of a footer line: how much fits into it at least, in the widest of the fonts we name, and how high it is.
FOOTER_LINE_LETTERS = 90
FOOTER_LINE_MM = 2.9
FOOTER_FRAME_MM = 13
#: More than this would leave no page to put text on.
LARGEST_FOOTER_MM = 190


class PacketTooTall(ReadinessError):
    """The disclaimers are so long that they do not fit on each page."""


def packet_html(pack: Pack) -> str:
    """The packet of a version: cover, contents, every page. Self-contained; meant for paged media.

    Raises PacketTooTall where the disclaimers leave no room on a page: none of them is ever cut.
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
        },
    )


def copy_html(pack: Pack, page: PageView) -> str:
    """One page to be read from a folder: self-contained, with links to the copies beside it."""
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


def _numbers(page: PageView) -> list[int]:
    """How many rows of a page have each status, in the order of `STATUSES`."""
    numbers = {count.label: count.value for count in page.statuses}
    return [numbers.get(status, 0) for status in STATUSES]


def footer_mm(disclaimers: list[str]) -> int:
    """How high the bottom margin must be so that the disclaimers of every page fit into it."""
    lines = sum(-(-_width(disclaimer) // FOOTER_LINE_LETTERS) for disclaimer in disclaimers or [""])
    height = round(FOOTER_FRAME_MM + lines * FOOTER_LINE_MM)
    if height > LARGEST_FOOTER_MM:
        raise PacketTooTall(f"The disclaimers take {height} mm of each page, more than {LARGEST_FOOTER_MM}.")
    return height


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@cache
def colors() -> dict[str, str]:
    """The colors of static/tokens.css as they are on light paper, by name."""
    text = (settings.BASE_DIR / "static" / "tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}),", text))
