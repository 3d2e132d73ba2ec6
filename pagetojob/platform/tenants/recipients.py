"""Email addresses for things other than requests. Needs a scope that may read the recipients."""

from django.db.models import F

from .models import NoticeChannel, NoticeRecipient


def notice_address(tenant_id: int) -> str:
    """Return the best active email address; empty if there is none. Runs one query.

    An address that bounced comes last, a confirmed one before others.
    """
    rows = NoticeRecipient.objects.filter(tenant=tenant_id, active=True, channel=NoticeChannel.EMAIL)
    best = rows.order_by(F("bounced_at").asc(nulls_first=True), F("confirmed_at").asc(nulls_last=True), "level", "pk")
    return best.values_list("email", flat=True).first() or ""


def notified_addresses(tenant_id: int) -> set[str]:
    """Return the active email addresses in lower case. Runs one query."""
    rows = NoticeRecipient.objects.filter(tenant=tenant_id, active=True, channel=NoticeChannel.EMAIL)
    return {email.lower() for email in rows.values_list("email", flat=True)}
