"""decide(): the one answer to "may this feature act, for this tenant, there, now?". And the two switches of a flag.

A switch says what is wished for and what is killed. That a flag is on is written nowhere.
"""

from collections.abc import Container

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from .decisions import KILLED, Decision, Missing, judge, missing_for_storage
from .models import Flag
from .registry import FLAGS, Environment
from .selectors import standing, switch_alone

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


class SwitchRefused(Exception):
    """A switch of a flag cannot be moved; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def decide(flag: str, tenant: Tenant, environment: Environment) -> Decision:
    """Open means: wanted, not killed, and every gate satisfied at this moment. Anything else is shut.

    An unknown flag, a missing row or missing evidence answers "shut". One query. Needs a scope in which
    the tenant's flags can be read; in any other, the answer is "shut" as well.
    """
    gated = flag in FLAGS and bool(FLAGS[flag].gates)
    held = standing(tenant) if gated else switch_alone(flag, tenant)
    return judge(flag, held, environment, now=timezone.now())


def why_off(flag: str, tenant: Tenant) -> str:
    """Why a manual feature is off for a tenant, as a sentence for people; empty while it is on. As `decide()`."""
    missing = decide(flag, tenant, Environment.PRODUCTION).missing
    because = " ".join(one.sentence for one in missing)
    return f"“{FLAGS[flag].title}” is off for {tenant.name}. {because}" if missing else ""


def decide_all(tenant: Tenant) -> list[Decision]:
    """Every flag in every environment, in the order of the registry, made at one moment. One query."""
    held, now = standing(tenant), timezone.now()
    return [judge(flag, held, environment, now=now) for flag in FLAGS for environment in Environment]


def storage_missing(tenant: Tenant, environment: Environment) -> tuple[Missing, ...]:
    """What speaks against taking a secret of that environment into the vault; empty when it may be taken.

    Production: every gate. Integration: developer access and secure storage. Stand-in: a tenant marked demo and
    both addresses of the stand-in. One query, in a scope that reads the tenant's evidence.
    """
    return missing_for_storage(standing(tenant), environment, now=timezone.now())


def give_default_flags(tenant: Tenant, *, also: Container[str] = ()) -> None:
    """Write a tenant's eleven flag rows as the registry says; rows that exist stay as they are.

    `also`: what a tenant asks for from its beginning beyond the defaults.
    """
    Flag.objects.bulk_create(
        [Flag(tenant=tenant, slug=slug, wanted=flag.default_on or slug in also) for slug, flag in FLAGS.items()],
        ignore_conflicts=True,
    )


def why_not_kill(actor: User) -> str:
    """Why this person cannot kill a flag; empty for everybody on call, who need nobody's leave."""
    return "" if actor.can(Ability.ACT_ON_QUEUE) else "Your role may look at features but not switch them."


def why_not_revive(actor: User) -> str:
    """Why this person cannot lift a kill; empty for an operator lead."""
    return "" if actor.can(Ability.SECOND_PERSON) else "An operator lead lifts a kill switch."


def want(*, flag: str, tenant: Tenant, on: bool, actor: User, reason: str) -> None:
    """Note that the customer asks for a feature, or no longer does. It is on only if its gates are open as well.

    By an operator, in a scope that may write the tenant's flags. Raises SwitchRefused. Three queries.
    """
    _switch(flag, tenant, actor, reason, against=why_not_kill(actor), action="want" if on else "unwant", wanted=on)


def kill(*, flag: str, tenant: Tenant, actor: User, reason: str) -> None:
    """Switch a feature off, now, for one tenant, whatever its gates say. Raises SwitchRefused. Three queries."""
    _switch(flag, tenant, actor, reason, against=why_not_kill(actor), action="kill", killed=True)


def revive(*, flag: str, tenant: Tenant, actor: User, reason: str) -> None:
    """Lift a kill. What is wished for and the gates decide again. Raises SwitchRefused. Three queries."""
    _switch(flag, tenant, actor, reason, against=why_not_revive(actor), action="revive", killed=False)


def _switch(flag: str, tenant: Tenant, actor: User, reason: str, *, against: str, action: str, **to: bool) -> None:
    if against:
        raise SwitchRefused(against)
    if not reason.strip():
        raise SwitchRefused("Say why.")
    [(switch, value)] = to.items()
    with transaction.atomic():
        if not Flag.objects.filter(tenant=tenant, slug=flag, **{switch: not value}).update(**to):
            raise SwitchRefused("It stands like that already, or this tenant has no such feature.")
        record(
            action=f"gates.{action}",
            subject=f"flag:{flag}",
            reason=reason,
            tenant=tenant,
            actor=actor,
            changes={switch: (not value, value)},
        )
