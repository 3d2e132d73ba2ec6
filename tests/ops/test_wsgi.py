"""The web application treats every request as UTF-8; a declared charset breaks no URL."""

import io
import subprocess
import sys

import pytest

from pagetojob.platform.tenants.models import Tenant
from pagetojob.wsgi import application
from tests.support.services import ROOT

ADDRESSES = ("/", "/healthz", "/account/sign-in", "/sites/desert-peak/", "/servicetitan-ready-websites/search")


def status(path: str, *, content_type: str, query: str = "", body: bytes = b"") -> int:
    request = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }
    # As it responds to a server, except for the signals that close a test's connection.
    return application.get_response(application.request_class(request)).status_code


@pytest.mark.parametrize("charset", ["hex", "zlib_codec", "idna", "unicode_escape", "utf-16"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_a_claimed_charset_breaks_no_page(tenant: Tenant, path: str, charset: str) -> None:
    assert status(path, content_type=f"text/plain; charset={charset}", query="q=%5Cud800") in {200, 404}


@pytest.mark.parametrize("charset", ["hex", "unicode_escape"])
def test_a_claimed_charset_breaks_no_form(tenant: Tenant, charset: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = part % (b"username", b"olive@example.com") + part % (b"password", b"\\ud800") + b"--b--\r\n"
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    assert status("/account/sign-in", content_type=kind, body=body) == 403  # only the form token is missing
    assert status("/sites/desert-peak/request-appointment", content_type=kind, body=body) == 422


STARTS = """
import sys
import django
django.setup()
print("aiohttp" in sys.modules)
from syncqueue.spam import phrases
print(phrases.rules.cache_info().currsize)
import pagetojob.wsgi
print(phrases.rules.cache_info().currsize)
"""


def test_a_process_starts_without_the_http_client_and_the_rules_of_spam() -> None:
    """The client takes a fifth of the start. The website reads the rules when it starts, so that no visitor waits."""
    done = subprocess.run([sys.executable, "-c", STARTS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n0\n1\n"
