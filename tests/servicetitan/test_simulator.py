"""The stand-in itself: repeatable faults, its page, its control API, the events it sends."""

import asyncio
import json
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from pagetojob.platform.outbound.signed_hooks import sign
from pagetojob.servicetitan.simulator import presets, webhooks
from pagetojob.servicetitan.simulator.app import StandIn
from pagetojob.servicetitan.simulator.faults import KINDS, Dice, NoSuchFault, plan_of
from pagetojob.servicetitan.simulator.messages import Request, Response
from pagetojob.servicetitan.simulator.seed import PROVIDER
from pagetojob.servicetitan.simulator.webhooks import NotSent
from tests.support.hostile import Hostile, plain
from tests.support.standin import CLIENT_ID, CLIENT_SECRET, TENANT, StandInProcess

BOOKING = {"source": "x", "name": "<b>Dana</b>", "summary": "s", "isFirstTimeClient": True, "externalId": "<i>ref</i>"}


class InProcess:
    """The application without a server, with a clock of the test's."""

    def __init__(self) -> None:
        self.now = 1_767_225_600.0
        self.app = StandIn(clock=lambda: self.now)
        self.token = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        path, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return asyncio.run(self.app.respond(Request(method, path, pairs, {"host": "localhost:1"} | names, raw)))

    def sign_in(self) -> Response:
        form = f"grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}".encode()
        answer = self.ask("POST", "/connect/token", form, content_type="application/x-www-form-urlencoded")
        if answer.status == 200 and not answer.dropped:
            self.token = json.loads(answer.body)["access_token"]
        return answer

    def api(self, method: str, rest: str, body: Any = None) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {self.token}", "st_app_key": "ak1.x"}
        module, _, path = rest.partition("/")
        answer = self.ask(method, f"/{module}/v2/tenant/{TENANT}/{path}", body, **headers)
        return answer.status, json.loads(answer.body) if answer.body.startswith((b"{", b"[")) else answer.body


@pytest.fixture
def inside() -> InProcess:
    simulator = InProcess()
    simulator.sign_in()
    return simulator


BOOKINGS = f"crm/booking-provider/{PROVIDER}/bookings"


def test_same_seed_gives_the_same_errors() -> None:
    plan = {"rates": {"drop-after": 0.2, "rate-limit": 0.2}, "seed": 7}

    def thrown(tenant: str, **change: Any) -> list[str | None]:
        dice = Dice(tenant, plan_of(plan | change))
        return [dice.draw(writes=True) for _ in range(2_000)]

    assert thrown("1") == thrown("1") != thrown("2") and thrown("1") != thrown("1", seed=8)
    counts = Counter(thrown("1"))
    assert all(300 < counts[fault] < 500 for fault in ("drop-after", "rate-limit"))


@pytest.mark.parametrize(
    "plan",
    [
        7,
        {"rates": {"nonsense": 1}},
        {"rates": {"drop": 2}},
        {"coming": ["x"]},
        {"unknown": 1},
        {"outage": 1},
        {"seed": "x"},
    ],
)
def test_invalid_plan_is_refused(plan: Any) -> None:
    with pytest.raises(NoSuchFault):
        plan_of(plan)


def test_every_preset_is_a_valid_plan() -> None:
    assert presets.in_words(presets.plan("nothing")) == "none"
    for name in presets.PRESETS:
        assert presets.in_words(presets.plan(name))
    for kind in KINDS:
        plan_of({"coming": [kind]})


def test_tokens_expire_and_belong_to_one_tenant(inside: InProcess) -> None:
    assert inside.api("GET", "jpm/jobs")[0] == 200
    other = inside.ask("GET", "/jpm/v2/tenant/5/jobs", authorization=f"Bearer {inside.token}", st_app_key="ak1.x")
    assert other.status == 403
    assert inside.ask("GET", f"/jpm/v2/tenant/{TENANT}/jobs", authorization=f"Bearer {inside.token}").status == 401
    inside.now += 900
    assert inside.api("GET", "jpm/jobs")[0] == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"summary": None}, "summary"),
        ({"isFirstTimeClient": "yes"}, "isFirstTimeClient"),
        ({"address": {"street": "1 Oak St"}}, "address.city"),
        ({"contacts": {"phone": "1"}}, "contacts"),
        ({"contacts": [{"type": "Pager", "value": "1"}]}, "contacts"),
        ({"jobTypeId": "77"}, "jobTypeId"),
        ({"priority": "Now"}, "priority"),
    ],
)
def test_booking_is_validated_as_specified(inside: InProcess, change: dict[str, Any], field: str) -> None:
    status, result = inside.api("POST", BOOKINGS, BOOKING | change)
    assert status == 400 and field in result["errors"]
    assert set(result) == {"type", "title", "status", "traceId", "errors", "data"}


def test_reads_may_be_stale_and_lists_are_paged(inside: InProcess) -> None:
    inside.ask("PUT", f"/control/faults/{TENANT}", {"stale_seconds": 60})
    for number in range(3):
        assert inside.api("POST", BOOKINGS, BOOKING | {"externalId": str(number)})[0] == 200
    assert inside.api("GET", BOOKINGS)[1]["data"] == []
    inside.now += 60
    status, first = inside.api("GET", f"{BOOKINGS}?pageSize=2&includeTotal=true")
    assert (status, len(first["data"]), first["hasMore"], first["totalCount"]) == (200, 2, True, 3)
    second = inside.api("GET", f"{BOOKINGS}?pageSize=2&page=2")[1]
    assert (len(second["data"]), second["hasMore"], second["totalCount"]) == (1, False, None)
    assert "active" not in second["data"][0] and inside.api("GET", f"{BOOKINGS}?page=0")[0] == 400


def test_lists_hide_what_is_inactive_until_asked(inside: InProcess) -> None:
    def names(query: str) -> list[str]:
        return [row["name"] for row in inside.api("GET", f"marketing/campaigns{query}")[1]["data"]]

    assert names("") == ["Summer AC Demand"]
    assert names("?active=Any") == ["Summer AC Demand", "Spring Mailer"]
    assert names("?active=False") == ["Spring Mailer"]
    assert inside.api("GET", "marketing/campaigns?active=Maybe")[0] == 400


def test_feed_continues_from_its_token(inside: InProcess) -> None:
    inside.ask("PUT", f"/control/faults/{TENANT}", {"page_size": 2})
    for number in range(3):
        inside.api("POST", BOOKINGS, BOOKING | {"externalId": str(number)})
    first = inside.api("GET", "crm/export/bookings")[1]
    rest = inside.api("GET", f"crm/export/bookings?from={first['continueFrom']}")[1]
    assert ([len(first["data"]), first["hasMore"]], [len(rest["data"]), rest["hasMore"]]) == ([2, True], [1, False])
    recent = inside.api("GET", "crm/export/bookings?includeRecentChanges=true")[1]
    assert len(recent["data"]) == 3 and recent["data"][1] == recent["data"][2]
    assert inside.api("GET", "crm/export/bookings?from=nonsense")[0] == 400


def test_rate_limit_matches_the_documentation(inside: InProcess) -> None:
    statuses = Counter(inside.api("GET", "jpm/jobs")[0] for _ in range(62))
    assert statuses == {200: 60, 429: 2}
    inside.now += 1
    assert inside.api("GET", "jpm/jobs")[0] == 200


def test_page_shows_only_ids_and_numbers(inside: InProcess) -> None:
    inside.api("POST", BOOKINGS, BOOKING)
    inside.api("POST", BOOKINGS, BOOKING)
    answer = inside.ask("GET", "/")
    html = answer.body.decode()
    assert "Simulator: not ServiceTitan" in html and "default-src 'none'" in answer.headers["content-security-policy"]
    assert "&lt;i&gt;ref&lt;/i&gt;" in html and "<i>" not in html and "Dana" not in html
    assert '<span class="tile__value">1</span> <span class="tile__label">duplicate bookings' in html
    assert CLIENT_SECRET not in html and inside.token not in html
    inside.ask("POST", "/", b"tenant=all&preset=outage")
    assert "outage: yes" in inside.ask("GET", "/").body.decode()
    assert inside.sign_in().dropped


@pytest.mark.parametrize(
    "headers",
    [{"host": "standin.evil.example"}, {"host": "127.0.0.1.evil.example:80"}, {"sec_fetch_site": "cross-site"}],
)
def test_another_site_cannot_reach_its_page_or_control(inside: InProcess, headers: dict[str, str]) -> None:
    for path in ("/control/reset", "/event", "/"):
        assert inside.ask("POST", path, {}, **headers).status in {400, 403}, path
    assert inside.app.book.accounts


def test_the_signature_is_that_of_the_reference_vector() -> None:
    given = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1_614_265_330,
        body=b'{"test": 2432232314}',
    )
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    for secret in ("", "whsec_"):
        with pytest.raises(ValueError, match="whsec_"):
            sign(secret, message_id="m", timestamp=1, body=b"")


def test_events_are_signed_and_sent_only_to_listed_origins(standin: StandInProcess) -> None:
    hook: dict[str, Any] = {
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "type": "booking.updated",
        "data": {"id": 7},
    }
    receiver = Hostile(port=standin.hooks_port)
    try:
        receiver.say("/hooks", plain(b"", status="202 Accepted"))
        url = f"http://127.0.0.1:{standin.hooks_port}/hooks"
        result = standin.control("POST", "hooks", hook | {"url": url, "id": "msg_1", "times": 2})
        assert result["answers"] == [{"id": "msg_1", "status": 202}] * 2 and "not ServiceTitan" in result["signed"]
        head, _, body = receiver.heard[0].partition("\r\n\r\n")
        lines = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.split("\r\n")[1:])}
        right = sign(
            hook["secret"],
            message_id="msg_1",
            timestamp=int(lines["webhook-timestamp"]),
            body=body.encode(),
        )
        assert lines["webhook-signature"] == right
        for way in ("wrong", "none", "stale"):
            standin.control("POST", "hooks", hook | {"url": url, "signature": way})
        assert "webhook-signature" not in receiver.heard[3] and right not in receiver.heard[2]
        form = {"url": url, "key": hook["secret"], "type": hook["type"], "id": "7", "signature": "right"}
        with urllib.request.urlopen(f"{standin.url}/event", urlencode(form).encode(), timeout=10) as page:
            assert '<td data-label="Response">202</td>' in page.read().decode()
        assert '"data": {"id": 7}' in receiver.heard[-1] and "webhook-signature: v1," in receiver.heard[-1]
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{standin.url}/event", urlencode(form | {"key": "<b>"}).encode(), timeout=10)
        with pytest.raises(urllib.error.HTTPError):
            standin.control("POST", "hooks", hook | {"url": f"http://127.0.0.1:{standin.port}/control/reset"})
    finally:
        receiver.close()


def test_unlisted_public_address_gets_no_event() -> None:
    hook = webhooks.hook_of({"url": "http://hooks.invalid/", "secret": "whsec_AAAA", "type": "booking.updated"})
    with pytest.raises(NotSent, match="--hooks-to"):
        asyncio.run(webhooks.send(hook, listed=frozenset()))


def test_process_is_labeled_and_has_no_secrets(standin: StandInProcess) -> None:
    with urllib.request.urlopen(standin.url, timeout=10) as answer:
        assert b"Simulator: not ServiceTitan" in answer.read()
    inherited = Path(f"/proc/{standin.pid}/environ").read_text()
    assert "gunicorn" in Path(f"/proc/{standin.pid}/cmdline").read_text()
    assert "SECRET_KEY" not in inherited and "DATABASE_URL" not in inherited
