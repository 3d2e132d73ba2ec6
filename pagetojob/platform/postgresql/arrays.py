"""PostgreSQL arrays in binary format: a batch is packed once instead of being quoted value by value.

The driver writes a list as text and escapes each value separately, and the server parses it character by character. For
a batch of envelopes, that took an eighth of a worker's time.
"""

import struct
from collections.abc import Sequence
from itertools import chain
from typing import Any, ClassVar

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types.array import ListDumper

#: Dimensions, whether there are NULLs, element type; then the length and the lower bound.
_HEAD, _LENGTH = struct.Struct(">iiI"), struct.Struct(">ii")
_NULL = struct.pack(">i", -1)
#: By type: its OID, the OID of its array, and the format or prefix of one value.
_WHOLE = {"smallint": (21, 1005, "h"), "integer": (23, 1007, "i"), "bigint": (20, 1016, "q")}
_TEXT = {"varchar": (1043, 1015, b""), "text": (25, 1009, b""), "jsonb": (3802, 3807, b"\x01")}


class Packed:
    """Values of one column type. Each type has its own subclass, from which the driver knows the OID."""

    __slots__ = ("values",)
    kind: ClassVar[str]

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values


class _Binary(Dumper):
    """Binary dumper for prepared statements."""

    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer:
        values, kind = obj.values, obj.kind
        oid, body = _whole(kind, values) if kind in _WHOLE else _texts(kind, values)
        if not values:
            return _HEAD.pack(0, 0, oid)
        return _HEAD.pack(1, int(None in values), oid) + _LENGTH.pack(len(values), 1) + body


class _Text(Dumper):
    """Text dumper for statements with inlined values, such as those that tests display."""

    def dump(self, obj: Packed) -> Buffer | None:
        return ListDumper(list, self.connection).dump(list(obj.values))


def _class_of(kind: str, array_oid: int) -> type[Packed]:
    packed = type(f"Packed_{kind}", (Packed,), {"__slots__": (), "kind": kind})
    # The connection prefers the dumper registered last.
    for base in (_Text, _Binary):
        psycopg.adapters.register_dumper(packed, type(f"{base.__name__}_{kind}", (base,), {"oid": array_oid}))
    return packed


_CLASSES = {kind: _class_of(kind, array_oid) for kind, (_, array_oid, _) in (*_WHOLE.items(), *_TEXT.items())}


def array(kind: str, values: Sequence[Any]) -> Any:
    """Return `values` of one column type as a parameter for `%s::kind[]`; unsupported types return the list itself.

    Text and jsonb values are str (JSON text for jsonb); None is NULL. A value out of range raises DataError when the
    statement is executed.
    """
    return _CLASSES[kind](values) if kind in _CLASSES else list(values)


def _whole(kind: str, values: Sequence[Any]) -> tuple[int, bytes]:
    oid, _, code = _WHOLE[kind]
    packer = struct.Struct(f">i{code}")
    size = packer.size - len(_NULL)
    try:
        if None in values:
            return oid, b"".join(_NULL if value is None else packer.pack(size, value) for value in values)
        return oid, struct.pack(">" + f"i{code}" * len(values), *chain.from_iterable((size, value) for value in values))
    except struct.error:
        raise psycopg.DataError(f"a value is out of range for {kind}") from None


def _texts(kind: str, values: Sequence[Any]) -> tuple[int, bytes]:
    oid, _, begins = _TEXT[kind]
    pieces: list[bytes] = []
    for value in values:
        if value is None:
            pieces.append(_NULL)
            continue
        data = begins + value.encode()
        pieces += (len(data).to_bytes(4), data)
    return oid, b"".join(pieces)
