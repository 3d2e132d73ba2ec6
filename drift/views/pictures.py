"""Pictures of findings, and the snapshots behind them as documents in a sandbox."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from pagetojob.platform.access import operator_page
from pagetojob.platform.files import responses
from pagetojob.platform.files.services import FileRefused, read_file
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..models import FindingPicture, NoPicture
from ..reading.errors import PageRefused
from ..region_page import POLICY, RegionNotVisible, region_page
from ..services.snapshots import html_of


@operator_page(Ability.VIEW_QUEUE)
def picture(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return picture_response(access.picture_for_operator(public_id))


def picture_response(picture: FindingPicture) -> HttpResponse:
    """Return the picture, or raise a 404 if there is none or its file was erased."""
    if picture.file is None or not picture.is_taken:
        raise Http404
    try:
        content = b"".join(read_file(picture.file))
    except FileRefused:
        raise Http404 from None
    return responses.picture(content, content_type=picture.file.content_type)


@xframe_options_sameorigin
@operator_page(Ability.VIEW_QUEUE)
def snapshot(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Return the snapshot with the region marked, for a frame.

    Its policy gives it a unique origin, and forbids scripts, forms and fetching.
    """
    row = access.picture_for_operator(public_id)
    try:
        html = region_page(
            html_of(row.snapshot), charset=row.snapshot.charset, quote=row.quote, selector=row.selector,
            own_styles=row.why != NoPicture.HIDDEN,
        )  # fmt: skip
    except (PageRefused, RegionNotVisible):
        html = "<!doctype html><title>Snapshot</title><p>This part of the page cannot be shown."
    headers = {"Content-Security-Policy": f"{POLICY}; sandbox; frame-ancestors 'self'"}
    return HttpResponse(html, headers=headers | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})
