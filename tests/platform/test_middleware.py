"""Plain HTTP, refused pages, and what production lacks: demo pages, cookies that a neighboring domain can set."""

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.environment import load_settings


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/leads", 403),
        ("/hooks/5f6d4f0e-0000-4000-8000-000000000000/", 403),
        ("/ops/metrics", 403),
        ("/ops/health", 403),
        ("/account/sign-in", 301),
        ("/sites/desert-peak/", 301),
    ],
)
def test_plain_http_is_redirected_for_browsers_only(settings: Any, path: str, status: int) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().post(path)
    assert answer.status_code == status
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("editor", "/ops/"),
        ("reviewer", "/portal/people/"),
        ("editor", "/admin/tenants/user/"),
        ("reviewer", "/admin/tenants/user/"),
    ],
)
def test_a_refused_page_is_logged_with_the_person(
    signed_in: SignIn,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    person: str,
    path: str,
) -> None:
    user: User = request.getfixturevalue(person)
    client = signed_in(user)
    with caplog.at_level(logging.WARNING):
        answer = client.get(path)
    (line,) = [record for record in caplog.records if record.message == "access refused"]
    fields = vars(line)
    assert (fields["person_id"], fields["route"], fields["status"]) == (
        user.pk,
        resolve(path).view_name,
        answer.status_code,
    )


def test_a_page_that_does_not_exist_is_no_refusal(
    signed_in: SignIn, editor: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert signed_in(editor).get("/no-such-page").status_code == 404
    assert "access refused" not in caplog.text


RESOLVE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "pagetojob.settings"
django.setup()
from django.urls import Resolver404, resolve
for path in ("/styleguide/", "/ops/drills/", "/demo-site/desert-peak/", "/ops/"):
    try:
        print(path, resolve(path).view_name)
    except Resolver404:
        print(path, "missing")
from pagetojob.platform.messages import CookieStorage
from readiness.views import since
from syncqueue import attribution_source
print(CookieStorage.cookie_name, since.COOKIE, attribution_source.COOKIE)
"""


def test_production_has_no_demo_pages_and_binds_every_cookie_to_its_host() -> None:
    assert load_settings(code=RESOLVE).stdout.splitlines() == [
        "/styleguide/ missing",
        "/ops/drills/ missing",
        "/demo-site/desert-peak/ missing",
        "/ops/ ops:list",
        "__Host-messages __Host-readiness_seen __Host-landing",
    ]


def test_a_browser_gets_a_page_for_a_refused_method(db: None) -> None:
    """After a new sign-in, a browser opens the address of the form that the person had sent."""
    page = Client().get("/account/sign-out", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 405 and page["Allow"] and "Accept" in page["Vary"]
    assert "This address only receives forms" in page.text
    assert Client().get("/account/sign-out", headers={"accept": "*/*"}).content == b""


def test_a_form_sent_to_a_page_that_has_none_is_not_called_unsent(db: None) -> None:
    answer = Client().post("/robots.txt", {"name": "Ada"}, headers={"accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize(
    "path", ["/no-such-page", "/sites/desert-peak/no-such-page", "/help/no-such-guide", "/admin/no-such"]
)
def test_a_local_instance_shows_our_page_for_an_unknown_address(
    settings: Any, signed_in: SignIn, editor: User, tenant: Tenant, path: str
) -> None:
    settings.DEBUG = True
    answer = signed_in(editor).get(path)
    assert answer.status_code == 404
    assert "tried these URL patterns" not in answer.text and "DEBUG" not in answer.text
    assert "ot found" in answer.text
