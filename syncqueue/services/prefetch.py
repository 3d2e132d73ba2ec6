"""How many items a drain should have at hand beyond its free slots: by how fast calls end and how long its turns are.

While a drain claims or settles it fills no slot; what lies at hand does.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic

from ..lane_sql import LATE_SECONDS

#: Calls are counted over a second, so that a few that end at one moment do not pass for many.
OVER_SECONDS = 1.0
#: At the beginning of a drain over less, but not over a moment.
AT_LEAST_SECONDS = 0.1
#: The longest of so many turns says how long one may be.
TURNS = 8
#: However fast calls end, no more than this many times the slots lies at hand: what dies with a worker is marked. The
#: time it lasts for bounds it sooner, up to a thousand calls a second and more; what a claim costs, whatever it claims,
#: is shared by as many (decision 0069).
HANDS = 4
#: What lies at hand goes back after LATE_SECONDS, so it should last for less than that.
LASTS_SECONDS = 0.6 * LATE_SECONDS


class Ahead:
    """Of one drain. Touches no database."""

    def __init__(self, *, slots: int, clock: Callable[[], float] = monotonic) -> None:
        self._slots = slots
        self._clock = clock
        self._ended: deque[tuple[float, int]] = deque()
        self._first: float | None = None
        self._turns: deque[float] = deque(maxlen=TURNS)

    def turn(self, seconds: float, *, ended: int) -> None:
        """A turn of claiming and settling is over; so many calls had ended."""
        self._turns.append(seconds)
        if ended:
            now = self._clock()
            self._first = self._first or now
            self._ended.append((now, ended))

    def wanted(self) -> int:
        """How many slots will become free while what lies at hand may lie there, up to HANDS times what there are.

        Before any has become free nobody knows: half of them.
        """
        if self._first is None:
            return self._slots // 2
        return min(HANDS * self._slots, round(self._rate() * LASTS_SECONDS))

    def needed(self) -> int:
        """How many will in the longest of the last turns: with fewer at hand it is time to claim."""
        return round(self._rate() * max(self._turns, default=0.0))

    def _rate(self) -> float:
        """Calls that ended, by the second."""
        now = self._clock()
        while self._ended and now - self._ended[0][0] > OVER_SECONDS:
            self._ended.popleft()
        if self._first is None:
            return 0.0
        over = min(OVER_SECONDS, max(AT_LEAST_SECONDS, now - self._first))
        return sum(count for _, count in self._ended) / over
