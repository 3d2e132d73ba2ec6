"""From what is on file to what is on: wanted, not killed, and every gate open. Pure; nothing here is ever stored."""

from dataclasses import dataclass
from datetime import datetime

from .evidence import Held, carried, needs
from .registry import EVERY_GATE, FLAGS, REQUIREMENTS, Access, Environment, Gate, Requirement


@dataclass(frozen=True)
class Missing:
    """One reason why a flag is shut: what is missing and who holds it."""

    what: str
    holder: str
    sentence: str


@dataclass(frozen=True)
class Decision:
    """Whether a flag is open, in which environment, and if not, why.

    `epoch` is the tenant's gates epoch the decision was made at; `valid_until` is the earliest moment
    at which it lapses by itself (None: only a change of the epoch ends it).
    """

    flag: str
    tenant_id: int
    environment: Environment
    open: bool
    epoch: int
    missing: tuple[Missing, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A tenant's wish for a flag, and whether somebody on call has killed it."""

    wanted: bool
    killed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides for one tenant, as one query read it. `stand_in`: a demo tenant, and a stand-in to talk to."""

    tenant_id: int
    epoch: int
    stand_in: tuple[Missing, ...]
    switches: dict[str, Switch]
    held: tuple[Held, ...]


_NO_SUCH_FLAG = Missing("flag", "PageToJob", "No such feature is known.")
_NO_ROW = Missing("flag row", "PageToJob", "The feature has not been set up for this tenant.")
_NOT_WANTED = Missing("customer request", "Customer", "The feature has not been asked for.")
KILLED = Missing("kill switch", "PageToJob", "The feature was switched off by somebody on call.")
_NOT_DEMO = Missing("demo switch", "PageToJob", "The stand-in serves tenants marked as demo, and no other.")
_NO_STAND_IN = Missing("stand-in address", "PageToJob", "No stand-in is set up here.")


def missing_for_stand_in(*, is_demo: bool, addresses: tuple[str, str]) -> tuple[Missing, ...]:
    """Why a tenant may not talk to the stand-in: it needs the demo mark and both `addresses`, and nothing else."""
    return (() if is_demo else (_NOT_DEMO,)) + (() if all(addresses) else (_NO_STAND_IN,))


def required(environment: Environment, gates: frozenset[Gate]) -> tuple[Requirement, ...]:
    """What evidence must show before something guarded by `gates` acts there. The stand-in asks for no evidence."""
    if environment is Environment.PRODUCTION:
        return tuple(gate for gate in Gate if gate in gates)
    if environment is Environment.INTEGRATION and gates:
        return (Access.DEVELOPER, Gate.SECURE_STORAGE)
    return ()


def judge(flag: str, standing: Standing, environment: Environment, *, now: datetime) -> Decision:
    """Open means: wanted, not killed, and everything the environment asks for proven at `now`. Else shut."""
    missing: tuple[Missing, ...]
    definition = FLAGS.get(flag)
    if definition is None:
        missing, until = (_NO_SUCH_FLAG,), None
    else:
        found = _carried(standing, required(environment, definition.gates), flag=flag, now=now)
        away = standing.stand_in if environment is Environment.STAND_IN and definition.gates else ()
        missing, until = (*_switch(standing.switches.get(flag)), *away, *found.missing), found.until
    return Decision(
        flag=flag,
        tenant_id=standing.tenant_id,
        environment=environment,
        open=not missing,
        epoch=standing.epoch,
        missing=missing,
        valid_until=None if missing else until,
    )


def missing_for_storage(standing: Standing, environment: Environment, *, now: datetime) -> tuple[Missing, ...]:
    """What speaks against keeping a secret of that environment for the tenant; empty when nothing does."""
    if environment is Environment.STAND_IN:
        return standing.stand_in
    return _carried(standing, required(environment, EVERY_GATE), flag=None, now=now).missing


@dataclass(frozen=True, slots=True)
class _Found:
    missing: tuple[Missing, ...]
    until: datetime | None


def _carried(standing: Standing, asked: tuple[Requirement, ...], *, flag: str | None, now: datetime) -> _Found:
    missing, ends = [], []
    for requirement in asked:
        needed = needs(requirement, flag) if flag else frozenset[str]()
        proof = carried(requirement, standing.held, needed=needed, now=now)
        if proof.until is None:
            missing.append(_without(requirement, proof.uncovered if proof.uncovered < needed else frozenset()))
        else:
            ends.append(proof.until)
    return _Found(tuple(missing), min(ends, default=None))


def _without(requirement: Requirement, uncovered: frozenset[str]) -> Missing:
    definition = REQUIREMENTS[requirement]
    rest = f" Not covered yet: {', '.join(sorted(uncovered))}." if uncovered else ""
    return Missing(requirement.value, definition.holder, definition.missing + rest)


def _switch(switch: Switch | None) -> tuple[Missing, ...]:
    if switch is None:
        return (_NO_ROW,)
    if switch.killed:
        return (KILLED,)
    return () if switch.wanted else (_NOT_WANTED,)
