"""The preview pages of actions, and the preview of the content to be sent."""

import json
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding
from syncqueue.item_actions import Move
from syncqueue.leads.models import BookingRequest, Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.selectors import body_now
from tests.support.cast import SignIn
from tests.support.desk import CHOICE, NAUGHTY, PERSONAL, captured_as, read, to_state, url, work

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("move", "state", "answers", "expected"),
    [
        (Move.RESEND, State.NEEDS_REVIEW, {}, "Queued. It is sent within seconds"),
        (Move.ASK_RESEND, State.UNKNOWN, {}, "Resend requested."),
        (Move.CANCEL, State.BLOCKED, {}, "Canceled, with your reason"),
        (Move.EXCLUDE, State.BLOCKED, {"excluded_as": "spam"}, "excluded from the ledger"),
        (Move.NOT_A_BOT, State.BLOCKED, {}, "The suspicion is cleared"),
    ],
)
def test_an_action_is_previewed_then_applied(  # noqa: PLR0917 - parameters
    signed_in: SignIn, operator: User, tenant: Tenant, move: Move, state: State, answers: dict[str, str], expected: str
) -> None:
    item, client = captured_as(tenant, suspected=["too fast"]), signed_in(operator)
    item = to_state(item, state)
    preview = client.get(url(move, item))
    assert preview.status_code == 200 and "Consequences" in preview.text
    assert read(item).version == item.version, "looking changes nothing"
    without = client.post(url(move, item), answers | {"reason": " ", "seen": item.version})
    assert without.status_code == 422 and "Enter a reason" in without.text
    assert read(item).version == item.version
    made = client.post(url(move, item), answers | {"reason": NAUGHTY, "seen": item.version}, follow=True)
    assert made.redirect_chain and expected in made.text
    assert "<script>alert(1)" not in made.text and "&lt;script&gt;" in made.text and "{{ 7|add:1 }}" in made.text


def test_canceling_an_excluded_request_does_not_promise_to_exclude_it(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item, client = to_state(captured_as(tenant), State.BLOCKED), signed_in(operator)
    assert "moves from Waiting to Excluded" in client.get(url(Move.CANCEL, item)).text
    with scope.worker():
        Lead.objects.filter(sync_items=item).update(excluded_as="test")
    page = client.get(url(Move.CANCEL, item)).text
    assert "the request is excluded already" in page and "moves from Waiting" not in page


def test_an_impossible_action_shows_the_reason_instead_of_a_form(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item, client = captured_as(tenant), signed_in(operator)
    work()
    assert "so a resend would be blocked again." in client.get(url("item", item)).text
    answer = client.get(url(Move.RESEND, item), follow=True)
    assert answer.redirect_chain == [(url("item", item), 302)] and "so a resend would be blocked again" in answer.text
    forced = client.post(url(Move.RESEND, item), {"reason": "x"})
    assert forced.status_code == 422 and "so a resend would be blocked again" in forced.text
    assert read(item).state == State.BLOCKED


def test_who_comes_second_reads_that_and_keeps_the_typed_reason(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item = to_state(captured_as(tenant), State.NEEDS_REVIEW)
    stale = signed_in(operator).post(url(Move.RESEND, item), {"reason": "the office asked", "seen": item.version - 1})
    assert stale.status_code == 422
    assert "The item has changed since you opened this page" in stale.text and "the office asked" in stale.text
    assert f'name="seen" value="{item.version - 1}"' not in stale.text, "the next try is of what is shown now"


@pytest.mark.parametrize("seen", ["-1", "x", "99999999999999999999", "\x00"])
def test_a_forged_version_is_refused(signed_in: SignIn, operator: User, tenant: Tenant, seen: str) -> None:
    item = to_state(captured_as(tenant), State.NEEDS_REVIEW)
    assert signed_in(operator).post(url(Move.RESEND, item), {"reason": "x", "seen": seen}).status_code == 422
    assert read(item).state == State.NEEDS_REVIEW


# --- The content to be sent --------------------------------------------------------------------------


def test_the_preview_is_what_the_worker_builds(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item = captured_as(tenant)
    with scope.operator(operator, reason="test"):
        before = body_now(item, unmasked=True)
    work()
    assert before is not None and json.loads(before.text) == read(item).envelope


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (Kind.BUSINESS_NOTIFICATION, {}),
        (Kind.BUSINESS_NOTIFICATION, {"suspected": ["too fast"], "as_typed": {"preferred_date": "Rivera's day"}}),
        (Kind.VISITOR_CONFIRMATION, {}),
    ],
)
def test_the_preview_of_a_mail_is_the_mail(operator: User, tenant: Tenant, kind: Kind, facts: dict[str, Any]) -> None:
    booking = captured_as(tenant, **facts)
    if kind == Kind.VISITOR_CONFIRMATION:
        work()  # this mail states when the business was notified
    with scope.operator(operator, reason="test"):
        item = SyncItem.objects.select_related("lead").get(lead=booking.lead, kind=kind)
        shown, masked = body_now(item, unmasked=True), body_now(item, unmasked=False)
    work()
    folder = Path(settings.MAILERS["default"]["OPTIONS"]["folder"])
    mails = [BytesParser(policy=policy.default).parsebytes(path.read_bytes()) for path in folder.glob("*.eml")]
    (mail,) = [entry for entry in mails if entry["Message-ID"] == read(item).external_id]
    assert shown is not None and masked is not None
    part = mail.get_body(("plain",))
    assert part is not None
    assert (mail["To"], mail["Subject"]) == (shown.to, shown.subject)
    assert part.get_content().split() == shown.text.split()
    for value in (*PERSONAL, "office@desert-peak.example"):
        assert value not in masked.text + masked.to


def test_the_preview_shows_the_difference(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    item, client = captured_as(tenant, capacity=CHOICE), signed_in(operator)
    work()
    assert "No changes." in client.get(url(Move.RESEND, item)).text
    with scope.tenant(tenant.pk):
        old = PageBinding.objects.get(slug="ac-repair-phoenix")
        old.pk, old.version, old.campaign = None, 2, None
        old.save()
    with scope.operator(operator, reason="test"):
        BookingRequest.objects.filter(lead=item.lead).update(binding=old)
    shown = client.get(url(Move.RESEND, item)).text
    assert 'class="diff__removed">-' in shown and "Summer AC Demand" in shown
    for value in PERSONAL:
        assert value not in shown


def test_a_difference_in_masked_values_is_mentioned_and_shown_only_for_a_reason(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item, client = captured_as(tenant, capacity=CHOICE), signed_in(operator)
    work()
    with scope.tenant(tenant.pk):
        Lead.objects.update(name="Jamie Ruiz")
    shown = client.get(url(Move.RESEND, item)).text
    assert "Only masked values have changed" in shown and "Ruiz" not in shown and "No changes" not in shown
    assert client.post(url("resend-unmask", item), {"unmask_reason": " "}).status_code == 422
    unmasked = client.post(url("resend-unmask", item), {"unmask_reason": "to compare"}).text
    assert "Jamie Ruiz" in unmasked and "-    &quot;name&quot;: &quot;Jamie Rivera&quot;" in unmasked
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.get(action="syncqueue.unmask").reason == "to compare"
    assert f'action="{url(Move.RESEND, item)}"' in unmasked, "the decision goes to the move, not to the unmasking"
