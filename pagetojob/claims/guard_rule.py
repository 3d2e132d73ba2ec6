"""Rule of the claim guard: word patterns that assert a gated claim. Data only; `guard` applies it.

A pattern is a sequence of words. CAPITALS name a word class, lower case is a literal word, and "A|B" matches either. A
number is the maximum number of other words in between; without one the words must be adjacent. "!A" requires that the
next word is not of class A.
"""

from dataclasses import dataclass

MARKETPLACE, LIVE, SYNC = "marketplace-approval", "live-authorization", "automatic-sync"
WEBHOOK, REVENUE = "webhook-processing", "closed-loop-revenue"


@dataclass(frozen=True)
class Rule:
    """A way to make a claim: its patterns, separated by semicolons, and why they make it."""

    claim: str
    why: str
    patterns: str
    #: Names a topic only. It is a claim if the sentence also states that the thing exists.
    topic: bool = False
    #: Is a claim only as a question that the next sentence answers with yes.
    asked: bool = False
    #: Is true, and therefore no overclaim, if a person does it manually.
    manual: bool = False
    #: Is true, and therefore no overclaim, if the figures come from a file that the customer supplied.
    supplied: bool = False
    #: All words must be in one clause.
    close: bool = False

    #: Applies only to sentences with a verb; a title with the same words only names something.
    wide: bool = False
    #: Also matches across two sentences: the first names ServiceTitan, the second states what is in it.
    carried: bool = False

    @property
    def rows(self) -> list[str]:
        return self.patterns.split("; ")
