"""HTTP response with a packet file, sent only if its bytes are as sealed."""

import hashlib
import logging

from django.http import Http404, HttpResponse

from attribution.models import Packet, PacketFile, PacketPart
from pagetojob.transparency.verify import SHORT
from pagetojob.transparency.views import bundle_download

from .files import FILES, NAMES
from .selectors import as_sealed

log = logging.getLogger(__name__)

#: A person must repair changed bytes.
RETRY_SECONDS = 3600


def sent(row: PacketFile) -> HttpResponse:
    """Return a file as an attachment, since a stored page has its own styles, or a 503 if its bytes were changed.

    Needs a scope that reads the file. Raises FileKeyUnusable, for which there is a page.
    """
    content = as_sealed(row)
    return _altered(row) if content is None else attachment(content, *FILES[PacketPart(row.part)])


def bundle_of(packet: Packet) -> HttpResponse:
    """Return all files of a packet with the proof that they are in the public log; 404 while they are made.

    The name of the download begins the SHA-256 of `packet.json`, so that `verify.py` notices exchanged downloads. Like
    `sent`, if a file was changed or its key cannot be used.
    """
    files = {}
    for row in packet.files.all():
        content = as_sealed(row)
        if content is None:
            return _altered(row)
        files[FILES[PacketPart(row.part)][0]] = content
    if not files:
        raise Http404
    digest = hashlib.sha256(files[NAMES[PacketPart.DATA]]).hexdigest()
    return bundle_download(files, name=f"packet-{digest[:SHORT]}")


def _altered(row: PacketFile) -> HttpResponse:
    log.error("sealed data altered", extra={"kind": f"packet {row.part}", "public_id": str(row.packet.public_id)})
    message = "This file differs from the sealed one, so it cannot be downloaded. We are investigating."
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return HttpResponse(message, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Return a download that no cache stores."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
