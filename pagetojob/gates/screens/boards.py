"""View models of the gate pages, computed from one gate snapshot. No I/O."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pagetojob.gates.decisions import ENDED, Decision, GateFacts, Missing, judge
from pagetojob.gates.evidence import gate_proof
from pagetojob.gates.registry import FLAGS, REQUIREMENTS, Environment, Requirement
from pagetojob.platform.tenants.models import Tenant

from .words import NEXT

ON, OFF, KILLED = "on", "off", "killed"


def flag_lines(snapshot: GateFacts, *, now: datetime) -> list[dict[str, Any]]:
    """Return all flags in registry order, decided for production and for the other environments."""
    lines = []
    for slug, definition in FLAGS.items():
        made = {environment: judge(slug, snapshot, environment, now=now) for environment in Environment}
        switch = snapshot.switches.get(slug)
        decision = made[Environment.PRODUCTION]
        others = (Environment.INTEGRATION, Environment.SIMULATOR) if definition.gates else ()
        lines.append(
            {
                "slug": slug,
                "definition": definition,
                "state": _state(decision),
                "wanted": bool(switch and switch.wanted),
                "killed": bool(switch and switch.killed),
                "is_on_anywhere": any(other.open for other in made.values()),
                "can_change": switch is not None and not decision.has_ended,
                "elsewhere": [(other.label, _state(made[other])) for other in others],
                "valid_until": decision.valid_until,
                "reasons": [_reason(missing, for_customer=False) for missing in decision.missing],
            }
        )
    return lines


def gate_lines(snapshot: GateFacts, *, now: datetime) -> list[dict[str, Any]]:
    """Return every requirement, for any flag. Named scopes and modules are shown with the flags."""
    return [_gate(requirement, snapshot, now) for requirement in REQUIREMENTS]


def features_for_customer(snapshot: GateFacts, *, now: datetime) -> list[dict[str, Any]]:
    """Return the features that a customer may see: active ones first, then the others with reasons and steps."""
    features = []
    for slug, definition in FLAGS.items():
        if not definition.customer_visible:
            continue
        decision = judge(slug, snapshot, Environment.PRODUCTION, now=now)
        features.append(
            {
                "title": definition.title,
                "state": _FOR_CUSTOMER.get(_state(decision), _state(decision)),
                "how": definition.manual_mode,
                "while_off": definition.kill_switch if _state(decision) == KILLED else "",
                "reasons": [_reason(missing, for_customer=True) for missing in decision.missing],
            }
        )
    return sorted(features, key=lambda feature: feature["state"] != ON)


#: Customers do not need the operators' term for this state.
_FOR_CUSTOMER = {KILLED: "switched off"}


def tenant_line(tenant: Tenant, snapshot: GateFacts, *, now: datetime) -> dict[str, Any]:
    """Return how many flags of a tenant are on, off and killed in production, and what lapses first."""
    decisions = [judge(flag, snapshot, Environment.PRODUCTION, now=now) for flag in FLAGS]
    states = [_state(decision) for decision in decisions]
    return {
        "name": tenant.name,
        "slug": tenant.slug,
        "is_demo": tenant.is_demo,
        "on": states.count(ON),
        "off": states.count(OFF),
        "killed": states.count(KILLED),
        "lapses": min((decision.valid_until for decision in decisions if decision.valid_until), default=None),
    }


def _state(decision: Decision) -> str:
    if decision.open:
        return ON
    return KILLED if any(missing.what == "kill switch" for missing in decision.missing) else OFF


def _reason(missing: Missing, *, for_customer: bool) -> dict[str, str]:
    """Return a missing requirement, its holder and the next step."""
    step = NEXT[missing.what]
    return asdict(missing) | {"next": step.customer if for_customer else step.operator}


def _gate(requirement: Requirement, snapshot: GateFacts, now: datetime) -> dict[str, Any]:
    """Return a requirement: open until a time, or what is missing and who holds it."""
    definition = REQUIREMENTS[requirement]
    until = gate_proof(requirement, snapshot.evidence, needed=frozenset(), now=now).until
    following = "" if until else NEXT[ENDED.what if snapshot.has_ended else requirement.value].operator
    return {
        "name": requirement.value,
        "holder": definition.holder,
        "of_tenant": definition.of_tenant,
        "open": until is not None,
        "until": until,
        "sentence": "" if until else definition.missing,
        "next": following,
    }
