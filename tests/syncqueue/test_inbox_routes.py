"""A tenant's webhook route: opened, tested and closed in the web, and strict about what is not configured."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.test import Client

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import connections
from syncqueue.inbox.outcomes import Outcome
from syncqueue.inbox.verifiers import HookSecret, Recipe, Scheme, check, judge_time, read_key, read_stamp, sign
from syncqueue.models import HookCount, HookKey, HookRoute, InboxEvent
from syncqueue.services import inbox, inbox_work
from tests.support.cast import SignIn
from tests.support.gates import wish
from tests.support.inbox import SECRET

BODY = b'{"type": "booking.updated", "version": 1, "data": {"id": 7}}'
NOW = datetime(2026, 12, 1, tzinfo=UTC)
HEADERS = ("x-servicetitan-signature", "servicetitan-signature", "x-st-signature", "webhook-signature")
TIMES = ("x-servicetitan-timestamp", "webhook-timestamp")
RECIPES = [
    Recipe(scheme, signature, stamp, id_header)
    for scheme, signature, stamp, id_header in product(Scheme, HEADERS, TIMES, ("webhook-id", ""))
    if id_header or scheme is not Scheme.STANDARD
]
KEY_TEXT = "a-key-of-at-least-thirty-two-characters"


def key(scheme: Scheme, *, accepted: bool = True) -> HookSecret:
    return HookSecret("webhook key", accepted, read_key(scheme, SECRET if scheme is Scheme.STANDARD else KEY_TEXT))


def signed(recipe: Recipe, *, age: float = 0, body: bytes = BODY) -> dict[str, str]:
    stamp = str(int((NOW - timedelta(seconds=age)).timestamp()))
    return sign(recipe, key(recipe.scheme), body, message_id="msg_1", stamp=stamp)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: "-".join((recipe.scheme, *recipe.headers)))
def test_each_recipe_accepts_its_own_requests_and_those_of_no_other(recipe: Recipe) -> None:
    ring = [key(recipe.scheme)]
    headers = signed(recipe)
    assert check(recipe, headers, BODY, ring).refused is None
    assert check(recipe, headers, BODY + b" ", ring).refused is Outcome.WRONG_SIGNATURE
    assert check(recipe, headers, BODY, [key(recipe.scheme, accepted=False)]).refused is Outcome.RETIRED_KEY
    for name in headers:
        without = {other: value for other, value in headers.items() if other != name}
        assert check(recipe, without, BODY, ring).refused is Outcome.UNSIGNED, name
    for other in RECIPES:
        if other != recipe:
            assert check(recipe, signed(other), BODY, ring).refused is not None, other


@pytest.mark.parametrize(
    "recipe", RECIPES[:: len(HEADERS)], ids=lambda recipe: "-".join((recipe.scheme, *recipe.headers))
)
@pytest.mark.parametrize(
    ("age", "outcome"),
    [(0, None), (300, None), (301, Outcome.STALE), (-60, None), (-61, Outcome.AHEAD)],
)
def test_the_signed_time_decides(recipe: Recipe, age: int, outcome: Outcome | None) -> None:
    headers = signed(recipe, age=age)
    checked = check(recipe, headers, BODY, [key(recipe.scheme)])
    moment = read_stamp(checked.stamp)
    assert checked.refused is None and moment is not None
    assert judge_time(moment, NOW, back=300, ahead=60) is outcome
    later = headers | {recipe.timestamp_header: str(int(NOW.timestamp()) + 1000)}
    assert check(recipe, later, BODY, [key(recipe.scheme)]).refused is Outcome.WRONG_SIGNATURE, "the time is signed"


@pytest.mark.parametrize("stamp", ["1764547200000", "2026-12-01T00:00:00Z", "1764547200.5", "-1", ""])
def test_a_time_in_another_form_is_refused(stamp: str) -> None:
    recipe = RECIPES[-1]
    headers = sign(recipe, key(recipe.scheme), BODY, message_id="m", stamp=stamp)
    checked = check(recipe, headers, BODY, [key(recipe.scheme)])
    assert checked.refused is not None or read_stamp(checked.stamp) is None


RECIPE = {
    "scheme": "hmac hex",
    "signature_header": "X-ServiceTitan-Signature",
    "timestamp_header": "x-servicetitan-timestamp",
    "id_header": "",
    "seconds_back": "300",
    "seconds_ahead": "60",
    "heartbeat_seconds": "900",
    "reason": "As their letter describes it.",
}
WHY = {"reason": "Try."}


@pytest.mark.django_db
def test_from_the_connection_to_the_first_event_and_the_end(
    operator: User, viewer: User, tenant: Tenant, connected: Connection, signed_in: SignIn
) -> None:
    wish(tenant, inbox.FLAG)
    inbox.forget()
    acting, reading = signed_in(operator), signed_in(viewer)
    opening = f"/ops/inbox/open/{connected.public_id}"
    page, keys = (f"/ops/inbox/routes/{connected.public_id}/status", f"/ops/inbox/keys/{connected.public_id}")
    assert opening in acting.get(f"/ops/connections/{tenant.slug}/").text
    assert opening not in reading.get(f"/ops/connections/{tenant.slug}/").text
    assert reading.get(opening).status_code == 404 and "not public" in acting.get(opening).text
    assert acting.post(opening, RECIPE | {"timestamp_header": "x-servicetitan-signature"}).status_code == 422
    assert "Store a key now" in acting.post(opening, RECIPE, follow=True).text
    assert acting.get(opening)["Location"] == page
    assert "No key is stored." in reading.get(page).text
    test = f"/ops/inbox/routes/{connected.public_id}/test"
    assert "Store a key first." in acting.post(test, WHY).text
    seen = HookRoute.objects.get().ring
    acting.post(keys, {"seen": seen, "key": KEY_TEXT, "reason": "From the portal."})
    assert reading.post(test, WHY).status_code == 404
    assert "The test event was accepted." in acting.post(test, WHY, follow=True).text
    assert "none seen yet" in reading.get(page).text, "ours is no event of the sender"
    assert not HookCount.objects.filter(outcome="accepted").exists(), "nor does it end refusals"
    _post(Client(), connected, recipe=Recipe(Scheme.HMAC_HEX, *_names()))
    shown = reading.get(page).text
    assert "none seen yet" not in shown and "Accepts signed events." in shown
    with scope.worker():
        assert [event.kind for event in InboxEvent.objects.order_by("id")] == ["pagetojob.test", "heartbeat"]
    assert "are refused" not in shown
    assert Client().post(f"/hooks/{connected.public_id}/", BODY, content_type="application/json").status_code == 401
    refused = reading.get(page).text
    assert "1 refused (last before" in refused and "0 of the 3 accepted reports that end this have arrived." in refused
    assert ": unsigned. If they came from the sender" in refused and "Compare its key." in refused
    for change in ({"key": "another-" + KEY_TEXT}, {"turn": "on"}):
        acting.post(keys, change | {"seen": HookRoute.objects.get().ring, "reason": "Leak."})
    inbox.forget()
    assert _post(Client(), connected, recipe=Recipe(Scheme.HMAC_HEX, *_names())) == 401
    assert ": retired key. If they came from the sender" in reading.get(page).text
    inbox_work.work_inbox()
    assert (
        "The route is closed." in acting.post(f"/ops/inbox/routes/{connected.public_id}/close", WHY, follow=True).text
    )
    closed = {"seen": HookRoute.objects.get().ring, "key": KEY_TEXT, "reason": "From an open page."}
    assert "The route is closed. Open it again" in acting.post(keys, closed).text
    assert not HookKey.objects.exists()
    inbox.forget()
    assert _post(Client(), connected, recipe=Recipe(Scheme.HMAC_HEX, *_names())) == 404
    assert acting.post(f"/ops/inbox/routes/{connected.public_id}/close", WHY).status_code == 422
    assert "Store a key now" in acting.post(opening, RECIPE | {"scheme": "hmac base64"}, follow=True).text
    route = HookRoute.objects.get()
    assert (route.scheme, route.closed_at) == ("hmac base64", None)


def _names() -> tuple[str, str, str]:
    return "x-servicetitan-signature", "x-servicetitan-timestamp", ""


def _post(client: Client, connection: Connection, *, recipe: Recipe) -> int:
    body = json.dumps({"type": "heartbeat", "version": 1, "data": {}}).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    headers = sign(recipe, key(recipe.scheme), body, message_id="", stamp=stamp)
    return client.post(
        f"/hooks/{connection.public_id}/", body, content_type="application/json", headers=headers
    ).status_code


@pytest.mark.django_db
def test_the_page_lists_why_a_connection_receives_nothing(
    operator: User, connected: Connection, signed_in: SignIn
) -> None:
    inbox.forget()
    acting = signed_in(operator)
    opening = f"/ops/inbox/open/{connected.public_id}"
    assert "The feature has not been requested." in acting.get(opening).text
    connections.pause(connection=connected, actor=operator, reason="Wait.")
    assert "The connection is paused." in acting.get(opening).text
