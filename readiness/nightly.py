"""Nightly run of the claim guard over every page as a reader gets it, and over what contractors published."""

from collections.abc import Iterator

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import LegalText, Tenant
from pagetojob.titanmap.models import CapacityRule, TaxonomyItem
from pagetojob.titanmap.selectors import newest_pages

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


def of_contractors() -> Iterator[scan.Text]:
    """Yield what visitors of each contractor's website read. Makes five queries for each contractor."""
    with scope.worker():
        tenants = list(Tenant.objects.order_by("id"))
    for tenant in tenants:
        with scope.tenant(tenant.pk):
            texts = list(_published(tenant))
        for name, text in texts:
            yield scan.Text(f"contractor {tenant.slug}: {name}", text)


def _published(tenant: Tenant) -> Iterator[tuple[str, str]]:
    for page in newest_pages(tenant):
        yield f"page {page.slug}", f"{page.headline}\n\n{page.intro}"
    for item in TaxonomyItem.objects.filter(tenant=tenant, published__active=True):
        yield item.family, f"{item.public.name}\n\n{item.public.detail}"
    for rule in CapacityRule.objects.filter(tenant=tenant).exclude(sentence=""):
        yield "capacity rule", rule.sentence
    newest = LegalText.objects.filter(tenant=tenant, published_at__isnull=False).order_by("kind", "-version")
    for text in newest.distinct("kind"):
        yield text.get_kind_display(), text.text


def scan_claims() -> ClaimScan | None:
    """Scan rows, files, rendered pages and texts of contractors. Return None if there is no pack yet."""
    try:
        pack = current()
    except PackNotLoaded:
        return None
    return scan.scan(rendered(pack), of_contractors())
