"""Enqueues the work that an import by API leaves to people: approving a map, and outcomes that were left out."""

from django.db.models.functions import Now

from pagetojob.importer.models import Upload
from pagetojob.importer.targets import target_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from ..models import OPEN, Kind, SyncItem


def enqueue_map_review(upload: Upload, retired: int) -> None:
    """Enqueue the review of an import into the map, once for each kind of content that waits."""
    label = target_of(upload.target).label
    gone = f", {retired:,} no longer active in ServiceTitan" if retired else ""
    _enqueue(upload.tenant, Kind.TAXONOMY_IMPORT, upload.target, str(upload.public_id), f"Review {label}{gone}")


def enqueue_outcome_review(*, tenant: Tenant, key: str, source: str) -> None:
    """Enqueue the review of outcomes, in the caller's transaction. `source` describes what is to be reviewed."""
    _enqueue(tenant, Kind.OUTCOME_MATCH, "outcomes", key, source)


def _enqueue(tenant: Tenant, kind: Kind, about: str, key: str, source: str) -> None:
    """Enqueue an item unless one about the same is still open. A person completes it manually."""
    with scope.worker():
        about = f"api:{about}:"
        if SyncItem.objects.filter(tenant=tenant, kind=kind, dedupe_key__startswith=about, state__in=OPEN).exists():
            return
        SyncItem.objects.get_or_create(
            tenant=tenant,
            lead=None,
            kind=kind,
            dedupe_key=f"{about}{key}"[:80],
            defaults={"source": source[:200], "due_at": Now()},
        )
