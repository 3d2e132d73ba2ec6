"""When to try again. Pure: the clock and the chance are passed in.

Exponential back-off with full jitter: a uniform draw between `LEAST` and a bound that doubles from
`FIRST` to `LONGEST`, so that many items that failed together come back spread out.

A lane in which try after try meets a passing fault rests as a whole (`next_pause`): whatever is in the
way of all its items is asked about once per pause, by one item, and costs the others no try.
"""

from datetime import timedelta

#: Wide enough that of many items that failed together no second sees a tenth of the second tries.
FIRST = timedelta(seconds=30)
#: With a last try that hangs until its deadline, everything has gone out 5 minutes after a mail server is back.
LONGEST = timedelta(minutes=4)
LEAST = timedelta(seconds=1)
GIVE_UP_AFTER = timedelta(hours=72)

#: After the second worker that was lost over it, doubled for each further one.
AFTER_LOSS = timedelta(seconds=5)

#: Passing faults in a row that open a lane's breaker.
BREAK_AFTER = 5
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=2)


def next_wait(*, attempts: int, age: timedelta, draw: float) -> timedelta | None:
    """How long to wait after try number `attempts` (from 1), or None when a person must decide.

    `age` is how long the item has been owed, since a person last sent it; `draw` is a number from 0 up to 1.
    """
    if attempts < 1 or not 0 <= draw < 1:
        raise ValueError("tries count from 1, and the draw is from 0 up to 1")
    if age >= GIVE_UP_AFTER:
        return None
    bound = min(LONGEST, FIRST * (1 << min(attempts - 1, 20)))
    # From LEAST on, not cut off there: the draws below it would all come back in the same moment.
    return LEAST + (bound - LEAST) * draw


def next_pause(failures: int) -> timedelta | None:
    """How long a lane rests after that many passing faults in a row; None while it goes on."""
    if failures < BREAK_AFTER:
        return None
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(failures - BREAK_AFTER, 20)))
