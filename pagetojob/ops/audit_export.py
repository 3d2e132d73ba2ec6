"""Export of a tenant's audit lines, which shows people at PageToJob by role instead of by name."""

from collections.abc import Generator, Mapping, Sequence

from pagetojob.platform.audit import selectors
from pagetojob.platform.audit.services import FORMER_MEMBER, MEMBER, record
from pagetojob.platform.spreadsheet import BYTE_ORDER_MARK, csv_bytes
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Membership, Tenant, User

MOST = 10_000
BATCH = 500
COLUMNS = ("place", "at (UTC)", "who", "act", "subject", "reason", "changes", "request", "seal", "hash up to here")
#: Role names for the short labels stored in audit lines.
_ROLES = {"viewer": "operator viewer", "lead": "operator lead", "editor": "staff editor", "admin": "staff admin"}


def role(label: str) -> str:
    """Return a line's `actor_label` as a role name."""
    return _ROLES.get(label, label)


def names_for_tenant(tenant: Tenant) -> dict[int, str]:
    """Return the names of the tenant's own people by id. Makes one query."""
    return dict(Membership.objects.filter(tenant=tenant).values_list("user_id", "user__name"))


def actor_name(line: selectors.Line, names: Mapping[int, str]) -> str:
    """Return the actor: the name of a tenant's own person, or the role at PageToJob, or the automatic process."""
    label, actor_id = line.entry.actor_label, line.entry.actor_id
    if actor_id is None:
        return f"PageToJob, automatic ({label})"
    return names.get(actor_id) or without_name(label)


def without_name(label: str) -> str:
    """Return the actor of a line without a name: a former member is never shown as one of our people."""
    return FORMER_MEMBER if label == MEMBER else f"PageToJob, {role(label)}"


def begin(*, tenant: Tenant, actor: User) -> None:
    """Record the export in the audit log. Runs in the scope of the tenant."""
    record(action="audit.export", subject=tenant, reason="A copy for the owner.", tenant=tenant, actor=actor)


def pieces(tenant: Tenant) -> Generator[bytes]:
    """Yield the file in pieces: a header, up to 10,000 lines (newest first), and a row that says if that is all.

    UTF-8 with a byte order mark. All cells are quoted and none is a formula. Each batch of 500 is a separate
    transaction.
    """
    yield BYTE_ORDER_MARK.encode() + csv_bytes([COLUMNS])
    last, left, more = None, MOST, True
    while more and left:
        size = min(BATCH, left)
        with scope.tenant(tenant.pk):
            page = selectors.next_lines(selectors.Asked(tenant_id=tenant.pk), last, size + 1)
            names = names_for_tenant(tenant)
        lines, more = page[:size], len(page) > size
        left -= len(lines)
        if lines:
            last = lines[-1].entry.pk
            yield csv_bytes([_row(line, names) for line in lines])
    extent = "the newest ones" if more else "the complete log"
    yield csv_bytes([(f"End: {MOST - left:,} lines, {extent}", *[""] * (len(COLUMNS) - 1))])


def _row(line: selectors.Line, names: Mapping[int, str]) -> Sequence[object]:
    entry, seal = line.entry, line.seal
    return (
        seal.place if seal else "",
        f"{entry.at:%Y-%m-%d %H:%M:%S.%f}",
        actor_name(line, names),
        entry.action,
        entry.subject,
        entry.reason,
        "; ".join(f"{name}: {before} → {after}" for name, before, after in line.changes),
        entry.request_id,
        line.standing,
        seal.place_hash if seal else "",
    )
