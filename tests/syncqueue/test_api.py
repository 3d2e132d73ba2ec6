"""The intake API: a lead is stored once, for the tenant of the key, and its answer is repeated."""

import json
import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.tenants import scope, site_keys
from pagetojob.platform.tenants.models import SiteKey, Tenant
from syncqueue.models import IdempotencyKey, Kind, SyncItem
from syncqueue.services import site
from syncqueue.services.api import answer_once, find_caller, forget_old_answers, origin_is_known
from syncqueue.visitor_texts import with_text_message_terms
from tests.support.api import BODY, CONSENT, ORIGIN, booking, kind, make_key, send
from tests.support.factories import appointment
from tests.support.openapi import faults, resolve
from tests.support.threads import at_once
from tests.support.visitor import leads


@pytest.fixture
def key(tenant: Tenant) -> str:
    return make_key(tenant)


# --- single leads ----------------------------------------------------------------------------------


def test_a_lead_is_stored_and_answered_without_personal_data(key: str, tenant: Tenant) -> None:
    answer = send(key)
    (lead,) = leads(tenant)
    assert answer.status_code == 201
    assert answer.document["id"] == str(lead.public_id)
    assert (answer.document["code"], answer.document["reference"]) == (lead.spoken_code, lead.reference)
    assert answer.document["duplicate"] is False and "Idempotency-Replayed" not in answer.headers
    assert (lead.channel, lead.consent_text, lead.phone_e164) == ("api", CONSENT["text"], "+16025550199")
    assert lead.consented_at is not None and lead.suspected == []
    assert not any(str(value) in answer.text for name, value in BODY.items() if name not in {"state", "consent"})
    with scope.tenant(tenant.pk):
        assert SyncItem.objects.filter(lead=lead).count() >= 2


def test_a_receipt_asks_a_visitor_who_cannot_be_answered_to_call(key: str, tenant: Tenant) -> None:
    answer = send(key, BODY | {"phone": "", "email": "jamie@example"})
    assert answer.status_code == 201 and [lead.email for lead in leads(tenant)] == ["jamie@example"]
    assert "Please call (602) 555-0100, or send the form again" in answer.document["warning"]
    assert faults(answer.document, resolve("#/components/schemas/LeadReceipt")) == []
    assert "warning" not in send(key, once="k-2").document


def test_every_described_field_is_stored(key: str, tenant: Tenant) -> None:
    described = resolve("#/components/schemas/Lead")["properties"]
    marks = {name: f"{name} of the visit" for name in described["source"]["properties"]}
    body = BODY | {
        "schema": "pagetojob.lead/1",
        "preferred_date": "someday",
        "source": marks | {"utm_source": "google", "utm_id": 7},
    }
    assert set(body) == set(described)
    assert faults(body, resolve("#/components/schemas/Lead")) == []
    assert send(key, body).status_code == 201
    (lead,), asked = leads(tenant), booking(tenant)
    for name in ("name", "phone", "email", "message", "street", "city", "state", "zip"):
        assert getattr(lead, name) == body[name]
    assert (asked.service, asked.urgency, asked.preferred_window) == ("AC Repair", "emergency", "afternoon")
    assert asked.preferred_date is None and asked.as_typed == {"preferred_date": "someday"}
    assert lead.source == marks | {"utm_source": "google", "utm_id": "7"}
    assert asked.binding is not None and asked.binding.slug == "ac-repair-phoenix"
    assert asked.capacity is not None and asked.capacity["inputs"]["page_slug"] == "ac-repair-phoenix"


@pytest.mark.parametrize(
    ("page", "slug", "path"),
    [
        ("/ac-repair-phoenix", "ac-repair-phoenix", "/ac-repair-phoenix"),
        ("https://www.desert-peak.example/ac-repair-phoenix/?gclid=1#x", "ac-repair-phoenix", "/ac-repair-phoenix"),
        ("/nowhere", None, "/nowhere"),
        ("https://[", None, "https://["),
        ("https://x.example/" + "y" * 400, None, ("https://x.example/" + "y" * 400)[:200]),
        (None, None, ""),
        ("/nowhere?email=jamie@example.com", None, "/nowhere"),
        ("https://[?name=Jamie", None, "https://["),
        ("https://x.example/thanks?name=\nJamie#Rivera", None, "https://x.example/thanks"),
    ],
)
def test_the_page_is_a_path_or_any_address(key: str, tenant: Tenant, page: Any, slug: Any, path: str) -> None:
    assert send(key, BODY | {"page": page}).status_code == 201
    asked = booking(tenant)
    assert (asked.binding.slug if asked.binding else None, asked.page_path) == (slug, path)


@pytest.mark.parametrize(
    "contact", [{"phone": "ask my wife at 602 555 0199"}, {"email": "not an address"}, {"phone": 6025550199}]
)
def test_a_name_and_any_contact_is_a_lead(key: str, tenant: Tenant, contact: dict[str, Any]) -> None:
    body = {"name": "李小龍", "consent": CONSENT} | contact
    assert send(key, body).status_code == 201
    (lead,) = leads(tenant)
    assert (lead.name, lead.phone + lead.email) == ("李小龍", str(*contact.values()))
    assert booking(tenant).as_typed == {"urgency": ""}


def test_what_a_visitor_typed_is_never_refused(key: str, tenant: Tenant) -> None:
    odd = {"service": "Zauberei", "urgency": "NOW!!", "preferred_date": "31/31", "preferred_window": "teatime"}
    odd |= {"name": "N" * 300, "message": "m" * 5000, "zip": "🙂" * 30, "street": "O'Brien; DROP TABLE\r\nBcc: x"}
    assert send(key, BODY | odd).status_code == 201
    (lead,), asked = leads(tenant), booking(tenant)
    assert (asked.service, asked.urgency, asked.preferred_window) == ("Something else", "soon", "any")
    whole = ("service", "urgency", "preferred_date", "preferred_window", "name", "message", "zip")
    assert asked.as_typed == {name: odd[name] for name in whole}
    assert (lead.name, lead.message, lead.zip) == ("N" * 200, "m" * 4000, "🙂" * 20)
    assert lead.street == odd["street"]


def test_the_source_is_cut_and_has_no_line_ends(key: str, tenant: Tenant) -> None:
    source = {"landing_url": "https://x.example/" + "y" * 900, "utm_source": "a\r\nb" + "c" * 900, "utm_term": None}
    assert send(key, BODY | {"source": source}).status_code == 201
    (lead,) = leads(tenant)
    assert lead.source == {"landing_url": str(source["landing_url"])[:500], "utm_source": "ab" + "c" * 198}


# --- site keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [None, "", "site_", "site_" + "x" * 43, "site_" + "x" * 5000, "é", "site_" + "x" * 43 + "\n", "\x00" * 48]
)
def test_without_an_active_key_nothing_is_taken(key: str, tenant: Tenant, wrong: str | None) -> None:
    answer = send(wrong)
    assert (answer.status_code, kind(answer)) == (401, "unknown-site-key")
    assert leads(tenant) == []


@pytest.mark.parametrize("text", ["", "x" * 48, "site_", "site_" + "x" * 5000, "site_" + "x" * 43 + "\n", "site_é" * 8])
def test_a_text_that_is_no_key_costs_no_query(db: None, text: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert find_caller(key=text, origin=ORIGIN) is None
        assert not origin_is_known(text)
    assert len(queries) == 0


def test_a_retired_key_is_answered_like_an_unknown_key(tenant: Tenant) -> None:
    retired, unknown = send(make_key(tenant, active=False)), send(site_keys.draw())
    assert (retired.status_code, retired.content) == (unknown.status_code, unknown.content)
    assert leads(tenant) == []


def test_the_key_itself_is_stored_nowhere(key: str) -> None:
    row = SiteKey.objects.get()
    assert key not in str(vars(row)) and key.startswith(row.prefix)


def test_the_tenant_comes_from_the_key_alone(key: str, tenant: Tenant, other_tenant: Tenant) -> None:
    assert send(make_key(other_tenant, origin=None)).status_code == 201
    assert leads(tenant) == [] and len(leads(other_tenant)) == 1
    asked = booking(other_tenant)
    assert asked.binding is None and asked.as_typed == {"service": "AC Repair"}


# --- idempotency -----------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer(key: str, tenant: Tenant) -> None:
    first = send(key, once="k-1")
    for body in (BODY, dict(reversed(BODY.items()))):
        again = send(key, json.dumps(body, indent=4).encode(), once="k-1")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again["Idempotency-Replayed"] == "true"
    assert len(leads(tenant)) == 1


def test_a_changed_body_is_refused(key: str, tenant: Tenant) -> None:
    send(key, once="k-1")
    answer = send(key, BODY | {"message": "Still no cold air."}, once="k-1")
    assert (answer.status_code, kind(answer)) == (422, "idempotency-key-reused")
    assert [lead.message for lead in leads(tenant)] == ["No cold air."]


def test_idempotency_keys_belong_to_a_site_key(key: str, tenant: Tenant, other_tenant: Tenant) -> None:
    codes = {send(k, once="k-1").document["code"] for k in (key, make_key(tenant), make_key(other_tenant))}
    assert len(codes) == 3 and len(leads(tenant)) == 2


def test_another_key_is_another_lead(key: str, tenant: Tenant) -> None:
    send(key), send(key)
    assert len(leads(tenant)) == 2


def test_a_refused_lead_does_not_use_up_its_key(key: str) -> None:
    assert send(key, BODY | {"name": ""}, once="k-1").status_code == 422
    assert send(key, once="k-1").status_code == 201


def test_what_the_sender_chose_as_a_key_is_not_stored(key: str, tenant: Tenant) -> None:
    send(key, once="jamie@example.com")
    with scope.tenant(tenant.pk):
        assert "jamie" not in str(vars(IdempotencyKey.objects.get()))


def test_the_plain_post_of_the_same_form_finds_the_lead(key: str, tenant: Tenant) -> None:
    """The page gave up on the API after the commit, and posts its form with the same UUID."""
    token = str(uuid.uuid4())
    body = BODY | {"message": "No cold air.\nSince Monday."}
    form = {name: value for name, value in body.items() if name not in {"page", "consent"}}
    form["message"] = "No cold air.\r\nSince Monday."  # as a browser encodes a line break in a form's body
    text = with_text_message_terms(f"{tenant.name} may contact me about this request by phone, text message or email.")
    send(key, body | {"consent": {"given": True, "text": text}}, once=token)
    address = "/sites/desert-peak/request-appointment?page=/ac-repair-phoenix"
    answer: Any = Client().post(address, form | {"form_token": token, "consent": "on"})
    (lead,) = leads(tenant)
    assert answer.status_code == 302 and str(lead.public_id) in answer.url


def test_a_lead_from_another_endpoint_is_reported_as_duplicate(key: str, tenant: Tenant) -> None:
    token = str(uuid.uuid4())
    first = send(key, once=token)
    again = send(make_key(tenant), once=token)
    assert again.document == first.document | {"duplicate": True}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bodies", [1, 2])
def test_fifty_concurrent_posts_make_a_single_lead(key: str, tenant: Tenant, bodies: int) -> None:
    """Of two bodies with one key, one wins, and every sender of the other is refused."""
    answers = at_once(lambda number: send(key, BODY | {"message": f"body {number % bodies}"}, once="k-1"), range(50))
    stored = [answer for answer in answers if answer.status_code == 201]
    assert len(stored) == 50 // bodies and len({answer.content for answer in stored}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in stored) == 1
    assert {kind(answer) for answer in answers if answer.status_code != 201} <= {"idempotency-key-reused"}
    assert len(leads(tenant)) == 1
    with scope.worker():
        assert SyncItem.objects.count() in (2, 3)


def test_lead_and_answer_share_a_commit(key: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(IdempotencyKey.objects, "create", broken)
    with pytest.raises(ZeroDivisionError), scope.tenant(tenant.pk):
        answer_once(site_key=SiteKey.objects.get(), key="k", request_hash="0" * 64, request=appointment(), binding=None)
    assert leads(tenant) == []


# --- limits and outages ----------------------------------------------------------------------------


def test_too_many_from_an_address_are_stored_and_flagged(key: str, tenant: Tenant, settings: Any) -> None:
    settings.INTAKE_LIMIT = 2
    assert {send(key).status_code for _ in range(3)} == {201}
    assert [lead.suspected for lead in leads(tenant)] == [[], [], ["too many"]]


def test_refused_requests_are_not_counted(key: str, tenant: Tenant, settings: Any) -> None:
    settings.INTAKE_LIMIT = 1
    send(site_keys.draw()), send(key, origin="https://evil.example"), send(key, b"{"), send(key, {})
    send(key)
    assert [lead.suspected for lead in leads(tenant)] == [[]]


def test_an_address_that_is_none_is_taken(key: str, tenant: Tenant, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert send(key, **{"X-Forwarded-For": "nowhere, \x00"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_without_a_database_nothing_is_promised(key: str, tenant: Tenant, database_away: Callable[[], None]) -> None:
    send(key, once="k-1")
    database_away()
    answer = send(key, BODY | {"message": "keep me"}, once="k-2", origin=ORIGIN)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Access-Control-Allow-Origin" not in answer.headers and "keep me" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_locked_table_is_not_waited_for_and_the_same_post_works_later(key: str, tenant: Tenant) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE leads_lead IN ACCESS EXCLUSIVE MODE")
        answer = send(key, once="k-1", origin=ORIGIN)
        assert (answer.status_code, kind(answer)) == (503, "unavailable")
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert send(key, once="k-1").status_code == 201
    assert len(leads(tenant)) == 1


def test_a_lead_costs_a_fixed_number_of_statements(key: str, tenant: Tenant) -> None:
    """One extra statement of each kind, because the test is a transaction itself: the scope restores its old value."""
    counts = []
    for once in ("k-1", "k-2", "k-2"):
        site.forget()
        with CaptureQueriesContext(connection) as queries:
            send(key, once=once, origin=ORIGIN)
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    assert counts == [13, 13, 9]


def test_answers_of_last_month_are_forgotten_and_their_leads_stay(
    key: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(key, once="k-1")
    assert forget_old_answers() == 0
    monkeypatch.setattr("syncqueue.services.api.RETAINED_FOR", timedelta(days=-1))
    assert forget_old_answers() == 1
    with scope.tenant(tenant.pk):
        assert not IdempotencyKey.objects.exists()
    assert send(key, once="k-1").document["duplicate"] is True
    assert len(leads(tenant)) == 1


def test_the_api_fills_no_mailbox_either(key: str, tenant: Tenant, settings: Any) -> None:
    settings.CONFIRMATIONS_A_DAY = 1
    send(key, once="k-1"), send(key, once="k-2")
    with scope.tenant(tenant.pk):
        assert SyncItem.objects.filter(kind=Kind.VISITOR_CONFIRMATION).count() == 1
    assert len(leads(tenant)) == 2
