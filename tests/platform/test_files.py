"""Files live beside the rows of their tenant."""

import hashlib
import io

import pytest

from pagetojob.platform.files import responses
from pagetojob.platform.files.models import CHUNK_BYTES, File, FileChunk, Purpose
from pagetojob.platform.files.services import FileRefused, read_file, store_file
from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

PDF = b"%PDF-1.7\n" + b"x" * (2 * CHUNK_BYTES)


def keep(tenant: Tenant, content: bytes, name: str = "proof.pdf") -> File:
    with scope.tenant(tenant.pk):
        return store_file(tenant=tenant, content=io.BytesIO(content), name=name, purpose=Purpose.PROOF)


def test_it_gives_back_every_byte(tenant: Tenant) -> None:
    file = keep(tenant, PDF)
    with scope.tenant(tenant.pk):
        chunks = list(read_file(file))
    assert b"".join(chunks) == PDF
    assert [len(chunk) for chunk in chunks] == [CHUNK_BYTES, CHUNK_BYTES, 9]
    assert (file.size, file.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"PK\x03\x04...", "application/zip"),
        ("naïve, 冷房".encode(), "text/plain"),
        ("é".encode() * CHUNK_BYTES, "text/plain"),
    ],
)
def test_the_type_comes_from_the_content_and_not_from_the_name(
    tenant: Tenant, content: bytes, content_type: str
) -> None:
    assert keep(tenant, content, name="looks-like.exe").content_type == content_type


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00", b"\xff\xfe broken", b"text\x00with a NUL", b"\xff" * CHUNK_BYTES],
    ids=["empty", "exe", "bytes", "nul", "a chunk of bytes"],
)
def test_it_refuses_what_it_cannot_name_and_keeps_nothing(tenant: Tenant, content: bytes) -> None:
    with pytest.raises(FileRefused):
        keep(tenant, content)
    with scope.tenant(tenant.pk):
        assert (File.objects.count(), FileChunk.objects.count()) == (0, 0)


def test_it_refuses_what_is_too_big_and_keeps_nothing(tenant: Tenant) -> None:
    with pytest.raises(FileRefused, match="25 MB"):
        keep(tenant, b"%PDF-" + bytes(26 * CHUNK_BYTES))
    with scope.tenant(tenant.pk):
        assert (File.objects.count(), FileChunk.objects.count()) == (0, 0)


def test_another_tenant_sees_no_byte(tenant: Tenant, other_tenant: Tenant) -> None:
    file = keep(tenant, PDF)
    with scope.tenant(other_tenant.pk):
        with pytest.raises(FileRefused, match="incomplete"):
            list(read_file(file))
        assert File.objects.count() == 0


def test_the_name_of_a_picture_cannot_end_its_header() -> None:
    named = responses.picture(b"", content_type="image/png", name='a"; filename="b.html')
    assert named["Content-Disposition"] == r'inline; filename="a\"; filename=\"b.html"'
    assert "Content-Disposition" not in responses.picture(b"", content_type="image/png")


def test_the_column_of_who_stored_a_file_is_no_longer_written(tenant: Tenant) -> None:
    """The released version still inserts into it; it goes one release after this one."""
    with scope.tenant(tenant.pk):
        file = store_file(tenant=tenant, content=io.BytesIO(b"x"), name="x.csv", purpose=Purpose.IMPORT)
        assert fetch_all("SELECT stored_by_id FROM files_file WHERE id = %s", [file.pk]) == [(None,)]
    assert "stored_by" not in {field.name for field in File._meta.get_fields()}
