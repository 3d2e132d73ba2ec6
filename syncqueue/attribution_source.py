"""Where a visitor came from, kept from the first page of a visit: hostile input, bounded, without personal data.

What is kept: the address of the page with campaign marks and click ids only (any other part of a query
may hold a person's name), and the page that led there, without its query. A signed session cookie per site
carries it; without cookies the form carries it on in a hidden field.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict

COOKIE = FIELD = "landing"
MARKS = (
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *("gclid", "gbraid", "wbraid", "fbclid", "msclkid"),
)
_SALT = "syncqueue.attribution_source"
_LONGEST_URL, _LONGEST_MARK = 500, 200
#: A browser drops a cookie over 4096 bytes with its name and attributes.
_LONGEST_COOKIE = 3500
#: What goes first when a cookie would be too long.
_LEAST_FIRST = ("utm_content", "utm_term", "referrer", "utm_medium", "landing_url", *reversed(MARKS))


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep the landing of a visit that has none yet, for the pages of this site, until the browser is closed."""
    if _read(request.COOKIES.get(COOKIE, "")) is None:
        response.set_cookie(
            COOKIE,
            sealed(source_of(request)),
            path=_site_path(request),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def source_of(request: HttpRequest) -> dict[str, str]:
    """Landing URL, referrer and marks: of the first landing if it is known, else of this very page. No query."""
    for kept in (request.COOKIES.get(COOKIE, ""), _carried(request)):
        if (found := _read(kept)) is not None:
            return found
    return _of_this_page(request)


def sealed(source: dict[str, str]) -> str:
    """The text that a cookie or a hidden field carries: signed, and never longer than a cookie may be."""
    kept = dict(source)
    for name in ("", *_LEAST_FIRST):
        kept.pop(name, None)
        text = signing.dumps(kept, salt=_SALT, compress=True)
        if len(text) <= _LONGEST_COOKIE:
            break
    return text


def _read(text: str) -> dict[str, str] | None:
    if not text or len(text) > _LONGEST_COOKIE:
        return None
    try:
        found: Any = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _carried(request: HttpRequest) -> str:
    return str(request.POST.get(FIELD, "")) if request.method == "POST" else ""


def _of_this_page(request: HttpRequest) -> dict[str, str]:
    marks, host = _marks(request.GET), request.get_host()
    landing = f"{request.scheme}://{host}{request.path}"
    before = _split(request.headers.get("Referer", ""))
    found: dict[str, str] = {}
    if before and before.netloc == host:
        # A second page of ours, and no cookie: the page before is nearer to the landing.
        if before.path.startswith(_site_path(request)) and not marks:
            marks = _marks(dict(parse_qsl(before.query)))
            landing = f"{request.scheme}://{host}{before.path}"
    elif before and before.netloc:
        found["referrer"] = f"{before.scheme}://{before.netloc.rpartition('@')[2]}{before.path}"
    found["landing_url"] = landing + (f"?{urlencode(marks)}" if marks else "")
    return {name: _clean(value, _LONGEST_URL) for name, value in found.items()} | marks


def _marks(query: QueryDict | dict[str, str]) -> dict[str, str]:
    return {mark: value for mark in MARKS if (value := _clean(str(query.get(mark, "")), _LONGEST_MARK))}


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} else None


def _site_path(request: HttpRequest) -> str:
    """`/sites/desert-peak/` of any page below it."""
    return "/".join(request.path.split("/")[:3]) + "/"


def _clean(text: str, longest: int) -> str:
    """Without what no address holds and no row can: control characters, NUL and lone surrogates among them."""
    kept = "".join(character for character in text if character.isprintable())
    return kept[:longest]
