"""A business that could not be notified in time: logged once, shown, and reported at /ops/health."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import selectors
from syncqueue.leads.models import Exclusion
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import alarm
from tests.support.factories import make_lead, make_sync_item


def notice(tenant: Tenant, minutes_ago: int, **of_lead: Any) -> SyncItem:
    with scope.tenant(tenant.pk):
        item = make_sync_item(
            tenant=tenant,
            lead=make_lead(tenant=tenant, **of_lead),
            kind=Kind.BUSINESS_NOTIFICATION,
            due_at=Now(),
            created_at=Now() - timedelta(minutes=minutes_ago),
        )
        item.refresh_from_db()
        return item


def alarmed(item: SyncItem) -> bool:
    with scope.worker():
        item.refresh_from_db(fields=["alarmed_at"])
    return item.alarmed_at is not None


def test_after_ten_minutes_each_notice_logs_a_single_line_without_names(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    late, early = notice(tenant, 11, name="Jamie Rivera"), notice(tenant, 9)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert alarm.raise_alarms() == 1
        assert alarm.raise_alarms() == 0, "it is said once"
    assert (alarmed(late), alarmed(early)) == (True, False)
    (record,) = caplog.records
    assert record.item == str(late.public_id)  # type: ignore[attr-defined]
    assert "Jamie" not in str(record.__dict__) and "555-01" not in str(record.__dict__)


@pytest.mark.parametrize("state", [State.NEEDS_REVIEW, State.RETRYING, State.BLOCKED, State.UNKNOWN, State.SENDING])
def test_the_alarm_does_not_depend_on_the_cause(tenant: Tenant, state: State) -> None:
    item = notice(tenant, 11)
    with scope.worker():
        states.move(item, State.SENDING, lease_until=Now())
        if state != State.SENDING:
            states.move(item, state, lease_until=None)
    assert alarm.raise_alarms() == 1


@pytest.mark.parametrize("how", ["told", "by hand", "excluded", "another kind"])
def test_there_is_no_alarm_without_need(tenant: Tenant, how: str) -> None:
    item = notice(tenant, 60, excluded_as=Exclusion.SPAM if how == "excluded" else Exclusion.NONE)
    with scope.worker():
        if how == "told":
            states.move(item, State.SENDING, lease_until=Now())
            states.move(item, State.DELIVERED, lease_until=None)
        if how == "by hand":
            states.move(item, State.MANUAL_COMPLETE, done_where="phone", done_reference="Rosa", done_at=Now())
        if how == "another kind":
            SyncItem.objects.update(kind=Kind.VISITOR_CONFIRMATION)
        assert not selectors.late_notices().exists() and selectors.late_notice_count() == 0
    assert alarm.raise_alarms() == 0


def test_a_flood_is_a_single_line_per_batch_about_the_oldest(
    tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarm, "BATCH", 3)
    new, old, older = (notice(tenant, minutes) for minutes in (11, 12, 13))
    oldest = notice(other_tenant, 14)
    with caplog.at_level(logging.ERROR, logger="syncqueue"):
        assert alarm.raise_alarms() == 3
        assert [alarmed(item) for item in (new, old, older, oldest)] == [False, True, True, True]
        assert alarm.raise_alarms() == 1
    first, second = (vars(record) for record in caplog.records)
    assert (first["item"], first["notices"], first["businesses"]) == (str(oldest.public_id), 3, 2)
    assert (second["item"], second["notices"], second["businesses"]) == (str(new.public_id), 1, 1)


def test_late_notices_are_listed_oldest_first_and_counted_up_to_a_thousand(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [notice(tenant, minutes) for minutes in (11, 12, 13, 1)]
    with scope.worker():
        assert [item.pk for item in selectors.late_notices()[:2]] == [items[2].pk, items[1].pk]
        assert selectors.late_notice_count() == 3
        monkeypatch.setattr("syncqueue.selectors.health.LIMIT", 1)
        assert selectors.late_notice_count() == 2


def test_the_lag_is_that_of_the_oldest(tenant: Tenant) -> None:
    with scope.worker():
        assert selectors.lag() == selectors.Lag(None, None)
    notice(tenant, 30)
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now() - timedelta(minutes=5))
        make_sync_item(tenant=tenant, due_at=Now() + timedelta(minutes=5))
    with scope.worker():
        lag = selectors.lag()
    assert lag.oldest_notice and round(lag.oldest_notice.total_seconds() / 60) == 30
    assert lag.oldest_due and round(lag.oldest_due.total_seconds() / 60) == 5


def test_looking_costs_the_same_however_many_there_are(tenant: Tenant) -> None:
    def cost() -> int:
        with scope.worker(), CaptureQueriesContext(connection) as queries:
            list(selectors.late_notices())
            selectors.late_notice_count()
            selectors.lag()
            selectors.lanes_in_trouble()
        return len(queries)

    notice(tenant, 11)
    assert cost() == 5
    for _ in range(10):
        notice(tenant, 12)
    assert cost() == 5
