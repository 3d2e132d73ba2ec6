"""Roots and proofs of the log's tree (RFC 6962), from the hashes of its complete subtrees. Pure.

A node is (level, position): the hash over entries `position << level` up to the next node. Only complete nodes are
stored; they never change. `verify.py` has the other half, which checks.
"""

from collections.abc import Callable, Mapping, Sequence

from .verify import leaf_hash, node_hash

Node = tuple[int, int]
Read = Callable[[Node], bytes]


def complete_nodes(size: int, entries: Sequence[bytes], read: Read) -> dict[Node, bytes]:
    """Return the nodes that become complete when `entries` join a log of `size`. O(n); `read` gives stored nodes."""
    made: dict[Node, bytes] = {}
    for index, entry in enumerate(entries, start=size):
        node, level, position = leaf_hash(entry), 0, index
        made[level, position] = node
        while position & 1:
            left = (level, position - 1)
            node = node_hash(made[left] if left in made else read(left), node)
            level, position = level + 1, position >> 1
            made[level, position] = node
    return made


def root(size: int, read: Read) -> bytes:
    """Return the root of the first `size` entries, at least one. O(log n) reads."""
    return _root(0, size, read)


def inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """Return the hashes that lead from entry `index` to the root of `size` entries. O(log n) of them."""
    return _inclusion(index, 0, size, read)


def consistency(first: int, second: int, read: Read) -> list[bytes]:
    """Return the hashes that show that the first `first` entries begin the log of `second` entries."""
    return [] if first == second else _consistency(first, 0, second, read, whole=True)


def needed(ask: Callable[[Read], object]) -> set[Node]:
    """Return the nodes that a root or proof reads, so that they can be loaded together."""
    asked: set[Node] = set()

    def read(node: Node) -> bytes:
        asked.add(node)
        return b""

    ask(read)
    return asked


def from_mapping(nodes: Mapping[Node, bytes]) -> Read:
    return nodes.__getitem__


def fold(level: Sequence[bytes]) -> bytes:
    """Return the hash of a complete subtree from those of one of its levels, a power of two of them."""
    while len(level) > 1:
        level = [node_hash(*level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0]


def _split(low: int, high: int) -> int:
    """Return where the range divides: after the largest power of two that is smaller than its length."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _root(low: int, high: int, read: Read) -> bytes:
    length = high - low
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return read((level, low >> level))
    middle = _split(low, high)
    return node_hash(_root(low, middle, read), _root(middle, high, read))


def _inclusion(index: int, low: int, high: int, read: Read) -> list[bytes]:
    if high - low == 1:
        return []
    middle = _split(low, high)
    if index < middle:
        return [*_inclusion(index, low, middle, read), _root(middle, high, read)]
    return [*_inclusion(index, middle, high, read), _root(low, middle, read)]


def _consistency(first: int, low: int, high: int, read: Read, *, whole: bool) -> list[bytes]:
    if first == high:
        return [] if whole else [_root(low, high, read)]
    middle = _split(low, high)
    if first <= middle:
        return [*_consistency(first, low, middle, read, whole=whole), _root(middle, high, read)]
    return [*_consistency(first, middle, high, read, whole=False), _root(low, middle, read)]
