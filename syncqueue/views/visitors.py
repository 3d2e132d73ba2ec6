"""What the pages of a tenant's website share: how a browser keeps them, and what stands there without a database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control

from pagetojob.titanmap.opening_hours import opening_lines

from ..services.site import last_known


def kept_for_the_way_back(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Whoever comes back finds the same form with the same token, so that sending it again is no second request.

    What was typed, and what went wrong, no cache keeps.
    """
    if request.method == "POST" or answer.status_code != 200:
        add_never_cache_headers(answer)
    else:
        patch_cache_control(answer, private=True, no_cache=True)
    return answer


def unavailable(request: HttpRequest, slug: str) -> HttpResponse:
    """A page that cannot be shown: the number to call, as a 503. No query."""
    site = last_known(slug)
    context = {"site": site, "opening": opening_lines(site.hours) if site else []}
    answer = render(request, "site/unavailable.html", context, status=503)
    answer["Retry-After"] = "10"
    return answer
