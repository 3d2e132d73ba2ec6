"""Keeping what a page was: once for as long as it does not change."""

import hashlib
import zlib

from pagetojob.platform.tenants.models import Tenant

from ..models import Snapshot
from ..reading.decoding import decode
from ..reading.outline import outline

LONGEST_TEXT = 1_000_000


def keep(
    *, tenant: Tenant | int, page: str, body: bytes, charset: str = "", etag: str = "", last_modified: str = ""
) -> tuple[Snapshot, bool]:
    """The snapshot of a page as it is now, and whether that is new. Raises PageRefused for what is no page.

    Two queries at most. The marks of the server are brought up to date on a snapshot that is kept already.
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
    """The bytes of the page as they came."""
    return zlib.decompress(bytes(snapshot.html))


def words_of(snapshot: Snapshot) -> str:
    """What a visitor read on the page, a block a line."""
    return zlib.decompress(bytes(snapshot.text)).decode()


def text_of(html: str) -> str:
    """What a visitor reads on a page, a block a line. Raises PageRefused."""
    return "\n".join(" ".join(block.text.split()) for block in outline(html).blocks if block.text.strip())
