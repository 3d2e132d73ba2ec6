"""Monthly website report in the portal, as a page and as a PDF."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from drift.models import FindingPicture
from drift.report import first_of, month_of
from drift.services.customer_questions import open_questions
from drift.views.pictures import picture_response
from pagetojob.ops import website_report
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.files.responses import saved_as
from pagetojob.platform.files.services import content_of
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.runs.models import OPEN, RunState
from pagetojob.platform.tenants.models import Membership

from .views import frame


@member_page()
def website(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the open findings and the changes of the month. Fourteen queries with the frame."""
    tenant, month = membership.tenant, month_of(membership.tenant, _first(request.GET.get("month", "")))
    run = website_report.last_run(tenant, month.first)
    shown = frame(
        request,
        membership,
        month=month,
        questions=len(open_questions(tenant, 100)),
        is_this=month.first == timezone.localdate().replace(day=1),
        pdf=website_report.newest(tenant, month.first),
        being_made=run is not None and run.state in OPEN,
        failed=run.error if run is not None and run.state == RunState.FAILED else "",
    )
    return render(request, "portal/website.html", shown)


@member_page(methods=("POST",))
def make_website_pdf(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Request the report as a PDF from a worker. The page shows when it is ready."""
    first = _first(request.POST.get("month", ""))
    with errors_shown(request, website_report.TooManyReports):
        run, _ = website_report.ask(tenant=membership.tenant, first=first, actor=actor_of(request))
        if run.params["month"] != f"{first:%Y-%m}":
            messages.info(request, "The report of another month is being made. Request this one when it is ready.")
    return redirect(f"{reverse('portal:website')}?month={first:%Y-%m}")


@member_page()
def website_pdf(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Download the newest PDF of the month, or redirect to the page where it can be requested."""
    first = _first(request.GET.get("month", ""))
    file = website_report.newest(membership.tenant, first)
    if file is None:
        return redirect(f"{reverse('portal:website')}?month={first:%Y-%m}")
    return HttpResponse(content_of(file), content_type="application/pdf", headers=saved_as(file.name))


@member_page()
def website_picture(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Show a picture of a finding of the reader's tenant."""
    rows = FindingPicture.objects.filter(tenant=membership.tenant).select_related("file", "snapshot")
    rows = rows.defer("snapshot__html", "snapshot__text")
    return picture_response(get_object_or_404(rows, public_id=public_id))


def _first(typed: str) -> date:
    return first_of(typed, today=timezone.localdate())
