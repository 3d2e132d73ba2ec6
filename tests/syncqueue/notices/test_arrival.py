"""Whether a notice reached someone has one rule: the ledger, the item, the escalation and the visitor's page agree."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from syncqueue import sql
from syncqueue.arrival import arrival_of_item, first_reached
from syncqueue.leads.models import Lead
from syncqueue.mail_facts import mail_facts
from syncqueue.models import Kind, SyncItem
from syncqueue.notices.enqueue import enqueue
from syncqueue.notices.escalation import was_anyone_notified
from syncqueue.notices.models import NOT_ARRIVED, RETURNED, Purpose, RecipientNotice, ReportKind
from syncqueue.selectors import ledgers
from tests.support.cast import SignIn
from tests.support.queue import reach

pytestmark = pytest.mark.django_db
REPORTS = ("", *ReportKind.values)


def test_the_sql_has_the_reports_of_the_code() -> None:
    assert sql.load("ledger")["not_arrived"] == ", ".join(f"'{kind}'" for kind in NOT_ARRIVED)


def is_someone_notified(*, item: str, carried: str, to: str, state: str, reported: str) -> bool:
    """Return what the rule in words states: a person recorded it, or one of the two notices reached a person."""
    is_doubtful = carried in NOT_ARRIVED or (to == "same" and reported in NOT_ARRIVED)
    by_carried = item == "delivered" and (carried == "delivered" or (carried not in NOT_ARRIVED and not is_doubtful))
    is_doubtful = reported in NOT_ARRIVED or (to == "same" and carried in NOT_ARRIVED)
    by_other = state == "delivered" and (reported == "delivered" or (reported not in NOT_ARRIVED and not is_doubtful))
    return item == "manual complete" or by_carried or (by_other and to != "webhook")


@pytest.mark.parametrize("to", ["same", "another", "webhook"])
@pytest.mark.parametrize("item", ["delivered", "manual complete", "needs review"])
def test_the_ledger_the_state_the_escalation_and_the_visitor_agree(
    add: Callable[..., NoticeRecipient], capture: Callable[..., Lead], tenant: Tenant, item: str, to: str
) -> None:
    office = add("email", "office@blue-mesa.com")
    lead = capture()
    others = {
        "same": office,
        "another": add("email", "owner@blue-mesa.com"),
        "webhook": add("webhook", "https://crm.blue-mesa.com/"),
    }
    with scope.worker():
        enqueue([others[to]], Purpose.ESCALATION, subject_key=lead.reference, lead=lead)
        items = SyncItem.objects.filter(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        reach(items.get(), item)
        notices = RecipientNotice.objects.filter(lead=lead)
        for carried, state, reported in product(REPORTS, ("delivered", "failed"), REPORTS):
            notices.filter(carried=True).update(reported=carried)
            notices.filter(carried=False).update(state=state, reported=reported, due_at=None, delivered_at=Now())
            case = {"item": item, "carried": carried, "to": to, "state": state, "reported": reported}
            is_notified = is_someone_notified(**case)
            assert was_anyone_notified(lead) is is_notified, case
            first = items.annotate(first_reached=first_reached()).get().first_reached
            assert (first is not None) is is_notified, case
            visitor = mail_facts(lead)[Kind.BUSINESS_NOTIFICATION].state
            assert (visitor in {"delivered", "manual complete"}) is is_notified, case
            of_recipient = {carried, reported} if to == "same" else {carried}
            word = "delayed" if of_recipient.isdisjoint(RETURNED) else "returned"
            word = item if is_notified or item != "delivered" else word
            assert items.annotate(arrival=arrival_of_item()).get().shown_state == word, case
            counted = ledgers(tenant).notices
            assert counted.balance and counted.due == 1, case
            assert (counted.returned, counted.delayed) == (word == "returned", word == "delayed"), case
            assert counted.notified == (is_notified and item == "delivered"), case


def test_a_webhook_counts_for_a_business_that_lists_no_person(
    add: Callable[..., NoticeRecipient], capture: Callable[..., Lead], tenant: Tenant
) -> None:
    add("webhook", "https://crm.blue-mesa.com/")
    lead = capture()
    with scope.worker():
        items = SyncItem.objects.filter(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        assert not was_anyone_notified(lead)
        reach(items.get(), "delivered")
        assert ledgers(tenant).notices.notified == 1
        assert items.annotate(arrival=arrival_of_item()).get().shown_state == "delivered"
        assert mail_facts(lead)[Kind.BUSINESS_NOTIFICATION].state == "delivered"
        assert was_anyone_notified(lead)


def test_the_page_of_an_item_shows_when_the_business_was_first_notified(
    add: Callable[..., NoticeRecipient], capture: Callable[..., Lead], signed_in: SignIn, operator: User
) -> None:
    """Also of a booking, whose state has another time, and not the time of a later notice."""
    for name in ("office", "owner"):
        add("email", f"{name}@blue-mesa.com")
    lead = capture()
    with scope.worker():
        pages = [reverse("ops:item", args=[item.public_id]) for item in SyncItem.objects.filter(lead=lead)]
        notices = RecipientNotice.objects.filter(lead=lead)
    client = signed_in(operator)
    assert len(pages) == 3 and not any("first notified" in client.get(page).text for page in pages)
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
        reach(item, "delivered")
    for minutes in (0, 7):
        at = item.state_since - timedelta(minutes=minutes)
        with scope.worker():
            notices.filter(carried=False).update(state="delivered", due_at=None, delivered_at=at)
        for page in pages:
            fact = client.get(page).text.partition("<dt>Business first notified</dt>")[2].partition("</div>")[0]
            shown = re.search('datetime="([^"]+)"', fact)
            assert shown and datetime.fromisoformat(shown[1]) == at.replace(microsecond=0)


def test_a_request_from_before_notices_had_rows_is_still_stated_as_notified(
    add: Callable[..., NoticeRecipient], capture: Callable[..., Lead], tenant: Tenant
) -> None:
    lead = capture()
    with scope.worker():
        assert not RecipientNotice.objects.filter(lead=lead).exists()
        reach(SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION), "delivered")
        assert ledgers(tenant).notices.notified == 1
        assert mail_facts(lead)[Kind.BUSINESS_NOTIFICATION].state == "delivered"
