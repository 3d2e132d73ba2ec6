"""Serve the color of the buttons and the logo of a contractor's website."""

import re
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Logo

from .visiting import for_visitors, visit_of

_COLOR = re.compile(r"[0-9a-f]{6}")
#: The address names the color or the logo, so its content never changes.
_CACHED = "public, max-age=31536000, immutable"
_BUTTONS = ".button:not(.button--second, .button--secondary, .button--danger)"
_STYLES = f"""\
{_BUTTONS}, .hero {_BUTTONS} {{ background: #%(color)s; border-color: #%(color)s; color: #fff; }}
{_BUTTONS}:hover, .hero {_BUTTONS}:hover {{ background: color-mix(in srgb, #%(color)s 85%%, #000); color: #fff; }}
.hero {_BUTTONS}, .hero {_BUTTONS}:hover {{ border-color: #fff; }}
"""


@require_safe
@for_visitors
def color(request: HttpRequest, slug: str, color: str) -> HttpResponse:
    """Return the styles of a color. Setup accepts only colors on which white text has a contrast of 4.5 to 1."""
    visit_of(request, slug)
    if not _COLOR.fullmatch(color):
        raise Http404
    answer = HttpResponse(_STYLES % {"color": color}, content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = _CACHED
    return answer


@require_safe
@for_visitors
def logo(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Return a logo of the contractor, which we encoded ourselves."""
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk):
        row = get_object_or_404(Logo, tenant=tenant, public_id=public_id)
    answer = HttpResponse(bytes(row.content), content_type=row.content_type)
    answer["Cache-Control"] = _CACHED
    return answer
