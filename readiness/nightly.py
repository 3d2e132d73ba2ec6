"""Nightly run of the claim guard over every page as a reader gets it."""

from collections.abc import Iterator

from .errors import PackNotLoaded
from .models import ClaimScan
from .page_html import page_html
from .services import scan
from .services.current import current
from .shape import Pack


def rendered(pack: Pack) -> Iterator[scan.Text]:
    """Yield every page of the pack as HTML."""
    for slug, page in pack.pages.items():
        yield scan.Text(f"rendered page {slug}", page_html(pack, page))


def scan_claims() -> ClaimScan | None:
    """Scan rows, files and rendered pages. Return None if there is no pack yet."""
    try:
        pack = current()
    except PackNotLoaded:
        return None
    return scan.scan(rendered(pack))
