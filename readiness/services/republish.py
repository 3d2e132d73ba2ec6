"""Keeps the pack up with what happens while nobody reads it."""

from ..errors import PackNotLoaded
from . import current


def keep_up() -> int | None:
    """Take a version if rows changed outside the admin or evidence lapsed; return the number of the newest one.

    None while there is no pack. One query when nothing is owed.
    """
    current.forget()
    try:
        return current.current().number
    except PackNotLoaded:
        return None
