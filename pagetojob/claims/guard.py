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
from typing import TypedDict, Unpack

from pagetojob.claims.guard_text import visible_text
from pagetojob.claims.registry import definition
from pagetojob.claims.topics import Topic, digest, topics

__all__ = ["Overclaim", "judge_text", "overclaims", "unapproved", "visible_text"]


@dataclass(frozen=True)
class Overclaim:
    """A gated claim in a text. `phrase` is `visible_text(text)[start:end]`."""

    claim: str
    phrase: str
    start: int
    end: int
    safe_wording: str


class Options(TypedDict, total=False):
    """`gated`: the claims that are still gated, all five if None. `approved`: digests of approved sentences.

    Without `by_words`, words clear and soften what the rules say, but neither hold nor refuse anything more.
    """

    gated: Collection[str] | None
    approved: Collection[str]
    by_words: bool


def judge_text(text: str, **options: Unpack[Options]) -> tuple[list[Overclaim], list[Topic]]:
    """Return the overclaims of a text and the statements that wait for an approval, in order. Never raises.

    A refused text has to be reworded, so it holds nothing; an approval only lifts a refusal that no rule demands.
    """
    gated, by_words = options.get("gated"), options.get("by_words", True)
    on_topic = [each for each in topics(text) if (gated is None or each.claim in gated) and (each.by_rule or by_words)]
    waiting = [topic for topic in on_topic if digest(topic.statement) not in options.get("approved", ())]
    refused = [topic for topic in on_topic if topic.refuse and (topic.strict or (by_words and topic in waiting))]
    overclaims = [
        Overclaim(topic.claim, topic.statement, topic.start, topic.end, definition(topic.claim).safe_wording)
        for topic in refused
    ]
    return overclaims, [] if refused else waiting


def overclaims(text: str, **options: Unpack[Options]) -> list[Overclaim]:
    """Return the gated claims that a text or HTML fragment clearly asserts; see `judge_text`."""
    return judge_text(text, **options)[0]


def unapproved(text: str, **options: Unpack[Options]) -> list[Topic]:
    """Return the statements on gated topics that a second person has to approve first; see `judge_text`."""
    return judge_text(text, **options)[1]
