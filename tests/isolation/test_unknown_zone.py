"""Each page opens for a contractor whose time zone this system does not know, and leaves out no time."""

import re
from http import HTTPStatus

import pytest
from django.db import transaction
from django.test import Client

from pagetojob.platform.tenants.models import Tenant
from syncqueue.services import site

from .addresses import ADMIN, ANONYMOUS, EDITOR, LEAD, OWNER, addresses
from .world import client_of, settle

#: Pages with numbers of the whole process, or with the response times of contractors, which are not counted then.
_VARIES = re.compile(r"core:(ops-(health|metrics|alarms)|status|readyz)|onboarding:list")


@pytest.mark.nightly
def test_each_page_shows_its_times_in_an_unknown_time_zone(request: pytest.FixtureRequest, tenant: Tenant) -> None:
    ids = settle(tenant, "Quetzal").ids
    clients = {role: client_of(role, request) for role in (LEAD, OWNER, ADMIN, EDITOR, ANONYMOUS)}
    known = _answers(clients, ids)
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    unknown = _answers(clients, ids)
    assert {path: (known[path], now) for path, now in unknown.items() if now != known[path]} == {}
    assert len([path for path, (status, times) in known.items() if status == HTTPStatus.OK and times]) > 40


def _answers(clients: dict[str, Client], ids: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Return the status of each page, and how many times it shows. No page changes a row for the next one."""
    site.forget()
    answers = {}
    for address in addresses():
        if _VARIES.fullmatch(address.name):
            continue
        client = next(client for role, client in clients.items() if role in address.audience)
        client.raise_request_exception = False
        path = address.filled(ids)
        with transaction.atomic():
            answer = client.get(path)
            body = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        answers[path] = answer.status_code, len(re.findall(rb"<time[^>]*>[^<]", body))
    return answers
