"""Results of a webhook request, and the answer to its sender: a status code and nothing else. Pure."""

from enum import StrEnum


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REPEATED = "repeated"
    OTHER_BODY = "other body"  # an ID that was stored before, with a different body
    UNKNOWN_TYPE = "unknown type"
    UNSIGNED = "unsigned"
    WRONG_SIGNATURE = "wrong signature"
    RETIRED_KEY = "retired key"
    STALE = "stale"
    AHEAD = "ahead"
    BAD_TIME = "bad time"  # signed, but its time or id is invalid
    MALFORMED = "malformed"  # signed and fresh, but not strict JSON
    TOO_BIG = "too big"
    CUT_SHORT = "cut short"
    WRONG_METHOD = "wrong method"
    NOT_IN_SERVICE = "not in service"
    UNAVAILABLE = "unavailable"  # our error: the sender may retry


ANSWERS: dict[Outcome, int] = {
    Outcome.ACCEPTED: 200,
    Outcome.REPEATED: 200,
    Outcome.OTHER_BODY: 200,
    Outcome.UNKNOWN_TYPE: 202,
    Outcome.UNSIGNED: 401,
    Outcome.WRONG_SIGNATURE: 401,
    Outcome.RETIRED_KEY: 401,
    Outcome.STALE: 400,
    Outcome.AHEAD: 400,
    Outcome.BAD_TIME: 400,
    Outcome.MALFORMED: 400,
    Outcome.TOO_BIG: 413,
    Outcome.CUT_SHORT: 400,
    Outcome.WRONG_METHOD: 405,
    Outcome.NOT_IN_SERVICE: 404,
    Outcome.UNAVAILABLE: 503,
}
REFUSED = tuple(outcome for outcome, status in ANSWERS.items() if status >= 400)
SIGNED = tuple(outcome for outcome in ANSWERS if outcome not in REFUSED)
#: A sender whose key or settings are not ours gets these for every request.
NOT_SIGNED_BY_A_KEY = (Outcome.UNSIGNED, Outcome.WRONG_SIGNATURE, Outcome.RETIRED_KEY)
#: Those that raise an alarm. Anyone who knows an address can send a request without a signature.
ALARMING = (Outcome.WRONG_SIGNATURE, Outcome.RETIRED_KEY)


class ReportOutcome(StrEnum):
    """Results of checking the signature of a report about a notice. They are counted with the results above."""

    TEXT_ACCEPTED = "text accepted"
    TEXT_REFUSED = "text refused"
    EMAIL_ACCEPTED = "email accepted"
    EMAIL_REFUSED = "email refused"
