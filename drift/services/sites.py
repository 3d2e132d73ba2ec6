"""Save a tenant's site: its base address and reading settings."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import Tenant, User

from ..models import Site

_KEPT = ("base_url", "every_hours", "page_budget", "delay_ms", "reads_itself", "more")


@transaction.atomic
def save_site(*, tenant: Tenant, actor: User, reason: str, **facts: Any) -> Site:
    """Create or update the site. Needs the operator scope. A changed base address makes the next reading due now."""
    before = Site.objects.filter(tenant=tenant).first()
    if before is None:
        site = Site.objects.create(tenant=tenant, **facts)
    else:
        site = Site.objects.get(pk=before.pk)
        for name in _KEPT:
            setattr(site, name, facts[name])
        if site.base_url != before.base_url:
            site.due_at = Now()
        site.save()
    changes = {
        name: (getattr(before, name, None), facts[name])
        for name in _KEPT
        if name != "more" and getattr(before, name, None) != facts[name]
    }
    record_change("drift.save_site", site, actor=actor, reason=reason, **changes)
    return site
