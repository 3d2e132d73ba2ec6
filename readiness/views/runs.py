"""Runs of the checks behind lines that are ready now, and their signed results."""

from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from pagetojob.platform.paging import page_links, requested_page

from ..checks import PERIOD_DAYS, checks
from ..evidence_files import FAILED, PASSED
from ..models import CheckRun
from ..services.current import current
from ..services.places import trusted_places
from .pages import pack_view

FOREVER = "public, max-age=31536000, immutable"


@pack_view
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs, newest first, with what passed and whether the run counts here. Two queries and a count."""
    known = CheckRun.objects.filter(sha256=OuterRef("sha256")).exclude(key="")
    rows = CheckRun.objects.defer("text").exclude(Q(key="") & Exists(known))
    rows = rows.annotate(
        passed=Count("results", filter=Q(results__outcome=PASSED)),
        failed=Count("results", filter=Q(results__outcome=FAILED)),
    )
    rows = rows.order_by("-finished_at", "-id")
    places = [str(key) for key in trusted_places()]
    page = requested_page(request, rows)
    for run in page.object_list:
        run.counts = run.key in places
    context = {
        "pack": current(),
        "page": page,
        "links": page_links(page),
        "checks": len(checks()),
        "period": PERIOD_DAYS,
        "places": places,
    }
    response = render(request, "readiness/runs.html", context)
    response["Cache-Control"] = "no-cache"
    return response


@pack_view
def run_file(request: HttpRequest, sha256: str) -> HttpResponse:
    """Return the bytes of an evidence file as the place signed them."""
    text = CheckRun.objects.filter(sha256=sha256).values_list("text", flat=True).first()
    if text is None:
        raise Http404("No run with this hash has been imported here.")
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": FOREVER})


urlpatterns = [
    path("evidence", runs, name="evidence"),
    path("evidence/<slug:sha256>.note", run_file, name="evidence-file"),
]
