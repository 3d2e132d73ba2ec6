"""What the pages of connections show: the list over tenants, and one connection with all that may be told of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import storage_missing
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.models import OPEN, Connection, SecretKind
from pagetojob.servicetitan.vault.models import ConnectionState as S
from pagetojob.servicetitan.vault.selectors import FeatureNeeds, StoredSecret, feature_needs, stored_secrets
from pagetojob.servicetitan.vault.services.connections import NEEDED

from . import actions
from .words import WORDS, Stage, stages

#: Lines of a connection's log on its page; the audit log has the rest.
LINES = 25
_LINE = [field.name for field in AuditEntry._meta.concrete_fields]


@dataclass(frozen=True, slots=True)
class TenantLine:
    """One connection, or a tenant without one, in the operators' list."""

    name: str
    slug: str
    is_demo: bool
    state: str
    environment: str
    since: datetime | None
    problem: str
    next: str


def tenant_lines(tenants: Sequence[Tenant]) -> list[TenantLine]:
    """A line for each open connection of these tenants, the newest that ended, or none. One query."""
    rows = Connection.objects.filter(tenant__in=tenants).order_by("tenant_id", "environment", "-id")
    found: dict[int, list[Connection]] = {}
    for row in rows:
        found.setdefault(row.tenant_id, []).append(row)
    return [line for tenant in tenants for line in _lines(tenant, found.get(tenant.pk, []))]


def _lines(tenant: Tenant, rows: list[Connection]) -> Iterable[TenantLine]:
    live = [row for row in rows if row.state in OPEN]
    for row in live or rows[:1]:
        yield TenantLine(
            tenant.name,
            tenant.slug,
            tenant.is_demo,
            row.state,
            row.environment,
            row.state_since,
            problem(row),
            WORDS[row.state].operator,
        )
    if not rows:
        yield TenantLine(
            tenant.name,
            tenant.slug,
            tenant.is_demo,
            S.NOT_CONNECTED,
            "",
            None,
            "",
            "Begin a connection when the customer asks for one.",
        )


def problem(row: Connection) -> str:
    """What is wrong with it, in a sentence; empty while nothing is."""
    if row.state == S.LOST:
        because = row.get_lost_because_display()
        return f"{because[0].upper()}{because[1:]}."
    if row.refusals:
        return f"The last {row.refusals} call{'' if row.refusals == 1 else 's'} in a row were refused."
    return ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line about a connection: a use of a secret by a machine, or an act of a person."""

    at: datetime
    said: str
    reason: str
    who: str


@dataclass(frozen=True, slots=True)
class Board:
    """One connection as its page shows it."""

    row: Connection
    stages: list[Stage]
    means: str
    problem: str
    next: str
    next_customer: str
    secrets: list[StoredSecret]
    token: StoredSecret | None
    token_lapsed: bool
    needs: list[FeatureNeeds]
    beyond: tuple[str, ...]
    uses: list[LogLine]
    acts: list[LogLine]
    options: list[actions.Option]


def board(row: Connection, *, names: dict[int, str] | None = None) -> Board:
    """Everything of one connection. Four queries. `names`: whom a customer may know, by id; None for operators."""
    secrets = stored_secrets(row)
    token = next((one for one in secrets if one.kind == SecretKind.ACCESS_TOKEN), None)
    uses, acts = _log(row, names)
    return Board(
        row=row,
        stages=stages(row.state),
        means=WORDS[row.state].means,
        problem=problem(row),
        next=WORDS[row.state].operator,
        next_customer=WORDS[row.state].customer,
        secrets=secrets,
        token=token,
        token_lapsed=bool(token and token.expires_at and token.expires_at <= timezone.now()),
        needs=feature_needs(row),
        beyond=_beyond(row),
        uses=uses,
        acts=acts,
        options=actions.options(facts(row, secrets)),
    )


def facts(row: Connection, secrets: Sequence[StoredSecret]) -> actions.Facts:
    """What decides which moves can be made. One query."""
    kinds = {one.kind for one in secrets}
    return actions.Facts(
        state=row.state,
        not_admitted=[one.sentence for one in storage_missing(row.tenant, Environment(row.environment))],
        lacking=[kind.value for kind in NEEDED if kind not in kinds],
    )


def _beyond(row: Connection) -> tuple[str, ...]:
    """Scopes that were granted and that no feature needs: more than the least, so they should be taken back."""
    needed = {scope for flag in FLAGS.values() for scope in flag.least_scopes}
    return tuple(scope for scope in row.scopes if scope not in needed)


_USES = {"vault.decrypt": "Used", "vault.decrypt_refused": "Could not be used"}
_ACTS = {
    "vault.begin": "Begun",
    "vault.keep": "Secret kept",
    "vault.disconnect": "Disconnected",
    "vault.awaiting_approval": "Their admin was asked",
    "vault.not_connected": "Nobody is asked any more",
    "vault.authorized": "Authorization recorded",
    "vault.active": "Activated",
    "vault.paused": "Paused",
    "vault.lost": "Access lost",
}


def _log(row: Connection, names: dict[int, str] | None) -> tuple[list[LogLine], list[LogLine]]:
    """The newest uses of secrets, and the newest acts. Two queries."""
    rows = AuditEntry.objects.filter(tenant=row.tenant_id, subject=subject_key(row)).order_by("-id")
    rows = rows.select_related("actor").only(*_LINE, "actor__name")
    uses = [_line(one, _USES, names) for one in rows.filter(action__in=_USES)[:LINES]]
    acts = [_line(one, _ACTS, names) for one in rows.exclude(action__in=_USES)[:LINES]]
    return uses, acts


def _line(entry: AuditEntry, words: dict[str, str], names: dict[int, str] | None) -> LogLine:
    kinds = (entry.changes.get("kinds") or ["", ""])[1]
    said = words.get(entry.action, entry.action.partition(".")[2].replace("_", " ").capitalize())
    if entry.action in _USES and kinds:
        said = f"{said}: {kinds}"
    if entry.actor_id is None:
        who = f"PageToJob, automatic ({entry.actor_label})"
    elif names is None:
        who = f"{entry.actor.name if entry.actor else ''}, {entry.actor_label}"
    else:
        who = names.get(entry.actor_id, "PageToJob")
    return LogLine(entry.at, said, entry.reason, who)
