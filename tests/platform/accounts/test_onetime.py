"""Codes, keys and names: what needs no database."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagetojob.platform.accounts import onetime
from pagetojob.platform.accounts.keys import SealBroken, seal, unseal
from pagetojob.platform.accounts.marks import device_name
from pagetojob.platform.client_address import network
from pagetojob.platform.derived_keys import derived, link_token

RFC_KEY = b"12345678901234567890"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(now: int, code: str) -> None:
    step = now // onetime.STEP_SECONDS
    assert onetime.step_of(code, key=RFC_KEY, now=now, after=0) == step
    assert onetime.step_of(code, key=RFC_KEY, now=now, after=step) is None
    assert onetime.step_of(code, key=RFC_KEY, now=now, after=step - 1) == step


@pytest.mark.parametrize(("now", "accepted"), [(29, False), (30, True), (59.9, True), (60, False)])
def test_a_code_is_valid_for_the_30_seconds_in_which_it_is_shown(now: float, accepted: bool) -> None:
    assert (onetime.step_of("287082", key=RFC_KEY, now=now, after=0) is not None) == accepted


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_no_text_breaks_the_check(typed: str) -> None:
    assert onetime.step_of(typed, key=RFC_KEY, now=10**15, after=0) in {None, 10**15 // 30}
    assert len(onetime.normalize_recovery_code(typed)) in {0, onetime.RECOVERY_CODE_LENGTH}


def test_recovery_codes_differ_and_match_typed_variants() -> None:
    codes = onetime.draw_recovery_codes()
    assert len(set(codes)) == onetime.RECOVERY_CODES
    assert {onetime.normalize_recovery_code(code.lower().replace("-", " ")) for code in codes} == {
        code.replace("-", "") for code in codes
    }


def test_what_is_sealed_opens_for_its_use_and_its_person_only() -> None:
    sealed = seal(b"key", use="authenticator", bound_to="1")
    assert unseal(sealed, use="authenticator", bound_to="1") == b"key"
    spoiled = sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB")
    for text, use, whose in [
        (sealed, "authenticator", "2"),
        (sealed, "other", "1"),
        (spoiled, "authenticator", "1"),
        (sealed[:20], "authenticator", "1"),
        ("", "authenticator", "1"),
        ("%%%é", "authenticator", "1"),
    ]:
        with pytest.raises(SealBroken):
            unseal(text, use=use, bound_to=whose)


def test_each_use_has_a_key_of_its_own() -> None:
    assert len({derived(use) for use in ("throttle", "authenticator", "link:reset", "link:invitation")}) == 4
    assert link_token("reset", 1) != link_token("invitation", 1)


def test_the_qr_code_has_the_format_that_apps_expect() -> None:
    text = onetime.app_address(RFC_KEY, email="a+b@example.com")
    assert text.startswith("otpauth://totp/PageToJob%3Aa%2Bb%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert onetime.key_as_text(RFC_KEY).startswith("GEZD GNBV")


@pytest.mark.parametrize(
    ("agent", "name"),
    [(CHROME, "Chrome on Windows"), ("curl/8", "A browser"), ("<script>", "A browser"), ("", "A browser")],
)
def test_a_device_has_a_short_name_of_ours(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_an_ipv6_address_is_its_network() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff") != network("2001:db8:0:1::1")
    assert (network("203.0.113.9"), network("nonsense")) == ("203.0.113.9", "")
