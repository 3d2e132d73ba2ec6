"""Store and read files in bounded memory."""

import codecs
import hashlib
from collections.abc import Iterator
from typing import IO

from django.db import transaction

from pagetojob.platform.tenants.models import Tenant, User

from .models import CHUNK_BYTES, File, FileChunk, Purpose

MAX_BYTES = 25 * CHUNK_BYTES

#: File types by their first bytes. Other types are rejected, regardless of the file name.
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"),
)


class FileRefused(Exception):
    """Raised when a file cannot be stored or read; the message gives the reason and the remedy."""


def store_file(*, tenant: Tenant, content: IO[bytes], name: str, purpose: Purpose, actor: User | None) -> File:
    """Store the bytes of `content` (read once, in chunks) and return the File.

    Raises FileRefused if the file is empty, larger than 25 MiB, or of an unsupported type. One INSERT per chunk.
    """
    digest = hashlib.sha256()
    first = content.read(CHUNK_BYTES)
    with transaction.atomic():
        file = File(
            tenant=tenant,
            name=name[:200] or "unnamed",
            content_type=_content_type(first, purpose),
            purpose=purpose,
            stored_by=actor,
            size=0,
            sha256="0" * 64,
        )
        file.save()
        chunk, position = first, 0
        while chunk:
            file.size += len(chunk)
            if file.size > MAX_BYTES:
                raise FileRefused("The file is larger than 25 MB. Send a smaller one or split it.")
            digest.update(chunk)
            FileChunk.objects.create(tenant=tenant, file=file, position=position, content=chunk)
            chunk, position = content.read(CHUNK_BYTES), position + 1
        file.sha256 = digest.hexdigest()
        file.save(update_fields=["size", "sha256"])
    return file


def read_file(file: File) -> Iterator[bytes]:
    """Yield the bytes of `file` in chunks, with one query per chunk.

    Needs the scope of its tenant. Raises FileRefused if bytes are missing, which is the case in any other scope.
    """
    position = seen = 0
    while True:
        chunk = (
            FileChunk.objects.filter(tenant=file.tenant_id, file=file, position=position)
            .values_list("content", flat=True)
            .first()
        )
        if chunk is None:
            break
        yield bytes(chunk)
        position, seen = position + 1, seen + len(chunk)
    if seen != file.size:
        raise FileRefused("The file is incomplete and cannot be read.")


def delete_content(file: File) -> None:
    """Delete the bytes of an imported file; its name and hash remain. Other files stay as they are. One UPDATE."""
    FileChunk.objects.filter(tenant=file.tenant_id, file=file).update(content=b"")


def told_by_content(head: bytes) -> str | None:
    """Return the content type detected from a file's first bytes; None for text and unknown signatures."""
    return next((content_type for signature, content_type in _SIGNATURES if head.startswith(signature)), None)


def _content_type(head: bytes, purpose: Purpose) -> str:
    if not head:
        raise FileRefused("The file is empty.")
    if detected := told_by_content(head):
        return detected
    if purpose == Purpose.IMPORT:
        return "application/octet-stream"  # a table in an older encoding, which the importer has already read
    if b"\x00" not in head:
        try:
            # A chunk border can split the last character, which is not a reason to reject the file.
            codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < CHUNK_BYTES)
        except UnicodeDecodeError as error:
            raise FileRefused("The file must be a PDF, a PNG or JPEG image, a spreadsheet or UTF-8 text.") from error
        return "text/plain"
    raise FileRefused("The file must be a PDF, a PNG or JPEG image, a spreadsheet or UTF-8 text.")
