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

__all__ = ["Overclaim", "overclaims", "read", "unapproved", "visible_text"]


@dataclass(frozen=True)
class Overclaim:
    """A gated claim in a text. `phrase` is `visible_text(text)[start:end]`."""

    claim: str
    phrase: str
    start: int
    end: int
    safe_wording: str


def read(
    text: str,
    *,
    gated: Collection[str] | None = None,
    approved: Collection[str] = frozenset(),
    by_words: bool = True,
) -> tuple[list[Overclaim], list[Topic]]:
    """Return the overclaims of a text and the statements that wait for an approval, in order. Never raises.

    `gated` names the claims that are still gated; None means all five. `approved` are digests of approved sentences.
    A refused text has to be reworded, so it holds nothing; an approval only lifts a refusal that no rule demands.
    Without `by_words`, words clear and soften what the rules say, but neither hold nor refuse anything more.
    """
    on_topic = [
        topic for topic in topics(text) if (gated is None or topic.claim in gated) and (by_words or topic.by_rule)
    ]
    waiting = [topic for topic in on_topic if digest(topic.statement) not in approved]
    refused = [topic for topic in on_topic if topic.refuse and (topic.strict or (by_words and topic in waiting))]
    if refused:
        return [
            Overclaim(topic.claim, topic.statement, topic.start, topic.end, definition(topic.claim).safe_wording)
            for topic in refused
        ], []
    return [], waiting


def overclaims(
    text: str,
    *,
    gated: Collection[str] | None = None,
    approved: Collection[str] = frozenset(),
    by_words: bool = True,
) -> list[Overclaim]:
    """Return the gated claims that a text or HTML fragment clearly asserts; see `read`."""
    return read(text, gated=gated, approved=approved, by_words=by_words)[0]


def unapproved(
    text: str,
    *,
    gated: Collection[str] | None = None,
    approved: Collection[str] = frozenset(),
    by_words: bool = True,
) -> list[Topic]:
    """Return the statements on gated topics that a second person has to approve first; see `read`."""
    return read(text, gated=gated, approved=approved, by_words=by_words)[1]
