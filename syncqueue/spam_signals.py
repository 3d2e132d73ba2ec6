"""Reasons to suspect that a request does not come from a customer. A suspicion flags a request; it never drops one."""

import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum

from syncqueue import spam
from syncqueue.leads.models import Suspicion

log = logging.getLogger(__name__)


class Page(StrEnum):
    """The age of the page that a form was sent from, by its signed render time."""

    READ = "read"  # shown by us, and long enough ago; a page of last week is not suspicious
    JUST_SHOWN = "just shown"
    NOT_OURS = "not ours"


def reasons(
    *, trap: str, page: Page, hits: int | None, limit: int, typed: Mapping[str, object] | None = None
) -> list[str]:
    """Return the suspicions of a request, in the order of `Suspicion`; empty if it looks like a customer's.

    `trap` is the text of the field that people cannot see, and `typed` holds the visible answers. `hits` is the number
    of posts from the same address in the present window, including this one; None if it could not be counted.
    """
    marks = {
        Suspicion.HONEYPOT: bool(trap.strip()),
        Suspicion.TOO_FAST: page is Page.JUST_SHOWN,
        Suspicion.NO_PAGE: page is Page.NOT_OURS,
        Suspicion.TOO_MANY: hits is not None and hits > limit,
        Suspicion.CONTENT: _is_spam(typed or {}),
    }
    return [str(mark) for mark, seen in marks.items() if seen]


def _is_spam(typed: Mapping[str, object]) -> bool:
    """Return whether the text looks like spam; False after an error, since a request must not be lost."""
    try:
        return spam.classify(typed).spam
    except Exception:
        log.exception("spam classification failed")
        return False


def may_confirm(mails: int | None, limit: int) -> bool:
    """Return whether a mailbox named `mails` times today may get another email; None means not counted."""
    return mails is None or mails <= limit


def sentence(marks: Iterable[str]) -> str:
    """Return a sentence for the business and the operators: `It may not come from a customer: too many requests …`."""
    labels = [Suspicion(mark).label for mark in marks]
    return f"It may not come from a customer: {'; '.join(labels)}." if labels else ""
