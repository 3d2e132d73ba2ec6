"""Views of the review queue and of linking runs: compare, decide, second review, calibration, weights of a link."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_shown, typed_id
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from .. import access, side_by_side
from ..errors import AttributionError
from ..linkage import calibration
from ..models import Link, Verdict, finished_runs
from ..selectors import review
from ..services import review as reviewing
from ..waterfall import chance, dots, waterfall

#: Effect of each decision, as the next page states it.
_EFFECTS = {
    Verdict.ACCEPT: "The job counts as an outcome of this lead.",
    Verdict.CHOOSE: "The job counts as an outcome of {lead}.",
    Verdict.REJECT: "The job does not count for this lead.",
    Verdict.CANT_SAY: "Nothing changed, and the match stays in the list.",
}


@tenant_page(Ability.VIEW_QUEUE)
def queue(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show pending matches, the last decisions, and the agreement of second reviews. Eight queries."""
    rows = review.queue(tenant)
    context = {
        "tenant": tenant,
        "here": "review",
        "links": rows[: review.A_LIST],
        "waiting": rows.count(),
        "decisions": review.decisions(tenant),
        "agreement": review.agreement(tenant),
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "second": review.next_second_review(tenant, actor_of(request)),
    }
    return render(request, "attribution/review.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def match(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show one match, with links to the previous and next one in the queue. Nine queries."""
    link = access.link_of(tenant, public_id)
    before, after = review.neighbours(tenant, link)
    more = {
        "before": before,
        "after": after,
        "candidates": [
            (other, side_by_side.person(other.lead, link.job, shown=False))
            for other in review.candidates(link)
            if link.job
        ],
        "decision": None if link.current else review.decision_about(link),
        "decidable": link.current and link.label in reviewing.REVIEWABLE,
        "last": next(iter(review.decisions(tenant)), None),
    }
    return _render_pair(request, tenant, link, "attribution/pair.html", more)


@tenant_page(Ability.ACT_ON_QUEUE)
def second(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show a decided link to a second reviewer, without the first decision. Five queries."""
    link = review.next_second_review(tenant, actor_of(request))
    if link is None:
        messages.success(request, "There are no matches left for a second review.")
        return redirect("attribution:review", tenant.slug)
    return _render_pair(request, tenant, link, "attribution/second.html", {})


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def decide(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Record a verdict and go to the next match."""
    link = access.link_of(tenant, public_id)
    _, after = review.neighbours(tenant, link)
    verdict = request.POST.get("verdict", "")
    lead = access.lead_of(tenant, typed_id(request.POST.get("lead", ""))) if verdict == Verdict.CHOOSE else None
    with errors_shown(request, AttributionError):
        decision = reviewing.decide(link=link, verdict=verdict, actor=actor_of(request), lead=lead)
        made = Verdict(decision.verdict)
        effect = _EFFECTS[made].format(lead=lead and lead.spoken_code)
        messages.success(request, f"{link.lead.spoken_code}: {made.label}. {effect}")
        if after is None:
            return redirect("attribution:review", tenant.slug)
        public_id = after.public_id
    return redirect("attribution:one", tenant.slug, public_id)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def undo(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Undo a decision and show its link again."""
    decision = access.decision_of(tenant, public_id)
    try:
        reviewing.undo(decision=decision, actor=actor_of(request))
    except AttributionError as error:
        messages.error(request, str(error))
        return redirect("attribution:review", tenant.slug)
    messages.success(request, f"{decision.link.lead.spoken_code}: undone.")
    return redirect("attribution:one", tenant.slug, decision.link.public_id)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def review_again(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Record a second review and go to the next one."""
    link, answer = access.link_of(tenant, public_id), request.POST.get("agrees", "")
    if answer not in ("yes", "no"):
        messages.error(request, "Choose whether it is the same customer.")
        return redirect("attribution:second", tenant.slug)
    with errors_shown(request, AttributionError):
        reviewing.review_again(link=link, agrees=answer == "yes", actor=actor_of(request))
    return redirect("attribution:second", tenant.slug)


@tenant_page(Ability.UNMASK, "POST")
def show(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Store or clear the reason for showing a tenant's contact details in this session."""
    form = ReasonForm(request.POST)
    if request.POST.get("hide"):
        request.session.pop(access.SHOWN, None)
    elif form.is_valid():
        request.session[access.SHOWN] = {"tenant": tenant.pk, "reason": form.cleaned_data["reason"]}
    else:
        messages.error(request, "Enter the reason that you need contact details. It is recorded in the audit log.")
    link = Link.objects.filter(tenant=tenant, public_id=typed_id(request.POST.get("link", ""))).first()
    if link is None:
        return redirect("attribution:review", tenant.slug)
    return redirect("attribution:one", tenant.slug, link.public_id)


def _render_pair(request: HttpRequest, tenant: Tenant, link: Link, template: str, more: dict[str, Any]) -> HttpResponse:
    """Render both sides of a link. Showing unmasked contact details is recorded in the audit log."""
    actor, reason = actor_of(request), access.reason_to_see(request, tenant)
    shown = bool(reason) and actor.can(Ability.UNMASK)
    if shown:
        record_change("attribution.unmask", link, actor=actor, reason=reason)
    assert link.job is not None
    asked = link.lead.booking_requests.first()
    context = {
        "tenant": tenant,
        "here": "review",
        "link": link,
        "lines": side_by_side.person(link.lead, link.job, shown=shown),
        "service": side_by_side.open_line("Service", asked.service if asked else "", link.job.job_type),
        "campaign": side_by_side.open_line("Campaign", link.lead.source.get("utm_campaign", ""), link.job.campaign),
        "days": side_by_side.days_apart(link.lead, link.job, tenant.shown_zone),
        "stake": review.at_stake(link.job),
        "closed": review.closed_months(link.job),
        "shown": shown,
        "may_unmask": actor.can(Ability.UNMASK),
        "may_act": actor.can(Ability.ACT_ON_QUEUE),
        "reason_form": ReasonForm(),
    }
    return render(request, template, context | more)


_SHOWN = 50


@tenant_page(Ability.VIEW_QUEUE)
def linking_list(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show a tenant's newest linking runs. Two queries."""
    context = {"tenant": tenant, "here": "overview", "linkings": finished_runs(tenant)[:_SHOWN], "most": _SHOWN}
    return render(request, "attribution/linkings.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def linking(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show a run's model card, labels and calibration. Six queries."""
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
        "nearest": review.nearest_to_the_limit(tenant, run),
    }
    return render(request, "attribution/linking.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def weights(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show the weight of each criterion in one link as a waterfall. Four queries."""
    link = access.link_of(tenant, public_id)
    fall = waterfall(link.weights)
    total = fall.bars[-1].weight if fall.bars else 0.0
    context = {"tenant": tenant, "here": "review", "link": link, "fall": fall, "alone": chance(total)}
    return render(request, "attribution/weights.html", context)
