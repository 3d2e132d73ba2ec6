"""What changed since a reader last looked. The reader keeps the mark, in a signed cookie that holds numbers only."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse

from ..services.current import at, current
from ..shape import Pack
from ..version_diff import compare
from .comparing import comparison
from .pages import pack_view

COOKIE, SALT = "readiness_seen", "readiness.since"
DAYS = 400  # no browser keeps a cookie for longer
PRIVATE = "private, no-store"
_VALUE = re.compile(r"([1-9][0-9]{0,8})(?:\.([1-9][0-9]{0,8}))?")


@dataclass(frozen=True, slots=True)
class Mark:
    """The version a reader saw last, and the one seen before it. `trouble`: why there is none: damaged, old, ahead."""

    seen: int | None = None
    before: int | None = None
    trouble: str = ""


def read(request: HttpRequest, newest: int) -> Mark:
    """The reader's mark; one that we did not sign, that is too old or that is ahead of us counts as none."""
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
        path=reverse("readiness:landing"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


@pack_view
def since(request: HttpRequest) -> HttpResponse:
    """The differences since the reader's mark. Looking moves it to the newest version; with `keep` it goes back."""
    pack = current()
    mark, keep = read(request, pack.number), "keep" in request.GET
    from_number = mark.before or mark.seen if keep else mark.seen
    context: dict[str, object] = {"pack": pack, "mark": mark, "keep": keep and mark.seen, "from": from_number}
    if from_number and from_number < pack.number:
        context |= comparison(at(from_number), pack)
    response = HttpResponse(render_to_string("readiness/versions/since.html", context))
    response["Cache-Control"] = PRIVATE
    if looks(request):
        write(response, Mark(from_number) if keep and from_number else moved(mark, pack.number))
    return response


def moved(mark: Mark, newest: int) -> Mark:
    """The mark after a look at the newest version."""
    return mark if mark.seen == newest else Mark(newest, mark.seen)


def looks(request: HttpRequest) -> bool:
    """Whether somebody reads, and not only a program that fetches ahead."""
    purpose = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return request.method == "GET" and "prefetch" not in purpose


@pack_view
def fragment(request: HttpRequest) -> HttpResponse:
    """For a page that is the same for everybody: in a line, how much changed for this reader. It moves no mark."""
    pack = current()
    mark = read(request, pack.number)
    response = JsonResponse({"seen": mark.seen, "newest": pack.number, "line": line(mark, pack)})
    response["Cache-Control"] = PRIVATE
    return response


def line(mark: Mark, pack: Pack) -> str:
    """Plain text, short enough for the place kept free; empty for a reader without a mark."""
    if mark.seen is None:
        return ""
    if mark.seen == pack.number:
        return f"Nothing changed since you last looked at version {mark.seen}."
    counts = compare(at(mark.seen).document, pack.document).counts
    told = ", ".join(counts[:2]) + (" and more" if counts[2:] else "")
    return f"Since you last looked at version {mark.seen}: {told or 'no word changed'}."
