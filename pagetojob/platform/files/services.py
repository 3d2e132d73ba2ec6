"""Store and read files in bounded memory, encrypted with the data key of their tenant (see ENCRYPT_DOCUMENTS)."""

import codecs
import hashlib
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.sealing.errors import Destroyed, VaultError
from pagetojob.platform.sealing.tenant_box import TenantBox, file_box
from pagetojob.platform.tenants.models import Tenant

from .models import CHUNK_BYTES, File, FileChunk, Purpose

MAX_BYTES = 25 * CHUNK_BYTES
_INSERT = "INSERT INTO files_filechunk (tenant_id, file_id, position, content) VALUES (%s, %s, %s, %s)"

#: File types by their first bytes. Other types are rejected, regardless of the file name.
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"),
)


class FileRefused(Exception):
    """Raised when a file cannot be stored or read; the message gives the reason and the remedy."""


class FileIncomplete(FileRefused):
    """Raised when stored bytes are missing, such as after an erasure."""


class FileUnreadable(FileRefused):
    """Raised when the stored bytes cannot be decrypted."""

    sentence = "The file cannot be decrypted, because its bytes were changed."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class FileKeyUnusable(FileUnreadable):
    """Raised when the data key of a file is missing, changed or destroyed. The bytes may be unchanged."""

    sentence = "The file cannot be decrypted, because its key is missing, was changed or was destroyed."


def store_file(*, tenant: Tenant, content: IO[bytes], name: str, purpose: Purpose) -> File:
    """Store the bytes of `content` (read once, in chunks) and return the File.

    Raises FileRefused if the file is empty, larger than 25 MiB, or of an unsupported type. One INSERT per chunk.
    """
    digest = hashlib.sha256()
    with transaction.atomic():
        box = _box_for_writing(tenant.pk) if settings.ENCRYPT_DOCUMENTS else None
        pieces = _pieces(content)
        first = next(pieces)
        file = File(
            tenant=tenant,
            name=name[:200] or "unnamed",
            content_type=_content_type(first[0], purpose),
            purpose=purpose,
            size=0,
            sha256="0" * 64,
            is_encrypted=box is not None,
        )
        file.save()
        with prepared_cursor() as cursor:  # any other would hold the bytes of each statement, in hexadecimal
            for position, (piece, is_last) in enumerate(chain([first], pieces)):
                file.size += len(piece)
                if file.size > MAX_BYTES:
                    raise FileRefused("The file is larger than 25 MB. Send a smaller one or split it.")
                digest.update(piece)
                stored = box.seal(piece, about=_about(file, position, is_last=is_last)) if box else piece
                cursor.execute(_INSERT, [tenant.pk, file.pk, position, stored])
        file.sha256 = digest.hexdigest()
        file.save(update_fields=["size", "sha256"])
    return file


def read_file(file: File) -> Iterator[bytes]:
    """Yield the bytes of `file` in chunks, with one query per chunk and those of the key.

    Needs the scope of its tenant. Raises FileIncomplete if bytes are missing, which is the case in any other scope,
    and FileUnreadable if they cannot be decrypted.
    """
    position = seen = 0
    box: TenantBox | None = None
    while chunk := chunk_of(file, position):
        # The flag of this query, because a run may have encrypted the file since `file` was read.
        if chunk.file.is_encrypted and chunk.content and box is None:
            box = _box_of(file.tenant_id)
        content = opened(chunk, box)
        yield content
        position, seen = position + 1, seen + len(content)
    if seen != file.size:
        raise FileIncomplete("The file is incomplete and cannot be read.")


def content_of(file: File) -> bytes:
    """Return all bytes of a file, and hold no second copy of more than a chunk. See `read_file`."""
    content = BytesIO()
    for chunk in read_file(file):
        content.write(chunk)
    return content.getvalue()


def chunk_of(file: File, position: int) -> FileChunk | None:
    """Return a chunk with the current row of its file, or None. Runs a query."""
    chunks = FileChunk.objects.filter(tenant=file.tenant_id, file=file, position=position)
    return chunks.select_related("file").first()


def opened(chunk: FileChunk, box: TenantBox | None = None) -> bytes:
    """Return the bytes of a chunk whose file came with the same query. Raises FileUnreadable.

    Without `box`, the keys are loaded.
    """
    stored = bytes(chunk.content)
    if not chunk.file.is_encrypted or not stored:  # not reached by the run yet, or emptied
        return stored
    return _decrypted(box or _box_of(chunk.file.tenant_id), stored, about=_about_chunk(chunk))


def encrypt_old(file: File) -> None:
    """Encrypt a file that was stored before files were encrypted. In the worker scope; three statements per chunk.

    The rows are locked, so that content which is emptied or deleted at the same time stays so.
    """
    with transaction.atomic():
        locked = File.objects.select_for_update(no_key=True).get(pk=file.pk)
        if locked.is_encrypted:
            return
        chunks = FileChunk.objects.filter(tenant=locked.tenant_id, file=locked)
        positions = list(chunks.order_by("position").values_list("position", flat=True))
        box = _box_for_writing(locked.tenant_id) if positions else None
        for position in positions:
            chunk = chunks.select_for_update().filter(position=position).first()
            if box and chunk and chunk.content:
                chunk.file = locked
                chunk.content = box.seal(bytes(chunk.content), about=_about_chunk(chunk))
                chunk.save(update_fields=["content"])
        File.objects.filter(pk=locked.pk).update(is_encrypted=True)


def sealed_document(tenant_id: int, public_id: UUID, content: bytes) -> bytes:
    """Encrypt a document that is a column of another table, whose row has this id and is marked as encrypted."""
    return _box_for_writing(tenant_id).seal(content, about=f"document {public_id}")


def opened_document(tenant_id: int, public_id: UUID, content: bytes) -> bytes:
    """Decrypt such a document; nothing of one that was erased. Raises FileUnreadable."""
    if not content:
        return b""
    return _decrypted(_box_of(tenant_id), content, about=f"document {public_id}")


def delete_content(file: File) -> None:
    """Delete the bytes of an imported file; its name and hash remain. Other files stay as they are. One UPDATE."""
    FileChunk.objects.filter(tenant=file.tenant_id, file=file).update(content=b"")


def _pieces(content: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of CHUNK_BYTES, each with whether it is the last; the last can be shorter or empty."""
    piece = _piece(content)
    while following := _piece(content):
        yield piece, False
        piece = following
    yield piece, True


def _piece(content: IO[bytes]) -> bytes:
    """Read CHUNK_BYTES, or fewer at the end. A single `read` may return less."""
    piece = content.read(CHUNK_BYTES)
    while 0 < len(piece) < CHUNK_BYTES and (more := content.read(CHUNK_BYTES - len(piece))):
        piece += more
    return piece


def _box_for_writing(tenant_id: int) -> TenantBox:
    try:
        return file_box(tenant_id, creates_key=True)
    except VaultError as error:
        raise FileRefused("The file cannot be encrypted, so it is not stored. Call the engineer on call.") from error


def _box_of(tenant_id: int) -> TenantBox:
    try:
        return file_box(tenant_id, creates_key=False)
    except VaultError as error:
        raise FileKeyUnusable from error


def _decrypted(box: TenantBox, stored: bytes, *, about: str) -> bytes:
    try:
        return box.open(stored, about=about)
    except Destroyed as error:
        raise FileKeyUnusable from error
    except VaultError as error:
        raise FileUnreadable from error


def _about_chunk(chunk: FileChunk) -> str:
    is_last = (chunk.position + 1) * CHUNK_BYTES >= chunk.file.size
    return _about(chunk.file, chunk.position, is_last=is_last)


def _about(file: File, position: int, *, is_last: bool) -> str:
    """Return the associated data of a chunk, so that none can be moved, left out or added."""
    return f"{file.public_id} {position} {'last' if is_last else 'more'}"


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
