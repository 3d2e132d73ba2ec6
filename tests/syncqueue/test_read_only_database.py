"""A read-only database (a replica during a failover) is an outage of writing: visitors get a 503 and a phone number."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from psycopg import errors

from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.services import inbox
from tests.support.api import make_key
from tests.support.api import send as send_to_api
from tests.support.cast import SignIn
from tests.support.inbox import BODY, Sender
from tests.support.visitor import FORM, leads, send

GOOD = json.dumps(BODY).encode()


@pytest.fixture
def read_only(transactional_db: None) -> Iterator[Callable[[], None]]:
    """Make every transaction of this test's connection read-only, as on a replica."""

    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    yield lambda: execute("SET default_transaction_read_only = on")
    execute("RESET default_transaction_read_only")


@pytest.fixture
def key(tenant: Tenant) -> str:
    return make_key(tenant)


def test_the_form_answers_503_with_the_phone_number_and_the_input(
    client: Client, tenant: Tenant, read_only: Callable[[], None]
) -> None:
    client.get(FORM)
    read_only()
    answer = send(client, message="The upstairs unit is silent")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "(602) 555-0100" in answer.text and "The upstairs unit is silent" in answer.text
    assert leads(tenant) == []


def test_the_api_answers_503(key: str, tenant: Tenant, read_only: Callable[[], None]) -> None:
    read_only()
    answer = send_to_api(key, once="k-1")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer.json()["type"].endswith("unavailable")
    assert leads(tenant) == []


def test_the_webhook_inbox_answers_503(sender: Sender, read_only: Callable[[], None]) -> None:
    headers = sender.headers(GOOD)
    inbox.forget()
    read_only()
    answer = sender.post(GOOD, headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")


def test_readyz_reports_it(client: Client, read_only: Callable[[], None]) -> None:
    assert client.get("/readyz").json()["writable"] is True
    read_only()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "schema": "pagetojob.ready/1",
        "ok": False,
        "database": True,
        "writable": False,
        "missing_migrations": 0,
    }


def test_any_other_page_answers_503_in_our_words(
    operator: User, signed_in: SignIn, read_only: Callable[[], None]
) -> None:
    client = signed_in(operator)
    client.raise_request_exception = False
    read_only()
    answer = client.post("/account/sign-out")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Nothing was saved" in answer.text


@pytest.mark.parametrize("sqlstate_class", ["08", "25", "40", "53", "54", "55", "57", "58", "XX"])
def test_every_error_class_of_an_outage_is_recognized(sqlstate_class: str) -> None:
    """The classes of PostgreSQL's appendix A that say: not now."""
    members = [error for code, error in _errors_by_code() if code[:2] == sqlstate_class]
    assert members
    away = {name.__name__ for name in UNAVAILABLE}
    assert [error.__name__ for error in members if not away & {base.__name__ for base in error.__mro__}] == []


def _errors_by_code() -> Iterator[tuple[str, type[Exception]]]:
    for error in vars(errors).values():
        if isinstance(error, type) and isinstance(code := getattr(error, "sqlstate", None), str):
            yield code, error
