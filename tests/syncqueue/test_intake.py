"""Promise 1: a lead is never lost and never waits."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pagetojob.kernel.leads import reference
from pagetojob.kernel.leads.models import BookingRequest, Lead
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services.intake import capture_request, phone_e164
from tests.support.factories import appointment

FORM = "/sites/desert-peak/request-appointment"
ANSWERS = {
    "service": "AC Repair",
    "urgency": "emergency",
    "preferred_date": "2026-06-25",
    "preferred_window": "afternoon",
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "email": "jamie@example.com",
    "street": "1840 E Camelback Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85016",
    "message": "No cold air.",
    "consent": "on",
}


def send(client: Client, url: str = FORM, **changes: Any) -> Any:
    answers = {"form_token": str(uuid.uuid4())} | ANSWERS | changes
    return client.post(url, {name: value for name, value in answers.items() if value is not None})


def leads(tenant: Tenant) -> list[Lead]:
    with scope.tenant(tenant.pk):
        return list(Lead.objects.order_by("id"))


def test_one_commit_holds_the_lead_its_request_and_both_things_owed(tenant: Tenant, captured: Lead) -> None:
    with scope.tenant(tenant.pk):
        items = {item.kind: item for item in SyncItem.objects.all()}
        booking = BookingRequest.objects.select_related("binding").get(lead=captured)
    assert set(items) == {Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST}
    for item in items.values():
        assert (item.state, item.lead_id, item.dedupe_key) == (State.QUEUED, captured.pk, captured.reference)
        assert item.due_at is not None
    assert booking.binding is not None and booking.binding.slug == "ac-repair-phoenix"


def test_it_fails_as_a_whole(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SyncItem.objects, "bulk_create", broken)
    with pytest.raises(ZeroDivisionError), scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(), binding=None)
    assert leads(tenant) == []


def test_a_visitor_is_thanked_with_the_code(client: Client, tenant: Tenant) -> None:
    page = client.get(FORM, {"page": "/ac-repair-phoenix"})
    assert page.status_code == 200
    answer = send(client, FORM + "?page=/ac-repair-phoenix&utm_source=google")
    assert answer.status_code == 302
    (lead,) = leads(tenant)
    thanks = client.get(answer.url)
    assert lead.spoken_code in thanks.text and "safe with us" in thanks.text
    assert "Jamie" not in thanks.text and "555-0199" not in thanks.text
    assert lead.source["utm_source"] == "google"
    assert (lead.phone, lead.phone_e164) == ("(602) 555-0199", "+16025550199")
    assert "Desert Peak" in lead.consent_text and lead.consented_at is not None


def test_the_same_form_sent_twice_makes_one_lead(client: Client, tenant: Tenant) -> None:
    token = str(uuid.uuid4())
    first, second = send(client, form_token=token), send(client, form_token=token)
    assert first.url == second.url
    assert len(leads(tenant)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_thirty_times_at_once_makes_one_lead(tenant: Tenant) -> None:
    request, answers = appointment(), []

    def post() -> None:
        try:
            with scope.tenant(tenant.pk):
                answers.append(capture_request(tenant=tenant, request=request, binding=None)[0].pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 30 and len(set(answers)) == 1
    with scope.worker():
        assert (Lead.objects.count(), SyncItem.objects.count()) == (1, 2)


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


def test_a_wrong_form_says_what_to_do_and_keeps_what_was_typed(client: Client, tenant: Tenant) -> None:
    answer = send(client, phone="", email="", consent=None, message="keep <me>")
    assert answer.status_code == 422
    assert "Give us a phone number or an e-mail address" in answer.text
    assert "Tick the box" in answer.text
    assert "keep &lt;me&gt;" in answer.text and "keep <me>" not in answer.text
    assert leads(tenant) == []


@pytest.mark.parametrize("token", [None, "", "forged", "\x00", "9" * 5000])
def test_a_forged_token_loses_nothing(client: Client, tenant: Tenant, token: str | None) -> None:
    answer = send(client, form_token=token, message="keep me")
    assert answer.status_code == 422
    assert "Your answers are kept" in answer.text and "keep me" in answer.text
    fresh = answer.context["form"]["form_token"].value()
    assert send(client, form_token=fresh).status_code == 302


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Văn Ánh", "李小龍", "O'Brien; DROP TABLE leads_lead", "<script>alert(1)</script>", "🙂", "a\r\nBcc: x@y"],
)
def test_names_of_any_script_are_kept_as_typed(client: Client, tenant: Tenant, name: str) -> None:
    assert send(client, name=name).status_code == 302
    assert leads(tenant)[0].name == name


def test_a_retired_service_is_not_offered(client: Client, tenant: Tenant) -> None:
    assert "Water Heater Repair" not in client.get(FORM).text
    assert send(client, service="Water Heater Repair").status_code == 422


def test_a_page_that_is_not_bound_still_takes_the_request(client: Client, tenant: Tenant) -> None:
    assert send(client, FORM + "?page=/nowhere").status_code == 302
    with scope.tenant(tenant.pk):
        assert BookingRequest.objects.get().binding is None


def test_an_unknown_site_is_not_found(client: Client, tenant: Tenant) -> None:
    assert client.get("/sites/nobody/request-appointment").status_code == 404


def test_the_thank_you_page_of_another_tenant_s_lead_is_not_found(
    client: Client, captured: Lead, other_tenant: Tenant
) -> None:
    for slug, public_id in ((other_tenant.slug, captured.public_id), ("desert-peak", uuid.uuid4())):
        assert client.get(reverse("intake:received", args=[slug, public_id])).status_code == 404


def test_a_visitor_without_cookies_is_served(tenant: Tenant) -> None:
    assert send(Client(enforce_csrf_checks=True)).status_code == 302


def test_capturing_costs_a_fixed_number_of_queries(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk), CaptureQueriesContext(connection) as queries:
        capture_request(tenant=tenant, request=appointment(), binding=None)
    statements = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert len(statements) == 5, statements


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
    ],
)
def test_phones_in_any_form(typed: str, normal: str) -> None:
    assert phone_e164(typed) == normal
