"""Claim guard: finds assertions in a text that are still gated. No Django, no clock, no I/O; linear time.

    >>> overclaims("Bookings are pushed into Service<b>Titan</b> automatically.")[0].claim
    'automatic-sync'
    >>> overclaims("Once the app is approved, bookings may be pushed into ServiceTitan.")
    []

`guard_text` extracts the visible text; `topics` reads its statements with the table of rules (`topics.toml`) and its
passages with weights of words (`word_model`). A clear assertion is refused with a safe wording. Any other open
statement on a gated topic is held until a second person has approved the sentence (`approvals`).
"""

from collections.abc import Collection
from dataclasses import dataclass

from pagetojob.claims.guard_text import visible_text
from pagetojob.claims.registry import definition
from pagetojob.claims.topics import Topic, digest, topics

__all__ = ["Overclaim", "judge", "overclaims", "unapproved", "visible_text"]


@dataclass(frozen=True)
class Overclaim:
    """A gated claim in a text. `phrase` is `visible_text(text)[start:end]`."""

    claim: str
    phrase: str
    start: int
    end: int
    safe_wording: str


def overclaims(text: str, *, gated: Collection[str] | None = None) -> list[Overclaim]:
    """Return the gated claims that a text or HTML fragment clearly asserts, in order; empty if there are none.

    `gated` names the claims that are still gated; None means all five. Never raises.
    """
    return [
        Overclaim(topic.claim, topic.statement, topic.start, topic.end, definition(topic.claim).safe_wording)
        for topic in topics(text)
        if topic.refuse and (gated is None or topic.claim in gated)
    ]


def unapproved(
    text: str,
    *,
    gated: Collection[str] | None = None,
    approved: Collection[str] = frozenset(),
    by_words: bool = True,
) -> list[Topic]:
    """Return the statements on gated topics that a second person has to approve first, in order.

    `approved` are digests of approved sentences. Without `by_words`, only rules hold a statement, not its words alone.
    A refused text has to be reworded, so it holds nothing.
    """
    if overclaims(text, gated=gated):
        return []
    return [
        topic
        for topic in topics(text)
        if (gated is None or topic.claim in gated)
        and (by_words or topic.by_rule)
        and digest(topic.statement) not in approved
    ]


def judge(text: str) -> Overclaim | None:
    """Return the first overclaim of a text, or None."""
    return next(iter(overclaims(text)), None)
