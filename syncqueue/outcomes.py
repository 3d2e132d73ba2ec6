"""What came of one try. Pure values, from a connector to the code that settles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .causes import ErrorClass
from .models.item import State

__all__ = ["ErrorClass", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """Where a try leads: the state to move to, and what the item remembers of it.

    `tried` is false when nothing was handed to anybody, so that it does not count as an attempt.
    """

    state: State
    tried: bool = True
    error_class: str = ""
    cause: str = ""
    detail: str = ""
    external_id: str = ""
    envelope: dict[str, Any] | None = None
    missing: Sequence[dict[str, str]] = field(default_factory=list)
    possibly_arrived: bool = False
