"""Load the demo tenant's website: its page rows, and the site to read."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..demo_pages import BASE, extra_map_parts, pages
from ..models import DemoPage, Site


@transaction.atomic
def load_demo_site(tenant: Tenant) -> Site:
    """Create the missing pages and the site. Existing pages stay unchanged. Runs three queries."""
    today = timezone.now().date()
    with scope.tenant(tenant.pk):
        DemoPage.objects.bulk_create(
            [DemoPage(tenant=tenant, path=path, html=html) for path, html in pages(today).items()],
            ignore_conflicts=True,
        )
        site, _ = Site.objects.get_or_create(
            tenant=tenant,
            defaults={"base_url": f"{settings.PUBLIC_URL}{BASE}", "delay_ms": 100, "more": extra_map_parts(today)},
        )
    return site
