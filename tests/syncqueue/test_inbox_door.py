"""Promise 10 at the endpoint: unsigned, stale, repeated or unrecognized events do nothing, without explanation."""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import connections
from syncqueue.inbox.outcomes import Outcome
from syncqueue.inbox.verifiers import Scheme
from syncqueue.models import HookCount, InboxEvent, InboxFinding
from syncqueue.services import inbox, inbox_keys
from tests.support.gates import wish
from tests.support.hostile import zipped
from tests.support.inbox import BODY, OTHER_SECRET, SECRET, Sender, sign
from tests.support.vault import rows_with

NOW = 1_614_265_330
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(NOW),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    "content-type": "application/json",
}
GOOD = json.dumps(BODY).encode()


def counts() -> dict[str, int]:
    return dict(HookCount.objects.values_list("outcome", "hits"))


def judge(sender: Sender, headers: dict[str, str], body: bytes, now: int = NOW) -> Outcome:
    return inbox.receive(
        sender.route.public_id,
        method="POST",
        read=lambda: inbox.Post(headers, body),
        now=datetime.fromtimestamp(now, UTC),
    )


def test_the_published_vector_is_taken_with_the_clock_of_then(sender: Sender) -> None:
    assert judge(sender, VECTOR, VECTOR_BODY) is Outcome.UNKNOWN_TYPE  # signed and fresh; its type has no handler
    assert judge(sender, VECTOR, VECTOR_BODY, now=NOW + 301) is Outcome.STALE


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJel"}, VECTOR_BODY),
        ({"webhook-timestamp": str(NOW + 1)}, VECTOR_BODY),
        ({"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="}, VECTOR_BODY),
        ({"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, VECTOR_BODY),
        ({"webhook-signature": "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, VECTOR_BODY),
        ({"webhook-signature": "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE"}, VECTOR_BODY),
        ({}, b'{"test":2432232314}'),
        ({}, VECTOR_BODY + b"\n"),
    ],
)
def test_its_eight_mutations_are_refused(sender: Sender, headers: dict[str, str], body: bytes) -> None:
    assert judge(sender, VECTOR | headers, body) is Outcome.WRONG_SIGNATURE


def test_a_single_valid_signature_of_several_is_enough(sender: Sender) -> None:
    listed = f"v1,{'A' * 43}= v2,nothing {VECTOR['webhook-signature']}"
    assert judge(sender, VECTOR | {"webhook-signature": listed}, VECTOR_BODY) is Outcome.UNKNOWN_TYPE


def test_a_valid_event_makes_a_single_row_and_its_repeat_none(sender: Sender) -> None:
    headers = sender.headers(GOOD)
    assert sender.post(GOOD, headers).status_code == 200
    again = sender.post(GOOD, headers)
    assert (again.status_code, again.content) == (200, b"")
    # a retry by the sender, signed again
    assert sender.send(message_id="msg_1", stamp=str(int(time.time()) - 5)) == 200
    assert len(sender.events()) == 1 and not sender.quarantined()
    assert counts() == {"accepted": 1, "repeated": 2}


@pytest.mark.parametrize(
    ("kind", "first"), [("booking.updated", Outcome.ACCEPTED), ("nobody.knows", Outcome.UNKNOWN_TYPE)]
)
def test_a_known_id_with_another_body_is_stored_and_counted(sender: Sender, kind: str, first: Outcome) -> None:
    for record in (7, 8, 8, 9, 7):
        body = {"type": kind, "version": 1, "data": {"id": record}}
        assert sender.send(body, message_id="msg_1") in {200, 202}
    stored = [row.outcome for row in sender.quarantined() if row.outcome != first]
    assert stored == [Outcome.OTHER_BODY] * 2  # of 8 and 9, once each
    assert len(sender.events()) == (first is Outcome.ACCEPTED)
    assert counts()[Outcome.OTHER_BODY] == 3


def test_a_known_id_whose_copy_is_gone_is_a_repeat(sender: Sender) -> None:
    sender.send(message_id="msg_1")
    with scope.worker():
        InboxEvent.objects.update(box=None)
    assert sender.send(BODY | {"data": {"id": 8}}, message_id="msg_1") == 200
    assert not sender.quarantined() and counts() == {"accepted": 1, "repeated": 1}


def test_an_operator_sees_that_an_id_came_with_another_body(sender: Sender, operator: User, signed_in: Any) -> None:
    sender.send(message_id="msg_1")
    sender.send(BODY | {"data": {"id": 8}}, message_id="msg_1")
    page = signed_in(operator).get("/ops/inbox/quarantine").text
    assert "Other body" in page


@pytest.mark.parametrize(
    "stamp",
    ["-1", "+{now}", "0{now}", "{now}e0", "99999999999999999999", "hello", "0x5f", "{now}_", "²"],
)
def test_a_signed_time_in_any_other_form_is_none(sender: Sender, stamp: str) -> None:
    text = stamp.format(now=int(time.time()))
    headers = sender.headers(GOOD, stamp=text)
    if text == "²":  # a header can carry it only as another byte
        headers["webhook-timestamp"] = "\xb2"
    assert sender.post(GOOD, headers).status_code in {400, 401}
    assert not sender.events()


@pytest.mark.parametrize(("age", "status"), [(299, 200), (302, 400), (-58, 200), (-63, 400), (10**6, 400)])
def test_the_window_is_300_seconds_back_and_60_ahead(sender: Sender, age: int, status: int) -> None:
    assert sender.send(stamp=str(int(time.time()) - age)) == status
    assert len(sender.events()) == (status == 200)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("how", ["gone", "empty", "huge", "odd"])
def test_a_header_that_is_missing_or_odd_is_no_signature(sender: Sender, missing: str, how: str) -> None:
    headers = sender.headers(GOOD)
    odd = {"empty": "", "huge": "9" * 20_000, "odd": "\xff\x00 \xe9, a"}
    if how == "gone":
        del headers[missing]
    else:
        headers[missing] = odd[how]
    assert sender.post(GOOD, headers).status_code == 401
    assert not sender.events()


@pytest.mark.parametrize("between", [",", "\t", ";", "v1,"])
def test_signatures_are_parted_by_spaces_and_by_nothing_else(sender: Sender, between: str) -> None:
    headers = sender.headers(GOOD)
    headers["webhook-signature"] = f"v1,{'A' * 43}={between}{headers['webhook-signature']}"
    assert sender.post(GOOD, headers).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"type": "booking.updated", "type": "job.updated"}',
        b"[" * 5000 + b"]" * 5000,
        b'{"type": "booking.updated", "data": "\x00"}',
        b'{"type": "booking.updated", "data": "\\u0000"}',
        b'{"type": "booking.updated", "data": "\\ud800"}',
        b'{"type": "booking.updated", "data": 1e999}',
        b'{"type": "booking.updated", "data": NaN}',
        b'{"type": "booking.updated"} trailing',
        b"\xef\xbb\xbf" + GOOD,
        b'{"type": "\xff\xfe"}',
        zipped(b"0" * 1_000_000),
    ],
)
def test_a_signed_but_ambiguous_body_is_quarantined(sender: Sender, body: bytes) -> None:
    assert sender.send(body) == 400
    assert not sender.events()
    [stored] = sender.quarantined()
    assert (stored.outcome, stored.verified) == ("malformed", True)


@pytest.mark.parametrize("kind", ["application/json; charset=utf8", 'Application/JSON;charset="UTF-8"'])
def test_json_content_type_has_several_spellings(sender: Sender, kind: str) -> None:
    assert sender.send(content_type=kind) == 200


@pytest.mark.parametrize("kind", ["text/plain", "", "application/json; charset=latin-1", "application/xml", "\xff"])
def test_only_json_is_read(sender: Sender, kind: str) -> None:
    assert sender.send(content_type=kind) == 400
    assert not sender.events()


def test_nothing_packed_is_unpacked(sender: Sender) -> None:
    bomb = zipped(b'{"type": "booking.updated"}')
    headers = sender.headers(bomb)
    assert sender.post(bomb, headers | {"content-encoding": "gzip"}).status_code == 400
    assert sender.post(bomb, {"content-encoding": "gzip"}).status_code == 401
    assert not sender.events()


@pytest.mark.parametrize("value", [[], 7, "text", {}, {"type": "a b"}, {"type": 7}, {"type": "nobody.knows"}, None])
def test_an_unhandled_type_is_a_finding_of_names_without_values(sender: Sender, value: Any) -> None:
    body = json.dumps(value | {"secret name": {"phone": "602-555-0100"}} if isinstance(value, dict) else value).encode()
    assert sender.send(body, message_id="one") == 202
    assert sender.send(body, message_id="one") == 202
    assert not sender.events() and len(sender.quarantined()) == 1
    with scope.tenant(sender.route.tenant_id):
        [finding] = InboxFinding.objects.all()
    assert "602" not in json.dumps(finding.shape)
    if isinstance(value, dict):
        assert "?.phone" in finding.shape


def findings(sender: Sender) -> list[tuple[str, int]]:
    with scope.tenant(sender.route.tenant_id):
        return sorted(InboxFinding.objects.values_list("kind", "times"))


def test_a_new_type_is_a_finding_even_when_quarantine_is_full_and_their_number_has_an_end(
    sender: Sender, settings: Any
) -> None:
    settings.INBOX_UNKNOWN_AN_HOUR, settings.INBOX_FINDINGS = 1, 2
    for name in ("a", "a", "b", "c", "a"):
        assert sender.send({"type": f"nobody.{name}"}) == 202
    assert len(sender.quarantined()) == 1
    assert findings(sender) == [("nobody.a", 1), ("nobody.b", 1)]


def test_what_came_too_late_at_first_can_still_be_judged_again(sender: Sender) -> None:
    body, late = b'{"type": "nobody.knows"}', str(int(time.time()) - 900)
    assert sender.send(body, message_id="one", stamp=late) == sender.send(body, message_id="one", stamp=late) == 400
    assert sender.send(body, message_id="one") == 202
    assert [row.outcome for row in sender.quarantined()] == ["stale", "unknown type"]
    assert findings(sender) == [("nobody.knows", 1)]


def test_each_key_records_its_last_signature_also_when_retired(sender: Sender, owner: User) -> None:
    def used() -> dict[str, bool]:
        with scope.tenant(sender.route.tenant_id):
            return {key.standing: key.last_used_at is not None for key in inbox_keys.ring_of(sender.route)}

    inbox_keys.keep_key(route=sender.route, value=SecretText(OTHER_SECRET), actor=owner, reason="Rotation.")
    sender.post(GOOD, {})
    assert used() == {"current": False, "next": False}
    assert sender.send({"type": "nobody.knows"}, secret=OTHER_SECRET) == 202
    assert used() == {"current": False, "next": True}
    inbox_keys.turn_ring(route=sender.route, actor=owner, reason="Rotation.")
    assert used() == {"retired": False, "current": True}
    assert sender.send() == 401
    assert used() == {"retired": True, "current": True}
    inbox_keys.turn_ring(route=sender.route, actor=owner, reason="Rotation.")
    inbox_keys.keep_key(route=sender.route, value=SecretText(SECRET), actor=owner, reason="A new one.")
    assert used() == {"retired": True, "current": False}


def test_who_is_refused_fills_no_log(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/nowhere/")
    assert [record.name for record in caplog.records] == ["django.request"]
    caplog.clear()
    sender.post(GOOD, {})
    sender.send(stamp="100")
    Client().get(f"/hooks/{uuid.uuid4()}/")
    assert caplog.records == [] and sum(counts().values()) == 3


def test_nothing_is_parsed_before_it_is_verified(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(body: bytes) -> Any:
        raise AssertionError("parsed")

    monkeypatch.setattr(inbox, "read_event", never)
    assert sender.post(GOOD, {}).status_code == 401
    assert sender.send(secret=OTHER_SECRET) == 401
    assert sender.send(stamp="100") == 400


def test_too_big_is_refused_before_it_is_read(sender: Sender) -> None:
    body = b"x" * (inbox.LARGEST_BODY + 1)
    assert sender.send(body) == 413

    class Unreadable:
        def read(self, *_: int) -> bytes:
            raise AssertionError("read")

        readline = read

    meta: dict[str, Any] = {"CONTENT_LENGTH": str(10**12), "wsgi.input": Unreadable()}
    assert sender.post(b"", {}, **meta).status_code == 413
    assert not sender.events() and not sender.quarantined()


def test_a_body_the_server_cannot_read_is_cut_short(sender: Sender) -> None:
    class Broken:
        def read(self, *_: int) -> bytes:
            raise LookupError("chunks that are none; each server has a class of its own for it")

        readline = read

    meta: dict[str, Any] = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True, "wsgi.input": Broken()}
    assert sender.post(b"", sender.headers(b""), **meta).status_code == 400
    assert counts() == {"cut short": 1}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_only_posts_are_taken(sender: Sender, method: str) -> None:
    answer = sender.client.generic(method, f"/hooks/{sender.route.public_id}/", GOOD)
    assert (answer.status_code, answer["Allow"], answer.content) == (405, "POST", b"")


def test_a_route_out_of_service_stores_nothing(sender: Sender) -> None:
    wish(sender.route.tenant, inbox.FLAG, wanted=False)
    assert sender.send() == 404
    assert Client().post(f"/hooks/{uuid.uuid4()}/", GOOD, content_type="application/json").status_code == 404
    assert not sender.events() and not sender.quarantined()
    assert counts() == {"not in service": 2}
    wish(sender.route.tenant, inbox.FLAG, wanted=True)
    assert sender.send() == 200


def test_a_paused_connection_takes_nothing(sender: Sender, connected: Connection, owner: User) -> None:
    connections.pause(connection=connected, actor=owner, reason="A rest.")
    assert sender.send() == 404


def test_the_stand_in_is_for_the_demo_tenant_alone(sender: Sender, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)
    assert sender.send() == 404


def test_next_and_current_are_taken_and_retired_is_not(sender: Sender, owner: User) -> None:
    inbox_keys.keep_key(route=sender.route, value=SecretText(OTHER_SECRET), actor=owner, reason="Rotation.")
    assert sender.send(secret=OTHER_SECRET) == sender.send() == 200
    inbox_keys.turn_ring(route=sender.route, actor=owner, reason="Rotation.")
    assert (sender.send(secret=OTHER_SECRET), sender.send()) == (200, 401)
    assert counts()["retired key"] == 1
    inbox_keys.turn_ring(route=sender.route, actor=owner, reason="All of them leaked.")
    assert sender.send(secret=OTHER_SECRET) == 401


def test_unverified_requests_are_stored_up_to_a_limit_and_then_counted(sender: Sender, settings: Any) -> None:
    settings.INBOX_UNVERIFIED_AN_HOUR = 3
    for _ in range(5):
        assert sender.post(GOOD, {}).status_code == 401
    assert len(sender.quarantined()) == 3 and counts() == {"unsigned": 5}
    assert sender.send() == 200  # a flood of other requests does not block an event


def test_stored_requests_are_sealed(sender: Sender) -> None:
    word = "planted-in-a-webhook-body"
    sender.send({"type": "booking.updated", "data": {"name": word}})
    sender.send({"type": "nobody.knows", "data": {"name": word}})
    sender.post(word.encode(), {})
    assert len(sender.events()) == 1 and len(sender.quarantined()) == 2
    boxes = [row.box for row in sender.events()] + [row.box for row in sender.quarantined()]
    assert all(box and word.encode() not in bytes(box) for box in boxes)
    assert rows_with(word) == []


def test_without_a_database_the_sender_hears_that_it_may_try_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(inbox, "_open_route", away)
    answer = sender.post(GOOD, sender.headers(GOOD))
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")


def test_an_hmac_header_signs_time_and_body_and_its_repeat_key_needs_no_id(
    tenant: Tenant, owner: User, connected: Connection
) -> None:
    import hashlib
    import hmac

    wish(tenant, inbox.FLAG)
    route = inbox_keys.open_route(
        connection=connected,
        scheme=Scheme.HMAC_HEX,
        actor=owner,
        reason="Another way.",
        signature_header="x-signature",
        timestamp_header="x-time",
        id_header="",
    )
    key = "k" * 40
    inbox_keys.keep_key(route=route, value=SecretText(key), actor=owner, reason="From their portal.")
    sender, stamp = Sender(route), str(int(time.time()))
    signature = hmac.digest(key.encode(), f"{stamp}.".encode() + GOOD, hashlib.sha256).hex()
    headers = {"x-signature": signature, "x-time": stamp}
    assert sender.post(GOOD, headers).status_code == 200
    assert sender.post(GOOD, headers | {"webhook-id": "another"}).status_code == 200
    assert sender.post(GOOD, headers | {"x-time": str(int(stamp) + 1)}).status_code == 401
    assert sender.post(GOOD, headers | {"x-signature": signature.upper()}).status_code == 401
    assert len(sender.events()) == 1
    other = GOOD + b" "
    signature = hmac.digest(key.encode(), f"{stamp}.".encode() + other, hashlib.sha256).hex()
    assert sender.post(other, headers | {"x-signature": signature}).status_code == 200
    assert len(sender.events()) == 2


def test_the_official_signing_step() -> None:
    assert sign(SECRET, VECTOR["webhook-id"], str(NOW), VECTOR_BODY) == VECTOR["webhook-signature"]
