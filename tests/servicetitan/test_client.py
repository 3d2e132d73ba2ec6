"""The client against the stand-in, a process of its own on loopback: what goes well, and each fault as its error."""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import (
    AuthorizationError,
    GateClosedError,
    GatewayError,
    MappingError,
    RefusedError,
    TransientError,
    UnclearError,
)
from pagetojob.platform.outbound.transport import Patience, Transport
from pagetojob.servicetitan.client import bookings, resources
from pagetojob.servicetitan.client.calls import Caller, ServiceTitan
from pagetojob.servicetitan.client.environments import bases_of
from pagetojob.servicetitan.client.responses import body_of
from pagetojob.servicetitan.client.tokens import ask_for_token, request_token
from pagetojob.servicetitan.simulator.seed import PROVIDER
from tests.support.hostile import hostile, plain
from tests.support.standin import CLIENT_ID, CLIENT_SECRET, TENANT, StandInProcess

APP_KEY = "ak1.only-for-tests"
BOOKING: dict[str, Any] = {
    "source": "PageToJob website",
    "name": "Dana Fields",
    "summary": "No hot water",
    "isFirstTimeClient": True,
    "externalId": "st-ready:0123456789abcdef",
    "contacts": [{"type": "Phone", "value": "4805550142"}],
    "campaignId": "4101",
    "isSendConfirmationEmail": False,
}


class Tokens:
    """A provider that keeps one token in memory and remembers what it was asked."""

    def __init__(self, transport: Transport, secret: str = CLIENT_SECRET) -> None:
        self.transport = transport
        self.secret = secret
        self.kept: str | None = None
        self.forgotten: list[str] = []
        self.lock = asyncio.Lock()

    async def token(self) -> str:
        async with self.lock:
            if self.kept is None:
                bases = bases_of(Environment.SIMULATOR)
                token = await request_token(self.transport, bases, client_id=CLIENT_ID, client_secret=self.secret)
                self.kept = token.value
            return self.kept

    async def forget(self, token: str) -> None:
        self.forgotten.append(token)
        if self.kept == token:
            self.kept = None


#: A feature that may make every call, as no real one may.
EVERY_CALL = "every-call"


@pytest.fixture(autouse=True)
def every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [*resources.TAXONOMY.values(), *(value for value in vars(resources).values() if hasattr(value, "scope"))]
    every = replace(FLAGS["api-booking-sync"], optional_scopes=tuple(call.scope for call in calls))
    monkeypatch.setitem(FLAGS, EVERY_CALL, every)


def decision(**change: Any) -> Decision:
    return replace(Decision(EVERY_CALL, 1, Environment.SIMULATOR, open=True, epoch=1), **change)


@asynccontextmanager
async def calling(*, secret: str = CLIENT_SECRET, total: float = 10.0, **more: Any) -> AsyncGenerator[Caller]:
    transport = Transport(listed=listed_origins(), patience=Patience(total=total, body=1_000_000))
    async with ServiceTitan(transport, APP_KEY) as client:
        given: dict[str, Any] = {"decision": decision(), "tenant": TENANT, "tokens": Tokens(transport, secret)}
        yield client.for_tenant(**given | more)


def run[T](work: Callable[[Caller], Coroutine[Any, Any, T]], **more: Any) -> T:
    async def go() -> T:
        async with calling(**more) as caller:
            return await work(caller)

    return asyncio.run(go())


def failure(work: Callable[[Caller], Coroutine[Any, Any, Any]], **more: Any) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        run(work, **more)
    return caught.value


async def create(caller: Caller) -> bookings.Receipt:
    return await bookings.create(caller, provider=PROVIDER, body=BOOKING)


async def campaigns(caller: Caller) -> list[str]:
    return [row.name for row in (await caller.page(resources.TAXONOMY["campaigns"])).rows]


def test_booking_is_created_read_found_and_updated(standin: StandInProcess) -> None:
    async def work(caller: Caller) -> None:
        receipt = await create(caller)
        booking = receipt.booking
        assert (booking.status, booking.external_id, receipt.environment) == ("New", BOOKING["externalId"], "stand-in")
        assert await bookings.get(caller, provider=PROVIDER, booking=booking.id) == booking
        assert await bookings.find_by_reference(caller, provider=PROVIDER, reference=booking.external_id) == (booking,)
        assert await bookings.find_by_reference(caller, provider=PROVIDER, reference="st-ready:none") == ()
        changes = {"summary": "No water at all", "jobTypeId": 4301}
        changed = await bookings.update(caller, provider=PROVIDER, booking=booking.id, changes=changes)
        path = f"booking-provider/{PROVIDER}/bookings/{booking.id}"
        stored = body_of(await caller.ask("GET", resources.READ_BOOKINGS, path), resources.READ_BOOKINGS)
        assert changed.booking.id == stored["id"] == booking.id
        assert (stored["campaignId"], stored["summary"], stored["jobTypeId"]) == (4101, "No water at all", 4301)
        page = await bookings.changed_since(caller, provider=PROVIDER, modified_from="2020-01-01T00:00:00Z")
        assert [row.id for row in page.rows] == [booking.id]

    run(work)
    book = standin.book()
    assert (len(book["bookings"]), book["duplicates"], book["token_requests"]) == (1, 0, 1)


def test_simulator_accepts_a_duplicate_booking(standin: StandInProcess) -> None:
    async def work(caller: Caller) -> None:
        first, second = await create(caller), await create(caller)
        matches = await bookings.find_by_reference(caller, provider=PROVIDER, reference=BOOKING["externalId"])
        assert [booking.id for booking in matches] == [first.booking.id, second.booking.id]

    run(work)
    assert standin.book()["duplicates"] == 1


def test_lists_feeds_jobs_invoices_and_payments_are_read(standin: StandInProcess) -> None:
    async def work(caller: Caller) -> None:
        for name, resource in resources.TAXONOMY.items():
            page = await caller.page(resource)
            assert page.rows and page.unreadable == 0 and not page.has_more, name
        names = [row.name async for page in caller.pages(resources.TAXONOMY["job types"], size=1) for row in page.rows]
        assert names == ["AC Repair", "Maintenance Tune-Up", "Water Heater Repair"], "inactive ones too"
        tags = await bookings.provider_tags(caller)
        assert tags.rows[0].id == PROVIDER
        booking = (await create(caller)).booking
        standin.control("POST", f"convert/{TENANT}/{booking.id}", {"total": "250.10", "paid": True})
        feed = await caller.feed(resources.BOOKINGS_FEED)
        assert [row.status for row in feed.rows] == ["Converted"]
        again = await caller.feed(resources.BOOKINGS_FEED, continue_from=feed.continue_from)
        assert (again.rows, again.has_more) == ((), False) and again.continue_from
        job = (await caller.feed(resources.JOBS_FEED)).rows[0]
        assert (job.booking_id, job.status) == (booking.id, "Completed")
        invoice = (await caller.feed(resources.INVOICES_FEED)).rows[0]
        assert (invoice.job_id, invoice.total) == (job.id, Decimal("250.10"))
        payment = (await caller.feed(resources.PAYMENTS_FEED, recent=True)).rows[0]
        assert (payment.applied[0].invoice_id, payment.applied[0].amount) == (invoice.id, Decimal("250.10"))

    run(work)


@pytest.mark.parametrize(
    ("fault", "of_a_write", "of_a_read", "stored"),
    [
        ("rate-limit", (TransientError, "rate-limit"), (TransientError, "rate-limit"), 0),
        ("rate-limit-silent", (TransientError, "rate-limit"), (TransientError, "rate-limit"), 0),
        ("rate-limit-date", (TransientError, "rate-limit"), (TransientError, "rate-limit"), 0),
        ("server-error", (UnclearError, "server-fault"), (TransientError, "server-fault"), 0),
        ("server-error-after", (UnclearError, "server-fault"), None, 1),
        ("html-error", (UnclearError, "server-fault"), (TransientError, "server-fault"), 0),
        ("html-success", (UnclearError, "unreadable"), (TransientError, "unreadable"), 1),
        ("truncated", (UnclearError, "unreadable"), (TransientError, "unreadable"), 1),
        ("empty", (UnclearError, "unreadable"), (TransientError, "unreadable"), 1),
        ("huge", (UnclearError, "body-size"), (RefusedError, "body-size"), 0),
        ("drop-after", (UnclearError, "cut"), None, 1),
        ("slow", (UnclearError, "time-out"), (TransientError, "time-out"), 1),
    ],
)
def test_each_injected_error_maps_to_its_exception(
    standin: StandInProcess, fault: str, of_a_write: Any, of_a_read: Any, stored: int
) -> None:
    async def work(caller: Caller) -> list[Any]:
        await caller.tokens.token()
        seen: list[Any] = []
        for call in (create, campaigns):
            await asyncio.to_thread(standin.plan, coming=[fault], slow_seconds=2.0)
            try:
                await call(caller)
                seen.append(None)
            except GatewayError as error:
                seen.append((type(error), error.code))
        return seen

    assert run(work, total=0.5 if fault == "slow" else 10.0) == [of_a_write, of_a_read]
    assert len(standin.book()["bookings"]) == stored


@pytest.mark.parametrize(
    ("fault", "least", "most"), [("rate-limit", 7, 7), ("rate-limit-silent", None, None), ("rate-limit-date", 5, 7)]
)
def test_retry_after_is_passed_on(standin: StandInProcess, fault: str, least: float | None, most: float | None) -> None:
    standin.plan(coming=[fault], retry_after=7)
    error = failure(create)
    assert isinstance(error, TransientError)
    assert error.wait is None if least is None or most is None else least <= (error.wait or 0) <= most


def test_rejected_token_is_renewed_once(standin: StandInProcess) -> None:
    async def work(caller: Caller) -> int:
        await create(caller)
        await asyncio.to_thread(standin.coming, "not-signed-in")
        await create(caller)
        return len(caller.tokens.forgotten)  # type: ignore[attr-defined]

    assert run(work) == 1
    assert (standin.book()["token_requests"], len(standin.book()["bookings"])) == (2, 2)


def test_two_rejected_tokens_mean_a_lost_connection(standin: StandInProcess) -> None:
    standin.coming("not-signed-in", "not-signed-in")
    error = failure(create)
    assert (type(error), error.code) == (AuthorizationError, "connection-lost")
    assert (standin.book()["token_requests"], standin.book()["bookings"]) == (2, [])


def test_missing_permission_is_an_authorization_error(standin: StandInProcess) -> None:
    standin.plan(missing_scopes=["tn.crm.bookings:w", "tn.mrk.campaigns:r"])
    assert (type(failure(create)), failure(create).code) == (AuthorizationError, "not-allowed")
    assert failure(campaigns).code == "not-allowed"
    standin.plan(revoked=True)
    assert (type(failure(campaigns)), failure(campaigns).code) == (AuthorizationError, "token-refused")
    standin.plan()
    assert failure(campaigns, secret="cs2.wrong").code == "token-refused"


def test_synchronous_token_request_needs_an_open_decision(standin: StandInProcess) -> None:
    pair = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = ask_for_token(decision(), **pair)
    assert token.value and token.expires_in == 900 and "tn.crm.bookings:w" in token.scopes
    assert token.value not in repr(token)
    with pytest.raises(GateClosedError):
        ask_for_token(decision(open=False), **pair)
    assert standin.book()["token_requests"] == 1


def test_outage_is_a_transient_error(standin: StandInProcess) -> None:
    standin.plan(outage=True)
    assert (type(failure(create)), failure(create).code) == (TransientError, "token-cut")


def test_unreachable_and_lost_servers_are_distinguished(standin: StandInProcess, settings: Any) -> None:
    async def away(caller: Caller) -> None:
        await caller.tokens.token()
        caller.bases = type(caller.bases)(caller.bases.auth, settings.AWAY)
        await create(caller)

    with hostile() as gone:
        settings.AWAY = f"http://127.0.0.1:{gone.port}"
        settings.LISTED_ORIGINS = [settings.AWAY]
    assert (type(failure(away)), failure(away).code) == (TransientError, "connect")


def test_wrong_ids_are_mapping_errors(standin: StandInProcess) -> None:
    async def elsewhere(caller: Caller) -> None:
        await bookings.create(caller, provider=1, body=BOOKING)

    async def no_number(caller: Caller) -> None:
        await bookings.create(caller, provider=PROVIDER, body=BOOKING | {"jobTypeId": "AC Repair"})

    assert (type(failure(elsewhere)), failure(elsewhere).code) == (MappingError, "not-found")
    assert (type(failure(no_number)), failure(no_number).code) == (MappingError, "mapping-id")
    standin.plan(refused_ids=[4101])
    error = failure(create)
    assert (type(error), error.code) == (MappingError, "mapping-refused")
    assert error.answer is not None and error.answer.fields == ("campaignId",)


def test_invalid_body_is_not_sent(standin: StandInProcess) -> None:
    async def empty(caller: Caller) -> None:
        await bookings.create(caller, provider=PROVIDER, body=BOOKING | {"summary": ""})

    async def contacts(caller: Caller) -> None:
        await bookings.update(caller, provider=PROVIDER, booking=1, changes={"contacts": []})

    assert (type(failure(empty)), failure(empty).code) == (RefusedError, "incomplete")
    assert failure(contacts).code == "not-changeable"
    assert standin.book()["calls"] == 0


def test_stale_reads_and_ignored_filters_return_no_foreign_booking(standin: StandInProcess) -> None:
    async def look(caller: Caller) -> Any:
        return await bookings.find_by_reference(caller, provider=PROVIDER, reference="st-ready:other")

    run(create)
    standin.plan(ignores_reference=True)
    assert run(look) == ()
    standin.plan(ignores_reference=True, page_size=1)
    run(create)
    assert failure(look).code == "unreadable", "with more rows to come, none is not certain"
    standin.plan(stale_seconds=60.0)

    async def own(caller: Caller) -> Any:
        return await bookings.find_by_reference(caller, provider=PROVIDER, reference=BOOKING["externalId"])

    assert run(own) == ()


def test_closed_gate_sends_nothing(standin: StandInProcess) -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)]
    lapsing = decision(valid_until=moments[1])
    assert isinstance(failure(create, decision=decision(open=False)), GateClosedError)
    assert failure(create, decision=decision(flag="api-taxonomy-import")).code == "not-in-scopes"
    assert run(campaigns, decision=decision(flag="api-taxonomy-import"))

    async def twice(caller: Caller) -> None:
        await create(caller)
        caller.now = lambda: moments[1]
        await create(caller)

    assert failure(twice, decision=lapsing, now=lambda: moments[0]).code == "gate-lapsed"

    switched = [True]

    async def switched_off(caller: Caller) -> None:
        await create(caller)
        switched[0] = False
        await create(caller)

    assert failure(switched_off, still_open=lambda _: switched[0]).code == "gate-shut"
    assert len(standin.book()["bookings"]) == 2


def test_no_secret_and_no_visitor_is_in_an_error_a_repr_or_a_log(
    standin: StandInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    text = ""
    for fault in ("server-error", "drop-after", "html-success", "huge", "rate-limit"):
        standin.coming(fault)
        with pytest.raises(GatewayError) as caught:
            run(create)
        assert caught.value.__cause__ is None, "an error of the library is not handed on"
        text += "".join(traceback.format_exception(caught.value)) + repr(caught.value.answer)

    async def shown(caller: Caller) -> str:
        return repr(caller) + repr(await create(caller)) + repr(await caller.feed(resources.BOOKINGS_FEED))

    text += run(shown) + failure(create, secret="cs2.wrong").sentence + caplog.text
    for secret in (CLIENT_SECRET, APP_KEY, "standin.", "Bearer", "Dana", "hot water", "4805550142"):
        assert secret not in text.replace("st-ready", "").replace("cid.standin.", "").replace(
            "servicetitan.simulator", ""
        )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (plain(b'{"access_token": "a b", "expires_in": 900}'), "token-unreadable"),
        (plain(b'{"access_token": "abc"}'), "token-unreadable"),
        (plain(b'{"access_token": "abc", "expires_in": "soon"}'), "token-unreadable"),
        (plain(b"<html>"), "token-unreadable"),
        (plain(b'{"error": "invalid_client"}', status="400 Bad Request"), "token-refused"),
        (plain(b'{"error": "invalid_request"}', status="400 Bad Request"), "token-not-given"),
        (plain(b"", status="401 Unauthorized"), "token-refused"),
        (plain(b"", "Retry-After: 3", status="429 Too Many"), "token-rate-limit"),
        (plain(b"<h1>", status="503 Away"), "token-server-fault"),
        (plain(b"", "Location: https://elsewhere.example/", status="302 Found"), "token-not-given"),
    ],
)
def test_token_endpoint_errors(settings: Any, said: bytes, code: str) -> None:
    with hostile() as server:
        server.say("/connect/token", said)
        settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = (
            f"http://127.0.0.1:{server.port}"
        )
        assert failure(campaigns).code == code
        form = server.heard[0].lower()
        assert "content-type: application/x-www-form-urlencoded" in form and "authorization" not in form
        assert len(server.heard) == 1, "no redirect is followed with a secret"
