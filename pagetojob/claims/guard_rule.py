"""What one rule of the claim guard is: which words together assert a gated claim. Data only; `guard` reads it.

A pattern is a row of words. CAPITALS name a class, small letters a word itself, "A|B" either. A number is how many
other words may stand in between; without one they are neighbours. "!A" wants the word right after not to be an A.
"""

from dataclasses import dataclass

MARKETPLACE, LIVE, SYNC = "marketplace-approval", "live-authorization", "automatic-sync"
WEBHOOK, REVENUE = "webhook-processing", "closed-loop-revenue"


@dataclass(frozen=True)
class Rule:
    """One way to make a claim: its patterns, set apart by semicolons, and why they make it."""

    claim: str
    why: str
    patterns: str
    #: Names the thing only; it claims once its sentence says that it is there.
    topic: bool = False
    #: Claims only as a question that the next sentence answers with yes.
    asked: bool = False
    #: True when a person does it by hand.
    manual: bool = False
    #: True when the figures come from a file that the customer supplied.
    supplied: bool = False
    #: All words must stand in one thought, not on both sides of a comma that begins another.
    close: bool = False

    #: Holds only in a sentence with a verb: a title with the same words names something.
    wide: bool = False
    #: Read over two sentences as well: the first names their system, the second says what is there.
    carried: bool = False

    @property
    def rows(self) -> list[str]:
        return self.patterns.split("; ")
