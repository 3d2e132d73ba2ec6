"""Files with personal data wait at most 30 days for their approval, and an erasure ends their wait."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from attribution.services.outcome_import import slug_of
from pagetojob.importer import selectors, upload_runs, uploads, waiting
from pagetojob.importer.models import ImportRow, RowOutcome, Upload, UploadState
from pagetojob.importer.upload_runs import WITHOUT_FILE, forget_values
from pagetojob.importer.uploads import ImportRefused
from pagetojob.importer.waiting import LONGEST_WAIT, TOO_LONG, discard_waiting
from pagetojob.ops.tasks import run_periodic_task
from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import FileChunk
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.runs.services import cancel_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention.services import request_hold
from pagetojob.titanmap.models import TaxonomyItem
from tests.retention.asking import confirm, request_erasure, searched, work
from tests.retention.planting import EMAIL, NAME, PHONE, SPOKEN
from tests.support.cast import SignIn
from tests.support.factories import make_tenant
from tests.support.uploads import JOB_TYPES_CSV, reload, stage_file, upload_file

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = slug_of("customers")
CUSTOMERS_CSV = f"Customer ID,Name,Phone,Email\n5,{NAME},{SPOKEN},{EMAIL}\n6,Pat Doe,6025550111,\n"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.RECOVERY_FOLDER = str(tmp_path / "recovery")


def age(upload: Upload, by: timedelta = LONGEST_WAIT + timedelta(minutes=1)) -> None:
    store_at(upload, timezone.now() - by)


def store_at(upload: Upload, at: datetime) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("UPDATE files_file SET stored_at = %s WHERE id = %s", [at, upload.file_id])


def traces(upload: Upload) -> tuple[int, list[dict[str, Any]]]:
    """Return the bytes of the file that are stored, and the values of its rows."""
    with scope.tenant(upload.tenant_id):
        chunks = FileChunk.objects.filter(file=upload.file_id).values_list("content", flat=True)
        rows = ImportRow.objects.filter(upload=upload).values_list("values", flat=True)
        return sum(map(len, chunks)), [values for values in rows if values]


def reasons(tenant: Tenant) -> list[str]:
    with scope.tenant(tenant.pk):
        return list(AuditEntry.objects.filter(action="importer.discard").values_list("reason", flat=True))


def test_a_file_waits_thirty_days(tenant: Tenant, operator: User) -> None:
    staged = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    unread = upload_file(tenant, operator, JOB_TYPES_CSV)
    of_the_map = stage_file(tenant, operator, JOB_TYPES_CSV)
    for upload in (staged, unread, of_the_map):
        age(upload, LONGEST_WAIT - timedelta(minutes=1))
    assert discard_waiting() == 0 and traces(staged)[0] and traces(staged)[1]
    for upload in (staged, unread, of_the_map):
        age(upload)
    run_periodic_task("importer.discard_waiting")
    for upload in (staged, unread, of_the_map):
        assert reload(upload).state == UploadState.DISCARDED
        assert traces(upload) == (0, [])
    assert reasons(tenant) == [TOO_LONG] * 3


def test_an_error_about_a_contractor_lengthens_no_wait_of_the_others(tenant: Tenant, operator: User) -> None:
    lost = make_tenant()
    staged = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    age(staged)

    def fail(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        if "importer_upload" in sql and lost.pk in (params or ()):
            raise ValueError
        return execute(sql, params, *rest)

    with connection.execute_wrapper(fail):
        assert discard_waiting() == 1


def test_confirming_the_columns_again_lengthens_no_wait(tenant: Tenant, operator: User) -> None:
    staged = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    age(staged)
    with scope.tenant(tenant.pk):
        again = uploads.confirm_mapping(upload=staged, mapping=staged.mapping, actor=operator)
    assert again.pk != staged.pk
    assert discard_waiting() == 0, "its run is open"
    assert work().state == RunState.DONE
    assert discard_waiting() == 1 and traces(again) == (0, [])


def started(tenant: Tenant, operator: User, state: UploadState) -> Upload:
    """Return an import whose run is queued: for reading its file, or for applying it."""
    if state == UploadState.APPLYING:
        staged = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
        with scope.tenant(tenant.pk):
            return uploads.approve(upload=staged, actor=operator, reason="Monthly.")
    upload = upload_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    with scope.tenant(tenant.pk):
        mapping = selectors.suggested(upload).mapping
        return uploads.confirm_mapping(upload=upload, mapping=mapping, actor=operator)


def fail_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(upload_runs, "unpacked", lambda upload: 1 / 0)
        assert work().state == RunState.FAILED


def remove_file(upload: Upload) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("DELETE FROM files_filechunk WHERE file_id = %s", [upload.file_id])


def reason_shown(client: Client, upload: Upload) -> str:
    place = f"/ops/attribution/{upload.tenant.slug}/imports/{upload.public_id}"
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(place).text).split())


@pytest.mark.parametrize("state", [UploadState.READING, UploadState.APPLYING])
def test_an_import_whose_run_failed_ends_too(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, state: UploadState
) -> None:
    """The purge leaves out imports that are being worked on."""
    upload = started(tenant, operator, state)
    age(upload)
    assert discard_waiting() == 0, "its run is open"
    fail_run(monkeypatch)
    assert reload(upload).state == state
    step = "Check columns and read again" if state == UploadState.READING else "this page offers how to continue"
    assert step in reason_shown(signed_in(operator), upload)
    assert discard_waiting() == 1
    ended = UploadState.REFUSED if state == UploadState.APPLYING else UploadState.DISCARDED
    assert reload(upload).state == ended and traces(upload) == (0, [])
    assert reasons(tenant) == [TOO_LONG]
    assert TOO_LONG in reason_shown(signed_in(operator), upload)


def cancel_open_run(upload: Upload, actor: User) -> None:
    with scope.operator(actor, reason="test"):
        run = reload(upload).run
        assert run is not None and cancel_run(run=run, actor=actor, reason="It is the wrong file.")


@pytest.mark.parametrize("is_canceled", [False, True])
def test_a_file_whose_reading_stopped_is_read_again(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, is_canceled: bool
) -> None:
    upload, client = started(tenant, operator, UploadState.READING), signed_in(operator)
    assert "You can leave this page" in reason_shown(client, upload)
    if is_canceled:
        cancel_open_run(upload, operator)
    else:
        fail_run(monkeypatch)
    page = reason_shown(client, upload)
    why = "it was canceled" if is_canceled else "ZeroDivisionError at step 0"
    assert f"Reading stopped: {why}. Nothing was imported." in page and "Discard import" in page
    assert "You can leave this page" not in page and "it is discarded, because it can contain personal data" in page
    imports = f"/ops/attribution/{tenant.slug}/imports"
    assert "reading stopped" in client.get(f"{imports}/").text
    columns = client.get(f"{imports}/{upload.public_id}/columns")
    chosen = dict(re.findall(r'<select name="(column_\d+)".*?<option value="(\w+)" selected', columns.text, re.DOTALL))
    assert chosen
    seen = {"version": reload(upload).version, **chosen}
    answer = client.post(f"{imports}/{upload.public_id}/mapping", seen)
    assert answer.status_code == 302 and str(upload.public_id) not in answer["Location"]
    assert work().state == RunState.DONE
    assert "Approve 2 rows" in client.get(answer["Location"]).text
    assert reload(upload).state == UploadState.DISCARDED
    assert "This import was replaced." in reason_shown(client, upload)


def test_a_file_whose_reading_stopped_is_discarded_at_once(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    upload = started(tenant, operator, UploadState.READING)
    fail_run(monkeypatch)
    fields = {"reason": "It is damaged.", "version": reload(upload).version}
    place = f"/ops/attribution/{tenant.slug}/imports/{upload.public_id}/discard"
    assert signed_in(operator).post(place, fields).status_code == 302
    assert reload(upload).state == UploadState.DISCARDED and traces(upload) == (0, [])


def test_an_import_whose_run_was_canceled_does_not_state_that_it_continues(
    tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    upload = started(tenant, operator, UploadState.APPLYING)
    cancel_open_run(upload, operator)
    page = reason_shown(signed_in(operator), upload)
    assert "The import stopped: it was canceled." in page and "You can leave this page" not in page


def stop_at(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """Fail the run in a batch, counted from 0; each has one row."""
    saved = iter(range(batch))
    write = upload_runs._save

    def save_or_fail(rows: list[ImportRow]) -> None:
        next(saved)
        write(rows)

    with monkeypatch.context() as patch:
        patch.setattr(upload_runs, "BATCH", 1)
        patch.setattr(upload_runs, "_save", save_or_fail)
        assert work().state == RunState.FAILED


def names_in_map(tenant: Tenant) -> dict[str, bool]:
    with scope.tenant(tenant.pk):
        rows = TaxonomyItem.objects.filter(tenant=tenant, external_id__startswith="800")
        return dict(rows.values_list("name", "active"))


def page_of(upload: Upload, step: str = "") -> str:
    return f"/ops/titan-map/{upload.tenant.slug}/imports/{upload.public_id}{step}"


def act_on(client: Client, upload: Upload, step: str) -> None:
    fields = {"reason": "Its worker died.", "version": reload(upload).version}
    assert client.post(page_of(upload, f"/{step}"), fields).status_code == 302
    assert work().state == RunState.DONE


THREE = "name,id,active\nAttic Fan,8001,yes\nBathroom Fan,8002,yes\nSauna Heater,8003,yes\n"


def test_an_import_that_stopped_while_it_was_applied_is_continued(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    upload = stage_file(tenant, operator, THREE)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Monthly.")
    assert discard_waiting() == 0, "its run is open"
    stop_at(monkeypatch, 2)
    client = signed_in(operator)
    waits = client.get(page_of(upload)).text
    assert "Within the hour, this page offers how to continue." in waits and "The import continues." not in waits
    assert discard_waiting() == 1 and discard_waiting() == 0
    shown = client.get(page_of(upload)).text
    assert "2 rows are applied, and 1 row is not." in shown and "Apply 1 more row" in shown
    assert shown.count("<strong>not applied</strong>") == 1 and "<strong>skipped</strong>" not in shown
    assert "applied in part" in shown and "applied in part" in client.get(f"/ops/titan-map/{tenant.slug}/imports/").text
    act_on(client, upload, "resume")
    assert names_in_map(tenant) == dict.fromkeys(("Attic Fan", "Bathroom Fan", "Sauna Heater"), True)
    shown = client.get(page_of(upload)).text
    assert "stopped" not in shown and "more row" not in shown
    act_on(client, upload, "undo")
    assert not any(names_in_map(tenant).values())


def stopped(tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, batch: int) -> Upload:
    """Return an import of three rows whose run stopped in a batch while it applied them."""
    upload = stage_file(tenant, operator, THREE)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Monthly.")
    stop_at(monkeypatch, batch)
    assert discard_waiting() == 1
    return reload(upload)


def test_a_worker_that_is_not_replaced_yet_continues_after_the_last_applied_row(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    upload = stopped(tenant, operator, monkeypatch, 2)

    def with_applied_rows(upload: Upload) -> QuerySet[ImportRow]:
        rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, chosen=True)
        return rows.filter(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED))

    client = signed_in(operator)
    with monkeypatch.context() as patch:
        patch.setattr(upload_runs, "rows_to_apply", with_applied_rows)
        act_on(client, upload, "resume")
    with scope.tenant(tenant.pk):
        rows = ImportRow.objects.filter(upload=upload).values_list("applied", "problem")
        assert list(rows) == [(True, "")] * 3
    act_on(client, upload, "undo")
    assert len(names_in_map(tenant)) == 3 and not any(names_in_map(tenant).values())


@pytest.mark.parametrize(
    "why", ["The Titan Map is off.", "Someone else changed this import", "This import is past its retention period"]
)
def test_an_import_is_not_continued_if_it_is_off_or_changed_or_past_its_period(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    upload = stopped(tenant, operator, monkeypatch, 2)

    def refuse(*_: object) -> None:
        raise ImportRefused(why)

    if "off" in why:
        monkeypatch.setattr(uploads, "must_be_on", refuse)
    elif "period" in why:
        remove_file(upload)
    version = upload.version - ("changed" in why)
    with scope.tenant(tenant.pk), pytest.raises(ImportRefused, match=why):
        uploads.resume(upload=upload, actor=operator, reason="It stopped.", version=version)
    assert reload(upload).state == UploadState.APPLIED and names_in_map(tenant).keys() == {"Attic Fan", "Bathroom Fan"}


def test_an_import_that_another_process_moves_first_is_left_alone(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = stage_file(tenant, operator, THREE)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Monthly.")
    stop_at(monkeypatch, 2)
    read = selectors.rows_to_apply

    def read_too_late(stale: Upload) -> QuerySet[ImportRow]:
        states.move(reload(stale), UploadState.APPLIED)
        return read(stale)

    monkeypatch.setattr(waiting, "rows_to_apply", read_too_late)
    assert discard_waiting() == 0
    assert (reload(upload).state, reload(upload).problem) == (UploadState.APPLIED, "")
    with scope.tenant(tenant.pk):
        assert not AuditEntry.objects.filter(action="importer.release").exists()


def test_an_import_that_stopped_while_it_was_undone_is_undone_again(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    upload = stage_file(tenant, operator, THREE)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Monthly.")
    assert work().state == RunState.DONE
    with scope.tenant(tenant.pk):
        uploads.undo(upload=reload(upload), actor=operator, reason="It was the wrong file.")
    stop_at(monkeypatch, 1)
    assert discard_waiting() == 1
    client = signed_in(operator)
    shown = client.get(page_of(upload)).text
    assert "2 rows are still applied. Undo the import again." in shown and "more row" not in shown
    act_on(client, upload, "undo")
    assert reload(upload).state == UploadState.UNDONE and not any(names_in_map(tenant).values())


def test_a_discarded_import_asks_for_no_approval(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    upload, client = stopped(tenant, operator, monkeypatch, 0), signed_in(operator)
    assert "Approve it again." in client.get(page_of(upload)).text
    fields = {"reason": "It is too old.", "version": upload.version}
    assert client.post(page_of(upload, "/discard"), fields).status_code == 302
    assert reload(upload).state == UploadState.DISCARDED
    assert "Approve it again." not in client.get(page_of(upload)).text


@pytest.mark.parametrize("is_whole", [False, True], ids=["rows", "whole file"])
def test_an_import_that_stopped_before_its_first_row_is_approved_again(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, *, is_whole: bool
) -> None:
    upload = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS) if is_whole else stage_file(tenant, operator, THREE)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Monthly.")
    if is_whole:
        fail_run(monkeypatch)
    else:
        stop_at(monkeypatch, 0)
    assert discard_waiting() == 1
    upload = reload(upload)
    assert upload.state == UploadState.READY and "Nothing was imported. Approve it again." in upload.problem
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Monthly.")
    assert work().state == RunState.DONE
    assert (reload(upload).state, reload(upload).problem) == (UploadState.APPLIED, "")


def test_an_import_that_stopped_is_continued_only_while_it_is_the_last(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later import may have started since the run stopped; the order of the undo is that of the changes."""
    first, second = (stage_file(tenant, operator, text) for text in (THREE, "name,id\nWhole-House Fan,8009\n"))
    with scope.tenant(tenant.pk):
        uploads.approve(upload=first, actor=operator, reason="Monthly.")
    stop_at(monkeypatch, 1)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=second, actor=operator, reason="Monthly.")
    assert work().state == RunState.DONE and discard_waiting() == 1
    with scope.tenant(tenant.pk):
        with pytest.raises(ImportRefused, match="Only the last applied import"):
            uploads.resume(upload=reload(first), actor=operator, reason="It stopped.")
        uploads.undo(upload=reload(second), actor=operator, reason="Wrong.")
    assert work().state == RunState.DONE
    with scope.tenant(tenant.pk):
        uploads.resume(upload=reload(first), actor=operator, reason="It stopped.")
    assert work().state == RunState.DONE
    active = {name for name, is_active in names_in_map(tenant).items() if is_active}
    assert active == {"Attic Fan", "Bathroom Fan", "Sauna Heater"}


@pytest.mark.parametrize("state", [UploadState.READING, UploadState.APPLYING])
def test_an_import_whose_run_finds_no_file_is_refused_by_it(
    tenant: Tenant, operator: User, signed_in: SignIn, state: UploadState
) -> None:
    upload = started(tenant, operator, state)
    remove_file(upload)
    run = work()
    assert (run.state, run.error) == (RunState.FAILED, WITHOUT_FILE)
    assert reload(upload).state == UploadState.REFUSED and traces(upload) == (0, [])
    assert f"The file was refused. {WITHOUT_FILE}" in reason_shown(signed_in(operator), upload)


@pytest.mark.parametrize("state", [UploadState.READING, UploadState.APPLYING])
def test_an_import_that_loses_its_file_after_its_run_failed_ends_within_the_hour(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, state: UploadState
) -> None:
    upload = started(tenant, operator, state)
    fail_run(monkeypatch)
    remove_file(upload)
    assert discard_waiting() == 1 and traces(upload) == (0, [])
    assert WITHOUT_FILE in reason_shown(signed_in(operator), upload)


def test_a_legal_hold_prevents_it(tenant: Tenant, operator: User) -> None:
    upload = upload_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    age(upload)
    with scope.operator(operator, "a test"):
        request_hold(tenant=tenant, person="", actor=operator, reason="A dispute.")
    assert discard_waiting() == 0 and traces(upload)[0]


def test_a_legal_hold_during_the_task_protects_the_later_files(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (upload_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS) for _ in range(2))
    age(first)
    age(second)

    def hold_between(upload: Upload) -> None:
        forget_values(upload)
        with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session, pytest.raises(LockNotAvailable):
            session.execute("SELECT FROM tenants_tenant WHERE id = %s FOR NO KEY UPDATE NOWAIT", [tenant.pk])
        transaction.on_commit(request_now)

    def request_now() -> None:
        with scope.operator(operator, "a test"):
            request_hold(tenant=tenant, person="", actor=operator, reason="A dispute.")

    monkeypatch.setattr(waiting, "forget_values", hold_between)
    assert discard_waiting() == 1
    assert not traces(first)[0] and traces(second)[0]
    assert reload(second).state == UploadState.UPLOADED


def test_an_erasure_reaches_a_file_that_waits(tenant: Tenant, operator: User, lead_operator: User) -> None:
    staged = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    unread = upload_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    request = searched(tenant, operator, name=NAME, phone=PHONE, email=EMAIL)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    assert [values["name"] for values in traces(staged)[1]] == ["Pat Doe"] and not traces(staged)[0]
    with scope.tenant(tenant.pk):
        with pytest.raises(ImportRefused, match="The file of this import was removed"):
            uploads.approve(upload=staged, actor=operator, reason="Monthly.")
        with pytest.raises(ImportRefused, match="The file of this import was removed"):
            uploads.confirm_mapping(upload=unread, mapping=staged.mapping, actor=operator)
    assert discard_waiting() == 2 and reasons(tenant) == [WITHOUT_FILE, WITHOUT_FILE]
    assert {reload(upload).state for upload in (staged, unread)} == {UploadState.DISCARDED}
    assert traces(staged) == (0, [])


def test_the_page_states_until_when_a_file_waits(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    client: Client = signed_in(operator)
    staged = stage_file(tenant, operator, CUSTOMERS_CSV, CUSTOMERS)
    store_at(staged, datetime(2026, 10, 1, 20, tzinfo=UTC))
    place = f"/ops/attribution/{tenant.slug}/imports/{staged.public_id}"
    for page in (place, f"{place}/columns"):
        shown = re.sub(r"<[^>]+>", "", client.get(page).text)
        assert re.search(r"If the file is not imported by Oct 31, 2026[^.]*, it is discarded", shown)
