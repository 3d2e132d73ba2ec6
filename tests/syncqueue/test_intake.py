"""Promise 1: a lead is never lost and never waits."""

import io
import os
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.environment import mailer
from pagetojob.gates.models import Flag
from pagetojob.platform import phones
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant
from pagetojob.titanmap.capacity import DAYS
from syncqueue.connectors import deliver
from syncqueue.leads import reference
from syncqueue.leads.models import BookingRequest, Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import delivery, site
from syncqueue.services.intake import _drawn_lead, capture_request
from tests.support.factories import appointment
from tests.support.smtp import MailServer
from tests.support.threads import at_once
from tests.support.visitor import ANSWERS, FORM, bookings, leads, send, shown

__all__ = ["send"]


def test_lead_request_and_outbox_items_share_a_commit(tenant: Tenant, captured: Lead) -> None:
    with scope.tenant(tenant.pk):
        items = {item.kind: item for item in SyncItem.objects.all()}
        booking = BookingRequest.objects.select_related("binding").get(lead=captured)
    assert set(items) == {Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST, Kind.VISITOR_CONFIRMATION}
    for item in items.values():
        assert (item.state, item.lead_id, item.dedupe_key) == (State.QUEUED, captured.pk, captured.reference)
        assert item.due_at is not None
    assert booking.binding is not None and booking.binding.slug == "ac-repair-phoenix"


def test_it_fails_as_a_whole(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("syncqueue.services.intake.outbox_kinds", broken)
    with pytest.raises(ZeroDivisionError), scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(), binding=None)
    assert leads(tenant) == []


def test_a_visitor_is_thanked_with_the_code(client: Client, tenant: Tenant) -> None:
    page = client.get(FORM, {"page": "/ac-repair-phoenix", "utm_source": "google"})
    assert page.status_code == 200
    answer = send(client, FORM + "?page=/ac-repair-phoenix")
    assert answer.status_code == 302
    (lead,) = leads(tenant)
    thanks = client.get(answer.url)
    assert lead.spoken_code in thanks.text and "saved your request" in thanks.text
    assert "Jamie" not in thanks.text and "555-0199" not in thanks.text
    assert lead.source["utm_source"] == "google"
    assert (lead.phone, lead.phone_e164) == ("(602) 555-0199", "+16025550199")
    assert "Desert Peak" in lead.consent_text and lead.consented_at is not None


def test_a_request_is_taken_and_the_office_notified_in_an_unknown_time_zone(
    client: Client, tenant: Tenant, mail_server: MailServer, settings: Any
) -> None:
    """The website, the form, the commit, the thank-you page and the notice each failed for the name of the zone."""
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.update(quiet_from="00:00", quiet_until="23:59")
        BusinessProfile.objects.update(hours={day: [["00:00", "24:00"]] for day in DAYS})
    settings.MAILERS = {"default": mailer(mail_server.url)}
    is_open = "Open until"
    assert is_open in client.get("/sites/desert-peak/").text
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    site.forget()
    for path in ("", "contact", "ac-repair-phoenix"):
        page = client.get(f"/sites/desert-peak/{path}")
        assert page.status_code == 200 and is_open not in page.text, "no one knows whether it is open"
    assert client.get(FORM).status_code == 200
    answer = send(client)
    (lead,) = leads(tenant)
    thanks = client.get(answer.url)
    assert lead.spoken_code in thanks.text and is_open not in thanks.text
    delivery.drain(deliver, worker="test")
    assert any(lead.spoken_code in body and " UTC" in body for body in mail_server.box.bodies)
    with scope.tenant(tenant.pk):
        capacity = BookingRequest.objects.get().capacity
    assert capacity and capacity["inputs"]["hours"] == ""


def test_the_same_form_sent_twice_makes_a_single_lead(client: Client, tenant: Tenant) -> None:
    token = str(uuid.uuid4())
    first, second = send(client, form_token=token), send(client, form_token=token)
    assert first.url == second.url
    assert len(leads(tenant)) == 1


def test_other_answers_under_the_same_token_are_another_lead(client: Client, tenant: Tenant) -> None:
    """A restored tab, a cached page: no one is thanked for a request that is not stored."""
    token = str(uuid.uuid4())
    first, second = send(client, form_token=token), send(client, form_token=token, name="Robin Yazzie")
    assert first.url != second.url
    assert {lead.name for lead in leads(tenant)} == {"Jamie Rivera", "Robin Yazzie"}


@pytest.mark.django_db(transaction=True)
def test_thirty_concurrent_posts_of_a_form_make_a_single_lead(tenant: Tenant) -> None:
    request = appointment()

    def post(_: int) -> int:
        with scope.tenant(tenant.pk):
            return capture_request(tenant=tenant, request=request, binding=None)[0].pk

    assert len(set(at_once(post, range(30)))) == 1
    with scope.worker():
        assert (Lead.objects.count(), SyncItem.objects.count()) == (1, 3)


def test_the_same_token_at_another_tenant_is_another_lead(tenant: Tenant, other_tenant: Tenant) -> None:
    request = appointment()
    for who in (tenant, other_tenant):
        with scope.tenant(who.pk):
            _, new = capture_request(tenant=who, request=request, binding=None)
        assert new


def test_a_second_request_of_the_same_person_is_a_second_lead(client: Client, tenant: Tenant) -> None:
    send(client), send(client)
    assert len({lead.spoken_code for lead in leads(tenant)}) == 2


def test_a_spoken_code_that_is_taken_is_drawn_again(
    tenant: Tenant, captured: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter([captured.spoken_code, captured.spoken_code, "PTJ-0000000"])
    monkeypatch.setattr(reference, "spoken_code", lambda number: next(codes))
    with scope.tenant(tenant.pk):
        lead, _ = capture_request(tenant=tenant, request=appointment(), binding=None)
    assert lead.spoken_code == "PTJ-0000000"


def test_an_invalid_form_shows_the_next_step_and_the_typed_values(client: Client, tenant: Tenant) -> None:
    answer = send(client, phone="", email="", consent=None, message="keep <me>")
    assert answer.status_code == 422
    assert "Enter a phone number or an email address so we can contact you." in answer.text
    assert "Please check the box" in answer.text
    assert "keep &lt;me&gt;" in answer.text and "keep <me>" not in answer.text
    assert leads(tenant) == []


@pytest.mark.parametrize("token", [None, "", "forged", "\x00", "9" * 5000])
def test_a_form_without_a_token_of_ours_is_a_lead_and_sent_twice_the_same(
    client: Client, tenant: Tenant, token: str | None
) -> None:
    first, second = (send(client, form_token=token, rendered=shown(ago=ago)) for ago in (90, 60))
    assert first.status_code == 302 and first.url == second.url
    send(client, form_token=token, message="something else")
    assert len(leads(tenant)) == 2


def test_the_same_answers_in_adjacent_windows_are_a_single_lead(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [send(client, form_token=None)]
    for later in (timedelta(minutes=10), timedelta(minutes=20)):
        moment = timezone.now() + later
        monkeypatch.setattr("syncqueue.forms.appointment.timezone", SimpleNamespace(now=lambda at=moment: at))
        answers.append(send(client, form_token=None))
    assert answers[0].url == answers[1].url != answers[2].url
    assert len(leads(tenant)) == 2


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Văn Ánh", "李小龍", "O'Brien; DROP TABLE leads_lead", "<script>alert(1)</script>", "🙂", "a\r\nBcc: x@y"],
)
def test_names_of_any_script_are_stored_as_typed(client: Client, tenant: Tenant, name: str) -> None:
    assert send(client, name=name).status_code == 302
    assert leads(tenant)[0].name == name


def test_a_retired_service_is_not_offered_and_who_asks_for_it_is_a_lead_all_the_same(
    client: Client, tenant: Tenant
) -> None:
    assert "Water Heater Repair" not in client.get(FORM).text
    answer = send(client, service="Water Heater Repair")
    (booking,) = bookings(tenant)
    assert (booking.service, booking.as_typed) == ("Something else", {"service": "Water Heater Repair"})
    assert "could not match what you need" in client.get(answer.url).text


def test_a_page_that_is_not_bound_still_takes_the_request(client: Client, tenant: Tenant) -> None:
    assert send(client, FORM + "?page=/nowhere").status_code == 302
    with scope.tenant(tenant.pk):
        assert BookingRequest.objects.get().binding is None


def test_an_unknown_site_returns_404(client: Client, tenant: Tenant) -> None:
    assert client.get("/sites/nobody/request-appointment").status_code == 404


def test_the_thank_you_page_of_another_tenant_s_lead_returns_404(
    client: Client, captured: Lead, other_tenant: Tenant
) -> None:
    for slug, public_id in ((other_tenant.slug, captured.public_id), ("desert-peak", uuid.uuid4())):
        assert client.get(reverse("intake:received", args=[slug, public_id])).status_code == 404


def test_the_address_of_a_thank_you_page_has_128_random_bits(tenant: Tenant) -> None:
    versions = {_drawn_lead(tenant, appointment(), "key").public_id.version for _ in range(20)}
    assert versions != {4}


def test_a_visitor_without_cookies_is_served(tenant: Tenant) -> None:
    assert send(Client(enforce_csrf_checks=True)).status_code == 302


def test_capturing_costs_a_fixed_number_of_queries(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk), CaptureQueriesContext(connection) as queries:
        capture_request(tenant=tenant, request=appointment(), binding=None)
    statements = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert len(statements) == 3, statements


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("(602) 555-0199", "+16025550199"),
        ("602.555.0199", "+16025550199"),
        ("+1 602 555 0199 ext. 4", "+16025550199"),
        ("+44 20 7946 0958", "+442079460958"),
        ("call my wife", ""),
        ("", ""),
        ("12", ""),
        ("+49 1111 1111 1111 11", ""),
    ],
)
def test_phones_in_any_form(typed: str, normal: str) -> None:
    assert phones.e164(typed) == normal


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": "+49 1111 1111 1111 11"},
        {"phone": "9" * 60},
        {"message": "\u202e reversed"},
        {"zip": "🙂" * 20},
        {"preferred_date": ""},
    ],
    ids=["long E.164", "digits", "reversed text", "emoji", "no date"],
)
def test_odd_answers_are_a_lead_all_the_same(client: Client, tenant: Tenant, changes: dict[str, str]) -> None:
    assert send(client, **changes).status_code == 302
    assert len(leads(tenant)) == 1


@pytest.mark.parametrize("query", ["?page=%00", "?page=%FF%FE", "?utm_source=%00&page=/" + "x" * 5000])
def test_odd_addresses_are_a_lead_all_the_same(client: Client, tenant: Tenant, query: str) -> None:
    assert send(client, FORM + query).status_code == 302


def test_the_source_holds_no_nul(client: Client, tenant: Tenant) -> None:
    send(client, FORM + "?utm_source=a%00b")
    assert leads(tenant)[0].source["utm_source"] == "ab"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2020-01-01", "not a day", "31/31"])
def test_an_impossible_day_is_stored_as_typed_and_asked_for(client: Client, tenant: Tenant, day: str) -> None:
    answer = send(client, preferred_date=day)
    (booking,) = bookings(tenant)
    assert (booking.preferred_date, booking.as_typed) == (None, {"preferred_date": day})
    thanks = client.get(answer.url).text
    assert "could not read your preferred day" in thanks and "Mention them when you speak with the office" in thanks
    assert day not in thanks


@pytest.mark.parametrize("urgency", ["", "yesterday", None])
def test_an_unknown_urgency_is_soon_and_asked_for(client: Client, tenant: Tenant, urgency: str | None) -> None:
    answer = send(client, urgency=urgency)
    (booking,) = bookings(tenant)
    assert (booking.urgency, booking.as_typed) == ("soon", {"urgency": urgency or ""})
    assert "do not know how urgent" in client.get(answer.url).text


def test_an_unknown_time_of_day_is_any(client: Client, tenant: Tenant) -> None:
    send(client, preferred_window="tea time")
    (booking,) = bookings(tenant)
    assert (booking.preferred_window, booking.as_typed) == ("any", {"preferred_window": "tea time"})


def test_a_plain_request_has_nothing_to_ask_for(client: Client, tenant: Tenant) -> None:
    answer = send(client)
    assert bookings(tenant)[0].as_typed == {}
    assert "Some details are missing" not in client.get(answer.url).text


@pytest.mark.parametrize(
    ("phone", "email", "warns"),
    [
        ("", "jamie@example", True),
        ("12", "jamiegmail.com", True),
        ("(602) 555-0142", "jamie@example", False),
        ("", "jamie@example.com", False),
    ],
)
def test_a_visitor_who_cannot_be_answered_learns_it_and_is_stored(
    client: Client, tenant: Tenant, phone: str, email: str, warns: bool
) -> None:
    answer = send(client, phone=phone, email=email)
    assert [lead.email for lead in leads(tenant)] == [email]
    sentence = (
        "We cannot send email to the address that you entered, so the office may not be able to answer. "
        "Please call (602) 555-0100, or send the form again with a phone number."
    )
    thanks = client.get(answer.url).text
    assert (sentence in thanks) is warns and email not in thanks


def test_a_service_that_was_not_chosen_is_not_recorded(client: Client, tenant: Tenant) -> None:
    first = '<option value="" selected>Choose a service</option>'
    assert first in client.get("/sites/desert-peak/request-appointment").text
    assert "Choose a service" not in client.get("/sites/desert-peak/request-appointment?service=AC+Repair").text
    send(client, service="")
    assert (bookings(tenant)[0].service, bookings(tenant)[0].as_typed) == ("Something else", {})


def test_a_tenant_without_job_types_still_takes_requests(client: Client, other_tenant: Tenant) -> None:
    url = f"/sites/{other_tenant.slug}/request-appointment"
    assert "Something else" in client.get(url).text
    assert send(client, url, service="Something else").status_code == 302
    assert len(leads(other_tenant)) == 1


@pytest.mark.parametrize("charset", ["utf-7", "hex", "undefined", "no-such-charset", "idna"])
def test_a_strange_charset_loses_nothing(client: Client, tenant: Tenant, charset: str) -> None:
    body = urlencode({"form_token": str(uuid.uuid4())} | ANSWERS)
    answer = client.generic("POST", FORM, body, f"application/x-www-form-urlencoded; charset={charset}")
    assert answer.status_code == 302


def test_bytes_that_are_no_text_are_a_lead_all_the_same(client: Client, tenant: Tenant) -> None:
    body = urlencode({"form_token": str(uuid.uuid4())} | ANSWERS | {"message": ""}) + "%ED%A0%BE%FF"
    assert client.generic("POST", FORM, body, "application/x-www-form-urlencoded").status_code == 302


def test_an_unexpected_file_is_not_stored(client: Client, tenant: Tenant) -> None:
    file = io.BytesIO(b"x" * 3_000_000)
    file.name = "photo.jpg"
    answer = client.post(FORM, {"form_token": str(uuid.uuid4()), "photo": file} | ANSWERS)
    assert answer.status_code == 302
    assert answer.wsgi_request.FILES == {}


def test_a_body_that_is_too_big_is_refused_in_words(client: Client, tenant: Tenant) -> None:
    answer = send(client, message="x" * 2_000_000)
    assert answer.status_code == 413
    assert "Shorten it" in answer.text and "(602) 555-0100" in answer.text


def test_a_killed_form_asks_to_call_but_takes_what_was_already_open(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="booking-request-fallback").update(killed=True)
    page = client.get(FORM).text
    assert "Please call" in page and "Send my request" not in page
    assert send(client).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_without_a_database_there_is_a_number_to_call_and_what_was_typed(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    client.get(FORM)
    site.forget()  # the web process was restarted as well
    database_away()
    token = str(uuid.uuid4())
    answer = send(client, form_token=token, message="keep <me>")
    assert answer.status_code == 503 and answer["Retry-After"]
    assert "(602) 555-0100" in answer.text and "has not been saved" in answer.text
    assert "keep &lt;me&gt;" in answer.text and token in answer.text
    assert client.get(FORM).status_code == 503


@pytest.mark.django_db(transaction=True)
def test_a_site_never_read_apologizes_without_a_number(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    database_away()
    answer = send(client)
    assert answer.status_code == 503 and "has not been saved" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_locked_table_is_not_waited_for(client: Client, tenant: Tenant) -> None:
    client.get(FORM)
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE titanmap_pagebinding IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        answer = send(client)
        assert answer.status_code == 503 and "has not been saved" in answer.text
        assert time.monotonic() - began < 3.5
    assert send(client).status_code == 302


def test_an_unrelated_error_is_not_treated_as_a_repeat(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "outside_reference", lambda entropy: "wrong")
    with pytest.raises(IntegrityError, match="lead_reference_shape"), scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(), binding=None)


def test_typed_values_are_not_cached_and_going_back_shows_the_same_form(client: Client, tenant: Tenant) -> None:
    assert client.get(FORM)["Cache-Control"] == "private, no-cache"
    wrong = send(client, name="")
    for answer in (wrong, client.get(send(client).url)):
        assert "no-store" in answer["Cache-Control"]
