"""The check of a file against the public log, in the reader's browser: only the hash leaves it."""

import base64
import hashlib
import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from pagetojob.transparency import services, verify
from pagetojob.transparency.models import EntryKind
from pagetojob.transparency.signing import checkpoint_text, new_signer
from pagetojob.transparency.verify import LOG
from tests.support.browser import Visit, check_page
from tests.support.nightly import sampled

pytestmark = pytest.mark.django_db(transaction=True)
SIGNER, STRANGER = new_signer("log.example", LOG), new_signer("log.example", LOG)
CONTENT = b'{"pages": []}'


@pytest.fixture(autouse=True)
def log(settings: Any) -> None:
    settings.LOG_SIGNING_KEYS, settings.LOG_WITNESS_KEYS, settings.LOG_REVOKED_KEYS = SIGNER.secret(), "", ""
    for content in (b"one", CONTENT, b"three", b"four"):
        services.submit(EntryKind.PACKET, hashlib.sha256(content).hexdigest())
    services.sequence()


def choose(page: Page, content: bytes) -> None:
    page.get_by_label("Or check a file here").set_input_files(
        {"name": "packet.json", "mimeType": "application/json", "buffer": content}
    )


def test_a_file_is_checked_without_being_sent(visit: Visit) -> None:
    page = visit("/log/", width=375)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data}"))
    choose(page, CONTENT)
    result = page.locator("[data-result]")
    expect(result).to_contain_text("This file is in the log, unchanged.")
    expect(result).to_contain_text("The state of the log is signed with its key.")
    assert len(sent) == 1 and sent[0].endswith(f"/log/proof/{hashlib.sha256(CONTENT).hexdigest()} None")
    check_page(page, "log-checked")
    choose(page, CONTENT + b" ")
    expect(result).to_contain_text("This file is not in the log.")


def test_a_state_signed_with_a_replaced_key_is_accepted(visit: Visit, settings: Any) -> None:
    """Both keys have the name of the log, and only the new one signs."""
    settings.LOG_SIGNING_KEYS = STRANGER.secret()
    services.submit(EntryKind.PACKET, hashlib.sha256(b"five").hexdigest())
    services.sequence()
    page = visit("/log/")
    choose(page, CONTENT)
    expect(page.locator("[data-result]")).to_contain_text("The state of the log is signed with its key.")


def test_a_proof_with_hashes_of_other_lengths_is_refused(visit: Visit) -> None:
    """Of a log that signs a root which also follows from another entry."""
    page = visit("/log/")

    def lie(route: Route) -> None:
        proof = route.fetch().json()
        two_hashes, right = b"a" * 64, b"b" * 32
        leaf = verify.leaf_hash(proof["entry"].encode())
        root = verify.node_hash(two_hashes, verify.node_hash(leaf, right))
        text = checkpoint_text(verify.Checkpoint("log.example", 4, root))
        inclusion = [base64.b64encode(value).decode() for value in (right, two_hashes)]
        signed = {"index": 2, "inclusion": inclusion, "checkpoint": f"{text}\n{SIGNER.sign(text)}"}
        route.fulfill(body=json.dumps(proof | signed), content_type="application/json")

    page.route("**/log/proof/*", lie)
    choose(page, CONTENT)
    expect(page.locator("[data-result]")).to_contain_text("A hash of the proof has the wrong length.")


@pytest.mark.parametrize("tampered", sampled(["entry", "inclusion", "signature"], keep=1))
def test_a_forged_proof_is_noticed(visit: Visit, tampered: str) -> None:
    """Of a server that lies: about the file, about its place, or with the key of another log."""
    page = visit("/log/")

    def lie(route: Route) -> None:
        proof = route.fetch().json()
        if tampered == "entry":
            proof["entry"] = proof["entry"].replace('"kind":"packet"', '"kind":"receipt"')
        elif tampered == "inclusion":
            proof["inclusion"].reverse()
        else:
            text = proof["checkpoint"].partition("\n\n")[0] + "\n"
            proof["checkpoint"] = f"{text}\n{STRANGER.sign(text)}"
        route.fulfill(body=json.dumps(proof), content_type="application/json")

    page.route("**/log/proof/*", lie)
    choose(page, CONTENT)
    what = "not signed" if tampered == "signature" else "not in the signed log"
    expect(page.locator("[data-result]")).to_contain_text(what)
    expect(page.locator("[data-result]")).to_contain_text("Not verified")
