"""One token request per tenant and expiry, however many need it; and nothing kept for a connection that ended."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.sealing import errors
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault import tokens
from pagetojob.servicetitan.vault.models import Connection, Lost, Secret, SecretKind
from pagetojob.servicetitan.vault.services import connections, disconnect
from pagetojob.servicetitan.vault.tokens import AccessToken, Credentials, FreshToken, access_token, forget_token
from tests.support.services import ROOT
from tests.support.threads import at_once
from tests.support.vault import APP_KEY, CLIENT_ID, CLIENT_SECRET, secret_of

LIVES = timedelta(minutes=15)


class OtherSide:
    """Answers token requests and remembers them."""

    def __init__(self, lives: timedelta = LIVES) -> None:
        self.asked: list[Credentials] = []
        self.lives = lives

    def __call__(self, credentials: Credentials) -> FreshToken:
        self.asked.append(credentials)
        return FreshToken(SecretText(f"token-{len(self.asked)}"), self.lives)


def lines(tenant: Tenant) -> list[str]:
    with scope.tenant(tenant.pk):
        return list(AuditEntry.objects.filter(action="vault.decrypt").order_by("id").values_list("reason", flat=True))


def test_first_call_fetches_and_the_next_reads(tenant: Tenant, connected: Connection) -> None:
    other = OtherSide()
    first, second = access_token(connected, fetch=other), access_token(connected, fetch=other)
    assert (first.value.reveal(), second.value.reveal(), len(other.asked)) == ("token-1", "token-1", 1)
    asked = other.asked[0]
    assert (asked.app_key.reveal(), asked.client_id.reveal(), asked.client_secret.reveal()) == (
        APP_KEY,
        CLIENT_ID,
        CLIENT_SECRET,
    )
    assert (asked.environment, asked.servicetitan_tenant) == ("stand-in", "1011756844")
    assert lines(tenant) == [
        "asking ServiceTitan for an access token",
        "calling the ServiceTitan API",
        "calling the ServiceTitan API",
    ]
    assert "token-1" not in repr(first) and "cs2." not in repr(asked)


def test_lifetime_starts_before_the_request_and_is_limited(connected: Connection) -> None:
    began = timezone.now()
    token = access_token(connected, fetch=OtherSide(timedelta(days=365)))
    assert began + timedelta(hours=23) < token.expires_at < timezone.now() + timedelta(hours=24)


@pytest.mark.parametrize("left", [timedelta(0), timedelta(days=-1)])
def test_expiring_token_is_renewed(connected: Connection, left: timedelta) -> None:
    access_token(connected, fetch=OtherSide(left))
    other = OtherSide()
    assert access_token(connected, fetch=other).value.reveal() == "token-1"
    assert len(other.asked) == 1


@pytest.mark.parametrize(("lives", "used"), [(900, 840), (240, 180), (60, 45), (8, 6)])
def test_a_token_is_used_until_a_minute_or_a_quarter_of_its_life_is_left(
    connected: Connection, lives: int, used: int
) -> None:
    began = timezone.now()
    for token in (access_token(connected, fetch=OtherSide(timedelta(seconds=lives))) for _ in range(2)):
        assert abs((token.renew_at - began).total_seconds() - used) < 1
        assert token.generation == 1


def test_a_refused_token_is_forgotten_once(connected: Connection) -> None:
    other = OtherSide()
    token = access_token(connected, fetch=other)
    assert forget_token(connected, token)
    assert not forget_token(connected, token), "the second worker that was refused with it"
    fresh = access_token(connected, fetch=other)
    assert not forget_token(connected, token), "a worker that is late"
    assert (fresh.value.reveal(), fresh.generation, len(other.asked)) == ("token-2", token.generation + 1, 2)


def test_fetch_errors_propagate_and_nothing_is_stored(tenant: Tenant, connected: Connection) -> None:
    def refuse(_: Credentials) -> FreshToken:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        access_token(connected, fetch=refuse)
    with scope.tenant(tenant.pk):
        assert not Secret.objects.filter(kind=SecretKind.ACCESS_TOKEN).exists()
    assert lines(tenant) == ["asking ServiceTitan for an access token"], "its secrets were read all the same"


def test_unreadable_token_is_replaced(connected: Connection) -> None:
    other = OtherSide()
    access_token(connected, fetch=other)
    with scope.worker(), database.cursor() as cursor:
        cursor.execute("UPDATE vault_secret SET sealed = substr(sealed, 1, 30) WHERE kind = 'access token'")
    assert access_token(connected, fetch=other).value.reveal() == "token-2"


def test_closed_gate_stops_the_next_token(connected: Connection, settings: Any) -> None:
    settings.SERVICETITAN_STANDIN_API_URL = ""
    other = OtherSide()
    with pytest.raises(errors.NotAdmitted):
        access_token(connected, fetch=other)
    assert other.asked == []


@pytest.mark.parametrize("end", ["pause", "lose"])
def test_unused_connection_has_no_token(owner: User, connected: Connection, end: str) -> None:
    other = OtherSide()
    access_token(connected, fetch=other)
    if end == "pause":
        connections.pause(connection=connected, actor=owner, reason="Holiday.")
    else:
        connections.note_refusal(connection=connected, what=Lost.SCOPES, by="gateway")
    with pytest.raises(errors.ConnectionClosed):
        access_token(connected, fetch=other)
    assert len(other.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_make_one_request_for_each_expiry(connected: Connection) -> None:
    other = OtherSide()
    together = threading.Barrier(8)

    def worker(_: int) -> list[str]:
        first = access_token(connected, fetch=other)
        together.wait(timeout=20)
        forget_token(connected, first)
        together.wait(timeout=20)
        return [first.value.reveal(), access_token(connected, fetch=other).value.reveal()]

    assert at_once(worker, range(8)) == [["token-1", "token-2"]] * 8
    assert len(other.asked) == 2


@pytest.mark.django_db(transaction=True)
def test_two_processes_make_one_request(connected: Connection, tmp_path: Path) -> None:
    code = f"""
import django, os, pathlib, datetime
django.setup()
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.tokens import FreshToken, access_token
from pagetojob.platform.sealing.secret_values import SecretText
def fetch(credentials):
    (pathlib.Path({str(tmp_path)!r}) / str(os.getpid())).touch()
    return FreshToken(SecretText("of-" + str(os.getpid())), datetime.timedelta(minutes=15))
with scope.tenant({connected.tenant_id}):
    row = Connection.objects.select_related("tenant").get(pk={connected.pk})
print(access_token(row, fetch=fetch).value.reveal())
"""
    addresses = dict.fromkeys(("SERVICETITAN_STANDIN_AUTH_URL", "SERVICETITAN_STANDIN_API_URL"), "http://127.0.0.1:9")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | addresses, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = {process.communicate(timeout=60)[0].strip() for process in started}
    asked = [file.name for file in tmp_path.iterdir()]
    assert outputs == {f"of-{asked[0]}"} and len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_disconnect_does_not_wait_for_a_token_and_drops_it(owner: User, connected: Connection) -> None:
    def end_it_meanwhile(_: Credentials) -> FreshToken:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(in_a_thread).result(timeout=20)
        return FreshToken(SecretText("too-late"), LIVES)

    def in_a_thread() -> None:
        try:
            disconnect(connection=connected, actor=owner, reason="They leave.")
        finally:
            database.close()

    with pytest.raises(errors.ConnectionClosed):
        access_token(connected, fetch=end_it_meanwhile)
    with scope.tenant(connected.tenant_id):
        assert not Secret.objects.filter(kind=SecretKind.ACCESS_TOKEN).exists()


@pytest.mark.django_db(transaction=True)
def test_waiting_too_long_raises_token_busy(connected: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "WAIT_MILLISECONDS", 100)

    def meanwhile(_: Credentials) -> FreshToken:
        with ThreadPoolExecutor(1) as pool, pytest.raises(errors.TokenBusy):
            pool.submit(another).result(timeout=20)
        return FreshToken(SecretText("token"), LIVES)

    def another() -> AccessToken:
        try:
            return access_token(connected, fetch=OtherSide())
        finally:
            database.close()

    assert access_token(connected, fetch=meanwhile).value.reveal() == "token"
    assert secret_of(connected, SecretKind.ACCESS_TOKEN).generation == 1
