"""Reasons to suspect that a request does not come from a person. Pure. A suspicion flags a request; it never drops
one.
"""

from collections.abc import Iterable
from enum import StrEnum

from syncqueue.leads.models import Suspicion


class Page(StrEnum):
    """The age of the page that a form was sent from, by its signed render time."""

    READ = "read"  # shown by us, and long enough ago; a page of last week is not suspicious
    JUST_SHOWN = "just shown"
    NOT_OURS = "not ours"


def reasons(*, trap: str, page: Page, hits: int | None, limit: int) -> list[str]:
    """Return the suspicions of a request, in the order of `Suspicion`; empty if it looks like a person's.

    `trap` is the text of the field that people cannot see. `hits` is the number of posts from the same address in the
    present window, including this one; None if it could not be counted.
    """
    marks = {
        Suspicion.HONEYPOT: bool(trap.strip()),
        Suspicion.TOO_FAST: page is Page.JUST_SHOWN,
        Suspicion.NO_PAGE: page is Page.NOT_OURS,
        Suspicion.TOO_MANY: hits is not None and hits > limit,
    }
    return [str(mark) for mark, seen in marks.items() if seen]


def may_confirm(mails: int | None, limit: int) -> bool:
    """Return whether a mailbox named `mails` times today may get another email; None means not counted."""
    return mails is None or mails <= limit


def sentence(marks: Iterable[str]) -> str:
    """Return a sentence for the business and the operators: `It may not come from a person: too many requests …`."""
    labels = [Suspicion(mark).label for mark in marks]
    return f"It may not come from a person: {'; '.join(labels)}." if labels else ""
