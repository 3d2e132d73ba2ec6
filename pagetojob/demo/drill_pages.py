"""`/ops/drills/`: how to rehearse each provider error against the simulator, and what to watch."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.gates.registry import Environment
from pagetojob.platform.access import operator_page
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap.selectors import bound_pages
from syncqueue.causes import CAUSES

from .drills import DRILLS
from .simulator_label import open_places


@operator_page(Ability.VIEW_QUEUE)
def ops_drills(request: HttpRequest) -> HttpResponse:
    """Show the drills, and whether they can be run here. 1 query in addition to those for the user and the demo."""
    address = settings.SERVICETITAN_STANDIN_API_URL
    slugs = sorted(slug for slug, place in open_places().items() if place is Environment.SIMULATOR) if address else []
    pages = bound_pages(slugs)
    context = {
        "address": address,
        "open": [(slug, pages.get(slug, "")) for slug in slugs],
        "drills": [(drill, [(key, CAUSES[key].title) for key in drill.causes]) for drill in DRILLS],
    }
    return render(request, "demo/drills.html", context)
