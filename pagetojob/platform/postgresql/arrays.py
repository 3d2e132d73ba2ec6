"""Arrays in the database's own binary form: what a batch hands over, packed once instead of quoted value by value.

The driver writes a list as text and escapes each of its values by itself, and the server reads them back character by
character. For a batch of envelopes that was an eighth of what a worker did.
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

#: Dimensions, whether some are NULL, type of the values; then how many, and the place of the first.
_HEAD, _LENGTH = struct.Struct(">iiI"), struct.Struct(">ii")
_NULL = struct.pack(">i", -1)
#: By type: its number, that of its array, and how one value is packed.
_WHOLE = {"smallint": (21, 1005, "h"), "integer": (23, 1007, "i"), "bigint": (20, 1016, "q")}
_TEXT = {"varchar": (1043, 1015, b""), "text": (25, 1009, b""), "jsonb": (3802, 3807, b"\x01")}


class Packed:
    """Values of one type of column; each type has a class of its own, by which the driver knows its number."""

    __slots__ = ("values",)
    kind: ClassVar[str]

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values


class _Binary(Dumper):
    """For statements that the server keeps."""

    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer:
        values, kind = obj.values, obj.kind
        oid, body = _whole(kind, values) if kind in _WHOLE else _texts(kind, values)
        if not values:
            return _HEAD.pack(0, 0, oid)
        return _HEAD.pack(1, int(None in values), oid) + _LENGTH.pack(len(values), 1) + body


class _Text(Dumper):
    """For statements whose values are written into them, such as a test shows."""

    def dump(self, obj: Packed) -> Buffer | None:
        return ListDumper(list, self.connection).dump(list(obj.values))


def _class_of(kind: str, array_oid: int) -> type[Packed]:
    packed = type(f"Packed_{kind}", (Packed,), {"__slots__": (), "kind": kind})
    # A connection takes the one registered last where it may choose.
    for base in (_Text, _Binary):
        psycopg.adapters.register_dumper(packed, type(f"{base.__name__}_{kind}", (base,), {"oid": array_oid}))
    return packed


_CLASSES = {kind: _class_of(kind, array_oid) for kind, (_, array_oid, _) in (*_WHOLE.items(), *_TEXT.items())}


def array(kind: str, values: Sequence[Any]) -> Any:
    """`values` of one type of column, as a parameter for `%s::kind[]`; the list itself for a type not packed here.

    Text and jsonb are given as str, jsonb being JSON text; None is NULL. A value that does not fit raises DataError as
    soon as the statement is executed.
    """
    return _CLASSES[kind](values) if kind in _CLASSES else list(values)


def _whole(kind: str, values: Sequence[Any]) -> tuple[int, bytes]:
    oid, _, code = _WHOLE[kind]
    one = struct.Struct(f">i{code}")
    size = one.size - len(_NULL)
    try:
        if None in values:
            return oid, b"".join(_NULL if value is None else one.pack(size, value) for value in values)
        return oid, struct.pack(">" + f"i{code}" * len(values), *chain.from_iterable((size, value) for value in values))
    except struct.error:
        raise psycopg.DataError(f"a value is no {kind}") from None


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
