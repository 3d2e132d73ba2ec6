"""Signing secrets of webhook recipients, sealed with the tenant's data key in the vault."""

import time
from typing import Any

from django.db.models.functions import Now

from pagetojob.platform.sealing.tenant_box import TenantBox
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant
from pagetojob.servicetitan.vault.services.boxes import inbox_box

from .models import WebhookSecret

#: A process holds the data keys of a tenant this long; each load is an audit line.
CACHE_SECONDS = 60.0
_cached: dict[int, tuple[float, TenantBox]] = {}


def store(recipient: NoticeRecipient, secret: str) -> None:
    """Seal and store the secret of a recipient, replacing an earlier one."""
    tenant = Tenant.objects.get(pk=recipient.tenant_id)
    box = inbox_box(tenant, why="The secret of an outgoing webhook is stored.", by="notice settings")
    content = box.seal(secret.encode(), about=_about(recipient))
    with scope.tenant(tenant.pk):
        values: dict[str, Any] = {"box": content, "made_at": Now()}
        WebhookSecret.objects.update_or_create(tenant=tenant, recipient=recipient, defaults=values)


def load(recipient: NoticeRecipient) -> str:
    """Return the secret of a recipient. Raises WebhookSecret.DoesNotExist and the errors of the vault."""
    with scope.tenant(recipient.tenant_id):
        row = WebhookSecret.objects.get(tenant=recipient.tenant_id, recipient=recipient)
    return _box(recipient.tenant_id).open(bytes(row.box), about=_about(recipient)).decode()


def _box(tenant_id: int) -> TenantBox:
    until, box = _cached.get(tenant_id, (0.0, None))
    if box is None or until < time.monotonic():
        tenant = Tenant.objects.get(pk=tenant_id)
        box = inbox_box(tenant, why="Outgoing webhooks are signed.", by="notice sender")
        _cached[tenant_id] = (time.monotonic() + CACHE_SECONDS, box)
    return box


def _about(recipient: NoticeRecipient) -> str:
    return f"outgoing webhook {recipient.public_id}"
