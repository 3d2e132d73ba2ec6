"""1,000 tampered bundles of ten kinds are refused with a reason, and every valid one is accepted.

Whoever tampers here can rebuild the archive correctly, sign with keys of their own, and knows the program.
"""

import base64
import hashlib
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pagetojob.transparency import merkle, verify
from pagetojob.transparency.signing import Signer, checkpoint_text, new_signer, note
from pagetojob.transparency.verify import LOG, WITNESS, Checkpoint, Trust
from readiness.bundle import with_sums, zipped

LOG_SIGNER, WITNESS_SIGNER = new_signer("log.example", LOG), new_signer("witness.example", WITNESS)
TRUST = Trust([LOG_SIGNER.key], [WITNESS_SIGNER.key])
Files = dict[str, bytes]


def entry(kind: str, content: bytes, at: str) -> str:
    fields = {"at": at, "kind": kind, "name": "", "sha256": hashlib.sha256(content).hexdigest()}
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class World:
    """A log with entries of its own, and bundles from it."""

    def __init__(self, chance: random.Random) -> None:
        self.size = chance.randint(4, 60)
        self.contents = [f"content {n} {chance.random()}".encode() for n in range(self.size)]
        self.entries = [
            entry("evidence-file", content, f"2026-11-{1 + n % 28:02d}T10:00:00Z")
            for n, content in enumerate(self.contents)
        ]
        nodes = merkle.complete_nodes(0, [text.encode() for text in self.entries], merkle.from_mapping({}))
        self.read = merkle.from_mapping(nodes)
        self.chosen = chance.sample(range(self.size // 2), 2)
        self.earlier = chance.randint(1, self.size - 1)

    def note(self, size: int, *, log: Signer = LOG_SIGNER, witness: Signer | None = WITNESS_SIGNER) -> str:
        text = checkpoint_text(Checkpoint("log.example", size, merkle.root(size, self.read)))
        lines = [log.sign(text), *([witness.cosign(text, 1_800_000_000)] if witness else [])]
        return note(text, lines)

    def proof(self, **changes: Any) -> dict[str, Any]:
        rows = [
            {
                "file": f"{number}.txt",
                "index": number,
                "entry": self.entries[number],
                "inclusion": texts(merkle.inclusion(number, self.size, self.read)),
            }
            for number in self.chosen
        ]
        consistency = texts(merkle.consistency(self.earlier, self.size, self.read))
        earlier = [{"checkpoint": self.note(self.earlier), "consistency": consistency}]
        made = {"schema": verify.SCHEMA, "proofs": rows, "earlier": earlier, "timestamp": ""}
        return made | {"checkpoint": self.note(self.size)} | changes

    def files(self) -> Files:
        return {f"{number}.txt": self.contents[number] for number in self.chosen}

    def bundle(self, proof: dict[str, Any] | None = None, files: Files | None = None) -> bytes:
        return verify.pack_files({**(files or self.files()), verify.PROOF: canonical(proof or self.proof())})


def texts(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(value).decode() for value in hashes]


def bit_flip(world: World, chance: random.Random) -> bytes:
    made = bytearray(world.bundle())
    made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def bit_flip_inside(world: World, chance: random.Random) -> bytes:
    """Flip a bit of a file and rebuild the archive."""
    files = {**world.files(), verify.PROOF: canonical(world.proof())}
    name = chance.choice(list(files))
    content = bytearray(files[name])
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return verify.pack_files(files | {name: bytes(content)})


def cut_off(world: World, chance: random.Random) -> bytes:
    made = world.bundle()
    return made[: chance.randrange(len(made))] if chance.random() < 0.5 else made + b"\0" * chance.randint(1, 9)


def swapped_proofs(world: World, chance: random.Random) -> bytes:
    proof = world.proof()
    first, second = proof["proofs"]
    for name in chance.choice(
        [("inclusion",), ("index",), ("entry",), ("index", "inclusion"), ("index", "entry", "inclusion")]
    ):
        first[name], second[name] = second[name], first[name]
    return world.bundle(proof)


def swapped_files(world: World, chance: random.Random) -> bytes:
    names, contents = zip(*world.files().items(), strict=True)
    return world.bundle(files=dict(zip(names, reversed(contents), strict=True)))


def old_checkpoint(world: World, chance: random.Random) -> bytes:
    return world.bundle(world.proof(checkpoint=world.note(chance.randint(1, world.size - 1)), earlier=[]))


def split_view(world: World, chance: random.Random) -> bytes:
    """The log signs another history; the witness has signed the true one only."""
    forged = World(chance)
    forged.chosen = world.chosen = [0, 1]
    how = chance.randrange(3)
    if how == 0:
        return forged.bundle(forged.proof(checkpoint=forged.note(forged.size, witness=None)))
    witnessed = world.note(world.size).splitlines()[-1] + "\n"
    mixed = forged.note(forged.size, witness=None) + witnessed
    if how == 1:
        return forged.bundle(forged.proof(checkpoint=mixed))
    earlier = world.proof()["earlier"]
    return forged.bundle(forged.proof(earlier=earlier))


def forged_witness(world: World, chance: random.Random) -> bytes:
    other = new_signer(chance.choice(["witness.example", "other.example"]), WITNESS)
    made = world.note(world.size, witness=other)
    if other.key.name == "witness.example" and chance.random() < 0.5:  # under the name and id of the true one
        text = made.rpartition("\n\n")[0] + "\n"
        raw = WITNESS_SIGNER.key.id + base64.b64decode(other.cosign(text, 5).split(" ")[2])[4:]
        made = note(text, [LOG_SIGNER.sign(text), f"— witness.example {base64.b64encode(raw).decode()}\n"])
    return world.bundle(world.proof(checkpoint=made))


def forged_log(world: World, chance: random.Random) -> bytes:
    return world.bundle(world.proof(checkpoint=world.note(world.size, log=new_signer("log.example", LOG))))


def changed_date(world: World, chance: random.Random) -> bytes:
    proof = world.proof()
    if chance.random() < 0.5:
        row = chance.choice(proof["proofs"])
        row["entry"] = row["entry"].replace("2026-11", "2026-10")
    else:  # of the witness
        text = proof["checkpoint"].rpartition("\n\n")[0] + "\n"
        raw = bytearray(base64.b64decode(WITNESS_SIGNER.cosign(text, 1_800_000_000).split(" ")[2]))
        raw[4 + chance.randrange(8)] ^= 1 << chance.randrange(8)
        line = f"— witness.example {base64.b64encode(bytes(raw)).decode()}\n"
        proof["checkpoint"] = note(text, [LOG_SIGNER.sign(text), line])
    return world.bundle(proof)


KINDS: list[Callable[[World, random.Random], bytes]] = [
    bit_flip, bit_flip_inside, cut_off, swapped_proofs, swapped_files, old_checkpoint, split_view, forged_witness,
    forged_log, changed_date,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_hundred_tampered_bundles_are_refused_with_a_reason(kind: Callable[[World, random.Random], bytes]) -> None:
    chance = random.Random(kind.__name__)
    for number in range(100):
        world = World(chance)
        result = verify.verify(kind(world, chance), TRUST)
        assert not result["valid"] and result["reason"], (kind.__name__, number)


def test_a_thousand_valid_bundles_are_accepted() -> None:
    chance = random.Random(7)
    for _ in range(1000):
        result = verify.verify(World(chance).bundle(), TRUST)
        assert result["valid"], result


def test_a_reader_who_stored_a_checkpoint_notices_another_history() -> None:
    world, other = World(random.Random(1)), World(random.Random(2))
    other.size = other.earlier = world.earlier
    for seen, valid in ((world.note(world.earlier), True), (other.note(world.earlier), False)):
        result = verify.verify(world.bundle(), Trust(TRUST.log, TRUST.witnesses, seen=seen))
        assert result["valid"] is valid
    assert "split view" in result["reason"]


def exchanged_entry(*, hide: Callable[[list[bytes]], list[Any]] = texts) -> tuple[bytes, str]:
    """Return a bundle in which the log has exchanged its third entry, and the state of three entries before that.

    The log signs a root whose parts are those of the old tree and of a new one, and cuts the pairs elsewhere.
    """
    first = [hashlib.sha256(bytes([number])).digest() for number in range(3)]
    left = verify.node_hash(first[0], first[1])
    content = b"another file"
    third, fourth = verify.leaf_hash(entry("evidence-file", content, "2026-11-01T10:00:00Z").encode()), b"4" * 32
    both = left + first[2]
    texts_of = {3: verify.node_hash(left, first[2]), 4: verify.node_hash(both, verify.node_hash(third, fourth))}
    notes = {}
    for size, root in texts_of.items():
        text = checkpoint_text(Checkpoint("log.example", size, root))
        notes[size] = note(text, [LOG_SIGNER.sign(text)])
    row = {"file": "a.txt", "index": 2, "entry": entry("evidence-file", content, "2026-11-01T10:00:00Z")}
    proof = {
        "schema": verify.SCHEMA, "checkpoint": notes[4], "timestamp": "",
        "proofs": [row | {"inclusion": hide([fourth, both])}],
        "earlier": [{"checkpoint": notes[3], "consistency": hide([b"", third + fourth, both])}],
    }  # fmt: skip
    return verify.pack_files({"a.txt": content, verify.PROOF: canonical(proof)}), notes[3]


@pytest.mark.parametrize("empty", ["", None])
def test_a_log_cannot_exchange_an_entry_by_proofs_of_other_lengths(empty: str | None) -> None:
    made, seen = exchanged_entry(hide=lambda values: [text or empty for text in texts(values)])
    result = verify.verify(made, Trust([LOG_SIGNER.key], seen=seen))
    assert (result["valid"], result["reason"]) == (False, "a proof contains a value that is not a SHA-256")


def test_a_bundle_whose_files_were_taken_out_is_refused() -> None:
    world = World(random.Random(4))
    made = verify.pack_files({verify.PROOF: canonical(world.proof(proofs=[]))})
    assert verify.verify(made, TRUST)["reason"] == "the bundle contains no file to prove"


@pytest.mark.parametrize("content", [b"", b"PK", b"[]", b"x" * 100])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    assert not verify.verify(content, TRUST)["valid"]
    for proof in (
        b"[]",
        b"{}",
        b'{"a":1}',
        b"\xff",
        b"[" * 10_000,
        canonical(World(random.Random(3)).proof(proofs=[1])),
    ):
        result = verify.verify(verify.pack_files({"a": content, verify.PROOF: proof}), TRUST)
        assert not result["valid"] and result["reason"]


def test_an_archive_without_proof_is_not_called_changed() -> None:
    """Refuse the zip bundle of the pack, which is for reading, without accusing anyone of changing it."""
    result = verify.verify(zipped(with_sums({"pack.json": b"{}"}), datetime(2026, 11, 30, tzinfo=UTC)), TRUST)
    assert not result["valid"]
    assert result["reason"] == (
        "the archive has no proof.json, so nothing in it can be verified; download it with its proof"
    )
