"""A tenant is exported as a whole, and another instance imports it and exports the same."""

import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from pagetojob.demo.queue import load_demo_queue
from pagetojob.gates.attachments import read_attachment, store_attachment
from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import CHUNK_BYTES, File, Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.runs import services
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_here
from pagetojob.platform.sealing.encryption import Key
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention import exporting, transfer
from pagetojob.retention.models import ExportPart, TenantExport
from pagetojob.retention.services import RetentionRefused
from pagetojob.servicetitan.vault.models import Connection, SecretKind
from pagetojob.servicetitan.vault.services import old_documents
from syncqueue.models import State
from tests.isolation.world import settle
from tests.retention.asking import confirm, ended_request, request_erasure, searched, work
from tests.retention.planting import PHONE
from tests.support.accounts import let_confirmation_age, sign_in
from tests.support.cast import SignIn
from tests.support.services import clone_template, database_name, name_database
from tests.support.vault import PLANTED
from tests.syncqueue.bulk_runs import make_items

pytestmark = pytest.mark.django_db(transaction=True)
#: A month of attempts may exist on one side only, with triggers of its own.
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, tgenabled
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT relispartition ORDER BY 1, 2
"""
ROOT = Path(__file__).parents[2]
#: Three chunks.
LONG = b"Quetzal," * (CHUNK_BYTES * 3 // 8)


def exported(tenant: Tenant, actor: User) -> tuple[TenantExport, bytes]:
    with scope.worker():
        earlier = Run.objects.filter(kind=exporting.KIND, state=RunState.QUEUED).first()
    if earlier is not None:
        work_here(earlier)
    with scope.operator(actor, "test"):
        export = exporting.request_export(tenant=tenant, actor=actor, reason="The contract ends.")
        run = Run.objects.get(pk=export.run_id)
    run = work_here(run)
    assert run.state == RunState.DONE, run.error
    with scope.worker():
        export = TenantExport.objects.select_related("tenant").get(pk=export.pk)
    return export, b"".join(exporting.archive(export))


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def run_import(archive: Path, url: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "import_tenant", str(archive)],
        env=os.environ | {"DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def connected_to(url: str) -> Generator[None]:
    """Use the database and the login of this address."""
    before, parts = dict(connection.settings_dict), urlsplit(url)
    login = {"USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or "")}
    connection.close()
    connection.settings_dict.update(login, NAME=parts.path.strip("/"))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def refusal(archive: Path, url: str) -> str:
    """Return the reason of a refused import, without starting the command in a process of its own."""
    with connected_to(url), pytest.raises(CommandError) as refused:
        call_command("import_tenant", str(archive))
    return str(refused.value)


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def tampered(archive: bytes) -> bytes:
    """Return the archive with another name of the tenant."""
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as file:
        for name, content in members(archive).items():
            is_tenant = name == f"tables/{transfer.TENANT}.jsonl"
            file.writestr(name, content.replace(b"Desert Peak", b"Other Peak!") if is_tenant else content)
    return changed.getvalue()


def test_another_instance_imports_an_export_and_exports_the_same(
    tenant: Tenant, operator: User, tmp_path: Path
) -> None:
    load_demo_queue(tenant)
    settle(tenant, "exported")
    with scope.tenant(tenant.pk):
        lost = store_file(tenant=tenant, content=io.BytesIO(b"Lost."), name="a", purpose=Purpose.PROOF)
    damage(lost, 0)
    missing = [{"what": "access", "holder": "Customer", "sentence": "No access.", "refused": "access"}]
    make_items(tenant, 1, State.BLOCKED, cause="access-refused", missing=missing)
    make_items(tenant, 1, State.UNKNOWN, cause="look-up-waits", missing=missing)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        triggers = session.execute(TRIGGERS).fetchall()
    _, first = exported(tenant, operator)
    file, bad = tmp_path / "export.zip", tmp_path / "tampered.zip"
    file.write_bytes(first)
    bad.write_bytes(tampered(first))
    here, other = connection.settings_dict["NAME"], database_name("import")
    clone_template(other)
    try:
        name_database(other)
        assert "Import as pagetojob_owner" in refusal(file, os.environ["DATABASE_URL"])
        changed = refusal(bad, os.environ["PTJ_TEST_OWNER_URL"])
        assert "tenants_tenant.jsonl differs from the manifest" in changed
        result = run_import(file, os.environ["PTJ_TEST_OWNER_URL"])
        assert result.returncode == 0, result.stderr
        assert "1 files without content" in result.stdout
        with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
            assert session.execute(TRIGGERS).fetchall() == triggers
        assert "already has rows" in refusal(file, os.environ["PTJ_TEST_OWNER_URL"])
        connection.close()
        connection.settings_dict["NAME"] = other
        elsewhere = User.objects.create_user(email="op@other.example", password=None, name="Op", ops_role="operator")
        there = Tenant.objects.get(public_id=tenant.public_id)
        with scope.worker():
            assert not File.objects.filter(is_encrypted=True).exists()
        assert old_documents.start_due() == 1
        with scope.worker():
            encrypting = Run.objects.get(kind=old_documents.KIND)
        assert work_here(encrypting).state == RunState.DONE
        with scope.worker():
            assert not File.objects.filter(is_encrypted=False).exists()
        _, second = exported(there, elsewhere)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = here
        name_database(here)
    compare(members(first), members(second))


#: Columns that an import changes, so that nothing is sent.
STOPPED = {
    "runs_run": {"state", "lease_until"},
    "syncqueue_syncitem": {"state", "due_at", "lease_until", "cause", "missing"},
    "syncqueue_refusal": {"check_at", "ended_at"},
    "notices_recipientnotice": {"state", "due_at"},
    "tenants_noticerecipient": {"test_due_at"},
    "drift_reviewmail": {"state"},
    "tenants_tenant": {"state"},
}


def compare(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    assert after.keys() <= before.keys()
    filled = set()
    for table in transfer.tables():
        old, new = before.get(table.member, b""), after.get(table.member, b"")
        filled |= {table.name} if old else set()
        if not table.imported:
            assert table.name == "audit_auditentry" or not new, table.name
        elif table.name in STOPPED:
            drop = STOPPED[table.name]
            by_id = {row["id"]: {name: row[name] for name in row.keys() - drop} for row in lines(new)}
            assert all(by_id[row["id"]] == {name: row[name] for name in row.keys() - drop} for row in lines(old))
        else:
            assert old == new, table.name
    assert len(filled) > 50, sorted(filled)
    assert {name for name in before if name.startswith("files/")}
    assert all(before[name] == after[name] for name in before if name.startswith("files/"))
    people = {row["id"]: row for row in lines(before["people.jsonl"])}
    assert all(people[row["id"]] == row for row in lines(after["people.jsonl"]) if row["id"] in people)
    items = {row["id"]: row for row in lines(after["tables/syncqueue_syncitem.jsonl"])}
    assert not {row["state"] for row in items.values()} & {"queued", "sending", "retrying"}
    bookings = [row for row in lines(before["tables/syncqueue_syncitem.jsonl"]) if row["kind"] == "booking_request"]
    assert {items[row["id"]]["state"] for row in bookings if row["state"] == "blocked"} == {"needs review"}
    assert {items[row["id"]]["state"] for row in bookings if row["state"] == "unknown"} == {"unknown"}
    waiting = [row for row in items.values() if row["state"] == "unknown"]
    assert not any(row["missing"] or row["cause"] == "look-up-waits" for row in waiting)
    assert all(row["ended_at"] for row in lines(after["tables/syncqueue_refusal.jsonl"]))


def test_an_export_contains_neither_secrets_nor_people_outside(
    tenant: Tenant, owner: User, operator: User, connected: Connection
) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        sealed = session.execute(
            "SELECT encode(sealed, 'hex') FROM vault_secret WHERE sealed IS NOT NULL UNION ALL"
            " SELECT encode(wrapped, 'hex') FROM vault_datakey WHERE wrapped IS NOT NULL UNION ALL"
            " SELECT encode(box, 'hex') FROM notices_webhooksecret UNION ALL SELECT password FROM tenants_user"
        ).fetchall()
    export, archive = exported(tenant, operator)
    content = members(archive)
    everything = b"".join(content.values())
    assert len(sealed) > len(SecretKind) and PLANTED.encode() not in everything
    assert not [box for (box,) in sealed if box and box.encode() in everything]
    people = content["people.jsonl"].decode()
    assert owner.email in people and owner.name in people
    assert operator.email not in people and operator.name not in people
    assert not {table.name for table in transfer.tables()} & transfer.left_out().keys()
    assert f"tables/{transfer.USER}.jsonl" not in content and not transfer.left_out().keys() & {
        name.removeprefix("tables/").removesuffix(".jsonl") for name in content
    }
    with scope.worker():
        part = ExportPart.objects.filter(export=export).first()
    assert part is not None
    with pytest.raises(zlib.error):
        zlib.decompress(part.content)


def test_an_interrupted_export_continues_where_it_was(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_demo_queue(tenant)
    _, whole = exported(tenant, operator)
    monkeypatch.setattr(exporting, "ROWS", 2)
    with scope.operator(operator, "test"):
        export = exporting.request_export(tenant=tenant, actor=operator, reason="Again.")
        with pytest.raises(RetentionRefused, match="already running"):
            exporting.request_export(tenant=tenant, actor=operator, reason="Again.")
    with scope.worker():
        run = claim_run()
    assert run is not None
    steps = exporting.work(run)
    for _ in range(30):
        next(steps)
    with scope.worker():
        states.move(run, RunState.QUEUED, lease_until=None)
        run = Run.objects.get(pk=run.pk)
    assert work_here(run).state == RunState.DONE
    with scope.worker():
        export = TenantExport.objects.select_related("tenant").get(pk=export.pk)
    changing = {"manifest.json", "tables/runs_run.jsonl", "tables/audit_auditentry.jsonl"}
    before, after = members(whole), members(b"".join(exporting.archive(export)))
    assert before.keys() == after.keys()
    assert not {name for name in before.keys() - changing if before[name] != after[name]}


def damage(file: File, position: int) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(
            "UPDATE files_filechunk SET content = '\\x00' WHERE file_id = %s AND position = %s", [file.pk, position]
        )


def test_an_export_leaves_out_what_cannot_be_decrypted_and_names_it(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    letters = [read_attachment(io.BytesIO(text), "letter.txt") for text in (b"Quetzal one.", b"Quetzal two.")]
    with scope.tenant(tenant.pk):
        good, first, second = [
            store_file(
                tenant=tenant, content=io.BytesIO(LONG), name="a", purpose=Purpose.PROOF,
            )
            for _ in range(3)
        ]  # fmt: skip
        lost, intact = [store_attachment(letter, tenant) for letter in letters]
    damage(first, 0)
    damage(second, 2)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE gates_evidencefile SET content = '\\x00' WHERE id = %s", [lost.pk])
    unwrapped, key_of = [], exporting._key_of

    def counted(export: TenantExport) -> Key:
        unwrapped.append(export)
        return key_of(export)

    monkeypatch.setattr(exporting, "_key_of", counted)

    export, archive = exported(tenant, operator)

    assert len(unwrapped) == 2, "once by the run, and once by the archive"
    content = members(archive)
    assert content[f"files/{good.public_id}"] == LONG
    assert {name for name in content if name.startswith("files/")} == {f"files/{good.public_id}"}
    member = "tables/gates_evidencefile.jsonl"
    assert [row["content"] for row in lines(content[member])] == ["\\x", f"\\x{b'Quetzal two.'.hex()}"]
    assert intact.is_encrypted
    manifest = json.loads(content["manifest.json"])
    assert manifest["unreadable"] == {
        "files": 3,
        "names": [f"{member} {lost.public_id}", f"files/{first.public_id}", f"files/{second.public_id}"],
    }
    assert manifest["members"]["files/"] == {"files": 1}
    with scope.worker():
        parts = ExportPart.objects.filter(export=export, member=member)
        assert [part.rows for part in parts] == [1, 1], "a file of evidence may have 10 MB"
    page = signed_in(operator).get(reverse("retention:exports", args=[tenant.slug])).text
    assert "3 files could not be decrypted" in page


def test_an_export_without_a_usable_key_is_refused(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        store_file(tenant=tenant, content=io.BytesIO(b"Any."), name="a", purpose=Purpose.PROOF)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE vault_datakey SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)")
    with scope.operator(operator, "test"), pytest.raises(RetentionRefused, match="cannot be encrypted"):
        exporting.request_export(tenant=tenant, actor=operator, reason="The contract ends.")


@pytest.fixture
def recovery_folder(settings: Any, tmp_path: Path) -> None:
    settings.RECOVERY_FOLDER = str(tmp_path / "recovery")


@pytest.mark.usefixtures("recovery_folder")
def test_an_erasure_removes_the_exports(tenant: Tenant, operator: User, lead_operator: User) -> None:
    ended_request(tenant)
    export, _ = exported(tenant, operator)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    with scope.worker():
        assert TenantExport.objects.get(pk=export.pk).removed_at is not None
        assert not ExportPart.objects.filter(export=export).exists()


@pytest.mark.usefixtures("recovery_folder")
def test_an_erasure_removes_an_export_that_began_after_it(
    tenant: Tenant, operator: User, lead_operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = ended_request(tenant)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    with monkeypatch.context() as short_run:
        short_run.setattr(services, "BUDGET_SECONDS", 0)
        assert work().state == RunState.QUEUED
    with scope.operator(operator, "test"):
        export = exporting.request_export(tenant=tenant, actor=operator, reason="Handover.")
        run = Run.objects.get(pk=export.run_id)
    assert work_here(run).state == RunState.DONE
    with scope.worker():
        export = TenantExport.objects.select_related("tenant").get(pk=export.pk)
    assert lead.name.encode() in members(b"".join(exporting.archive(export)))["tables/leads_lead.jsonl"]
    assert work().state == RunState.DONE
    with scope.worker():
        assert TenantExport.objects.get(pk=export.pk).removed_at is not None
        assert not ExportPart.objects.filter(export=export).exists()


def test_an_operator_downloads_an_export_after_confirming_the_password(tenant: Tenant, operator: User) -> None:
    client = Client()
    assert sign_in(client, operator).status_code == 302
    start = reverse("retention:start-export", args=[tenant.slug])
    assert "Enter a reason" in client.post(start, {"reason": " "}, follow=True).content.decode()
    assert "Export queued" in client.post(start, {"reason": "The contract ends."}, follow=True).content.decode()
    with scope.worker():
        export = TenantExport.objects.select_related("run").get()
    download = reverse("retention:download-export", args=[tenant.slug, export.public_id])
    assert "not complete" in client.post(download, {"reason": "Handover."}, follow=True).content.decode()
    assert work_here(export.run).state == RunState.DONE
    answer = client.post(download, {"reason": "Handover."})
    assert answer["Content-Type"] == "application/zip"
    manifest = json.loads(members(b"".join(answer.streaming_content))["manifest.json"])  # type: ignore[attr-defined]
    assert manifest["members"]["tables/tenants_tenant.jsonl"]["rows"] == 1
    with scope.worker():
        assert AuditEntry.objects.filter(action="retention.download_export").count() == 1
        exporting.remove_parts(tenant.pk, expired_only=True)
        assert TenantExport.objects.get().removed_at is None
    page = client.get(reverse("retention:exports", args=[tenant.slug])).content.decode()
    assert page.count('method="post"') == page.count("csrfmiddlewaretoken") >= 2, page
    let_confirmation_age(client)
    assert reverse("accounts:confirm") in client.post(download, {"reason": "Handover."})["Location"]
    assert reverse("accounts:confirm") in client.post(start, {"reason": "Handover."})["Location"]
