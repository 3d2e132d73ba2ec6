"""Verification of the audit chain. Reports the first line that differs from what was sealed.

Memory use does not depend on the length of the log. Needs a scope that reads all of it: `scope.worker()`.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.tenants import scope

from . import anchor, chain
from .findings import MAX_FINDINGS, Finding, Kind, Result, note
from .lines import ACTS, LOGS
from .models import AuditCheck, AuditPurge
from .reading import Seal, chunks

#: A line is sealed within a minute; after this long someone should investigate.
LONGEST_UNSEALED = timedelta(minutes=5)
#: Maximum difference between the times of neighboring lines. Longer than any of our transactions and than the sealer's
#: window, so that a person can still have a missed line sealed.
SLACK = timedelta(hours=2)
#: Number of seals after a broken link that are searched for the seal that belongs there.
REACH = 5_000
#: Time limit of the nightly check; the next night continues from there.
NIGHTLY_SECONDS = 60.0


def verify(*, first: int = 1, seconds: float | None = None) -> Result:
    """Check the global chain from seal `first` on: lines, links, anchors and unsealed lines.

    Stops after `seconds`, or after 20 findings. Three queries per 2,000 seals plus seven; a broken link costs up to
    four more.
    """
    end = None if seconds is None else time.monotonic() + seconds
    result = Result(found=[], first=first, last=first - 1, purged=_purged())
    anchors, walk = _Anchors(first), _Walk(first)
    for seals in chunks("number", first - 1):
        for seal in seals:
            result.found += walk.check(seal, result.purged)
            result.found += anchors.compare(seal)
            result.last = seal.link.number
            if result.full:
                result.whole = False
                return result
        if end is not None and time.monotonic() > end:
            result.whole = fetch_value("SELECT max(number) FROM audit_auditseal") == result.last
            break
    if result.whole:
        result.found += anchors.check_end(result.last, walk.settled)
    result.found += _purges_without_a_line()
    result.found += unsealed()
    return result


def verify_tenant(tenant_id: int) -> Result:
    """Check the log of one tenant: its lines and their places. Anchors belong to the global chain.

    `first` and `last` of the result are places. Two queries per 2,000 seals plus three.
    """
    result = Result(found=[], first=1, last=0, purged=_purged())
    before = chain.GENESIS
    for seals in chunks("place", 0, tenant_id=tenant_id):
        for seal in seals:
            result.found += _check_place(seal, result.last + 1, before, result.purged)
            result.last, before = seal.link.place, seal.link.place_hash
            if result.full:
                result.whole = False
                return result
    result.found += unsealed(tenant_id)
    return result


def unsealed(tenant_id: int | None = None) -> Iterator[Finding]:
    """Yield lines without a seal that are older than five minutes, at most 20 per log.

    Two queries; each scans a whole log.
    """
    for log in LOGS:
        sql = f"""
            SELECT l.id, l.id < (SELECT coalesce(max(line), 0) FROM audit_auditseal WHERE log = %s)
            FROM {log.table} AS l
            WHERE l.at < now() - %s AND (%s::bigint IS NULL OR {log.columns["tenant"]} = %s)
                AND NOT EXISTS (SELECT FROM audit_auditseal AS s WHERE s.log = %s AND s.line = l.id)
            ORDER BY l.id LIMIT %s
        """  # noqa: S608 - names from `lines`, values as parameters
        values = [log.name, LONGEST_UNSEALED, tenant_id, tenant_id, log.name, MAX_FINDINGS]
        for pk, among in fetch_all(sql, values):
            name = f"{log.name} {pk}"
            if among:
                wrong = f"Line {name} has no seal, but later lines do: it was inserted."
                yield Finding(Kind.INSERTED, None, wrong, name)
            else:
                wrong = f"Line {name} has been unsealed for more than five minutes."
                yield Finding(Kind.UNSEALED, None, wrong, name)


def check() -> AuditCheck:
    """Run the nightly check, store the result and log its findings.

    Continues where the last check ran out of time, if that check found nothing.
    """
    with scope.worker():
        newest = AuditCheck.objects.first()
        goes_on = newest is not None and not newest.whole and not newest.found
        result = verify(first=newest.last + 1 if newest and goes_on else 1, seconds=NIGHTLY_SECONDS)
        return note(result.found, first=result.first, last=result.last, whole=result.whole)


class _Walk:
    """Cursor along the chain. `settled` is the last seal that is older than five minutes."""

    def __init__(self, first: int) -> None:
        self.settled = 0
        self._number = first - 1
        self._before: str | None = chain.GENESIS
        if first > 1:
            self._before = fetch_value("SELECT hash FROM audit_auditseal WHERE number = %s", [first - 1])
        self._latest: dict[str, datetime] = {}
        self._long_ago: datetime = fetch_value("SELECT now() - %s", [LONGEST_UNSEALED])

    def check(self, seal: Seal, purged: int) -> Iterator[Finding]:
        number, expected = seal.link.number, self._number + 1
        if number != expected:
            yield Finding(Kind.REMOVED, expected, f"Seal {expected} is missing: it was removed.")
        elif self._before is not None and seal.link.hash(self._before) != seal.hash:
            yield _why_broken(seal, self._before)
        else:
            yield from _check_line(seal, purged)
            yield from self._check_time(seal)
        self._number, self._before = number, seal.hash
        if seal.link.sealed_at < self._long_ago:
            self.settled = number

    def _check_time(self, seal: Seal) -> Iterator[Finding]:
        """Report a line whose time does not fit its place, which means it was inserted later."""
        if seal.line is None:
            return
        at: datetime = seal.line["at"]
        latest = self._latest.get(seal.link.log, at)
        if at < latest - SLACK or at > seal.link.sealed_at + SLACK:
            wrong = f"The time of line {seal.name} does not fit its place: it was inserted later."
            yield Finding(Kind.INSERTED, seal.link.number, wrong, seal.name)
        else:
            self._latest[seal.link.log] = max(latest, at)


class _Anchors:
    """Compares the chain with its anchors, keeping one anchor in memory."""

    def __init__(self, first: int) -> None:
        self._problem: anchor.AnchorError | None = None
        self._good = self._newest = 0
        self._anchors = self._from(first)
        self._next = next(self._anchors, None)

    def _from(self, first: int) -> Iterator[anchor.Anchor]:
        try:
            for entry in anchor.read():
                self._newest = entry.number
                if entry.number >= first:
                    yield entry
        except anchor.AnchorError as error:
            self._problem = error

    def compare(self, seal: Seal) -> Iterator[Finding]:
        number = seal.link.number
        while self._next is not None and self._next.number < number:
            self._next = next(self._anchors, None)  # the missing seal is reported elsewhere
        if self._next is None or self._next.number > number:
            return
        if self._next.hash == seal.hash:
            self._good = number
        else:
            wrong = f"The chain up to seal {number} does not match its anchor: rewritten after seal {self._good}."
            yield Finding(Kind.REWRITTEN, self._good + 1, wrong)
        self._next = next(self._anchors, None)

    def check_end(self, last: int, settled: int) -> Iterator[Finding]:
        """Compare the anchors with the end of the chain, seal `last`."""
        for entry in self._anchors:
            self._newest = entry.number
        if self._problem:
            # The first seals exist before their anchor until the sealer's run ends.
            if settled or not isinstance(self._problem, anchor.AnchorMissing):
                yield Finding(Kind.UNANCHORED, None, str(self._problem))
        elif self._newest > last:
            wrong = f"Seals {last + 1} to {self._newest} were anchored but are missing: the end was removed."
            yield Finding(Kind.CUT, last + 1, wrong)
        elif self._newest < settled:
            wrong = f"The newest anchor is of seal {self._newest}; seal {settled} has waited five minutes for one."
            yield Finding(Kind.UNANCHORED, self._newest + 1, wrong)


def _check_line(seal: Seal, purged: int) -> Iterator[Finding]:
    if seal.line is None:
        if seal.link.number > purged:
            yield Finding(Kind.REMOVED, seal.link.number, f"Line {seal.name} was removed.", seal.name)
    elif chain.line_hash(seal.link.log, seal.line) != seal.link.line_hash:
        yield Finding(Kind.CHANGED, seal.link.number, f"Line {seal.name} was changed.", seal.name)


def _check_place(seal: Seal, expected: int, before: str, purged: int) -> Iterator[Finding]:
    link = seal.link
    if link.place != expected:
        yield Finding(Kind.REMOVED, link.number, f"Place {expected} is missing: the seal of a line was removed.")
    elif link.place_hash != chain.place_hash(before, link.line_hash):
        yield _broken(seal, f"Place {link.place} does not continue the place before it.")
    else:
        yield from _check_line(seal, purged)


def _why_broken(seal: Seal, before: str) -> Finding:
    number = seal.link.number
    for seals in chunks("number", number, lines=False):
        if any(other.link.hash(before, number=number) == other.hash for other in seals):
            wrong = f"Seal {number} is in the place of a later one: the order was changed."
            return Finding(Kind.REORDERED, number, wrong, seal.name)
        if seals[-1].link.number > number + REACH:
            break
    return _broken(seal, f"Seal {number} does not continue the seal before it.")


def _broken(seal: Seal, sentence: str) -> Finding:
    return Finding(Kind.CHANGED, seal.link.number, f"{sentence} The seal of {seal.name} was changed.", seal.name)


def _purged() -> int:
    newest = AuditPurge.objects.first()
    return newest.up_to if newest else 0


def _purges_without_a_line() -> Iterator[Finding]:
    """Report purge markers without an audit line. The purge procedure writes one; a forged marker has none."""
    sql = f"""
        SELECT up_to FROM audit_auditpurge WHERE NOT EXISTS
            (SELECT FROM {ACTS.table} WHERE subject = 'audit.auditpurge:' || up_to AND action = 'audit.purge')
        ORDER BY up_to
    """  # noqa: S608 - a constant of ours
    for (up_to,) in fetch_all(sql):
        wrong = f"Lines up to seal {up_to} are marked as purged, but the log has no line about the purge."
        yield Finding(Kind.REMOVED, up_to, wrong)
