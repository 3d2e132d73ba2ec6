"""View models of the connection pages: the list of tenants, and one connection in detail."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import storage_missing
from pagetojob.platform.audit.actions import label_of
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.selectors import with_actor_names
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.models import OPEN, USABLE, Connection, SecretKind
from pagetojob.servicetitan.vault.models import ConnectionState as S
from pagetojob.servicetitan.vault.selectors import feature_needs, stored_secrets
from pagetojob.servicetitan.vault.services.connections import NEEDED

from . import actions
from .words import stages, word_of

#: Log lines on a connection's page. The audit log has all of them.
LINES = 25


def tenant_lines(tenants: Sequence[Tenant]) -> list[dict[str, Any]]:
    """Return a line per open connection of each tenant, or for its last one, or an empty line. Makes one query."""
    rows = Connection.objects.filter(tenant__in=tenants).order_by("tenant_id", "environment", "-id")
    by_tenant: dict[int, list[Connection]] = {}
    for row in rows:
        by_tenant.setdefault(row.tenant_id, []).append(row)
    return [line for tenant in tenants for line in _lines(tenant, by_tenant.get(tenant.pk, []))]


def _lines(tenant: Tenant, rows: list[Connection]) -> Iterable[dict[str, Any]]:
    named = {"name": tenant.name, "slug": tenant.slug, "is_demo": tenant.is_demo}
    live = [row for row in rows if row.state in OPEN]
    for row in live or rows[:1]:
        state = {"state": row.state, "environment": row.environment, "since": row.state_since}
        yield named | state | {"problem": problem(row), "next": word_of(row).operator}
    if not rows:
        state = {"state": S.NOT_CONNECTED, "environment": "", "since": None}
        yield named | state | {"problem": "", "next": "Start a connection when the customer asks for one."}


def problem(row: Connection) -> str:
    """Describe the connection's problem in a sentence; empty if there is none."""
    if row.state == S.LOST:
        because = row.get_lost_because_display()
        return f"{because[0].upper()}{because[1:]}."
    if row.refusals:
        return f"The last {row.refusals} call{'' if row.refusals == 1 else 's'} in a row were refused."
    return ""


def board(row: Connection, *, names: dict[int, str] | None = None) -> dict[str, Any]:
    """Return everything about one connection. Four queries.

    `names` has the people a customer may see, by id; None for operators.
    """
    secrets = stored_secrets(row)
    token = next((secret for secret in secrets if secret["kind"] == SecretKind.ACCESS_TOKEN), None)
    uses, acts = _log(row, names)
    word = word_of(row)
    return {
        "row": row,
        "stages": stages(row.state, simulated=row.is_simulated),
        "problem": problem(row),
        "next": word.operator,
        "next_customer": word.customer,
        "secrets": secrets,
        "takes_events": row.state in USABLE,
        "token": token,
        "token_lapsed": bool(token and token["expires_at"] and token["expires_at"] <= timezone.now()),
        "needs": feature_needs(row),
        "beyond": _beyond(row),
        "uses": uses,
        "acts": acts,
        "options": actions.options(facts(row, secrets)),
    }


def facts(row: Connection, secrets: Sequence[dict[str, Any]]) -> actions.Facts:
    """Return the facts that decide which actions are possible. Makes one query."""
    kinds = {secret["kind"] for secret in secrets}
    return actions.Facts(
        state=row.state,
        not_admitted=[secret.sentence for secret in storage_missing(row.tenant, Environment(row.environment))],
        lacking=[kind.value for kind in NEEDED if kind not in kinds],
        simulated=row.is_simulated,
    )


def _beyond(row: Connection) -> tuple[str, ...]:
    """Return granted scopes that no feature needs. They should be revoked."""
    needed = {scope for flag in FLAGS.values() for scope in flag.least_scopes}
    return tuple(scope for scope in row.scopes if scope not in needed)


_USES = {"vault.decrypt": "Used", "vault.decrypt_refused": "Could not be used"}
_ACTS = {
    "vault.begin": "Started",
    "vault.keep": "Secret stored",
    "vault.disconnect": "Disconnected",
    "vault.awaiting_approval": "Access requested",
    "vault.not_connected": "Access request withdrawn",
    "vault.authorized": "Authorization recorded",
    "vault.active": "Activated",
    "vault.paused": "Paused",
    "vault.lost": "Access lost",
}


def _log(row: Connection, names: dict[int, str] | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the newest uses of secrets and the newest actions by people. Two queries."""
    rows = with_actor_names(AuditEntry.objects.filter(tenant=row.tenant_id, subject=subject_key(row)).order_by("-id"))
    uses = [_line(entry, _USES, names) for entry in rows.filter(action__in=_USES)[:LINES]]
    acts = [_line(entry, _ACTS, names) for entry in rows.exclude(action__in=_USES)[:LINES]]
    return uses, acts


def _line(entry: AuditEntry, words: dict[str, str], names: dict[int, str] | None) -> dict[str, Any]:
    kinds = (entry.changes.get("kinds") or ["", ""])[1]
    action = words.get(entry.action) or label_of(entry.action)
    if entry.action in _USES and kinds:
        action = f"{action}: {kinds}"
    if entry.actor_id is None:
        who = f"PageToJob, automatic ({entry.actor_label})"
    elif names is None:
        who = f"{entry.actor.name if entry.actor else ''}, {entry.actor_label}"
    else:
        who = names.get(entry.actor_id, "PageToJob")
    return {"at": entry.at, "action": action, "reason": entry.reason, "who": who}
