"""The last page of a website whose contract has ended: the phone number until a day, and nothing after it."""

from dataclasses import dataclass

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant

from .models import Offboarding


@dataclass(frozen=True)
class LastPage:
    """Facts for a visitor of an offboarded contractor; neither name nor number when `is_over`."""

    name: str = ""
    phone: str = ""
    is_over: bool = True


def last_page(slug: str) -> LastPage | None:
    """Return the last page of an offboarded contractor; None for any other. At most two queries and a scope."""
    tenant = Tenant.objects.filter(slug=slug, state=Lifecycle.CLOSED, page_until__isnull=False).first()
    if tenant is None or tenant.page_until is None:
        return None
    if tenant.page_until < tenant.today():
        return LastPage()
    with scope.tenant(tenant.pk):
        phones = Offboarding.objects.filter(tenant=tenant, withdrawn_at=None).values_list("page_phone", flat=True)
        return LastPage(name=tenant.name, phone=phones.first() or "", is_over=False)
