"""The change log of one page: when it was read, and what appeared, changed and vanished."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.platform.access import operator_page
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..page_log import MOST_READINGS, page_log


@operator_page(Ability.VIEW_QUEUE)
def log(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the log of the page named in the query. Runs three queries plus authentication."""
    site = access.site_for_operator(slug)
    page = request.GET.get("page", "")[:500].replace("\x00", "")
    context = {"tenant": site.tenant, "page": page, "entries": page_log(site, page), "most": MOST_READINGS}
    return render(request, "drift/page_log.html", context)
