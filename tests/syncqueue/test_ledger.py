"""The books are right at once, cost the same for ever, and turn red when anything is gone."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.leads.models import Exclusion, Lead
from syncqueue.models import Kind, LedgerDay, State, SyncItem
from syncqueue.outcomes import Outcome
from syncqueue.selectors import Books, NoticeBooks
from syncqueue.services import delivery, ledger
from syncqueue.services.exclusion import exclude as take_out
from syncqueue.services.operate import Proof, mark_manual_complete
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import reach


def noon(days_ago: int) -> datetime:
    return datetime.combine(timezone.now().astimezone(UTC).date() - timedelta(days=days_ago), time(12), UTC)


def day(days_ago: int) -> date:
    return noon(days_ago).date()


def request_of(tenant: Tenant, days_ago: int, **facts: object) -> SyncItem:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, received_at=noon(days_ago), **facts)
        return make_sync_item(tenant=tenant, lead=lead, created_at=noon(days_ago))


def lead_of(item: SyncItem) -> Lead:
    assert isinstance(item.lead, Lead)
    return item.lead


def books(tenant: Tenant | None = None) -> Books:
    with scope.worker():
        return selectors.books(tenant)


def rows() -> list[tuple[date, int, int]]:
    """Day, captured and waiting of each closed day."""
    with scope.worker():
        return list(LedgerDay.objects.order_by("tenant", "day").values_list("day", "captured", "waiting"))


def finish(item: SyncItem, actor: User) -> None:
    with scope.operator(actor, reason="test"):
        fresh = SyncItem.objects.select_related("lead").get(pk=item.pk)
        mark_manual_complete(item=fresh, actor=actor, proof=Proof("x", "y", timezone.now()), reason="a")


def delete(item: SyncItem) -> None:
    """As nobody of ours can: only the owner of the tables has the right."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        assert owner.execute("DELETE FROM syncqueue_syncitem WHERE id = %s", [item.pk]).rowcount == 1


def test_days_are_closed_when_they_have_been_over_for_a_day(tenant: Tenant, other_tenant: Tenant) -> None:
    for days_ago in (0, 1, 2, 5, 5):
        request_of(tenant, days_ago)
    before = books()
    assert ledger.close_days() == 2
    assert rows() == [(day(5), 2, 2), (day(2), 1, 1)]
    assert books() == before == Books(5, delivered=0, manual_complete=0, waiting=5, excluded=0)
    assert ledger.close_days() == 0


def test_a_quiet_tenant_has_its_last_day_closed_too(tenant: Tenant) -> None:
    """Else the live count would begin further and further back."""
    request_of(tenant, 9)
    assert ledger.close_days() == 2
    assert rows() == [(day(9), 1, 1), (day(2), 0, 0)]


def test_days_that_nobody_closed_yet_are_counted_all_the_same(tenant: Tenant) -> None:
    request_of(tenant, 9)
    ledger.close_days()
    with scope.worker():
        LedgerDay.objects.filter(day=day(2)).update(day=day(6))
    request_of(tenant, 4)
    assert books().captured == 2
    assert ledger.close_days() == 2
    assert books().captured == 2


def test_a_look_costs_the_same_however_many_leads_there_are(tenant: Tenant, other_tenant: Tenant) -> None:
    def cost() -> int:
        with scope.worker(), CaptureQueriesContext(connection) as queries:
            selectors.ledgers()
            selectors.ledgers_by_tenant()
            selectors.notice_books()
        return len(queries)

    request_of(tenant, 0)
    assert cost() == 3
    for days_ago in range(12):
        request_of(tenant, days_ago)
        request_of(other_tenant, days_ago)
    ledger.close_days()
    assert cost() == 3


def test_a_look_reads_no_lead_of_a_closed_day(tenant: Tenant) -> None:
    """Whatever is done to them behind its back: a closed day is what its row says until it is counted again."""
    item = request_of(tenant, 5)
    ledger.close_days()
    with scope.worker():
        Lead.objects.filter(pk=lead_of(item).pk).update(excluded_as=Exclusion.SPAM)
    assert books().waiting == 1
    assert ledger.recheck() == 1
    assert books() == Books(1, delivered=0, manual_complete=0, waiting=0, excluded=1)


def test_an_operator_s_move_on_a_closed_day_is_in_the_books_at_once(tenant: Tenant, operator: User) -> None:
    item = request_of(tenant, 5)
    request_of(tenant, 5)
    ledger.close_days()
    finish(item, operator)
    assert books() == Books(2, delivered=0, manual_complete=1, waiting=1, excluded=0)
    assert ledger.verify() == 0


def test_a_delivery_on_a_closed_day_is_in_the_books_at_once(tenant: Tenant) -> None:
    item = request_of(tenant, 5)
    ledger.close_days()
    with scope.worker():
        states.move(item, State.SENDING, lease_until=timezone.now())
    assert delivery.settle(item, Outcome(State.DELIVERED), worker="test")
    assert books() == Books(1, delivered=1, manual_complete=0, waiting=0, excluded=0)
    assert ledger.verify() == 0


def test_many_moves_of_one_transaction_count_each_day_once(tenant: Tenant) -> None:
    items = [request_of(tenant, days_ago) for days_ago in (5, 5, 6, 0)]
    ledger.close_days()
    with scope.worker():
        Lead.objects.update(excluded_as=Exclusion.TEST)
        leads = list(Lead.objects.filter(pk__in=[item.lead_id for item in items]))
        with CaptureQueriesContext(connection) as queries:
            ledger.recount_days_of(leads)
    assert sum("UPDATE syncqueue_ledgerday" in query["sql"] for query in queries) == 1
    assert books() == Books(4, delivered=0, manual_complete=0, waiting=0, excluded=4)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("days_ago", "missed_by"), [(0, "the look"), (5, "the next count")])
def test_a_deleted_item_turns_the_books_red(
    tenant: Tenant, days_ago: int, missed_by: str, caplog: pytest.LogCaptureFixture
) -> None:
    item = request_of(tenant, days_ago)
    request_of(tenant, days_ago)
    ledger.close_days()
    assert books().balance
    delete(item)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert ledger.verify() == (missed_by == "the next count")
    assert ("a closed day of the books was wrong" in caplog.text) == (missed_by == "the next count")
    assert (books().missing, books().balance) == (1, False)
    with scope.worker():
        assert selectors.ledgers_by_tenant()[0].books.missing == 1
    caplog.clear()
    assert ledger.verify() == 0, "it is said once; the books stay red"
    assert books().missing == 1


def test_the_error_names_the_day_and_nobody(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    item = request_of(tenant, 5, name="Jamie Rivera")
    ledger.close_days()
    with scope.worker():
        Lead.objects.filter(pk=lead_of(item).pk).update(excluded_as=Exclusion.SPAM)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert ledger.verify() == 1
    (record,) = caplog.records
    assert (record.tenant_id, record.day) == (tenant.pk, str(day(5)))  # type: ignore[attr-defined]
    assert "Jamie" not in str(record.__dict__)
    assert books().excluded == 1, "and it is put right"


def test_a_night_that_is_too_short_says_so(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ledger, "VERIFY_SECONDS", 0.0)
    ledger.verify()
    assert "too short for the books" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_move_while_days_are_being_closed_is_not_lost(tenant: Tenant) -> None:
    """The mover has moved but not counted yet when the closing wants to begin; the closing waits for it."""
    item = request_of(tenant, 5)
    lead = lead_of(item)
    closing = threading.Thread(target=closed_in_another_session)
    with scope.worker():
        Lead.objects.filter(pk=lead.pk).update(excluded_as=Exclusion.SPAM)
        ledger.recount_day_of(lead)
        closing.start()
        closing.join(0.5)
        assert closing.is_alive(), "it waits for the commit"
    closing.join(10)
    assert rows()[0] == (day(5), 1, 0)
    assert books().excluded == 1


@pytest.mark.django_db(transaction=True)
def test_two_counts_of_one_day_cannot_undo_each_other(tenant: Tenant) -> None:
    """The count that began earlier waits at the row and then counts what the other one saw too."""
    first, second = (request_of(tenant, 5) for _ in range(2))
    ledger.close_days()

    def exclude(item: SyncItem, then: Callable[[], None] = lambda: None) -> None:
        with scope.worker():
            Lead.objects.filter(pk=lead_of(item).pk).update(excluded_as=Exclusion.SPAM)
            ledger.recount_day_of(lead_of(item))
            then()

    def elsewhere() -> None:
        exclude(second)
        connection.close()

    other = threading.Thread(target=elsewhere)

    def start_other() -> None:
        other.start()
        other.join(0.5)
        assert other.is_alive()

    exclude(first, start_other)
    other.join(10)
    assert books() == Books(2, delivered=0, manual_complete=0, waiting=0, excluded=2)


def closed_in_another_session() -> None:
    ledger.close_days()
    connection.close()


def test_a_count_that_is_rolled_back_leaves_the_books_as_they_were(tenant: Tenant) -> None:
    item = request_of(tenant, 5)
    ledger.close_days()
    with pytest.raises(ZeroDivisionError), scope.worker(), transaction.atomic():
        Lead.objects.filter(pk=lead_of(item).pk).update(excluded_as=Exclusion.SPAM)
        ledger.recount_day_of(lead_of(item))
        raise ZeroDivisionError
    assert books().waiting == 1


def test_notices_have_books_of_their_own(tenant: Tenant, other_tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        leads = [make_lead(tenant=tenant) for _ in range(5)]
        notices = [make_sync_item(tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION) for lead in leads[:4]]
        make_lead(tenant=tenant, excluded_as=Exclusion.TEST)
        make_lead(tenant=tenant, received_at=noon(40))
    with scope.worker():
        states.move(notices[0], State.SENDING, lease_until=timezone.now())
        states.move(notices[0], State.DELIVERED, lease_until=None)
        states.move(notices[1], State.CANCELLED)
    finish(notices[2], operator)
    with scope.worker():
        found = selectors.notice_books(tenant)
        assert found == NoticeBooks(owed=5, told=1, told_by_hand=1, waiting=1, cancelled=1)
        assert (found.missing, found.balance) == (1, False)
        assert selectors.notice_books(other_tenant).balance
        assert selectors.notice_books().owed == 5


def notice_of(tenant: Tenant, days_ago: int, **facts: object) -> SyncItem:
    """A notice as old as its lead, as the intake makes it."""
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, received_at=noon(days_ago), **facts)
        return make_sync_item(
            tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION, created_at=noon(days_ago), due_at=timezone.now()
        )


def notices(tenant: Tenant | None = None) -> NoticeBooks:
    with scope.worker():
        return selectors.notice_books(tenant)


def test_notices_of_closed_days_are_counted_as_they_were_live(tenant: Tenant, other_tenant: Tenant) -> None:
    told = [notice_of(tenant, days_ago) for days_ago in (0, 1, 2, 7, 29)]
    notice_of(tenant, 5, excluded_as=Exclusion.SPAM)
    notice_of(other_tenant, 5)
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, received_at=noon(6))
    with scope.worker():
        reach(told[1], State.DELIVERED)
        reach(told[3], State.DELIVERED)
        reach(told[4], State.MANUAL_COMPLETE)
    live = notices(tenant)
    assert live == NoticeBooks(owed=6, told=2, told_by_hand=1, waiting=2, cancelled=0)
    assert (live.missing, live.since) == (1, day(29))
    ledger.close_days()
    assert notices(tenant) == live
    assert notices(other_tenant) == NoticeBooks(owed=1, told=0, told_by_hand=0, waiting=1, cancelled=0)
    assert ledger.verify() == 0


@pytest.mark.parametrize("closed", [False, True])
def test_notices_older_than_thirty_days_are_left_to_the_untold(tenant: Tenant, closed: bool) -> None:
    for days_ago in (29, 30, 200):
        notice_of(tenant, days_ago)
    if closed:
        ledger.close_days()
    assert notices(tenant).owed == 1
    with scope.worker():
        assert len(selectors.untold()) == 3


def test_a_notice_told_on_a_closed_day_is_in_the_books_at_once(tenant: Tenant) -> None:
    item = notice_of(tenant, 5)
    ledger.close_days()
    with scope.worker():
        states.move(item, State.SENDING, lease_until=timezone.now())
        item = SyncItem.objects.get(pk=item.pk)
    assert delivery.settle(item, Outcome(State.DELIVERED), worker="test")
    assert notices() == NoticeBooks(owed=1, told=1, told_by_hand=0, waiting=0, cancelled=0)
    assert ledger.verify() == 0


def test_a_person_s_move_of_a_notice_on_a_closed_day_is_in_the_books_at_once(tenant: Tenant, operator: User) -> None:
    by_hand, spam = notice_of(tenant, 5), notice_of(tenant, 5)
    ledger.close_days()
    finish(by_hand, operator)
    assert notices() == NoticeBooks(owed=2, told=0, told_by_hand=1, waiting=1, cancelled=0)
    with scope.operator(operator, reason="test"):
        fresh = SyncItem.objects.select_related("lead").get(pk=spam.pk)
        take_out(item=fresh, actor=operator, excluded_as=Exclusion.SPAM, reason="a")
    assert notices() == NoticeBooks(owed=1, told=0, told_by_hand=1, waiting=0, cancelled=0)
    assert ledger.verify() == 0


def test_telling_of_today_s_leads_costs_no_statement_for_the_books(tenant: Tenant) -> None:
    def cost(days_ago: int) -> int:
        item = notice_of(tenant, days_ago)
        with scope.worker():
            states.move(item, State.SENDING, lease_until=timezone.now())
            item = SyncItem.objects.get(pk=item.pk)
            with CaptureQueriesContext(connection) as queries:
                delivery.settle_many([(item, Outcome(State.DELIVERED))], worker="test")
        return sum("leads_lead" in query["sql"] or "ledgerday" in query["sql"] for query in queries)

    assert cost(0) == 0
    assert cost(5) > 0


@pytest.mark.django_db(transaction=True)
def test_a_notice_deleted_on_a_closed_day_turns_its_books_red(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    item = notice_of(tenant, 5)
    notice_of(tenant, 5)
    ledger.close_days()
    delete(item)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert ledger.recheck() == 1, "the other still waits, so the day is looked at again"
    assert "a closed day of the books was wrong" in caplog.text
    assert (notices().missing, notices().balance) == (1, False)


@pytest.mark.django_db(transaction=True)
def test_an_erased_person_stays_in_the_books(tenant: Tenant) -> None:
    item = notice_of(tenant, 5)
    request_of(tenant, 5)
    ledger.close_days()
    before = (books(), notices())
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute(
            "UPDATE leads_lead SET name = '', phone = '', email = '', street = '', message = '' WHERE id = %s",
            [lead_of(item).pk],
        )
    assert ledger.verify() == 0
    assert (books(), notices()) == before
