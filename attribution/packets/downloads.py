"""HTTP response with a packet file, sent only if its bytes are as sealed."""

import logging

from django.http import Http404, HttpResponse

from attribution.models import Packet, PacketFile, PacketPart
from pagetojob.transparency.views import bundle_download

from .files import FILES
from .selectors import as_sealed

log = logging.getLogger(__name__)


def sent(row: PacketFile) -> HttpResponse:
    """Return a file as an attachment, since a stored page has its own styles, or a 503 if its bytes were changed.

    Needs a scope that reads the file.
    """
    part, content = PacketPart(row.part), as_sealed(row)
    if content is None:
        log.error("sealed data altered", extra={"kind": f"packet {part}", "public_id": str(row.packet.public_id)})
        message = "This file differs from the sealed one, so it cannot be downloaded. We are investigating."
        return HttpResponse(message, status=503, content_type="text/plain; charset=utf-8")
    return attachment(content, *FILES[part])


def bundle_of(packet: Packet) -> HttpResponse:
    """Return all files of a packet with the proof that they are in the public log; 404 while they are made.

    Needs a scope that reads the files.
    """
    files = {FILES[PacketPart(row.part)][0]: as_sealed(row) for row in packet.files.all()}
    whole = {name: content for name, content in files.items() if content is not None}
    if not whole or len(whole) < len(files):
        raise Http404
    return bundle_download(whole, name=f"packet-{packet.public_id}")


def attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Return a download that no cache stores."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
