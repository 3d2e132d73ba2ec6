"""Records people's decisions about uncertain links. Every decision is stored; an undo is a new decision."""

from django.db import transaction

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from syncqueue.leads.models import Lead

from ..errors import AttributionError
from ..models import Label, Link, LinkSettings, ReviewDecision, Verdict, current_decisions
from .links import REJECTED, UNSUPPORTED, share_links

#: Labels that a person may decide. A link proven by IDs is not one of them.
REVIEWABLE = (Label.NEEDS_REVIEW, Label.MATCHED)
_MOVED = "Someone else decided this match, or a newer linking run replaced it. Reload the list."


@transaction.atomic
def decide(*, link: Link, verdict: str, actor: User, lead: Lead | None = None) -> ReviewDecision:
    """Record a verdict on a current link and update the links.

    accept: the link counts. choose: `lead` gets the job instead. reject: the lead loses the job. cant say: nothing
    changes except that the link was reviewed. Raises AttributionError if the link is no longer current, cannot be
    decided, a linking is being written, or the actor may not decide. Call in the operator scope. At most ten
    statements.
    """
    _require_permission(actor)
    share_links(link.tenant_id)
    current = _lock_current(link)
    if current.label not in REVIEWABLE or current.job_id is None:
        raise AttributionError("This match does not need a decision.")
    made: Link | None = None
    if verdict == Verdict.ACCEPT:
        lead = current.lead
        made = _give_job(current, lead)
    elif verdict == Verdict.CHOOSE:
        if lead is None or lead.tenant_id != current.tenant_id or lead.pk == current.lead_id:
            raise AttributionError("Choose another lead of this business.")
        made = _give_job(current, lead)
        _add_row_without_job(current)
    elif verdict == Verdict.REJECT:
        _end(current)
        made, lead = _add_row_without_job(current), None
    elif verdict == Verdict.CANT_SAY:
        lead = None
    else:
        raise AttributionError("Unknown decision.")
    return _record_decision(current, verdict, actor, lead=lead, made=made)


@transaction.atomic
def undo(*, decision: ReviewDecision, actor: User) -> ReviewDecision:
    """Undo a decision: its link becomes current again, and the link it created no longer is.

    Raises AttributionError if it was already undone, if the link it created was decided or replaced since, or while a
    linking is being written.
    """
    _require_permission(actor)
    share_links(decision.tenant_id)
    if decision.verdict == Verdict.UNDO or decision.blind:
        raise AttributionError("Only a decision that changed a match can be undone.")
    if ReviewDecision.objects.filter(tenant=decision.tenant_id, undoes=decision).exists():
        raise AttributionError("This decision was already undone.")
    old = Link.objects.select_for_update(of=("self",)).select_related("lead", "job").get(pk=decision.link_id)
    if decision.verdict != Verdict.CANT_SAY:
        _restore(old, decision)
    return _record_decision(old, Verdict.UNDO, actor, undoes=decision)


@transaction.atomic
def review_again(*, link: Link, agrees: bool, actor: User) -> ReviewDecision:
    """Record a blind second review of a link that another person decided: yes or no, without seeing the first decision.

    Changes no link; the agreement rate is computed from it. Raises AttributionError for the actor's own decision, and
    for a link that already has a second review.
    """
    _require_permission(actor)
    first = current_decisions(link.tenant_id).filter(link=link).order_by("-pk").first()
    if first is None:
        raise AttributionError("This match has no decision yet.")
    if first.decided_by_id == actor.pk:
        raise AttributionError("A second review must be done by someone else.")
    if ReviewDecision.objects.filter(tenant=link.tenant_id, link=link, blind=True).exists():
        raise AttributionError("This match already has a second review.")
    verdict = Verdict.ACCEPT if agrees else Verdict.REJECT
    return _record_decision(link, verdict, actor, lead=link.lead if agrees else None, blind=True)


@transaction.atomic
def set_window(*, tenant_id: int, days: int, actor: User, reason: str) -> None:
    """Set the attribution window. It applies from the next linking on, which then links everything again."""
    _require_permission(actor)
    if not 1 <= days <= 730:
        raise AttributionError("Choose between 1 and 730 days.")
    settings, _ = LinkSettings.objects.get_or_create(tenant_id=tenant_id)
    if settings.window_days == days:
        return
    before, settings.window_days = settings.window_days, days
    settings.save(update_fields=["window_days"])
    record_change("attribution.set_window", settings, actor=actor, reason=reason, window_days=(before, days))


def _require_permission(actor: User) -> None:
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise AttributionError("Your role can view matches but not decide them.")


def _lock_current(link: Link) -> Link:
    current = (
        Link.objects.select_for_update(of=("self",)).select_related("lead", "job").filter(pk=link.pk, current=True)
    ).first()
    if current is None:
        raise AttributionError(_MOVED)
    return current


def _end(link: Link) -> None:
    link.current = False
    link.save(update_fields=["current"])


def _give_job(link: Link, lead: Lead) -> Link:
    """Create the reviewed link that gives the job to this lead."""
    _end(link)
    Link.objects.filter(tenant=link.tenant_id, lead=lead, job=None, current=True).update(current=False)
    facts = {name: getattr(link, name) for name in ("agreeing", "disagreeing", "missing", "candidates")}
    same = lead.pk == link.lead_id
    return Link.objects.create(
        tenant_id=link.tenant_id,
        lead=lead,
        job_id=link.job_id,
        label=Label.REVIEWED,
        probability=link.probability if same else 0,
        reasons=[*link.reasons] if same else ["a person chose this lead instead of the most likely one"],
        **(facts if same else {"candidates": link.candidates}),
    )


def _add_row_without_job(link: Link) -> Link | None:
    """Create the "no job" row of a lead that lost this job, or return None if it still has another one."""
    if Link.objects.filter(tenant=link.tenant_id, lead=link.lead_id, current=True).exists():
        return None
    assert link.job is not None
    reason = f"job {link.job.external_id}: {REJECTED}"
    return Link.objects.create(tenant_id=link.tenant_id, lead_id=link.lead_id, label=Label.UNMATCHED, reasons=[reason])


def _restore(old: Link, decision: ReviewDecision) -> None:
    of_tenant = Link.objects.filter(tenant=old.tenant_id)
    made = decision.made_id or 0
    if of_tenant.filter(job=old.job_id, current=True).exclude(pk=made).exists():
        raise AttributionError("The job has another lead now, so this decision cannot be undone.")
    of_tenant.filter(pk=made).update(current=False)
    of_tenant.filter(lead=old.lead_id, job=None, current=True).update(current=False)
    old.current = True
    old.save(update_fields=["current"])
    chosen = decision.lead_id
    if chosen and not of_tenant.filter(lead=chosen, current=True).exists():
        before = of_tenant.filter(lead=chosen, job=None).order_by("-pk").values("pk")[:1]
        if not of_tenant.filter(pk__in=before).update(current=True):
            Link.objects.create(tenant_id=old.tenant_id, lead_id=chosen, label=Label.UNMATCHED, reasons=[UNSUPPORTED])


def _record_decision(link: Link, verdict: str, actor: User, **facts: object) -> ReviewDecision:
    assert link.job_id is not None
    decision = ReviewDecision.objects.create(
        tenant_id=link.tenant_id, link=link, job_id=link.job_id, verdict=verdict, decided_by=actor, **facts
    )
    reason = f"{Verdict(verdict).label}{', blind second review' if facts.get('blind') else ''}"
    changes = {"verdict": (None, verdict), "lead": (link.lead, facts.get("lead"))}
    record_change("attribution.review", link, actor=actor, reason=reason, **changes)
    return decision
