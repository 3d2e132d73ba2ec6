"""The log in the database: order, proofs, bundles, witnesses, and what nobody may do."""

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from pagetojob.platform.tenants import scope
from pagetojob.transparency import selectors, services, tiles, verify
from pagetojob.transparency.bundles import NotProvable, make_bundle
from pagetojob.transparency.models import EntryKind, LogCheckpoint, LogEntry
from pagetojob.transparency.signing import Signer, new_signer, note
from pagetojob.transparency.verify import LOG, WITNESS, Trust, check_consistency, read_checkpoint, read_note
from tests.support.threads import at_once

LOG_SIGNER = new_signer("log.example", LOG)
WITNESS_SIGNER = new_signer("witness.example", WITNESS)
CONTENT = b'{"pages": []}'


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = LOG_SIGNER.secret()
    settings.LOG_WITNESS_KEYS = settings.LOG_REVOKED_KEYS = ""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fill(count: int, *, start: int = 0) -> None:
    for number in range(start, start + count):
        services.submit(EntryKind.MONTH, digest(str(number).encode()))
    services.sequence()


def trust(*, witness: Signer | None = None) -> Trust:
    return Trust([LOG_SIGNER.key], [witness.key] if witness else [])


def cosign(signer: Signer = WITNESS_SIGNER, *, seconds: int = 1_800_000_000) -> LogCheckpoint:
    row = selectors.newest_checkpoint()
    assert row
    return services.take_cosignature(note(row.text, [signer.cosign(row.text, seconds)]))


def test_submissions_get_places_without_gaps_and_count_once(db: None) -> None:
    fill(3)
    services.submit(EntryKind.MONTH, digest(b"0"))
    fill(2, start=3)
    assert list(LogEntry.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2, 3, 4, 5]
    assert LogEntry.objects.filter(submission__kind=EntryKind.PROGRAM).count() == 1
    assert [row.size for row in LogCheckpoint.objects.order_by("size")] == [4, 6]


def test_a_log_that_did_not_grow_signs_nothing(db: None) -> None:
    fill(1)
    assert services.sequence() == 0
    assert LogCheckpoint.objects.count() == 1


def test_without_a_key_submissions_wait(db: None, settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = ""
    fill(2)
    assert not LogEntry.objects.exists()
    settings.LOG_SIGNING_KEYS = LOG_SIGNER.secret()
    assert services.sequence() == 3  # with the program


def test_a_submission_ends_with_its_transaction(db: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.submit(EntryKind.PACKET, digest(b"never made"))
        raise ZeroDivisionError
    services.sequence()
    assert not LogEntry.objects.filter(submission__kind=EntryKind.PACKET).exists()


@pytest.mark.django_db(transaction=True)
def test_processes_take_turns() -> None:
    for number in range(50):
        services.submit(EntryKind.MONTH, digest(str(number).encode()))
    at_once(lambda _: services.sequence(), range(4))
    services.sequence()
    assert LogEntry.objects.count() == 51 == selectors.newest_size()


@pytest.mark.parametrize("table", ["logsubmission", "logentry", "lognode", "logcheckpoint", "logkey"])
@pytest.mark.parametrize("verb", ["UPDATE transparency_{} SET {}", "DELETE FROM transparency_{}"])
def test_no_role_changes_or_removes_a_row(db: None, table: str, verb: str) -> None:
    fill(2)
    column = {"lognode": "hash = hash", "logkey": "text = text", "logsubmission": "name = name"}.get(
        table, "text = text"
    )
    with pytest.raises(DatabaseError), scope.worker(), connection.cursor() as cursor:
        cursor.execute(verb.format(table, column))


def test_a_bundle_is_verified_by_the_program_inside_it(db: None, tmp_path: Path) -> None:
    fill(5)
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    bundle = make_bundle({"pack-7.json": CONTENT})
    result = verify.verify(bundle, trust())
    assert result["valid"], result
    assert [check["check"] for check in result["checks"]] == [
        "archive", "log", "witness", "pack-7.json", "verify.py", "content", "name", "earlier", "timestamp",
    ]  # fmt: skip
    assert "pack-version 7" in json.dumps(result)
    (tmp_path / "verify.py").write_text(selectors.program())
    (tmp_path / "bundle.zip").write_bytes(bundle)
    done = subprocess.run(
        [sys.executable, "verify.py", "bundle.zip"], cwd=tmp_path, capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0 and json.loads(done.stdout)["valid"], done.stderr


def test_the_program_runs_in_any_folder(db: None, tmp_path: Path) -> None:
    """Run it next to files with the names of standard modules: in our source, and in a folder that others filled."""
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    (tmp_path / "bundle.zip").write_bytes(make_bundle({"pack-7.json": CONTENT}))
    for name in ("selectors.py", "json.py", "zipfile.py", "cryptography.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    program = tmp_path / "verify.py"
    program.write_text(selectors.program())
    source = Path(verify.__file__)
    keys = [word for key in selectors.log_keys() for word in ("--log-key", str(key))]
    for folder, command in (
        (tmp_path, ["verify.py"]),
        (tmp_path.parent, [str(program)]),
        (source.parent, [source.name, *keys]),
    ):
        done = subprocess.run(
            [sys.executable, *command, str(tmp_path / "bundle.zip")],
            cwd=folder, capture_output=True, text=True, check=False, env={},
        )  # fmt: skip
        assert done.returncode == 0 and json.loads(done.stdout)["valid"], (command, done.stdout, done.stderr)


def test_what_is_not_in_the_log_has_no_bundle(db: None) -> None:
    with pytest.raises(NotProvable):
        make_bundle({"pack-7.json": CONTENT})
    fill(1)
    with pytest.raises(NotProvable):
        make_bundle({"pack-7.json": CONTENT})


def test_a_bundle_waits_for_the_witness(db: None, settings: Any) -> None:
    settings.LOG_WITNESS_KEYS = str(WITNESS_SIGNER.key)
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    with pytest.raises(NotProvable):
        make_bundle({"pack-7.json": CONTENT})
    cosign()
    result = verify.verify(make_bundle({"pack-7.json": CONTENT}), trust(witness=WITNESS_SIGNER))
    assert (
        result["valid"] and {"check": "witness", "result": "witness.example, 2027-01-15T08:00:00Z"} in result["checks"]
    )


def test_only_accepted_witnesses_sign(db: None, settings: Any, client: Client) -> None:
    fill(1)
    stranger = new_signer("stranger.example", WITNESS)
    with pytest.raises(services.CosignatureRefused, match="accepts"):
        cosign(stranger)
    settings.LOG_WITNESS_KEYS = str(WITNESS_SIGNER.key)
    row = selectors.newest_checkpoint()
    assert row
    forged = note(row.text, [WITNESS_SIGNER.cosign(row.text.replace("\n2\n", "\n3\n"), 1)])
    other = row.text.replace("\n2\n", "\n9\n")
    endless = note(row.text.replace("\n2\n", f"\n{'9' * 5000}\n"), [WITNESS_SIGNER.cosign(row.text, 1)])
    for body in (forged, note(other, [WITNESS_SIGNER.cosign(other, 1)]), "", "\xff", note(row.text, []), endless):
        assert client.post("/log/cosignatures", body, content_type="text/plain").status_code == 422
    assert client.post("/log/cosignatures", {"a": "form with parts"}).status_code == 422, "its bytes were parsed before"
    good = note(row.text, [WITNESS_SIGNER.cosign(row.text, 5), stranger.cosign(row.text, 5)])
    for _ in range(2):
        assert client.post("/log/cosignatures", good, content_type="text/plain").status_code == 200
    assert selectors.note_of(selectors.newest_checkpoint() or row).count("— ") == 2


def test_readers_can_rebuild_the_tree_from_tiles(db: None, client: Client) -> None:
    fill(258)
    size = selectors.newest_size()
    checkpoint = read_checkpoint(read_note(client.get("/log/checkpoint").text).text)
    full, partial = client.get("/log/tile/0/000"), client.get(f"/log/tile/0/001.p/{size - 256}")
    entries = tiles.unbundle(client.get("/log/tile/entries/000").content)
    assert [verify.leaf_hash(entry) for entry in entries] == [full.content[at : at + 32] for at in range(0, 8192, 32)]
    first_level = client.get("/log/tile/1/000.p/1").content
    assert len(first_level) == 32 and len(partial.content) == 32 * (size - 256)
    rest = [partial.content[at : at + 32] for at in range(0, len(partial.content), 32)]
    right = rest[0]
    if len(rest) == 3:
        right = verify.node_hash(verify.node_hash(rest[0], rest[1]), rest[2])
    assert checkpoint.root == verify.node_hash(first_level, right)
    assert "immutable" in full["Cache-Control"]
    for path in (f"0/001.p/{size - 255}", "0/001", "2/000", "entries/001", "0/0", "../keys"):
        assert client.get(f"/log/tile/{path}").status_code == 404


def test_an_old_checkpoint_is_proved_to_begin_the_new_log(db: None) -> None:
    fill(3)
    first = selectors.newest_checkpoint()
    fill(9, start=3)
    second = selectors.newest_checkpoint()
    assert first and second
    old, new = (read_checkpoint(row.text) for row in (first, second))
    check_consistency(old.size, new.size, old.root, new.root, selectors.consistency(old.size, new.size))


def test_a_new_key_signs_next_to_the_old_key_and_a_leaked_key_is_not_trusted(db: None, settings: Any) -> None:
    fill(1)
    fresh = new_signer("log.example", LOG)
    settings.LOG_SIGNING_KEYS = f"{fresh.secret()},{LOG_SIGNER.secret()}"
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    services.sequence()
    bundle = make_bundle({"pack-7.json": CONTENT})
    both = Trust([fresh.key, LOG_SIGNER.key])
    assert verify.verify(bundle, both)["valid"]
    settings.LOG_REVOKED_KEYS = LOG_SIGNER.key.id.hex()
    assert selectors.log_keys() == [fresh.key]
    assert "not trusted" in verify.verify(bundle, Trust([fresh.key]))["reason"]


def test_the_page_shows_the_state_and_how_to_check_it(db: None, client: Client) -> None:
    assert "The log is empty" in client.get("/log/").text
    fill(1)
    page = client.get("/log/").text
    assert "Sealed month" in page and "verify.py" in page and "No witness is set up" in page
    program = client.get("/log/verify.py").text
    assert (
        str(LOG_SIGNER.key) in program
        and base64.b64encode(b"\x01" + LOG_SIGNER.private.private_bytes_raw()).decode() not in program
    )


def test_the_proof_of_a_hash_is_public_and_unknown_hashes_are_absent(db: None, client: Client) -> None:
    fill(5)
    answer = client.get(f"/log/proof/{digest(b'3')}")
    proof = answer.json()
    checkpoint = read_checkpoint(read_note(proof["checkpoint"]).text)
    inclusion = [base64.b64decode(text) for text in proof["inclusion"]]
    leaf = verify.leaf_hash(proof["entry"].encode())
    assert verify.root_from_inclusion(proof["index"], checkpoint.size, leaf, inclusion) == checkpoint.root
    for unknown in (digest(b"another"), "nothing", "0" * 4000):
        assert client.get(f"/log/proof/{unknown}").status_code == 404


@pytest.fixture
def stored(db: None) -> tuple[bytes, str]:
    """Return a bundle, and the state of the log that its reader stored four states before."""
    fill(2)
    row = selectors.newest_checkpoint()
    assert row
    for number in range(3):
        fill(1, start=10 + number)
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    return make_bundle({"pack-7.json": CONTENT}), selectors.note_of(row)


def seen(bundle: bytes, state: str, proof: str = "") -> dict[str, Any]:
    return verify.verify(bundle, Trust([LOG_SIGNER.key], seen=state, consistency=proof))


def test_a_stored_state_that_is_not_compared_is_not_passed_over(stored: tuple[bytes, str]) -> None:
    result = seen(*stored)
    assert not result["valid"]
    assert result["reason"] == (
        "the state that you stored, of 3 entries, cannot be compared without a proof: download"
        " log.example/consistency/3/7 and give it with --consistency"
    )


def test_a_stored_state_is_compared_by_a_downloaded_proof(
    stored: tuple[bytes, str], client: Client, tmp_path: Path
) -> None:
    proof = client.get("/log/consistency/3/7").text
    result = seen(*stored, proof)
    assert {"check": "seen", "result": "the log of 3 entries is the beginning of that of 7"} in result["checks"]
    for name, content in (("b.zip", stored[0]), ("seen", stored[1].encode()), ("proof", proof.encode())):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "verify.py").write_text(selectors.program())
    command = [sys.executable, "verify.py", "b.zip", "--seen", "seen", "--consistency", "proof"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, env={}).returncode == 0
    with pytest.raises(SystemExit, match="0"):
        call_command("verify_bundle", tmp_path / "b.zip", seen=tmp_path / "seen", consistency=tmp_path / "proof")
    for wrong in ("[]", "{}", "[[", '["AA=="]', client.get("/log/consistency/2/7").text):
        assert not seen(*stored, wrong)["valid"]
    fill(3, start=20)
    newer = selectors.newest_checkpoint()
    assert newer and seen(stored[0], selectors.note_of(newer), client.get("/log/consistency/7/10").text)["valid"]


def test_another_history_is_noticed_by_its_proof(stored: tuple[bytes, str], client: Client) -> None:
    text = stored[1].partition("\n\n")[0].replace("\n3\n", "\n4\n") + "\n"
    result = seen(stored[0], note(text, [LOG_SIGNER.sign(text)]), client.get("/log/consistency/4/7").text)
    assert result["reason"] == "the earlier log is not the beginning of this one (split view)"


def test_a_stored_state_without_signature_of_the_log_is_no_accusation(stored: tuple[bytes, str]) -> None:
    text = stored[1].partition("\n\n")[0] + "\n"
    other = new_signer("log.example", LOG)
    assert seen(stored[0], note(text, [other.sign(text)]))["reason"] == (
        "the state that you stored is not signed by this log"
    )


@pytest.mark.parametrize("path", ["0/2", "2/2", "3/2", "1/9", f"1/{'9' * 30}"])
def test_there_is_no_proof_of_consistency_outside_the_log(db: None, client: Client, path: str) -> None:
    fill(2)
    assert client.get(f"/log/consistency/{path}").status_code == 404


def test_the_report_states_whose_date_each_date_is(db: None, settings: Any) -> None:
    """Only the witness and a timestamp authority are outsiders: the date of an entry is by the log itself."""
    settings.LOG_WITNESS_KEYS = str(WITNESS_SIGNER.key)
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    cosign()
    checks = {row["check"]: row["result"] for row in verify.verify(
        make_bundle({"pack-7.json": CONTENT}), trust(witness=WITNESS_SIGNER))["checks"]}  # fmt: skip
    assert checks["witness"] == "witness.example, 2027-01-15T08:00:00Z"
    assert checks["pack-7.json"].endswith("Z by the log itself")


def test_a_date_of_a_witness_that_no_calendar_has_is_stated(db: None, settings: Any) -> None:
    settings.LOG_WITNESS_KEYS = str(WITNESS_SIGNER.key)
    services.submit(EntryKind.PACK_VERSION, digest(CONTENT), name="7")
    services.sequence()
    cosign(seconds=2**63)
    result = verify.verify(make_bundle({"pack-7.json": CONTENT}), trust(witness=WITNESS_SIGNER))
    assert {"check": "witness", "result": f"witness.example, at no date: {2**63} seconds"} in result["checks"]
