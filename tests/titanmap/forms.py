"""Fields of the workbench forms for a page draft and a capacity rule."""

from typing import Any

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding, PageDraft

PAGE = "ac-repair-phoenix"
RULE_FIELDS = {
    "name": "Summer storms", "position": 1, "page_slug": "", "urgency": "", "hours": "", "zone_state": "",
    "day_kind": "", "season_from": "06-01", "season_to": "09-30", "primary": "call now", "secondary": "request",
    "sentence": "Storm season: please call.", "active": "on", "reason": "The owner said so.",
}  # fmt: skip


def draft_fields(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    with scope.tenant(tenant.pk):
        newest = PageBinding.objects.filter(slug=PAGE).order_by("-version")[0]
        fields = {name: getattr(newest, name) for name in ("page_path", "kind", "label", "headline", "intro")}
        fields |= {role: getattr(newest, f"{role}_id") or "" for role in PageBinding.MAPPED}
        return fields | {"based_on": newest.version, "reason": "The customer asked for it."} | changes


def newest_draft(tenant: Tenant) -> PageDraft:
    with scope.tenant(tenant.pk):
        return PageDraft.objects.order_by("-id")[0]
