"""Site keys for staff: created, shown once, and inserted into the HTML form for a customer's website."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from pagetojob.platform.tenants import scope, site_keys
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant
from pagetojob.titanmap.models import PageBinding, Urgency
from syncqueue.envelope import SOMETHING_ELSE
from syncqueue.forms.appointment import consent_text
from syncqueue.leads.models import Window
from syncqueue.services.site import read_site


def fill_in(row: SiteKey) -> str:
    """Generate the key of a row that is about to be saved. The returned key is shown once and stored nowhere."""
    key = site_keys.draw()
    row.prefix, row.digest = site_keys.prefix(key), site_keys.digest(key) or ""
    return key


def snippet(*, tenant: Tenant, key: str, page: str) -> str:
    """Return the HTML form for a page of the tenant's website. `key` may be empty. Two queries."""
    with scope.tenant(tenant.pk):
        site = read_site(tenant)
    action = settings.PUBLIC_URL + reverse("intake:request", args=[tenant.slug])
    return render_to_string(
        "ops/snippet.html",
        {
            "action": f"{action}?{urlencode({'page': page})}" if page else action,
            "script": f"{settings.PUBLIC_URL}{settings.STATIC_URL}embed.js",
            "key": key,
            "services": (*site.services, SOMETHING_ELSE),
            "urgencies": Urgency.choices,
            "windows": Window.choices,
            "consent": consent_text(site),
        },
    )


def snippet_page(row: SiteKey, *, key: str = "", page: str = "") -> Mapping[str, Any]:
    """Return the context of a key's staff page. `page` is used only if it is bound. Four queries."""
    tenant = row.tenant
    with scope.tenant(tenant.pk):
        paths = PageBinding.objects.filter(tenant=tenant).order_by("page_path").values_list("page_path", flat=True)
        bound = list(dict.fromkeys(paths))
    chosen = page if page in bound else ""
    shown = key or f"INSERT THE KEY THAT BEGINS WITH {row.prefix}"
    return {
        "site_key": row,
        "key": key,
        "pages": bound,
        "page": chosen,
        "origins": SiteOrigin.objects.filter(tenant=tenant).order_by("origin").values_list("origin", flat=True),
        "snippet": snippet(tenant=tenant, key=shown, page=chosen),
    }
