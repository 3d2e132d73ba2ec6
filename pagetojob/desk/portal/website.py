"""Is my website still right? The month's report for a contractor's own people, as a page and as a PDF."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from drift.report import Month, first_of, month_of
from pagetojob.kernel.claims.selectors import disclaimers
from pagetojob.kernel.tenants.models import Membership
from readiness.pdf import PdfFailed, PdfMakerMissing, make_pdf

from ..access import members_only
from .views import frame

PDF_SECONDS = 20.0


@never_cache
@require_safe
@members_only()
def website(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What stands between website and records, and what the month brought. Ten queries with the frame."""
    return _page(request, membership, _asked(request, membership))


@never_cache
@require_safe
@members_only()
def website_pdf(request: HttpRequest, membership: Membership) -> HttpResponse:
    """The same report on paper; where no PDF can be made, the page says so and stays printable."""
    month = _asked(request, membership)
    with timezone.override(membership.tenant.time_zone):
        html = render_to_string("drift/report_paper.html", {"month": month, "disclaimers": disclaimers()})
    try:
        pdf = make_pdf(html, seconds=PDF_SECONDS)
    except (PdfFailed, PdfMakerMissing):
        return _page(request, membership, month, no_pdf=True)
    name = f"website-report-{membership.tenant.slug}-{month.first:%Y-%m}.pdf"
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _asked(request: HttpRequest, membership: Membership) -> Month:
    with timezone.override(membership.tenant.time_zone):
        today = timezone.localdate()
    return month_of(membership.tenant, first_of(request.GET.get("month", ""), today=today))


def _page(request: HttpRequest, membership: Membership, month: Month, *, no_pdf: bool = False) -> HttpResponse:
    with timezone.override(membership.tenant.time_zone):
        this = timezone.localdate().replace(day=1)
        shown = frame(request, membership, month=month, no_pdf=no_pdf, is_this=month.first == this)
        return render(request, "portal/website.html", shown, status=503 if no_pdf else 200)
