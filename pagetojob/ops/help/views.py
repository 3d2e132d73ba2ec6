"""The pages below `/help`."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pagetojob.claims.selectors import disclaimers

from .guides import BY_SLUG, Audience, audiences_of, guides_for
from .rendering import render_guide


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the guides that the reader may read. Runs one query."""
    guides = guides_for(request.user)
    groups = [(audience, [guide for guide in guides if guide.audience == audience]) for audience in Audience]
    context = {"groups": [group for group in groups if group[1]], "disclaimers": disclaimers()}
    return render(request, "help/index.html", context)


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a guide; for a reader that it is not for, it does not exist. Runs one query."""
    page, audiences = BY_SLUG.get(slug), audiences_of(request.user)
    if page is None or page.audience not in audiences:
        raise Http404
    context = {"guide": page, "text": render_guide(page, audiences), "disclaimers": disclaimers()}
    return render(request, "help/guide.html", context)


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """Show the reference of the intake API, rendered by Swagger UI from its description."""
    return render(request, "help/api.html")
