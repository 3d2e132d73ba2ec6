"""Lanes: no flood starves a neighbor, a rate limit holds, and a broken lane cools down without using attempts."""

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from pagetojob.environment import mailer
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant
from syncqueue import retry, selectors
from syncqueue.connectors import deliver
from syncqueue.lanes import KIND_ORDER, LATE_SECONDS, pace_params
from syncqueue.models import Kind, Lane, State, SyncItem
from syncqueue.outcomes import Outcome
from syncqueue.services import delivery
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment, make_lead, make_sync_item, make_tenant
from tests.support.smtp import MailServer
from tests.support.threads import at_once

AWAY = Outcome(State.RETRYING, cause="mail-unreachable", detail="away")
DONE = Outcome(State.DELIVERED)


def owe(tenant: Tenant, count: int = 1, **facts: Any) -> list[SyncItem]:
    facts = {"kind": Kind.WEBSITE_UPDATE, "due_at": Now()} | facts
    with scope.tenant(tenant.pk):
        return [make_sync_item(tenant=tenant, **facts) for _ in range(count)]


def notices(tenant: Tenant, count: int = 1) -> None:
    """Create requests whose notices are due, and no other items."""
    with scope.tenant(tenant.pk):
        for _ in range(count):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), kind=Kind.BUSINESS_NOTIFICATION, due_at=Now())


def served(outcome: Callable[[SyncItem], Outcome] = lambda item: DONE) -> list[SyncItem]:
    """Return the items that a drain passes to its connector, in order."""
    seen: list[SyncItem] = []

    def remember(item: SyncItem) -> Outcome:
        seen.append(item)
        return outcome(item)

    delivery.drain(remember, worker="test")
    return seen


def lane(tenant: Tenant, kind: Kind = Kind.WEBSITE_UPDATE) -> Lane:
    with scope.worker():
        return Lane.objects.get(tenant=tenant, kind=kind)


def change(tenant: Tenant, kind: Kind = Kind.WEBSITE_UPDATE, **facts: Any) -> None:
    with scope.worker():
        Lane.objects.update_or_create(tenant=tenant, kind=kind, defaults=facts)


def rest_is_over(tenant: Tenant, kind: Kind = Kind.WEBSITE_UPDATE) -> None:
    change(tenant, kind, paused_until=Now() - timedelta(milliseconds=1))


def all_due() -> None:
    with scope.worker():
        SyncItem.objects.filter(due_at__isnull=False).update(due_at=Now())


def counts(state: State) -> int:
    with scope.worker():
        return SyncItem.objects.filter(state=state).count()


def test_a_flood_of_a_tenant_does_not_delay_another(tenant: Tenant, other_tenant: Tenant) -> None:
    """Ten thousand rows; the neighbor's single notice is among the first few."""
    owe(tenant, priority=1)
    with scope.worker(), connection.cursor() as cursor:
        columns = ", ".join(
            str(field.column)
            for field in SyncItem._meta.concrete_fields
            if field.name not in {"id", "public_id", "dedupe_key"}
        )
        cursor.execute(
            f"INSERT INTO syncqueue_syncitem (public_id, dedupe_key, {columns})"
            f" SELECT gen_random_uuid(), n::text, {columns} FROM syncqueue_syncitem, generate_series(1, 10000) AS n"
        )
        assert cursor.rowcount == 10_000
    seen: list[int] = []

    def remember(item: SyncItem) -> Outcome:
        seen.append(item.tenant_id)
        if len(seen) == 20:
            notices(other_tenant)
        if len(seen) == 40:
            raise Enough
        return DONE

    with pytest.raises(Enough):
        delivery.drain(remember, worker="test")
    assert 0 < seen[20:].index(other_tenant.pk) + 1 <= 3


class Enough(BaseException):
    """Stops a drain from within, as the end of its process would."""


def test_lanes_alternate_and_within_a_lane_the_urgent_go_first(tenant: Tenant, other_tenant: Tenant) -> None:
    for waits, owner in enumerate((other_tenant, tenant)):
        change(owner, served_at=Now() - timedelta(hours=waits))
    owe(tenant, 2, priority=7)
    owe(tenant, 1, priority=1)
    owe(other_tenant, 2, priority=5)
    assert [(item.tenant_id, item.priority) for item in served()] == [
        (tenant.pk, 1),
        (other_tenant.pk, 5),
        (tenant.pk, 7),
        (other_tenant.pk, 5),
        (tenant.pk, 7),
    ]


def test_among_lanes_that_waited_equally_long_notifications_go_first(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
    for kind in Kind:
        owe(tenant, kind=kind, lead=lead)
    assert [item.kind for item in served()] == list(KIND_ORDER)
    assert set(KIND_ORDER) == set(Kind)


def test_a_claim_gives_every_lane_its_share(tenant: Tenant, other_tenant: Tenant) -> None:
    owe(tenant, 9)
    owe(other_tenant, 9)
    taken = delivery.claim(6)
    assert sorted(item.tenant_id for item in taken) == sorted([tenant.pk] * 3 + [other_tenant.pk] * 3)


def test_of_many_lanes_each_gives_a_few_at_its_turn_and_who_had_none_comes_next(db: None) -> None:
    """Only the lanes that were read count as served; a claim for few slots takes fewer items from more lanes."""
    tenants = [make_tenant() for _ in range(10)]
    for entry in tenants:
        owe(entry, 5)
    taken = Counter(item.tenant_id for item in delivery.claim(32))
    assert list(taken.values()) == [4] * 8
    left = {entry.pk for entry in tenants} - set(taken)
    after = [item.tenant_id for item in delivery.claim(4)]
    assert len(set(after)) == 4 and left < set(after)


def test_a_claim_costs_the_same_however_much_waits(tenant: Tenant, other_tenant: Tenant) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(delivery.claim(1)) == 1
        return len(queries)

    owe(tenant, 2)
    delivery.claim(1)
    few = cost()
    owe(tenant, 50)
    owe(other_tenant, 50)
    assert cost() == few


def test_a_lane_with_a_pace_keeps_it(tenant: Tenant, other_tenant: Tenant) -> None:
    """Six per minute: one at once, then one every ten seconds."""
    change(tenant, per_minute=6)
    owe(tenant, 4)
    owe(other_tenant, 4)
    assert [item.tenant_id for item in served()].count(tenant.pk) == 1
    assert counts(State.DELIVERED) == 5, "no pace, no limit"
    change(tenant, tokens=0, refilled_at=Now() - timedelta(seconds=3))
    assert served() == []
    with scope.worker():
        assert not selectors.anything_due(), "no nudge for what may not go yet"
    change(tenant, tokens=0, refilled_at=Now() - timedelta(seconds=11))
    assert len(served()) == 1


def test_an_idle_hour_is_no_leave_to_flood(tenant: Tenant) -> None:
    """Sixty per minute save up ten; while those are sent, each second adds one more."""
    change(tenant, per_minute=60, tokens=0, refilled_at=Now() - timedelta(hours=1))
    owe(tenant, 60)
    began = time.monotonic()
    assert 10 <= len(served()) <= 11 + time.monotonic() - began


def test_a_pace_of_zero_stops_a_lane(tenant: Tenant) -> None:
    change(tenant, per_minute=0)
    owe(tenant)
    assert served() == []


def test_five_transient_errors_in_a_row_cool_the_lane_down_without_using_attempts(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    owe(tenant, 12)
    owe(other_tenant, 2)
    seen = served(lambda item: AWAY if item.tenant_id == tenant.pk else DONE)
    assert sum(item.tenant_id == tenant.pk for item in seen) == retry.BREAK_AFTER
    assert counts(State.DELIVERED) == 2, "the neighbour's lane goes on"
    with scope.worker():
        untouched = SyncItem.objects.filter(tenant=tenant, state=State.QUEUED)
        assert set(untouched.values_list("attempts", flat=True)) == {0} and untouched.count() == 7
        (cooling,) = selectors.lanes_in_trouble()
        assert not selectors.anything_due(), "a resting lane is no reason for a nudge"
    assert (cooling.tenant, cooling.kind, cooling.failures) == (tenant, Kind.WEBSITE_UPDATE, 5)
    assert cooling.paused_until is not None
    assert served() == []


def test_full_mailboxes_cool_no_lane_down(tenant: Tenant) -> None:
    """A server that asks to retry later is reachable; it means a single address."""
    later = Outcome(State.RETRYING, cause="mail-later", detail="full")
    owe(tenant, retry.BREAK_AFTER + 2)
    assert len(served(lambda item: later)) == retry.BREAK_AFTER + 2
    with scope.worker():
        assert selectors.lanes_in_trouble() == []


def test_after_a_cool_down_a_single_item_probes_and_each_cool_down_is_longer(tenant: Tenant) -> None:
    owe(tenant, 12)
    served(lambda item: AWAY)
    cool_downs = []
    for _ in range(6):
        rest_is_over(tenant)
        all_due()
        assert len(served(lambda item: AWAY)) == 1
        result = lane(tenant)
        assert result.paused_until is not None and result.served_at is not None
        cool_downs.append(round((result.paused_until - result.served_at).total_seconds()))
    assert cool_downs == [20, 40, 80, 120, 120, 120]


def test_while_an_item_probes_the_others_wait(tenant: Tenant) -> None:
    owe(tenant, 8)
    served(lambda item: AWAY)
    rest_is_over(tenant)
    all_due()
    assert len(delivery.claim(5)) == 1
    assert delivery.claim(5) == []


def test_a_dead_probe_is_followed_by_another(tenant: Tenant, settings: Any) -> None:
    owe(tenant, 8)
    served(lambda item: AWAY)
    rest_is_over(tenant)
    all_due()
    assert len(delivery.claim(5)) == 1
    result = lane(tenant)
    assert result.paused_until is not None and result.served_at is not None
    assert result.paused_until - result.served_at == timedelta(seconds=settings.LEASE_SECONDS)


def test_a_try_that_goes_well_closes_the_breaker_for_all(tenant: Tenant) -> None:
    owe(tenant, 12)
    served(lambda item: AWAY)
    rest_is_over(tenant)
    all_due()
    assert len(served()) == 12
    assert (lane(tenant).failures, lane(tenant).paused_until) == (0, None)
    with scope.worker():
        assert selectors.lanes_in_trouble() == []


def test_errors_that_are_not_consecutive_do_not_open_the_breaker(tenant: Tenant) -> None:
    owe(tenant, 20)
    outcomes = iter([AWAY, AWAY, AWAY, AWAY, DONE] * 4)
    assert len(served(lambda item: next(outcomes))) == 20


def test_attempts_already_in_progress_do_not_extend_the_cool_down(tenant: Tenant) -> None:
    owe(tenant, 9)
    early = [delivery.claim(1)[0] for _ in range(3)]
    served(lambda item: AWAY)
    before = lane(tenant)
    for item in early:
        delivery.settle(item, AWAY, worker="slow")
    after = lane(tenant)
    assert (after.failures, after.paused_until) == (before.failures, before.paused_until)


def test_a_lost_database_does_not_count_against_a_lane(tenant: Tenant) -> None:
    owe(tenant, 8)
    lost = Outcome(State.RETRYING, tried=False, cause="database-lost")
    assert len(served(lambda item: lost)) == 8
    assert lane(tenant).failures == 0


@pytest.mark.django_db(transaction=True)
def test_a_locked_row_does_not_stop_other_lanes(tenant: Tenant, other_tenant: Tenant) -> None:
    """The lane whose only row is locked is first, and counts as served at once."""
    (locked,) = owe(tenant)
    owe(other_tenant, 3)
    change(other_tenant, served_at=Now())
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as other:
        other.execute("SELECT 1 FROM syncqueue_syncitem WHERE id = %s FOR UPDATE", [locked.pk])
        assert [item.tenant_id for item in served()] == [other_tenant.pk] * 3
    assert len(served()) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_share_a_lane_without_ending_early(tenant: Tenant) -> None:
    """A lane is locked during a claim; the others claim again instead of ending their drain."""
    owe(tenant, 80)

    def work(number: int) -> int:
        def slowly(item: SyncItem) -> Outcome:
            time.sleep(0.01)
            return DONE

        return delivery.drain(slowly, worker=f"worker {number}")

    settled = at_once(work, range(4))
    assert sum(settled) == 80 and min(settled) > 5


def test_after_a_mail_outage_of_all_tenants_every_notice_goes_out_within_five_minutes(
    tenant: Tenant, other_tenant: Tenant, mail_server: MailServer, settings: Any
) -> None:
    """Time is moved, not waited for: every cool-down and every wait is over five minutes later."""
    settings.MAILERS = {"default": mailer(mail_server.url)}
    mail_server.shut()
    owners = [tenant] * 8 + [other_tenant]
    profile_of(other_tenant)
    for owner in owners:
        with scope.tenant(owner.pk):
            capture_request(tenant=owner, request=appointment(email=""), binding=None)
    for _ in range(25):
        delivery.drain(deliver, worker="test")
        move_time(timedelta(minutes=4))
    delivery.drain(deliver, worker="test")
    mail_server.open()
    move_time(timedelta(minutes=5) - timedelta(seconds=settings.MAIL_DEADLINE_SECONDS))
    for _ in range(2):
        delivery.drain(deliver, worker="test")
    with scope.worker():
        texts = SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION).values_list("state", flat=True)
        assert list(texts) == [State.DELIVERED] * 9
    assert len(set(mail_server.box.received)) == 9
    hung = timedelta(seconds=settings.MAIL_DEADLINE_SECONDS)
    assert max(retry.LONGEST, retry.LONGEST_PAUSE) + hung < timedelta(minutes=5)


def profile_of(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.create(tenant=tenant, phone="(303) 555-0100", service_area="Denver")
        NoticeRecipient.objects.create(tenant=tenant, email="office@example.com")


def move_time(by: timedelta) -> None:
    with scope.worker():
        SyncItem.objects.filter(due_at__isnull=False).update(due_at=F("due_at") - by)
        Lane.objects.filter(paused_until__isnull=False).update(paused_until=F("paused_until") - by)


def test_no_second_sees_more_than_the_pace(settings: Any) -> None:
    """The contents of the bucket, the refill of a second, and items claimed earlier, together."""
    for pace in range(1, 61):
        settings.BOOKINGS_PER_SECOND = pace
        minute = pace_params()["booking_pace"]
        assert int(minute / 60 * (1 + LATE_SECONDS) + max(1, minute / 600)) <= pace
