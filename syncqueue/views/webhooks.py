"""The webhook endpoint: POST /hooks/<public id of a connection>/. Every answer is a status code without a body."""

import logging
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from pagetojob.platform.postgresql.errors import UNAVAILABLE

from ..inbox.outcomes import ANSWERS, Outcome
from ..services import inbox

log = logging.getLogger(__name__)
#: A refused body up to this size is read and discarded, because a sender that is cut off while writing sees no answer.
LET_GO = 1_048_576
_PIECE = 16_384


# A signature replaces the session, and no cookie is read, so CSRF is not possible.
@csrf_exempt
@never_cache
def receive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Receive an event. No query about the route while it is cached; then one transaction with one insert."""
    try:
        outcome = inbox.receive(public_id, method=request.method or "", read=lambda: _read(request), now=timezone.now())
    except UNAVAILABLE as error:
        log.warning("webhook inbox without a database", extra={"error": type(error).__name__})
        outcome = Outcome.UNAVAILABLE
    answer = HttpResponse(status=ANSWERS[outcome], content_type="text/plain")
    if outcome is Outcome.WRONG_METHOD:
        answer["Allow"] = "POST"
    return answer


def _read(request: HttpRequest) -> inbox.Post:
    """Return headers and raw body. Raises Refused by the declared size, before anything is read or stored."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and (len(length) > 9 or int(length) > inbox.LARGEST_BODY):
        if len(length) <= 9 and int(length) <= LET_GO:
            _let_go(request)
        raise inbox.Refused(Outcome.TOO_BIG)
    # A chunked body has no length, and Django would read nothing; the server itself ends such a stream.
    chunked = not length and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if chunked else request
    body = _read_up_to(stream, inbox.LARGEST_BODY + 1)
    if body is None:
        raise inbox.Refused(Outcome.CUT_SHORT)
    if len(body) > inbox.LARGEST_BODY:
        _let_go(stream)
        raise inbox.Refused(Outcome.TOO_BIG)
    if length.isdecimal() and len(body) != int(length):
        raise inbox.Refused(Outcome.CUT_SHORT)
    return inbox.Post({name.lower(): value for name, value in request.headers.items()}, body)


def _read_up_to(stream: Any, size: int) -> bytes | None:
    """Read up to `size` bytes, fewer at the end of the body; None for a broken body or invalid chunks.

    Each server raises its own errors for these: WSGI names no class, and an invalid chunk length is not an OSError.
    """
    try:
        data: bytes = stream.read(size)
    except Exception as error:
        log.info("webhook body not readable", extra={"error": type(error).__name__})
        return None
    return data


def _let_go(stream: Any) -> None:
    """Read and discard the body, up to a limit, so that the answer arrives."""
    for _ in range(LET_GO // _PIECE + 1):
        if not _read_up_to(stream, _PIECE):
            return
