"""Input checks of the intake API: a clear problem for all hostile input, and only listed websites may read."""

import io
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from pagetojob.platform.tenants import site_keys
from pagetojob.platform.tenants.models import Tenant
from syncqueue.problems import KINDS, Problem
from syncqueue.views import api
from syncqueue.views.api import LARGEST_BODY, description
from tests.support.api import BODY, LEADS, ORIGIN, kind, make_key, pointers, preflight, send
from tests.support.factories import make_tenant
from tests.support.openapi import check, faults, resolve
from tests.support.visitor import leads


@pytest.fixture
def key(tenant: Tenant) -> str:
    return make_key(tenant)


# --- refusals and their pointers -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": ""}, {"#/name"}),
        ({"name": " \u00a0 "}, {"#/name"}),
        ({"name": None, "phone": None, "email": ""}, {"#/name", "#/phone"}),
        ({"name": ["Jamie"], "phone": 1.5, "city": True, "zip": {}}, {"#/name", "#/phone", "#/city", "#/zip"}),
        ({"consent": None}, {"#/consent"}),
        ({"consent": {}}, {"#/consent/given", "#/consent/text"}),
        ({"consent": {"given": "yes", "text": " ", "at": 1}}, {"#/consent/given", "#/consent/text", "#/consent/at"}),
        ({"consent": {"given": 1, "text": "x"}}, {"#/consent/given"}),
        ({"nmae": "x", "a/b~c": 1}, {"#/nmae", "#/a~1b~0c"}),
        ({"source": "google"}, {"#/source"}),
        (
            {"source": {"campaign": "x", "utm_": "x", "gclid": []}},
            {"#/source/campaign", "#/source/utm_", "#/source/gclid"},
        ),
        ({"schema": "pagetojob.lead/2"}, {"#/schema"}),
        ({"x" * 5000: 1}, {"#/" + "x" * 60}),
    ],
)
def test_a_mistake_is_pointed_at(key: str, tenant: Tenant, changes: dict[str, Any], where: set[str]) -> None:
    answer = send(key, BODY | changes)
    assert (answer.status_code, kind(answer), pointers(answer)) == (422, "invalid-lead", where)
    assert leads(tenant) == []


def test_very_many_mistakes_are_named_up_to_twenty(key: str) -> None:
    assert len(send(key, BODY | {f"field{n}": n for n in range(500)}).document["errors"]) == 20


@pytest.mark.parametrize("body", [[], "lead", 7, None, True])
def test_a_body_that_is_no_object_is_refused(key: str, body: Any) -> None:
    answer = send(key, json.dumps(body).encode())
    assert (answer.status_code, pointers(answer)) == (422, {"#"})


HOSTILE: dict[str, bytes] = {
    "nothing": b" ",
    "no JSON": b"name=Jamie",
    "a tail": b'{"name": "x"} {}',
    "a name twice": b'{"name": "a", "name": "b"}',
    "a name twice inside": b'{"consent": {"given": true, "given": false}}',
    "NaN": b'{"zip": NaN}',
    "Infinity": b'{"zip": -Infinity}',
    "1e400": b'{"zip": 1e400}',
    "a number of 5000 digits": b'{"zip": ' + b"9" * 5000 + b"}",
    "65 bits": b'{"zip": 18446744073709551616}',
    "NUL": b'{"name": "a\\u0000b"}',
    "NUL in a name": b'{"a\\u0000b": 1}',
    "raw NUL": b'{"name": "a\x00b"}',
    "a lone surrogate": b'{"name": "\\ud83d"}',
    "surrogates in the wrong order": b'{"name": "\\ude00\\ud83d"}',
    "surrogates in UTF-8": b'{"name": "\xed\xa0\xbd"}',
    "Latin-1": '{"name": "José"}'.encode("latin-1"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "deep lists": b"[" * 60_000,
    "deep objects": b'{"a":' * 10_000,
    "nine levels": b"[" * 9 + b"]" * 9,
    "a text that never ends": b'"' + b'a\\"' * 20_000,
}


def test_hostile_json_is_a_clear_problem(key: str, tenant: Tenant, subtests: pytest.Subtests) -> None:
    for name, data in HOSTILE.items():
        with subtests.test(name):
            answer = send(key, data)
            assert (answer.status_code, kind(answer)) == (400, "bad-json")
            assert leads(tenant) == []


def test_bad_json_reports_its_position(key: str) -> None:
    assert "line 2, column 3" in send(key, b'{"name": "x",\n  name}').document["detail"]
    assert pointers(send(key, b'{"source": {"gclid": "\\ud800"}}')) == {"#/source/gclid"}


def test_a_surrogate_pair_is_a_single_character(key: str, tenant: Tenant) -> None:
    data = json.dumps(BODY | {"name": "🙂"}, ensure_ascii=True).encode()
    assert b"\\ud83d" in data
    assert send(key, data).status_code == 201
    assert leads(tenant)[0].name == "🙂"


def test_another_content_type_is_refused(key: str) -> None:
    types = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
    types += [f"application/json; charset={charset}" for charset in ("latin-1", "utf-7", "hex", "no-such")]
    statuses = {content_type: send(key, content_type=content_type).status_code for content_type in types}
    assert statuses == dict.fromkeys(types, 415)


def test_utf8_may_be_declared(key: str) -> None:
    assert send(key, content_type="application/json; charset=UTF-8").status_code == 201


def test_a_body_at_the_limit_is_accepted_and_a_larger_body_refused(key: str) -> None:
    data = json.dumps(BODY).encode()
    assert send(key, data.ljust(LARGEST_BODY)).status_code == 201
    assert send(key, data.ljust(LARGEST_BODY + 1)).status_code == 413


def test_a_body_cut_short_is_refused_even_if_it_is_valid_json(client: Client, key: str, tenant: Tenant) -> None:
    data = json.dumps(BODY).encode()
    source = {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data) + 2)}
    headers = {"X-Site-Key": key, "Origin": ORIGIN, "Idempotency-Key": "one"}
    answer = client.generic("POST", LEADS, b"-", "application/json", headers=headers, **source)  # type: ignore[arg-type]
    assert answer.status_code == 400 and "bad-json" in answer.text
    assert leads(tenant) == []


@pytest.mark.parametrize("length", ["10000000", "9" * 5000])
def test_a_large_body_is_refused_unread(key: str, length: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.http.HttpRequest.read", lambda *args: pytest.fail("it was read"))
    assert send(key, **{"Content-Length": length}).status_code == 413


def test_a_body_longer_than_declared_is_read_to_the_limit_only() -> None:
    """A server that passes chunks on provides no length: the number of bytes read counts."""
    request = RequestFactory().generic("POST", LEADS, b" " * 10_000_000, "application/json")
    request.META["CONTENT_LENGTH"] = ""
    with pytest.raises(Problem) as stopped:
        api._read_json(request)
    assert stopped.value.status == 413
    assert len(request.read()) == 10_000_000 - LARGEST_BODY - 1


@pytest.mark.django_db(transaction=True)
def test_ten_megabytes_are_refused_before_they_arrive(key: str, live_server: Any) -> None:
    host, port = live_server.url.removeprefix("http://").split(":")
    head = [
        "POST /api/v1/leads HTTP/1.1",
        f"Host: {host}:{port}",
        "Content-Type: application/json",
        "Content-Length: 10000000",
        f"X-Site-Key: {key}",
        "Idempotency-Key: k-1",
    ]
    with socket.create_connection((host, int(port)), timeout=5) as caller:
        caller.sendall("\r\n".join([*head, "", ""]).encode() + b" " * 1000)
        assert caller.recv(100).startswith(b"HTTP/1.1 413 ")


def test_an_idempotency_key_is_needed(key: str, tenant: Tenant, subtests: pytest.Subtests) -> None:
    for once in (None, "", " ", "a b", "a\r\nb", "é", "\x7f", "x" * 201):
        with subtests.test(repr(once)):
            answer = send(key, once=once)
            assert (answer.status_code, kind(answer)) == (400, "bad-idempotency-key")
            assert leads(tenant) == []


# --- websites that may read the answer -------------------------------------------------------------


def test_a_listed_website_may_ask_and_send(key: str) -> None:
    asked = preflight(ORIGIN)
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    allowed = asked["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(allowed) == {"content-type", "idempotency-key", "x-site-key"}
    assert int(asked["Access-Control-Max-Age"]) <= 7200
    sent = send(key, origin=ORIGIN)
    assert (sent.status_code, sent["Access-Control-Allow-Origin"]) == (201, ORIGIN)
    assert "Idempotency-Replayed" in sent["Access-Control-Expose-Headers"]


def test_a_website_that_is_not_listed_may_neither(key: str, tenant: Tenant, subtests: pytest.Subtests) -> None:
    others = (
        "https://evil.example",
        "null",
        ORIGIN + ".evil.example",
        ORIGIN.upper(),
        "http" + ORIGIN[5:],
        "*",
        "\x00",
    )
    for origin in others:
        with subtests.test(repr(origin)):
            for answer in (preflight(origin), send(key, origin=origin)):
                assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer.headers
            assert leads(tenant) == []


def test_a_website_of_another_tenant_may_ask_but_not_send(key: str, tenant: Tenant, other_tenant: Tenant) -> None:
    theirs = "https://other.example"
    make_key(other_tenant, origin=theirs)
    assert preflight(theirs).status_code == 204
    answer = send(key, origin=theirs)
    assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer.headers
    assert leads(tenant) == []


@pytest.mark.parametrize("origin", [None, ""])
def test_a_preflight_names_a_website(key: str, origin: str | None) -> None:
    assert preflight(origin).status_code == 403


def test_a_listed_website_can_read_what_went_wrong(key: str) -> None:
    """Otherwise the browser's console would report a CORS error instead of the key."""
    for answer in (send(site_keys.draw(), origin=ORIGIN), send(key, b" ", origin=ORIGIN)):
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Origin" not in send(site_keys.draw(), origin="https://evil.example").headers


# --- other checks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_are_refused(key: str, method: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, LEADS)
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/leads/", "/api/v2/leads", "/api/%00"])
def test_nothing_else_is_there(path: str) -> None:
    for method in ("GET", "POST"):
        answer = Client(enforce_csrf_checks=True).generic(method, path, b"{}", "application/json")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), method
        assert faults(answer.json(), resolve("#/components/schemas/Problem")) == [], method


@pytest.mark.parametrize(
    "name", ["Origin", "X-Site-Key", "Idempotency-Key", "User-Agent", "Referer", "X-Forwarded-For"]
)
def test_hostile_headers_do_no_harm(key: str, name: str, subtests: pytest.Subtests) -> None:
    for value in ("x" * 60_000, "\x00", "é🙂", "a\r\nSet-Cookie: b=c"):
        with subtests.test(value[:10]):
            answer = send(key, **{name: value})
            assert answer.status_code in {201, 400, 401, 403}
            assert "Set-Cookie" not in answer.headers and value not in str(answer.headers)


def test_every_described_answer_of_the_description_is_given(client: Client) -> None:
    path = "/api/v1/openapi.json"
    assert check(client.get(path), "get", path)["servers"] == [{"url": "http://localhost:8000"}]
    assert check(Client(enforce_csrf_checks=True).post(path), "get", path)["status"] == 405


@pytest.mark.django_db(transaction=True)
def test_every_described_answer_is_given(key: str, tenant: Tenant, database_away: Callable[[], None]) -> None:
    send(key, once="k-1")
    answers = [
        send(key),
        send(key, b" "),
        send(key, once=None),
        send("no key"),
        send(key, origin="https://evil.example"),
        send(make_key(make_tenant(state="closed"), origin=None)),
        Client().get(LEADS),
        send(key, b" " * 70_000),
        send(key, content_type="text/plain"),
        send(key, {}),
        send(key, BODY | {"name": "Robin"}, once="k-1"),
    ]
    preflights = [preflight(ORIGIN), preflight("https://evil.example")]
    nowhere = Client().get("/api/nowhere")
    database_away()
    answers.append(send(key, origin=ORIGIN))
    preflights.append(preflight(ORIGIN))

    methods = description()["paths"][LEADS]
    assert {str(answer.status_code) for answer in answers} == set(methods["post"]["responses"])
    assert {str(answer.status_code) for answer in preflights} == set(methods["options"]["responses"])
    problems = [answer.json() for answer in (*answers, nowhere) if answer.status_code != 201]
    assert {problem["type"] for problem in problems} == set(
        resolve("#/components/schemas/Problem")["properties"]["type"]["enum"]
    )
    assert {problem["type"].rpartition(":")[2]: (problem["status"], problem["title"]) for problem in problems} == KINDS
