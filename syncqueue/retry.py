"""When to try again. Pure: the clock and the chance are passed in.

Exponential back-off with full jitter: a uniform draw between zero and a bound that doubles from
`FIRST` to `LONGEST`, so that many items that failed together come back spread out.
"""

from datetime import timedelta

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=5)
LEAST = timedelta(seconds=1)
GIVE_UP_AFTER = timedelta(hours=72)


def next_wait(*, attempts: int, age: timedelta, draw: float) -> timedelta | None:
    """How long to wait after try number `attempts` (from 1), or None when a person must decide.

    `age` is how long the item has been owed; `draw` is a number from 0 up to 1.
    """
    if attempts < 1 or not 0 <= draw < 1:
        raise ValueError("tries count from 1, and the draw is from 0 up to 1")
    if age >= GIVE_UP_AFTER:
        return None
    bound = min(LONGEST, FIRST * (1 << min(attempts - 1, 20)))
    return max(LEAST, bound * draw)
