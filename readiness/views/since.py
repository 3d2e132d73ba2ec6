"""Changes since a reader's last visit. A signed cookie, which contains only numbers, stores the last version seen."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from ..services.current import current, pack_at
from ..shape import Pack
from ..version_diff import compare
from .comparing import comparison
from .pages import pack_view

COOKIE, SALT = f"{settings.COOKIE_PREFIX}readiness_seen", "readiness.since"
DAYS = 400  # browsers limit cookies to this age
PRIVATE = "private, no-store"
_VALUE = re.compile(r"([1-9][0-9]{0,8})(?:\.([1-9][0-9]{0,8}))?")


@dataclass(frozen=True, slots=True)
class Mark:
    """The version a reader saw last, and the one before. `trouble` is why it is missing: damaged, old or ahead."""

    seen: int | None = None
    before: int | None = None
    trouble: str = ""


def read(request: HttpRequest, newest: int) -> Mark:
    """Return the reader's mark. A cookie with a bad signature, an expired one or a future version counts as none."""
    cookie = request.COOKIES.get(COOKIE)
    if cookie is None:
        return Mark()
    try:
        value = signing.TimestampSigner(salt=SALT).unsign(cookie, max_age=DAYS * 86_400)
    except signing.SignatureExpired:
        return Mark(trouble="old")
    except signing.BadSignature:
        return Mark(trouble="damaged")
    if not (parts := _VALUE.fullmatch(value)):
        return Mark(trouble="damaged")
    seen, before = int(parts[1]), int(parts[2]) if parts[2] else None
    return Mark(seen, before) if max(seen, before or 0) <= newest else Mark(trouble="ahead")


def write(response: HttpResponse, mark: Mark) -> None:
    value = f"{mark.seen}.{mark.before}" if mark.before else str(mark.seen)
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=SALT).sign(value),
        max_age=DAYS * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


@pack_view
def since(request: HttpRequest) -> HttpResponse:
    """Show the differences since the reader's mark and move it to the newest version; `keep` moves it back."""
    pack = current()
    mark, keep = read(request, pack.number), "keep" in request.GET
    from_number = mark.before or mark.seen if keep else mark.seen
    context: dict[str, object] = {"pack": pack, "mark": mark, "keep": keep and mark.seen, "from": from_number}
    if from_number and from_number < pack.number:
        context |= comparison(pack_at(from_number), pack)
    response = HttpResponse(render_to_string("readiness/versions/since.html", context))
    response["Cache-Control"] = PRIVATE
    if is_page_view(request):
        write(response, Mark(from_number) if keep and from_number else moved(mark, pack.number))
    return response


def moved(mark: Mark, newest: int) -> Mark:
    """Return the mark after viewing the newest version."""
    return mark if mark.seen == newest else Mark(newest, mark.seen)


def is_page_view(request: HttpRequest) -> bool:
    """Return whether a person is reading, and not a program that prefetches."""
    purpose = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return request.method == "GET" and "prefetch" not in purpose


@pack_view
def fragment(request: HttpRequest) -> HttpResponse:
    """Return a one-line summary of the changes for this reader, for cached pages. Does not move the mark."""
    pack = current()
    mark = read(request, pack.number)
    response = JsonResponse({"seen": mark.seen, "newest": pack.number, "line": line(mark, pack)})
    response["Cache-Control"] = PRIVATE
    return response


def line(mark: Mark, pack: Pack) -> str:
    """Return plain text, short enough for its reserved space; empty for a reader without a mark."""
    if mark.seen is None:
        return ""
    if mark.seen == pack.number:
        return f"No changes since your last visit (version {mark.seen})."
    counts = compare(pack_at(mark.seen).document, pack.document).counts
    summary = ", ".join(counts[:2]) + (" and more" if counts[2:] else "")
    return f"Since your last visit (version {mark.seen}): {summary or 'no text changed'}."
