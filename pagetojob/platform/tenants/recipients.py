"""The address that is notified about new requests. Needs a scope that may read the tenant's recipients."""

from django.db.models import F

from .models import NoticeRecipient


def notice_address(tenant_id: int) -> str:
    """Return the first active address, a confirmed one before others; empty if there is none. Runs one query."""
    rows = NoticeRecipient.objects.filter(tenant=tenant_id, active=True)
    return rows.order_by(F("confirmed_at").asc(nulls_last=True), "pk").values_list("email", flat=True).first() or ""
