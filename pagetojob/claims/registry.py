"""The gates that each public claim requires, and wording that is true until they open. No I/O.

Staff can edit the text of a claim but not its gates. A claim that is not listed here requires every gate.
"""

from dataclasses import dataclass

from pagetojob.gates.registry import EVERY_GATE, Gate


@dataclass(frozen=True)
class ClaimDefinition:
    """Gates of a claim, and wording that is true while they are closed."""

    gates: frozenset[Gate]
    safe_wording: str


CLAIMS: dict[str, ClaimDefinition] = {
    "marketplace-approval": ClaimDefinition(
        frozenset({Gate.PARTNER_APPROVAL}),
        "No marketplace or partner approval is claimed; the approval path is listed as partner gated.",
    ),
    "live-authorization": ClaimDefinition(
        frozenset({Gate.PARTNER_APPROVAL, Gate.CUSTOMER_AUTHORIZATION, Gate.SCOPES_GRANTED, Gate.SECURE_STORAGE}),
        "PageToJob holds no ServiceTitan authorization today; access would need the customer's admin and app approval.",
    ),
    "automatic-sync": ClaimDefinition(
        EVERY_GATE,
        "PageToJob stores requests and a person enters the booking; automatic handoff is planned and gated.",
    ),
    "webhook-processing": ClaimDefinition(
        EVERY_GATE,
        "No Scheduling Pro event is received today; event processing is planned and gated.",
    ),
    "closed-loop-revenue": ClaimDefinition(
        EVERY_GATE,
        "Results come from supplied exports, with source and match quality shown; live revenue attribution is gated.",
    ),
}


def definition(slug: str) -> ClaimDefinition:
    """Return the definition of a claim. An unknown claim requires every gate."""
    return CLAIMS.get(slug, ClaimDefinition(EVERY_GATE, "Say that this is planned and gated, and name the gates."))
