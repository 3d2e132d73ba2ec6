"""Address of the page that has the form of a POST."""

from collections.abc import Iterator
from inspect import getclosurevars, isfunction
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.encoding import escape_uri_path, iri_to_uri
from django.utils.http import escape_leading_slashes
from django.views import View


def form_page(request: HttpRequest) -> str:
    """Return this address if a browser can open it, else the nearest address above it; "/" if there is none.

    The address is quoted and never begins with two slashes, which would lead to another host.
    """
    urlconf = getattr(request, "urlconf", None)
    path = next((path for path in _and_above(request.path_info) if _takes_get(path, urlconf)), "/")
    query = request.META.get("QUERY_STRING", "") if path == request.path_info else ""
    return escape_leading_slashes(escape_uri_path(path)) + (f"?{iri_to_uri(query)}" if query else "")


def _and_above(path: str) -> Iterator[str]:
    """Yield an address and those above it, each without and with the slash at its end."""
    yield path
    while path := path.rstrip("/").rpartition("/")[0]:
        yield from (path, f"{path}/")


def _takes_get(path: str, urlconf: str | None) -> bool:
    """Return whether the address exists and its view does not refuse GET."""
    try:
        view: Any = resolve(path, urlconf).func
    except Resolver404:
        return False
    if "get" not in getattr(view, "view_class", View).http_method_names:
        return False
    while isfunction(view):
        # `require_http_methods` shows the methods in no other way.
        if "GET" not in getclosurevars(view).nonlocals.get("request_method_list", ("GET",)):
            return False
        view = getattr(view, "__wrapped__", None)
    return True
