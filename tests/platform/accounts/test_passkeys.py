"""Passkeys: good for both steps, and every lie about one is refused in a sentence."""

import pytest
from django.conf import settings
from django.test import Client

from pagetojob.platform.accounts.models import Passkey, Session, SignInTry
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.tenants.models import User
from tests.support.accounts import (
    SECOND_STEP,
    SECURITY,
    SoftPasskey,
    add_passkey,
    app_of,
    post_json,
    sign_in,
    use_passkey,
)
from tests.support.cast import SignIn


@pytest.fixture
def required(settings: pytest.FixtureRequest) -> None:
    settings.SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]


def test_a_passkey_is_added_and_used_for_both_ways_in(required: None, signed_in: SignIn, operator: User) -> None:
    passkey = SoftPasskey()
    assert add_passkey(signed_in(operator), passkey).json()["next"] == SECURITY
    second = Client()
    assert sign_in(second, operator, next="/ops/")["Location"] == SECOND_STEP
    assert use_passkey(second, passkey).json()["next"] == "/ops/"
    alone = Client()
    answer = use_passkey(alone, passkey, next="https://evil.example/")
    assert answer.json()["next"] == "/"
    assert alone.get("/ops/").status_code == second.get("/ops/").status_code == 200
    assert Session.objects.filter(user=operator).count() == 3


def lying(kind: str, options: dict[str, object], passkey: SoftPasskey) -> dict[str, object]:
    """What a hostile browser hands over."""
    if kind == "another challenge":
        return passkey.use(options | {"challenge": "AAAA"})
    if kind == "another site":
        passkey.origin = "https://evil.example"
    if kind == "another host":
        options = options | {"rpId": "evil.example"}
    answer = passkey.use(options, flags=0x01 if kind == "nobody touched it" else 0x05)
    if kind == "another signature":
        other = SoftPasskey()
        other.credential_id = passkey.credential_id
        return other.use(options)
    if kind == "count goes back":
        passkey.count = 0
        return passkey.use(options)
    return SoftPasskey().use(options) if kind == "unknown passkey" else answer


@pytest.mark.parametrize(
    "kind",
    [
        "another challenge",
        "another site",
        "another host",
        "another signature",
        "nobody touched it",
        "count goes back",
        "unknown passkey",
    ],
)
def test_a_forged_passkey_response_is_refused(signed_in: SignIn, operator: User, kind: str) -> None:
    passkey = SoftPasskey()
    add_passkey(signed_in(operator), passkey)
    assert use_passkey(Client(), passkey).status_code == 200
    client = Client()
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    answer = post_json(client, "/account/passkey/use/complete", {"credential": lying(kind, options, passkey)})
    assert answer.status_code == 400 and "could not verify" in answer.json()["error"]
    assert "_auth_user_id" not in client.session


def test_beginning_again_and_again_is_slowed_down(client: Client, db: None) -> None:
    statuses = [post_json(client, "/account/passkey/use/begin", {}).status_code for _ in range(62)]
    assert statuses[:60] == [200] * 60 and statuses[-1] == 429


def test_an_answer_counts_once(signed_in: SignIn, operator: User) -> None:
    passkey = SoftPasskey()
    add_passkey(signed_in(operator), passkey)
    Passkey.objects.update(sign_count=0)
    client = Client()
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    passkey.count = -1  # an authenticator that does not count
    body = {"credential": passkey.use(options)}
    assert post_json(client, "/account/passkey/use/complete", body).status_code == 200
    client.post("/account/sign-out")
    assert post_json(client, "/account/passkey/use/complete", body).status_code == 400


def test_a_refused_answer_spends_its_challenge(signed_in: SignIn, operator: User) -> None:
    passkey, client = SoftPasskey(), Client()
    add_passkey(signed_in(operator), passkey)
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    for credential in (passkey.use(options, flags=0x01), passkey.use(options)):
        assert post_json(client, "/account/passkey/use/complete", {"credential": credential}).status_code == 400


def test_the_passkey_of_another_is_no_second_step(signed_in: SignIn, operator: User, editor: User) -> None:
    passkey = SoftPasskey()
    add_passkey(signed_in(editor), passkey)
    app_of(operator)
    client = Client()
    sign_in(client, operator)
    assert use_passkey(client, passkey).status_code == 400
    assert "_auth_user_id" not in client.session


def test_the_passkey_of_an_inactive_user_is_refused(signed_in: SignIn, operator: User) -> None:
    passkey = SoftPasskey()
    add_passkey(signed_in(operator), passkey)
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert use_passkey(Client(), passkey).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"credential": []}',
        '{"credential": {"response": {}}}',
        '{"credential": {"rawId": 5, "response": {}}}',
        '{"credential": {"rawId": "\\u0000", "id": "x", "type": "public-key", "response": {"clientDataJSON": 7}}}',
        "[" * 5000,
    ],
)
@pytest.mark.parametrize("path", ["use", "add"])
def test_garbage_is_refused_in_a_sentence(signed_in: SignIn, operator: User, path: str, body: str) -> None:
    client = signed_in(operator)
    post_json(client, f"/account/passkey/{path}/begin", {})
    answer = client.post(f"/account/passkey/{path}/complete", body, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["error"]


def test_a_form_instead_of_json_is_refused_in_a_sentence(db: None) -> None:
    """The test client sends a multipart form, which is read before the view."""
    answer = Client().post("/account/passkey/use/complete", {"credential": "x"})
    assert answer.status_code == 400 and answer.json()["error"]


def test_garbage_inside_a_known_credential_is_refused(signed_in: SignIn, operator: User) -> None:
    client, passkey = signed_in(operator), SoftPasskey()
    add_passkey(client, passkey)
    for field in ("authenticatorData", "clientDataJSON", "signature"):
        for junk in ("", "AA", "%%%", None, 7, "_" * 3000):
            options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
            answer = passkey.use(options)
            answer["response"][field] = junk
            SignInTry.objects.all().delete()
            refused = post_json(client, "/account/passkey/use/complete", {"credential": answer})
            assert refused.status_code == 400, (field, junk)


def test_a_visitor_who_asks_for_a_challenge_makes_no_session(db: None) -> None:
    client = Client()
    for _ in range(3):
        answer = post_json(client, "/account/passkey/use/begin", {})
        assert answer.status_code == 200 and answer.json()["options"]["challenge"]
    assert not Session.objects.exists()
    cookie = client.cookies[settings.PASSKEY_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["max-age"] == 300


def test_visitors_who_ask_for_challenges_are_slowed_down(db: None) -> None:
    begin = "/account/passkey/use/begin"
    statuses = [post_json(Client(), begin, {}).status_code for _ in range(throttle.OF_ADDRESS.free + 1)]
    assert statuses == [200] * throttle.OF_ADDRESS.free + [429]
    assert Client(REMOTE_ADDR="203.0.113.9").post(begin).status_code == 200


def test_the_challenge_of_a_visitor_counts_once(signed_in: SignIn, operator: User) -> None:
    passkey = SoftPasskey()
    add_passkey(signed_in(operator), passkey)
    client, complete = Client(), "/account/passkey/use/complete"
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    cookie, body = client.cookies[settings.PASSKEY_COOKIE_NAME].value, {"credential": passkey.use(options)}
    assert post_json(client, complete, body).status_code == 200
    assert not client.cookies[settings.PASSKEY_COOKIE_NAME].value
    thief = Client()
    thief.cookies[settings.PASSKEY_COOKIE_NAME] = cookie
    assert post_json(thief, complete, {"credential": passkey.use(options)}).status_code == 400
    assert "_auth_user_id" not in thief.session


@pytest.mark.parametrize("spoil", ["late", "forged", "missing"])
def test_a_spoiled_challenge_is_refused(
    signed_in: SignIn, operator: User, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkey, client = SoftPasskey(), Client()
    add_passkey(signed_in(operator), passkey)
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    if spoil == "late":
        monkeypatch.setattr("pagetojob.platform.accounts.views.passkeys.CHALLENGE_SECONDS", -1)
    elif spoil == "forged":
        client.cookies[settings.PASSKEY_COOKIE_NAME] = client.cookies[settings.PASSKEY_COOKIE_NAME].value[:-1] + "x"
    else:
        del client.cookies[settings.PASSKEY_COOKIE_NAME]
    answer = post_json(client, "/account/passkey/use/complete", {"credential": passkey.use(options)})
    assert answer.status_code == 400 and "_auth_user_id" not in client.session
