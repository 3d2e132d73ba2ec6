"""HTTP response as the transport returns it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """HTTP response. Look up `headers` by lower-case name; the first value of a repeated header counts."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
