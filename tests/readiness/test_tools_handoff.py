"""Handoff simulator: it shows the real outcome, and does nothing."""

from datetime import date, datetime
from itertools import product
from re import findall
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.titanmap.models import PageBinding
from pagetojob.titanmap.selectors import binding_for_page, capacity_choice
from readiness.panels import demo
from readiness.panels.handoff_draft import Draft, draft, read_shop
from readiness.panels.handoff_form import HandoffForm
from syncqueue.connectors import deliver
from syncqueue.leads.models import BookingRequest
from syncqueue.models import Kind, SyncItem
from syncqueue.services.delivery import drain
from syncqueue.services.intake import capture_request
from tests.readiness.trying import ASKED, ROOT, ask, harmless, text_of
from tests.support.factories import appointment
from tests.support.naughty_strings import NAUGHTY_STRINGS
from tests.support.nightly import sampled

SATURDAY_NIGHT = "2026-06-20T22:40"
pytestmark = pytest.mark.usefixtures("pack", "tenant")


def test_the_form_comes_with_the_demo_visitor(client: Client) -> None:
    html = client.get(f"{ROOT}handoff").text
    for value in ("Jamie Rivera", "jamie@example.com", "(602) 555-0199", "1840 E Camelback Rd", "2026-06-25"):
        assert value in html
    assert 'value="/ac-repair-phoenix" selected' in html


def test_the_demo_request_at_noon(client: Client) -> None:
    text = text_of(ask(client))
    assert "6 mapped objects 0 warnings 0 API calls" in text
    for fact in (
        *(
            "Phoenix AC repair landing page",
            "ac-repair-phoenix v1",
            "Desert Peak Heating &amp; Air".replace("&amp;", "&"),
        ),
        *("AC Repair", "Residential HVAC", "Summer AC Demand", "Phoenix Metro", "AC Diagnostic"),
        *("PageToJob appointment request", "Emergency in office hours", "2026-06-22 12:00", "America/Phoenix"),
        *(
            "Call now, then Request the next available appointment",
            "Automatic sending isn't approved yet",
            "api-booking-sync",
        ),
        *("partner approval", "ServiceTitan admin", "sandbox validation passed"),
        "Your request is safe; the handoff is on hold, so a person will enter it manually.",
    ):
        assert fact in text, fact
    assert '"externalId": "st-ready:draft-' in text
    assert '"schema": "pagetojob.booking-envelope/1"' in text


def test_the_same_request_after_hours_goes_to_dispatch(client: Client) -> None:
    text = text_of(ask(client, asked_at=SATURDAY_NIGHT))
    assert "6 mapped objects 1 warning 0 API calls" in text
    assert "The capacity rule “After-hours emergency HVAC” requires a dispatch review." in text
    assert "stop it as needs review" in text


def test_a_page_that_lacks_a_needed_object_warns(client: Client) -> None:
    assert "The page binding has no job type." not in text_of(ask(client, page_path="/")), "the service has one"
    text = text_of(ask(client, page_path="/", service="Something else"))
    assert "The page binding has no job type." in text
    assert "The page is bound to no zone; the handoff omits it." in text
    assert "The page binding lacks something a booking needs" in text


def test_an_offer_is_missed_on_offer_pages_only(client: Client, tenant: Tenant) -> None:
    assert "bound to no offer" not in text_of(ask(client))
    with scope.tenant(tenant.pk):
        PageBinding.objects.filter(slug="summer-ac-demand").update(offer=None)
    assert "bound to no offer" in text_of(ask(client, page_path="/offers/summer-cooling-check"))


def test_a_draft_reference_differs_from_real_references(client: Client) -> None:
    first, again, other = ask(client).text, ask(client).text, ask(client, name="Somebody Else").text
    drafts = [set(findall(r"st-ready:[\w-]+", html)) for html in (first, again, other)]
    assert drafts[0] == drafts[1] != drafts[2]
    assert not findall(r"st-ready:[0-9a-f]{16}", first)
    assert "PTJ-DRAFT" in first


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("page_path", "/no-such-page", "Select a valid choice"),
        ("page_path", "", "Choose a page."),
        ("service", "Roofing", "Select a valid choice"),
        ("urgency", "yesterday", "Select a valid choice"),
        ("urgency", "", "Choose how urgent it is."),
        ("asked_at", "tomorrow", "Enter a day and a time"),
        ("asked_at", "9999-12-31T23:59", "Choose a day from 2000 to 2099."),
        ("asked_at", "0001-01-01T00:00", "Choose a day from 2000 to 2099."),
        ("preferred_date", "31/31", "Enter a day such as"),
        ("preferred_date", "9999-12-31", "Choose a day from 2000 to 2099."),
        ("preferred_window", "midnight", "Select a valid choice"),
        ("name", "", "Enter a name"),
        ("name", "n" * 201, "Shorten this to 200 characters; it has 201."),
        ("message", "m" * 10_000, "Shorten this to 4,000 characters"),
        ("phone", "5" * 10_000, "Shorten this to 60 characters"),
    ],
)
def test_errors_are_shown_and_input_is_preserved(field: str, typed: str, words: str, client: Client) -> None:
    response = ask(client, **{field: typed})
    assert response.status_code == 422
    assert words in text_of(response)
    assert 'value="jamie@example.com"' in response.text
    assert f'href="#id_{field}' in response.text
    if field not in {"page_path", "service", "urgency", "preferred_window"}:
        assert typed in response.text


def test_a_single_contact_is_enough_and_none_is_not(client: Client) -> None:
    assert ask(client, phone="").status_code == 200
    assert ask(client, email="").status_code == 200
    response = ask(client, phone=" ", email="")
    assert response.status_code == 422
    assert "Enter a phone number or an email address" in text_of(response)


@pytest.mark.parametrize("name", sampled([*NAUGHTY_STRINGS], keep=11))
def test_naughty_strings_come_back_as_text(client: Client, name: str) -> None:
    typed = NAUGHTY_STRINGS[name]
    texts = dict.fromkeys(("name", "email", "street", "city", "message"), typed)
    assert harmless(ask(client, **texts))
    assert ask(client, **dict.fromkeys(ASKED, typed)).status_code == 422


def test_a_null_character_is_refused_in_words(client: Client) -> None:
    response = ask(client, name="Jamie\x00Rivera")
    assert response.status_code == 422
    assert "Null characters are not allowed." in text_of(response)


# The simulator's result, and the outcome of the same request in reality.

PATHS = ("/ac-repair-phoenix", "/", "/areas/buckeye", "/areas/queen-creek", "/maintenance-tune-up")
MOMENTS = ("2026-06-22T12:00", SATURDAY_NIGHT)


@pytest.mark.parametrize(("path", "urgency", "moment"), [*product(PATHS, ("emergency", "flexible"), MOMENTS)])
def test_it_describes_the_real_outcome(path: str, urgency: str, moment: str, tenant: Tenant) -> None:
    """Run the same request through the simulator, and through intake and a worker, and compare the results."""
    imagined = _imagined(tenant, path, urgency, moment)
    item = _real(tenant, path, urgency, moment)
    assert (imagined.state, imagined.stop.cause) == (item.state, item.cause)
    missing = [(reason.what, reason.holder, reason.sentence) for reason in imagined.stop.missing]
    assert missing == [(reason["what"], reason["holder"], reason["sentence"]) for reason in item.missing]
    assert item.envelope is not None
    assert _without_names(dict(imagined.envelope)) == _without_names(item.envelope)


def _imagined(tenant: Tenant, path: str, urgency: str, moment: str) -> Draft:
    with demo.rows_of(tenant):
        shop = read_shop(tenant)
    form = HandoffForm(ASKED | {"page_path": path, "urgency": urgency, "asked_at": moment}, choices=shop.choices)
    assert form.is_valid(), form.errors
    return draft(shop, form.cleaned_data, now=timezone.now())


def _real(tenant: Tenant, path: str, urgency: str, moment: str) -> SyncItem:
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(tenant.time_zone))
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, path)
        hours = BusinessProfile.objects.get(tenant=tenant).hours
        choice = capacity_choice(tenant, binding=binding, urgency=urgency, hours=hours, at=at)
        asked = appointment(
            urgency=urgency,
            page_path=path,
            message=ASKED["message"],
            preferred_date=date(2026, 6, 25),
            preferred_window="afternoon",
            capacity=choice.as_json(),
        )
        lead, _ = capture_request(tenant=tenant, request=asked, binding=binding)
    drain(deliver, worker="test")
    with scope.worker():
        return SyncItem.objects.get(tenant=tenant, lead=lead, kind=Kind.BOOKING_REQUEST)


def _without_names(envelope: dict[str, Any]) -> dict[str, Any]:
    """Return the envelope without the two names of its lead, which differ by design."""
    summary = envelope["booking"]["summary"].replace(envelope["spoken_code"], "CODE")
    booking = envelope["booking"] | {"externalId": "", "summary": summary}
    return envelope | {"reference": "", "spoken_code": "", "booking": booking}


def test_it_never_becomes_a_lead(client: Client, tenant: Tenant) -> None:
    ask(client)
    ask(client, asked_at=SATURDAY_NIGHT)
    with scope.tenant(tenant.pk):
        assert not BookingRequest.objects.exists()
        assert not SyncItem.objects.exists()


def test_without_a_demo_tenant_there_is_a_friendly_word(client: Client, tenant: Tenant) -> None:
    Tenant.objects.update(is_demo=False)
    assert "There is no demo tenant." in text_of(client.get(f"{ROOT}handoff"))
    response = ask(client)
    assert response.status_code == 404
    assert "There is no demo tenant." in text_of(response)
