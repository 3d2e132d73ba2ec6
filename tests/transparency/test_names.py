"""Files and archives that were exchanged with others of the same log are noticed: names follow from what is proved."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from pagetojob.platform.canonical import canonical_json
from pagetojob.transparency import services, verify
from pagetojob.transparency.bundles import make_bundle
from pagetojob.transparency.models import EntryKind
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG, Trust

pytestmark = pytest.mark.django_db
SIGNER = new_signer("log.example", LOG)
ERASURE = "0b2a8f5e-1111-4222-8333-444455556666"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = SIGNER.secret()
    settings.LOG_WITNESS_KEYS = settings.LOG_REVOKED_KEYS = ""


def bundle(kind: EntryKind, files: dict[str, bytes], *, name: str = "") -> bytes:
    """Submit the files and return their bundle. `name` is that of the entries, where {} is replaced by the file's."""
    for file, content in files.items():
        services.submit(kind, hashlib.sha256(content).hexdigest(), name=name.format(file))
    services.sequence()
    return make_bundle(files)


def checked(content: bytes, archive: str = "") -> dict[str, Any]:
    return verify.verify(content, Trust([SIGNER.key]), name=archive)


def rebuilt(content: bytes, names: dict[str, str]) -> bytes:
    """Give files of a bundle other names, as someone who knows the program can: in the archive and in its proofs."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {names.get(name, name): archive.read(name) for name in archive.namelist()}
    proof = json.loads(files[verify.PROOF])
    for row in proof["proofs"]:
        row["file"] = names.get(row["file"], row["file"])
    return verify.pack_files(files | {verify.PROOF: canonical_json(proof).encode()})


def month(text: str) -> bytes:
    return f'{{"month":"{text}"}}\n'.encode()


def restated(statement: bytes, number: int = 1) -> bytes:
    head = {"month": "2026-10", "number": number, "statement": hashlib.sha256(statement).hexdigest()}
    return (canonical_json(head) + "\n").encode()


def packet(data: str) -> dict[str, bytes]:
    files = {"packet.json": data.encode(), "packet.csv": f"a,{data}".encode()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return files | {"packet.zip": packed.getvalue()}


def digits(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_two_exchanged_versions_of_the_pack_are_reported() -> None:
    made = {number: bundle(EntryKind.PACK_VERSION, {f"pack-{number}.json": number.encode()}, name=number)
            for number in ("7", "8")}  # fmt: skip
    right = checked(made["7"], "readiness-pack-7-with-proof (1).zip")
    assert right["valid"] and {"check": "content", "result": "readiness-pack-7"} in right["checks"]
    exchanged = checked(made["7"], "readiness-pack-8-with-proof.zip")
    assert exchanged["reason"] == (
        "the archive has a wrong name: it is named readiness-pack-8 and contains readiness-pack-7"
    )
    inside = checked(rebuilt(made["7"], {"pack-7.json": "pack-8.json"}), "readiness-pack-8-with-proof.zip")
    assert inside["reason"] == "pack-8.json has a wrong name: the log proves that this file is pack-7.json"


def test_files_of_two_versions_are_not_mixed() -> None:
    bundle(EntryKind.PACK_FILE, {"packet.pdf": b"7", "sbom.cdx.json": b"7s"}, name="7 {}")
    bundle(EntryKind.PACK_FILE, {"packet.pdf": b"8", "sbom.cdx.json": b"8s"}, name="8 {}")
    assert checked(make_bundle({"packet.pdf": b"7", "sbom.cdx.json": b"7s"}), "readiness-pack-7-files-with-proof.zip")[
        "valid"
    ]
    mixed = checked(make_bundle({"packet.pdf": b"7", "sbom.cdx.json": b"8s"}))
    assert mixed["reason"] == (
        "the archive mixes files of different downloads: readiness-pack-7-files, readiness-pack-8-files"
    )


def test_exchanged_months_and_restatements_are_reported() -> None:
    october, november, change = month("2026-10"), month("2026-11"), restated(month("2026-10"))
    files = {"statement-2026-10.jsonl": october, "statement-2026-11.jsonl": november}
    bundle(EntryKind.MONTH, files)
    bundle(EntryKind.RESTATEMENT, {"restatement-1.jsonl": change})
    good = make_bundle({"statement-2026-10.jsonl": october, "restatement-1.jsonl": change})
    name = f"statement-2026-10-{digits(october)}-with-proof.zip"
    assert checked(good, name)["valid"]
    assert "wrong name" in checked(make_bundle({"statement-2026-10.jsonl": november}))["reason"]
    assert "wrong name" in checked(make_bundle({"restatement-2.jsonl": change}))["reason"]
    assert "wrong name" in checked(make_bundle({"statement-2026-11.jsonl": november}), name)["reason"]
    other = make_bundle({"statement-2026-11.jsonl": november, "restatement-1.jsonl": change})
    assert "mixes files of different downloads" in checked(other)["reason"]


def test_a_restatement_that_was_taken_out_is_missed() -> None:
    statement = month("2026-10")
    changes = {f"restatement-{number}.jsonl": restated(statement, number) for number in (1, 2)}
    bundle(EntryKind.MONTH, {"statement-2026-10.jsonl": statement})
    bundle(EntryKind.RESTATEMENT, changes)
    whole = checked(make_bundle({"statement-2026-10.jsonl": statement, **changes}))
    sentence = "2 when this archive was made; a later download may contain more"
    assert whole["valid"] and {"check": "restatements", "result": sentence} in whole["checks"]
    del changes["restatement-1.jsonl"]
    assert checked(make_bundle({"statement-2026-10.jsonl": statement, **changes}))["reason"] == (
        "restatement-1.jsonl is missing: the archive contains a later restatement of the same month"
    )


def test_two_exchanged_packets_are_reported() -> None:
    first, second = packet('{"a":1}'), packet('{"b":2}')
    names = [f"packet-{digits(files['packet.json'])}-with-proof.zip" for files in (first, second)]
    made = [bundle(EntryKind.PACKET, files) for files in (first, second)]
    assert all(checked(content, name)["valid"] for content, name in zip(made, names, strict=True))
    assert "the archive has a wrong name" in checked(made[0], names[1])["reason"]
    mixed = make_bundle(first | {"packet.csv": second["packet.csv"]})
    assert checked(mixed)["reason"] == "packet.csv has a wrong name, or belongs to another packet than packet.zip"
    assert "belongs to another packet" in checked(make_bundle(first | {"packet.zip": second["packet.zip"]}))["reason"]
    assert "nothing states which packet" in checked(make_bundle({"packet.csv": first["packet.csv"]}))["reason"]


def test_two_exchanged_receipts_are_reported() -> None:
    receipt = json.dumps({"request": ERASURE}).encode()
    made = bundle(EntryKind.RECEIPT, {"erasure-receipt.json": receipt})
    assert checked(made, f"erasure-{ERASURE}-with-proof.zip")["valid"]
    assert "wrong name" in checked(made, f"erasure-{ERASURE.replace('1111', '2222')}-with-proof.zip")["reason"]
    assert "wrong name" in checked(make_bundle({"offboarding-receipt.json": receipt}))["reason"]


OTHER = ERASURE.replace("1111", "2222")
PDF, LIST = f"disconnect-receipt-{ERASURE}.pdf", f"ids-read-{ERASURE}.csv"


def disconnection(receipt: str, pdf: bytes, ids: bytes) -> bytes:
    """Return the bundle of the receipt of a disconnection, submitted as its follow-up steps do."""
    files = {f"disconnect-receipt-{receipt}.pdf": pdf, f"ids-read-{receipt}.csv": ids}
    for name, content in files.items():
        services.submit(EntryKind.RECEIPT, hashlib.sha256(content).hexdigest(), name=verify.name_digest(name))
    services.sequence()
    return make_bundle(files)


def test_two_exchanged_receipts_of_disconnections_are_reported() -> None:
    made = disconnection(ERASURE, b"%PDF-1", b"ids")
    other = disconnection(OTHER, b"%PDF-2", b"ids")
    for content, receipt in ((made, ERASURE), (other, OTHER)):
        right = checked(content, f"receipt-{receipt}-with-proof.zip")
        assert right["valid"], "the lists have the same bytes, and each has its entry"
        assert {"check": "content", "result": f"receipt-{receipt}"} in right["checks"]
    assert checked(made, f"receipt-{OTHER}-with-proof.zip")["reason"] == (
        f"the archive has a wrong name: it is named receipt-{OTHER} and contains receipt-{ERASURE}"
    )
    names = {PDF: f"disconnect-receipt-{OTHER}.pdf", LIST: f"ids-read-{OTHER}.csv"}
    for renamed in (names, {PDF: "receipt.pdf"}, {PDF: names[PDF]}):
        reason = checked(rebuilt(made, renamed))["reason"]
        assert reason.endswith("has a wrong name: the log states the hash of another name for this file")
    listed = {PDF: b"%PDF-1", f"ids-read-{OTHER}.csv": b"ids"}
    assert "mixes files of different downloads" in checked(make_bundle(listed))["reason"]


def test_a_receipt_of_a_disconnection_that_the_log_does_not_name_stays_valid() -> None:
    made = bundle(EntryKind.RECEIPT, {PDF: b"%PDF", LIST: b"ids"})
    answer = checked(made, f"receipt-{ERASURE}-with-proof.zip")
    unchecked = "name not checked: the log did not state names of such receipts when it was made"
    assert answer["valid"] and {"check": PDF, "result": unchecked} in answer["checks"]
    assert "the archive has a wrong name" in checked(made, f"receipt-{OTHER}-with-proof.zip")["reason"]


def validation(run: str) -> bytes:
    return canonical_json([{"seal": "s", "sealed": {"run": run}}]).encode()


def test_two_exchanged_validation_runs_are_reported() -> None:
    made = bundle(EntryKind.VALIDATION_RUN, {f"validation-{ERASURE}.json": validation(ERASURE)})
    assert checked(made, f"validation-{ERASURE}-with-proof.zip")["valid"]
    assert "the archive has a wrong name" in checked(made, f"validation-{OTHER}-with-proof.zip")["reason"]
    assert "wrong name" in checked(make_bundle({f"validation-{OTHER}.json": validation(ERASURE)}))["reason"]


def test_a_file_without_a_name_of_its_kind_is_not_a_download_of_another_kind() -> None:
    made = bundle(EntryKind.RECEIPT, {"receipt.pdf": b"%PDF"})
    assert checked(made, "receipt-1-with-proof.zip")["valid"]
    assert checked(made, f"erasure-{ERASURE}-with-proof.zip")["reason"] == (
        f"the archive has a wrong name: it is named erasure-{ERASURE} and contains something else, of the kind receipt"
    )


def test_an_archive_that_a_reader_renamed_is_valid_and_states_what_it_contains() -> None:
    made = bundle(EntryKind.PACK_VERSION, {"pack-7.json": b"7"}, name="7")
    checks = {check["check"]: check["result"] for check in checked(made, "for the lawyer.zip")["checks"]}
    assert checks["content"] == "readiness-pack-7"
    assert checks["name"] == "not checked: the archive does not have the name of a download"


@pytest.mark.parametrize("content", [b"x", b"[]", b'{"month":1}\n', b"\xff", b"[" * 10_000])
def test_a_month_that_names_no_month_is_refused(content: bytes) -> None:
    made = bundle(EntryKind.MONTH, {"statement-2026-10.jsonl": content})
    assert "statement-2026-10.jsonl" in checked(made)["reason"]
