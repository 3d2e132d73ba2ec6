"""The exit status of a drill that also measures how long visitors waited."""

#: Every promise was held but a limit of time was not. It proves neither a pass nor a failure.
TOO_SLOW = 3


def exit_status(*, broken: int, slow: int) -> int:
    """Return the exit status for numbers of rows. A broken promise outweighs a slow row."""
    if broken:
        return 1
    return TOO_SLOW if slow else 0
