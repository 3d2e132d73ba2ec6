"""Retry times. Pure: the clock and the random draw are passed in.

Exponential back-off with full jitter: a uniform draw between `LEAST` and a bound that doubles from `FIRST` to
`LONGEST`, so that items that failed together are spread out.

A lane whose attempts keep meeting transient errors cools down as a whole (`next_pause`): once per pause, one item
probes the obstacle, and the other items use no attempts.
"""

from datetime import timedelta

#: Wide enough that, of many items that failed together, no second gets a tenth of the second attempts.
FIRST = timedelta(seconds=30)
#: With a last attempt that hangs until its deadline, everything is sent within 5 minutes after a mail server recovers.
LONGEST = timedelta(minutes=4)
LEAST = timedelta(seconds=1)
GIVE_UP_AFTER = timedelta(hours=72)

#: After the second worker lost on an item; doubled for each further one.
AFTER_LOSS = timedelta(seconds=5)

#: Consecutive transient errors that open a lane's circuit breaker.
BREAK_AFTER = 5
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=2)


def next_wait(*, attempts: int, age: timedelta, draw: float) -> timedelta | None:
    """Return the wait after attempt number `attempts` (from 1), or None when a person must decide.

    `age` is the time since the item was created or last resent by a person; `draw` is a number from 0 up to 1.
    """
    if attempts < 1 or not 0 <= draw < 1:
        raise ValueError("attempts count from 1, and the draw is from 0 up to 1")
    if age >= GIVE_UP_AFTER:
        return None
    bound = min(LONGEST, FIRST * (1 << min(attempts - 1, 20)))
    # Scaled from LEAST instead of clamped: clamped draws would all be due at the same time.
    return LEAST + (bound - LEAST) * draw


def next_pause(failures: int) -> timedelta | None:
    """Return how long a lane cools down after that many consecutive transient errors; None while it stays closed."""
    if failures < BREAK_AFTER:
        return None
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(failures - BREAK_AFTER, 20)))
