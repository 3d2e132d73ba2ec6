"""Readers of the text in binary fields, for the search for a person. Each factory is named in `places.READERS`."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from pagetojob.platform.files.services import opened_document
from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.text_codecs import unicode_codec

from .pdf_text import NOT_READ, FileText, text_of_pdf
from .workbook_text import text_of_workbook

#: Bytes that show the encoding of a text.
_START = 65_536
Reader = Callable[[Mapping[str, Any]], str | None]


def compressed(_tenant: Tenant) -> Reader:
    """Return the reader of zlib columns."""
    return lambda row: zlib.decompress(row["value"]).decode("utf-8", "replace")


def file_content(_tenant: Tenant) -> Reader:
    """Return the reader of a chunk. The search reads whole files instead (`places.PARTS`)."""
    return lambda row: text_of(row["value"], str(row["content_type"])).text


def evidence(tenant: Tenant) -> Reader:
    """Return the reader of files of evidence. It returns None for one that is not read completely, as for a picture."""

    def read(row: Mapping[str, Any]) -> str | None:
        sql = "SELECT content_type, is_encrypted FROM gates_evidencefile WHERE id = %s"
        ((content_type, is_encrypted),) = fetch_all(sql, [row["key"]]) or [("", False)]
        content = opened_document(tenant.pk, row["public_id"], row["value"]) if is_encrypted else row["value"]
        text, is_complete = text_of(content, content_type)
        return text if is_complete else None

    return read


class ReadFile(NamedTuple):
    """A file of a tenant, decrypted."""

    public_id: UUID
    name: str
    content_type: str
    content: bytes


def evidence_file(tenant_id: int, key: int) -> ReadFile | None:
    """Return a file of evidence. Raises FileUnreadable. Makes one query, and those of the key."""
    sql = "SELECT public_id, name, content_type, content, is_encrypted FROM gates_evidencefile"
    rows = fetch_all(f"{sql} WHERE tenant_id = %s AND id = %s", [tenant_id, key])
    if not rows:
        return None
    public_id, name, content_type, content, is_encrypted = rows[0]
    content = opened_document(tenant_id, public_id, bytes(content)) if is_encrypted else bytes(content)
    return ReadFile(public_id, name, content_type, content)


def evidence_types(tenant_id: int, keys: list[int]) -> dict[str, str]:
    """Return the content types of files of evidence by key. Makes one query."""
    sql = "SELECT id::text, content_type FROM gates_evidencefile WHERE tenant_id = %s AND id = ANY (%s)"
    return dict(fetch_all(sql, [tenant_id, keys]))


def text_of(content: bytes, content_type: str) -> FileText:
    """Return the text of a file. That in pictures, in embedded files and in unknown encodings is not read."""
    if content_type.startswith("image/"):
        return NOT_READ
    if content_type == "application/pdf":
        return text_of_pdf(content)
    if content.startswith(b"PK"):
        return text_of_workbook(content)
    text = _decoded(content)
    return FileText(text, is_complete="\x00" not in text)


def _decoded(content: bytes) -> str:
    """Return a text in one of the encodings that an import accepts. NUL is left if it has another one."""
    if known := unicode_codec(content[:_START]):
        return content.decode(known[0], "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
