"""The office's requests: list, actions with undo, notes, search, export, report, and release of suspected ones."""

import csv
import io
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateformat import format as format_date

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant, User
from syncqueue.connectors import deliver
from syncqueue.errors import QueueError
from syncqueue.leads.models import Lead, LeadAnswer, LeadNote
from syncqueue.models import SyncItem
from syncqueue.notices.attention import attention_of
from syncqueue.notices.models import RecipientNotice
from syncqueue.selectors import requests as selectors
from syncqueue.services import answers, exclusions, operate
from syncqueue.services.delivery import drain
from syncqueue.services.intake import capture_request
from tests.support.cast import SignIn
from tests.support.desk import read
from tests.support.factories import appointment, make_lead
from tests.support.moves import later

LIST = "/portal/requests/"


def received(tenant: Tenant, **typed: Any) -> Lead:
    with scope.tenant(tenant.pk):
        return capture_request(tenant=tenant, request=appointment(**typed), binding=None)[0]


def address(lead: Lead, part: str = "") -> str:
    return f"{LIST}{lead.public_id}{part}"


def test_it_is_the_start_page_and_new_requests_come_first(tenant: Tenant, owner: User, office: Client) -> None:
    first = received(tenant, name="Avery Newer")
    second = received(tenant, name="Blake Answered")
    with scope.tenant(tenant.pk):
        answers.answer(lead=second, kind="contacted", by=owner)
    assert office.get("/portal/")["Location"] == LIST
    page = office.get(LIST).text
    assert page.index("Avery Newer") < page.index("Blake Answered"), "although it was received earlier"
    assert "AC Repair, Phoenix" in page and "Emergency" in page and "Answer within" in page
    assert f'href="tel:{first.phone_e164}"' in page
    assert " MST</time>" in page, "in the tenant's time zone, with its abbreviation"
    assert "Blake Answered" not in office.get(f"{LIST}?show=new").text
    assert "Avery Newer" not in office.get(f"{LIST}?show=answered").text


def test_a_contractor_without_requests_reads_what_is_missing(
    tenant: Tenant, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(tenant=tenant).update(active=False)
    page = office.get(LIST).text
    assert "No requests yet." in page and "Filter and export" not in page
    assert "No one is notified of new requests yet." in page and "Add a recipient" in page
    with scope.tenant(tenant.pk):
        phone = NoticeRecipient.objects.create(tenant=tenant, channel="text", phone="+16025550123")
    page = office.get(LIST).text
    assert "Confirm your recipients by their test messages" in page and "Add a recipient" not in page
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(pk=phone.pk).update(active=False)
    monkeypatch.setattr("pagetojob.portal.requests.PUBLIC", frozenset())
    assert "Your website is not public yet." in office.get(LIST).text
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.create(tenant=tenant, channel="email", email="desk@blue-mesa.com")
    assert "Add a recipient" not in office.get(LIST).text
    assert "No answered requests." in office.get(f"{LIST}?show=answered").text
    monkeypatch.setattr("pagetojob.portal.requests.Lifecycle", SimpleNamespace(CLOSED=tenant.state))
    assert "Your website is closed, so no request arrives." in office.get(LIST).text
    received(tenant)
    page = office.get(LIST).text
    assert "No requests yet." not in page and "Filter and export" in page


def test_the_new_request_that_is_late_first_is_first(tenant: Tenant, owner: User, office: Client) -> None:
    ages = {"Hour": 1, "Answered": 2, "Day": 24, "Oldest": 24 * 30, "Week": 24 * 8, "Now": 0}
    with scope.tenant(tenant.pk):
        for name, hours in ages.items():
            lead = make_lead(tenant=tenant, name=f"Avery {name}", received_at=timezone.now() - timedelta(hours=hours))
            if name == "Answered":
                answers.answer(lead=lead, kind="contacted", by=owner)
    page = office.get(LIST).text
    listed = re.findall(r'">Avery (\w+)</a></h2>', page)
    assert listed == ["Day", "Hour", "Now", "Week", "Oldest", "Answered"]
    assert listed[:5] == re.findall(r'">Avery (\w+)</a></h2>', office.get(f"{LIST}?show=new").text)
    assert "Answer from the top" in page and "Answer from the top" not in office.get(f"{LIST}?show=answered").text
    rows = list(csv.DictReader(io.StringIO(office.post(f"{LIST}export").content.decode("utf-8-sig"))))
    assert [row["name"].removeprefix("Avery ") for row in rows] == listed, "the file has the order of the list"


def test_a_request_shows_the_state_of_its_first_notice(tenant: Tenant, office: Client) -> None:
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(tenant=tenant).update(label="Desk")
    lead = received(tenant)
    assert "Desk (email): queued</li>" in office.get(address(lead)).text
    drain(deliver, worker="test")
    assert "Desk (email): accepted by the server, " in office.get(address(lead)).text


def test_an_emergency_is_emphasized(tenant: Tenant, office: Client) -> None:
    lead = received(tenant, urgency="emergency")
    emphasized = '<strong class="urgent">{}</strong>'
    assert emphasized.format("Emergency: as soon as possible") in office.get(LIST).text
    assert emphasized.format("emergency: as soon as possible") in office.get(address(lead)).text
    received(tenant, urgency="soon")
    assert office.get(LIST).text.count('class="urgent"') == 1


def test_a_request_shows_its_contact_and_can_be_answered_and_undone(
    tenant: Tenant, owner: User, office: Client
) -> None:
    lead = received(tenant)
    page = office.get(address(lead)).text
    for link in ("tel:+16025550199", "sms:+16025550199", "mailto:jamie@example.com"):
        assert f'href="{link}"' in page
    assert office.post(address(lead, "/answer"), {"kind": "booked"}).status_code == 302
    office.post(address(lead, "/answer"), {"kind": "booked"})
    page = office.get(address(lead)).text
    assert f"<strong>Booked</strong> by {owner}" in page and "Answered in under 1 min" in page
    with scope.tenant(tenant.pk):
        row = LeadAnswer.objects.get()
        assert SyncItem.objects.filter(lead=lead).exclude(state="queued").count() == 0, "no outbox item changes"
    office.post(f"{LIST}answers/{row.public_id}/undo")
    page = office.get(address(lead)).text
    assert "No one has answered yet." in page and "(undone" in page
    office.post(f"{LIST}answers/{row.public_id}/undo")
    assert "was changed in the meantime" in office.get(address(lead)).text
    with scope.tenant(tenant.pk):
        lines = AuditEntry.objects.filter(action__in=("leads.answer", "leads.undo_answer"))
        assert sorted(lines.values_list("action", "actor_id")) == [
            ("leads.answer", owner.pk), ("leads.undo_answer", owner.pk)
        ]  # fmt: skip
    office.post(address(lead, "/answer"), {"kind": "ignored"})
    assert "Choose one of the buttons." in office.get(address(lead)).text


def test_an_urgency_that_the_visitor_left_out_is_shown_as_not_given(
    tenant: Tenant, lead_operator: User, office: Client, signed_in: SignIn
) -> None:
    """It is stored as `soon`, which is no answer of the visitor."""
    lead = received(tenant, urgency="soon", as_typed={"urgency": ""})
    assert "Urgency not given" in office.get(LIST).text
    with scope.tenant(tenant.pk):
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    operations = signed_in(lead_operator).get(f"/ops/items/{item.public_id}").text
    assert '<dt>Urgency</dt><dd class="as-typed">not given</dd>' in operations
    for page in (office.get(address(lead)).text, office.post(f"{LIST}export").text, operations):
        assert "next few days" not in page.lower()
    assert str(lead.public_id) not in office.get(f"{LIST}?urgency=soon").text
    assert str(lead.public_id) in office.get(LIST).text


def test_the_preferred_time_is_written_as_on_the_form(
    tenant: Tenant, lead_operator: User, office: Client, signed_in: SignIn
) -> None:
    lead = received(tenant, preferred_date=date(2030, 5, 6), preferred_window="afternoon")
    with scope.tenant(tenant.pk):
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    operations = signed_in(lead_operator).get(f"/ops/items/{item.public_id}").text
    for page in (office.get(address(lead)).text, operations):
        assert "afternoon (noon to 5 PM)" in page and "5 pm)" not in page


def test_an_empty_list_of_new_requests_states_nothing_of_suspected_requests(tenant: Tenant, office: Client) -> None:
    received(tenant, suspected=["too fast"])
    page = office.get(f"{LIST}?show=new").text
    assert "No new requests." in page and "Every request that does not look like spam has been answered." in page


def test_opening_and_answering_end_the_escalation_and_undo_resumes_it(
    tenant: Tenant, owner: User, office: Client
) -> None:
    lead, other = received(tenant), received(tenant)
    with scope.tenant(tenant.pk):
        assert attention_of(lead).check_at is not None
    assert f"First opened by {owner}" in office.get(address(lead)).text
    with scope.tenant(tenant.pk):
        assert attention_of(lead).check_at is None
        row = answers.answer(lead=other, kind="booked", by=owner)
        assert row is not None and attention_of(other).answered_at is not None
        answers.undo(row=row, by=owner)
        assert attention_of(other).answered_at is None and attention_of(other).check_at is not None


def test_an_answer_stays_in_the_database(tenant: Tenant, owner: User) -> None:
    lead = received(tenant)
    with pytest.raises(ProgrammingError, match="permission denied"), scope.tenant(tenant.pk):
        row = answers.answer(lead=lead, kind="contacted", by=owner)
        assert row is not None
        LeadAnswer.objects.filter(pk=row.pk).update(kind="booked")


def test_notes_have_a_person_and_a_time_and_their_text_is_not_in_the_audit_log(
    tenant: Tenant, owner: User, office: Client
) -> None:
    lead = received(tenant)
    office.post(address(lead, "/note"), {"text": "Gate code 4711 <b>"})
    page = office.get(address(lead)).text
    assert "Gate code 4711 &lt;b&gt;" in page and str(owner) in page
    office.post(address(lead, "/note"), {"text": "  "})
    assert "Write the note first." in office.get(address(lead)).text
    with scope.tenant(tenant.pk):
        assert LeadNote.objects.count() == 1
        assert "4711" not in str(list(AuditEntry.objects.values_list("reason", "changes")))


@pytest.mark.parametrize(
    "wanted", ["jamie riv", "602-555-0199", "5550199", "JAMIE@example.com", "phoen", "code", "reference"]
)
def test_search_finds_by_what_an_office_knows(tenant: Tenant, office: Client, wanted: str) -> None:
    lead = received(tenant)
    other = received(tenant, name="Someone Else", phone="(480) 555-0123", email="else@example.com", city="Mesa")
    wanted = {"code": lead.spoken_code.lower(), "reference": lead.reference}.get(wanted, wanted)
    page = office.post(f"{LIST}search", {"wanted": wanted}, follow=True).text
    assert str(lead.public_id) in page and str(other.public_id) not in page


def test_results_of_a_search_can_be_reloaded_by_their_reader_only(
    tenant: Tenant, office: Client, signed_in: SignIn, reviewer: User
) -> None:
    lead = received(tenant)
    answer = office.post(f"{LIST}search", {"wanted": "Jamie"})
    assert answer.status_code == 302 and "amie" not in answer["Location"]
    assert str(lead.public_id) in office.get(answer["Location"]).text
    for where, client in ((f"{LIST}search", office), (answer["Location"], signed_in(reviewer))):
        assert "Enter what to search for." in client.get(where).text
    assert "Enter what to search for." in office.get(answer["Location"][:-4]).text


def test_search_finds_an_address_that_was_stored_with_unseen_characters(tenant: Tenant, office: Client) -> None:
    lead = received(tenant, email="ja\u200bmie@exam\u00adple.com")
    other = received(tenant, name="Someone Else", phone="(480) 555-0123", email="else@exa\u200bmple.com")
    for wanted in ("jamie@example.com", "Jamie@", "jam\ufeffie@example.com"):
        page = office.post(f"{LIST}search", {"wanted": wanted}, follow=True).text
        assert str(lead.public_id) in page and str(other.public_id) not in page, wanted
    assert str(lead.public_id) not in office.post(f"{LIST}search", {"wanted": "\u200b"}, follow=True).text


def test_search_finds_a_name_that_was_stored_with_unseen_characters(tenant: Tenant, office: Client) -> None:
    lead = received(tenant, name="Jo\u200bhanna\u00a0Que\u202ensel")
    other = received(tenant, name="Jo\u200bhann Quensel", phone="(480) 555-0123", email="else@example.com")
    for wanted in ("johanna quensel", "Johanna", "anna Q", "Jo\ufeffhanna\u2009Quensel"):
        page = office.post(f"{LIST}search", {"wanted": wanted}, follow=True).text
        assert str(lead.public_id) in page and str(other.public_id) not in page, wanted


def test_suspected_requests_have_their_own_list_and_are_notified_when_released(
    tenant: Tenant, owner: User, office: Client
) -> None:
    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.create(tenant=tenant, email="second@desert-peak.example")
    lead = received(tenant, name="Maybe Spam", suspected=["content"])
    assert "Maybe Spam" not in office.get(LIST).text
    assert "Maybe Spam" in office.get(f"{LIST}?show=spam").text
    with scope.tenant(tenant.pk), pytest.raises(QueueError):
        answers.answer(lead=lead, kind="contacted", by=owner)
    office.post(address(lead, "/answer"), {"kind": "not spam"})
    assert "Maybe Spam" in office.get(f"{LIST}?show=new").text
    with scope.tenant(tenant.pk):
        notified = set(RecipientNotice.objects.filter(lead=lead).values_list("recipient__email", flat=True))
        assert notified >= {"second@desert-peak.example"} and len(notified) == NoticeRecipient.objects.count()
        row = LeadAnswer.objects.get()
    office.post(f"{LIST}answers/{row.public_id}/undo")
    assert "Maybe Spam" not in office.get(LIST).text


def test_marking_as_spam_moves_a_request_and_changes_no_ledger(tenant: Tenant, office: Client) -> None:
    lead = received(tenant)
    office.post(address(lead, "/answer"), {"kind": "spam"})
    assert str(lead.public_id) not in office.get(LIST).text
    assert str(lead.public_id) in office.get(f"{LIST}?show=spam").text
    with scope.tenant(tenant.pk):
        assert Lead.objects.get(pk=lead.pk).excluded_as == ""


def test_a_duplicate_is_excluded_from_every_figure_until_that_is_undone(
    tenant: Tenant, owner: User, office: Client
) -> None:
    lead, other = received(tenant), received(tenant, name="Blake Other")
    assert ">Mark as duplicate</button>" in office.get(address(lead)).text
    office.post(address(lead, "/answer"), {"kind": "duplicate"})
    page = office.get(address(lead)).text
    assert "Marked as duplicate." in page and f"<strong>Duplicate</strong> by {owner}" in page
    assert page.count("If its booking has not been sent yet, it will not be sent") == 2, "the message, and the status"
    assert 'name="kind"' not in page, "Undo is the only action"
    assert str(lead.public_id) not in office.get(f"{LIST}?show=new").text
    listed = office.get(LIST).text
    assert listed.index(str(other.public_id)) < listed.index(str(lead.public_id)), "it is no longer new"
    assert listed.lower().count(">duplicate<") == 1, "the exclusion and the answer are one badge"
    report = office.get(f"{LIST}report").text
    assert "2 requests received, 1 counted. Not counted, by reason: duplicate: 1." in report
    assert ">request counted<" in report and "median of the" not in report, "none is answered"
    with scope.tenant(tenant.pk):
        assert Lead.objects.get(pk=lead.pk).excluded_as == "duplicate"
        assert SyncItem.objects.filter(lead=lead).exclude(state="queued").count() == 0, "no outbox item changes"
        assert attention_of(lead).answered_at is not None
        row = LeadAnswer.objects.get()
        with pytest.raises(QueueError, match="Undo that first"):
            answers.answer(lead=lead, kind="contacted", by=owner)
    office.post(f"{LIST}answers/{row.public_id}/undo")
    assert str(lead.public_id) in office.get(f"{LIST}?show=new").text
    with scope.tenant(tenant.pk):
        assert Lead.objects.get(pk=lead.pk).excluded_as == "" and attention_of(lead).answered_at is None
        lines = AuditEntry.objects.filter(action__in=("leads.answer", "leads.undo_answer")).order_by("pk")
        assert [line.changes["excluded_as"] for line in lines] == [
            ["in the books", "duplicate"], ["duplicate", "in the books"]
        ]  # fmt: skip


def test_operations_and_the_office_keep_their_own_decision_about_a_duplicate(
    tenant: Tenant, owner: User, operator: User, office: Client, signed_in: SignIn
) -> None:
    lead, test = received(tenant), received(tenant, is_test=True)
    assert "Mark as duplicate" not in office.get(address(test)).text
    with scope.tenant(tenant.pk):
        with pytest.raises(QueueError, match="already excluded this request as test"):
            answers.answer(lead=test, kind="duplicate", by=owner)
        row = answers.answer(lead=lead, kind="duplicate", by=owner)
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    page = signed_in(operator).get(f"/ops/items/{item.public_id}").text
    assert f"{owner.name} marked this request as a duplicate in the portal" in page
    with scope.operator(operator, reason="a test"):
        exclusions.take_back_in(
            item=SyncItem.objects.select_related("lead").get(pk=item.pk), actor=operator, reason="No."
        )
    page = office.get(address(lead)).text
    assert "It is not counted" not in page and f"by {operator}" in page and ">Mark as duplicate</button>" in page
    with scope.tenant(tenant.pk):
        assert Lead.objects.get(pk=lead.pk).excluded_as == "" and attention_of(lead).answered_at is None
        assert row is not None
        with pytest.raises(QueueError, match="changed in the meantime"):
            answers.undo(row=row, by=owner)
    with scope.operator(operator, reason="a test"):
        exclusions.exclude(item=read(item), actor=operator, excluded_as="spam", reason="Sold addresses.")
    page = office.get(address(lead)).text
    assert "Mark as duplicate" not in page and "Undo</button>" not in page
    with scope.tenant(tenant.pk), pytest.raises(QueueError, match="already excluded this request as spam"):
        answers.answer(lead=lead, kind="duplicate", by=owner)


def test_the_end_of_a_duplicate_keeps_the_answer_before_it(tenant: Tenant, owner: User, operator: User) -> None:
    lead = received(tenant)
    with scope.tenant(tenant.pk):
        answers.answer(lead=lead, kind="contacted", by=owner)
        answers.answer(lead=lead, kind="duplicate", by=owner)
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    with scope.operator(operator, reason="a test"):
        exclusions.take_back_in(item=read(item), actor=operator, reason="The customer wants both.")
    with scope.tenant(tenant.pk):
        status = answers.status_of(lead)
        assert status is not None and status.kind == "contacted"
        assert attention_of(lead).answered_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ends", ["office", "operations"])
def test_a_booking_that_was_canceled_as_a_duplicate_is_reopened(
    tenant: Tenant, owner: User, operator: User, lead_operator: User, ends: str
) -> None:
    lead = received(tenant)
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=lead, kind="duplicate", by=owner)
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    with scope.operator(operator, reason="a test"):
        operate.cancel(item=read(item), actor=operator, reason="It is a duplicate.")
    later(item, seconds=3600)
    if ends == "office":
        with scope.tenant(tenant.pk):
            assert row is not None
            answers.undo(row=row, by=owner)
    else:
        with scope.operator(lead_operator, reason="a test"):
            reopened = exclusions.take_back_in(item=read(item), actor=lead_operator, reason="Two systems.")
            assert reopened == [item]
    item = read(item)
    assert (item.state, item.cause, item.ended_from) == ("needs review", "taken-back", "")
    with scope.worker():
        line = AuditEntry.objects.filter(action="syncqueue.undo").get()
        assert line.changes["state"] == ["cancelled", "needs review"]


@pytest.mark.django_db(transaction=True)
def test_a_booking_that_was_canceled_before_the_answer_stays_canceled(
    tenant: Tenant, owner: User, operator: User
) -> None:
    lead = received(tenant)
    with scope.tenant(tenant.pk):
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    with scope.operator(operator, reason="a test"):
        operate.cancel(item=read(item), actor=operator, reason="The customer called it off.")
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=lead, kind="duplicate", by=owner)
    later(item, seconds=3600)
    with scope.tenant(tenant.pk):
        assert row is not None
        answers.undo(row=row, by=owner)
    assert read(item).state == "cancelled"
    with scope.worker(), pytest.raises(IntegrityError, match="has ended as cancelled"), transaction.atomic():
        operate.apply_undo(read(item), actor=operator, reason="Not in time.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("cause", "after"), [("gate-shut", "needs review"), ("request-excluded", "blocked")])
def test_a_blocked_booking_that_was_canceled_for_another_reason_waits_for_a_person(
    tenant: Tenant, owner: User, operator: User, cause: str, after: str
) -> None:
    """A blocked booking is sent without a person as soon as its cause is fixed."""
    lead = received(tenant)
    with scope.worker():
        drain(deliver, worker="test")
        SyncItem.objects.filter(lead=lead, state="blocked").update(cause=cause, missing=[{"what": "kill switch"}])
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=lead, kind="duplicate", by=owner)
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    with scope.operator(operator, reason="a test"):
        operate.cancel(item=read(item), actor=operator, reason="The customer called it off.")
    with scope.tenant(tenant.pk):
        assert row is not None
        answers.undo(row=row, by=owner)
    item = read(item)
    assert item.state == after and bool(item.missing) == (after == "blocked")
    assert item.cause == ("request-excluded" if after == "blocked" else "taken-back")


@pytest.mark.django_db(transaction=True)
def test_a_booking_of_an_erased_request_stays_canceled(tenant: Tenant, owner: User, operator: User) -> None:
    lead = received(tenant)
    with scope.tenant(tenant.pk):
        answers.answer(lead=lead, kind="duplicate", by=owner)
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    with scope.operator(operator, reason="a test"):
        operate.cancel(item=read(item), actor=operator, reason="It is a duplicate.")
    later(item, seconds=3600)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE leads_lead SET erased_at = now() WHERE id = %s", [lead.pk])
    with scope.operator(operator, reason="a test"):
        assert exclusions.take_back_in(item=read(item), actor=operator, reason="Two systems.") == []
    assert read(item).state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_the_office_and_operations_end_a_duplicate_at_once(
    tenant: Tenant, owner: User, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operations lock the items and then the request; in another order, each would wait for the other."""
    lead = received(tenant)
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=lead, kind="duplicate", by=owner)
        item = SyncItem.objects.get(lead=lead, kind="booking_request")
    with scope.operator(operator, reason="a test"):
        operate.cancel(item=read(item), actor=operator, reason="It is a duplicate.")
    has_items, has_lead = Event(), Event()
    lock_lead, set_field = answers._locked, exclusions._set

    def locked(lead: Lead) -> Lead:
        locked = lock_lead(lead)
        has_lead.set()
        return locked

    def set_after_the_office_asked(*change: Any) -> None:
        has_items.set()
        has_lead.wait(1)
        set_field(*change)

    def undo() -> str:
        has_items.wait(10)
        try:
            with scope.tenant(tenant.pk):
                assert row is not None
                answers.undo(row=row, by=owner)
        except QueueError as error:
            return str(error)
        finally:
            connection.close()
        return "undone"

    monkeypatch.setattr(answers, "_locked", locked)
    monkeypatch.setattr(exclusions, "_set", set_after_the_office_asked)
    with ThreadPoolExecutor(1) as office:
        answer = office.submit(undo)
        with scope.operator(operator, reason="a test"):
            assert exclusions.take_back_in(item=read(item), actor=operator, reason="Two systems.") == [item]
        assert "changed in the meantime" in answer.result(10)


def test_the_file_is_safe_and_recorded(tenant: Tenant, office: Client) -> None:
    received(tenant, name="=cmd()", message="+1 line")
    sent = office.post(f"{LIST}export", {"show": "new"})
    assert re.fullmatch(r'attachment; filename="requests-[a-z-]+-\d{4}-\d\d-\d\d\.csv"', sent["Content-Disposition"])
    rows = list(csv.reader(io.StringIO(sent.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    record = dict(zip(rows[0], rows[1], strict=True))
    assert (record["name"], record["message"], record["status"]) == ("'=cmd()", "'+1 line", "New")
    assert record["received"].endswith(" MST")
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.filter(action="leads.export").count() == 1


def test_the_time_of_the_consent_is_shown_and_exported(tenant: Tenant, office: Client) -> None:
    agreed = received(tenant, consent_text="You may call me.", consent_version=3)
    silent = received(tenant, name="Robin Vale", is_consented=False)
    with scope.tenant(tenant.pk):
        agreed.refresh_from_db()
    assert agreed.consented_at is not None
    at = agreed.consented_at.astimezone(ZoneInfo(tenant.time_zone))
    shown = office.get(address(agreed)).text
    assert f"Agreed {format_date(at, 'M j, Y, g:i A T')}, version 3: “You may call me.”" in shown
    assert "<dt>Consent</dt><dd>not given</dd>" in office.get(address(silent)).text
    sent = office.post(f"{LIST}export", {"show": "new"}).content.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(sent))
    consents = {row["name"]: (row["consent given"], row["consent version"]) for row in rows}
    assert consents == {"Jamie Rivera": (f"{at:%Y-%m-%d %H:%M %Z}", "3"), "Robin Vale": ("", "")}


def test_a_request_lists_others_of_its_phone_or_email(
    tenant: Tenant, other_tenant: Tenant, owner: User, office: Client
) -> None:
    lead = received(tenant)
    by_phone = received(tenant, name="Lee Household", email="other@example.com")
    by_email = received(tenant, name="Jamie Again", phone="602 555 0147", email="JAMIE@example.com")
    strangers = [received(tenant, phone="602 555 0188", email="kim@example.com"), received(other_tenant)]
    with scope.tenant(tenant.pk):
        answers.answer(lead=by_phone, kind="booked", by=owner)
    page = office.get(address(lead)).text
    listed = re.findall(rf'<li><a href="{LIST}([0-9a-f-]+)">.*?</a>: ([^<]+)</li>', page)
    assert listed == [(str(by_email.public_id), "New"), (str(by_phone.public_id), "Booked")], "the newest first"
    assert "Switch to another business" not in page, "the owner has one"
    assert all(str(stranger.public_id) not in page for stranger in strangers)
    assert "Other requests of this phone or email" not in office.get(address(strangers[0])).text
    for number in range(selectors.MOST_OTHERS):
        received(tenant, name="Jamie Again", message=str(number))
    assert office.get(address(lead)).text.count(f'<li><a href="{LIST}') == selectors.MOST_OTHERS


def test_the_number_of_queries_does_not_grow(tenant: Tenant, owner: User, office: Client) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(path).status_code == 200
        return len(queries)

    lead = received(tenant)
    before = [count(path) for path in (LIST, address(lead), f"{LIST}report")]
    for number in range(30):
        other = received(tenant, name=f"Person {number}")
        if number % 2:
            with scope.tenant(tenant.pk):
                answers.answer(lead=other, kind="contacted", by=owner)
                answers.add_note(lead=lead, text="again", by=owner)
    assert [count(path) for path in (LIST, address(lead), f"{LIST}report")] == before
    assert max(before) <= 25
    second = office.get(f"{LIST}?page=2").text
    assert "Page 2" in second and ">Previous</a>" in second and ">Newer</a>" not in second


def test_the_report_states_its_denominator(tenant: Tenant, owner: User, office: Client) -> None:
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(hours={})
    quick, waiting, marked, doubtful, test = (
        received(tenant, name="Quick"),
        received(tenant, name="Waiting"),
        received(tenant, name="Marked"),
        received(tenant, name="Doubtful", suspected=["honeypot"]),
        received(tenant, name="Test", is_test=True),
    )
    with scope.tenant(tenant.pk):
        answers.answer(lead=quick, kind="contacted", by=owner)
        answers.answer(lead=marked, kind="spam", by=owner)
    page = office.get(f"{LIST}report").text
    assert "5 requests received, 2 counted." in page
    for reason in ("marked as spam: 1", "suspected spam: 1", "test: 1"):
        assert reason in page
    assert '<span class="tile__value">1</span> <span class="tile__label">of 2 answered within 15 min' in page
    assert "Every hour counts, because your office hours are not set." in page
    assert str(waiting.public_id) not in page, "it is not late yet"
    assert doubtful.pk and test.pk
    assert office.get(f"{LIST}report?month=2020-02").status_code == 200
    assert office.get(f"{LIST}report?month=nothing").status_code == 200


def test_the_report_offers_months_since_the_oldest_request(tenant: Tenant, office: Client) -> None:
    def offered(month: str) -> list[str]:
        return re.findall(r'<a href="\?month=([\d-]+)', office.get(f"{LIST}report?month={month}").text)

    this, last = tenant.first_month, (tenant.first_month - timedelta(days=1)).replace(day=1)
    assert offered("") == [], "the contractor was added this month"
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, name="Avery Early", received_at=datetime(last.year, last.month, 20, tzinfo=UTC))
    assert offered("") == [f"{last:%Y-%m}"]
    assert offered(f"{last:%Y-%m}") == [f"{this:%Y-%m}"], "none before the oldest request"


def test_a_month_counts_late_and_never_answered(tenant: Tenant, owner: User) -> None:
    lead, late = received(tenant), received(tenant)
    with scope.tenant(tenant.pk):
        answers.answer(lead=late, kind="contacted", by=owner)
        BusinessProfile.objects.filter(tenant=tenant).update(hours={})
        timer, now = selectors.timer_of(tenant), datetime.now(UTC)
        first = lead.received_at.astimezone(timer.office.zone).date().replace(day=1) if lead.received_at else now.date()
        report = selectors.month_report(tenant, first, timer, now=now + timedelta(hours=3))
    assert (report.counted, report.answered, report.never_answered, len(report.late)) == (2, 1, 1, 1)
