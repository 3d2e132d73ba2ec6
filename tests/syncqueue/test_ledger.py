"""The ledger is correct at once, has a constant read cost, and shows an alarm if anything is missing."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta

import psycopg
import pytest
from django.conf import settings as project
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue import selectors
from syncqueue.leads.models import Exclusion, Lead
from syncqueue.models import BUCKETS, OPEN, Kind, LedgerDay, State, SyncItem
from syncqueue.notices.models import RecipientNotice, ReportKind
from syncqueue.outcomes import Outcome
from syncqueue.selectors import BookingLedger, NoticeLedger
from syncqueue.selectors.ledger import SQL
from syncqueue.services import answers, delivery, ledger
from syncqueue.services.exclusions import exclude as take_out
from syncqueue.services.operate import Proof, mark_manual_complete
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import reach
from tests.support.refusals import left_out, refused


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


def books(tenant: Tenant | None = None) -> BookingLedger:
    with scope.worker():
        return selectors.books(tenant)


def rows() -> list[tuple[date, int, int]]:
    """Return day, captured and waiting of each closed day."""
    with scope.worker():
        return list(LedgerDay.objects.order_by("tenant", "day").values_list("day", "captured", "waiting"))


def finish(item: SyncItem, actor: User) -> None:
    with scope.operator(actor, reason="test"):
        fresh = SyncItem.objects.select_related("lead").get(pk=item.pk)
        mark_manual_complete(item=fresh, actor=actor, proof=Proof("x", "y", timezone.now()), reason="a")


def delete(item: SyncItem) -> None:
    """Delete an item as only the owner of the tables can."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        assert owner.execute("DELETE FROM syncqueue_syncitem WHERE id = %s", [item.pk]).rowcount == 1


def test_the_statements_count_the_buckets_of_the_model() -> None:
    """The SQL names the states; a state that only the model knows would be counted as missing."""
    in_sql = {
        "delivered": "item.state = 'delivered'",
        "manual complete": "item.state = 'manual complete'",
        "waiting": f"item.state IN ({', '.join(f"'{state}'" for state in OPEN)})",
        "excluded": "item.state = 'cancelled'",
    }
    assert BUCKETS["waiting"] == OPEN and in_sql.keys() == BUCKETS.keys()
    assert all(len(BUCKETS[name]) == 1 for name in BUCKETS.keys() - {"waiting"})
    for name, condition in in_sql.items():
        assert f"{condition}) AS {name.replace(' ', '_')}" in SQL["counts"], name
    names = [field.name for field in fields(BookingLedger)]
    stored = {"due": "owed", "notified": "told", "notified_manually": "told_by_hand", "canceled": "cancelled"}
    notices = [field.name for field in fields(NoticeLedger) if field.name not in {"returned", "delayed", "since"}]
    assert names + [f"notices_{stored.get(name, name)}" for name in notices] == ledger.COLUMNS


def test_days_are_closed_when_they_have_been_over_for_a_day(tenant: Tenant, other_tenant: Tenant) -> None:
    for days_ago in (0, 1, 2, 5, 5):
        request_of(tenant, days_ago)
    before = books()
    assert ledger.close_days() == 2
    assert rows() == [(day(5), 2, 2), (day(2), 1, 1)]
    assert books() == before == BookingLedger(5, delivered=0, manual_complete=0, waiting=5, excluded=0)
    assert ledger.close_days() == 0


def test_a_quiet_tenant_has_its_last_day_closed_too(tenant: Tenant) -> None:
    """Otherwise the live count would begin further and further back."""
    request_of(tenant, 9)
    assert ledger.close_days() == 2
    assert rows() == [(day(9), 1, 1), (day(2), 0, 0)]


def test_days_that_are_not_closed_yet_are_counted(tenant: Tenant) -> None:
    request_of(tenant, 9)
    ledger.close_days()
    with scope.worker():
        LedgerDay.objects.filter(day=day(2)).update(day=day(6))
    request_of(tenant, 4)
    assert books().captured == 2
    assert ledger.close_days() == 2
    assert books().captured == 2


def test_reading_the_ledger_costs_the_same_for_any_number_of_leads(tenant: Tenant, other_tenant: Tenant) -> None:
    def cost() -> int:
        with scope.worker(), CaptureQueriesContext(connection) as queries:
            selectors.ledgers()
            selectors.ledgers_by_tenant()
            selectors.books()
        return len(queries)

    request_of(tenant, 0)
    assert cost() == 3
    for days_ago in range(12):
        request_of(tenant, days_ago)
        request_of(other_tenant, days_ago)
    ledger.close_days()
    assert cost() == 3


def test_reading_the_ledger_reads_no_lead_of_a_closed_day(tenant: Tenant) -> None:
    """Changes behind its back do not matter: a closed day has the values of its row until it is recounted."""
    item = request_of(tenant, 5)
    ledger.close_days()
    with scope.worker():
        Lead.objects.filter(pk=lead_of(item).pk).update(excluded_as=Exclusion.SPAM)
    assert books().waiting == 1
    assert ledger.recheck() == 1
    assert books() == BookingLedger(1, delivered=0, manual_complete=0, waiting=0, excluded=1)


def test_an_operator_s_action_on_a_closed_day_updates_the_ledger_at_once(tenant: Tenant, operator: User) -> None:
    item = request_of(tenant, 5)
    request_of(tenant, 5)
    ledger.close_days()
    finish(item, operator)
    assert books() == BookingLedger(2, delivered=0, manual_complete=1, waiting=1, excluded=0)
    assert ledger.verify() == 0


def test_a_delivery_on_a_closed_day_updates_the_ledger_at_once(tenant: Tenant) -> None:
    item = request_of(tenant, 5)
    ledger.close_days()
    with scope.worker():
        states.move(item, State.SENDING, lease_until=timezone.now())
    assert delivery.settle(item, Outcome(State.DELIVERED), worker="test")
    assert books() == BookingLedger(1, delivered=1, manual_complete=0, waiting=0, excluded=0)
    assert ledger.verify() == 0


def test_many_changes_in_a_transaction_count_each_day_once(tenant: Tenant) -> None:
    items = [request_of(tenant, days_ago) for days_ago in (5, 5, 6, 0)]
    ledger.close_days()
    with scope.worker():
        Lead.objects.update(excluded_as=Exclusion.TEST)
        leads = list(Lead.objects.filter(pk__in=[item.lead_id for item in items]))
        with CaptureQueriesContext(connection) as queries:
            ledger.recount_days_of(leads)
    assert sum("UPDATE syncqueue_ledgerday" in query["sql"] for query in queries) == 1
    assert books() == BookingLedger(4, delivered=0, manual_complete=0, waiting=0, excluded=4)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("days_ago", "missed_by"), [(0, "the look"), (5, "the next count")])
def test_a_deleted_item_unbalances_the_ledger(
    tenant: Tenant, days_ago: int, missed_by: str, caplog: pytest.LogCaptureFixture
) -> None:
    item = request_of(tenant, days_ago)
    request_of(tenant, days_ago)
    ledger.close_days()
    assert books().balance
    delete(item)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert ledger.verify() == (missed_by == "the next count")
    assert ("closed ledger day was wrong" in caplog.text) == (missed_by == "the next count")
    assert (books().missing, books().balance) == (1, False)
    with scope.worker():
        assert selectors.ledgers_by_tenant()[0].books.missing == 1
    caplog.clear()
    assert ledger.verify() == 0, "it is said once; the books stay red"
    assert books().missing == 1


@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_cannot_be_corrected_keeps_no_other_from_it(
    tenant: Tenant, other_tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    items = [request_of(each, 5) for each in (tenant, other_tenant)]
    ledger.close_days()
    with scope.worker():
        Lead.objects.filter(pk__in=[item.lead_id for item in items]).update(excluded_as=Exclusion.SPAM)
    with refused("syncqueue_ledgerday", tenant):
        assert ledger.verify() == 1
    assert left_out(caplog) == [("ledger verification", tenant.pk)]
    assert (books(tenant).excluded, books(other_tenant).excluded) == (0, 1)


def test_the_error_names_the_day_and_no_person(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
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


def test_a_statement_of_the_verification_may_take_longer_than_quick_tasks_allow() -> None:
    """A tenant's days are recounted by a single statement, and its failure would end the verification of all."""
    assert project.DATABASE_STATEMENT_SECONDS < ledger.VERIFY_SECONDS < project.CELERY_TASK_TIME_LIMIT
    assert PERIODIC_TASKS["syncqueue.verify_books"].heavy


def test_verification_that_reaches_its_time_limit_logs_it(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ledger, "VERIFY_SECONDS", 0.0)
    ledger.verify()
    assert "reached its time limit" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_move_while_days_are_being_closed_is_not_lost(tenant: Tenant) -> None:
    """The change is made but not counted yet when the closing begins; the closing waits for it."""
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
def test_two_counts_of_a_day_cannot_overwrite_each_other(tenant: Tenant) -> None:
    """The count that began earlier waits for the row and then includes the other's changes."""
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
    assert books() == BookingLedger(2, delivered=0, manual_complete=0, waiting=0, excluded=2)


def closed_in_another_session() -> None:
    ledger.close_days()
    connection.close()


def test_a_rolled_back_count_leaves_the_ledger_unchanged(tenant: Tenant) -> None:
    item = request_of(tenant, 5)
    ledger.close_days()
    with pytest.raises(ZeroDivisionError), scope.worker(), transaction.atomic():
        Lead.objects.filter(pk=lead_of(item).pk).update(excluded_as=Exclusion.SPAM)
        ledger.recount_day_of(lead_of(item))
        raise ZeroDivisionError
    assert books().waiting == 1


def test_a_duplicate_that_the_office_marks_on_a_closed_day_is_counted_at_once(tenant: Tenant, owner: User) -> None:
    item = request_of(tenant, 5)
    ledger.close_days()
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=lead_of(item), kind="duplicate", by=owner)
    assert row is not None and (books().waiting, books().excluded) == (0, 1)
    with scope.tenant(tenant.pk):
        answers.undo(row=row, by=owner)
    assert (books().waiting, books().excluded, ledger.verify()) == (1, 0, 0)


def test_notices_have_their_own_ledger(tenant: Tenant, other_tenant: Tenant, operator: User) -> None:
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
        result = selectors.ledgers(tenant).notices
        assert result == NoticeLedger(due=5, notified=1, notified_manually=1, waiting=1, canceled=1)
        assert (result.missing, result.balance) == (1, False)
        assert selectors.ledgers(other_tenant).notices.balance
        assert selectors.ledgers().notices.due == 5


def notice_of(tenant: Tenant, days_ago: int, **facts: object) -> SyncItem:
    """Create a notice as old as its lead, as intake does."""
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant, received_at=noon(days_ago), **facts)
        return make_sync_item(
            tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION, created_at=noon(days_ago), due_at=timezone.now()
        )


def notices(tenant: Tenant | None = None) -> NoticeLedger:
    with scope.worker():
        return selectors.ledgers(tenant).notices


def test_notices_of_closed_days_are_counted_as_they_were_live(tenant: Tenant, other_tenant: Tenant) -> None:
    texts = [notice_of(tenant, days_ago) for days_ago in (0, 1, 2, 7, 29)]
    notice_of(tenant, 5, excluded_as=Exclusion.SPAM)
    notice_of(other_tenant, 5)
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, received_at=noon(6))
    with scope.worker():
        reach(texts[1], State.DELIVERED)
        reach(texts[3], State.DELIVERED)
        reach(texts[4], State.MANUAL_COMPLETE)
    live = notices(tenant)
    assert live == NoticeLedger(due=6, notified=2, notified_manually=1, waiting=2, canceled=0)
    assert (live.missing, live.since) == (1, day(29))
    ledger.close_days()
    assert notices(tenant) == live
    assert notices(other_tenant) == NoticeLedger(due=1, notified=0, notified_manually=0, waiting=1, canceled=0)
    assert ledger.verify() == 0


def test_a_report_about_a_closed_day_updates_the_ledger_at_once(tenant: Tenant) -> None:
    item = notice_of(tenant, 5)
    with scope.tenant(tenant.pk):
        office = NoticeRecipient.objects.create(tenant=tenant, channel="email", email="office@blue-mesa.com")
        facts = {"subject_key": "a", "lead": lead_of(item), "carried": True}
        notice = RecipientNotice.objects.create(tenant=tenant, recipient=office, **facts)
    with scope.worker():
        reach(item, State.DELIVERED)
    ledger.close_days()
    assert notices() == NoticeLedger(due=1, notified=1, notified_manually=0, waiting=0, canceled=0)
    with scope.worker():
        RecipientNotice.objects.filter(pk=notice.pk).update(reported=ReportKind.HARD)
    assert notices() == NoticeLedger(due=1, notified=0, notified_manually=0, waiting=0, canceled=0, returned=1)
    assert (notices().balance, ledger.verify()) == (True, 0)


@pytest.mark.parametrize("closed", [False, True])
def test_notices_older_than_thirty_days_are_not_in_the_ledger(tenant: Tenant, closed: bool) -> None:
    for days_ago in (29, 30, 200):
        notice_of(tenant, days_ago)
    if closed:
        ledger.close_days()
    assert notices(tenant).due == 1
    with scope.worker():
        assert len(selectors.late_notices()) == 3


def test_a_delivered_notice_on_a_closed_day_updates_the_ledger_at_once(tenant: Tenant) -> None:
    item = notice_of(tenant, 5)
    ledger.close_days()
    with scope.worker():
        states.move(item, State.SENDING, lease_until=timezone.now())
        item = SyncItem.objects.get(pk=item.pk)
    assert delivery.settle(item, Outcome(State.DELIVERED), worker="test")
    assert notices() == NoticeLedger(due=1, notified=1, notified_manually=0, waiting=0, canceled=0)
    assert ledger.verify() == 0


def test_a_person_s_action_on_a_notice_of_a_closed_day_updates_the_ledger_at_once(
    tenant: Tenant, operator: User
) -> None:
    manual, spam = notice_of(tenant, 5), notice_of(tenant, 5)
    ledger.close_days()
    finish(manual, operator)
    assert notices() == NoticeLedger(due=2, notified=0, notified_manually=1, waiting=1, canceled=0)
    with scope.operator(operator, reason="test"):
        fresh = SyncItem.objects.select_related("lead").get(pk=spam.pk)
        take_out(item=fresh, actor=operator, excluded_as=Exclusion.SPAM, reason="a")
    assert notices() == NoticeLedger(due=1, notified=0, notified_manually=1, waiting=0, canceled=0)
    assert ledger.verify() == 0


def test_notices_of_today_s_leads_cost_no_ledger_statement(tenant: Tenant) -> None:
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
def test_a_deleted_notice_on_a_closed_day_unbalances_its_ledger(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    item = notice_of(tenant, 5)
    notice_of(tenant, 5)
    ledger.close_days()
    delete(item)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert ledger.recheck() == 1, "the other still waits, so the day is looked at again"
    assert "closed ledger day was wrong" in caplog.text
    assert (notices().missing, notices().balance) == (1, False)


@pytest.mark.django_db(transaction=True)
def test_an_erased_person_stays_in_the_ledger(tenant: Tenant) -> None:
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
