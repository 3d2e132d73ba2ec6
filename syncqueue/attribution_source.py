"""The attribution source of a visit, stored from its first page: untrusted input, bounded, without personal data.

Stores the URL of the page with campaign parameters and click ids only (any other part of a query may contain a person's
name), and the referrer without its query. A signed session cookie carries it for the last site opened; without cookies,
a hidden form field does.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict

from pagetojob.platform.tenants.contractor_hosts import contractor_of

FIELD = "landing"
COOKIE = f"{settings.COOKIE_PREFIX}{FIELD}"
MARKS = (
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *("gclid", "gbraid", "wbraid", "fbclid", "msclkid"),
)
_SALT = "syncqueue.attribution_source"
_LONGEST_URL, _LONGEST_MARK = 500, 200
#: Browsers drop a cookie over 4096 bytes, including its name and attributes.
_LONGEST_COOKIE = 3500
#: The order in which values are dropped from a cookie that would be too long.
_LEAST_FIRST = ("utm_content", "utm_term", "referrer", "utm_medium", "landing_url", *reversed(MARKS))


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Store the attribution source of a visit that has none yet, for this site, until the browser is closed."""
    site = site_path(request)
    if _read(request.COOKIES.get(COOKIE, ""), site) is None:
        response.set_cookie(
            COOKIE,
            sealed(source_of(request), site),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def source_of(request: HttpRequest) -> dict[str, str]:
    """Return landing URL, referrer and campaign parameters: of the first page if known, else of this page. No query."""
    # A GET request has no hidden field.
    for text in (request.COOKIES.get(COOKIE, ""), str(request.POST.get(FIELD, ""))):
        if (source := _read(text, site_path(request))) is not None:
            return source
    return _of_this_page(request)


def sealed(source: dict[str, str], site: str) -> str:
    """Return the signed text for a cookie or a hidden field of one site, never longer than a cookie may be."""
    shortened = dict(source)
    for name in ("", *_LEAST_FIRST):
        shortened.pop(name, None)
        text = signing.dumps(shortened, salt=f"{_SALT}:{site}", compress=True)
        if len(text) <= _LONGEST_COOKIE:
            break
    return text


def _read(text: str, site: str) -> dict[str, str] | None:
    if not text or len(text) > _LONGEST_COOKIE:
        return None
    try:
        source: Any = signing.loads(text, salt=f"{_SALT}:{site}")
    except (signing.BadSignature, ValueError):
        return None
    return source if isinstance(source, dict) else None


def _of_this_page(request: HttpRequest) -> dict[str, str]:
    marks, host = _marks(request.GET), request.get_host()
    url = f"{request.scheme}://{host}{request.path}"
    before = _split(request.headers.get("Referer", ""))
    source: dict[str, str] = {}
    if before and before.netloc == host:
        # The second page of a visit without a cookie: the page before it is closer to the first one.
        if (contractor_of(request) or before.path.startswith(site_path(request))) and not marks:
            marks = _marks(dict(parse_qsl(before.query)))
            url = f"{request.scheme}://{host}{before.path}"
    elif before and before.netloc:
        source["referrer"] = f"{before.scheme}://{before.netloc.rpartition('@')[2]}{before.path}"
    source["landing_url"] = url + (f"?{urlencode(marks)}" if marks else "")
    return {name: _clean(value, _LONGEST_URL) for name, value in source.items()} | marks


def _marks(query: QueryDict | dict[str, str]) -> dict[str, str]:
    return {mark: value for mark in MARKS if (value := _clean(str(query.get(mark, "")), _LONGEST_MARK))}


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} else None


def site_path(request: HttpRequest) -> str:
    """Return what all pages of a site share: its path `/sites/desert-peak/`, or the contractor's host."""
    if contractor_of(request):
        return f"//{request.get_host()}/"
    return "/".join(request.path.split("/")[:3]) + "/"


def _clean(text: str, longest: int) -> str:
    """Remove characters that no URL contains and no row can store: control characters, NUL, lone surrogates."""
    printable = "".join(character for character in text if character.isprintable())
    return printable[:longest]
