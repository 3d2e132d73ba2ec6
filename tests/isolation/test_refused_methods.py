"""An address that only receives forms gives a browser a link to the page with the form."""

import re
from typing import Any

import pytest
from django.test import Client

from pagetojob.platform.tenants.models import Tenant

from .addresses import ADMIN, ANONYMOUS, EDITOR, LEAD, OWNER, addresses
from .world import client_of, settle

_LINK = re.compile(r'<a href="([^"]+)">(?:Open the page with the form|Go to the start page)</a>')
#: The id in the address names no page, or the token of this test no invitation.
_NO_PAGE = re.compile(r"portal:undo-recipient|attribution:undo|readiness:.*")
#: Sent by a script or another service, shown on every page, or about sessions.
_START_PAGE = re.compile(r"accounts:(passkey-|time-zone|end-session).*|core:sign-out|hooks:text-report")


def test_the_page_of_a_refused_method_links_to_a_page(request: pytest.FixtureRequest, tenant: Tenant) -> None:
    ids = settle(tenant, "Quetzal").ids
    clients = {role: client_of(role, request) for role in (ANONYMOUS, OWNER, LEAD, ADMIN, EDITOR)}
    wrong, linked = [], 0
    for address in addresses():
        client = next(client for role, client in clients.items() if role in address.audience)
        page = _open(client, path := address.filled(ids))
        link = page.status_code == 405 and _LINK.search(page.text)
        if not link or _NO_PAGE.fullmatch(address.name):
            continue
        linked += 1
        opened = _open(client, link[1]).status_code
        if opened not in {200, 302} or (link[1] == "/") != bool(_START_PAGE.fullmatch(address.name)):
            wrong.append((address.name, path, link[1], opened))
    assert wrong == []
    assert linked > 120


def _open(client: Client, path: str) -> Any:
    return client.get(path, headers={"accept": "text/html"})
