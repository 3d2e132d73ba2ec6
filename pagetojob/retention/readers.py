"""Readers of the text in binary fields, for the search for a person. Each factory is named in `places.READERS`."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from pagetojob.platform.tenants.models import Tenant

Reader = Callable[[Mapping[str, Any]], str | None]

#: Bytes of text that are taken from one file. Uploads are limited to 25 MiB; a hostile archive can contain more.
MOST_TEXT = 256 * 1024**2
_TAG = re.compile(r"<[^>]*>")


def compressed(_tenant: Tenant) -> Reader:
    """Return the reader of zlib columns."""
    return lambda row: zlib.decompress(row["value"]).decode("utf-8", "replace")


def file_content(_tenant: Tenant) -> Reader:
    """Return the reader of tables, texts and workbooks. It returns None for an image, a PDF or a damaged file."""
    return lambda row: text_of(row["value"], str(row["content_type"]))


def text_of(content: bytes, content_type: str) -> str | None:
    """Return the text of a file, or None if no text can be read from its type."""
    if content_type.startswith("image/") or content_type == "application/pdf":
        return None
    if content.startswith(b"PK"):
        return _workbook(content)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _workbook(content: bytes) -> str | None:
    """Return the texts of all parts of an archive, a line per cell or string."""
    texts, left = [], MOST_TEXT
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    piece = stream.read(left + 1)
                left -= len(piece)
                if left < 0:
                    return None
                texts.append(_TAG.sub("\n", piece.decode("utf-8", "replace")))
    # NotImplementedError: a compression that Python lacks. RuntimeError: an encrypted part.
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError):
        return None
    return "\n".join(texts)
