"""The public pages of the pack. They read, and never act."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from . import selectors
from .errors import PackNotLoaded

type View = Callable[[HttpRequest], HttpResponse]


def pack_page(view: View) -> View:
    """A page rendered from rows: safe methods only, always asked for anew, absent until loaded."""

    @require_safe
    @cache_control(no_cache=True)
    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except PackNotLoaded as error:
            raise Http404(str(error)) from error

    return page


@pack_page
def landing(request: HttpRequest) -> HttpResponse:
    page, pages = selectors.landing()
    return render(
        request,
        "readiness/landing.html",
        {"page": page, "pages": pages, "disclaimers": selectors.disclaimers()},
    )


@pack_page
def api_readiness(request: HttpRequest) -> HttpResponse:
    return render(request, "readiness/api_readiness.html", {"pack": selectors.api_readiness()})


@pack_page
def api_readiness_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse(selectors.document(selectors.api_readiness()), json_dumps_params={"indent": 2})
