"""From an answer to what it means: one of our errors, or a body that may be read. Pure.

What an answer means depends on whether the call changes something there: after a read we ask again, after a write
whose end we do not know somebody has to look first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from pagetojob.platform.outbound.errors import (
    Answered,
    AuthorizationError,
    GatewayError,
    MappingError,
    RefusedError,
    TransientError,
    UnclearError,
)
from pagetojob.platform.outbound.response import Answer

from .reading import Unreadable, document, mapping, text

#: A longer wait than this is no wait but an outage; whoever schedules tries by its own clock then.
LONGEST_WAIT = 3600.0
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_FIELD = re.compile(r"[A-Za-z0-9_.\[\]$-]{1,60}")
_TRACE = re.compile(r"[A-Za-z0-9_.:|=-]{1,120}")
#: Fields of a booking that name rows of the customer's account: when one is refused, our mapping is wrong.
MAPPED_FIELDS = frozenset({"campaignid", "businessunitid", "jobtypeid", "bookingproviderid"})


@dataclass(frozen=True)
class Call:
    """What was asked: whether it `writes`, and in which module. `named` says that the path itself holds our ids."""

    module: str
    writes: bool = False
    named: bool = False


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header in either of its forms; None when it names no time we can use."""
    value = (value or "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)


def problem(answer: Answer) -> Answered:
    """What may be kept of an error: status, trace id, names of refused fields. Messages may repeat what was sent."""
    try:
        body = mapping(document(answer.body))
    except Unreadable:
        body = {}
    trace = text(body.get("traceId"), most=120)
    names = [name for name in mapping(body.get("errors")) if _FIELD.fullmatch(name)]
    return Answered(answer.status, trace if _TRACE.fullmatch(trace) else "", tuple(names[:20]))


def error_of(answer: Answer, call: Call, *, now: datetime) -> GatewayError | None:
    """What an answer that is no success means; None for a 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return None
    said = problem(answer)
    wait = retry_after(answer.headers.get("retry-after"), now=now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TransientError("rate-limit", "They ask us to slow down.", answer=said, wait=wait)
    if status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        if call.writes:
            return UnclearError("server-fault", "Their server failed over it; it may be there.", answer=said, wait=wait)
        return TransientError("server-fault", "Their server failed over it.", answer=said, wait=wait)
    return _refusal(said, call)


#: What a refusal means by its status, unless it is about an id of our mapping.
_REFUSALS: dict[int, tuple[type[RefusedError], str, str]] = {
    400: (RefusedError, "not-valid", "They refuse what we sent."),
    422: (RefusedError, "not-valid", "They refuse what we sent."),
    401: (AuthorizationError, "not-signed-in", "They do not take our token."),
    403: (AuthorizationError, "not-allowed", "We are not let in: a scope, a consent or the module is missing."),
    404: (RefusedError, "not-found", "It is not there."),
    410: (RefusedError, "not-found", "It is not there."),
    409: (RefusedError, "conflict", "It has changed there; it must be read before it is changed."),
}


def _refusal(said: Answered, call: Call) -> GatewayError:
    known = _REFUSALS.get(said.status)
    if known is None:
        odd = UnclearError if call.writes else RefusedError
        return odd("odd-status", "They answered in a way nobody has described.", answer=said)
    kind, code, sentence = known
    if code == "not-found" and call.named:
        return MappingError(code, "An id of our mapping is not there.", answer=said)
    if code == "not-valid" and any(last_part(name) in MAPPED_FIELDS for name in said.fields):
        return MappingError("mapping-refused", "They refuse an id of our mapping.", answer=said)
    return kind(code, sentence, answer=said)


def last_part(name: str) -> str:
    """The field that a name of a refused one ends with, in small letters."""
    return name.rpartition(".")[2].lower()


def body_of(answer: Answer, call: Call) -> Any:
    """The JSON of a success. What cannot be read passes for a read, and is unclear for a write.

    The kind of content is not believed: a page in HTML is no JSON whatever it calls itself.
    """
    try:
        return document(answer.body)
    except Unreadable:
        raise unreadable(answer, call) from None


def unreadable(answer: Answer, call: Call) -> GatewayError:
    """A success that we cannot read: tried again for a read, looked up before anything else for a write."""
    said = Answered(answer.status)
    if call.writes:
        return UnclearError("unreadable", "They took it, and we cannot read their answer.", answer=said)
    return TransientError("unreadable", "We cannot read their answer.", answer=said)
