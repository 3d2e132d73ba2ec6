"""Sealed is sealed: every change is noticed, and nothing on the way shows what it holds."""

import copy
import json
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any

import pytest

from pagetojob.platform.sealing import errors
from pagetojob.platform.sealing.encryption import Key, Plain, context
from pagetojob.platform.sealing.keyring import KeyRing, KeyRingError, key_ring
from pagetojob.platform.sealing.secret_values import HIDDEN, Sealed, SecretText
from tests.support.services import VAULT_KEYS
from tests.support.vault import PLANTED

ABOUT = context("secret", 1, "connection", "record", "client secret", 1)
NOW, BEFORE = VAULT_KEYS.split(",")


@dataclass
class Holder:
    text: SecretText


def dump_of(trace: TracebackType | None) -> str:
    """What an error tracker would send: every frame with its local variables, by repr."""
    frames = []
    while trace is not None:
        frames.append(pprint.pformat(dict(trace.tb_frame.f_locals)))
        trace = trace.tb_next
    return "\n".join(frames)


def caught(call: Callable[[], Any], kind: type[Exception]) -> str:
    """Everything that could be told of the error that `call` raises, this test's own frame left out."""
    with pytest.raises(kind) as info:
        call()
    error = info.value
    assert error.__cause__ is None and error.__context__ is None
    trace = error.__traceback__
    assert trace is not None and trace.tb_next is not None
    return "".join(traceback.format_exception(error)) + repr(error) + dump_of(trace.tb_next.tb_next)


def test_sealing_round_trip_uses_a_new_nonce() -> None:
    key = Key.fresh()
    one, two = key.seal(PLANTED.encode(), ABOUT), key.seal(PLANTED.encode(), ABOUT)
    assert key.open(one, ABOUT).content.decode() == PLANTED
    assert one.content() != two.content() and PLANTED.encode() not in one.content()


def test_every_changed_byte_is_detected() -> None:
    key = Key.fresh()
    box = key.seal(b"hunter2", ABOUT).content()
    for place in range(len(box)):
        changed = bytearray(box)
        changed[place] ^= 1
        with pytest.raises(errors.SealBroken):
            key.open(Sealed(changed), ABOUT)


def test_every_truncation_is_detected() -> None:
    key = Key.fresh()
    box = key.seal(b"hunter2", ABOUT).content()
    for length in range(len(box)):
        with pytest.raises((errors.SealTruncated, errors.SealBroken)):
            key.open(Sealed(box[:length]), ABOUT)
    with pytest.raises(errors.SealTruncated):
        key.open(Sealed(box[:28]), ABOUT)


@pytest.mark.parametrize(
    "other",
    [
        ("secret", 2, "connection", "record", "client secret", 1),
        ("secret", 1, "inbox", "record", "client secret", 1),
        ("secret", 1, "connection", "another", "client secret", 1),
        ("secret", 1, "connection", "record", "client id", 1),
        ("secret", 1, "connection", "record", "client secret", 2),
        ("secret", 1, "connection", "recordclient", " secret", 1),
    ],
)
def test_opens_only_with_the_same_associated_data(other: tuple[object, ...]) -> None:
    key = Key.fresh()
    box = key.seal(b"hunter2", ABOUT)
    with pytest.raises(errors.SealBroken):
        key.open(box, context(*other))
    with pytest.raises(errors.SealBroken):
        Key.fresh().open(box, ABOUT)


def test_the_first_key_wraps_and_the_others_still_unwrap() -> None:
    key = Key.fresh()
    old, new = key_ring(BEFORE), key_ring(VAULT_KEYS)
    wrapped = old.wrap(key, about=ABOUT)
    again = new.unwrap("before", wrapped, about=ABOUT)
    assert key.open(again.seal(b"x", ABOUT), ABOUT).content == b"x"
    assert (new.current, new.status("now"), new.status("before")) == ("now", "current", "older")
    with pytest.raises(errors.SealBroken):
        new.unwrap("now", wrapped, about=ABOUT)
    with pytest.raises(errors.SealBroken):
        new.unwrap("before", wrapped, about=context("another"))


def test_missing_and_retired_keys_are_distinguished() -> None:
    wrapped = key_ring(BEFORE).wrap(Key.fresh(), about=ABOUT)
    without, retired = key_ring(NOW), key_ring(NOW, "before")
    assert errors.UnknownKey.__name__ in caught(
        lambda: without.unwrap("before", wrapped, about=ABOUT), errors.UnknownKey
    )
    assert errors.RetiredKey.__name__ in caught(
        lambda: retired.unwrap("before", wrapped, about=ABOUT), errors.RetiredKey
    )
    assert (without.status("before"), retired.status("before")) == ("unknown", "retired")


@pytest.mark.parametrize("length", [0, 1, 16, 31, 33])
def test_key_of_wrong_length_is_refused(length: int) -> None:
    shown = caught(lambda: Key(b"K" * length), errors.KeyMalformed)
    assert "KKK" not in shown


@pytest.mark.parametrize(
    ("keys", "retired"),
    [
        ("", ""),
        (PLANTED, ""),
        (f"k1:{PLANTED}", ""),
        (f"{NOW},k2:{PLANTED}=", ""),
        (f"{NOW},{NOW}", ""),
        (VAULT_KEYS, "before"),
        (NOW, PLANTED + "!"),
    ],
)
def test_invalid_key_ring_is_refused_without_a_quote(keys: str, retired: str) -> None:
    shown = caught(lambda: key_ring(keys, retired), KeyRingError)
    texts = shown.replace(repr(retired), "")  # ids of retired keys are no secret
    assert PLANTED not in texts and NOW.partition(":")[2] not in texts


@pytest.mark.parametrize(
    "break_it",
    [
        lambda key, box: key.open(Sealed(box.content()[:-1]), ABOUT),
        lambda key, box: key.open(Sealed(box.content()[:9]), ABOUT),
        lambda key, box: key.open(box, b"another"),
        lambda key, box: key.unwrap(key.seal(Plain(PLANTED.encode()), ABOUT), ABOUT),
    ],
)
def test_errors_and_their_frames_show_no_secret(break_it: Callable[[Key, Sealed], object]) -> None:
    key = Key.fresh()
    box = key.seal(PLANTED.encode(), ABOUT)
    shown = caught(lambda: break_it(key, box), errors.VaultError)
    assert PLANTED not in shown and repr(key._raw) not in shown and repr(box.content()) not in shown


@pytest.mark.parametrize(
    "value", [SecretText(PLANTED), Sealed(PLANTED.encode()), Plain(PLANTED.encode()), Key(b"K" * 32)]
)
def test_hidden_values_never_show_themselves(value: Any) -> None:
    texts = [
        repr(value),
        str(value),
        f"{value}",
        f"{value!r:>40}",
        "{} {!r}".format(*[value] * 2),
        pprint.pformat([value]),
    ]
    texts += [json.dumps({"value": value}, default=str), repr({"value": [value]})]
    assert all(HIDDEN in text and PLANTED not in text and "KKK" not in text for text in texts)
    with pytest.raises(TypeError):
        pickle.dumps(value)
    with pytest.raises(TypeError):
        json.dumps(value)
    with pytest.raises(TypeError):
        vars(value)


def test_a_secret_is_copied_hidden_and_compared_whole() -> None:
    secret = SecretText(PLANTED)
    assert copy.deepcopy(secret).reveal() == PLANTED
    assert HIDDEN in repr(Holder(secret)) and PLANTED not in repr(asdict(Holder(secret)))
    assert secret == SecretText(PLANTED) and secret != SecretText("x") and secret != PLANTED
    assert not SecretText("") and secret
    with pytest.raises(TypeError):
        hash(secret)


def test_a_ring_shows_its_ids_and_no_key() -> None:
    ring: KeyRing = key_ring(VAULT_KEYS, "old")
    assert ring.ids == ("now", "before", "old")
    assert NOW.partition(":")[2] not in pprint.pformat(vars(ring))
