"""A person is found in every personal field and file, and erased everywhere by two people."""

import base64
import hashlib
import io
import json
import os
import re
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pypdf import PdfWriter

from attribution.models import Job, OutcomeBooking, OutcomeCustomer
from drift.models import Answer, FindingPicture
from pagetojob.gates.models import Evidence, EvidenceFile
from pagetojob.gates.registry import REQUIREMENTS, Environment
from pagetojob.gates.services import decide
from pagetojob.onboarding import notes
from pagetojob.ops.tasks import run_periodic_task
from pagetojob.platform import hosts, paging
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import File, FileChunk, Purpose
from pagetojob.platform.files.services import encrypt_old, store_file
from pagetojob.platform.runs import services
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import LEASE, claim_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from pagetojob.platform.tenants.two_people import LOST
from pagetojob.retention import erasing, erasure_list, places, subject_export, subjects, workbook_text
from pagetojob.retention.forms import SubjectForm
from pagetojob.retention.models import LegalHold, SubjectMatch, SubjectRequest
from pagetojob.retention.pdf_text import ALLOWANCE
from pagetojob.retention.person import Person
from pagetojob.retention.readers import text_of
from pagetojob.retention.receipts import receipt_file
from pagetojob.retention.search import Hits, search_step
from pagetojob.retention.services import RetentionRefused
from pagetojob.transparency.models import EntryKind, LogSubmission
from syncqueue.leads.models import Channel, Lead
from syncqueue.models import State, SyncItem
from syncqueue.notices import recipients
from syncqueue.notices.models import RecipientChange
from syncqueue.services.intake import capture_request
from tests.attribution.outcomes import take
from tests.retention import aged, planting
from tests.retention.asking import confirm, end_items, ended_request, matches, opened, request_erasure, searched, work
from tests.retention.planting import EMAIL, NAME, PHONE, SPOKEN
from tests.support.factories import appointment, make_user
from tests.support.gates import prove, prove_all, wish
from tests.support.pdfs import pdf
from tests.support.pictures import png
from tests.support.vault import changed_data_keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.RECOVERY_FOLDER = str(tmp_path / "recovery")


def test_a_person_is_listed_from_every_place_and_erased_everywhere(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    planted = planting.plant(tenant)
    with scope.worker():  # the others are as older versions stored them
        for file in File.objects.filter(name__in=("letter.pdf", "link.pdf", "long.txt", "book.xlsx")):
            encrypt_old(file)
    request = searched(tenant, operator, name=NAME, phone=PHONE, email=EMAIL)
    listed = {(match.table, match.row): match.included for match in matches(request)}
    for place, key in planted.items():
        table = "files_file" if place.startswith("file ") else place.partition(".")[0]
        assert (table, key) in listed, f"not found: {place}"
    assert all(included for (table, _), included in listed.items())
    with scope.operator(operator, "test"):
        subjects.request_erasure(request=request, actor=operator, reason="The letter is genuine.")
    with scope.operator(lead_operator, "test"):
        request.refresh_from_db(fields=["erasure_requested_at"])
        seen = subjects.mark_of(request)
        subjects.confirm_erasure(request=request, seen=seen, actor=lead_operator, reason="I read the list.")
    run = work()
    assert run.state == RunState.DONE, run.error
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        assert planting.traces(session) == {}
    with scope.worker():
        receipt = SubjectRequest.objects.get(pk=request.pk).receipt
    assert receipt is not None
    assert receipt["found_afterwards"] == {}
    assert {line["table"] for line in receipt["erased"]} == {place.table for place in places.places()} - {
        "files_filechunk"
    }


def test_an_erasure_is_not_confirmed_once_who_requested_it_has_left(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    aged.make_reading(tenant, quote=f"Ask for {NAME}, {planting.SPOKEN}")
    request = searched(tenant, operator, phone=PHONE)
    former = make_user(ops_role="operator")
    request_erasure(request, former)
    lead = Client()
    lead.force_login(lead_operator)
    page = reverse("retention:subject", args=[tenant.slug, request.public_id])
    assert "Confirm and erase" in lead.get(page).text
    User.objects.filter(pk=former.pk).update(is_active=False)
    shown = lead.get(page).text
    assert LOST in shown and "Confirm and erase" not in shown and "Withdraw erasure" in shown
    with pytest.raises(RetentionRefused, match="no longer has the role"):
        confirm(request, lead_operator)
    with scope.operator(operator, "test"):
        subjects.withdraw_erasure(request=request, actor=operator, reason="They left.")
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE


def test_a_later_export_does_not_bring_an_erased_person_back(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    files = {
        "jobs": f"Job ID,Created On,Customer Name,Phone,Street,Summary\n1,2026-06-01,{NAME},{SPOKEN},9 Elm St,Leak\n"
        "2,2026-06-01,Pat Doe,6025550111,7 Palm Ln,Heat\n",
        "customers": f"Customer ID,Name,Phone,Email\n5,{NAME},{SPOKEN},{EMAIL}\n6,Pat Doe,6025550111,\n",
        "bookings": f"Booking ID,Created On,Summary\n8,2026-06-01,Call {NAME} at {SPOKEN}\n9,2026-06-01,Heat\n",
    }
    for kind, text in files.items():
        take(tenant, operator, kind, text)
    request = searched(tenant, operator, name=NAME, phone=PHONE, email=EMAIL)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    for kind, text in files.items():
        result = take(tenant, operator, kind, text.replace("Heat", "No heat"))
        assert result.added == 0
    with scope.tenant(tenant.pk):
        jobs = {job.external_id: (job.name, job.phone, job.street) for job in Job.objects.all()}
        customers = {row.external_id: (row.name, row.phone, row.email) for row in OutcomeCustomer.objects.all()}
        bookings = {row.external_id: row.summary for row in OutcomeBooking.objects.all()}
    assert jobs == {1: ("", "", ""), 2: ("Pat Doe", "6025550111", "7 Palm Ln")}
    assert customers == {5: ("", "", ""), 6: ("Pat Doe", "6025550111", "")}
    assert bookings == {8: "", 9: "No heat"}
    assert matches(searched(tenant, operator, name=NAME, phone=PHONE, email=EMAIL)) == [], "nor is it in the files"


def test_a_form_sent_again_after_an_erasure_is_a_new_request(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    """A restored tab sends the same answers. Its visitor was thanked, and no one could answer the erased request."""
    asked = appointment(phone=SPOKEN)

    def capture(channel: str) -> tuple[Lead, bool]:
        with scope.tenant(tenant.pk):
            return capture_request(tenant=tenant, request=replace(asked, channel=channel), binding=None)

    first, _ = capture(Channel.FORM)
    end_items(first)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    assert capture(Channel.API) == (first, False), "a machine that repeats a request brings no one back"
    again, is_new = capture(Channel.FORM)
    assert is_new and again != first and again.phone_e164 == PHONE
    assert capture(Channel.FORM) == (again, False)
    with scope.worker():
        assert SyncItem.objects.filter(lead=again, state=State.QUEUED).count() == 3


def test_jobs_that_name_their_customer_by_id_are_erased_with_the_customer(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    files = {
        "customers": f"Customer ID,Name,Phone\n5,{NAME},{SPOKEN}\n6,Pat Doe,6025550111\n",
        "jobs": "Job ID,Created On,Customer ID,Booking ID,Street,Summary\n1,2026-06-01,5,8,9 Elm St,Leak\n"
        "2,2026-06-01,6,,7 Palm Ln,Heat\n3,2026-06-01,,,1 Oak St,Heat\n",
        "bookings": "Booking ID,Created On,Job ID,Summary\n8,2026-06-01,,Key under the mat\n9,2026-06-01,1,Gate 12\n"
        "10,2026-06-01,2,Heat\n",
    }
    for kind, text in files.items():
        take(tenant, operator, kind, text)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    with scope.tenant(tenant.pk):
        jobs = {job.external_id: (job.street, job.summary) for job in Job.objects.all()}
        bookings = {row.external_id: row.summary for row in OutcomeBooking.objects.all()}
    assert jobs == {1: ("", ""), 2: ("7 Palm Ln", "Heat"), 3: ("1 Oak St", "Heat")}
    assert bookings == {8: "", 9: "", 10: "Heat"}


def test_the_changes_of_a_recipient_are_erased_with_it(tenant: Tenant, operator: User, lead_operator: User) -> None:
    """A label of an earlier time has a nickname only, which no search finds."""
    with scope.tenant(tenant.pk):
        added = recipients.add(
            tenant=tenant, channel="email", address=EMAIL, label="Quilly", by=operator, reason="A test."
        )
        recipients.change(recipient=added.recipient, by=operator, reason="A test.", label="Night")
        recipients.remove(recipient=added.recipient, by=operator, reason="A test.")
    request = searched(tenant, operator, name=NAME, phone=PHONE, email=EMAIL)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    with scope.tenant(tenant.pk):
        row = NoticeRecipient.objects.get(pk=added.recipient.pk)
        changes = RecipientChange.objects.filter(recipient=row)
        assert (row.label, EMAIL in row.email) == ("", False)
        assert [(change.before, change.after) for change in changes] == [({}, {})] * 3
        assert recipients.last_changes(tenant, most=5) == [], "none can be undone"


def test_the_quote_shown_with_an_answer_is_erased_as_that_of_the_finding(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    aged.make_reading(tenant, quote=f"Ask for {NAME}, {planting.SPOKEN}")
    request = searched(tenant, operator, phone=PHONE)
    assert {match.table for match in matches(request)} == {"drift_answer", "drift_finding"}
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    with scope.operator(operator, "test"):
        assert Answer.objects.get(tenant=tenant).shown == {}
        receipt = SubjectRequest.objects.get(pk=request.pk).receipt
    assert receipt is not None and receipt["found_afterwards"] == {}


def test_a_note_on_a_contractor_is_listed_and_erased(tenant: Tenant, operator: User, lead_operator: User) -> None:
    with scope.operator(operator, "test"):
        note = notes.add_note(tenant=tenant, text=f"Ask for {NAME}, {planting.SPOKEN}.", by=operator)
        other = notes.add_note(tenant=tenant, text="Calls back on Monday.", by=operator)
        assert note and other
    request = searched(tenant, operator, phone=PHONE)
    assert [(match.table, match.row) for match in matches(request)] == [("onboarding_contractornote", str(note.pk))]
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    with scope.operator(operator, "test"):
        assert dict(notes.notes_of(tenant).values_list("pk", "text")) == {note.pk: "erased", other.pk: other.text}


@pytest.mark.parametrize("interrupted", ["never", "handed back", "canceled"])
def test_the_check_searches_for_all_identifiers_also_after_an_interruption(
    tenant: Tenant, operator: User, lead_operator: User, monkeypatch: pytest.MonkeyPatch, interrupted: str
) -> None:
    lead = ended_request(tenant)
    request = searched(tenant, operator, reference=lead.reference)
    request_erasure(request, operator)
    with scope.operator(operator, "test"):  # after the search, so it is not on the list
        notes.add_note(tenant=tenant, text=f"Called {planting.SPOKEN} again.", by=operator)
    confirm(request, lead_operator)
    monkeypatch.setattr(services, "BUDGET_SECONDS", services.BUDGET_SECONDS if interrupted == "never" else 0)
    if interrupted == "canceled":
        run = work()
        with scope.operator(operator, "test"):
            services.cancel_run(run=run, actor=operator, reason="Too slow.")
        confirm(request, lead_operator)
    while (run := work()).state == RunState.QUEUED:
        pass
    assert run.state == RunState.DONE, run.error
    with scope.worker():
        receipt = SubjectRequest.objects.get(pk=request.pk).receipt
    assert receipt is not None and receipt["found_afterwards"] == {"onboarding_contractornote": 1}


# The map


class _Unmanaged(models.Model):
    class Meta:
        abstract = True
        app_label = "test_subjects"
        managed = False


class _Unreachable(_Unmanaged):
    RETENTION = None
    PERSONAL_FIELDS = frozenset({"photo"})
    tenant = models.ForeignKey(Tenant, models.PROTECT)
    photo = models.BinaryField()


class _Homeless(_Unmanaged):
    PERSONAL_FIELDS = frozenset({"name"})
    name = models.CharField(max_length=10)


class _Nameless(_Unmanaged):
    PERSONAL_FIELDS = frozenset({"name"})
    tenant = models.ForeignKey(Tenant, models.PROTECT)
    name = models.CharField(max_length=10)


class _Unnamed(_Unmanaged):
    PERSONAL_FIELDS = frozenset({"nickname"})
    tenant = models.ForeignKey(Tenant, models.PROTECT)
    nickname = models.CharField(max_length=10)


@pytest.mark.parametrize(
    ("model", "why"),
    [(_Nameless, "no plain words for its rows"), (_Unnamed, "nickname is personal, .* no plain words for it")],
)
def test_personal_data_without_plain_words_fail(model: type[models.Model], why: str) -> None:
    with pytest.raises(places.MapIncomplete, match=why):
        places.places([model])


@pytest.mark.parametrize("model", [_Unreachable, _Homeless])
def test_a_personal_field_that_no_search_reaches_fails(model: type[models.Model]) -> None:
    with pytest.raises(places.MapIncomplete, match=f"(?i){model.__name__}(?!.*plain words)"):
        places.places([model])


def test_the_database_erases_every_declared_field() -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        for place in places.places():
            if place.table in places.PARTS:
                continue
            (rule,) = session.execute("SELECT ptj_erasing(%s)", [place.table]).fetchone() or ("",)
            for column in place.columns:
                assert rule and (f"{column.name} = " in rule or f'"{column.name}" = ' in rule), (
                    place.table,
                    column.name,
                )


# Who is meant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call (602) 555-0137 now", True),
        ("+1 602.555.0137", True),
        ("6025550137", True),
        ("16025550137", True),
        ("602555013", False),
        ("96025550137", False),
        ("60255501379", False),
        ('["602", "555", "0137"]', False),
        ("ADA.Quillfeather@Example.com,", True),
        ("?mail=ada.quillfeather%40example.com", True),
        ("x.ada.quillfeather@example.com", False),
        ("ada.quillfeather@example.community", False),
        ("PTJ-0000001", True),
        ("PTJ-00000012", False),
        ("ada  quillfeather", False),
    ],
)
def test_identifiers_match_as_people_write_them(db: None, text: str, expected: bool) -> None:
    person = Person("", (PHONE,), (EMAIL,), ("PTJ-0000001",))
    assert person.certainly_in(text) is expected
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~* %s", [text, person.certain])
        assert (cursor.fetchone() or (None,))[0] is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Ada Quillfeather", True), ("ada\nquillfeather", True), ("Adam", False)]
)
def test_a_name_alone_is_not_certain(text: str, expected: bool) -> None:
    person = Person(name=NAME)
    assert person.in_text(text) is expected and not person.certainly_in(text)


@pytest.mark.parametrize(
    ("person", "text", "expected"),
    [
        (Person(name="Kate O'Brien"), "Mrs. Kate O\u2019Brien called", True),  # as a phone types it
        (Person(name="Kate O\u2019Brien"), "Kate O'Brien", True),
        (Person(name='Robert "Bob" Lee'), json.dumps({"customer": 'Robert "Bob" Lee'}), True),
        (Person(name="Mary-Ann Smith"), "Mary Ann Smith", True),
        (Person(name="Mary-Ann Smith"), "Mary Annabel Smith", False),
        (Person(name="Jos\u00e9 N\u00fa\u00f1ez"), "JOSE\u0301 NU\u0301N\u0303EZ", True),  # as macOS writes files
        (Person(name="Jos\u00e9 N\u00fa\u00f1ez"), "Jose Nunez", True),
        (Person(name="Jos\u00e9 N\u00fa\u00f1ez"), "JOS\u00c9 N\u00da\u00d1EZ", True),
        (Person(name="Jose\u0301 Nu\u0301n\u0303ez"), "Jos\u00e9 N\u00fa\u00f1ez", True),
        (Person(name="Jos\u00e9 N\u00fa\u00f1ez"), "Josh Nunez", False),
        (Person(name="Jose Nunez"), "JOS\u00c9 N\u00da\u00d1EZ", True),
        (Person(name="Jose Nunez"), "JOSE\u0301 NU\u0301N\u0303EZ", True),
        (Person(name="Jose Nunez"), "Joss Nunez", False),
        (Person(name="Kate O'Brien"), "OBRIEN, KATE", True),
        (Person(name="Gabriel Garc\u00eda M\u00e1rquez"), "Garcia Marquez, Gabriel", True),
        (Person(name="Ann Lee"), "Joann Lee", False),
        (Person(name="Ren"), "Ren\u00e9 called", False),
        (Person(name="REN"), "REN\u00c9 CALLED", False),
        (Person(name="Ren"), "Rene\u0301 called", False),
        (Person(name="Anna Le"), "Anna Le\u0301on", False),
        (Person(name="Ann Lee"), "Ann\u00e9 Lee", False),
        (Person(name="Lie"), "\u00c9lie, \u00e9lie", False),
        (Person(name="Lie"), "E\u0301lie", False),
        (Person(name="Jan"), "\u0141jan, Jan\u00df", False),
        (Person(name="\u0418\u0432\u0430\u043d"), "\u0418\u0432\u0430\u043d\u043e\u0432", False),
        (Person(name="\u0418\u0432\u0430\u043d"), "\u0418\u0412\u0410\u041d, 5", True),
        (Person(name="\u674e\u96f7"), "\u5ba2\u6237\u674e\u96f7\u5148\u751f", True),
        (Person(name="Jo"), "Jo\u0301, \u00e9", True),
        (Person(name="Jo"), "\u034fJo\u034f", True),
        (Person(name="??"), "any text", False),
        (Person(emails=("a+b@example.com",)), "https://x.example/?to=a%2Bb%40example.com", True),
        (Person(emails=("ada@b\u00fccher.example",)), "ada@xn--bcher-kva.example", True),
        (Person(emails=("ada@b\u00fccher.example",)), "ada@bucher.example", False),
    ],
)
def test_other_spellings_of_the_same_identifier_match(db: None, person: Person, text: str, expected: bool) -> None:
    assert person.in_text(text) is expected
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~* %s", [text, person.pattern])
        assert (cursor.fetchone() or (None,))[0] is expected


#: As they come with a paste: soft hyphen, spaces that do not break and of zero width, marks of order and direction.
HIDDEN = ("\u00ad", "\u00a0", "\u200b", "\u200d", "\u202f", "\u2060", "\ufeff", "\u200f")


@pytest.mark.parametrize("unseen", HIDDEN, ids=lambda char: f"{ord(char):04x}")
def test_unseen_characters_in_a_text_hide_no_identifier(db: None, unseen: str) -> None:
    person = Person(NAME, (PHONE,), (EMAIL, "a+b@example.com"), ("PTJ-0000001",))
    for clear in (NAME, EMAIL, "a+b@example.com", "PTJ-0000001", "602-555-0137"):
        for text in (unseen.join(clear), f"{unseen}{clear}{unseen}", f"{clear[:3]}{unseen}{clear[3:]}"):
            assert person.in_text(text) and person.certainly_in(text) is (clear != NAME), repr(text)
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s ~* %s", [text, person.pattern])
                assert cursor.fetchone() == (True,), repr(text)
    assert not Person(emails=(EMAIL,)).in_text(unseen.join("ada.quillfeathers@example.com"))


def test_an_address_is_erased_regardless_of_unseen_characters_on_either_side(tenant: Tenant, operator: User) -> None:
    hidden = [f"{unseen}Ada.Quill{unseen}feather@example.com{unseen}" for unseen in HIDDEN]
    leads = {str(aged.make_request(tenant, phone_e164="", email=email, name="A. Q.").pk) for email in hidden}
    request = searched(tenant, operator, email=EMAIL)
    assert {match.row for match in matches(request, table="leads_lead", certain=True)} == leads
    with scope.operator(operator, "test"):
        SubjectRequest.objects.filter(pk=request.pk).update(ended_at=Now(), email="")
    for typed in (*hidden, *(f" ada.quillfeather@exam{unseen}ple.com" for unseen in HIDDEN)):
        form = SubjectForm({"kind": "erasure", "email": typed, "reason": "Asked by letter."})
        assert form.is_valid() and form.cleaned_data["email"] == EMAIL, form.errors
        with transaction.atomic():  # a contractor has one search at a time
            assert opened(tenant, operator, email=typed).email == EMAIL, "which is all that the search reads"
            transaction.set_rollback(True)


def test_a_space_inside_an_address_is_refused() -> None:
    form = SubjectForm({"kind": "erasure", "email": "ada quillfeather@example.com", "reason": "Asked by letter."})
    assert list(form.errors) == ["email"]


@pytest.mark.parametrize("mark", ["\u034f", "\u0301", "\u200b"])
def test_a_text_with_many_marks_is_searched_in_linear_time(mark: str) -> None:
    person, start = Person(NAME, (PHONE,), (EMAIL,), ("PTJ-0000001",)), time.process_time()
    assert not any(person.in_text(f"{letter}{mark * 40_000}") for letter in "adq")
    assert time.process_time() - start < 1


def test_a_reference_leads_to_all_requests_of_the_same_person(tenant: Tenant, operator: User) -> None:
    first = aged.make_request(tenant, phone_e164=PHONE, email=EMAIL, name=NAME)
    second = aged.make_request(tenant, phone_e164=PHONE, email="", name="A. Q.")
    namesake = aged.make_request(tenant, phone_e164="+16025550111", email="else@example.com", name=NAME)
    request = searched(tenant, operator, name=NAME, reference=first.spoken_code)
    leads = {match.row: (match.certain, match.included) for match in matches(request, table="leads_lead")}
    assert leads == {str(first.pk): (True, True), str(second.pk): (True, True), str(namesake.pk): (False, False)}
    assert len(matches(request, table="files_file", certain=True)) == 2
    assert len(matches(request, table="syncqueue_syncitem", certain=True)) == 4


def test_another_contractor_is_not_searched(tenant: Tenant, other_tenant: Tenant, operator: User) -> None:
    planting.plant(other_tenant)
    request = searched(tenant, operator, name=NAME, phone=PHONE, email=EMAIL)
    tables = {match.table for match in matches(request)}
    assert {table for table in tables if not table.startswith(("tenants_user", "accounts_", "ops_"))} == set()


# Two people, holds and open work


def test_a_single_person_cannot_erase(tenant: Tenant, operator: User) -> None:
    ended_request(tenant)
    request = searched(tenant, operator, phone=PHONE)
    with pytest.raises(RetentionRefused, match="No one has requested"):
        confirm(request, operator)
    request_erasure(request, operator)
    with pytest.raises(RetentionRefused, match="Another person must confirm"):
        confirm(request, operator)
    with pytest.raises(DatabaseError, match="subject_erasure_by_two"), scope.operator(operator, "test"):
        SubjectRequest.objects.filter(pk=request.pk).update(confirmed_by=operator, confirmed_at="2026-01-01T00:00Z")


def test_the_list_stays_once_the_erasure_is_requested(tenant: Tenant, operator: User) -> None:
    ended_request(tenant)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    with scope.worker(), pytest.raises(DatabaseError, match="stays as the first person saw it"), transaction.atomic():
        SubjectMatch.objects.create(
            tenant=tenant, request=request, table="tenants_user", row="1", certain=True, included=True
        )
    with scope.operator(operator, "test"), pytest.raises(DatabaseError, match="stays as"), transaction.atomic():
        SubjectMatch.objects.filter(request=request).update(included=False)


def test_the_database_erases_nothing_that_two_people_did_not_confirm(tenant: Tenant, operator: User) -> None:
    ended_request(tenant)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    with scope.operator(operator, "test"):
        run = Run.objects.create(
            tenant=tenant,
            kind="retention.subject",
            params={"request": request.pk, "action": "erase"},
            asked_by=operator,
        )
    with scope.worker():
        claim_run()
    with scope.worker(), pytest.raises(DatabaseError, match="only a request that two people confirmed"):
        connection.cursor().execute("SELECT ptj_erase_subject(%s, 10)", [run.pk])


@pytest.mark.parametrize("when", ["before", "after the confirmation"])
def test_a_legal_hold_refuses_an_erasure(tenant: Tenant, operator: User, lead_operator: User, when: str) -> None:
    lead = ended_request(tenant)
    request = searched(tenant, operator, email=EMAIL)

    def hold() -> None:
        with scope.operator(operator, "test"):
            LegalHold.objects.create(tenant=tenant, search_key=PHONE, requested_by=operator)

    if when == "before":
        hold()
        with pytest.raises(RetentionRefused, match="A legal hold protects this person"):
            request_erasure(request, operator)
    else:
        request_erasure(request, operator)
        confirm(request, lead_operator)
        hold()
        run = work()
        assert run.state == RunState.FAILED and "A legal hold protects" in run.error
    with scope.tenant(tenant.pk):
        assert Lead.objects.get(pk=lead.pk).name == NAME


def test_an_open_item_refuses_an_erasure(tenant: Tenant, operator: User) -> None:
    aged.make_request(tenant, phone_e164=PHONE)
    request = searched(tenant, operator, phone=PHONE)
    with scope.worker():
        items = [reverse("ops:item", args=[item.public_id]) for item in SyncItem.objects.filter(tenant=tenant)]
    page = client_of(operator).get(reverse("retention:subject", args=[tenant.slug, request.public_id]))
    assert items and all(address in page.content.decode() for address in items)
    with pytest.raises(RetentionRefused, match="open items"):
        request_erasure(request, operator)


def test_the_list_of_a_host_that_never_erases_again_ends(settings: Any) -> None:
    """A daily task ran on any host, and the list of people on the others had no end."""
    erasure_list.append({"request": "a"})
    settings.BACKUP_DAYS = -2  # as if no backup were older
    report_host()
    assert not list(erasure_list.read(erasure_list.path()))
    erasure_list.append({"request": "b"})
    with erasure_list.path().open("a") as file:
        file.write("damaged\n")
    report_host()
    assert erasure_list.path().read_text() == "damaged\n", "it has no end, and the other lines have"
    erasure_list.append({"request": "c"})
    assert erasure_list.path().read_text().count("\n") == 2, "a damaged line stops no erasure"


def report_host() -> None:
    """Run any periodic task, as each worker host does many times a minute."""
    hosts.forget()
    run_periodic_task("syncqueue.sweep_leases")


def test_without_a_list_outside_the_database_nothing_is_erased(
    tenant: Tenant, operator: User, lead_operator: User, settings: Any
) -> None:
    ended_request(tenant)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    settings.RECOVERY_FOLDER = ""
    assert "RECOVERY_FOLDER" in work().error
    settings.RECOVERY_FOLDER = settings.BASE_DIR  # only its old lines are dropped, and there are none
    assert erasure_list.drop_old() == 0


def test_the_list_outside_the_database_has_no_value_in_clear(
    tenant: Tenant, operator: User, lead_operator: User, settings: Any
) -> None:
    ended_request(tenant)
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    assert b"6025550137" not in erasure_list.path().read_bytes()
    (entry,) = erasure_list.read(erasure_list.path())
    assert entry["phone"] == PHONE and entry["request"] == str(request.public_id)
    erasure_list.path().write_bytes(erasure_list.path().read_bytes().replace(b'"sealed":"A', b'"sealed":"B'))
    with pytest.raises(erasure_list.ListUnavailable):
        list(erasure_list.read(erasure_list.path()))


def test_a_picture_that_was_taken_after_the_search_is_erased(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    aged.make_reading(tenant)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute(
            "UPDATE drift_snapshot SET html = %(text)s, text = %(text)s", {"text": zlib.compress(b"6025550137")}
        )
        (file,) = session.execute("SELECT file_id FROM drift_findingpicture").fetchone() or (0,)
        session.execute("UPDATE drift_findingpicture SET file_id = NULL")
    request = searched(tenant, operator, phone=PHONE)
    assert {match.table for match in matches(request)} == {"drift_snapshot"}
    request_erasure(request, operator)
    confirm(request, lead_operator)
    with scope.worker():
        FindingPicture.objects.update(file=file)
    assert erasing._pictures_left(request_of(request)) == {"files_file": 1}
    assert work().state == RunState.DONE
    with scope.worker():
        assert not FileChunk.objects.filter(file=file).exists() and File.objects.get(pk=file).name == ""
    receipt = request_of(request).receipt
    assert receipt is not None and receipt["found_afterwards"] == {}


# Pages


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_request_from_its_form_to_the_letter(tenant: Tenant, operator: User, lead_operator: User) -> None:
    ended_request(tenant)
    aged.make_request(tenant, phone_e164="+16025550111", email="else@example.com", name=NAME)
    with scope.tenant(tenant.pk):
        table = f"name,phone\n{NAME},{PHONE}\nSomeone Else,602-555-0100\n".encode()
        store_file(tenant=tenant, content=io.BytesIO(table), name="a.csv", purpose=Purpose.IMPORT)
    first, second = client_of(operator), client_of(lead_operator)
    typed = {"kind": "erasure", "name": NAME, "phone": planting.SPOKEN, "reason": "A letter."}
    assert first.post(reverse("retention:open-subject", args=[tenant.slug]), {"kind": "export"}).status_code == 422
    address = first.post(reverse("retention:open-subject", args=[tenant.slug]), typed).headers["Location"]
    assert "The search is running" in first.get(address).content.decode()
    work()
    page = first.get(address).content.decode()
    assert "Only the name is the same" in page and NAME not in page and "5550137" not in page
    copy = first.post(f"{address}copy/json", {"reason": "Identity checked."})
    facts = json.loads(copy.content)
    (lead,) = next(place["rows"] for place in facts["places"] if place["table"] == "leads_lead")
    assert lead["name"] == NAME and lead["phone_e164"] == PHONE
    assert "Someone Else" not in copy.content.decode() and f"{NAME},{PHONE}" in copy.content.decode()
    html = first.post(f"{address}copy/html", {"reason": "Identity checked."}).content.decode()
    assert NAME in html and "content_base64" not in html
    labels = set(re.findall("<dt>(.*?)</dt>", html)) | set(re.findall(r"<h2>(.*?) \(", html))
    assert {"Request from the website", "Name", "Phone number", "Phone number in international form"} <= labels
    assert not [label for label in labels if "_" in label] and "{&#x27;" not in html and "[&#x27;" not in html

    def step(client: Client, name: str, **shown: str) -> str:
        return client.post(f"{address}{name}", {"reason": "Checked."} | shown, follow=True).content.decode()

    def shown() -> dict[str, str]:
        return dict(re.findall(r'name="(seen)" value="([^"]+)"', second.get(address).text))

    assert "Another person must confirm it" in step(first, "request-erasure")
    earlier = shown()
    step(first, "withdraw")
    assert not shown()
    assert "Another person must confirm it" in step(first, "request-erasure"), "of any list"
    for stale in (earlier, {}):
        assert "The list was changed since you opened this page" in step(second, "confirm", **stale)
    assert "Another person must confirm an erasure" in step(first, "confirm")
    assert "Erasure confirmed and started" in step(second, "confirm", **shown())
    assert work().state == RunState.DONE
    assert "A second search found nothing." in first.get(address).content.decode()
    letter = first.get(f"{address}letter").content.decode()
    assert "Request from the website: 1 row" in letter and NAME not in letter
    with scope.worker():
        request = SubjectRequest.objects.get(tenant=tenant)
        assert request.receipt is not None
        sha256 = hashlib.sha256(receipt_file(request.receipt)).hexdigest()
        assert request.receipt["sha256"] == sha256
        assert LogSubmission.objects.filter(kind=EntryKind.RECEIPT, sha256=sha256).exists()
        assert (request.name, request.phone) == ("", "")
        changes = [line.changes for line in AuditEntry.objects.filter(action__startswith="retention.")]
    assert NAME not in str(changes) and "5550137" not in str(changes)
    listed = first.get(reverse("ops:list") + "?state=delivered").content.decode()
    assert '<span class="badge">erased</span>' in listed
    with scope.worker():
        item = SyncItem.objects.filter(lead__erased_at__isnull=False).first()
    assert item is not None
    page = first.get(reverse("ops:item", args=[item.public_id])).content.decode()
    assert "Contact details (erased)" in page and "Show contact details" not in page


def test_files_with_pictures_are_listed_opened_and_erased(
    tenant: Tenant, operator: User, lead_operator: User, viewer: User
) -> None:
    contents = {"scan.pdf": pdf(has_picture=True), "note.png": png(), "plain.pdf": pdf("Nothing about anyone")}
    with scope.tenant(tenant.pk):
        files = {
            name: store_file(tenant=tenant, content=io.BytesIO(content), name=name, purpose=Purpose.PROOF)
            for name, content in contents.items()
        }
    request = searched(tenant, operator, phone=PHONE)
    listed = {match.row: match for match in matches(request, table="files_file")}
    assert listed.keys() == {str(files["scan.pdf"].pk), str(files["note.png"].pk)}
    assert not any(match.included or match.certain for match in listed.values())
    assert request_of(request).unread == {"application/pdf": 1, "image/png": 1}

    client = client_of(operator)
    address = reverse("retention:subject", args=[tenant.slug, request.public_id])
    page = client.get(address).text
    assert "Text in pictures" in page and page.count("Download</button>") == 2 and "scan.pdf" not in page
    scan = {"file": str(files["scan.pdf"].pk), "reason": "Looking for the person."}
    assert client.post(f"{address}file", scan | {"reason": ""}).status_code == 302
    answer = client.post(f"{address}file", scan)
    assert answer.content == contents["scan.pdf"] and answer["Content-Disposition"].startswith("attachment")
    assert client.post(f"{address}file", scan | {"file": str(files["plain.pdf"].pk)}).status_code == 404
    assert client_of(viewer).post(f"{address}file", scan).status_code in (403, 404)
    with scope.worker():
        assert AuditEntry.objects.filter(action="retention.open_file").count() == 1

    rows = {"row": [str(listed[scan["file"]].pk)], "reason": "The scan shows the person."}
    client.post(reverse("retention:choose-rows", args=[tenant.slug, request.public_id]), rows)
    with subject_export._SLOTS.taken(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject_export._SLOTS, "_wait_seconds", 0.0)
        busy = client.post(f"{address}copy/json", {"reason": "Identity checked."}, follow=True)
        assert "Other copies are being made." in busy.text
    copy = json.loads(client.post(f"{address}copy/json", {"reason": "Identity checked."}).content)
    (row,) = next(place["rows"] for place in copy["places"] if place["table"] == "files_file")
    assert base64.b64decode(row["content_base64"]) == contents["scan.pdf"]
    with changed_data_keys():
        copy = json.loads(client.post(f"{address}copy/json", {"reason": "Identity checked."}).content)
    (row,) = next(place["rows"] for place in copy["places"] if place["table"] == "files_file")
    assert "content_base64" not in row and "cannot be decrypted" in row["not_copied"]
    request_erasure(request_of(request), operator)
    confirm(request_of(request), lead_operator)
    assert work().state == RunState.DONE
    with scope.worker():
        left = set(FileChunk.objects.filter(tenant=tenant).values_list("file__name", flat=True))
    assert left == {"note.png", "plain.pdf"}
    receipt = request_of(request).receipt
    assert receipt is not None and receipt["found_afterwards"] == {} and receipt["not_searchable"]


def test_evidence_that_is_not_read_is_listed_opened_and_copied(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.operator(operator, "test"):
        for _ in range(2):
            key = EvidenceFile.objects.create(
                tenant=tenant, name="list.png", content_type="image/png", sha256="0" * 64, content=png()
            ).pk
    request = searched(tenant, operator, phone=PHONE)
    first, last = matches(request, table="gates_evidencefile")
    assert last.row == str(key) and not (first.included or last.included)
    monkeypatch.setattr(paging, "PAGE_SIZE", 1)
    client, address = client_of(operator), reverse("retention:subject", args=[tenant.slug, request.public_id])
    pages = [client.get(address, {"page": number}).text for number in (1, 2)]
    assert [f'name="evidence" value="{key}"' in text for text in pages] == [False, True]
    answer = client.post(f"{address}file", {"evidence": str(key), "reason": "Looking for the person."})
    assert answer.content == png() and answer["Content-Type"] == "image/png"
    choose = reverse("retention:choose-rows", args=[tenant.slug, request.public_id])
    for match in (first, last):  # each on its own page
        client.post(choose, {"shown": str(match.pk), "row": str(match.pk), "reason": "It shows the person."})
    assert len(matches(request, included=True)) == 2
    copy = json.loads(client.post(f"{address}copy/json", {"reason": "Identity checked."}).content)
    (place,) = copy["places"]
    assert [base64.b64decode(row["content_base64"]) for row in place["rows"]] == [png(), png()]


def test_evidence_without_its_file_opens_no_gate(tenant: Tenant, operator: User, lead_operator: User) -> None:
    prove_all(tenant)
    wish(tenant, "api-booking-sync")
    with scope.tenant(tenant.pk):
        Evidence.objects.filter(tenant=tenant).update(revoked_at=Now(), revoked_reason="A scan is recorded instead.")
        letter = EvidenceFile.objects.create(
            tenant=tenant, name="letter.txt", content_type="text/plain", sha256="0" * 64, content=f"{SPOKEN}".encode()
        )
    for gate in (gate for gate, definition in REQUIREMENTS.items() if definition.of_tenant):
        prove(gate, tenant=tenant, file=letter, sha256=letter.sha256)
    with scope.tenant(tenant.pk):
        before = decide("api-booking-sync", tenant, Environment.PRODUCTION)
    assert before.open, before.missing
    request = searched(tenant, operator, phone=PHONE)
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert work().state == RunState.DONE
    with scope.tenant(tenant.pk):
        after = decide("api-booking-sync", tenant, Environment.PRODUCTION)
    assert not after.open and after.epoch > before.epoch
    with scope.operator(operator, "test"):
        lines = AuditEntry.objects.filter(action="gates.evidence.revoke", tenant=tenant)
        assert {line.reason for line in lines} == {erasing.EVIDENCE_ERASED}


def test_each_file_is_a_step_of_the_search_and_of_the_check(
    tenant: Tenant, operator: User, lead_operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ALLOWANCE.seconds < LEASE.total_seconds() / 2
    with scope.tenant(tenant.pk):
        files = [
            store_file(tenant=tenant, content=io.BytesIO(content), name="x", purpose=Purpose.PROOF).pk
            for content in (b"602-555-0137", png(), png())
        ]
    monkeypatch.setattr(services, "BUDGET_SECONDS", 0.0)  # each step is a wake-up of its own, as after a killed worker

    def cursors() -> list[Any]:
        seen = []
        while (run := work()).state == RunState.QUEUED:
            seen.append(run.cursor)
        assert run.state == RunState.DONE, run.error
        return seen

    request = opened(tenant, operator, phone=PHONE)
    assert [after for _, after in cursors() if after] == files
    assert request_of(request).unread == {"image/png": 2} and len(matches(request)) == 3
    request_erasure(request, operator)
    confirm(request, lead_operator)
    assert [cursor["after"] for cursor in cursors() if cursor.get("after")] == files[1:]


def request_of(request: SubjectRequest) -> SubjectRequest:
    with scope.worker():
        return SubjectRequest.objects.select_related("tenant").get(pk=request.pk)


def locked_pdf() -> bytes:
    writer, locked = PdfWriter(clone_from=io.BytesIO(pdf(NAME))), io.BytesIO()
    writer.encrypt("a password")
    writer.write(locked)
    return locked.getvalue()


def workbook(*parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in parts:
            archive.writestr(part, f"<t>{NAME}</t>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "content_type", "has_name", "is_complete"),
    [
        (lambda: pdf(NAME), "application/pdf", True, True),
        (lambda: pdf(NAME, has_picture=True), "application/pdf", True, False),
        (lambda: pdf(link=EMAIL, has_picture=True), "application/pdf", True, False),
        (pdf, "application/pdf", False, False),
        (locked_pdf, "application/pdf", False, False),
        (lambda: pdf(NAME)[:300], "application/pdf", False, False),
        (png, "image/png", False, False),
        (lambda: workbook("xl/sharedStrings.xml"), "application/zip", True, True),
        (lambda: workbook("xl/sharedStrings.xml", "xl/media/image1.png"), "application/zip", True, False),
        (lambda: b"PK\x03\x04 damaged", "application/zip", False, False),
    ],
    ids=["text", "text and picture", "link", "no text", "locked", "cut", "image", "book", "book with picture", "zip"],
)
def test_text_is_read_and_what_is_not_read_is_named(
    content: Callable[[], bytes], content_type: str, has_name: bool, is_complete: bool
) -> None:
    read = text_of(content(), content_type)
    assert (Person(name=NAME, emails=(EMAIL,)).in_text(read.text), read.is_complete) == (has_name, is_complete)


def test_a_part_of_angle_brackets_does_not_stop_the_search() -> None:
    """It took hours in a workbook of 1 kB, so that no person of the contractor could be found or erased."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/other.bin", "<" * 300_000)
        archive.writestr("xl/sharedStrings.xml", f"<t>{NAME}</t>")
    assert NAME in text_of(content.getvalue(), "application/zip").text.splitlines()


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "latin-1"])
def test_a_name_with_accents_is_read_in_a_part_of_an_archive(codec: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("contacts.csv", "name,city\nRenée Núñez,Cañon City\nUwe Größ,Tempe\n".encode(codec))
    lines = text_of(content.getvalue(), "application/zip").text.splitlines()
    assert {"Renée Núñez,Cañon City", "Uwe Größ,Tempe"} <= set(lines)


def test_an_accent_between_two_pieces_of_a_part_is_read() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, codec in (("a.txt", "utf-8"), ("b.txt", "cp1252")):
            archive.writestr(name, (" " * (1024**2 - 4) + "Renée").encode(codec))
    assert text_of(content.getvalue(), "application/zip").text.count("Renée") == 2


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "cp437", "cp850"])
def test_a_name_in_the_name_of_a_part_is_read(codec: str) -> None:
    """An archive does not contain the code page of its sender."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("offers/" + "X" * len("Renée_Núñez".encode(codec)) + ".txt", "roof")
    name = "Renée_Núñez".encode(codec)
    renamed = content.getvalue().replace(b"X" * len(name), name)
    assert "Renée Núñez" in text_of(renamed, "application/zip").text


def test_a_name_in_the_extra_field_for_unicode_is_read() -> None:
    """Archivers that write names in a code page add it for other alphabets."""
    plain, name = b"_ukasz__ak.txt", "Łukasz_Żak.txt".encode()
    extra = b"\x01" + zlib.crc32(plain).to_bytes(4, "little") + name
    part = zipfile.ZipInfo("X" * len(plain))
    part.extra = b"up" + len(extra).to_bytes(2, "little") + extra
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(part, "roof")
    read = text_of(content.getvalue().replace(b"X" * len(plain), plain), "application/zip")
    assert read.is_complete and read.text.splitlines() == [" ukasz ak txt", "Łukasz Żak txt", "roof"]


def test_bytes_that_are_not_utf_8_cost_no_call_each() -> None:
    """The child has 30 seconds for an archive, and a part may be tens of megabytes of such bytes."""
    calls = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        text = "".join(workbook_text._texts(io.BytesIO(b"\xe9 " * 10_000)))
    finally:
        sys.setprofile(None)
    assert text == "é " * 10_000 and calls < 100


def test_an_archive_that_is_mostly_text_is_left_to_a_person() -> None:
    """A file of 100 kB can contain hundreds of MB, which needed more memory than a worker has."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/other.bin", f"{NAME} \U0001f600" + "x" * 70_000_000)
    assert text_of(content.getvalue(), "application/zip") == ("", False)


def test_a_tag_between_two_pieces_of_a_part_is_removed() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", f"{' ' * (1024**2 - 5)}<t a='{NAME}'>Ada é</t><")
        archive.writestr("b.xml", f"{' ' * (1024**2 - 3)}{NAME}")
    read = text_of(content.getvalue(), "application/zip")
    assert [line.strip() for line in read.text.splitlines() if line.strip()] == ["a xml", "Ada é", "<", "b xml", NAME]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_part_of_an_archive_is_read_in_its_encoding(codec: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("customers.csv", f"name,phone\n{NAME},{planting.SPOKEN}\n".encode(codec))
    read = text_of(content.getvalue(), "application/zip")
    assert read.is_complete and NAME in read.text and planting.SPOKEN in read.text


def test_text_that_is_not_read_is_for_a_person() -> None:
    assert not text_of(f"name\n{NAME}\n".encode("utf-32-le"), "text/plain").is_complete
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{NAME}</t>")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("xl/embeddings/sheet.xlsx", inner.getvalue())
    assert not text_of(outer.getvalue(), "application/zip").is_complete


def test_a_request_with_only_a_namesake_states_the_next_step(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    address = reverse("retention:subject", args=[tenant.slug, searched(tenant, operator, name=NAME).public_id])
    page = client_of(operator).get(address).text
    assert "Nothing was found under these details." in page and "Request erasure" not in page
    aged.make_request(tenant, phone_e164="+16025550111", email="else@example.com", name=NAME)
    address = reverse("retention:subject", args=[tenant.slug, searched(tenant, lead_operator, name=NAME).public_id])
    page = client_of(operator).get(address).text
    assert "Nothing is included yet." in page and "Request erasure" not in page


def test_rows_are_left_out_and_added(tenant: Tenant, operator: User) -> None:
    ended_request(tenant)
    namesake = aged.make_request(tenant, phone_e164="+16025550111", email="else@example.com", name=NAME)
    request = searched(tenant, operator, name=NAME, phone=PHONE)
    (uncertain,) = matches(request, table="leads_lead", certain=False)
    page = client_of(operator).get(reverse("retention:subject", args=[tenant.slug, request.public_id])).text
    with scope.worker():
        item = SyncItem.objects.filter(lead=namesake).earliest("pk")
    assert f'<a href="{reverse("ops:item", args=[item.public_id])}">{namesake.spoken_code}</a>' in page
    address = reverse("retention:choose-rows", args=[tenant.slug, request.public_id])
    typed = {"table": ["syncqueue_syncitem", "\0"], "row": [str(uncertain.pk)], "reason": "It is the same person."}
    assert client_of(operator).post(address, typed).status_code == 302
    chosen = {(match.table, match.row) for match in matches(request, included=True)}
    assert ("leads_lead", str(namesake.pk)) in chosen and {table for table, _ in chosen} == {
        "leads_lead",
        "syncqueue_syncitem",
    }


def test_rows_with_the_same_name_only_are_searched_again_too(
    tenant: Tenant, operator: User, lead_operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_request(tenant)
    request = searched(tenant, operator, name=NAME)
    (lead,) = matches(request, table="leads_lead")
    assert not lead.included
    with scope.operator(operator, "test"):
        subjects.choose_rows(request=request, included={lead.pk}, actor=operator, reason="It is the same person.")
    request_erasure(request, operator)
    confirm(request, lead_operator)
    real = search_step

    def still_there(*args: Any) -> tuple[Hits, int | None]:
        hits, last = real(*args)
        if args[1].table == "leads_lead":
            hits.add("leads_lead", lead.row, certain=False)
        return hits, last

    monkeypatch.setattr(erasing, "search_step", still_there)
    work()
    with scope.worker():
        receipt = SubjectRequest.objects.get(pk=request.pk).receipt
    assert receipt is not None and receipt["found_afterwards"] == {"leads_lead": 1}


def test_an_answer_is_due_by_the_contractor_s_calendar(tenant: Tenant, operator: User) -> None:
    zones = [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")]
    tenant.time_zone = next(zone.key for zone in zones if datetime.now(zone).date() != datetime.now(UTC).date())
    request = opened(tenant, operator, name=NAME)
    assert request.due_on == datetime.now(ZoneInfo(tenant.time_zone)).date() + timedelta(days=30)


def test_a_request_that_is_due_raises_an_alarm(tenant: Tenant, operator: User) -> None:
    request = opened(tenant, operator, name=NAME)
    with scope.operator(operator, "test"):
        assert subjects.overdue_count() == 0
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("UPDATE retention_subjectrequest SET due_on = due_on - %s", [timedelta(days=28)])
    with scope.operator(operator, "test"):
        assert subjects.overdue_count() == 1
        with pytest.raises(RetentionRefused, match="still running"):
            subjects.close_request(request=request, actor=operator, reason="x")
    work()
    with scope.operator(operator, "test"):
        subjects.close_request(request=request, actor=operator, reason="Nothing found.")
        assert subjects.overdue_count() == 0 and SubjectRequest.objects.get(pk=request.pk).name == ""
