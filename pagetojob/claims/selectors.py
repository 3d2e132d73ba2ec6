"""Queries for the disclaimers of pages about ServiceTitan readiness, and for the approvals of sentences."""

from collections.abc import Collection

from django.utils import timezone

from pagetojob.gates.pack import pack

from .approvals import approved_sentences
from .guard import Overclaim, judge_text, overclaims, unapproved
from .models import Disclaimer, SentenceApproval
from .topics import digest


def disclaimers() -> list[str]:
    """Return the required disclaimers in order. Runs one query."""
    return list(Disclaimer.objects.values_list("text", flat=True))


def waiting_sentences(text: str, *, gated: Collection[str] | None = None) -> list[str]:
    """Return the sentences of a text that a second person has to approve first. Makes at most one query."""
    approved = approved_sentences()
    if not any(judge_text(text, gated=gated, approved=approved)):
        return []
    waiting = unapproved(text, gated=gated, approved=approved | approved_rows())
    return list({digest(topic.statement): topic.statement for topic in waiting}.values())


def why_not_published(text: str) -> str:
    """Return a clause on why a text of a contractor must not be published; empty if it may. At most two queries.

    Words alone hold and refuse nothing. They would also hold "We are full today.", which an office writes at any hour.
    """
    approved = approved_sentences()
    if not any(judge_text(text, approved=approved, by_words=False)):
        return ""
    approved |= approved_rows()
    claims, waiting = judge_text(text, gated=pack().gated_claims(), approved=approved, by_words=False)
    if claims:
        return f"makes an unproven claim: “{claims[0].phrase}”. {claims[0].safe_wording}"
    if waiting:
        sentence = waiting[0].statement
        return f"has a sentence that a second person approves first, under “Sentence approvals”: “{sentence}”"
    return ""


def first_overclaim(text: str) -> Overclaim | None:
    """Return the first overclaim of a contractor's text that a rule refuses and whose gate is closed, or None.

    Makes a query only for a text with a claim.
    """
    claims = overclaims(text, by_words=False)
    gated = pack().gated_claims() if claims else frozenset()
    return next((claim for claim in claims if claim.claim in gated), None)


def approved_rows() -> frozenset[str]:
    """Return the digests of the unexpired sentences that people approved in the admin. Runs one query."""
    rows = SentenceApproval.objects.filter(expires_on__gte=timezone.now().date())
    return frozenset(rows.values_list("digest", flat=True))
