"""A visitor's pages on errors: typed values are not lost, and there is never a bare error."""

import io
from collections.abc import Callable

import pytest
from django.test import Client

from pagetojob.gates.models import Flag
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from tests.support.visitor import FORM, filled_in, leads, send

SITE = "/sites/desert-peak"


@pytest.mark.parametrize("page", [SITE + "/", SITE + "/ac-repair-phoenix", FORM])
def test_the_way_back_finds_the_same_form_with_the_same_token(client: Client, tenant: Tenant, page: str) -> None:
    """A browser reloads a page that must not be stored, and a form sent again would be a second request."""
    answer = client.get(page)
    assert 'name="form_token"' in answer.text
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db(transaction=True)
def test_an_error_page_is_not_cached(client: Client, tenant: Tenant, database_away: Callable[[], None]) -> None:
    client.get(SITE + "/")
    database_away()
    for answer in (client.get(SITE + "/"), client.get(FORM), send(client)):
        assert answer.status_code == 503 and "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_the_thank_you_page_without_a_database_is_no_bare_error(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    thanks = send(client).url
    (lead,) = leads(tenant)
    database_away()
    answer = client.get(thanks)
    assert answer.status_code == 503 and answer["Retry-After"] and "no-store" in answer["Cache-Control"]
    assert "(602) 555-0100" in answer.text and "reload this page" in answer.text
    assert lead.spoken_code not in answer.text and "saved your request" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_without_a_database_photos_are_asked_for_again(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    client.get(FORM)
    database_away()
    photo = io.BytesIO(b"\xff\xd8\xff\xe0")
    photo.name = "IMG_1.jpg"
    answer = client.post(FORM, filled_in() | {"photos": photo})
    assert answer.status_code == 503 and "Please choose them again" in answer.text
    assert "Please choose them again" not in send(client).text


def test_a_form_switched_off_while_a_visitor_typed_still_works(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="booking-request-fallback").update(killed=True)
    wrong = send(client, name="", message="keep me")
    assert wrong.status_code == 422 and "Enter your name" in wrong.text
    assert "keep me" in wrong.text and "Send my request" in wrong.text


def test_only_an_emergency_is_called_urgent(client: Client, tenant: Tenant) -> None:
    paused = FORM + "?page=/areas/buckeye"
    number = '<a href="tel:+16025550100">(602) 555-0100</a>'
    for text in (client.get(paused).text, client.get(send(client, paused, urgency="flexible").url).text):
        assert "sounds urgent" not in text and f"Please call {number}" in text
    assert f"It sounds urgent: call {number}" in client.get(send(client, paused).url).text


@pytest.mark.parametrize("path", ["/sites/desert-peak/", "/sites/desert-peak/request-appointment"])
def test_a_public_page_reads_no_session(client: Client, tenant: Tenant, path: str) -> None:
    """Otherwise it varies by cookie, no cache keeps it, and the way back shows a new form that makes a second lead."""
    assert "Cookie" not in client.get(path).headers.get("Vary", "")
