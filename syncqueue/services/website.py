"""A change of a tenant's website that people agreed on: owed like everything else, and done by a person."""

from uuid import UUID

from django.db.models.functions import Now

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..models import Kind, SyncItem


def owe_website_update(*, tenant: Tenant, key: str, source: str) -> UUID:
    """Owe the change once for this `key`, in the caller's transaction; the public id of its item.

    `source` says in words which page and what for. A person makes the change and finishes the item by hand. It lands
    with the operators at once: nothing here publishes a page.
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
