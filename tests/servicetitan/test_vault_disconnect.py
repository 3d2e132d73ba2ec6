"""Disconnect: everything at once, a receipt without a value, and what follows is owed until it is done."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.ops import disconnect_follow_ups
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import AuditError
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import read_file
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.sealing import errors
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.connections import receipts
from pagetojob.servicetitan.vault import selectors
from pagetojob.servicetitan.vault.models import (
    AT_DISCONNECT,
    Connection,
    ConnectionState,
    DataKey,
    FollowUp,
    Lost,
    Receipt,
    Revocation,
    Secret,
    SecretKind,
)
from pagetojob.servicetitan.vault.services import (
    Use,
    confirm_revocation,
    connections,
    decrypt,
    disconnect,
    disconnection,
)
from pagetojob.servicetitan.vault.services.disconnection import FOLLOW_UP, NothingToConfirm, resume_stalled_disconnects
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from tests.support.queue import reach
from tests.support.runs import work_runs
from tests.support.services import ROOT
from tests.support.vault import PLANTED, authorized, fill, secret_of

S = ConnectionState


def end(row: Connection, actor: User) -> Receipt:
    return disconnect(connection=row, actor=actor, reason="The customer changes to another agency.")


def steps(receipt: Receipt) -> list[FollowUp]:
    with scope.tenant(receipt.tenant_id):
        return list(FollowUp.objects.filter(receipt=receipt).order_by("id"))


def mails(folder: Path) -> list[str]:
    return [file.read_text() for file in folder.glob("*.eml")] if folder.exists() else []


def test_disconnect_destroys_everything_and_writes_a_receipt(
    tenant: Tenant, owner: User, connected: Connection
) -> None:
    secrets = {kind: secret_of(connected, kind) for kind in (SecretKind.APP_KEY, SecretKind.CLIENT_SECRET)}
    receipt = end(connected, owner)
    with scope.tenant(tenant.pk):
        row = Connection.objects.get(pk=connected.pk)
        kept = [(one.sealed, bool(one.destroyed_at)) for one in Secret.objects.all()]
        keys = [(one.wrapped, bool(one.destroyed_at)) for one in DataKey.objects.all()]
        line = AuditEntry.objects.get(action="vault.disconnect")
    assert (row.state, kept, keys) == (S.DISCONNECTED, [(None, True)] * 3, [(None, True)])
    assert connected.state == S.DISCONNECTED
    assert [(one["kind"], one["fingerprint"]) for one in receipt.held if one["kind"] != "client id"] == [
        (kind, secret.fingerprint) for kind, secret in secrets.items()
    ]
    assert [one["wrapped_by"] for one in receipt.keys_destroyed] == ["now"]
    assert receipt.backups_end_on == (timezone.now() + timedelta(days=35)).date()
    assert receipt.revocation == Revocation.UNSUPPORTED
    assert [one["flag"] for one in receipt.features] == [slug for slug, flag in FLAGS.items() if flag.gates]
    assert len(receipt.to_do) == 1, "the simulator has no admin who could disable an app"
    assert (line.actor_id, line.reason) == (owner.pk, "The customer changes to another agency.")
    assert PLANTED not in json.dumps([receipt.held, receipt.keys_destroyed, receipt.to_do])


def test_nothing_is_decrypted_after_a_disconnect(connected: Connection, owner: User) -> None:
    secret = secret_of(connected)
    end(connected, owner)
    with pytest.raises(errors.Destroyed):
        decrypt(secret, purpose=Use.TOKEN_REQUEST, by="gateway")


def test_second_disconnect_returns_the_same_receipt(connected: Connection, owner: User) -> None:
    assert end(connected, owner).pk == end(connected, owner).pk


def test_disconnect_needs_a_reason(tenant: Tenant, connected: Connection, owner: User) -> None:
    with pytest.raises(AuditError):
        disconnect(connection=connected, actor=owner, reason=" ")
    assert decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


@pytest.mark.parametrize("state", [S.NOT_CONNECTED, S.AWAITING_APPROVAL, S.AUTHORIZED, S.PAUSED, S.LOST])
def test_disconnect_works_from_every_state(tenant: Tenant, owner: User, connected: Connection, state: str) -> None:
    row = connected
    if state == S.PAUSED:
        connections.pause(connection=row, actor=owner, reason="Holiday.")
    elif state == S.LOST:
        connections.note_refusal(connection=row, what=Lost.SCOPES, by="gateway")
    else:
        row, _ = connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=owner, reason="Asked.")
        if state != S.NOT_CONNECTED:
            row = connections.ask_approval(connection=row, actor=owner, reason="Sent.")
        if state == S.AUTHORIZED:
            row = connections.authorize(
                connection=row, servicetitan_tenant="1", scopes=["a.b:r"], modules=[], actor=owner, reason="Allowed."
            )
    receipt = end(row, owner)
    assert (receipt.state_before, row.state) == (state, S.DISCONNECTED)
    assert (receipt.revocation == Revocation.UNSUPPORTED) == (state in (S.AUTHORIZED, S.PAUSED))
    assert bool(receipt.held) == (state in (S.PAUSED, S.LOST))


def test_only_that_connection_loses_its_key(tenant: Tenant, owner: User, connected: Connection, settings: Any) -> None:
    other, _ = connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=owner, reason="Asked for.")
    end(other, owner)
    assert decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


def test_connecting_again_starts_clean(tenant: Tenant, owner: User, connected: Connection) -> None:
    receipt = end(connected, owner)
    again, new = connections.begin(
        tenant=tenant, environment=Environment.SIMULATOR, actor=owner, reason="They come back."
    )
    assert (new, again.scopes, again.modules, again.servicetitan_tenant, again.state) == (
        True,
        [],
        [],
        "",
        S.NOT_CONNECTED,
    )
    again = authorized(tenant, owner)
    fill(again, owner)
    with scope.tenant(tenant.pk):
        assert selectors.stored_secrets(again) and not selectors.stored_secrets(connected)
        assert [row.pk for row in receipts.of_tenant(tenant)] == [receipt.pk]
    with pytest.raises(errors.Destroyed):
        decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


def test_a_receipt_of_the_simulator_has_nothing_to_confirm(owner: User, connected: Connection) -> None:
    with pytest.raises(NothingToConfirm, match="led to the simulator"):
        confirm_revocation(receipt=end(connected, owner), actor=owner, reason="I saw it disabled in their admin.")


def test_a_receipt_stays_as_it_is_and_is_confirmed_once(tenant: Tenant, owner: User) -> None:
    receipt = end(authorized(tenant, owner, Environment.PRODUCTION), owner)
    assert "API Application Access" in receipt.to_do[0] and len(receipt.to_do) == 2
    changes: tuple[dict[str, Any], ...] = ({"reason": "another"}, {"held": []})
    for change in changes:
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), scope.tenant(tenant.pk):
            Receipt.objects.filter(pk=receipt.pk).update(**change)
    confirmed = confirm_revocation(receipt=receipt, actor=owner, reason="I saw it disabled in their admin.")
    assert (confirmed.revocation, confirmed.revoked_by_id) == (Revocation.CONFIRMED, owner.pk)
    with pytest.raises(NothingToConfirm):
        confirm_revocation(receipt=receipt, actor=owner, reason="Again.")
    with pytest.raises(IntegrityError, match="a receipt stays"), transaction.atomic(), scope.tenant(tenant.pk):
        Receipt.objects.filter(pk=receipt.pk).update(revocation=Revocation.UNKNOWN, revoked_at=None, revoked_by=None)


@pytest.mark.usefixtures("can_make_pdfs")
def test_follow_up_steps_are_done_by_a_run(
    tenant: Tenant, owner: User, connected: Connection, captured: Lead, tmp_path: Path
) -> None:
    with scope.worker():
        waiting = SyncItem.objects.get(lead=captured, kind=Kind.BOOKING_REQUEST)
        later = timezone.now() + timedelta(hours=5)
        reach(waiting, State.RETRYING, due_at=later, cause="database-lost", last_error="lost")
    receipt = end(connected, owner)
    assert [(row.step, row.done_at) for row in steps(receipt)] == [(step, None) for step in AT_DISCONNECT]
    work_runs()
    done = steps(receipt)
    assert all(row.done_at and row.tries == 1 for row in done)
    assert [row.outcome for row in done] == [
        "Retrying items that were rescheduled to meet the closed gate: 1. Blocked items: 0.",
        "The request form is on, and the business is notified of each request by email.",
        "The business was notified by email.",
        "Nothing was read by API through this connection.",
        "The PDF is stored here.",
    ]
    with scope.worker():
        assert SyncItem.objects.get(pk=waiting.pk).due_at < timezone.now()  # type: ignore[operator]
    [mail] = mails(tmp_path / "mail")
    assert "Subject: Your simulator connection has ended" in mail and str(receipt.public_id) in mail
    assert "Desert Peak Heating & Air to the PageToJob simulator" in mail and "Access at ServiceTitan" not in mail
    assert "hmac:" in mail and PLANTED not in mail and "&#" not in mail
    assert tenant.in_words(receipt.at) in mail and "UTC" not in mail, "in the contractor's time zone"


def test_the_email_of_a_real_connection_names_servicetitan(tenant: Tenant, owner: User, connected: Connection) -> None:
    context = {"receipt": end(connected, owner), "tenant": tenant, "simulated": False}
    mail = render_to_string("ops/mail/disconnected.txt", context)
    assert "The ServiceTitan connection of Desert Peak" in mail and "Access at ServiceTitan" in mail
    assert "simulator has ended" not in mail


def test_missing_fallback_is_reported(tenant: Tenant, owner: User, connected: Connection) -> None:
    with scope.tenant(tenant.pk):
        from pagetojob.gates.models import Flag

        Flag.objects.filter(slug="booking-request-fallback").update(killed=True)
    receipt = end(connected, owner)
    work_runs()
    assert (
        steps(receipt)[1].outcome
        == "Check this now: the request form is off, and an email address is set for notifications."
    )


def test_pending_email_is_retried_after_a_mail_outage(
    tenant: Tenant, owner: User, connected: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mail").write_text("no folder")
    receipt = end(connected, owner)
    work_runs()
    assert [bool(row.done_at) for row in steps(receipt)] == [True, True, False, True, True]
    assert resume_stalled_disconnects() == 0, "it is not five minutes old"
    monkeypatch.setattr(disconnection, "STALLED_AFTER", timedelta(0))
    (tmp_path / "mail").unlink()
    assert (resume_stalled_disconnects(), resume_stalled_disconnects()) == (1, 1)
    work_runs()
    last = steps(receipt)[2]
    assert (bool(last.done_at), last.tries, len(mails(tmp_path / "mail"))) == (True, 2, 1)
    assert resume_stalled_disconnects() == 0
    with scope.tenant(tenant.pk):
        assert [run.state for run in Run.objects.filter(kind=FOLLOW_UP)] == [RunState.DONE] * 2


def test_email_needs_a_person_after_a_hundred_attempts(
    tenant: Tenant, owner: User, connected: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disconnect_follow_ups, "MOST_TRIES", 1)
    (tmp_path / "mail").write_text("no folder")
    receipt = end(connected, owner)
    work_runs()
    assert "Call the business" in steps(receipt)[2].outcome


CRASH = """
import os, django
django.setup()
from django.db import connection
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import disconnect
left = int(os.environ["STATEMENTS"])
def count(execute, sql, params, many, context):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
    return execute(sql, params, many, context)
if os.environ["WHAT"] == "disconnect":
    with scope.tenant(int(os.environ["TENANT"])):
        row = Connection.objects.get(pk=int(os.environ["ROW"]))
    actor = User.objects.get(pk=int(os.environ["ACTOR"]))
    with connection.execute_wrapper(count):
        disconnect(connection=row, actor=actor, reason="They leave.")
else:
    with scope.worker():
        run = claim_run()
    with connection.execute_wrapper(count):
        work_run(run)
print("whole")
"""


def killed_after(statements: int, what: str, row: Connection, actor: User, mail: Path) -> bool:
    """Do it in a process that is killed before its next statement; whether it came to its end."""
    given = {"STATEMENTS": statements, "WHAT": what, "TENANT": row.tenant_id, "ROW": row.pk, "ACTOR": actor.pk}
    done = subprocess.run(
        [sys.executable, "-c", CRASH],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in given.items()} | {"EMAIL_URL": f"file://{mail}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [(10,), pytest.param((4, 10, 16), marks=pytest.mark.nightly)])
def test_disconnect_is_atomic_when_killed(
    tenant: Tenant, owner: User, connected: Connection, tmp_path: Path, kills: tuple[int, ...]
) -> None:
    for statements in kills:
        assert not killed_after(statements, "disconnect", connected, owner, tmp_path / "mail")
        assert decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")
        with scope.tenant(tenant.pk):
            assert not Receipt.objects.exists() and not Run.objects.exists()
    receipt = end(connected, owner)
    assert len(steps(receipt)) == len(AT_DISCONNECT)


@pytest.mark.nightly
@pytest.mark.usefixtures("can_make_pdfs")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [(3, 12), pytest.param((3, 12, 12, 18), marks=pytest.mark.nightly)])
def test_follow_up_resumes_after_a_kill_between_steps(
    tenant: Tenant, owner: User, connected: Connection, tmp_path: Path, kills: tuple[int, ...]
) -> None:
    receipt = end(connected, owner)
    seen = set()
    for statements in kills:
        assert not killed_after(statements, "follow up", connected, owner, tmp_path / "mail")
        seen.add(tuple(bool(row.done_at) for row in steps(receipt)))
        let_leases_run_out()
    work_runs()
    assert all(row.done_at for row in steps(receipt))
    assert len(seen) >= len(set(kills)) and (True,) * len(AT_DISCONNECT) not in seen, seen
    assert len(mails(tmp_path / "mail")) == 1
    with scope.tenant(tenant.pk):
        [pdf] = File.objects.filter(purpose=Purpose.PACKET)
        assert b"".join(read_file(pdf)).startswith(b"%PDF-") and steps(receipt)[-1].file_id == pdf.pk


def let_leases_run_out() -> None:
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute("UPDATE runs_run SET lease_until = now() - interval '1 second' WHERE state = 'running'")
