"""The link **Help** of each page that someone signed in reads."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from .guides import audiences_of, guide_of_route


def help_link(request: HttpRequest) -> dict[str, Any]:
    """Return `help_url`, evaluated only by templates that use it. No query besides that for the user."""
    return {"help_url": SimpleLazyObject(lambda: _url(request))}


def _url(request: HttpRequest) -> str:
    match = request.resolver_match
    guide = guide_of_route(match.view_name) if match else None
    if guide is None or guide.audience not in audiences_of(request.user):
        return reverse("help:index")
    return reverse("help:guide", args=[guide.slug])
