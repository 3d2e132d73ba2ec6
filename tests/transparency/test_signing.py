"""Signed notes: vectors of the specification, one spelling only, and no foreign signature."""

import base64
import time

import pytest

from pagetojob.transparency.signing import checkpoint_text, new_signer, note, read_signer
from pagetojob.transparency.verify import (
    LOG,
    WITNESS,
    Checkpoint,
    Invalid,
    read_checkpoint,
    read_key,
    read_note,
    signed_by,
)

#: Of the documentation of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
TEXT = checkpoint_text(Checkpoint("log.example/1", 3, b"r" * 32))


def test_a_key_and_a_note_of_another_implementation() -> None:
    key, signer = read_key(GO_KEY), read_signer(GO_SECRET)
    assert str(key) == GO_KEY and signer.key == key and signer.secret() == GO_SECRET
    assert signer.sign(GO_TEXT) == GO_LINE
    assert signed_by(read_note(note(GO_TEXT, [GO_LINE])), [key]) == [key]


def test_log_and_witness_sign_the_same_text() -> None:
    log, witness = new_signer("log.example/1", LOG), new_signer("witness.example", WITNESS)
    signed = read_note(note(TEXT, [log.sign(TEXT), witness.cosign(TEXT, int(time.time()))]))
    assert signed_by(signed, [witness.key, log.key]) == [log.key, witness.key]
    assert read_checkpoint(signed.text) == Checkpoint("log.example/1", 3, b"r" * 32)


@pytest.mark.parametrize("how", ["other text", "other time", "other key of that name", "cut off"])
def test_a_wrong_signature_is_refused(how: str) -> None:
    witness = new_signer("witness.example", WITNESS)
    line, text, key = witness.cosign(TEXT, 1_800_000_000), TEXT, witness.key
    raw = base64.b64decode(line.split(" ")[2])
    if how == "other text":
        text = TEXT.replace("\n3\n", "\n4\n")
    elif how == "other time":
        raw = raw[:4] + (1_800_000_001).to_bytes(8) + raw[12:]
    elif how == "cut off":
        raw = raw[:-1]
    else:
        raw = (
            witness.key.id + base64.b64decode(new_signer("witness.example", WITNESS).cosign(TEXT, 1).split(" ")[2])[4:]
        )
    line = f"— witness.example {base64.b64encode(raw).decode()}\n"
    with pytest.raises(Invalid, match="witness"):
        signed_by(read_note(note(text, [line])), [key])


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", TEXT, TEXT + "\n", TEXT + "\n— a\n", TEXT + "\n- a QUJDREU=\n", TEXT + "\n— a QUJDREU\n",
        TEXT + "\n— a QUJDREU= \n", TEXT + "\n— a QUJDREV=\n", TEXT + "\r\n— a QUJDREU=\n", TEXT + "\n— a QUJD\n",
    ],
)  # fmt: skip
def test_only_the_form_of_the_specification_is_a_note(text: str) -> None:
    with pytest.raises(Invalid):
        read_note(text)


@pytest.mark.parametrize(
    "lines",
    [
        "a\n03\nR\n", "a\n-1\nR\n", "a\n3\nQUJD\n", "\n3\nR\n", "a\n3\nR\nmore\n", "a\n3\n",
        f"a\n{'9' * 5000}\nR\n", f"a\n{10**18}\nR\n",
    ],
)  # fmt: skip
def test_only_the_form_of_the_specification_is_a_checkpoint(lines: str) -> None:
    with pytest.raises(Invalid):
        read_checkpoint(lines.replace("R", base64.b64encode(b"r" * 32).decode()))


@pytest.mark.parametrize(
    "text",
    ["", "a", GO_KEY[:-4], GO_KEY.replace("c74f20a3", "c74f20a4"), GO_KEY.replace("Peter", "Paul"), "+" + GO_KEY],
)
def test_a_damaged_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_key(text)
    with pytest.raises(Invalid) as refused:
        read_signer(GO_SECRET.replace("PeterNeumann", "PaulNeumann"))
    assert "AYEKFA" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b"])
def test_a_name_that_would_end_a_key_early_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        new_signer(name, LOG)
