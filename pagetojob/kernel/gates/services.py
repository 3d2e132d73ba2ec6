"""decide(): the one answer to "may this feature act, for this tenant, there, now?"."""

from dataclasses import dataclass
from datetime import datetime

from pagetojob.kernel.tenants.models import Tenant

from .models import Flag
from .registry import FLAGS, GATES, Environment, Gate


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


_NO_SUCH_FLAG = Missing("flag", "PageToJob", "No such feature is known.")
_NO_ROW = Missing("flag row", "PageToJob", "The feature has not been set up for this tenant.")
_NOT_WANTED = Missing("customer request", "Customer", "The feature has not been asked for.")
KILLED = Missing("kill switch", "PageToJob", "The feature was switched off by somebody on call.")


def decide(flag: str, tenant: Tenant, environment: Environment) -> Decision:
    """Open means: wanted, not killed, and every gate satisfied at this moment. Anything else is shut.

    An unknown flag, a missing row or missing evidence answers "shut". One query. Needs a scope in which
    the tenant's flags can be read; in any other, the answer is "shut" as well.
    """
    row = Flag.objects.filter(tenant=tenant, slug=flag).select_related("tenant").first()
    missing = _missing(flag, row)
    return Decision(
        flag=flag,
        tenant_id=tenant.pk,
        environment=environment,
        open=not missing,
        epoch=row.tenant.gates_epoch if row else tenant.gates_epoch,
        missing=missing,
    )


def _missing(flag: str, row: Flag | None) -> tuple[Missing, ...]:
    if flag not in FLAGS:
        return (_NO_SUCH_FLAG,)
    reasons = []
    if row is None:
        reasons.append(_NO_ROW)
    elif row.killed:
        reasons.append(KILLED)
    elif not row.wanted:
        reasons.append(_NOT_WANTED)
    # No evidence can be recorded yet, so in no environment is any gate satisfied.
    reasons += [
        Missing(gate.value, GATES[gate].holder, GATES[gate].missing) for gate in Gate if gate in FLAGS[flag].gates
    ]
    return tuple(reasons)


def give_default_flags(tenant: Tenant) -> None:
    """Write a tenant's eleven flag rows as the registry says; rows that exist stay as they are."""
    Flag.objects.bulk_create(
        [Flag(tenant=tenant, slug=slug, wanted=flag.default_on) for slug, flag in FLAGS.items()],
        ignore_conflicts=True,
    )
