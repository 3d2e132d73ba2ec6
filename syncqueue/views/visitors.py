"""Shared parts of the pages of a tenant's website: cache headers, and the page shown without a database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control

from pagetojob.titanmap.opening_hours import opening_lines

from ..services.site import last_known


def revalidate_on_back(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Set cache headers so that going back shows the same form with the same token, and resending is no second request.

    Pages with typed values or errors are never cached.
    """
    if request.method == "POST" or answer.status_code != 200:
        add_never_cache_headers(answer)
    else:
        patch_cache_control(answer, private=True, no_cache=True)
    return answer


def unavailable(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page for an unavailable database: the phone number, as a 503. No query."""
    site = last_known(slug)
    context = {"site": site, "opening": opening_lines(site.hours) if site else []}
    answer = render(request, "site/unavailable.html", context, status=503)
    answer["Retry-After"] = "10"
    return answer
