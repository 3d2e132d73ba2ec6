"""Compute if a flag is on: wanted, not killed, and all gates open. No I/O; decisions are never stored."""

from dataclasses import dataclass
from datetime import datetime

from .evidence import EvidenceFacts, gate_proof, needs
from .registry import EVERY_GATE, FLAGS, REQUIREMENTS, Access, Environment, Gate, Requirement


@dataclass(frozen=True)
class Missing:
    """A reason why a flag is off: what is missing and who is responsible for it."""

    what: str
    holder: str
    sentence: str


@dataclass(frozen=True)
class Decision:
    """Result for one flag, tenant and environment: open or closed, and why.

    `epoch` is the tenant's gates epoch at the time of the decision. `valid_until` is when the decision expires by
    itself; None means that only a change of the epoch ends it. `granted` are the scopes of the connection; None if the
    decision is about the gates alone.
    """

    flag: str
    tenant_id: int
    environment: Environment
    open: bool
    epoch: int
    missing: tuple[Missing, ...] = ()
    valid_until: datetime | None = None
    granted: frozenset[str] | None = None

    @property
    def has_ended(self) -> bool:
        """Return whether the flag is closed for good, because the contract ended."""
        return ENDED in self.missing

    @property
    def scopes(self) -> frozenset[str]:
        """Return the scopes that calls under this decision may use."""
        definition = FLAGS.get(self.flag)
        allowed = definition.scopes if definition else frozenset()
        return allowed if self.granted is None else allowed & self.granted


@dataclass(frozen=True, slots=True)
class Switch:
    """The two switches of a flag: wanted by the tenant, and killed by someone on call."""

    wanted: bool
    killed: bool = False


@dataclass(frozen=True, slots=True)
class GateFacts:
    """All facts that decide for one tenant, read by one query.

    `is_ours`: a demo tenant, which holds sample data only. `has_simulator`: both simulator addresses are set.
    `has_ended`: the tenant is closed, which is final. `read_at` is the time of the database; None without evidence.
    """

    tenant_id: int
    epoch: int
    is_ours: bool
    has_ended: bool
    has_simulator: bool
    switches: dict[str, Switch]
    evidence: tuple[EvidenceFacts, ...]
    read_at: datetime | None = None

    def latest(self, now: datetime) -> datetime:
        """Return the later of `now` and the time of the database: a slow clock of a host must prolong no evidence."""
        return max(now, self.read_at) if self.read_at else now


_NO_SUCH_FLAG = Missing("flag", "PageToJob", "This feature is unknown.")
_NO_ROW = Missing("flag row", "PageToJob", "The feature has not been set up for this contractor.")
_NOT_WANTED = Missing("customer request", "Customer", "The feature has not been requested.")
KILLED = Missing("kill switch", "PageToJob", "The feature was switched off by someone on call.")
_NOT_OURS = Missing("demo switch", "PageToJob", "Only demo tenants can use the simulator.")
_NOT_OUR_ACCOUNT = Missing(
    "demo switch", "PageToJob", "Only demo tenants can use the integration environment: it is our own account."
)
ENDED = Missing("contract", "PageToJob", "The contract has ended: nothing is sent to ServiceTitan or read from it.")
_NO_SIMULATOR = Missing("stand-in address", "PageToJob", "No simulator is configured.")


def environments_for(*, is_ours: bool) -> tuple[Environment, ...]:
    """Return the environments that a tenant may use, production last. A customer's tenant has production only."""
    return tuple(Environment) if is_ours else (Environment.PRODUCTION,)


def _missing_for_place(facts: GateFacts, environment: Environment) -> tuple[Missing, ...]:
    """Return what prevents the tenant from using the environment, regardless of evidence."""
    if environment is Environment.INTEGRATION:
        return () if facts.is_ours else (_NOT_OUR_ACCOUNT,)
    if environment is Environment.SIMULATOR:
        return (() if facts.is_ours else (_NOT_OURS,)) + (() if facts.has_simulator else (_NO_SIMULATOR,))
    return ()


def required(environment: Environment, gates: frozenset[Gate]) -> tuple[Requirement, ...]:
    """Return the requirements that evidence must meet in an environment. The simulator has none."""
    if environment is Environment.PRODUCTION:
        return tuple(gate for gate in Gate if gate in gates)
    if environment is Environment.INTEGRATION and gates:
        return (Access.DEVELOPER, Gate.SECURE_STORAGE)
    return ()


def judge(flag: str, facts: GateFacts, environment: Environment, *, now: datetime) -> Decision:
    """Decide a flag. It is open if it is wanted, not killed, and all requirements are proven at `now`."""
    missing: tuple[Missing, ...]
    definition = FLAGS.get(flag)
    if definition is None:
        missing, until = (_NO_SUCH_FLAG,), None
    elif definition.gates and facts.has_ended:  # its people gave evidence for the time of the contract
        missing, until = (ENDED,), None
    else:
        unproven, until = _prove(facts, required(environment, definition.gates), flag=flag, now=now)
        place = _missing_for_place(facts, environment) if definition.gates else ()
        missing = (*_switch(facts.switches.get(flag)), *place, *unproven)
    return Decision(
        flag=flag,
        tenant_id=facts.tenant_id,
        environment=environment,
        open=not missing,
        epoch=facts.epoch,
        missing=missing,
        valid_until=None if missing else until,
    )


def missing_for_storage(facts: GateFacts, environment: Environment, *, now: datetime) -> tuple[Missing, ...]:
    """Return what is missing before a secret of that environment may be stored for the tenant."""
    if facts.has_ended:
        return (ENDED,)
    unproven, _ = _prove(facts, required(environment, EVERY_GATE), flag=None, now=now)
    return (*_missing_for_place(facts, environment), *unproven)


def _prove(
    facts: GateFacts, asked: tuple[Requirement, ...], *, flag: str | None, now: datetime
) -> tuple[list[Missing], datetime | None]:
    """Return what is missing of the requirements, and until when the others are proven."""
    missing, ends, now = [], [], facts.latest(now)
    for requirement in asked:
        needed = needs(requirement, flag) if flag else frozenset[str]()
        proof = gate_proof(requirement, facts.evidence, needed=needed, now=now)
        if proof.until is None:
            missing.append(_without(requirement, proof.uncovered if proof.uncovered < needed else frozenset()))
        else:
            ends.append(proof.until)
    return missing, min(ends, default=None)


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
