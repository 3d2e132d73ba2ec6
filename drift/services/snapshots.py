"""Store page snapshots: one row for as long as the content does not change."""

import hashlib
import zlib

from pagetojob.platform.tenants.models import Tenant

from ..models import Snapshot
from ..reading.decoding import decode
from ..reading.outline import outline

LONGEST_TEXT = 1_000_000


def store_snapshot(
    *, tenant: Tenant | int, page: str, body: bytes, charset: str = "", etag: str = "", last_modified: str = ""
) -> tuple[Snapshot, bool]:
    """Return the snapshot of the page's current content and whether it is new. Raises PageRefused if it is not a page.

    At most two queries. Updates the ETag and Last-Modified values of an existing snapshot.
    """
    text = text_of(decode(body, charset=charset))
    owner = tenant.pk if isinstance(tenant, Tenant) else tenant
    snapshot, is_new = Snapshot.objects.get_or_create(
        tenant_id=owner,
        page=page,
        sha256=hashlib.sha256(body).hexdigest(),
        defaults={
            "html": zlib.compress(body, 6),
            "text": zlib.compress(text[:LONGEST_TEXT].encode(), 6),
            "size": len(body),
            "charset": charset[:40],
            "etag": etag,
            "last_modified": last_modified,
        },
    )
    if not is_new and (etag, last_modified) != (snapshot.etag, snapshot.last_modified):
        snapshot.etag, snapshot.last_modified = etag, last_modified
        snapshot.save(update_fields=["etag", "last_modified"])
    return snapshot, is_new


def html_of(snapshot: Snapshot) -> bytes:
    """Return the original bytes of the page."""
    return zlib.decompress(bytes(snapshot.html))


def text_of(html: str) -> str:
    """Return the visible text of a page, one block per line. Raises PageRefused."""
    return "\n".join(" ".join(block.text.split()) for block in outline(html).blocks if block.text.strip())
