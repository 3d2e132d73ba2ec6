"""New keys while reads go on: resumable, counted, and the old key can be retired afterwards."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import FileChunk, Purpose
from pagetojob.platform.files.services import content_of, store_file
from pagetojob.platform.sealing import errors
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection, DataKey, Secret
from pagetojob.servicetitan.vault.services import Use, decrypt, rotation
from tests.support.factories import make_tenant
from tests.support.services import VAULT_KEYS
from tests.support.vault import CLIENT_SECRET, authorized, fill, secret_of

NOW, BEFORE = VAULT_KEYS.split(",")


@pytest.fixture
def connected_before(tenant: Tenant, owner: User, stand_in: None, settings: Any) -> list[Connection]:
    """Five connections, kept while the older key was the current one."""
    settings.VAULT_KEYS = BEFORE
    rows = [authorized(tenant, owner)]
    rows += [authorized(make_tenant(is_demo=True), owner, Environment.SIMULATOR) for _ in range(4)]
    for row in rows:
        fill(row, owner)
    settings.VAULT_KEYS = VAULT_KEYS
    return rows


def read(row: Connection) -> str:
    return decrypt(secret_of(row), purpose=Use.TOKEN_REQUEST, by="gateway").reveal()


def counts() -> dict[str, tuple[int, int]]:
    return {use.key_id: (use.data_keys, use.secrets) for use in rotation.key_uses()}


def sealed_bytes(row: Connection) -> bytes:
    sealed = secret_of(row).sealed
    assert sealed
    return sealed.content()


def test_rewrap_leaves_secrets_unchanged_and_frees_the_old_key(
    connected_before: list[Connection], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [sealed_bytes(row) for row in connected_before]
    assert counts() == {"now": (0, 0), "before": (5, 15)}
    call_command("rotate_vault_keys")
    assert (
        "5 data keys rewrapped" in (output := capsys.readouterr().out) and "All data keys are wrapped by now." in output
    )
    assert counts() == {"now": (5, 15), "before": (0, 0)}
    settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS = NOW, "before"
    assert [read(row) for row in connected_before] == [CLIENT_SECRET] * 5
    assert [sealed_bytes(row) for row in connected_before] == before
    call_command("vault_keys")
    assert "retired" in capsys.readouterr().out


def test_key_retired_too_early_is_reported(
    connected_before: list[Connection], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS = NOW, "before"
    with pytest.raises(errors.RetiredKey):
        read(connected_before[0])
    with pytest.raises(CommandError, match="wrapped by before"):
        call_command("vault_keys")
    with pytest.raises(CommandError, match="5 could not be decrypted"):
        call_command("rotate_vault_keys")
    assert "0 data keys rewrapped" in capsys.readouterr().out
    settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS = VAULT_KEYS, ""
    assert read(connected_before[0]) == CLIENT_SECRET, "put back, it works again"


def test_rotation_can_be_stopped_and_resumed(
    connected_before: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "WRAP_BATCH", 2)
    steps = rotation.rewrap()
    assert next(steps) == rotation.RotationProgress(2, 0, 5)
    steps.close()
    assert counts() == {"now": (2, 6), "before": (3, 9)}
    assert [read(row) for row in connected_before] == [CLIENT_SECRET] * 5
    assert [step.done for step in rotation.rewrap()] == [2, 3]
    assert counts() == {"now": (5, 15), "before": (0, 0)}
    assert list(rotation.rewrap()) == []


def test_unreadable_rows_are_counted_and_left_unchanged(connected_before: list[Connection]) -> None:
    with scope.worker(), database.cursor() as cursor:
        cursor.execute(
            "UPDATE vault_datakey SET wrapped = substr(wrapped, 1, 9) WHERE connection_id = %s",
            [connected_before[2].pk],
        )
    assert list(rotation.reseal()) == [rotation.RotationProgress(4, 1, 5)]
    assert list(rotation.rewrap()) == [rotation.RotationProgress(0, 1, 1)]
    others = [row for row in connected_before if row != connected_before[2]]
    assert [read(row) for row in others] == [CLIENT_SECRET] * 4


def test_reseal_creates_new_data_keys_and_destroys_the_old(
    tenant: Tenant, connected_before: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "SEAL_BATCH", 2)
    before = [sealed_bytes(row) for row in connected_before]
    assert [step.done for step in rotation.reseal()] == [2, 4, 5]
    assert [read(row) for row in connected_before] == [CLIENT_SECRET] * 5
    assert not set(before) & {sealed_bytes(row) for row in connected_before}
    with scope.tenant(tenant.pk):
        keys = [(key.generation, key.wrapped is None) for key in DataKey.objects.order_by("generation")]
        line = AuditEntry.objects.get(action="vault.reseal")
    assert keys == [(1, True), (2, False)]
    assert (line.actor_label, line.changes["secrets"]) == ("key rotation", [None, 3])
    assert list(rotation.reseal()) == []
    assert [step.done for step in rotation.reseal(made_before=timezone.now())] == [2, 4, 5]


def test_the_command_names_what_it_does_not_encrypt_again(
    tenant: Tenant, connected_before: list[Connection], capsys: pytest.CaptureFixture[str]
) -> None:
    with scope.tenant(tenant.pk):
        file = store_file(tenant=tenant, content=io.BytesIO(b"a"), name="a", purpose=Purpose.PROOF)

    def stored() -> tuple[bytes, bytes]:
        with scope.tenant(tenant.pk):
            return bytes(FileChunk.objects.get(file=file).content), sealed_bytes(connected_before[0])

    before = stored()
    call_command("rotate_vault_keys")
    assert "Stored values were not encrypted again" in capsys.readouterr().out and stored() == before
    call_command("rotate_vault_keys", "--reseal", "--made-before", timezone.now().isoformat())
    output, after = capsys.readouterr().out, stored()
    assert "Documents, exports, copies of webhook requests" in output and "were not encrypted again" in output
    assert after[0] == before[0] and after[1] != before[1]
    with scope.tenant(tenant.pk):
        assert content_of(file) == b"a"


@pytest.mark.parametrize("moment", ["soon", "2026-11-25T12:00", "2099-01-01T00:00Z", "2026-13-45T00:00Z"])
def test_invalid_time_is_refused(db: None, moment: str) -> None:
    with pytest.raises(CommandError, match="a time in the past"):
        call_command("rotate_vault_keys", "--reseal", "--made-before", moment)


@pytest.mark.django_db(transaction=True)
def test_reads_and_writes_continue_during_rotation(
    connected_before: list[Connection], owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "WRAP_BATCH", 1)
    monkeypatch.setattr(rotation, "SEAL_BATCH", 1)
    turning, begun = threading.Event(), threading.Barrier(3)
    turning.set()

    def reader(row: Connection) -> set[str]:
        seen = set()
        try:
            begun.wait(timeout=20)
            while turning.is_set():
                seen.add(read(row))
        finally:
            database.close()
        return seen

    def keeper_() -> int:
        stored = 0
        try:
            begun.wait(timeout=20)
            while turning.is_set():
                fill(connected_before[1], owner)
                stored += 1
        finally:
            database.close()
        return stored

    with ThreadPoolExecutor(2) as pool:
        reads, keeps = pool.submit(reader, connected_before[0]), pool.submit(keeper_)
        try:
            begun.wait(timeout=20)
            list(rotation.rewrap())
            for _ in range(4):
                list(rotation.reseal(made_before=timezone.now() + timedelta(seconds=1)))
        finally:
            turning.clear()
        assert (reads.result(timeout=20), keeps.result(timeout=20) > 0) == ({CLIENT_SECRET}, True)
    with scope.worker():
        assert Secret.objects.filter(data_key__destroyed_at__isnull=False).count() == 0
    assert [read(row) for row in connected_before] == [CLIENT_SECRET] * 5
