"""Restates a closed month: a person signs the changes, which are appended to the month's hash chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from attribution.errors import FiguresMoved, NothingToRestate
from attribution.models import LinkRun, OutcomeFile, Restatement, ReviewDecision, Statement
from attribution.money import NOTHING, Line
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.time_zones import zone_problem
from pagetojob.transparency import services as log
from pagetojob.transparency.models import EntryKind

from . import canonical_form
from .canonical_form import Change, change_row, changes, sealed_states
from .month_facts import lines_by_month, why_links_incomplete


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Changes to a closed month since its last restatement."""

    changes: tuple[Change, ...]

    @property
    def delta(self) -> Decimal:
        """Return the signed change of the counted revenue."""
        return sum((change.counted for change in self.changes), NOTHING)

    @property
    def mark(self) -> str:
        """Return the hash of the changes, by which a form states which ones its page showed."""
        return sha256_hex(canonical_form.body_of({}, [change_row(change, ()) for change in self.changes]))


@dataclass(frozen=True, slots=True)
class Since(Unsigned):
    """Changes with their causes. `seen` is the hash of both, required to sign them."""

    because: dict[int, tuple[str, ...]]
    seen: str


def current_lines(statement: Statement) -> list[Line]:
    """Return the lines of a closed month after its restatements. At most one query; needs a scope that reads them."""
    *_, (_, lines) = sealed_states(statement.body, [row.body for row in statement.restatements.all()])
    return lines


def since_closing(statement: Statement) -> Since:
    """Return the changes that are not signed yet. At most eleven queries."""
    with scope.tenant(statement.tenant_id):
        zone = canonical_form.zone_of(statement.body)
        now = lines_by_month(statement.tenant, [statement.month], zone)[statement.month]
        differences = changes(current_lines(statement), now)
        because = _because(statement, differences) if differences else {}
    rows = [change_row(change, because[change.invoice]) for change in differences]
    return Since(tuple(differences), because, sha256_hex(canonical_form.body_of({}, rows)))


def unsigned_changes(tenant: Tenant, statements: Iterable[Statement]) -> dict[int, Unsigned]:
    """Return the changes of each statement that later facts changed, by key.

    Two queries, and seven for each time zone in which the months were closed. Needs a scope that reads the statements.
    """
    rows = Statement.objects.filter(tenant=tenant, pk__in=[row.pk for row in statements])
    by_zone: dict[str, list[Statement]] = {}
    for row in rows.prefetch_related("restatements"):
        by_zone.setdefault(canonical_form.zone_of(row.body), []).append(row)
    later = {}
    for zone, closed in by_zone.items():
        with scope.tenant(tenant.pk):
            now = lines_by_month(tenant, [row.month for row in closed], zone)
        for row in closed:
            if differences := changes(current_lines(row), now[row.month]):
                later[row.pk] = Unsigned(tuple(differences))
    return later


def restate(*, statement: Statement, seen: str, actor: User, reason: str, now: datetime | None = None) -> Restatement:
    """Sign the changes. `seen` is the hash of the changes that the actor saw in `since_closing`.

    Raises NothingToRestate, or FiguresMoved if they changed in the meantime. The statement itself stays unchanged.
    """
    moment = now or timezone.now()
    conflict = FiguresMoved("Someone else has just signed a restatement. Reload the page.")
    with raise_on_conflict(conflict), scope.tenant(statement.tenant_id):
        if why_not := why_links_incomplete(statement.tenant):
            raise FiguresMoved(why_not)
        if why_not := zone_problem(canonical_form.zone_of(statement.body)):
            raise FiguresMoved(f"{why_not} The month was closed in it, so its changes cannot be computed.")
        since = since_closing(statement)
        if not since.changes:
            raise NothingToRestate("Nothing has changed since the month was closed.")
        if since.seen != seen:
            raise FiguresMoved(
                "The figures have changed since you opened this page. Review the changes again, then sign them."
            )
        signed = _sign(statement, since, actor, reason, moment)
        log.submit(EntryKind.RESTATEMENT, signed.sha256)
        changes = {"counted": (None, canonical_form.money(since.delta)), "sha256": (None, signed.sha256)}
        record_change("attribution.restate", signed, actor=actor, reason=reason, **changes)
    return signed


def _sign(statement: Statement, since: Since, actor: User, reason: str, moment: datetime) -> Restatement:
    last = statement.restatements.last()
    number, previous = (last.number + 1, last.sha256) if last else (1, statement.sha256)
    head = {
        "schema": canonical_form.RESTATEMENT,
        "number": number,
        "previous": previous,
        "statement": statement.sha256,
        "month": f"{statement.month:%Y-%m}",
        "signed_at": moment.isoformat(),
        "counted": canonical_form.money(since.delta),
    }
    body = canonical_form.body_of(head, [change_row(change, since.because[change.invoice]) for change in since.changes])
    return Restatement.objects.create(
        tenant_id=statement.tenant_id,
        statement=statement,
        number=number,
        previous_sha256=previous,
        sha256=sha256_hex(body),
        body=body,
        delta=since.delta,
        invoices=len(since.changes),
        signed_at=moment,
        signed_by=actor,
        reason=reason.strip(),
    )


def _because(statement: Statement, differences: list[Change]) -> dict[int, tuple[str, ...]]:
    """Return the causes of each change by invoice: files with their hash, a linking run, or a review. Three queries."""
    tenant = statement.tenant_id
    wanted = {digest for change in differences for digest in change.files}
    kinds = dict(
        OutcomeFile.objects.filter(tenant=tenant, sha256__in=wanted).order_by("id").values_list("sha256", "kind")
    )
    run = LinkRun.objects.filter(tenant=tenant, applied_at__gt=statement.closed_at).order_by("-id").first()
    jobs = {line.job for change in differences for line in (change.was, change.now) if line and line.job is not None}
    decided = set(
        ReviewDecision.objects.filter(
            tenant=tenant, decided_at__gt=statement.closed_at, blind=False, job__external_id__in=jobs
        ).values_list("job__external_id", flat=True)
    )
    return {change.invoice: tuple(_reasons(change, kinds, run, decided)) for change in differences}


def file_cause(kind: str, sha256: str) -> str:
    """Return the text by which a sealed document names an export as a cause."""
    return f"{kind} file {sha256}"


def _reasons(change: Change, kinds: dict[str, str], run: LinkRun | None, decided: set[int]) -> list[str]:
    reasons = [file_cause(kinds.get(digest, "file"), digest) for digest in change.files]
    job = change.now.job if change.now else change.was.job if change.was else None
    if change.by_links and job in decided:
        reasons.append("a decision in the review queue")
    elif change.by_links and run is not None:
        reasons.append(f"linking run {run.public_id}")
    return reasons or ["a change of the records behind it"]
