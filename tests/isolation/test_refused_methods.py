"""An address that only receives forms gives a browser a link to the page with the form."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import is_valid_path

from pagetojob.platform.tenants.models import Tenant

from .addresses import ADMIN, ANONYMOUS, EDITOR, LEAD, OWNER, addresses
from .world import client_of, settle

_LINK = re.compile(r'<a href="([^"]+)">(?:Open the page with the form|Go to the start page)</a>')
#: The token of this test names no invitation.
_NO_PAGE = re.compile(r"readiness:.*")
#: Sent by a script or another service, shown on every page, or about sessions.
_START_PAGE = re.compile(r"accounts:(passkey-|time-zone|end-session).*|core:sign-out|hooks:text-report")


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.nightly)])
def test_the_page_of_a_refused_method_links_to_a_page(
    request: pytest.FixtureRequest, tenant: Tenant, every: int
) -> None:
    """A run opens every fourth of the linked pages, which take long to make, and by night all. Each has a route."""
    ids = settle(tenant, "Quetzal").ids
    clients = {role: client_of(role, request) for role in (ANONYMOUS, OWNER, LEAD, ADMIN, EDITOR)}
    wrong, linked = [], 0
    opened: dict[str, int] = {}
    for address in addresses():
        client = next(client for role, client in clients.items() if role in address.audience)
        path = address.filled(ids)
        answer = client.options(path)
        if answer.status_code != 405 or "GET" in answer.headers["Allow"]:
            continue  # it is a page itself, which takes long to make
        page = _open(client, path)
        link = page.status_code == 405 and _LINK.search(page.text)
        if not link or _NO_PAGE.fullmatch(address.name):
            continue
        linked += 1
        if link[1] not in opened:
            routed = 200 if is_valid_path(urlsplit(link[1]).path) else 404
            opened[link[1]] = routed if len(opened) % every else _open(client, link[1]).status_code
        if opened[link[1]] not in {200, 302} or (link[1] == "/") != bool(_START_PAGE.fullmatch(address.name)):
            wrong.append((address.name, path, link[1], opened[link[1]]))
    assert wrong == []
    assert linked > 130


def _open(client: Client, path: str) -> Any:
    return client.get(path, headers={"accept": "text/html"})
