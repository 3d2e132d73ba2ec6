"""Response for throttled requests: one page for all forms, with the time of the next attempt."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ..access import form_page
from ..errors import LinkGone, TryLater


def answers_too_many[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Respond with 429 when the throttle refuses an attempt, and with 404 for an invalid mailed link."""

    @wraps(view)
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except TryLater as wait:
            return _too_many(request, wait.seconds)
        except LinkGone as gone:
            match = request.resolver_match
            context = {"sentence": str(gone), "is_reset": bool(match and match.url_name == "reset")}
            return render(request, "accounts/link_gone.html", context, status=404)

    return answering


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    at = timezone.now() + timedelta(seconds=seconds)
    back = form_page(request, default=request.get_full_path())
    context = {"minutes": -(-seconds // 60), "seconds": seconds, "at": at, "back": back}
    response = render(request, "accounts/too_many.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
