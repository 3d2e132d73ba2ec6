"""A visitor's photo, for an operator who gives a reason that the audit log records."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..forms.operate import UnmaskForm
from ..services.photos import show_photo


@access.operator_page(Ability.UNMASK, "POST")
def photo(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Return one photo in response to `unmask_reason`. By POST, so that no link and no cache contains it."""
    item = access.item_for_operator(public_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "item": item, "position": position}
        return render(request, "syncqueue/photo_reason.html", context, status=422)
    picture = item.lead and show_photo(
        lead=item.lead,
        position=position,
        actor=access.actor_of(request),
        reason=form.cleaned_data["unmask_reason"],
    )
    if not picture:
        raise Http404
    return HttpResponse(
        picture.content,
        content_type=picture.content_type,
        headers={
            "Content-Disposition": f'inline; filename="{picture.name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
