"""Verify a PageToJob bundle without our server: `python verify.py FILE`.

Needs Python 3.11 or later and the package `cryptography`. The file is a zip archive:

    proof.json  the signed checkpoint of the log, and for each other file its entry in the log with an inclusion proof
    verify.py   this program
    other files what is proved: a version of the readiness pack, a sealed month, a packet, a receipt

Checks: the archive is byte for byte what its files make; each file has the SHA-256 that its log entry states, and the
name that follows from its entry or content, as does the name of the archive, so that exchanged files are noticed;
each entry is in the log of the checkpoint (RFC 6962); that log contains an earlier one unchanged; the checkpoint is
signed by the log (C2SP signed-note) and by a witness (C2SP tlog-cosignature); and a timestamp authority dated it
(RFC 3161, by `openssl ts -verify`). Prints one JSON object; the exit status is 0 if the bundle is valid, else 1.

With `--place-key KEY`, the file is the signed result of a test run, and its signature is checked with that key.

Keep this program from a source that you trust: whoever can change the bundle can also change the copy inside it.
"""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python searches the folder of a program first. A file there, such as selectors.py, json.py or one that came with a
    # bundle, would be used in place of the module with its name.
    del sys.path[0]

import argparse
import base64
import binascii
import hashlib
import io
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

#: Public keys, as `name+hash+base64`. The copy in a bundle has those of the installation that made it.
LOG_KEYS: tuple[str, ...] = ()
WITNESS_KEYS: tuple[str, ...] = ()
#: Certificate of the timestamp authority, in PEM.
AUTHORITY = ""

PROOF, PROGRAM = "proof.json", "verify.py"
SCHEMA = "pagetojob.bundle/1"
LARGEST = 64 * 1024**2
#: Digits of the number of entries of a log.
LONGEST_SIZE = 18
#: Kinds of entries whose files have one name: `2 packet.pdf` and `2` in the log, and none for the program.
PACK_FILE, PACK_VERSION, PROGRAM_KIND = "pack-file", "pack-version", "verify-program"
RECEIPT = "receipt"
#: Kinds of keys.
LOG, WITNESS = 0x01, 0x04
#: Digits of a hash in the name of a download.
SHORT = 12
_DASH = "— "
#: Names of downloads, which a browser or a reader may have changed after these words.
_DOWNLOAD = re.compile(
    r"(readiness-pack-\d+(?:-files)?|statement-\d{4}-\d{2}-[0-9a-f]{12}|packet-[0-9a-f]{12}"
    r"|(?:erasure|offboarding|validation|receipt)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-with-proof"
)
#: Files of the receipt of a disconnection, with the ID of the receipt.
_DISCONNECTION = re.compile(
    r"(?:disconnect-receipt-(?P<pdf>[0-9a-f-]{36})\.pdf|ids-read-(?P<csv>[0-9a-f-]{36})\.csv)", re.ASCII
)
#: Field of a receipt with the ID of what it is about.
_RECEIPTS = {"request": "erasure", "offboarding": "offboarding"}


def name_digest(file: str) -> str:
    """Return what the log states in place of a name that only readers of the file may know: a part of its SHA-256."""
    return hashlib.sha256(file.encode()).hexdigest()[:32]


class Invalid(Exception):
    """Raised when a check fails; the message states which and why."""


# --- Merkle tree (RFC 6962) -------------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that follows from the proof. Raises Invalid if the proof has the wrong length."""
    if not 0 <= index < size:
        raise Invalid(f"entry {index} is not in a log of {size} entries")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise Invalid(f"the inclusion proof of entry {index} has {len(proof)} hashes instead of {inner + border}")
    node = leaf
    for level, other in enumerate(proof):
        is_left = level < inner and not (index >> level) & 1
        node = node_hash(node, other) if is_left else node_hash(other, node)
    return node


def check_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise Invalid unless the proof shows that the log of `first` entries is the beginning of the `second` one."""
    if not 0 < first <= second:
        raise Invalid(f"a log of {second} entries cannot contain one of {first}")
    if first == second:
        if proof or first_root != second_root:
            raise Invalid(f"two different logs of {first} entries are signed (split view)")
        return
    if roots_from_consistency(first, second, first_root, proof) != (first_root, second_root):
        raise Invalid("the earlier log is not the beginning of this one (split view)")


def roots_from_consistency(first: int, second: int, first_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return both roots that follow from the proof (RFC 9162, 2.1.4.2). Raises Invalid for a wrong length."""
    is_node = first & (first - 1) == 0  # a power of two: its root is a node of the larger tree
    rest = [first_root, *proof] if is_node else list(proof)
    shift = ((first - 1) ^ first).bit_length() - 1  # zeros at the end of `first`
    node_number, last = (first - 1) >> shift, (second - 1) >> shift
    if not rest:
        raise Invalid("the consistency proof is empty")
    old = new = rest[0]
    for other in rest[1:]:
        if last == 0:
            raise Invalid("the consistency proof is too long")
        if node_number & 1 or node_number == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not node_number & 1 and node_number:
                node_number, last = node_number >> 1, last >> 1
        else:
            new = node_hash(new, other)
        node_number, last = node_number >> 1, last >> 1
    if last:
        raise Invalid("the consistency proof is too short")
    return old, new


# --- Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature) -----------------------------------------------


@dataclass(frozen=True)
class Key:
    """A public key with its name. `kind` is 1 for a log and 4 for a witness."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def read_key(text: str) -> Key:
    """Return the key written as `name+hash+base64`. Raises Invalid."""
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    raw = decoded(encoded)
    if not name or len(raw) != 33 or raw[0] not in {LOG, WITNESS}:
        raise Invalid(f"{text!r} is not a public key")
    key = Key(name, raw[0], raw[1:])
    if key.id.hex() != stated:
        raise Invalid(f"the hash of the key {name!r} does not match it")
    return key


@dataclass(frozen=True)
class Note:
    """A text with signatures: (name, key ID and signature)."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Checkpoint:
    """State of a log: its name, its number of entries, and the root of their tree."""

    origin: str
    size: int
    root: bytes


def read_note(text: str) -> Note:
    """Return the note. Raises Invalid unless it has exactly the form of the specification."""
    body, separator, lines = text.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or any(ord(char) < 32 and char != "\n" for char in text):
        raise Invalid("the text is not a signed note")
    signatures = []
    for line in lines.removesuffix("\n").split("\n"):
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        raw = decoded(encoded)
        if not line.startswith(_DASH) or not name or len(raw) < 5:
            raise Invalid("a signature has the wrong form")
        signatures.append((name, raw))
    return Note(body + "\n", tuple(signatures))


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that is the text of a note. Raises Invalid."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not _is_size(lines[1]):
        raise Invalid("the checkpoint has the wrong form")
    root = decoded(lines[2])
    if len(root) != 32:
        raise Invalid("the root of the checkpoint is not a SHA-256")
    return Checkpoint(lines[0], int(lines[1]), root)


def _is_size(text: str) -> bool:
    # Python refuses to read a number of some thousand digits with an error that is not Invalid.
    return text.isdecimal() and len(text) <= LONGEST_SIZE and str(int(text)) == text


def signed_by(note: Note, keys: Sequence[Key]) -> list[Key]:
    """Return the keys that signed the note. Raises Invalid for a signature that names a key and is not by it."""
    signers = []
    for name, raw in note.signatures:
        for key in keys:
            if (key.name, key.id) == (name, raw[:4]):
                _check_signature(note.text, raw[4:], key)
                signers.append(key)
    return signers


def cosigned(text: str, seconds: int) -> bytes:
    """Return the bytes that a witness signs: the checkpoint and the time at which it saw it."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _check_signature(text: str, signature: bytes, key: Key) -> None:
    signed = text.encode()
    if key.kind == WITNESS:
        if len(signature) != 72:
            raise Invalid(f"the signature of the witness {key.name!r} has the wrong length")
        signed, signature = cosigned(text, int.from_bytes(signature[:8])), signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise Invalid(f"the signature of {key.name!r} does not match the text") from None


def decoded(text: str) -> bytes:
    """Decode base64 of which there is one spelling only. Raises Invalid."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Invalid("a value is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise Invalid("a value is not canonical base64")
    return raw


# --- Bundles ----------------------------------------------------------------------------------------------------------


@dataclass
class Trust:
    """Keys of the log and of witnesses that the reader trusts, and optionally an authority's certificate.

    `seen` is a checkpoint that the reader stored earlier, and `consistency` the proof between it and the bundle's.
    """

    log: Sequence[Key]
    witnesses: Sequence[Key] = ()
    authority: str = ""
    seen: str = ""
    consistency: str = ""


@dataclass
class Report:
    """The result of each check, in the order in which they were made."""

    checks: list[dict[str, str]] = field(default_factory=list)

    def note(self, check: str, result: str) -> None:
        self.checks.append({"check": check, "result": result})


def pack_files(files: dict[str, bytes]) -> bytes:
    """Return the only archive of these files: in this order, not compressed, without dates."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, content)
    return packed.getvalue()


def verify(content: bytes, trust: Trust, *, name: str = "") -> dict[str, Any]:
    """Return `{"valid", "reason", "checks"}` for the bytes of a bundle. `name` is that of its file."""
    report = Report()
    try:
        _verify(content, trust, report, name)
    except Invalid as problem:
        return {"valid": False, "reason": str(problem), "checks": report.checks}
    return {"valid": True, "reason": "", "checks": report.checks}


def verify_result(content: bytes, places: Sequence[Key]) -> dict[str, Any]:
    """Return `{"valid", "reason", "checks"}` for the signed result of a test run, by the keys of its places."""
    report = Report()
    try:
        _verify_result(content, places, report)
    except Invalid as problem:
        return {"valid": False, "reason": str(problem), "checks": report.checks}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"valid": False, "reason": "the file is not the result of a test run", "checks": report.checks}
    return {"valid": True, "reason": "", "checks": report.checks}


def _verify_result(content: bytes, places: Sequence[Key], report: Report) -> None:
    note = read_note(content.decode())
    signers = signed_by(note, places)
    if not signers:
        raise Invalid("the result is not signed by a place that you named")
    facts = json.loads(note.text)
    stated = ", ".join(f"{name} {facts[name]}" for name in ("commit", "tree", "finished_at"))
    report.note("signature", f"by {signers[0].name}, key {signers[0].id.hex()}")
    report.note("result", stated)
    report.note("sha256", hashlib.sha256(content).hexdigest())


def _verify(content: bytes, trust: Trust, report: Report, archive: str) -> None:
    files = _files(content)
    proof = _proof(files.pop(PROOF))
    report.note("archive", f"{len(files)} files, nothing else")
    note = read_note(proof["checkpoint"])
    checkpoint = read_checkpoint(note.text)
    _check_signers(note, checkpoint, trust, report)
    by_name = {row["file"]: row for row in proof["proofs"]}
    if list(by_name) != list(files) or len(by_name) != len(proof["proofs"]):
        raise Invalid("the files and their proofs do not match")
    if not files:
        raise Invalid("the bundle contains no file to prove")
    entries = {name: _check_entry(files[name], row, checkpoint) for name, row in by_name.items()}
    for name, entry in entries.items():
        report.note(name, f"{entry['kind']} {entry['name']}, dated {entry['at']} by the log itself".replace(" ,", ","))
    _check_names(files, entries, archive, report)
    _check_earlier(proof["earlier"], checkpoint, trust, report)
    _check_timestamp(note, proof["timestamp"], trust, report)


def _files(content: bytes) -> dict[str, bytes]:
    if len(content) > LARGEST:
        raise Invalid(f"the bundle is larger than {LARGEST // 1024**2} MB")
    files = _unpacked(content, "the bundle")
    if PROOF not in files:
        raise Invalid(f"the archive has no {PROOF}, so nothing in it can be verified; download it with its proof")
    if pack_files(files) != content:
        raise Invalid("the archive was changed: its bytes are not those that its files make")
    return files


def _unpacked(content: bytes, what: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST:
                raise Invalid(f"the files of {what} are too large")
            return {member.filename: archive.read(member) for member in members}
    # NotImplementedError: a compression that Python lacks. RuntimeError: an encrypted part. zlib.error: damaged data.
    except (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError),
        zlib.error,
    ):
        raise Invalid(f"{what} is not a readable zip archive") from None


def _proof(content: bytes) -> dict[str, Any]:
    try:
        proof = json.loads(content)
        canonical = json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Invalid(f"{PROOF} is not JSON") from None
    wanted: dict[str, type] = {"schema": str, "checkpoint": str, "proofs": list, "earlier": list, "timestamp": str}
    if canonical != content or not isinstance(proof, dict) or proof.keys() != wanted.keys():
        raise Invalid(f"{PROOF} was changed: it does not have its canonical form")
    of_proof: dict[str, type] = {"file": str, "index": int, "entry": str, "inclusion": list}
    of_earlier: dict[str, type] = {"checkpoint": str, "consistency": list}
    parts: list[tuple[Any, dict[str, type]]] = [(proof, wanted)]
    parts += [(row, of_proof) for row in proof["proofs"]]
    parts += [(row, of_earlier) for row in proof["earlier"]]
    for part, types in parts:
        if not isinstance(part, dict) or part.keys() != types.keys():
            raise Invalid(f"{PROOF} has unknown or missing fields")
        if any(type(part[name]) is not kind for name, kind in types.items()):
            raise Invalid(f"{PROOF} has a field of the wrong type")
    if proof["schema"] != SCHEMA:
        raise Invalid("this program does not know the form of the bundle")
    return proof


def _check_signers(note: Note, checkpoint: Checkpoint, trust: Trust, report: Report) -> None:
    known = [*trust.log, *trust.witnesses]
    signers = signed_by(note, known)
    if len(signers) != len(note.signatures):
        raise Invalid("the checkpoint has a signature by a key that is not trusted")
    logs = [key for key in signers if key.kind == LOG and key.name == checkpoint.origin]
    if not logs:
        raise Invalid("the checkpoint is not signed by the log")
    report.note("log", f"{checkpoint.origin}, {checkpoint.size} entries, signed by key {logs[0].id.hex()}")
    # signed_by returns one key for each signature here, in the same order.
    signed = zip(signers, note.signatures, strict=True)
    witnesses = [f"{key.name}, {_seen_at(raw)}" for key, (_, raw) in signed if key.kind == WITNESS]
    if trust.witnesses and not witnesses:
        raise Invalid("no witness signed the checkpoint")
    report.note("witness", "; ".join(witnesses) or "not checked: no key of a witness is known")


def _seen_at(signature: bytes) -> str:
    """Return the time in the signature of a witness, which it signed with the checkpoint."""
    seconds = int.from_bytes(signature[4:12])
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return f"at no date: {seconds} seconds"


def _check_entry(content: bytes, row: dict[str, Any], checkpoint: Checkpoint) -> dict[str, str]:
    proof = _hashes(row["inclusion"])
    if root_from_inclusion(row["index"], checkpoint.size, leaf_hash(row["entry"].encode()), proof) != checkpoint.root:
        raise Invalid(f"{row['file']}: its entry is not in the log")
    entry: dict[str, str] = json.loads(row["entry"])
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise Invalid(f"{row['file']} differs from the file whose SHA-256 is in the log")
    return entry


def _hashes(values: list[Any]) -> list[bytes]:
    """Return the hashes of a proof. Raises Invalid unless each has 32 bytes.

    A node hashes two neighbors without a separator, so a longer and a shorter text could replace the true pair: a log
    could then exchange an entry and still prove that an earlier state is its beginning.
    """
    hashes = [decoded(value) if isinstance(value, str) else b"" for value in values]
    if any(len(value) != 32 for value in hashes):
        raise Invalid("a proof contains a value that is not a SHA-256")
    return hashes


# --- Names of files ---------------------------------------------------------------------------------------------------


def _check_names(
    files: Mapping[str, bytes], entries: Mapping[str, dict[str, str]], archive: str, report: Report
) -> None:
    """Raise Invalid if a file, or the archive, has the name of another one.

    The bytes of each file are proved by now. Its true name follows from them, or from its entry in the log.
    """
    archives = set()
    for name, entry in entries.items():
        if entry["kind"] == RECEIPT and not entry["name"] and _DISCONNECTION.fullmatch(name):
            report.note(name, "name not checked: the log did not state names of such receipts when it was made")
        stated_name, stated_archive = _stated_names(name, entry, files)
        if stated_name and name != stated_name:
            raise Invalid(f"{name} has a wrong name: the log proves that this file is {stated_name}")
        if stated_archive:
            archives.add(stated_archive)
    if len(archives) > 1:
        raise Invalid(f"the archive mixes files of different downloads: {', '.join(sorted(archives))}")
    content = next(iter(archives), "")
    _check_restatements(entries, report)
    report.note("content", content or "its files state no name of a download")
    named = _DOWNLOAD.match(archive)
    if named and named[1] != content:
        kinds = sorted({entry["kind"] for entry in entries.values()} - {PROGRAM_KIND})
        contained = content or f"something else, of the kind {', '.join(kinds)}"
        raise Invalid(f"the archive has a wrong name: it is named {named[1]} and contains {contained}")
    result = "as its content states" if named else "not checked: the archive does not have the name of a download"
    report.note("name", result)


def _check_restatements(entries: Mapping[str, dict[str, str]], report: Report) -> None:
    """Raise Invalid if a restatement of the month is missing before one that is here.

    Nothing offline can tell whether the newest ones are missing, so the report states how many there are.
    """
    kinds = [entry["kind"] for entry in entries.values()]
    count = kinds.count("restatement")
    for number in range(1, count + 1):
        if (name := f"restatement-{number}.jsonl") not in entries:
            raise Invalid(f"{name} is missing: the archive contains a later restatement of the same month")
    if "sealed-month" in kinds:
        report.note("restatements", f"{count} when this archive was made; a later download may contain more")


def _stated_names(name: str, entry: dict[str, str], files: Mapping[str, bytes]) -> tuple[str, str]:
    """Return the true name of a file and that of its archive, without its ending. Raises Invalid.

    Empty where neither entry nor content states a name.
    """
    kind, stated = entry["kind"], entry["name"]
    if kind == PACK_VERSION:
        return f"pack-{stated}.json", f"readiness-pack-{stated}"
    if kind == PACK_FILE:
        number, _, file = stated.partition(" ")
        return file, f"readiness-pack-{number}-files"
    if kind == PROGRAM_KIND:
        return PROGRAM, ""
    if name == PROGRAM:
        raise Invalid(f"{name} is another file: its entry in the log is of the kind {kind}")
    if kind == "packet":
        return name, _stated_packet(name, files)
    if kind == RECEIPT and stated and stated != name_digest(name):
        raise Invalid(f"{name} has a wrong name: the log states the hash of another name for this file")
    try:
        return _stated_inside(kind, name, files[name])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid(f"{name} does not have the form of its kind, {kind}") from None


def _stated_inside(kind: str, name: str, content: bytes) -> tuple[str, str]:
    if kind in {"sealed-month", "restatement"}:
        head = json.loads(content.partition(b"\n")[0])
        if kind == "sealed-month":
            name, month = f"statement-{head['month']}.jsonl", hashlib.sha256(content).hexdigest()
        else:
            name, month = f"restatement-{head['number']}.jsonl", head["statement"]
        return name, f"statement-{head['month']}-{month[:SHORT]}"
    if kind == "validation-run":
        runs = {row["sealed"]["run"] for row in json.loads(content)}
        if len(runs) == 1:
            run = runs.pop()
            return f"validation-{run}.json", f"validation-{run}"
    if kind == RECEIPT and (file := _DISCONNECTION.fullmatch(name)):
        return name, f"receipt-{file['pdf'] or file['csv']}"
    if kind == RECEIPT and name.endswith(".json"):
        receipt = json.loads(content)
        for field, sort in _RECEIPTS.items():
            if field in receipt:
                return f"{sort}-receipt.json", f"{sort}-{receipt[field]}"
    return "", ""


def _stated_packet(name: str, files: Mapping[str, bytes]) -> str:
    """Return the name of the archive of a packet, whose ZIP contains each of its other files. Raises Invalid."""
    data, packed = files.get("packet.json"), files.get("packet.zip")
    if data is None or packed is None:
        raise Invalid("packet.json or packet.zip is missing, so nothing states which packet this is")
    if name != "packet.zip" and _unpacked(packed, "packet.zip").get(name) != files[name]:
        raise Invalid(f"{name} has a wrong name, or belongs to another packet than packet.zip")
    return f"packet-{hashlib.sha256(data).hexdigest()[:SHORT]}"


def _check_earlier(rows: list[dict[str, Any]], checkpoint: Checkpoint, trust: Trust, report: Report) -> None:
    roots = {checkpoint.size: checkpoint.root}
    for row in rows:
        note = read_note(row["checkpoint"])
        earlier = read_checkpoint(note.text)
        if earlier.origin != checkpoint.origin or len(signed_by(note, [*trust.log, *trust.witnesses])) != len(
            note.signatures
        ):
            raise Invalid("an earlier checkpoint is not signed by the log")
        proof = _hashes(row["consistency"])
        check_consistency(earlier.size, checkpoint.size, earlier.root, checkpoint.root, proof)
        roots[earlier.size] = earlier.root
        report.note("earlier", f"the log of {earlier.size} entries is its beginning")
    if trust.seen:
        _check_seen(checkpoint, roots, trust, report)


def _check_seen(checkpoint: Checkpoint, roots: Mapping[int, bytes], trust: Trust, report: Report) -> None:
    """Raise Invalid unless the log that the reader has seen is the beginning of this one, or the other way round."""
    note = read_note(trust.seen)
    seen = read_checkpoint(note.text)
    if seen.origin != checkpoint.origin or not any(key.kind == LOG for key in signed_by(note, trust.log)):
        raise Invalid("the state that you stored is not signed by this log")
    first, second = sorted((seen, checkpoint), key=lambda state: state.size)
    if trust.consistency:
        proof = _hashes(_list(trust.consistency))
        check_consistency(first.size, second.size, first.root, second.root, proof)
    elif seen.size not in roots:
        raise Invalid(
            f"the state that you stored, of {seen.size} entries, cannot be compared without a proof: download"
            f" {checkpoint.origin}/consistency/{first.size}/{second.size} and give it with --consistency"
        )
    elif roots[seen.size] != seen.root:
        raise Invalid("the log that you have seen before is another one (split view)")
    report.note("seen", f"the log of {first.size} entries is the beginning of that of {second.size}")


def _list(text: str) -> list[Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list):
        raise Invalid("the proof given with --consistency is not a list of hashes")
    return values


def _check_timestamp(note: Note, token: str, trust: Trust, report: Report) -> None:
    openssl = shutil.which("openssl")
    if not token:
        if trust.authority:
            raise Invalid("the checkpoint has no timestamp")
        return report.note("timestamp", "none")
    raw = decoded(token)
    if not openssl or not trust.authority:
        missing = "openssl is not installed" if not openssl else "no certificate of an authority is known"
        return report.note("timestamp", f"token not checked: {missing}")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("data", "token", "authority")]
        for path, value in zip(paths, (note.text.encode(), raw, trust.authority.encode()), strict=True):
            path.write_bytes(value)
        data, given, authority = map(str, paths)
        command = [openssl, "ts", "-verify", "-data", data, "-in", given, "-token_in", "-CAfile", authority]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)  # noqa: S603
        shown = subprocess.run(  # noqa: S603
            [openssl, "ts", "-reply", "-in", given, "-token_in", "-text"], capture_output=True, check=False, timeout=30
        )
    if done.returncode:
        raise Invalid("the timestamp does not belong to this checkpoint or to this authority")
    lines = [line.strip() for line in shown.stdout.decode(errors="replace").splitlines()]
    return report.note("timestamp", next((line for line in lines if line.startswith("Time stamp:")), "valid"))


def _trust_of(given: argparse.Namespace) -> Trust:
    return Trust(
        log=[read_key(text) for text in given.log_key or LOG_KEYS],
        witnesses=[read_key(text) for text in given.witness_key or WITNESS_KEYS],
        authority=AUTHORITY,
        seen=given.seen.read_text(encoding="utf-8") if given.seen else "",
        consistency=given.consistency.read_text(encoding="utf-8") if given.consistency else "",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the bundle named on the command line."""
    parser = argparse.ArgumentParser(description="Verify a PageToJob bundle without our server.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--log-key", action="append", default=[], help="instead of the keys in this program")
    parser.add_argument("--witness-key", action="append", default=[], help="instead of the keys in this program")
    parser.add_argument("--seen", type=Path, help="a checkpoint that you stored earlier")
    parser.add_argument("--consistency", type=Path, help="the proof between that checkpoint and the bundle's")
    parser.add_argument("--place-key", action="append", default=[], help="verify the signed result of a test run")
    given = parser.parse_args(arguments)
    try:
        content, places = given.bundle.read_bytes(), [read_key(text) for text in given.place_key]
        result = verify_result(content, places) if places else verify(content, _trust_of(given), name=given.bundle.name)
    except (OSError, UnicodeDecodeError, Invalid) as problem:
        result = {"valid": False, "reason": str(problem), "checks": []}
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if result["valid"] else 1


if __name__ == "__main__":
    sys.exit(main())
