"""The page of one item: its content by role, and its refusals."""

import io
import re
import time
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.item_actions import Move
from syncqueue.leads.models import LeadPhoto
from syncqueue.models import ItemNote, Kind, State, SyncAttempt, SyncItem
from syncqueue.views.item_parts import proof, spell
from tests.support.cast import SignIn
from tests.support.desk import (
    CHOICE,
    NAUGHTY,
    PAGES,
    PERSONAL,
    POSTS,
    UNMASKINGS,
    captured_as,
    read,
    url,
    work,
)
from tests.support.factories import make_sync_item

pytestmark = pytest.mark.django_db


def test_the_page_shows_all_that_is_known(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item = captured_as(
        tenant,
        capacity=CHOICE,
        as_typed={"preferred_date": "31/31"},
        suspected=["too fast", "no page"],
        source={"utm_source": "billboard"},
    )
    work()
    shown = signed_in(operator).get(url("item", item)).text
    for words in (
        "A capacity rule requires a dispatch review",
        "Ask the dispatcher whether the request can be accepted",
        "Emergencies after hours",
        "hours: after hours",
        "it was sent faster than a person can type",
        "it did not come from one of our pages",
        "Preferred day, as typed",
        "(5 characters)",
        "ac-repair-phoenix, version 1",
        "the dispatcher is reviewing it first",
        item.dedupe_key,
        "America/Phoenix",
        "business notification",
        "Send",
        "Not a bot",
    ):
        assert words in shown, words
    assert "31/31" not in shown and "billboard" not in shown
    unmasked = signed_in(operator).post(url("unmask", item), {"unmask_reason": "to call back"}).text
    assert "31/31" in unmasked and "utm_source: billboard" in unmasked


def test_no_two_elements_have_the_same_id(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    shown = signed_in(operator).get(url("item", captured_as(tenant))).text
    ids = re.findall(r'\sid="([^"]+)"', shown)
    assert sorted(ids) == sorted(set(ids))


def test_the_cause_shows_owner_and_next_step(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item = captured_as(tenant, path="/no-such-page")
    work()
    shown = signed_in(operator).get(url("item", item)).text
    assert "The page binding lacks something a booking needs" in shown
    assert "Correct the page binding" in shown and "the page is not bound" in shown
    assert "To be fixed by Customer, Operations, PageToJob and ServiceTitan admin." in shown


def test_an_extension_is_shown_with_the_number_that_would_be_sent(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item = captured_as(tenant, phone="602.555.0142 ext 7")
    work()
    shown = signed_in(operator).post(url("unmask", item), {"unmask_reason": "to call back"}).text
    assert "6025550142, extension 7" in shown


def test_errors_do_not_extend_the_time_for_which_details_are_shown(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, client = captured_as(tenant, name="Jamie Rivera"), signed_in(operator)
    page = client.post(url("unmask", item), {"unmask_reason": "to call back"})
    began = time.time()
    for minutes, is_shown in ((10, True), (14, True), (16, False), (24, False)):
        with monkeypatch.context() as patch:
            patch.setattr("django.core.signing.time.time", lambda at=began + 60 * minutes: at)
            page = client.post(url("note", item), {"text": "", "shown": page.context["shown"]})
        assert page.status_code == 422 and ("Jamie Rivera" in page.text) is is_shown, minutes


def test_an_erased_proof_is_named_as_such(tenant: Tenant) -> None:
    item = SyncItem(tenant=tenant, done_where="", done_reference="", done_at=timezone.now())
    assert proof(item, shown=True).startswith("(details erased), ")
    item.done_where, item.done_reference = "Calls screen", "77"
    assert proof(item, shown=True).startswith("Calls screen, reference 77, ")
    assert "77" not in proof(item, shown=False)


def test_a_viewer_reads_everything_masked_and_why_actions_are_disabled(
    signed_in: SignIn, viewer: User, operator: User, tenant: Tenant
) -> None:
    item = captured_as(tenant)
    work()
    signed_in(operator).post(url("note", item), {"text": "The office is shut on Friday."})
    shown = signed_in(viewer).get(url("item", item)).text
    assert "Your role can view the queue but not act on it." in shown
    assert "The office is shut on Friday." in shown
    for name in (*PAGES, *POSTS, *UNMASKINGS):
        assert url(name, item) not in shown, name
    for value in PERSONAL:
        assert value not in shown


@pytest.mark.parametrize("who", ["viewer", "owner", "reviewer", "stranger", "editor", "admin_user"])
def test_for_people_who_may_not_act_the_moves_do_not_exist(
    signed_in: SignIn, who: str, tenant: Tenant, request: pytest.FixtureRequest
) -> None:
    item, client = captured_as(tenant), signed_in(request.getfixturevalue(who))
    for name in (*PAGES, *POSTS, *UNMASKINGS):
        assert client.post(url(name, item), {"reason": "x", "text": "x"}).status_code == 404, name
    for name in PAGES:
        assert client.get(url(name, item)).status_code == 404, name
    assert read(item).version == item.version


def test_no_action_works_without_the_page_s_token(operator: User, tenant: Tenant) -> None:
    item, client = captured_as(tenant), Client(enforce_csrf_checks=True)
    client.force_login(operator)
    for name in (*PAGES, *POSTS, *UNMASKINGS):
        assert client.post(url(name, item), {"reason": "x", "text": "x"}).status_code == 403, name
    assert read(item).version == item.version


@pytest.mark.parametrize("name", [*POSTS, *UNMASKINGS])
def test_looking_never_acts(signed_in: SignIn, operator: User, tenant: Tenant, name: str) -> None:
    assert signed_in(operator).get(url(name, captured_as(tenant))).status_code == 405


@pytest.mark.parametrize("name", [*PAGES, *POSTS, *UNMASKINGS])
def test_a_missing_item_returns_404(signed_in: SignIn, operator: User, tenant: Tenant, name: str) -> None:
    nothing = SyncItem(public_id=uuid.uuid4())
    assert signed_in(operator).post(url(name, nothing), {"reason": "x"}).status_code == 404


def test_when_is_typed_and_shown_in_the_tenant_s_own_time(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item, client = captured_as(tenant), signed_in(operator)
    work()
    page = client.get(url("item", item)).text
    assert "In the contractor&#x27;s time zone, America/Phoenix." in page
    local = timezone.now().astimezone(ZoneInfo("America/Phoenix")).replace(second=0, microsecond=0)
    assert f'value="{local:%Y-%m-%dT%H:}' in page
    answers = {"done_where": "x", "done_reference": "y", "reason": "z", "done_at": f"{local:%Y-%m-%dT%H:%M}"}
    shown = client.post(url(Move.MANUAL_COMPLETE, item), answers, follow=True).text
    assert read(item).done_at == local
    assert f"{local:%b} {local.day}, {local:%Y, %H:%M} MST" in shown


def test_a_time_that_the_clocks_skip_is_no_time(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item = captured_as(tenant)
    Tenant.objects.update(time_zone="America/Denver")
    answers = {"done_where": "x", "done_reference": "y", "reason": "z", "done_at": "2026-03-08T02:30"}
    refused = signed_in(operator).post(url(Move.MANUAL_COMPLETE, item), answers)
    assert refused.status_code == 422 and "America/Denver" in refused.text


def test_undo_is_offered_for_a_minute_to_the_same_person_only(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    item, client = captured_as(tenant), signed_in(operator)
    work()
    client.post(url(Move.CANCEL, item), {"reason": "asked for twice"})
    shown = client.get(url("item", item)).text
    assert url(Move.UNDO, item) in shown and "You can undo that until" in shown
    assert url(Move.UNDO, item) not in signed_in(lead_operator).get(url("item", item)).text
    refused = signed_in(lead_operator).post(url(Move.UNDO, item), follow=True)
    assert "Only the person who ended this item can undo that" in refused.text
    undone = client.post(url(Move.UNDO, item), follow=True)
    assert "Undone. The item is blocked again." in undone.text and url(Move.UNDO, item) not in undone.text
    assert "There is nothing to undo" in client.post(url(Move.UNDO, item), follow=True).text


def test_an_excluded_request_can_be_taken_back_in_from_its_page(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item, client = captured_as(tenant), signed_in(operator)
    client.post(url(Move.EXCLUDE, item), {"reason": "a test of ours", "excluded_as": "test"})
    shown = client.get(url("item", item)).text
    assert "excluded from the ledger as test" in shown and shown.count(url(Move.TAKE_BACK, item)) == 1
    assert "its items are reopened too" in shown and url(Move.UNDO, item) not in shown
    assert "no longer marked as test" in client.get(url(Move.TAKE_BACK, item)).text
    answer = client.post(url(Move.TAKE_BACK, item), {"reason": "it was real"}, follow=True)
    assert "request is included again" in answer.text
    assert read(item).state == State.NEEDS_REVIEW


@pytest.mark.parametrize("excluded_as", ["", "nonsense", "in the books"])
def test_an_exclusion_has_three_kinds(signed_in: SignIn, operator: User, tenant: Tenant, excluded_as: str) -> None:
    item = captured_as(tenant)
    refused = signed_in(operator).post(url(Move.EXCLUDE, item), {"reason": "x", "excluded_as": excluded_as})
    assert refused.status_code == 422 and read(item).state == State.QUEUED


@pytest.mark.parametrize(("text", "status"), [(NAUGHTY, 302), ("  ", 422), ("a\x00b", 422), ("x" * 2001, 422)])
def test_notes_take_any_text_and_show_it_as_text(
    signed_in: SignIn, operator: User, tenant: Tenant, text: str, status: int
) -> None:
    item, client = captured_as(tenant), signed_in(operator)
    assert client.post(url(Move.NOTE, item), {"text": text}).status_code == status
    shown = client.get(url("item", item)).text
    assert "<script>alert(1)" not in shown
    if status == 302:
        assert "&lt;script&gt;" in shown and operator.name in shown
        with scope.operator(operator, reason="test"):
            assert ItemNote.objects.get().text == NAUGHTY
            assert NAUGHTY not in str(AuditEntry.objects.filter(action="syncqueue.note").values())


def test_the_page_costs_the_same_however_long_its_history(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item, client, costs = captured_as(tenant), signed_in(operator), []
    work()
    client.post(url(Move.NOTE, item), {"text": "first"})
    for count in (1, 120):
        with scope.worker():
            SyncAttempt.objects.bulk_create(
                SyncAttempt(
                    tenant=tenant,
                    item=item,
                    claim_version=1000 + count + n,
                    outcome="retrying",
                    detail=f"try {n} of {count}",
                    worker="w",
                    began_at=timezone.now(),
                )
                for n in range(count)
            )
        with scope.operator(operator, reason="test"):
            ItemNote.objects.bulk_create(
                ItemNote(tenant=tenant, item=item, author=operator, text=f"note {n} of {count}") for n in range(count)
            )
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(url("item", item)).text
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 22, f"{costs} queries with 1 and 120 attempts: read a new fact in one of the 22"
    assert "Only the newest 100 attempts and notes are shown." in shown
    assert "try 119 of 120" in shown and "try 19 of 120" not in shown and "note 19 of 120" not in shown


def test_photos_are_counted_and_shown_only_for_a_reason(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item, client = captured_as(tenant), signed_in(operator)
    with scope.tenant(tenant.pk):
        for position in (1, 2):
            content = io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(16))
            file = store_file(tenant=tenant, content=content, name="porch.png", purpose=Purpose.PHOTO)
            LeadPhoto.objects.create(tenant=tenant, lead=item.lead, file=file, position=position)
    address = reverse("ops:photo", args=[item.public_id, 1])
    shown = client.get(url("item", item)).text
    assert "2, shown with the contact details" in shown and address not in shown and "porch" not in shown
    unmasked = client.post(url("unmask", item), {"unmask_reason": 'to see the "unit"'}).text
    assert f'action="{address}"' in unmasked and 'value="to see the &quot;unit&quot;"' in unmasked


def test_an_item_without_a_request_has_a_page_too(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, kind=Kind.TAXONOMY_IMPORT, source="job types and business units")
    shown = signed_in(operator).get(url("item", item)).text
    assert "job types and business units" in shown and re.search(r"<h1>Taxonomy import\s", shown)
    assert "cannot be sent" in shown and "Exclude" not in shown
    assert "System or file" in shown
    for text in ("Contact details", "took it by phone", "Calls screen"):
        assert text not in shown, "an import has no visitor and no booking"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (12, "12 s"), (60, "1 min"), (185, "3 min 5 s"), (7500, "2 h 5 min"), (259200, "3 d"), (-5, "0 s")],
)
def test_lengths_of_time_in_words(seconds: int, words: str) -> None:
    assert spell(timedelta(seconds=seconds)) == words
