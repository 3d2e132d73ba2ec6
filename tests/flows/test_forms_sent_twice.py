"""A form that is sent twice, by a double click, a reload or the back button, has one effect."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from pagetojob.gates.models import Evidence
from pagetojob.onboarding.models import ContractorNote, CustomerAnswer
from pagetojob.ops.models import Drill, OnCallShift
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import PreviewLink, Tenant, User
from pagetojob.retention.models import LegalHold, SubjectRequest
from syncqueue.leads.models import LeadNote
from syncqueue.models import ItemNote, State, SyncItem
from syncqueue.selectors.timeline import MOST_SHOWN
from tests.support.cast import SignIn
from tests.support.factories import make_tenant, make_user
from tests.support.moves import make_item

NOTE = {"text": "Called, no answer."}
REQUEST = {"kind": "export", "email": "held@example.com", "reason": "A letter."}
PERIOD = {"kind": "attempt", "days": "100", "reason": "Contract."}
DRILL = {"runbook": "restore", "at": "2026-11-20T14:30", "outcome": "passed", "note": ""}
SHIFT = {"starts_at": "2026-11-01T08:00", "ends_at": "2036-11-08T08:00"}


def send_twice(client: Client, page: str, action: str, typed: dict[str, Any]) -> None:
    """Send the form of a page as a browser does, and once more as it was."""
    (form,) = LexborHTMLParser(client.get(page).text).css(f'form[action="{action}"]')
    hidden = {field.attributes["name"]: field.attributes["value"] for field in form.css("input[type=hidden]")}
    for _ in range(2):
        assert client.post(action, hidden | typed).status_code in (302, 422)


def count(model: type[Model], tenant: Tenant) -> int:
    with scope.tenant(tenant.pk) if model in (LeadNote, CustomerAnswer) else scope.worker():
        return model._default_manager.filter(tenant=tenant).count()


def of_lead(item: SyncItem) -> tuple[str, str, type[Model]]:
    assert item.lead
    page = f"/portal/requests/{item.lead.public_id}"
    return page, f"{page}/note", LeadNote


def of_item(item: SyncItem) -> tuple[str, str, type[Model]]:
    page = f"/ops/items/{item.public_id}"
    return page, f"{page}/note", ItemNote


def of_contractor(item: SyncItem) -> tuple[str, str, type[Model]]:
    return "/ops/contractors/desert-peak/", "/ops/contractors/desert-peak/notes", ContractorNote


@pytest.mark.parametrize("place", [of_lead, of_item, of_contractor])
def test_a_note_is_stored_once_and_the_same_words_later_are_another_note(
    tenant: Tenant, owner: User, operator: User, signed_in: SignIn, place: Callable[[SyncItem], Any]
) -> None:
    page, action, model = place(make_item(tenant, State.BLOCKED))
    client = signed_in(owner if place is of_lead else operator)
    for stored in (1, 2):
        send_twice(client, page, action, NOTE)
        assert count(model, tenant) == stored
    with scope.operator(operator, reason="test"):
        assert (
            AuditEntry.objects.filter(action__in=["leads.note", "syncqueue.note", "onboarding.add_note"]).count() == 2
        )


def test_the_same_words_are_another_note_of_an_item_with_more_notes_than_its_page_shows(
    tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    item = make_item(tenant, State.BLOCKED)
    page, action, _ = of_item(item)
    with scope.operator(operator, reason="test"):
        ItemNote.objects.bulk_create(
            ItemNote(tenant=tenant, item=item, author=operator, **NOTE) for _ in range(MOST_SHOWN + 1)
        )
    client = signed_in(operator)
    (form,) = LexborHTMLParser(client.get(page).text).css(f'form[action="{action}"]')
    hidden = {field.attributes["name"]: field.attributes.get("value") or "" for field in form.css("input[type=hidden]")}
    client.post(action, hidden | NOTE)
    assert count(ItemNote, tenant) == MOST_SHOWN + 2


def test_a_note_that_was_undone_can_be_written_again_from_the_same_page(
    tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    client, (page, action, _) = signed_in(operator), of_contractor(make_item(tenant, State.BLOCKED))
    typed = NOTE | {"seen": "0"}
    client.post(action, typed)
    with scope.operator(operator, reason="test"):
        note = ContractorNote.objects.get()
    client.post(f"{action}/{note.public_id}/undo")
    assert "The note was added." in client.post(action, typed, follow=True).text
    assert NOTE["text"] in client.get(page).text


def test_evidence_is_recorded_once(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    typed = {
        "gate": "privacy review", "kind": "confirmation", "grade": "confirmed by customer", "summary": "Both signed.",
        "last_day": (timezone.now() + timedelta(days=90)).date(), "url": "https://www.example.com/review",
    }  # fmt: skip
    client, page = signed_in(operator), "/ops/gates/desert-peak/evidence/new"
    assert [client.post(page, typed).status_code for _ in range(2)] == [302, 422]
    assert count(Evidence, tenant) == 1


def test_a_drill_and_a_shift_are_recorded_once(operator: User, signed_in: SignIn) -> None:
    other, client = make_user(ops_role="operator"), signed_in(operator)
    shift = SHIFT | {"first": operator.pk, "second": other.pk}
    for address, typed in (("/ops/runbooks/drills", DRILL), ("/ops/on-call/shifts", shift)):
        assert [client.post(address, typed).status_code for _ in range(2)] == [302, 422]
    with scope.operator(operator, reason="test"):
        assert (Drill.objects.count(), OnCallShift.objects.count()) == (1, 1)


def test_a_hold_and_a_request_are_opened_once(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    client, person = signed_in(operator), "held@example.com"
    hold = {"person": person, "reason": "A dispute."}
    request = {"kind": "export", "email": person, "reason": "A letter."}
    for address, typed, model in (("hold", hold, LegalHold), ("requests/open", request, SubjectRequest)):
        answers = [client.post(f"/ops/retention/desert-peak/{address}", typed).status_code for _ in range(2)]
        assert (answers, count(model, tenant)) == ([302, 422], 1)


@pytest.mark.parametrize(
    ("address", "typed", "table", "lock"),
    [
        ("/ops/retention/desert-peak/requests/open", REQUEST, "retention_subjectrequest", "FOR NO KEY UPDATE"),
        ("/ops/retention/desert-peak/period", PERIOD, "retention_retentionperiod", "FOR NO KEY UPDATE"),
        ("/ops/runbooks/drills", DRILL, "ops_drill", "pg_advisory_xact_lock"),
        ("/ops/on-call/shifts", SHIFT, "ops_oncallshift", "pg_advisory_xact_lock"),
    ],
)
def test_the_second_of_two_clicks_waits_for_the_first(
    tenant: Tenant,
    lead_operator: User,
    signed_in: SignIn,
    *,
    address: str,
    typed: dict[str, Any],
    table: str,
    lock: str,
) -> None:
    """Otherwise both would find no such row, and each would add one."""
    people = {"first": lead_operator.pk, "second": make_user(ops_role="operator").pk} if typed is SHIFT else {}
    client = signed_in(lead_operator)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(address, typed | people).status_code == 302
    statements = [query["sql"] for query in queries]
    locked = next(n for n, sql in enumerate(statements) if lock in sql)
    assert locked < next(n for n, sql in enumerate(statements) if f'FROM "{table}"' in sql)


def test_a_preview_link_is_created_once(demo: None, operator: User, signed_in: SignIn) -> None:
    tenant = make_tenant(slug="new-air", state=Lifecycle.PREVIEW)
    page = "/ops/contractors/new-air/"
    for links in (1, 2):
        send_twice(signed_in(operator), page, f"{page}previews", {})
        assert count(PreviewLink, tenant) == links


def test_an_answer_that_is_sent_twice_leaves_its_sign_off(
    pack: None, tenant: Tenant, owner: User, signed_in: SignIn
) -> None:
    client, page = signed_in(owner), "/portal/access/"
    items = [item.slug for item, _ in client.get(page).context["lists"][0].rows]
    for slug in items:
        client.post(f"{page}access/items/{slug}", {"text": f"About {slug}"})
    client.post(f"{page}access/sign-off", {"seen": client.get(page).context["lists"][0].sha256})
    client.post(f"{page}access/items/{items[0]}", {"text": f"About {items[0]}"})
    assert client.get(page).context["lists"][0].is_signed
    assert count(CustomerAnswer, tenant) == len(items)
