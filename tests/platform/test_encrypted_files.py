"""Documents of a tenant are encrypted with its data key; old ones can be read until a run has encrypted them."""

import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError
from django.utils import timezone

from pagetojob.gates.attachments import attachment_content, read_attachment, store_attachment
from pagetojob.gates.models import EvidenceFile
from pagetojob.platform.files.models import CHUNK_BYTES, File, FileChunk, Purpose
from pagetojob.platform.files.services import (
    FileRefused,
    FileUnreadable,
    content_of,
    delete_content,
    encrypt_old,
    store_file,
)
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import RunStopped, claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.models import DataKey, DataPurpose
from pagetojob.servicetitan.vault.services import old_documents
from tests.support.refusals import left_out, refused

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = b"Quetzal," * (CHUNK_BYTES // 4)  # two chunks


def as_admin(sql: str, *values: object) -> list[tuple[bytes]]:
    """Run a statement without rights, policies and triggers."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        cursor = session.execute(sql, list(values))
        return cursor.fetchall() if cursor.description else []


def stored(tenant: Tenant, content: bytes = TEXT, purpose: Purpose = Purpose.PROOF) -> File:
    with scope.tenant(tenant.pk):
        return store_file(tenant=tenant, content=io.BytesIO(content), name="a", purpose=purpose)


def old(tenant: Tenant, content: bytes = TEXT, purpose: Purpose = Purpose.PROOF) -> File:
    """A file as older versions stored it."""
    file = stored(tenant, content, purpose)
    as_admin("UPDATE files_file SET is_encrypted = false WHERE id = %s", file.pk)
    for position in range(0, len(content), CHUNK_BYTES):
        as_admin(
            "UPDATE files_filechunk SET content = %s WHERE file_id = %s AND position = %s",
            content[position : position + CHUNK_BYTES],
            file.pk,
            position // CHUNK_BYTES,
        )
    return file


def read(file: File) -> bytes:
    with scope.tenant(file.tenant_id):
        return content_of(file)


def bytes_of(file: File) -> bytes:
    return b"".join(
        part for (part,) in as_admin("SELECT content FROM files_filechunk WHERE file_id = %s ORDER BY id", file.pk)
    )


def test_the_database_has_no_readable_byte(tenant: Tenant) -> None:
    file = stored(tenant)
    assert len(bytes_of(file)) > len(TEXT) and b"Quetzal" not in bytes_of(file)
    assert read(file) == TEXT


def test_keys_are_created_once_and_for_their_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    for owner in (tenant, tenant, other_tenant):
        stored(owner)
    with scope.worker():
        keys = DataKey.objects.filter(purpose=DataPurpose.FILES).order_by("tenant").values_list("tenant", "generation")
        assert sorted(keys) == sorted([(tenant.pk, 1), (other_tenant.pk, 1)])


OF = "UPDATE files_filechunk AS c SET content = "


@pytest.mark.parametrize(
    "change",
    [
        OF + "set_byte(content, 40, get_byte(content, 40) # 1) WHERE file_id = %(file)s AND position = 0",
        OF + "substr(content, 1, 20) WHERE file_id = %(file)s AND position = 1",
        OF + "o.content FROM files_filechunk AS o WHERE o.file_id = c.file_id AND o.position <> c.position"
        " AND c.file_id = %(file)s",
        OF + "o.content FROM files_filechunk AS o WHERE o.file_id = %(other)s AND o.position = c.position"
        " AND c.file_id = %(file)s",
        "WITH cut AS (UPDATE files_file SET size = 1048576 WHERE id = %(file)s)"  # noqa: ISC004
        " DELETE FROM files_filechunk WHERE file_id = %(file)s AND position = 1",
        "UPDATE files_file SET public_id = gen_random_uuid() WHERE id = %(file)s",
    ],
    ids=["a bit", "cut", "order", "another file", "without its end", "another id"],
)
def test_changed_bytes_are_not_returned(tenant: Tenant, change: str) -> None:
    file, other = stored(tenant), stored(tenant)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(change, {"file": file.pk, "other": other.pk})
    with scope.tenant(tenant.pk):
        current = File.objects.get(pk=file.pk)
        with pytest.raises(FileUnreadable):
            content_of(current)
    assert read(other) == TEXT


def test_a_destroyed_key_ends_every_file(tenant: Tenant, other_tenant: Tenant) -> None:
    file, elsewhere = stored(tenant), stored(other_tenant)
    with scope.worker():
        keys = DataKey.objects.filter(tenant=tenant, purpose=DataPurpose.FILES)
        keys.update(wrapped=None, destroyed_at=timezone.now())
    with pytest.raises(FileUnreadable):
        read(file)
    # A newer key does not open it either.
    assert read(stored(tenant)) == TEXT
    with pytest.raises(FileUnreadable):
        read(file)
    assert read(elsewhere) == TEXT


def test_a_changed_data_key_is_a_file_that_cannot_be_read(tenant: Tenant) -> None:
    file = stored(tenant)
    with scope.tenant(tenant.pk):
        wrapped = DataKey.objects.get(tenant=tenant, purpose=DataPurpose.FILES).wrapped
    assert wrapped is not None
    changed = bytearray(wrapped.content())
    changed[-1] ^= 1
    as_admin("UPDATE vault_datakey SET wrapped = %s WHERE tenant_id = %s AND purpose = 'files'", changed, tenant.pk)
    with pytest.raises(FileUnreadable):
        read(file)


def test_a_large_file_is_in_memory_once(tenant: Tenant, tmp_path: Path) -> None:
    size = 24 * CHUNK_BYTES
    (tmp_path / "large").write_bytes(b"%PDF-" + os.urandom(size - 5))
    tracemalloc.start()
    try:
        with (tmp_path / "large").open("rb") as content, scope.tenant(tenant.pk):
            file = store_file(tenant=tenant, content=content, name="large", purpose=Purpose.PROOF)
        storing = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        content_length = len(read(file))
        reading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert content_length == size and storing < 12 * CHUNK_BYTES and reading < 2 * size


# Documents of older versions


def run_all() -> list[Run]:
    ended: list[Run] = []
    while True:
        with scope.worker():
            run = claim_run()
        if run is None:
            return ended
        work_run(run)
        with scope.worker():
            ended.append(Run.objects.get(pk=run.pk))


def test_old_files_are_read_and_then_encrypted(tenant: Tenant, other_tenant: Tenant) -> None:
    first, second, new = old(tenant), old(tenant), stored(other_tenant)
    assert b"Quetzal" in bytes_of(first) and read(first) == TEXT
    before = bytes_of(new)
    assert old_documents.start_due() == 1
    assert next(old_documents.work(Run(tenant=tenant))).done == 1  # and then this worker dies
    assert (read(first), read(second)) == (TEXT, TEXT)
    assert [(run.state, run.done) for run in run_all()] == [(RunState.DONE, 1)]
    for file in (first, second):
        assert b"Quetzal" not in bytes_of(file) and read(file) == TEXT
    assert bytes_of(new) == before and old_documents.start_due() == 0


def test_old_files_of_the_others_are_encrypted_if_a_run_cannot_start(
    tenant: Tenant, other_tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    files = {row.pk: old(row) for row in (tenant, other_tenant)}
    lost, fine = sorted(files)
    with refused("runs_run", Tenant.objects.get(pk=lost)):
        assert old_documents.start_due() == 1
    assert left_out(caplog) == [(old_documents.KIND, lost)]
    assert len(run_all()) == 1 and b"Quetzal" not in bytes_of(files[fine])


def test_no_key_is_created_for_a_contractor_who_has_left(tenant: Tenant) -> None:
    old(tenant)
    as_admin("UPDATE tenants_tenant SET page_until = '2026-01-01' WHERE id = %s", tenant.pk)
    assert old_documents.start_due() == 0
    tenant.refresh_from_db()
    with pytest.raises(RunStopped):
        next(old_documents.work(Run(tenant=tenant)))


def test_an_emptied_file_stays_empty(tenant: Tenant) -> None:
    file = old(tenant, b"a,b\n1,2\n", Purpose.IMPORT)
    with scope.tenant(tenant.pk):
        delete_content(file)
    with scope.worker():
        encrypt_old(file)
    assert bytes_of(file) == b""
    with pytest.raises(FileRefused, match="incomplete"):
        read(file)


def test_a_worker_replaces_the_bytes_of_a_file_once(tenant: Tenant) -> None:
    file = stored(tenant)
    before = bytes_of(file)
    with scope.worker():
        assert FileChunk.objects.filter(file=file).update(content=b"forged") == 0
    assert bytes_of(file) == before
    with pytest.raises(DatabaseError, match="row-level security"), scope.worker():
        File.objects.filter(pk=file.pk).update(is_encrypted=False)


def test_nothing_is_encrypted_while_an_earlier_version_may_run(tenant: Tenant, settings: Any) -> None:
    earlier = stored(tenant)
    settings.ENCRYPT_DOCUMENTS = False
    file = stored(tenant)
    with scope.tenant(tenant.pk):
        row = evidence_file(tenant)
    assert bytes_of(file) == TEXT and evidence_bytes(row) == b"Quetzal signed this."
    assert read(file) == TEXT and read(earlier) == TEXT and old_documents.start_due() == 0
    settings.ENCRYPT_DOCUMENTS = True
    assert old_documents.start_due() == 1 and run_all()[0].state == RunState.DONE
    assert b"Quetzal" not in bytes_of(file) + evidence_bytes(row)
    assert read(file) == TEXT


# Evidence


def evidence_file(tenant: Tenant | None) -> EvidenceFile:
    return store_attachment(read_attachment(io.BytesIO(b"Quetzal signed this."), "letter.txt"), tenant)


def evidence_bytes(row: EvidenceFile) -> bytes:
    return as_admin("SELECT content FROM gates_evidencefile WHERE id = %s", row.pk)[0][0]


def test_evidence_of_a_tenant_is_encrypted(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        row = evidence_file(tenant)
        assert attachment_content(row) == b"Quetzal signed this."
    assert b"Quetzal" not in evidence_bytes(row)
    ours = evidence_file(None)
    assert evidence_bytes(ours) == attachment_content(ours) == b"Quetzal signed this."

    as_admin(
        "UPDATE gates_evidencefile SET is_encrypted = false, content = 'Quetzal signed this.' WHERE id = %s", row.pk
    )
    assert old_documents.start_due() == 1 and run_all()[0].state == RunState.DONE
    assert b"Quetzal" not in evidence_bytes(row) and b"Quetzal" in evidence_bytes(ours)
    with scope.tenant(tenant.pk):
        assert attachment_content(EvidenceFile.objects.get(pk=row.pk)) == b"Quetzal signed this."
