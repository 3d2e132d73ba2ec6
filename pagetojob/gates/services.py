"""Decide if a feature is on for a tenant in an environment now, and change the two switches of a flag.

The switches store only if a flag is wanted and if it is killed. The result of `decide()` is never stored.
"""

from collections.abc import Container

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from .decisions import KILLED, Decision, Missing, judge, missing_for_storage
from .models import Flag
from .registry import FLAGS, Environment
from .selectors import gate_facts, switch_facts

__all__ = [
    "KILLED",
    "Decision",
    "Missing",
    "SwitchRefused",
    "decide",
    "decide_all",
    "give_default_flags",
    "kill",
    "revive",
    "storage_missing",
    "want",
    "why_off",
]


_VIEW_ONLY = "Your role can view features but not change them."


class SwitchRefused(Exception):
    """A switch of a flag cannot be changed. The message gives the reason."""


def decide(flag: str, tenant: Tenant, environment: Environment) -> Decision:
    """Decide if a flag is open now: it must be wanted, not killed, and every gate satisfied.

    Closed for an unknown flag, a missing row or missing evidence, and outside a scope that can read the tenant's
    flags. Runs one query.
    """
    gated = flag in FLAGS and bool(FLAGS[flag].gates)
    facts = gate_facts(tenant) if gated else switch_facts(flag, tenant)
    return judge(flag, facts, environment, now=timezone.now())


def why_off(flag: str, tenant: Tenant) -> str:
    """Return why a manual feature is off for a tenant, as text for people; empty if it is on. As `decide()`."""
    missing = decide(flag, tenant, Environment.PRODUCTION).missing
    because = " ".join(reason.sentence for reason in missing)
    return f"“{FLAGS[flag].title}” is off for {tenant.name}. {because}" if missing else ""


def decide_all(tenant: Tenant) -> list[Decision]:
    """Decide every flag in every environment, in the order of the registry, at one time. Runs one query."""
    facts, now = gate_facts(tenant), timezone.now()
    return [judge(flag, facts, environment, now=now) for flag in FLAGS for environment in Environment]


def storage_missing(tenant: Tenant, environment: Environment) -> tuple[Missing, ...]:
    """Return what is missing before the vault may store a secret of that environment; empty if nothing is.

    Production requires every gate; integration requires a demo tenant, developer access and secure storage; the
    simulator requires a demo tenant and both simulator addresses. Runs one query, in a scope that can read the tenant's
    evidence.
    """
    return missing_for_storage(gate_facts(tenant), environment, now=timezone.now())


def give_default_flags(tenant: Tenant, *, also: Container[str] = ()) -> None:
    """Create a tenant's flag rows with the defaults of the registry. Existing rows stay unchanged.

    `also`: further flags that the tenant wants from the start.
    """
    Flag.objects.bulk_create(
        [Flag(tenant=tenant, slug=slug, wanted=flag.default_on or slug in also) for slug, flag in FLAGS.items()],
        ignore_conflicts=True,
    )


def why_final(flag: str, tenant: Tenant) -> str:
    """Return why no switch of this feature has an effect any more; empty while the feature can be on. No query."""
    ended = flag in FLAGS and bool(FLAGS[flag].gates) and tenant.state == Lifecycle.CLOSED
    return f"The contract of {tenant.name} has ended, so this feature stays off." if ended else ""


def why_not_revive(actor: User) -> str:
    """Return why this person cannot lift a kill switch; empty for an operator lead."""
    return "" if actor.can(Ability.SECOND_PERSON) else "Only an operator lead can lift a kill switch."


def want(*, flag: str, tenant: Tenant, on: bool, actor: User, reason: str) -> None:
    """Record that the customer wants a feature, or no longer does. It is on only if its gates are open as well.

    Called in a scope that may write the flags of the tenant. Raises SwitchRefused. Three queries.
    """
    against = "" if actor.can(Ability.SET_UP) else _VIEW_ONLY
    _switch(flag, tenant, actor, reason, against=against, action="want" if on else "unwant", wanted=on)


def kill(*, flag: str, tenant: Tenant, actor: User, reason: str) -> None:
    """Switch a feature off now for one tenant, even if its gates are open. Raises SwitchRefused. Three queries."""
    against = "" if actor.can(Ability.ACT_ON_QUEUE) else _VIEW_ONLY
    _switch(flag, tenant, actor, reason, against=against, action="kill", killed=True)


def revive(*, flag: str, tenant: Tenant, actor: User, reason: str) -> None:
    """Lift a kill switch, so that the wanted switch and the gates decide. Raises SwitchRefused. Three queries."""
    _switch(flag, tenant, actor, reason, against=why_not_revive(actor), action="revive", killed=False)


def _switch(flag: str, tenant: Tenant, actor: User, reason: str, *, against: str, action: str, **to: bool) -> None:
    if against := against or why_final(flag, tenant):
        raise SwitchRefused(against)
    if not reason.strip():
        raise SwitchRefused("Enter a reason.")
    [(switch, value)] = to.items()
    with transaction.atomic():
        if not Flag.objects.filter(tenant=tenant, slug=flag, **{switch: not value}).update(**to):
            raise SwitchRefused("The switch already has that value, or this contractor does not have the feature.")
        record(
            action=f"gates.{action}",
            subject=f"flag:{flag}",
            reason=reason,
            tenant=tenant,
            actor=actor,
            changes={switch: (not value, value)},
        )
