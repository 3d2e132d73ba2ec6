"""The cases of the sandbox validation protocol as the harness runs them. No I/O.

The slugs are those of the readiness pack, which explains each case to readers.
"""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """`BLOCKED`: a step could not be carried out, so the case proves nothing. It is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Case:
    """A case: its steps, the evidence without which it cannot pass, the expected result, and what is left afterwards.

    `promise` is at risk when the case fails, and `next_step` is what to do then.
    """

    slug: str
    title: str
    steps: tuple[str, ...]
    evidence: tuple[str, ...]
    expected: str
    cleanup: str
    promise: str
    next_step: str


CASES: tuple[Case, ...] = (
    Case(
        "token-exchange",
        "Authorized tenant token exchange",
        (
            "Request a token, and store it encrypted.",
            "Use the stored token again without another request.",
            "Expire it, and request a new one.",
            "Replace the client secret, and see the new value in the next token request.",
            "Make a call with the new token.",
            "Disconnect, and see every feature that needs the API turn off.",
            "Search the log and the evidence for the secrets.",
        ),
        ("token_seconds", "scopes_in_answer", "token_requests", "rotation", "call_status", "flags_off", "log_lines"),
        "A token is issued, cached, renewed and dropped; its secrets appear nowhere.",
        "The connection is ended and its secrets are destroyed.",
        "Secrets stay sealed (promise 11).",
        "Compare the client ID, secret and token address with the developer portal, then run the case again.",
    ),
    Case(
        "taxonomy-import",
        "Read-only taxonomy import",
        (
            "Read each list that the connection permits, inactive records included.",
            "Read each list again, and compare the IDs.",
            "Compare the names with the Titan Map; each difference is a candidate.",
            "See that only reads were sent and that the map is unchanged.",
        ),
        ("families", "records_read", "candidates", "repeated_ids", "writes", "map_before", "map_after"),
        "Every permitted list is read completely and twice alike, and nothing changes on either side.",
        "Nothing to remove: the records are counted, not stored.",
        "The website never changes by itself (promise 8).",
        "Read the refused or changed list in the account, then run the case again.",
    ),
    Case(
        "webhook-replay",
        "Webhook signature and replay",
        (
            "Send signed, repeated, unsigned, altered, old, early and unknown events to our receiver.",
            "Read the record of an event again by API.",
            "Receive an event that the other side sent and signed.",
        ),
        ("receiver", "records_read", "event_from_the_other_side"),
        "Only an event that is signed, fresh, new and recognized has an effect, and its record is read again.",
        "The keys of the run are destroyed with its connection.",
        "Unsigned, stale, repeated or unrecognized events do nothing (promise 10).",
        "Close the webhook routes. Read which events were judged wrongly, and correct the receiver.",
    ),
    Case(
        "booking-handoff",
        "Booking handoff without duplicates",
        (
            "Hand off a test request, and find one booking under our reference.",
            "Stop a request before it is sent, and send it again.",
            "Discard the answer of a stored booking, and search for it twice instead of sending it again.",
            "Hand off a correction of a booking that exists, and see an update.",
            "Count the bookings and the create requests of each reference.",
        ),
        ("provider", "bookings", "lookups", "creates_by_reference", "lost_answer", "correction"),
        "Each reference has exactly one booking, also after a lost answer.",
        "The test bookings stay in the account; a person dismisses them there.",
        "Nothing is sent to ServiceTitan twice (promise 3).",
        "Keep the handoff off. Compare the bookings of the references in the evidence with the account.",
    ),
    Case(
        "retries-and-limits",
        "Retries and rate limits",
        (
            "Read a backlog at the sender's rate, and count the requests of each second.",
            "Answer a call with 429, and wait at least as long as asked.",
            "Let a create time out and fail with 500, and see a lookup instead of a retry.",
            "Answer a call with 401, and see one new token and one retry.",
            "Answer calls with 403, a missing mapping and a closed gate, and see no retry.",
        ),
        ("requests_by_second", "highest_second", "limit", "asked_to_wait", "waited", "causes"),
        "Only transient errors are retried, after the wait that was asked for, and below the limit.",
        "Nothing to remove: errors are made on our side, and reads change nothing.",
        "Retry only what can pass (promise 4).",
        "Lower the rate of the lane, and read the causes in the evidence.",
    ),
    Case(
        "disconnect-and-deletion",
        "Disconnect and deletion",
        (
            "Reject calls until the loss of access is noticed.",
            "Connect again, and disconnect with a request waiting.",
            "See that no call is made, and that secrets and data keys are destroyed.",
            "Finish the request manually, and see the ledger balance.",
        ),
        ("lost_after", "calls_after_disconnect", "receipt", "destroyed", "keys_destroyed", "flags_off", "ledger"),
        "Every use of the API ends at once, the secrets are destroyed, and the website keeps working.",
        "The receipt stays; the test request is finished manually.",
        "Secrets are destroyed on disconnect with a complete receipt (promise 11).",
        "Disable the app in ServiceTitan at once, and read the receipt for what remained.",
    ),
    Case(
        "revenue-attribution",
        "Revenue attribution",
        (
            "Read jobs, invoices and payments.",
            "Link them by their IDs, and exclude what is uncertain, with its reason.",
            "Read them again, and compute the same figure.",
            "Change a fact, and see another figure next to the first one.",
        ),
        ("records", "chains", "excluded", "figure_seal", "repeated_seal", "restated_seal"),
        "The figure follows from linked records only, and is the same when computed again.",
        "Nothing to remove: the records are counted, not stored.",
        "Revenue is proven or excluded (promise 9).",
        "Do not show the figure. Compare the excluded records with the account.",
    ),
)
BY_SLUG = {case.slug: case for case in CASES}
