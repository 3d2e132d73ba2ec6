"""The log's tree: proofs against a naive tree of the definition in RFC 6962, and every wrong proof refused."""

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.transparency import merkle
from pagetojob.transparency.verify import Invalid, check_consistency, leaf_hash, root_from_inclusion

ENTRIES = [str(number).encode() for number in range(70)]


def naive_root(entries: list[bytes]) -> bytes:
    """Section 2.1 of the RFC, word for word."""
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    middle = 1
    while middle * 2 < len(entries):
        middle *= 2
    return hashlib.sha256(b"\x01" + naive_root(entries[:middle]) + naive_root(entries[middle:])).digest()


def nodes_of(size: int, *, batch: int = 7) -> dict[merkle.Node, bytes]:
    nodes: dict[merkle.Node, bytes] = {}
    for start in range(0, size, batch):
        nodes |= merkle.complete_nodes(start, ENTRIES[start : min(start + batch, size)], merkle.from_mapping(nodes))
    return nodes


NODES = nodes_of(len(ENTRIES))
READ = merkle.from_mapping(NODES)


def test_published_roots() -> None:
    """Of the test vectors of Certificate Transparency."""
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
    nodes = merkle.complete_nodes(0, leaves, merkle.from_mapping({}))
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    }
    assert {size: merkle.root(size, merkle.from_mapping(nodes)).hex() for size in roots} == roots


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 65, 70])
def test_roots_and_every_inclusion_proof(size: int) -> None:
    root = merkle.root(size, READ)
    assert root == naive_root(ENTRIES[:size])
    for index in range(size):
        proof = merkle.inclusion(index, size, READ)
        leaf = leaf_hash(ENTRIES[index])
        assert root_from_inclusion(index, size, leaf, proof) == root
        for other in range(size):
            if other != index:
                with contextlib.suppress(Invalid):  # a proof of another length
                    assert root_from_inclusion(other, size, leaf, proof) != root


def test_every_consistency_proof_and_no_other() -> None:
    for second in range(1, 40):
        for first in range(1, second + 1):
            proof = merkle.consistency(first, second, READ)
            roots = merkle.root(first, READ), merkle.root(second, READ)
            check_consistency(first, second, *roots, proof)
            wrong = [
                (first, second, roots[0][::-1], roots[1], proof),
                (first, second, roots[0], roots[1][::-1], proof),
                (first, second, *roots, [*proof, b"\0" * 32]),
            ]
            wrong += [(first, second, *roots, [*proof[:at], b"\1" * 32, *proof[at + 1 :]]) for at in range(len(proof))]
            for case in wrong:
                with pytest.raises(Invalid):
                    check_consistency(*case)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_the_tree_does_not_depend_on_its_batches(batches: list[int]) -> None:
    nodes: dict[merkle.Node, bytes] = {}
    size = 0
    for batch in batches:
        taken = ENTRIES[size : size + batch]
        nodes |= merkle.complete_nodes(size, taken, merkle.from_mapping(nodes))
        size += len(taken)
    assert nodes.items() <= NODES.items()
    assert merkle.root(size, merkle.from_mapping(nodes)) == naive_root(ENTRIES[:size])


def test_what_a_proof_reads_is_known_before() -> None:
    asked = merkle.needed(lambda read: merkle.inclusion(5, 70, read))
    proof = merkle.inclusion(5, 70, merkle.from_mapping({node: NODES[node] for node in asked}))
    assert proof == merkle.inclusion(5, 70, READ) and len(asked) <= 14
