"""Events are processed from their stored copy, once and in order; the others go to a person and are never lost."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from syncqueue.forms.inbox import RECIPE
from syncqueue.inbox import handlers
from syncqueue.inbox.handlers import Came, Handled, Hint
from syncqueue.models import EventState, HookRoute, InboxEvent, InboxGap, QuarantinedRequest
from syncqueue.selectors import inbox as selectors
from syncqueue.services import inbox, inbox_keys, inbox_work
from syncqueue.services.inbox_work import RerunRefused, forget_old_requests, rerun_event, rerun_quarantined, work_inbox
from tests.support.gates import wish
from tests.support.inbox import OTHER_SECRET, Sender

S = EventState


class Receiver:
    """A handler with a memory, which fails as often as requested."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.failures = 0

    def __call__(self, hint: Hint) -> Handled:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the handler died")
        self.seen.append(hint.data)
        return Handled(Came.DONE, "Seen.")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    entry = Receiver()
    handlers.register("trial.happened", "1", entry)
    yield entry
    del handlers._HANDLERS["trial.happened", "1"]


def state_of(sender: Sender, place: int = -1) -> str:
    return str(sender.events()[place].state)


def trial(number: int, *, at: int | None = None) -> dict[str, Any]:
    return {"type": "trial.happened", "timestamp": at, "data": {"id": number, "at": at}}


def due_now(sender: Sender) -> None:
    with scope.worker():
        InboxEvent.objects.filter(state=S.QUEUED).update(due_at=timezone.now() - timedelta(seconds=1))


def test_an_event_is_handled_once(sender: Sender, receiver: Receiver) -> None:
    assert sender.send(trial(1)) == 200
    assert work_inbox() == 1 and work_inbox() == 0
    assert len(receiver.seen) == 1 and state_of(sender) == S.DONE
    [key] = inbox_keys_of(sender)
    assert key.last_used_at is not None


def inbox_keys_of(sender: Sender) -> Any:
    with scope.tenant(sender.route.tenant_id):
        return inbox_keys.ring_of(sender.route)


def test_a_handler_that_dies_leaves_the_event_due(sender: Sender, receiver: Receiver) -> None:
    receiver.failures = 1
    sender.send(trial(1))
    work_inbox()
    assert state_of(sender) == S.QUEUED and not receiver.seen
    due_now(sender)
    work_inbox()
    assert state_of(sender) == S.DONE and len(receiver.seen) == 1


def test_after_eight_failures_a_person_reviews_and_may_rerun_it(
    sender: Sender, receiver: Receiver, operator: User
) -> None:
    receiver.failures = 8
    sender.send(trial(1))
    for _ in range(8):
        due_now(sender)
        work_inbox()
    assert state_of(sender) == S.NEEDS_REVIEW
    with scope.operator(operator, reason="test"):
        rerun_event(InboxEvent.objects.get(), actor=operator, reason="Mended.")
    work_inbox()
    assert state_of(sender) == S.DONE
    with scope.operator(operator, reason="test"), pytest.raises(RerunRefused):
        rerun_event(InboxEvent.objects.get(), actor=operator, reason="Once more.")


def test_what_is_older_than_what_was_done_is_superseded(sender: Sender, receiver: Receiver) -> None:
    now = int(time.time())
    sender.send(trial(1, at=now - 5))
    work_inbox()
    sender.send(trial(1, at=now - 50))
    sender.send(trial(2, at=now - 50))
    work_inbox()
    assert [row.state for row in sender.events()] == [S.DONE, S.SUPERSEDED, S.DONE]
    assert [entry["id"] for entry in receiver.seen] == [1, 2]


def test_a_stored_copy_that_was_changed_is_not_handled(sender: Sender, receiver: Receiver) -> None:
    sender.send(trial(1))
    sender.send(trial(2))
    first, second = sender.events()
    with scope.worker():  # another row's copy, properly sealed
        InboxEvent.objects.filter(pk=first.pk).update(box=bytes(second.box or b""))
    work_inbox()
    assert state_of(sender, 0) == S.QUEUED and [entry["id"] for entry in receiver.seen] == [2]


def test_a_key_that_was_replaced_since_no_longer_vouches_for_a_rerun(
    sender: Sender, receiver: Receiver, owner: User
) -> None:
    sender.send(trial(1))
    sender.send(trial(2))
    inbox_keys.keep_key(route=sender.route, value=SecretText(OTHER_SECRET), actor=owner, reason="Rotation.")
    inbox_keys.turn_ring(route=sender.route, actor=owner, reason="Rotation.")
    with scope.worker():  # as if the second had arrived after its key was retired
        InboxEvent.objects.filter(pk=sender.events()[1].pk).update(due_at=timezone.now() + timedelta(hours=1))
    work_inbox()
    assert state_of(sender, 0) == S.DONE  # retired only after it arrived
    inbox_keys.turn_ring(route=sender.route, actor=owner, reason="Rotation.")
    due_now(sender)
    work_inbox()
    assert state_of(sender, 1) == S.NEEDS_REVIEW and len(receiver.seen) == 1


def test_while_the_flag_is_off_events_wait(sender: Sender, receiver: Receiver) -> None:
    sender.send(trial(1))
    wish(sender.route.tenant, inbox.FLAG, wanted=False)
    assert work_inbox() == 0 and state_of(sender) == S.QUEUED
    wish(sender.route.tenant, inbox.FLAG, wanted=True)
    assert work_inbox() == 1 and state_of(sender) == S.DONE


def test_a_route_with_much_to_do_keeps_no_other_waiting(
    sender: Sender, neighbor: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        sender.send(trial(number))
    neighbor.send(trial(9))
    monkeypatch.setattr(inbox_work, "A_TURN", 2)
    assert work_inbox() == 2
    assert state_of(neighbor) == S.DONE and state_of(sender, 0) == S.DONE and state_of(sender, 1) == S.QUEUED


def test_a_flag_that_shuts_in_the_middle_of_a_turn_ends_it(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        sender.send(trial(number))
    process_next = inbox_work._process_next

    def then_shut(service: inbox.InService) -> bool:
        try:
            return process_next(service)
        finally:
            wish(sender.route.tenant, inbox.FLAG, wanted=False)

    monkeypatch.setattr(inbox_work, "_process_next", then_shut)
    assert work_inbox() == 1
    assert [row.state for row in sender.events()] == [S.DONE, S.QUEUED, S.QUEUED]


def test_of_what_is_still_to_come_nothing_was_missed(sender: Sender) -> None:
    sender.send({"type": "heartbeat"})
    work_inbox()
    now = timezone.now()
    texts = selectors.statement(sender.route.tenant, since=now - timedelta(hours=1), until=now + timedelta(days=30))
    assert texts.windows == ()
    with scope.worker():
        HookRoute.objects.filter(pk=sender.route.pk).update(alive_at=now - timedelta(hours=2))
    texts = selectors.statement(sender.route.tenant, since=now - timedelta(hours=1), until=now + timedelta(days=30))
    assert [(entry.began_at, entry.ended_at) for entry in texts.windows] == [(now - timedelta(hours=2), None)]


def test_attribution_shows_when_events_may_have_been_missed(sender: Sender, operator: User, signed_in: Any) -> None:
    now = timezone.now()
    for hours in (50, 40):
        with scope.worker():
            inbox_work.note_alive(sender.route.pk, now - timedelta(hours=hours), told_by="event")
    url = reverse("attribution:files", args=[sender.route.tenant.slug])
    page = re.sub(r"</?time\b[^>]*>", "", signed_in(operator).get(url).content.decode())
    texts = " ".join(page.split())
    there = ZoneInfo(sender.route.tenant.time_zone)
    began, ended = (f"{(now - timedelta(hours=hours)).astimezone(there):%b %-d, %Y, %H:%M %Z}" for hours in (50, 40))
    assert f"We may have missed events between {began} and {ended}." in texts
    assert f"We may have missed events since {ended}." in texts and "Reported by events and heartbeats only." in texts


def test_an_unknown_type_is_promoted_when_it_gets_a_handler(
    sender: Sender, operator: User, request: pytest.FixtureRequest
) -> None:
    body = json.dumps(trial(1)).encode()
    headers = sender.headers(body)
    assert sender.post(body, headers).status_code == 202
    with scope.operator(operator, reason="test"):
        assert [handled for _, handled in selectors.findings()] == [False]
    receiver: Receiver = request.getfixturevalue("receiver")
    with scope.operator(operator, reason="test"):
        assert [handled for _, handled in selectors.findings()] == [True]
    [row] = sender.quarantined()
    for _ in range(2):
        with scope.operator(operator, reason="test"):
            rerun_quarantined(row, actor=operator, reason="We handle it now.")
        work_inbox()
    assert [stored.rerun_outcome for stored in sender.quarantined()] == ["repeated"]
    assert sender.post(body, headers).status_code == 200
    assert len(receiver.seen) == len(sender.events()) == 1


def test_what_was_never_signed_is_never_judged_again(sender: Sender, operator: User) -> None:
    sender.post(b"{}", {})
    sender.send(stamp="100")
    for row in sender.quarantined():
        with scope.operator(operator, reason="test"), pytest.raises(RerunRefused):
            rerun_quarantined(row, actor=operator, reason="Please.")


def test_a_long_silence_is_a_gap(sender: Sender) -> None:
    route, now = sender.route, timezone.now()
    for minutes in (90, 80, 20, 85):
        with scope.worker():
            inbox_work.note_alive(route.pk, now - timedelta(minutes=minutes), told_by="poll")
    [gap] = selectors.gaps(route.tenant, since=now - timedelta(hours=3), until=now)
    assert (gap.began_at, gap.ended_at) == (now - timedelta(minutes=80), now - timedelta(minutes=20))
    assert selectors.gaps(route.tenant, since=now - timedelta(minutes=10), until=now) == []
    sender.send({"type": "heartbeat"})
    work_inbox()
    with scope.worker():
        assert InboxGap.objects.filter(told_by="event").count() == 1


def test_everything_ends_on_its_day(sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    sender.send(trial(1), message_id="one")
    sender.post(b"{}", {})
    work_inbox()
    assert forget_old_requests() == 0
    monkeypatch.setattr(inbox_work, "QUARANTINE_DAYS", -1)  # its day was yesterday
    forget_old_requests()
    assert not sender.quarantined() and sender.events()[0].box is not None
    monkeypatch.setattr(inbox_work, "COPY_DAYS", -1)
    forget_old_requests()
    assert sender.events()[0].box is None
    assert sender.send(trial(1), message_id="one") == 200 and len(sender.events()) == 1  # the repeat key stays
    monkeypatch.setattr(inbox_work, "ROW_DAYS", -1)
    forget_old_requests()
    assert not sender.events()


def test_an_event_whose_row_was_deleted_is_too_old_to_count_again(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check that the signed time refuses what the repeat key no longer can."""
    then = timezone.now() - timedelta(days=32)  # always in another month
    body = json.dumps(trial(1)).encode()
    headers = sender.headers(body, message_id="one", stamp=str(int(then.timestamp())))
    with monkeypatch.context() as patch:
        patch.setattr("syncqueue.views.webhooks.timezone", SimpleNamespace(now=lambda: then))
        assert sender.post(body, headers).status_code == 200
    work_inbox()
    assert len(sender.events()) == 1
    sender.post(body, headers)
    assert len(sender.events()) == 1
    monkeypatch.setattr(inbox_work, "ROW_DAYS", -1)
    forget_old_requests()
    assert sender.post(body, headers).status_code != 200 and not sender.events()


def test_what_is_over_goes_however_much_it_is(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        sender.send(trial(number))
        sender.post(b"{}", {})
    monkeypatch.setattr(inbox_work, "_BATCH", 2)
    monkeypatch.setattr(inbox_work, "QUARANTINE_DAYS", -1)
    monkeypatch.setattr(inbox_work, "COPY_DAYS", -1)
    forget_old_requests()
    assert not sender.quarantined() and [row.box for row in sender.events()] == [None] * 5


@pytest.mark.django_db(transaction=True)
def test_fifty_concurrent_copies_make_a_single_event(sender: Sender, receiver: Receiver, settings: Any) -> None:
    settings.INBOX_RECHECK_SECONDS = 5.0
    body = json.dumps(trial(1)).encode()
    headers = sender.headers(body)

    def post(_: int) -> int:
        try:
            return Sender(sender.route, client=Client()).post(body, headers).status_code  # type: ignore[no-any-return]
        finally:
            database.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(post, range(50))) == {200}
    assert len(sender.events()) == 1

    def work(_: int) -> int:
        try:
            return int(work_inbox())
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert len(receiver.seen) == 1


def test_pages_show_no_value_without_a_reason(sender: Sender, operator: User, viewer: User, signed_in: Any) -> None:
    sender.send({"type": "booking.updated", "data": {"id": 987, "name": "Wanda Planted"}})
    sender.send({"type": "nobody.knows", "data": {"name": "Wanda Planted"}})
    work_inbox()
    [event], [stored] = sender.events(), sender.quarantined()
    client = signed_in(operator)
    pages = ("", "quarantine", "keys", f"keys/{sender.route.public_id}", f"events/{event.public_id}")
    for page in (*pages, f"quarantine/{stored.public_id}", "?state=unmatched", "quarantine?outcome=unsigned"):
        answer = client.get(f"/ops/inbox/{page}")
        assert answer.status_code == 200 and b"Wanda" not in answer.content
    for address in (f"events/{event.public_id}", f"quarantine/{stored.public_id}"):
        assert client.post(f"/ops/inbox/{address}/unmask", {"reason": ""}).status_code == 422
        shown = client.post(f"/ops/inbox/{address}/unmask", {"reason": "They called about it."})
        assert b"Wanda Planted" in shown.content
        assert signed_in(viewer).post(f"/ops/inbox/{address}/unmask", {"reason": "Curious."}).status_code == 404
    with scope.tenant(sender.route.tenant_id):
        lines = AuditEntry.objects.filter(action="vault.open_inbox", actor=operator)
        assert [line.reason.endswith("They called about it.") for line in lines] == [True, True]


def test_the_ring_is_turned_on_its_page(sender: Sender, operator: User, signed_in: Any) -> None:
    client, url = signed_in(operator), f"/ops/inbox/keys/{sender.route.public_id}"

    def shown() -> dict[str, str]:
        return dict(re.findall(r'name="(seen)" value="([^"]+)"', client.get(url).text))

    assert client.post(url, shown() | {"key": "whsec_short", "reason": "New."}).status_code == 422
    answer = client.post(url, shown() | {"key": OTHER_SECRET, "reason": "New."})
    assert answer.status_code == 302
    page = client.get(url).content
    assert OTHER_SECRET.encode() not in page and b"Next" in page
    assert sender.send(secret=OTHER_SECRET) == 200
    assert client.post(url, {"reason": "Nothing was chosen."}).status_code == 422
    turn = shown() | {"turn": "on", "reason": "Turned."}
    assert client.post(url, turn).status_code == 302
    assert sender.send() == 401
    for again in (turn, {"turn": "on", "reason": "Turned."}):
        second = client.post(url, again)
        assert second.status_code == 422 and "changed since you opened this page" in second.text
    assert sender.send(secret=OTHER_SECRET) == 200, "a second click retired the only key"


def test_windows_and_headers_are_changed_on_their_page_within_bounds_and_written_down(
    sender: Sender, operator: User, viewer: User, signed_in: Any
) -> None:
    client, url = signed_in(operator), f"/ops/inbox/routes/{sender.route.public_id}"
    assert b"Inbox</a>" in client.get("/ops/").content
    now = {name: getattr(sender.route, name) for name in RECIPE} | {"reason": "Their clock is slow."}
    assert client.get(url).status_code == 200 and signed_in(viewer).get(url).status_code == 404
    wrong: list[dict[str, Any]] = [
        {"seconds_back": 3601},
        {"seconds_back": 0},
        {"seconds_ahead": 601},
        {"heartbeat_seconds": 59},
        {"signature_header": "cookie"},
        {"timestamp_header": "webhook-id"},
        {"id_header": ""},
        {"scheme": "none"},
        {"scheme": "hmac hex"},  # a key is accepted
        {"seconds_back": 400, "reason": ""},
        {},
    ]
    for change in wrong:
        assert client.post(url, now | change).status_code == 422, change
    assert sender.send(stamp=str(int(time.time()) - 390)) == 400
    assert client.post(url, now | {"seconds_back": 400}).status_code == 302
    assert sender.send(stamp=str(int(time.time()) - 390)) == 200
    with scope.tenant(sender.route.tenant_id):
        line = AuditEntry.objects.get(action="inbox.set_recipe")
        assert (line.actor, line.reason) == (operator, "Their clock is slow.")
        inbox_keys.turn_ring(route=sender.route, actor=operator, reason="Another scheme.")
    assert client.post(url, now | {"scheme": "hmac hex", "id_header": "x-id"}).status_code == 302
    assert sender.send() == 401 and inbox_keys_of(sender) == []


def test_an_operator_runs_again_from_the_page(sender: Sender, operator: User, signed_in: Any) -> None:
    sender.send({"type": "booking.updated", "data": {"note": "names nothing"}})
    work_inbox()
    url = f"/ops/inbox/events/{sender.events()[0].public_id}"
    assert signed_in(operator).post(f"{url}/rerun", {"reason": "Look again."}).status_code == 302
    assert state_of(sender) == S.QUEUED
    work_inbox()
    assert state_of(sender) == S.UNMATCHED
    assert not QuarantinedRequest.objects.exists()
