"""Views of linking runs: model card, calibration, and the weights behind a link."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..linkage import calibration
from ..selectors import review
from ..waterfall import chance, dots, waterfall

_SHOWN = 50


@access.operator_page(Ability.VIEW_QUEUE)
def linking_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a tenant's newest linking runs. Two queries."""
    tenant = access.tenant_for_operator(slug)
    context = {"tenant": tenant, "here": "overview", "linkings": review.linkings(tenant)[:_SHOWN], "most": _SHOWN}
    return render(request, "attribution/linkings.html", context)


@access.operator_page(Ability.VIEW_QUEUE)
def linking(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show a run's model card, labels and calibration. Six queries."""
    tenant = access.tenant_for_operator(slug)
    run = access.linking_of(tenant, public_id)
    calibrations = [*calibration.measured(), review.by_decisions(tenant)]
    context = {
        "tenant": tenant,
        "here": "overview",
        "linking": run,
        "model": run.card.get("model", {}),
        "curves": [
            (curve, dots((group.many, group.predicted, group.right) for group in curve.bins)) for curve in calibrations
        ],
        "border": review.nearest_to_the_border(tenant, run, float(run.card["model"]["matched_from"])),
    }
    return render(request, "attribution/linking.html", context)


@access.operator_page(Ability.VIEW_QUEUE)
def weights(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the weight of each criterion in one link as a waterfall. Four queries."""
    tenant = access.tenant_for_operator(slug)
    link = access.link_of(tenant, public_id)
    fall = waterfall(link.weights)
    total = fall.bars[-1].weight if fall.bars else 0.0
    context = {"tenant": tenant, "here": "review", "link": link, "fall": fall, "alone": chance(total)}
    return render(request, "attribution/weights.html", context)
