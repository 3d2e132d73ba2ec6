"""Values that cannot be revealed by repr, str, format, JSON, pickle or a dump of local variables. No I/O."""

import hmac
from typing import Any, NoReturn, Self

HIDDEN = "[sealed]"


class _Hidden:
    """Wraps a value and shows a placeholder instead."""

    __slots__ = ("_value",)
    _value: Any

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("hidden values cannot be pickled")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __bool__(self) -> bool:
        return bool(self._value)

    __hash__ = None  # type: ignore[assignment]


class SecretText(_Hidden):
    """A decrypted secret. Call `reveal()` only at the moment of use."""

    __slots__ = ()
    _value: str

    def __init__(self, text: str) -> None:
        self._value = text

    def reveal(self) -> str:
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretText):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None


class Sealed(_Hidden):
    """Sealed bytes as stored in a column. They never appear on a page, in a log or in a fixture."""

    __slots__ = ()
    _value: bytes

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._value = bytes(content)

    def content(self) -> bytes:
        return self._value

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Sealed) else NotImplemented

    __hash__ = None
