"""A rotation of SECRET_KEY signs nobody out and breaks no link; without the earlier key, what it sealed is gone."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from pagetojob.platform.accounts import keys
from pagetojob.platform.accounts.models import PasswordReset
from pagetojob.platform.accounts.services.factors import check_code, make_recovery_codes, use_recovery_code
from pagetojob.platform.derived_keys import link_token, token_digest
from pagetojob.platform.tenants.models import User
from tests.support.accounts import SECOND_STEP, app_of, code_of, sign_in
from tests.support.cast import SignIn

OLD, NEW = "old-" * 20, "new-" * 20


@pytest.fixture(autouse=True)
def old_key(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []


@pytest.fixture
def rotate(settings: Any) -> Callable[..., None]:
    def switch(*, fallback: bool = True) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD] if fallback else []

    return switch


def test_a_session_and_half_a_sign_in_continue(operator: User, signed_in: SignIn, rotate: Callable[..., None]) -> None:
    client, idle, half = signed_in(operator), signed_in(operator), Client()
    key = app_of(operator)
    sign_in(half, operator)
    rotate()
    assert client.get("/account/security").status_code == 200
    assert half.post(SECOND_STEP, {"code": code_of(key)}).status_code == 302
    rotate(fallback=False)
    assert client.get("/account/security").status_code == 200, "its next request renewed it"
    assert idle.get("/account/security").status_code == 302


def test_an_authenticator_works_and_is_sealed_again(operator: User, rotate: Callable[..., None]) -> None:
    key = app_of(operator)
    rotate()
    assert check_code(user=operator, code=code_of(key))
    call_command("rotate_secret_key")
    rotate(fallback=False)
    assert check_code(user=operator, code=code_of(key, ahead=1), now=time.time() + 30)


def test_the_command_names_what_no_key_opens(operator: User, rotate: Callable[..., None]) -> None:
    app_of(operator)
    rotate(fallback=False)
    with pytest.raises(CommandError, match="1 authenticator apps cannot be read"):
        call_command("rotate_secret_key")


def test_a_mailed_link_stays_the_same(operator: User, rotate: Callable[..., None]) -> None:
    row = PasswordReset(user=operator)
    token = link_token("reset", row.public_id)
    row.digest = token_digest(token)
    rotate()
    assert link_token("reset", row.public_id, row.digest) == token
    assert link_token("reset", row.public_id) != token
    rotate(fallback=False)
    assert link_token("reset", row.public_id, row.digest) != token


def test_recovery_codes_do_not_depend_on_the_key(operator: User, rotate: Callable[..., None]) -> None:
    code, *_ = make_recovery_codes(operator)
    rotate(fallback=False)
    assert use_recovery_code(user=operator, typed=code)


def test_new_values_are_made_with_the_new_key_only(rotate: Callable[..., None]) -> None:
    before = keys.keyed_hash("device", "a@example.com")
    rotate()
    after = keys.keyed_hash("device", "a@example.com")
    assert before != after
    assert keys.is_keyed_hash(before, "device", "a@example.com") and keys.is_keyed_hash(
        after, "device", "a@example.com"
    )
    rotate(fallback=False)
    assert not keys.is_keyed_hash(before, "device", "a@example.com")
