"""Files that people attach to evidence or to an answer: read from an upload, stored, and read again."""

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import IO

from django.conf import settings

from pagetojob.platform.files.images import EXTENSIONS, CleanImage, ImagesNotRead, clean_images
from pagetojob.platform.files.services import FileRefused, opened_document, sealed_document, told_by_content
from pagetojob.platform.tenants.models import Tenant

from .models import EvidenceFile

LARGEST_ATTACHMENT = 10 * 1024 * 1024
#: The accepted types and the extensions that a file of the type may have.
_EXTENSIONS = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "text/plain": (".txt", ".log", ".md"),
}
#: Pixels of an image's longer side: enough for the screenshot of a long page.
_MOST_SIDE = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class EvidenceRefused(Exception):
    """The evidence is invalid, or the action on it is not allowed. `field` is the invalid form field, if any."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Attachment:
    """An evidence file, with the content type detected from its first bytes."""

    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read_attachment(content: IO[bytes], name: str) -> Attachment:
    """Read an upload. Raises EvidenceRefused if it is empty, over 10 MB, or not a PDF, PNG, JPEG or UTF-8 text.

    The type is detected from the content, not from the name. Reads at most 10 MB. An image is encoded again, so that
    only its pixels are stored and its hash is that of the stored file; the other types are only ever downloaded.
    """
    read = content.read(LARGEST_ATTACHMENT + 1)
    if not read:
        raise EvidenceRefused("The file is empty.", "file")
    if len(read) > LARGEST_ATTACHMENT:
        raise EvidenceRefused("The file is larger than 10 MB. Upload a smaller file, or enter an address.", "file")
    content_type = _content_type(read)
    if content_type in EXTENSIONS:
        image = _clean_image(read)
        content_type, read = image.content_type, image.content
    return Attachment(_named(name, _EXTENSIONS[content_type]), content_type, read)


def _named(name: str, extensions: tuple[str, ...]) -> str:
    """Return the name with an extension of its type, so that the computer of a reader opens text as text."""
    path = PurePath(name)
    return name[-200:] if path.suffix.lower() in extensions else f"{name[-190:] or 'unnamed'}{extensions[0]}"


def _clean_image(read: bytes) -> CleanImage:
    try:
        (image,) = clean_images([BytesIO(read)], most_side=_MOST_SIDE)
    except ImagesNotRead as error:
        sentence = "The image needs too much memory or time to read. Upload a smaller one, or save it as a PDF."
        raise EvidenceRefused(sentence, "file") from error
    if image is None:
        raise EvidenceRefused("The image is damaged or too large. Upload a smaller one, or save it as a PDF.", "file")
    return image


def _content_type(content: bytes) -> str:
    content_type = told_by_content(content)
    if content_type in _EXTENSIONS:
        return content_type
    try:
        is_text = not _CONTROL.search(content.decode())
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise EvidenceRefused("The file must be a PDF, a PNG or JPEG image, or UTF-8 text.", "file")
    return "text/plain"


def store_attachment(given: Attachment, tenant: Tenant | None) -> EvidenceFile:
    """Store a file of evidence, encrypted if it is a tenant's. In a transaction, in the tenant's scope.

    Raises EvidenceRefused if it cannot be encrypted.
    """
    row = EvidenceFile(tenant=tenant, name=given.name, content_type=given.content_type, sha256=given.sha256)
    row.content = given.content
    if tenant and settings.ENCRYPT_DOCUMENTS:
        try:
            row.is_encrypted, row.content = True, sealed_document(tenant.pk, row.public_id, given.content)
        except FileRefused as error:
            raise EvidenceRefused(str(error), "file") from error
    row.save(force_insert=True)
    return row


def attachment_content(row: EvidenceFile) -> bytes:
    """Return the bytes of a file of evidence. Raises FileUnreadable."""
    content = bytes(row.content)
    return opened_document(row.tenant_id, row.public_id, content) if row.tenant_id and row.is_encrypted else content
