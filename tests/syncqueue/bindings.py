"""Requests that an incomplete page binding blocks, and its correction."""

from django.urls import reverse

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.connectors import deliver
from syncqueue.models import Kind, SyncItem
from syncqueue.services import bindings
from syncqueue.services.delivery import drain
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment

REASON = "the page sells AC repair"
PATH = "/tune-up-tempe"


def capture_blocked(tenant: Tenant, count: int = 1, path: str = PATH) -> list[SyncItem]:
    """Return requests from a page, processed until they are blocked."""
    leads = []
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, path)
        for _ in range(count):
            lead, _ = capture_request(tenant=tenant, request=appointment(page_path=path), binding=binding)
            leads.append(lead.pk)
    drain(deliver, worker="test")
    with scope.worker():
        result = SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, lead__in=leads).select_related("lead", "tenant")
        return list(result.order_by("id"))


def roles(tenant: Tenant, **changes: str | None) -> dict[str, TaxonomyItem | None]:
    """Return the items of a complete binding of the demo tenant, by name, with `changes`."""
    names: dict[str, str | None] = {
        "job_type": "AC Repair",
        "business_unit": "Residential HVAC",
        "booking_provider": "PageToJob appointment request",
    }
    wanted = names | changes
    with scope.worker():
        by_name = {entry.name: entry for entry in TaxonomyItem.objects.filter(tenant=tenant)}
    return {role: by_name[name] if (name := wanted.get(role)) else None for role in PageBinding.MAPPED}


def correct(item: SyncItem, actor: User, based_on: int = 0, **changes: str | None) -> bindings.Corrected:
    chosen = roles(item.tenant, **changes)
    with scope.operator(actor, reason="test"):
        return bindings.correct_binding(item=item, actor=actor, chosen=chosen, based_on=based_on, reason=REASON)


def reload(item: SyncItem) -> SyncItem:
    with scope.worker():
        return SyncItem.objects.select_related("binding", "lead", "tenant").get(pk=item.pk)


def url(item: SyncItem, name: str = "ops:binding") -> str:
    return reverse(name, args=[item.public_id])
