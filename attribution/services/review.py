"""Records people's decisions about uncertain links. Every decision is stored; an undo is a new decision."""

from django.db import transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from syncqueue.leads.models import Lead

from ..errors import AttributionError
from ..models import Label, Link, LinkSettings, ReviewDecision, Verdict
from .link_writing import NO_LONGER, SAID_NO

#: Labels that a person may decide. A link proven by IDs is not one of them.
REVIEWABLE = (Label.NEEDS_REVIEW, Label.MATCHED)
_MOVED = "Somebody decided this, or a newer linking replaced it. Look at the list again."


@transaction.atomic
def decide(*, link: Link, verdict: str, actor: User, lead: Lead | None = None) -> ReviewDecision:
    """Record a verdict on a current link and update the links.

    accept: the link counts. choose: `lead` gets the job instead. reject: the lead loses the job. cant say: nothing
    changes except that the link was reviewed. Raises AttributionError if the link is no longer current, cannot be
    decided, or the actor may not decide. Call in the operator scope. At most nine statements.
    """
    _may(actor)
    held = _held(link)
    if held.label not in REVIEWABLE or held.job_id is None:
        raise AttributionError("This link is not a guess: there is nothing to decide.")
    made: Link | None = None
    if verdict == Verdict.ACCEPT:
        lead = held.lead
        made = _yes(held, lead)
    elif verdict == Verdict.CHOOSE:
        if lead is None or lead.tenant_id != held.tenant_id or lead.pk == held.lead_id:
            raise AttributionError("Choose another lead of this business.")
        made = _yes(held, lead)
        _alone(held)
    elif verdict == Verdict.REJECT:
        _end(held)
        made, lead = _alone(held), None
    elif verdict == Verdict.CANT_SAY:
        lead = None
    else:
        raise AttributionError("There is no such verdict.")
    return _written(held, verdict, actor, lead=lead, made=made)


@transaction.atomic
def undo(*, decision: ReviewDecision, actor: User) -> ReviewDecision:
    """Undo a decision: its link becomes current again, and the link it created does not count anymore.

    Raises AttributionError if it was already undone, or if the link it created was decided or replaced since.
    """
    _may(actor)
    if decision.verdict == Verdict.UNDO or decision.blind:
        raise AttributionError("Only a verdict that changed something can be taken back.")
    if ReviewDecision.objects.filter(tenant=decision.tenant_id, undoes=decision).exists():
        raise AttributionError("It was taken back already.")
    old = Link.objects.select_for_update(of=("self",)).select_related("lead", "job").get(pk=decision.link_id)
    if decision.verdict != Verdict.CANT_SAY:
        _put_back(old, decision)
    return _written(old, Verdict.UNDO, actor, undoes=decision)


@transaction.atomic
def look_again(*, link: Link, agrees: bool, actor: User) -> ReviewDecision:
    """Record a blind second review of a link that another person decided: yes or no, without seeing the first decision.

    Changes no link; the agreement rate is computed from it. Raises AttributionError for the actor's own decision, and
    for a link that already has a second review.
    """
    _may(actor)
    first = first_word(link)
    if first is None:
        raise AttributionError("Nobody decided about this link yet.")
    if first.decided_by_id == actor.pk:
        raise AttributionError("A second look is another person's.")
    if ReviewDecision.objects.filter(tenant=link.tenant_id, link=link, blind=True).exists():
        raise AttributionError("It was looked at twice already.")
    verdict = Verdict.ACCEPT if agrees else Verdict.REJECT
    return _written(link, verdict, actor, lead=link.lead if agrees else None, blind=True)


def first_word(link: Link) -> ReviewDecision | None:
    """Return the current decision about a link. Makes one query."""
    undone = ReviewDecision.objects.filter(tenant=link.tenant_id, undoes__isnull=False).values("undoes")
    said = ReviewDecision.objects.filter(tenant=link.tenant_id, link=link, blind=False, undoes=None)
    return said.exclude(pk__in=undone).order_by("-pk").first()


@transaction.atomic
def set_window(*, tenant_id: int, days: int, actor: User, reason: str) -> None:
    """Set the attribution window. It applies from the next linking on, which then links everything again."""
    _may(actor)
    if not 1 <= days <= 730:
        raise AttributionError("Choose between 1 and 730 days.")
    settings, _ = LinkSettings.objects.get_or_create(tenant_id=tenant_id)
    if settings.window_days == days:
        return
    before, settings.window_days = settings.window_days, days
    settings.save(update_fields=["window_days"])
    record(
        action="attribution.set_window",
        subject=settings,
        reason=reason,
        tenant=tenant_id,
        actor=actor,
        changes={"window_days": (before, days)},
    )


def _may(actor: User) -> None:
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise AttributionError("Your role may look at links but not decide about them.")


def _held(link: Link) -> Link:
    held = (
        Link.objects.select_for_update(of=("self",)).select_related("lead", "job").filter(pk=link.pk, current=True)
    ).first()
    if held is None:
        raise AttributionError(_MOVED)
    return held


def _end(link: Link) -> None:
    link.current = False
    link.save(update_fields=["current"])


def _yes(held: Link, lead: Lead) -> Link:
    """Create the reviewed link that gives the job to this lead."""
    _end(held)
    Link.objects.filter(tenant=held.tenant_id, lead=lead, job=None, current=True).update(current=False)
    facts = {name: getattr(held, name) for name in ("agreeing", "disagreeing", "missing", "candidates")}
    same = lead.pk == held.lead_id
    return Link.objects.create(
        tenant_id=held.tenant_id,
        lead=lead,
        job_id=held.job_id,
        label=Label.REVIEWED,
        probability=held.probability if same else 0,
        reasons=[*held.reasons] if same else ["a person chose this lead over the likeliest one"],
        **(facts if same else {"candidates": held.candidates}),
    )


def _alone(held: Link) -> Link | None:
    """Create the "no job" row of a lead that lost this job, or return None if it still has another one."""
    if Link.objects.filter(tenant=held.tenant_id, lead=held.lead_id, current=True).exists():
        return None
    assert held.job is not None
    reason = f"job {held.job.external_id}: {SAID_NO}"
    return Link.objects.create(tenant_id=held.tenant_id, lead_id=held.lead_id, label=Label.UNMATCHED, reasons=[reason])


def _put_back(old: Link, decision: ReviewDecision) -> None:
    of_tenant = Link.objects.filter(tenant=old.tenant_id)
    made = decision.made_id or 0
    if of_tenant.filter(job=old.job_id, current=True).exclude(pk=made).exists():
        raise AttributionError("The job has another link by now, so the old one cannot come back.")
    of_tenant.filter(pk=made).update(current=False)
    of_tenant.filter(lead=old.lead_id, job=None, current=True).update(current=False)
    old.current = True
    old.save(update_fields=["current"])
    chosen = decision.lead_id
    if chosen and not of_tenant.filter(lead=chosen, current=True).exists():
        before = of_tenant.filter(lead=chosen, job=None).order_by("-pk").values("pk")[:1]
        if not of_tenant.filter(pk__in=before).update(current=True):
            Link.objects.create(tenant_id=old.tenant_id, lead_id=chosen, label=Label.UNMATCHED, reasons=[NO_LONGER])


def _written(held: Link, verdict: str, actor: User, **facts: object) -> ReviewDecision:
    assert held.job_id is not None
    decision = ReviewDecision.objects.create(
        tenant_id=held.tenant_id, link=held, job_id=held.job_id, verdict=verdict, decided_by=actor, **facts
    )
    record(
        action="attribution.review",
        subject=held,
        reason=f"{Verdict(verdict).label}{', blind second look' if facts.get('blind') else ''}",
        tenant=held.tenant_id,
        actor=actor,
        changes={"verdict": (None, verdict), "lead": (held.lead, facts.get("lead"))},
    )
    return decision
