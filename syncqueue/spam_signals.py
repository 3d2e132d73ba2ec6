"""Whether a request may not come from a person. Pure. A suspicion marks a request; it never drops one."""

from collections.abc import Iterable
from enum import StrEnum

from syncqueue.leads.models import Suspicion


class Page(StrEnum):
    """What the signed render time of a form says about the page it was sent from."""

    READ = "read"  # shown by us, and long enough ago; a page of last week is no suspicion
    JUST_SHOWN = "just shown"
    NOT_OURS = "not ours"


def reasons(*, trap: str, page: Page, hits: int | None, limit: int) -> list[str]:
    """The marks of a request, in the order of `Suspicion`; empty for what looks like a person.

    `trap` is the text of the field that people cannot see. `hits` is how many posts came from the
    same address in the present window, this one included; None when nobody could count.
    """
    found = {
        Suspicion.HONEYPOT: bool(trap.strip()),
        Suspicion.TOO_FAST: page is Page.JUST_SHOWN,
        Suspicion.NO_PAGE: page is Page.NOT_OURS,
        Suspicion.TOO_MANY: hits is not None and hits > limit,
    }
    return [str(mark) for mark, seen in found.items() if seen]


def may_confirm(mails: int | None, limit: int) -> bool:
    """Whether a mailbox that was named `mails` times today is written to once more; None is not counted."""
    return mails is None or mails <= limit


def sentence(marks: Iterable[str]) -> str:
    """For the business and the operators: `It may not come from a person: too many requests …`."""
    labels = [Suspicion(mark).label for mark in marks]
    return f"It may not come from a person: {'; '.join(labels)}." if labels else ""
