"""Suspected requests are flagged, reported and counted. They are never dropped, and send the visitor no email."""

import email
import email.policy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from pagetojob.platform.client_address import address_behind_proxies
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import SiteOrigin, Tenant
from syncqueue import spam_signals
from syncqueue.connectors import deliver
from syncqueue.leads.models import Lead, Suspicion
from syncqueue.models import IntakeCounter, Kind, SyncItem
from syncqueue.services import counter
from syncqueue.services.delivery import drain
from syncqueue.spam_signals import Page
from tests.support.visitor import FORM, filled_in, leads, send, shown


def marks(tenant: Tenant) -> list[list[str]]:
    return [lead.suspected for lead in leads(tenant)]


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({}, None),
        ({"website": "https://casino.example"}, Suspicion.HONEYPOT),
        ({"website": "  "}, None),
        ({"rendered": "now"}, Suspicion.TOO_FAST),
        ({"rendered": shown(ago=7 * 24 * 3600)}, None),
        ({"rendered": None}, Suspicion.NO_PAGE),
        ({"rendered": "desert-peak:1abcde:forged"}, Suspicion.NO_PAGE),
        ({"rendered": shown()[:-1]}, Suspicion.NO_PAGE),
        ({"rendered": shown(slug="tenant-0")}, Suspicion.NO_PAGE),
    ],
)
def test_each_mark(client: Client, tenant: Tenant, changes: dict[str, Any], mark: str | None) -> None:
    if changes.get("rendered") == "now":
        changes = {"rendered": shown(ago=0)}
    assert send(client, **changes).status_code == 302
    assert marks(tenant) == [[mark] if mark else []]


def test_the_form_that_is_shown_carries_its_own_mark(client: Client, tenant: Tenant) -> None:
    form = client.get(FORM).context["form"]
    send(client, rendered=form["rendered"].value())
    assert marks(tenant) == [[Suspicion.TOO_FAST]]


def test_a_suspected_request_is_queued_last_and_its_visitor_gets_no_email(client: Client, tenant: Tenant) -> None:
    thanks = client.get(send(client, website="x").url).text
    assert "saved your request" in thanks and "confirmation email" not in thanks
    with scope.tenant(tenant.pk):
        items_of_lead = dict(SyncItem.objects.values_list("kind", "priority"))
    assert items_of_lead == {Kind.BUSINESS_NOTIFICATION: 9, Kind.BOOKING_REQUEST: 9}


def test_the_notice_explains_the_suspicion(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    send(client, website="x", rendered=None)
    drain(deliver, worker="test")
    (path,) = (tmp_path / "mail").glob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"].startswith("Possibly automated: ")
    part = mail.get_body(("plain",))
    assert part is not None
    body = part.get_content()
    assert "a hidden field was filled in; it did not come from one of our pages" in body
    assert "Jamie Rivera" in body


def test_the_notice_calls_an_offer_an_advertisement(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    send(client, message="We offer SEO and backlinks for plumbers. Book a demo, plans from $49/mo.")
    drain(deliver, worker="test")
    (path,) = (tmp_path / "mail").glob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"].startswith("Possibly an advertisement: ")
    part = mail.get_body(("plain",))
    assert part is not None
    assert "It may not come from a customer: its text looks like an offer or an advertisement." in part.get_content()


def test_posts_above_the_limit_are_flagged_and_stored(client: Client, tenant: Tenant, settings: Any) -> None:
    settings.INTAKE_LIMIT = 3
    for _ in range(5):
        assert send(client).status_code == 302
    assert marks(tenant) == [[], [], [], [Suspicion.TOO_MANY], [Suspicion.TOO_MANY]]


def test_other_addresses_and_other_sites_are_counted_apart(
    client: Client, tenant: Tenant, other_tenant: Tenant, settings: Any
) -> None:
    settings.INTAKE_LIMIT = 1
    send(client)
    send(Client(REMOTE_ADDR="203.0.113.9"))
    send(client, f"/sites/{other_tenant.slug}/request-appointment", rendered=shown(slug=other_tenant.slug))
    assert [*marks(tenant), *marks(other_tenant)] == [[], [], []]


def test_a_new_window_starts_the_count_again(client: Client, tenant: Tenant, settings: Any) -> None:
    settings.INTAKE_LIMIT = 1
    send(client)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE syncqueue_intakecounter SET window_start = now() - interval '11 minutes'")
    send(client)
    assert marks(tenant) == [[], []]


def test_a_forged_hop_does_not_make_another_visitor(client: Client, tenant: Tenant, settings: Any) -> None:
    """Our single proxy appends the true address; anything before it was sent by the client."""
    settings.INTAKE_LIMIT, settings.TRUSTED_PROXIES = 1, 1
    for forged in ("1.1.1.1", "2.2.2.2", "3.3.3.3"):
        client.post(FORM, {}, headers={"X-Forwarded-For": f"{forged}, 203.0.113.9"})
    assert list(IntakeCounter.objects.values_list("hits", flat=True)) == [3]


def test_the_row_of_a_counter_identifies_no_person(client: Client, tenant: Tenant) -> None:
    send(Client(REMOTE_ADDR="203.0.113.9"))
    for row in IntakeCounter.objects.all():
        assert "203.0" not in str(row) and "jamie" not in str(row) and len(row.bucket) == 64
    assert IntakeCounter.objects.count() == 2, "the address and the mailbox"


def test_an_ipv6_visitor_is_a_network_and_tenants_count_apart(tenant: Tenant, other_tenant: Tenant) -> None:
    def hits(address: str, who: Tenant = tenant) -> int | None:
        return counter.count_post(tenant_id=who.pk, address=address, email="").address

    assert [hits("2001:db8::1"), hits("2001:db8::ffff:1"), hits("2001:db8:0:1::1")] == [1, 2, 1]
    assert [hits("203.0.113.9"), hits("203.0.113.9", other_tenant)] == [1, 1]


def test_a_mailbox_is_confirmed_to_a_few_times_a_day_and_every_lead_is_stored(
    client: Client, tenant: Tenant, settings: Any
) -> None:
    """A person who types someone else's address, from anywhere, must not fill that mailbox."""
    settings.CONFIRMATIONS_A_DAY = 2
    for number, typed in enumerate(("jamie@example.com", "JAMIE@example.com ", "jamie@example.com")):
        send(Client(REMOTE_ADDR=f"203.0.113.{number}"), email=typed)
    send(client, email="robin@example.com")
    with scope.tenant(tenant.pk):
        assert Lead.objects.count() == 4
        confirmed = SyncItem.objects.filter(kind=Kind.VISITOR_CONFIRMATION).values_list("lead__email", flat=True)
        assert sorted(confirmed) == ["JAMIE@example.com", "jamie@example.com", "robin@example.com"]
    assert marks(tenant) == [[], [], [], []]


@pytest.mark.parametrize(
    ("spellings", "confirmed"),
    [
        (["jamie@example.com", "jamie+1@example.com", "Jamie+2@Example.com"], 1),
        (["jamie.lee@gmail.com", "j.a.m.i.e.lee+x@googlemail.com", "JamieLee@gmail.com"], 1),
        (["jamie.lee@example.com", "jamielee@example.com", "+1@example.com"], 3),
        # The form takes surrounding space from an answer of any length.
        (["jamie@example.com", " " * 254 + "jamie@example.com", " " * 240 + "jamie@example.com"], 1),
    ],
)
def test_other_spellings_of_an_address_fill_its_mailbox_no_faster(
    client: Client, tenant: Tenant, settings: Any, spellings: list[str], confirmed: int
) -> None:
    settings.CONFIRMATIONS_A_DAY = 1
    for typed in spellings:
        send(client, email=typed)
    with scope.tenant(tenant.pk):
        assert Lead.objects.count() == len(spellings)
        assert SyncItem.objects.filter(kind=Kind.VISITOR_CONFIRMATION).count() == confirmed


def test_the_same_form_sent_again_past_the_limit_finds_its_lead(client: Client, tenant: Tenant, settings: Any) -> None:
    settings.CONFIRMATIONS_A_DAY = 1
    form = filled_in()
    first, second = client.post(FORM, form), client.post(FORM, form)
    assert first["Location"] == second["Location"]
    assert len(leads(tenant)) == 1


def test_a_copied_form_on_a_listed_website_is_above_suspicion(client: Client, tenant: Tenant) -> None:
    SiteOrigin.objects.create(tenant=tenant, origin="https://www.example.com")
    for origin in ("https://www.example.com", "https://elsewhere.example", "null"):
        client.post(FORM, filled_in(rendered=""), headers={"Origin": origin})
    assert marks(tenant) == [[], ["no page"], ["no page"]]


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_is_locked_or_gone_costs_no_lead(client: Client, tenant: Tenant) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE syncqueue_intakecounter IN ACCESS EXCLUSIVE MODE")
        assert send(client).status_code == 302
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("ALTER TABLE syncqueue_intakecounter RENAME TO away")
        try:
            assert send(client).status_code == 302
        finally:
            owner.execute("ALTER TABLE away RENAME TO syncqueue_intakecounter")
    assert marks(tenant) == [[], []]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_not_hidden_by_the_counter(
    tenant: Tenant, database_away: Callable[[], None]
) -> None:
    assert counter.count_post(tenant_id=tenant.pk, address="203.0.113.9", email="").address == 1
    database_away()
    with pytest.raises(OperationalError):
        counter.count_post(tenant_id=tenant.pk, address="203.0.113.9", email="")


def test_windows_that_are_over_are_forgotten(client: Client, tenant: Tenant) -> None:
    send(client)
    assert counter.forget_old_windows() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE syncqueue_intakecounter SET window_start = now() - interval '2 days'")
    assert counter.forget_old_windows() == 2


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "1.1.1.1", 0, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1,203.0.113.9 , 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 2, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, not an address", 1, "10.0.0.1"),
        ("10.0.0.1", "unknown", 1, "10.0.0.1"),
        ("10.0.0.1", "2001:DB8:0::1", 1, "2001:db8::1"),
        ("::ffff:203.0.113.9", "", 0, "203.0.113.9"),
        ("", "", 0, ""),
        ("unix:", "", 0, ""),
        ("10.0.0.1", ",,,,", 1, "10.0.0.1"),
    ],
)
def test_the_address_that_can_be_trusted(peer: str, forwarded: str, proxies: int, address: str) -> None:
    assert address_behind_proxies(peer=peer, forwarded=forwarded, proxies=proxies) == address


def test_all_suspicions_have_a_fixed_order() -> None:
    result = spam_signals.reasons(trap="x", page=Page.NOT_OURS, hits=31, limit=30)
    assert result == [Suspicion.HONEYPOT, Suspicion.NO_PAGE, Suspicion.TOO_MANY]
    assert spam_signals.reasons(trap="", page=Page.READ, hits=30, limit=30) == []
    assert spam_signals.reasons(trap="", page=Page.READ, hits=None, limit=0) == []
    assert spam_signals.sentence([]) == ""
