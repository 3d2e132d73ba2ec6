"""Next steps for each missing requirement, worded for operators and for customers. Pure; the texts make no claim."""

from dataclasses import dataclass

from pagetojob.gates.registry import Access, Gate


@dataclass(frozen=True, slots=True)
class Step:
    """Next step as the operator and as the customer reads it."""

    operator: str
    customer: str


NEXT: dict[str, Step] = {
    Gate.PARTNER_APPROVAL: Step(
        "Record ServiceTitan's answer to the partner application once there is one.",
        "We apply to ServiceTitan and will tell you the answer. You have nothing to do.",
    ),
    Gate.CUSTOMER_AUTHORIZATION: Step(
        "Ask the customer's ServiceTitan admin, once partner approval is on file. Record the written authorization.",
        "Your ServiceTitan admin authorizes access. We will ask you when it is time; do not send us any keys.",
    ),
    Gate.MODULE_ELIGIBLE: Step(
        "Ask which modules the customer's plan has, and record the answer by module.",
        "Tell us which ServiceTitan modules your plan includes.",
    ),
    Gate.SCOPES_GRANTED: Step(
        "Record the granted scopes by name. The feature needs all of its scopes.",
        "Your ServiceTitan admin grants the permissions this feature needs. We will send you the list.",
    ),
    Gate.SECURE_STORAGE: Step(
        "Review how credentials are stored, and record the review in the admin.",
        "We are completing the review of how credentials are stored. You have nothing to do.",
    ),
    Gate.SANDBOX_VALIDATION: Step(
        "Run the sandbox validation protocol, and record its result in the admin.",
        "We test the feature in a sandbox first. You have nothing to do.",
    ),
    Gate.PRIVACY_REVIEW: Step(
        "Do the privacy review with the customer, and record who agreed to what.",
        "We do the privacy review together. We will send you the form.",
    ),
    Access.DEVELOPER: Step(
        "Record the developer access that ServiceTitan gave us, in the admin.",
        "You have nothing to do.",
    ),
    "customer request": Step(
        "Ask if the customer wants it, and record the answer.",
        "Tell us if you want this feature.",
    ),
    "kill switch": Step(
        "Find out why it was switched off. An operator lead lifts the switch.",
        "We switched it off while we investigate a problem. We will tell you when it is back.",
    ),
    "flag row": Step("Set the feature up for this contractor.", "We have not set it up for you yet."),
    "flag": Step("Find the feature in the registry.", "You have nothing to do."),
    "demo switch": Step("This environment is for demo tenants; there is nothing to do.", "You have nothing to do."),
    "contract": Step(
        "There is nothing to do: the end of a contract is final. A contractor that returns is a new tenant.",
        "This feature stays off. You have nothing to do.",
    ),
    "stand-in address": Step("Set both simulator addresses on this machine.", "You have nothing to do."),
}

#: Reasons offered on the kill switch page, most likely first.
KILL_REASONS = (
    "Switched off as a precaution; the cause is being investigated.",
    "It misbehaves for this customer.",
    "The customer asked for it to be off.",
    "Something it depends on is down or in doubt.",
    "A security or privacy concern.",
)
