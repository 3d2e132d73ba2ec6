"""Remember a request that could not be stored. In memory, because a database without space stores nothing."""

import time

#: After this time without another request, the failure states nothing about now.
RECENT_SECONDS = 120.0
_failed_at: float | None = None


def note_failure() -> None:
    """Note that a request could not be stored."""
    global _failed_at  # noqa: PLW0603 - one value per process
    _failed_at = time.monotonic()


def note_success() -> None:
    """Note that a request was stored."""
    global _failed_at  # noqa: PLW0603 - one value per process
    _failed_at = None


def is_failing() -> bool:
    """Return whether a request could not be stored in the last two minutes, and none was stored since."""
    return _failed_at is not None and time.monotonic() - _failed_at < RECENT_SECONDS
