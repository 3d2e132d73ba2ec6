"""Bodies that are too large or malformed, on each route and on an unknown address."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from attribution.packets import check_page
from attribution.services.outcome_targets import LARGEST_UPLOAD
from drift.forms import LARGEST_PAGE, LARGEST_PHOTO
from pagetojob.gates.attachments import LARGEST_ATTACHMENT
from pagetojob.platform.body_limits import DEFAULT_BYTES, LIMITS, REFUSED_BY_CADDY, limit_of
from pagetojob.platform.files.services import MAX_BYTES
from pagetojob.platform.tenants.models import Tenant
from readiness.panels import guard, handoff, importer, questionnaire
from readiness.services import documents
from syncqueue.services import inbox
from syncqueue.views import api, reading
from tests.isolation.addresses import addresses
from tests.support.nightly import sampled

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
UNKNOWN = "/no/such/page"
ROUTES = {address.name: address.filled({}) for address in addresses()}
OWN_ANSWER = {name for name, limit in LIMITS.items() if limit.own_answer}
#: A form whose only part is not what its header says.
MALFORMED = b"\r\n".join(
    [
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"',
        b"Content-Transfer-Encoding: base64\r\n\r\n!",
        b"--x--",
    ]
)
WELL_FORMED = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'
TOOLS = ("readiness:guard-try", "readiness:handoff-try", "readiness:importer-try", "readiness:questionnaire-try")


@pytest.fixture
def visitor() -> Client:
    """A client with a CSRF cookie, as every visitor of a form has: Django's error pages then read the form, too."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    return client


def post(client: Client, path: str, *, size: int, body: bytes = b"x", kind: str = FORM) -> HttpResponse:
    """Send a POST that declares `size` bytes."""
    return client.generic("POST", path, body, content_type=kind, CONTENT_LENGTH=str(size))  # type: ignore[return-value]


def wrong(client: Client, paths: list[str], expected: int, **request: Any) -> list[tuple[str, int]]:
    """Return the paths that answer such a POST with another status."""
    answers = [(path, post(client, path, **request).status_code) for path in paths]
    return [(path, status) for path, status in answers if status != expected]


def test_all_exceptions_name_a_route() -> None:
    assert set(LIMITS) <= set(ROUTES)
    assert all(limit_of(ROUTES[name]) == limit for name, limit in LIMITS.items())


def test_other_routes_refuse_more_than_64_kb(visitor: Client) -> None:
    paths = [UNKNOWN, *(path for name, path in ROUTES.items() if name not in LIMITS)]
    assert {limit_of(path).bytes for path in paths} == {DEFAULT_BYTES} == {65_536}
    assert wrong(visitor, paths, 413, size=DEFAULT_BYTES + 1) == []
    assert wrong(visitor, paths, 413, size=10**30) == []
    answer = post(visitor, UNKNOWN, size=DEFAULT_BYTES + 1)
    assert "at most 64 kB" in answer.content.decode() and "Nothing was saved" in answer.content.decode()
    assert answer["X-Request-ID"]
    assert post(visitor, UNKNOWN, size=DEFAULT_BYTES, body=b"x" * DEFAULT_BYTES).status_code == 404


def test_exceptions_refuse_more_than_their_limit(visitor: Client) -> None:
    for name in LIMITS.keys() - OWN_ANSWER:
        assert post(visitor, ROUTES[name], size=LIMITS[name].bytes).status_code != 413, name
        assert post(visitor, ROUTES[name], size=LIMITS[name].bytes + 1).status_code == 413, name


def test_a_body_that_caddy_refused_gets_the_answer_of_its_route(visitor: Client, tenant: Tenant, pack: None) -> None:
    """Caddy sends one byte instead of the body; each route then reports that it is too large."""
    paths = ROUTES | {"intake:request": f"/sites/{tenant.slug}/request-appointment", "unknown": UNKNOWN}
    refused = {REFUSED_BY_CADDY: "1"}
    answers = {
        name: visitor.post(paths[name], b"-", content_type=FORM, headers=refused)
        for name in [*LIMITS, "core:sign-in", "unknown"]
    }
    statuses = {name: answer.status_code for name, answer in answers.items()}
    # These two refuse a stranger first; their own tests show the 413.
    assert statuses == dict.fromkeys(answers, 413) | {"api:leads": 401, "hooks:receive": 404}
    assert b"<html" in answers["intake:request"].content
    assert b"This request is too large" in answers["unknown"].content


def test_exceptions_have_room_for_what_their_forms_accept() -> None:
    assert LIMITS["intake:request"].bytes == reading.LARGEST_BODY
    assert LIMITS["check-a-packet"].bytes == check_page.LARGEST
    assert LIMITS["api:leads"].bytes == api.LARGEST_BODY
    assert LIMITS["hooks:receive"].bytes == inbox.LARGEST_BODY
    assert LIMITS["readiness:guard-try"].bytes == guard.LARGEST
    assert LIMITS["readiness:handoff-try"].bytes == handoff.LARGEST
    assert LIMITS["readiness:importer-try"].bytes >= importer.LARGEST
    assert LIMITS["readiness:questionnaire-try"].bytes >= questionnaire.LARGEST
    assert LIMITS["review:answer"].bytes > LARGEST_PHOTO
    assert LIMITS["drift:hand-in"].bytes > LARGEST_PAGE
    assert LIMITS["titanmap:upload"].bytes > MAX_BYTES
    assert LIMITS["attribution:upload"].bytes > LARGEST_UPLOAD
    assert LIMITS["admin:readiness_reviewdocument_upload"].bytes > documents.MOST_BYTES
    assert min(LIMITS["gates:evidence-new"].bytes, LIMITS["admin:gates_evidence_add"].bytes) > LARGEST_ATTACHMENT


#: These refuse a stranger, or an unknown connection or website, before they read the body.
OTHER_REFUSALS = {"api:leads": 401, "hooks:receive": 404, "intake:request": 404}


@pytest.mark.parametrize("has_cookie", [True, pytest.param(False, marks=pytest.mark.nightly)])
@pytest.mark.parametrize(
    "defect", sampled(["no boundary", "bad part", "cut short", "cut short urlencoded", "cut short JSON"], keep=2)
)
def test_a_malformed_or_incomplete_form_is_a_bad_request_on_every_route(
    visitor: Client, pack: None, has_cookie: bool, defect: str
) -> None:
    if not has_cookie:
        visitor.cookies.clear()
    kind, body, missing = {
        "no boundary": ("multipart/form-data", MALFORMED, 0),
        "bad part": ("multipart/form-data; boundary=x", MALFORMED, 0),
        "cut short": ("multipart/form-data; boundary=x", WELL_FORMED, 7),
        "cut short urlencoded": (FORM, b"a=b&c=d", 7),
        "cut short JSON": ("application/json", b'{"a": 1}', 7),
    }[defect]
    paths = ROUTES | {"unknown": UNKNOWN}
    answers = {name: send_raw(visitor, path, kind, body, missing=missing) for name, path in paths.items()}
    expected = dict.fromkeys(answers, 400) | OTHER_REFUSALS
    if defect == "cut short JSON":  # not a form
        expected |= dict.fromkeys(TOOLS, 415) | {"check-a-packet": 422}
    assert {name: status for name, status in answers.items() if status != expected[name]} == {}


@pytest.mark.nightly
def test_a_form_with_a_file_is_no_server_error_on_any_route(visitor: Client, pack: None) -> None:
    """Also on those that read the bytes themselves, which are gone once the form was parsed."""
    kind = "multipart/form-data; boundary=x"
    answers = {name: send_raw(visitor, path, kind, WELL_FORMED, missing=0) for name, path in ROUTES.items()}
    assert {name: status for name, status in answers.items() if status >= 500} == {}


def send_raw(client: Client, path: str, kind: str, body: bytes, *, missing: int) -> int:
    """POST a body that is `missing` bytes shorter than its Content-Length; return the status of the answer."""
    source = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + missing)}
    return client.generic("POST", path, b"-", content_type=kind, **source).status_code  # type: ignore[arg-type]


def test_too_many_fields_are_a_bad_request(visitor: Client) -> None:
    body = b"&".join(b"x=" for _ in range(2000))
    for path in (UNKNOWN, ROUTES["core:sign-in"]):
        assert post(visitor, path, size=len(body), body=body).status_code == 400
