"""The prefetch buffer of a drain: its size, from the completion rate of calls and the time per loop.

A drain fills no slots while it claims or settles; buffered items do.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic

from ..lanes import LATE_SECONDS

#: Completed calls are counted over one second, so that several completions at one instant do not look like a high rate.
OVER_SECONDS = 1.0
#: At the start of a drain, over a shorter period, but no shorter than this.
AT_LEAST_SECONDS = 0.1
#: The loop time is the longest of this many loops.
TURNS = 8
#: The buffer holds at most this many times the slots, however fast calls complete, because the items that die with a
#: worker have a send intent. The time limit is lower, up to a thousand calls per second and more; the fixed cost of a
#: claim is shared by that many items (decision 0067).
MAX_BUFFER_FACTOR = 4
#: Refill the buffer when less than 1/4 of it is left, because every claim costs about the same.
REFILL_BELOW = 4
#: Buffered items are released after LATE_SECONDS, so the buffer should last for less than that.
LASTS_SECONDS = 0.6 * LATE_SECONDS


class PrefetchBuffer:
    """The prefetch buffer size of one drain. Touches no database."""

    def __init__(self, *, slots: int, clock: Callable[[], float] = monotonic) -> None:
        self._slots = slots
        self._clock = clock
        self._ended: deque[tuple[float, int]] = deque()
        self._first: float | None = None
        self._turns: deque[float] = deque(maxlen=TURNS)

    def record_loop(self, seconds: float, *, ended: int) -> None:
        """Record one loop of claiming and settling, in which `ended` calls completed."""
        self._turns.append(seconds)
        if ended:
            now = self._clock()
            self._first = self._first or now
            self._ended.append((now, ended))

    def wanted(self, in_progress: int, *, waiting: int) -> int:
        """Return how many items to claim for free slots and the buffer; 0 or less while the buffer is full enough.

        `waiting` of the items in progress need no slot yet: they wait for an access token.
        """
        size = self.size()
        left = in_progress - waiting - self._slots
        if left >= max(size // REFILL_BELOW, self.refill_level()):
            return 0
        return self._slots - in_progress + max(size, min(size + waiting, self._slots))

    def size(self) -> int:
        """Return how many slots will become free while buffered items may wait, up to a multiple of the slots.

        Half of the slots until the first call completes, because no rate is known before.
        """
        if self._first is None:
            return self._slots // 2
        return min(MAX_BUFFER_FACTOR * self._slots, round(self._rate() * LASTS_SECONDS))

    def refill_level(self) -> int:
        """Return how many slots will become free in the longest of the last loops: with fewer items, claim more."""
        return round(self._rate() * max(self._turns, default=0.0))

    def _rate(self) -> float:
        """Return completed calls per second."""
        now = self._clock()
        while self._ended and now - self._ended[0][0] > OVER_SECONDS:
            self._ended.popleft()
        if self._first is None:
            return 0.0
        over = min(OVER_SECONDS, max(AT_LEAST_SECONDS, now - self._first))
        return sum(count for _, count in self._ended) / over
