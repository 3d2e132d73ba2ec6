"""An event is a hint: only the newest API response is stored, and a change without an event is a gap.

Runs against the simulator process, which only provides its account.
"""

import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.api_sessions import call_once
from pagetojob.servicetitan.simulator.api import secret_of
from pagetojob.servicetitan.simulator.seed import PROVIDER
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import disconnect
from syncqueue import polling
from syncqueue.connectors import record_reads
from syncqueue.inbox.handlers import ways_to_find_missed
from syncqueue.leads.models import Lead
from syncqueue.models import EventState, HeardBooking, HookRoute, InboxEvent, InboxGap, Kind, SyncItem
from syncqueue.selectors import inbox as selectors
from syncqueue.services import record_updates
from syncqueue.services.abandoned_sessions import KIND
from syncqueue.services.inbox_work import rerun_event, work_inbox
from tests.support.desk import captured_as
from tests.support.gates import wish
from tests.support.inbox import Sender, connect, put_another_in_service, put_in_service
from tests.support.refusals import left_out, refused
from tests.support.standin import CLIENT_ID, TENANT, StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
S = EventState


def call(standin: StandInProcess, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Call the simulator as a user of the business would, not through our gateway."""
    import json

    form = f"grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={secret_of(CLIENT_ID)}"
    with urllib.request.urlopen(f"{standin.url}/connect/token", form.encode(), timeout=10) as answer:
        token = json.load(answer)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "ST-App-Key": "x", "content-type": "application/json"}
    url = f"{standin.url}/crm/v2/tenant/{TENANT}/booking-provider/{PROVIDER}/{path}"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10) as answer:
        result: dict[str, Any] = json.load(answer)
    return result


def book(standin: StandInProcess, reference: str) -> int:
    body = {"source": "x", "name": "W", "summary": "s", "externalId": reference, "isFirstTimeClient": True}
    return int(call(standin, "bookings", body)["id"])


def states(sender: Sender) -> list[str]:
    return [row.state for row in sender.events()]


def said(sender: Sender) -> str:
    return str(sender.events()[-1].outcome)


def kept(tenant: Tenant) -> list[tuple[str, str, str]]:
    with scope.tenant(tenant.pk):
        return list(HeardBooking.objects.values_list("number", "status", "told_by"))


def test_only_what_the_api_returns_is_stored_for_an_event(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    number = book(standin, captured.reference)
    claim = {"id": number, "externalId": captured.reference, "status": "Dismissed", "jobId": 666}
    assert reader.send({"type": "booking.updated", "data": claim}) == 200
    work_inbox()
    assert states(reader) == [S.DONE] and "is New (stand-in)" in said(reader)
    assert kept(tenant) == [(str(number), "New", "event")]
    with scope.tenant(tenant.pk):  # and it changes no outbox item
        assert SyncItem.objects.get(kind=Kind.BOOKING_REQUEST).state == "queued"


def test_a_servicetitan_number_alone_leads_to_the_request(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    number = book(standin, captured.reference)
    reader.send({"type": "booking.updated", "data": {"id": number}})
    work_inbox()
    job = standin.control("POST", f"convert/{TENANT}/{number}", {"total": "250.00", "paid": True})
    reader.send({"type": "booking.updated", "data": {"id": number}})
    work_inbox()
    assert kept(tenant) == [(str(number), "Converted", "event")]
    reader.send({"type": "job.completed", "data": {"id": job["job"]}})  # matched by the job that the booking became
    work_inbox()
    assert states(reader) == [S.DONE] * 3 and f"job {job['job']}" in said(reader)


def test_ambiguous_and_unmatched_are_states_of_their_own_and_can_be_run_again(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess, operator: User
) -> None:
    other = captured_as(tenant, name="Somebody Else")
    with scope.worker():
        SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST).update(external_id="4711")
    reader.send({"type": "booking.updated", "data": {"id": 4711}})  # two of our requests match it
    reader.send({"type": "booking.updated", "data": {"id": 9, "externalId": captured.reference}})  # there is none
    reader.send({"type": "job.updated", "data": {"id": 31}})
    reader.send({"type": "booking.updated", "data": {"note": "names nothing"}})
    work_inbox()
    assert states(reader) == [S.AMBIGUOUS, S.UNMATCHED, S.UNMATCHED, S.UNMATCHED] and kept(tenant) == []
    assert said(reader) == "It contains neither our reference nor a ServiceTitan number."
    for _ in range(2):
        book(standin, other.lead.reference if other.lead else "")
    reader.send({"type": "booking.updated", "data": {"externalId": other.lead.reference if other.lead else ""}})
    work_inbox()
    assert states(reader)[-1] == S.AMBIGUOUS and "several bookings" in said(reader)
    book(standin, captured.reference)
    with scope.operator(operator, reason="test"):
        row = InboxEvent.objects.get(pk=reader.events()[1].pk)
        rerun_event(row, actor=operator, reason="It is there now.")
    work_inbox()
    assert states(reader)[1] == S.DONE


def test_what_was_read_earlier_never_replaces_what_is_newer(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    book(standin, captured.reference)
    reader.send({"type": "booking.updated", "data": {"externalId": captured.reference}})
    work_inbox()
    with scope.tenant(tenant.pk):  # as if a later read had been stored before this one
        HeardBooking.objects.update(changed_at=F("changed_at") + timedelta(minutes=1), status="Dismissed")
    reader.send({"type": "booking.created", "data": {"externalId": captured.reference}})
    work_inbox()
    assert states(reader) == [S.DONE, S.SUPERSEDED]
    assert [status for _, status, _ in kept(tenant)] == ["Dismissed"]


@pytest.mark.parametrize("why", ["scope", "provider"])
def test_without_read_access_nothing_changes_and_the_reason_is_stored(
    tenant: Tenant, owner: User, captured: Lead, standin: StandInProcess, why: str
) -> None:
    row = connect(tenant, owner, scopes=("tn.crm.customers:r",) if why == "scope" else ("tn.crm.bookings:r",))
    sender = Sender(put_in_service(row, owner))
    if why == "provider":
        from pagetojob.titanmap.models import TaxonomyItem

        with scope.tenant(tenant.pk):
            TaxonomyItem.objects.filter(tenant=tenant).update(external_id=None)
    sender.send({"type": "booking.updated", "data": {"externalId": captured.reference}})
    work_inbox()
    assert states(sender) == [S.DONE] and "It changed nothing" in said(sender)
    assert polling.poll_bookings() == 0
    texts = selectors.statement(tenant, since=timezone.now() - timedelta(days=1), until=timezone.now())
    assert "Not polled" in texts.sentence and kept(tenant) == []
    assert not standin.book()["token_requests"]


def test_while_they_are_away_the_event_stays_due(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    book(standin, captured.reference)
    standin.plan(outage=True)
    reader.send({"type": "booking.updated", "data": {"externalId": captured.reference}})
    work_inbox()
    assert states(reader) == [S.QUEUED] and reader.events()[0].tries == 1
    standin.plan()
    with scope.worker():
        InboxEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    work_inbox()
    assert states(reader) == [S.DONE]


def test_a_worker_that_dies_while_reading_leaves_the_event_due(
    reader: Sender, captured: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncqueue.services import inbox_work

    def dies(*_: Any) -> Any:
        raise SystemExit

    monkeypatch.setattr(inbox_work, "_open", dies)
    reader.send({"type": "booking.updated", "data": {"externalId": captured.reference}})
    with pytest.raises(SystemExit):
        work_inbox()
    [event] = reader.events()
    assert event.state == S.QUEUED and event.due_at and event.due_at > timezone.now() + timedelta(minutes=1)


def test_a_change_without_an_event_is_a_gap(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    route = HookRoute.objects.select_related("tenant").get(pk=reader.route.pk)
    number = book(standin, captured.reference)
    began = timezone.now() - timedelta(hours=1)
    later = timezone.now() + record_updates.GRACE + timedelta(minutes=1)
    with scope.worker():
        HookRoute.objects.filter(pk=route.pk).update(polled_to=began, alive_at=later - timedelta(minutes=1))
    route.refresh_from_db()
    assert polling.poll(route, at=later)
    route.refresh_from_db()
    assert route.alive_at == later and route.polled_to == later - record_updates.GRACE
    assert kept(tenant) == [(str(number), "New", "poll")]
    [gap] = selectors.gaps(tenant, since=began, until=later)
    assert (gap.began_at, gap.ended_at, gap.told_by) == (began, later - record_updates.GRACE, "poll")
    with scope.worker():  # the same again, but with an event
        HookRoute.objects.filter(pk=route.pk).update(polled_to=began - timedelta(minutes=1))
    route.refresh_from_db()
    reader.send({"type": "booking.created", "data": {"id": number}})
    assert polling.poll(route, at=later)
    with scope.worker():
        assert InboxGap.objects.count() == 1


def test_all_changes_during_an_outage_longer_than_their_retries_are_detected(
    reader: Sender, tenant: Tenant, captured: Lead, standin: StandInProcess
) -> None:
    """Their sender gives up after 400 seconds: 500 seconds without us, forty bookings, and no event at all."""
    items = [captured_as(tenant, name=f"Visitor {number}") for number in range(39)]
    leads = [captured, *(item.lead for item in items if item.lead)]
    route = HookRoute.objects.select_related("tenant").get(pk=reader.route.pk)
    began = timezone.now() - timedelta(seconds=500)
    numbers = [book(standin, lead.reference) for lead in leads]
    with scope.worker():
        HookRoute.objects.filter(pk=route.pk).update(polled_to=began, alive_at=began)
    route.refresh_from_db()
    assert polling.poll(route, at=timezone.now())
    with scope.tenant(tenant.pk):
        stored = set(HeardBooking.objects.values_list("number", flat=True))
    assert stored == {str(number) for number in numbers}, "at the first poll"
    route.refresh_from_db()
    later = timezone.now() + record_updates.GRACE + timedelta(minutes=1)
    assert polling.poll(route, at=later)
    route.refresh_from_db()
    assert route.poll_said == "40 bookings changed; no event arrived for 40 of ours."
    [gap] = selectors.gaps(tenant, since=began, until=later)
    assert gap.told_by == "poll"


def test_every_type_with_an_effect_states_the_detection_of_missed_events() -> None:
    kinds = {kind for kinds in ways_to_find_missed().values() for kind in kinds}
    assert kinds == {*record_updates.ABOUT_REQUESTS, KIND}


def test_a_poll_that_does_not_arrive_compares_nothing(reader: Sender, standin: StandInProcess) -> None:
    standin.plan(outage=True)
    assert polling.poll_bookings() == 0
    route = HookRoute.objects.get(pk=reader.route.pk)
    assert (route.polled_to, route.alive_at) == (None, None) and "The last poll failed" in route.poll_said
    standin.plan()
    assert polling.poll_bookings() == 1
    wish(reader.route.tenant, "scheduler-webhooks", wanted=False)
    assert polling.poll_bookings() == 0


def test_a_poll_that_cannot_be_stored_keeps_no_other_from_it(
    reader: Sender, other_tenant: Tenant, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    other = put_another_in_service(other_tenant, owner)
    with refused("syncqueue_hookroute", reader.route.tenant):
        assert polling.poll_bookings() == 0
    other.refresh_from_db()
    assert other.poll_said.startswith("Not polled")
    assert left_out(caplog) == [("poll of bookings", reader.route.tenant_id)]


@pytest.mark.parametrize("way", ["event", "poll"])
def test_a_status_that_is_read_during_a_disconnect_is_not_stored(
    reader: Sender,
    owner: User,
    captured: Lead,
    standin: StandInProcess,
    monkeypatch: pytest.MonkeyPatch,
    *,
    way: str,
) -> None:
    """The receipt has listed what was read; the answer of ServiceTitan comes after it."""
    book(standin, captured.reference)
    tenant = reader.route.tenant
    with scope.tenant(tenant.pk):
        connection = Connection.objects.get(tenant=tenant)

    def answered_too_late(*about: Any, **how: Any) -> Any:
        answer = call_once(*about, **how)
        disconnect(connection=connection, actor=owner, reason="The customer wants no more access.")
        return answer

    monkeypatch.setattr(record_reads, "call_once", answered_too_late)
    if way == "event":
        reader.send({"type": "booking.updated", "data": {"externalId": captured.reference}})
        work_inbox()
        assert states(reader) == [S.DONE] and said(reader).endswith("It changed nothing: the connection has ended.")
    else:
        polling.poll(HookRoute.objects.select_related("tenant").get(pk=reader.route.pk), at=timezone.now())
        route = HookRoute.objects.get(pk=reader.route.pk)
        assert (route.polled_to, route.alive_at) == (None, None)
    assert kept(tenant) == []
