"""Publishing of changes that occur while no one reads the pack."""

from ..errors import PackNotLoaded
from . import current


def keep_up() -> int | None:
    """Publish a version if rows changed outside the admin or evidence lapsed. Return the newest version's number.

    Returns None if there is no pack. Makes one query if no version is due.
    """
    current.forget()
    try:
        return current.current().number
    except PackNotLoaded:
        return None
