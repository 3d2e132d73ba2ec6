"""Move a contractor through its lifecycle. Each transition is an action by a person, with a reason."""

from django.db import transaction

from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.lifecycle import MOVES, Lifecycle
from pagetojob.platform.tenants.models import Membership, StateChange, Tenant, User
from pagetojob.platform.tenants.roles import Ability, TenantRole
from syncqueue.services.gated_items import state_contract_end

from .checklist import missing_entries
from .contractors import prepare
from .errors import OnboardingRefused
from .facts import launch_facts

#: The verb of each transition, by its target. A paused contractor resumes.
ACTIONS = {
    Lifecycle.PREVIEW: "Open preview",
    Lifecycle.LIVE: "Go live",
    Lifecycle.PAUSED: "Pause",
    Lifecycle.CLOSED: "Close",
}
#: The sentence about a transition that a person made, by its target.
RESULTS = {
    Lifecycle.PREVIEW: "{name} is now in preview. People with a preview link see its website.",
    Lifecycle.LIVE: "{name} is now live. Its website is public.",
    Lifecycle.PAUSED: "{name} is now paused. Visitors see its phone number and cannot send a request.",
    Lifecycle.CLOSED: "{name} is now closed. Its website is no longer public.",
}


@transaction.atomic
def change_state(*, tenant: Tenant, to: str, by: User, reason: str) -> Tenant:
    """Move a tenant to state `to` and record it. Raises OnboardingRefused.

    Needs the operator scope, or for an owner who pauses or resumes the website, the tenant's.

    The row is locked first, so of two people who act at the same time, the second meets the new state. Going live, also
    after a pause, computes the launch checklist under that lock.
    """
    if not reason.strip():
        raise OnboardingRefused("Enter a reason.")
    locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if why := why_not(locked, to, by):
        raise OnboardingRefused(why)
    if to not in MOVES[locked.state]:
        raise OnboardingRefused(f"{locked.name} is {locked.state} now, so this is not possible.")
    if to == Lifecycle.PREVIEW:
        prepare(locked)
    if to == Lifecycle.LIVE and (missing := missing_entries(launch_facts([locked])[locked.pk])):
        raise OnboardingRefused(f"Not ready to go live: {', '.join(entry.title.lower() for entry in missing)}.")
    if to == Lifecycle.CLOSED:
        state_contract_end(tenant_id=locked.pk)
    before = locked.state
    write_change(tenant=locked, to=to, by=by, reason=reason.strip())
    record(
        action=f"onboarding.{to}",
        subject=f"tenant:{locked.slug}",
        reason=reason,
        tenant=locked,
        actor=by,
        changes={"state": (before, to)},
    )
    return locked


def why_not(tenant: Tenant, to: str, by: User) -> str:
    """Return why this person may not move the tenant to `to`; empty if allowed. At most two queries.

    An owner pauses the website and resumes it, but only after a pause by someone of the tenant: an operator who paused
    it had a reason.
    """
    if by.can(Ability.SET_UP):
        return ""
    owners = Membership.objects.filter(tenant=tenant, role=TenantRole.OWNER)
    if {tenant.state, to} != {Lifecycle.LIVE, Lifecycle.PAUSED} or not owners.filter(user=by).exists():
        return "Your role can view contractors but not change them."
    if to == Lifecycle.PAUSED:
        return ""
    paused_by = StateChange.objects.filter(tenant=tenant).values_list("by", flat=True).first()
    is_own_pause = Membership.objects.filter(tenant=tenant, user=paused_by).exists()
    return "" if is_own_pause else "PageToJob paused the website. Contact us to resume it."


def write_change(*, tenant: Tenant, to: str, by: User, reason: str) -> None:
    """Move a tenant, and write its log row.

    Checks nothing: apart from `change_state`, only demo data and proofs on our own simulator call it.
    """
    before = tenant.state
    states.move(tenant, to)
    StateChange.objects.create(tenant=tenant, number=tenant.version, before=before, after=to, by=by, reason=reason)
