"""The main job through real processes: form, rows, dispatcher, Celery worker, mail, operator."""

import os
import signal
from collections.abc import Generator
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client

from pagetojob.local.process import free_port
from pagetojob.local.valkey import Valkey
from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncAttempt, SyncItem
from syncqueue.services.delivery import NOTICES_AT_ONCE
from tests.support.cast import SignIn
from tests.support.desk import mark_as_done
from tests.support.processes import Processes, eventually
from tests.support.smtp import MailServer
from tests.support.visitor import send as send_form

pytestmark = pytest.mark.django_db(transaction=True)


def send(client: Client) -> HttpResponse:
    """No emergency: by night, dispatch would look at it first."""
    answer: HttpResponse = send_form(client, urgency="soon")
    return answer


def states() -> dict[str, str]:
    with scope.worker():
        return dict(SyncItem.objects.values_list("kind", "state"))


def worked_off(leads: int) -> bool:
    """Whether business and visitor of every lead were told and every booking waits at its gate."""
    with scope.worker():
        counts = {state: SyncItem.objects.filter(state=state).count() for state in (State.DELIVERED, State.BLOCKED)}
    return counts == {State.DELIVERED: 2 * leads, State.BLOCKED: leads}


def test_from_the_form_to_the_finished_item(
    client: Client, tenant: Tenant, operator: User, signed_in: SignIn, processes: Processes
) -> None:
    processes.start("dispatcher", "deliver", "work")
    assert send(client).status_code == 302
    eventually(lambda: worked_off(1))
    assert len(list((processes.folder / "mail").glob("*.eml"))) == 2

    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
    desk = signed_in(operator)
    assert "partner approval" in desk.get(f"/ops/items/{item.public_id}").text
    assert mark_as_done(desk, item).status_code == 302
    assert states()[Kind.BOOKING_REQUEST] == State.MANUAL_COMPLETE
    with scope.worker():
        assert selectors.books() == selectors.BookingLedger(1, delivered=0, manual_complete=1, waiting=0, excluded=0)
    with scope.worker():
        eventually(lambda: ScheduledTask.objects.filter(last_finished_at__isnull=False).exists())


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.nightly)])
def test_a_worker_killed_in_mid_work_loses_nothing_and_settles_nothing_twice(
    client: Client, tenant: Tenant, processes: Processes, mail_server: MailServer, kills: int
) -> None:
    """The mail server takes a while to confirm, and each kill falls into that while."""
    mail_server.box.delay = 0.5
    processes.email_url = mail_server.url
    processes.start("dispatcher", "deliver", "work")
    for _ in range(kills):
        assert send(client).status_code == 302
        eventually(lambda: _held(Kind.BUSINESS_NOTIFICATION) > 0)
        processes.kill("deliver")
        with scope.worker():
            SyncItem.objects.filter(state=State.SENDING).update(lease_until=Now())
        processes.start("deliver")
    mail_server.box.delay = 0.0
    eventually(lambda: worked_off(kills), seconds=60)
    with scope.worker():
        outcomes = list(SyncAttempt.objects.order_by().values_list("item_id", "outcome"))
    settled = [item for item, outcome in outcomes if outcome != "lost"]
    assert len(settled) == len(set(settled)) == 3 * kills
    lost = len(outcomes) - len(settled)
    assert kills <= lost <= NOTICES_AT_ONCE * kills, "a kill costs only the notices that were being sent"
    # On a busy machine, the person on call may get the mail of an alarm, too.
    mails = [message_from_string(body, policy=policy.default) for body in mail_server.box.bodies]
    ids = {(mail["To"], mail["Subject"], mail["Message-ID"]) for mail in mails if "PTJ-" in mail["Subject"]}
    assert len(ids) == len({(to, subject) for to, subject, _ in ids}) == 2 * kills, "a mail has one id at each attempt"


def _held(kind: Kind) -> int:
    with scope.worker():
        return SyncItem.objects.filter(state=State.SENDING, kind=kind, lease_until__gt=Now()).count()


@pytest.mark.nightly
def test_sessions_cut_by_a_database_restart_cost_no_lead(client: Client, tenant: Tenant, processes: Processes) -> None:
    processes.start("dispatcher", "deliver", "work")
    for round_ in range(1, 4):
        send(client)
        eventually(lambda count=round_: worked_off(count))  # type: ignore[misc]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchall()


@pytest.fixture
def own_valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Valkey]:
    """A broker of our own to stop and freeze."""
    valkey = Valkey(tmp_path / "valkey", port=free_port())
    valkey.start()
    monkeypatch.setenv("REDIS_URL", valkey.url)
    yield valkey
    valkey.stop()


def test_without_a_broker_every_lead_is_stored_and_told_of_when_it_is_back(
    client: Client, tenant: Tenant, processes: Processes, own_valkey: Valkey, settings: Any
) -> None:
    settings.INTAKE_LIMIT = 1000
    processes.start("dispatcher", "deliver", "work")
    send(client)
    eventually(lambda: worked_off(1))
    own_valkey.stop()
    store_without_a_broker(client, leads=20)
    own_valkey.start()
    eventually(lambda: worked_off(21), seconds=60)
    assert own_valkey.pid is not None
    os.kill(own_valkey.pid, signal.SIGSTOP)
    store_without_a_broker(client, leads=20)
    os.kill(own_valkey.pid, signal.SIGCONT)
    eventually(lambda: worked_off(41), seconds=60)


def store_without_a_broker(client: Client, *, leads: int) -> None:
    """Send forms; each is a lead whose items wait."""
    with scope.worker():
        before = Lead.objects.count()
    for _ in range(leads):
        assert send(client).status_code == 302
    with scope.worker():
        assert Lead.objects.count() == before + leads
        assert SyncItem.objects.filter(state=State.QUEUED).count() == 3 * leads
