"""Sealer: gives every committed audit line its place in the chain.

Only one sealer runs at a time. It does not block writers and is not blocked by them: it seals the lines that are
committed when it runs, so a long transaction delays only its own lines.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.postgresql.locks import try_lock
from pagetojob.platform.tenants import scope

from . import anchor, chain
from .findings import Finding, Kind, note
from .lines import LOGS, Log
from .models import AuditCheck

BATCH = 2_000
#: Time limit of one run; the next run seals the remaining lines.
BUDGET_SECONDS = 15.0
#: A line may be committed this long after a line with a higher id was sealed. Longer than any of our transactions.
WINDOW = timedelta(hours=1)
_LOCK = 0x5EA1
#: Lower than any possible id.
_FIRST = -(2**63)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """Newest seal of the global chain, with the time of this transaction. Number 0 means that nothing is sealed yet."""

    number: int
    hash: str
    now: datetime


def seal_lines(*, everything: bool = False, batch: int = BATCH, budget: float = BUDGET_SECONDS) -> int:
    """Seal all committed, unsealed lines, anchor the new head, and return the number of lines sealed.

    Each batch and the anchoring run in their own transactions. Returns without sealing if another process holds the
    lock. With `everything`, searches the whole log for unsealed lines instead of only the last hour. If the chain does
    not match its newest anchor, seals nothing, so that the remaining rows can be examined.
    """
    end = time.monotonic() + budget
    sealed = 0
    # Last id processed per log. Lines that are committed behind it in the meantime are left for the next run.
    since = {audit_log.name: _FIRST for audit_log in LOGS} if everything else {}
    while time.monotonic() < end:
        with scope.worker():
            head = _head_alone()
            if head is None or not _chain_matches_anchor():
                return sealed
            count = _seal_batch(head, batch, since)
        sealed += count
        if count < batch:
            break
    _anchor_head()
    return sealed


def _head_alone() -> Head | None:
    """Lock and return the head for this transaction, or return None if another process holds the lock.

    Two statements.
    """
    if not try_lock(_LOCK):
        return None
    # A separate statement: its snapshot includes all commits made before we got the lock.
    (head,) = fetch_all(
        """
        SELECT coalesce(number, 0), coalesce(hash, %s), now()
        FROM (SELECT 1) AS one LEFT JOIN
            (SELECT number, hash FROM audit_auditseal ORDER BY number DESC LIMIT 1) AS newest ON true
        """,
        [chain.GENESIS],
    )
    return Head(*head)


def _seal_batch(head: Head, size: int, since: dict[str, int]) -> int:
    """Seal up to `size` lines, advance `since`, and return the number sealed. At most seven statements for any size."""
    lines: list[tuple[Log, dict[str, Any]]] = []
    for audit_log in LOGS:
        if audit_log.name not in since:
            since[audit_log.name] = _sealed_before_the_window(audit_log)
        unsealed = _unsealed(audit_log, since[audit_log.name], size - len(lines))
        lines += [(audit_log, line) for line in unsealed]
        if unsealed:
            since[audit_log.name] = int(unsealed[-1]["id"])
    if lines:
        _insert(_links(head, lines))
    return len(lines)


def _sealed_before_the_window(audit_log: Log) -> int:
    sealed = fetch_value(
        # Start one hour before the last seal rather than before now: lines that were open during an outage are then
        # included.
        """
        SELECT line FROM audit_auditseal WHERE log = %s AND sealed_at <
            (SELECT sealed_at FROM audit_auditseal ORDER BY number DESC LIMIT 1) - %s
        ORDER BY number DESC LIMIT 1
        """,
        [audit_log.name, WINDOW],
    )
    return _FIRST if sealed is None else int(sealed)


def _unsealed(audit_log: Log, since: int, size: int) -> list[dict[str, Any]]:
    sql = f"""
        SELECT {audit_log.select()} FROM {audit_log.table} AS l
        WHERE l.id > %s AND NOT EXISTS (
            -- The bound says nothing new; it keeps the planner from reading all seals.
            SELECT FROM audit_auditseal AS s WHERE s.log = %s AND s.line > %s AND s.line = l.id)
        ORDER BY l.id LIMIT %s
    """  # noqa: S608 - names from `lines`, values as parameters
    return [audit_log.line(row) for row in fetch_all(sql, [since, audit_log.name, since, size])]


def _links(head: Head, lines: Sequence[tuple[Log, dict[str, Any]]]) -> list[tuple[chain.Link, str]]:
    places = _heads_of({line["tenant"] for _, line in lines})
    number, before, made = head.number, head.hash, []
    for audit_log, line in lines:
        tenant, of_line = line["tenant"], chain.line_hash(audit_log.name, line)
        place, place_before = places[tenant]
        number, place = number + 1, place + 1
        of_place = chain.place_hash(place_before, of_line)
        link = chain.Link(number, audit_log.name, line["id"], tenant, place, head.now, of_line, of_place)
        before = link.hash(before)
        places[tenant] = (place, of_place)
        made.append((link, before))
    return made


def _heads_of(tenants: set[int | None]) -> dict[int | None, tuple[int, str]]:
    """Return the last place and its hash for each tenant's log (None: platform log). Two queries."""
    heads: dict[int | None, tuple[int, str]] = dict.fromkeys(tenants, (0, chain.GENESIS))
    newest = "SELECT place, place_hash FROM audit_auditseal WHERE tenant_id {} ORDER BY place DESC LIMIT 1"
    of_tenants = f"SELECT id, s.* FROM unnest(%s::bigint[]) AS id, LATERAL ({newest.format('= id')}) AS s"  # noqa: S608 - constants
    for tenant, place, of_place in fetch_all(of_tenants, [list(tenants - {None})]):
        heads[tenant] = (place, of_place)
    for place, of_place in fetch_all(newest.format("IS NULL")):
        heads[None] = (place, of_place)
    return heads


#: Fields of a link, in the order of the columns of the INSERT.
_COLUMNS = ("number", "log", "line", "tenant", "place", "line_hash", "place_hash")


def _insert(made: Sequence[tuple[chain.Link, str]]) -> None:
    links = [link for link, _ in made]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audit_auditseal
                (number, log, line, tenant_id, place, line_hash, place_hash, hash, sealed_at)
            SELECT *, %s FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                %s::text[], %s::text[], %s::text[])
            """,
            [
                links[0].sealed_at,
                *([getattr(link, name) for link in links] for name in _COLUMNS),
                [of_link for _, of_link in made],
            ],
        )


def _chain_matches_anchor() -> bool:
    """Return whether the newest anchor is part of the chain. Runs one query.

    A mismatch is logged on every run, but only the first one is stored as a check.
    """
    of_seal = "SELECT hash FROM audit_auditseal WHERE number = %s"
    try:
        newest = anchor.last()
    except anchor.AnchorError as error:
        # Sealing continues: stopping it would only leave less evidence.
        log.error("audit log anchor unavailable", extra={"why": str(error)})  # noqa: TRY400 - the place says nothing
        return True
    if newest is None or fetch_value(of_seal, [newest.number]) == newest.hash:
        return True
    log.error("audit log does not match its anchor", extra={"seal": newest.number})
    checked = AuditCheck.objects.first()
    if checked is None or not checked.found:
        sentence = f"The anchor of seal {newest.number} is not in the chain. Sealing stops until a person checks it."
        note([Finding(Kind.CUT, newest.number, sentence)], first=newest.number, last=newest.number, whole=False)
    return False


def _anchor_head() -> None:
    """Anchor the head unless it is already anchored. Runs under the lock to keep the anchors in order."""
    with scope.worker(), transaction.atomic():
        head = _head_alone()
        if head is None or head.number == 0:
            return
        try:
            newest = anchor.last()
            if newest is None or newest.number < head.number:
                anchor.append(anchor.Anchor(head.number, head.hash), head.now)
        except anchor.AnchorError as error:
            log.error("audit log head not anchored", extra={"why": str(error)})  # noqa: TRY400
