"""Over real HTTP: one form makes one lead, however it is sent and however often."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import TaxonomyItem
from syncqueue.leads.models import BookingRequest, Lead
from syncqueue.models import SyncItem
from syncqueue.services import site
from tests.support.publishing import publish_map
from tests.support.visitor import FORM, filled_in, leads, send

pytestmark = pytest.mark.django_db(transaction=True)
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def post(live_server: Any) -> Callable[[str], tuple[int, str]]:
    """Return a function that posts a body to the form; it returns the status and the redirect address."""
    host = urlsplit(str(live_server)).netloc

    def once(body: str) -> tuple[int, str]:
        http = HTTPConnection(host, timeout=60)
        try:
            http.request("POST", FORM, body, HEADERS)
            answer = http.getresponse()
            return answer.status, answer.headers.get("Location", "")
        finally:
            http.close()

    def go(body: str) -> tuple[int, str]:
        # The test server queues ten connections and drops the others; people retry.
        for _ in range(20):
            try:
                return once(body)
            except ConnectionError:
                time.sleep(0.2)
        return once(body)

    return go


def test_fifty_concurrent_posts_of_a_form_make_a_single_lead(
    tenant: Tenant, post: Callable[[str], tuple[int, str]]
) -> None:
    body, answers = urlencode(filled_in()), []
    threads = [threading.Thread(target=lambda: answers.append(post(body))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 50 and len(set(answers)) == 1 and answers[0][0] == 302
    with scope.worker():
        assert Lead.objects.count() == 1
        assert SyncItem.objects.values("kind").distinct().count() == SyncItem.objects.count()


def test_a_post_repeated_after_a_lost_connection_is_a_single_lead(
    tenant: Tenant, live_server: Any, post: Callable[[str], tuple[int, str]]
) -> None:
    body = urlencode(filled_in())
    http = HTTPConnection(urlsplit(str(live_server)).netloc, timeout=60)
    http.request("POST", FORM, body, HEADERS)
    http.close()
    deadline = time.monotonic() + 20
    while not leads(tenant) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert post(body)[0] == 302
    assert len(leads(tenant)) == 1


def test_a_second_request_minutes_later_is_a_second_lead(
    tenant: Tenant, post: Callable[[str], tuple[int, str]]
) -> None:
    assert post(urlencode(filled_in()))[1] != post(urlencode(filled_in()))[1]
    assert len(leads(tenant)) == 2


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/x-www-form-urlencoded", 413), ("multipart/form-data; boundary=b", 413), ("application/json", 415)],
)
def test_a_browser_that_sends_ten_megabytes_hears_why_they_are_not_taken(
    tenant: Tenant, live_server: Any, content_type: str, status: int
) -> None:
    """A server that answers before it has read the body closes the connection, and the browser shows its own error."""
    head = (
        b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n' if "multipart" in content_type else b"message="
    )
    http = HTTPConnection(urlsplit(str(live_server)).netloc, timeout=60)
    http.request("POST", FORM, head + b"x" * 10_000_000, {"Content-Type": content_type})
    answer = http.getresponse()
    assert answer.status == status and b"(602) 555-0100" in answer.read()
    http.close()


def test_a_post_costs_a_fixed_number_of_statements(tenant: Tenant, client: Any) -> None:
    client.get(FORM)
    with CaptureQueriesContext(connection) as queries:
        send(client)
    statements = [query["sql"][:60] for query in queries]
    assert len(statements) == POST_STATEMENTS, statements
    with CaptureQueriesContext(connection) as queries:
        send(client)
    assert len(queries) == POST_STATEMENTS - 4, "the page of a moment ago is not read again"


def test_a_post_makes_no_outside_call(client: Any, tenant: Tenant, audit_socket: list[Any]) -> None:
    """A post never depends on anything outside the database that is down, refusing, silent or slow."""
    assert send(client).status_code == 302
    assert audit_socket == []
    with pytest.raises(OSError), socket.socket() as line:  # noqa: PT011 - the guard itself sees a call
        line.connect(("127.0.0.1", 1))
    assert audit_socket == [("127.0.0.1", 1)]


@pytest.fixture
def audit_socket() -> Generator[list[Any]]:
    """Yield every address that Python code of this thread connects to or resolves."""
    dialled: list[Any] = []
    mine, watching = threading.get_ident(), [True]

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if watching[0] and threading.get_ident() == mine and event in {"socket.connect", "socket.getaddrinfo"}:
            dialled.append(arguments[1] if event == "socket.connect" else arguments[0])

    sys.addaudithook(hear)  # audit hooks cannot be removed
    yield dialled
    watching[0] = False


@pytest.mark.django_db(transaction=True)
def test_a_page_that_was_changed_is_known_within_a_second(
    tenant: Tenant, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, service="AC Repair")
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(name="AC Repair").update(active=False)
    publish_map(tenant)
    send(client, service="AC Repair")
    later = time.monotonic() + site.FRESH_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    send(client, service="AC Repair")
    with scope.tenant(tenant.pk):
        stored = list(BookingRequest.objects.order_by("id").values_list("as_typed", flat=True))
    assert stored == [{}, {}, {"service": "AC Repair"}]


#: BEGIN, COMMIT, the tenant, the counter, the scope, the time limit, two of the site, its binding, the capacity rules,
#: the lead within a savepoint, its request, and its outbox items.
POST_STATEMENTS = 14
