"""Enqueues an agreed change of a tenant's website, which a person carries out."""

from uuid import UUID

from django.db.models.functions import Now

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..models import Kind, SyncItem


def enqueue_website_update(*, tenant: Tenant, key: str, source: str) -> UUID:
    """Enqueue the change once for this `key`, in the caller's transaction; return the public id of its item.

    `source` says in words which page and why. A person makes the change and completes the item manually. Operators see
    it at once; nothing here publishes a page.
    """
    with scope.worker():
        item, _ = SyncItem.objects.get_or_create(
            tenant=tenant,
            lead=None,
            kind=Kind.WEBSITE_UPDATE,
            dedupe_key=key[:80],
            defaults={"source": source[:200], "due_at": Now()},
        )
    return item.public_id
