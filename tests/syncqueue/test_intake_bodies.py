"""Bodies that no form of ours sends: a clear page with the phone number, and never a bare error."""

import io
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from pagetojob.platform.tenants.models import Tenant
from syncqueue.services import site
from syncqueue.views.reading import LARGEST_BODY
from tests.support.visitor import FORM, filled_in, leads, send

BOUNDARY = "b0undary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"


def part(head: str, body: str) -> bytes:
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n{body}\r\n".encode()


def refused(answer: Any, status: int) -> bool:
    return (
        answer.status_code == status
        and "Your request has not been saved" in answer.text
        and "(602) 555-0100" in answer.text
        and "Send my request" in answer.text
    )


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "", "text/html; charset=utf-8", "image/png", "x" * 500, "multipart/mixed"],
)
def test_other_content_types_are_refused_in_words(client: Client, tenant: Tenant, content_type: str) -> None:
    body = json.dumps(filled_in())
    assert refused(client.generic("POST", FORM, body, content_type), 415)
    assert leads(tenant) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"no boundary at all", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary="),
        (b"x", "multipart/form-data; boundary=" + "é" * 10),
    ],
)
def test_a_broken_multipart_body_is_refused_in_words(
    client: Client, tenant: Tenant, body: bytes, content_type: str
) -> None:
    assert refused(client.generic("POST", FORM, body, content_type), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"--",
        part('Content-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: base64', "%%%"),
        f"--{BOUNDARY}".encode(),
        part("Content-Disposition: form-data", "x"),
        part("X: y", "z"),
        part('Content-Disposition: form-data; name="name"', "Jamie")[:-20],
        part("Content-Disposition: form-data; name*=utf-99''%ff", "x"),
        b"\x00\xff" * 1000,
    ],
)
def test_an_odd_multipart_body_asks_again(client: Client, tenant: Tenant, body: bytes) -> None:
    answer = client.generic("POST", FORM, body, MULTIPART)
    assert answer.status_code in {400, 422} and "Send my request" in answer.text


def encoded(kind: str) -> bytes:
    """Return a complete form whose last field is the message."""
    fields = filled_in(message=None) | {"message": "Do not enter by the back door. The dog is loose there."}
    if kind == URLENCODED:
        return urlencode(fields).encode()
    parts = (part(f'Content-Disposition: form-data; name="{name}"', value) for name, value in fields.items())
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize("missing", [1, 12, 40])
@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
def test_a_body_cut_short_is_never_stored(client: Client, tenant: Tenant, kind: str, missing: int) -> None:
    whole = encoded(kind)
    source: dict[str, Any] = {"wsgi.input": io.BytesIO(whole[:-missing]), "CONTENT_LENGTH": str(len(whole))}
    assert refused(client.generic("POST", FORM, b"-", kind, **source), 400)
    assert leads(tenant) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
def test_a_connection_that_ends_early_stores_nothing(tenant: Tenant, live_server: Any, kind: str) -> None:
    whole = encoded(kind)
    head = f"POST {FORM} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(whole)}\r\n\r\n"
    for missing, status in ((20, b" 400 "), (0, b" 302 ")):
        with socket.create_connection(urlsplit(str(live_server)).netloc.split(":"), timeout=15) as line:  # type: ignore[arg-type]
            line.sendall(head.encode() + whole[: len(whole) - missing])
            line.shutdown(socket.SHUT_WR)
            assert status in line.makefile("rb").readline()
        assert len(leads(tenant)) == (0 if missing else 1)


@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
def test_a_megabyte_of_text_is_refused_in_words(client: Client, tenant: Tenant, kind: str) -> None:
    text = "x" * 10_000_000
    if kind == URLENCODED:
        answer = client.generic("POST", FORM, urlencode(filled_in(message=text)), kind)
    else:
        answer = client.generic("POST", FORM, part('Content-Disposition: form-data; name="message"', text), kind)
    assert refused(answer, 413) and "Shorten it" in answer.text


@pytest.mark.parametrize("count", [1001, 5000])
def test_a_thousand_fields_are_refused_in_words(client: Client, tenant: Tenant, count: int) -> None:
    body = urlencode([("name", "x")] * count)
    assert refused(client.generic("POST", FORM, body, URLENCODED), 400)


@pytest.mark.parametrize("length", [LARGEST_BODY + 1, 10**29])
def test_a_body_over_the_cap_is_not_even_read(client: Client, tenant: Tenant, length: int) -> None:
    """Reading it would fail: the body is shorter than it claims."""
    answer = client.generic("POST", FORM, b"x" * 1001, MULTIPART, CONTENT_LENGTH=str(length))
    assert refused(answer, 413) and "smaller photos" in answer.text


@pytest.mark.parametrize("length", ["", "-1", "x", "²"])
def test_an_invalid_length_is_no_server_error(client: Client, tenant: Tenant, length: str) -> None:
    answer = client.post(FORM, filled_in(), CONTENT_LENGTH=length)
    assert answer.status_code in {400, 413, 422}


def test_a_field_sent_twice_counts_once(client: Client, tenant: Tenant) -> None:
    body = urlencode([*filled_in().items(), ("name", "Robin")])
    assert client.generic("POST", FORM, body, URLENCODED).status_code == 302
    assert leads(tenant)[0].name == "Robin"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(client: Client, tenant: Tenant, method: str) -> None:
    assert client.generic(method, FORM).status_code == 405


def test_an_unreadable_body_for_an_unknown_site_returns_404(client: Client, tenant: Tenant) -> None:
    assert client.generic("POST", "/sites/nobody/request-appointment", "{}", "application/json").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_unreadable_body_without_a_database_gets_the_number_too(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    client.get(FORM)
    database_away()
    answer = client.generic("POST", FORM, "{}", "application/json")
    assert answer.status_code == 503 and "(602) 555-0100" in answer.text
    assert "Your answers are still below" not in answer.text
    site.forget()


def test_a_header_with_a_line_break_goes_nowhere(client: Client, tenant: Tenant) -> None:
    visitor = Client(HTTP_REFERER="https://x.example/\r\nSet-Cookie: a=b", HTTP_X_FORWARDED_FOR="1.2.3.4\r\nX: y")
    page = visitor.get(FORM)
    assert page.status_code == 200 and "a=b" not in str(page.headers)
    answer = send(visitor)
    assert answer.status_code == 302 and "\n" not in answer["Location"]
