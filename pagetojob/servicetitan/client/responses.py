"""Map API responses to errors of the gateway, or to a parsed body. No I/O.

The mapping depends on whether the call writes: a failed read can be retried, but after a write with an unknown outcome
someone must first check whether it took effect.
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

#: Longest Retry-After we accept. A longer one means an outage, and the scheduler uses its own delays.
LONGEST_WAIT = 3600.0
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_FIELD = re.compile(r"[A-Za-z0-9_.\[\]$-]{1,60}")
_TRACE = re.compile(r"[A-Za-z0-9_.:|=-]{1,120}")
#: Booking fields that contain IDs from the customer's account. If one is rejected, our mapping is wrong.
MAPPED_FIELDS = frozenset({"campaignid", "businessunitid", "jobtypeid", "bookingproviderid"})


@dataclass(frozen=True)
class Call:
    """The resource of a request: its API module, and the scope that permits the request.

    `named`: the path contains IDs of our mapping, so a 404 is an error of the mapping.
    """

    module: str
    scope: str
    named: bool = False

    @property
    def writes(self) -> bool:
        return self.scope.endswith(":w")


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Parse a Retry-After header (seconds or date) into seconds to wait; None if it is missing or unusable."""
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
    """Return the storable parts of an error response. Its messages are dropped because they may repeat the request."""
    try:
        body = mapping(document(answer.body))
    except Unreadable:
        body = {}
    trace = text(body.get("traceId"), most=120)
    names = [name for name in mapping(body.get("errors")) if _FIELD.fullmatch(name)]
    return Answered(answer.status, trace if _TRACE.fullmatch(trace) else "", tuple(names[:20]))


def error_of(answer: Answer, call: Call, *, now: datetime) -> GatewayError | None:
    """Return the error for a response, or None for a 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return None
    details = problem(answer)
    wait = retry_after(answer.headers.get("retry-after"), now=now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TransientError("rate-limit", "The API asked us to slow down.", answer=details, wait=wait)
    if status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        if call.writes:
            return UnclearError(
                "server-fault", "The API failed; the request may have been processed.", answer=details, wait=wait
            )
        return TransientError("server-fault", "The API returned a server error.", answer=details, wait=wait)
    if status in _PROXY_STATUSES and not _is_document(answer):
        return _foreign_page(details, call)
    return _refusal(details, call)


def _is_document(answer: Answer) -> bool:
    """Return whether the body is a JSON object, as in every error of the API."""
    try:
        return isinstance(document(answer.body), dict)
    except Unreadable:
        return False


#: Errors by status, unless the rejected value is an ID of our mapping.
_REFUSALS: dict[int, tuple[type[RefusedError], str, str]] = {
    400: (RefusedError, "not-valid", "The API rejected the request as invalid."),
    422: (RefusedError, "not-valid", "The API rejected the request as invalid."),
    401: (AuthorizationError, "not-signed-in", "The API rejected our token."),
    403: (AuthorizationError, "not-allowed", "Access denied: a scope, a consent or the module is missing."),
    404: (RefusedError, "not-found", "The record was not found."),
    410: (RefusedError, "not-found", "The record was not found."),
    409: (RefusedError, "conflict", "The record has changed. Read it again before changing it."),
}


#: Statuses that a proxy or firewall in front of the API sends too, with an HTML page.
_PROXY_STATUSES = frozenset({403, 404, 410})
NOT_THE_API = "not-the-api"


def _foreign_page(details: Answered, call: Call) -> GatewayError:
    """Return the error for a page that the API did not send. A firewall may also withhold a response, so a write may
    have been processed.
    """
    sentence = "A proxy or firewall in front of the API returned an error page."
    kind = UnclearError if call.writes else TransientError
    return kind(NOT_THE_API, sentence, answer=details)


def _refusal(details: Answered, call: Call) -> GatewayError:
    known = _REFUSALS.get(details.status)
    if known is None:
        odd = UnclearError if call.writes else RefusedError
        return odd("odd-status", "The API returned an undocumented status.", answer=details)
    kind, code, sentence = known
    if code == "not-found" and call.named:
        return MappingError(code, "An ID in our mapping was not found.", answer=details)
    if code == "not-valid" and any(last_part(name) in MAPPED_FIELDS for name in details.fields):
        return MappingError("mapping-refused", "The API rejected an ID in our mapping.", answer=details)
    return kind(code, sentence, answer=details)


def last_part(name: str) -> str:
    """Return the last part of a dotted field name, in lower case."""
    return name.rpartition(".")[2].lower()


def body_of(answer: Answer, call: Call) -> Any:
    """Return the JSON of a successful response. An unreadable body is transient for a read, unclear for a write.

    Ignores the Content-Type, because an error page may claim to be JSON.
    """
    try:
        return document(answer.body)
    except Unreadable:
        raise unreadable(answer, call) from None


def unreadable(answer: Answer, call: Call) -> GatewayError:
    """Return the error for a success that we cannot parse: transient for a read, unclear for a write."""
    details = Answered(answer.status)
    if call.writes:
        return UnclearError(
            "unreadable", "The API accepted the request, but its response cannot be read.", answer=details
        )
    return TransientError("unreadable", "The API response cannot be read.", answer=details)
