"""Bad input: naughty strings in every field. Never a 500, and any visitor who can be answered is a lead, stored raw."""

import html
from urllib.parse import quote

import pytest
from django.test import Client

from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead
from tests.support.naughty_strings import NAUGHTY_STRINGS
from tests.support.visitor import FORM, bookings, leads, send

TEXTS = ("name", "phone", "email", "street", "city", "state", "zip", "message")
HIDDEN = ("rendered", "landing", "website", "consent", "unknown")
OPEN = ("service", "urgency", "preferred_date", "preferred_window")


def longest(field: str) -> int:
    return getattr(Lead._meta.get_field(field), "max_length", None) or 4000


def fits(field: str, text: str) -> bool:
    return len(text) <= longest(field)


def test_in_every_field_at_once_it_is_a_lead_stored_as_it_was_typed(
    client: Client, tenant: Tenant, subtests: pytest.Subtests
) -> None:
    for name, text in NAUGHTY_STRINGS.items():
        before = len(bookings(tenant))
        texts = [field for field in TEXTS if fits(field, text)]
        answer = send(client, FORM + "?page=/ac-repair-phoenix", **dict.fromkeys((*texts, *OPEN, *HIDDEN), text))
        with subtests.test(name):
            assert answer.status_code == 302
            assert client.get(answer.url).status_code == 200
            (booking,) = bookings(tenant)[before:]
            assert {field: getattr(booking.lead, field) for field in texts} == dict.fromkeys(texts, text.strip())
            assert booking.as_typed == dict.fromkeys(OPEN, text)


@pytest.mark.parametrize("field", TEXTS)
def test_most_strings_fit_each_field(field: str) -> None:
    assert sum(fits(field, text) for text in NAUGHTY_STRINGS.values()) > 30


def test_a_token_is_no_place_for_text(client: Client, tenant: Tenant) -> None:
    for text in [*NAUGHTY_STRINGS.values(), "x" * 100_000, "\x00"]:
        answer = send(client, form_token=text)
        assert answer.status_code == 302, text


#: The same templates escape all strings, so a run shows every fourth of them, and by night all.
FOURTHS = pytest.mark.parametrize("first", [0, *(pytest.param(at, marks=pytest.mark.nightly) for at in (1, 2, 3))])


@FOURTHS
def test_addresses_take_no_harm(client: Client, tenant: Tenant, first: int) -> None:
    for text in ["\x00", "x" * 5000, *[*NAUGHTY_STRINGS.values()][first::4]]:
        query = dict.fromkeys(("page", "utm_source", "gclid", "landing"), text)
        assert client.get(FORM, query).status_code == 200
        assert Client().get(FORM + "?page=" + quote(text, safe="%")).status_code == 200


@FOURTHS
def test_a_form_with_errors_shows_it_escaped(client: Client, tenant: Tenant, first: int) -> None:
    for text in [NAUGHTY_STRINGS["script"], *[*NAUGHTY_STRINGS.values()][first::4]]:
        answer = send(client, consent=None, **dict.fromkeys((*TEXTS, *OPEN), text))
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
        assert html.escape(text.strip().replace("\r\n", "\n")) in answer.text.replace("\r\n", "\n")


@pytest.mark.parametrize("field", [*TEXTS, *OPEN])
def test_nul_is_the_only_character_removed(client: Client, tenant: Tenant, field: str) -> None:
    assert send(client, **{field: "AC\x00 Repair\x00"}).status_code == 302
    (booking,) = bookings(tenant)
    assert "AC Repair" in (getattr(booking.lead, field, ""), booking.as_typed.get(field), booking.service)


@pytest.mark.parametrize("field", TEXTS)
def test_a_text_that_is_too_long_is_reported_and_stays_in_the_form(client: Client, tenant: Tenant, field: str) -> None:
    limit = longest(field)
    text = "é" * limit
    answer = send(client, **{field: text + "é"})
    assert answer.status_code == 422
    assert f"Shorten this to {limit:,} characters; it has {limit + 1}." in answer.text
    assert text + "é" in answer.text
    assert send(client, **{field: text}).status_code == 302
    assert getattr(leads(tenant)[0], field) == text


def test_a_line_break_counts_once(client: Client, tenant: Tenant) -> None:
    assert send(client, message="\r\n".join(["x" * 99] * 40)).status_code == 302


def test_a_long_phone_alone_is_not_taken_for_no_way_to_answer(client: Client, tenant: Tenant) -> None:
    answer = send(client, email="", phone="6" * 61)
    assert answer.status_code == 422 and "address so we can contact you" not in answer.text


def test_unreadable_answers_are_stored_within_bounds(client: Client, tenant: Tenant) -> None:
    assert send(client, service="é" * 50_000, preferred_date="1" * 50_000).status_code == 302
    assert {len(text) for text in bookings(tenant)[0].as_typed.values()} == {200}


@pytest.mark.parametrize("contact", [{"phone": "ask for Bob, 6025550199"}, {"email": "no mail, knock"}])
def test_any_contact_text_will_do(client: Client, tenant: Tenant, contact: dict[str, str]) -> None:
    assert send(client, **{"phone": "", "email": ""} | contact).status_code == 302
