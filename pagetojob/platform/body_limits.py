"""Size limits of request bodies: 64 kB, with exceptions by route. deploy/Caddyfile and a middleware enforce them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

KB, MB = 1024, 1024 * 1024
DEFAULT_BYTES = 64 * KB
#: Caddy sets it when it has refused a body, and sends one byte instead. A client that sends it refuses only itself.
REFUSED_BY_CADDY = "X-Body-Too-Large"
#: The fields and boundaries of a form with a file.
_FIELDS = 64 * KB


@dataclass(frozen=True, slots=True)
class Limit:
    """Limit of a route. A route with `own_answer` checks the length itself and answers 413 with its own page."""

    bytes: int = DEFAULT_BYTES
    own_answer: bool = False


#: Uploads have room for a file above the form's own limit, so that the form can name the problem.
LIMITS = {
    "intake:request": Limit(128 * MB, own_answer=True),
    "api:leads": Limit(own_answer=True),
    "hooks:receive": Limit(own_answer=True),
    "check-a-packet": Limit(25 * MB + _FIELDS, own_answer=True),
    "readiness:importer-try": Limit(1 * MB, own_answer=True),
    "readiness:questionnaire-try": Limit(1 * MB, own_answer=True),
    "readiness:guard-try": Limit(own_answer=True),
    "readiness:handoff-try": Limit(own_answer=True),
    "review:answer": Limit(16 * MB),
    "gates:evidence-new": Limit(16 * MB),
    "admin:gates_evidence_add": Limit(16 * MB),
    "admin:readiness_reviewdocument_upload": Limit(16 * MB),
    "attribution:upload": Limit(26 * MB),
    "titanmap:upload": Limit(26 * MB),
    "drift:hand-in": Limit(16 * MB),
    "portal:access-item": Limit(16 * MB),
    "onboarding:business": Limit(6 * MB),
    # Text fields with up to 100,000 characters.
    "drift:site": Limit(1 * MB),
    "onboarding:legal": Limit(1 * MB),
    "portal:website-questions": Limit(1 * MB),
    "titanmap:item-new": Limit(1 * MB),
    "titanmap:item-edit": Limit(1 * MB),
}
_DEFAULT = Limit()


def limit_of(path: str, urlconf: str | None = None) -> Limit:
    """Return the limit of the route that serves this path, on our host or with the routes of `urlconf`."""
    try:
        return LIMITS.get(resolve(path, urlconf).view_name, _DEFAULT)
    except Resolver404:
        return _DEFAULT


def refuse_large_bodies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 to a request with a larger body than its route accepts, before anything reads the body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if REFUSED_BY_CADDY in request.headers:
            # Views that answer themselves compare the length.
            request.META["CONTENT_LENGTH"] = str(10**17)
        size = declared_size(request)
        if size > DEFAULT_BYTES:
            limit = limit_of(request.path_info, getattr(request, "urlconf", None))
            if size > limit.bytes and not limit.own_answer:
                return HttpResponse(render_to_string("413.html", {"limit_kb": limit.bytes // KB}), status=413)
        return get_response(request)

    return middleware


def declared_size(request: HttpRequest) -> float:
    """Return the declared size; infinite for text that is not a number or has too many digits."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else float("inf")
