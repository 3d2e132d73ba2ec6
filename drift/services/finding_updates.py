"""Update findings from a reading: open, update, reopen and close them.

A page that was not read closes no finding. A page that is gone closes the findings on it after two readings in a row
report it as gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from pagetojob.platform import states

from ..compare.check import Result, check
from ..compare.findings import Finding as SeenFinding
from ..compare.findings import Rule
from ..compare.index import Index
from ..compare.values import sides_in_words
from ..models import (
    CLOSABLE,
    STANDING,
    Finding,
    FindingEvent,
    FindingState,
    Owner,
    PageState,
    ReadingPage,
    RulePause,
    SiteReading,
    Source,
    What,
)
from .pictures import record_pictures
from .stored_facts import restore_facts

MOST_NAMED = 200
_READ = (PageState.READ, PageState.UNCHANGED)


@dataclass(frozen=True)
class _Coverage:
    """Coverage of a reading.

    `for_certain` are pages with known content (or known to be gone): a finding missing there is resolved.
    """

    for_certain: frozenset[str]
    not_read: Mapping[str, str]
    snapshots: Mapping[str, int]
    whole: bool


def update_findings(*, reading: SiteReading, index: Index, today: date) -> Result:
    """Compare the facts of a reading with the map, update the findings, and end the reading.

    Call inside a worker or operator scope and a transaction. The number of queries grows with the findings that
    changed.
    """
    rows = list(ReadingPage.objects.filter(tenant_id=reading.tenant_id, reading=reading).order_by("page"))
    pages = {row.page: restore_facts(row.facts) for row in rows if row.state in _READ}
    not_read = {row.page: row.why for row in rows if row.state == PageState.NOT_READ}
    result = check(index, pages, not_read)
    coverage = _coverage_of(reading, rows, not_read)
    paused = RulePause.objects.filter(tenant_id=reading.tenant_id, lifted_at__isnull=True)
    settler = _FindingUpdater(reading, coverage, today, frozenset(paused.values_list("rule", flat=True)))
    settler.settle(_relevant_findings(reading, result, coverage))
    record_pictures(reading)
    _finish_reading(reading, rows, result, settler)
    return result


def _relevant_findings(reading: SiteReading, result: Result, coverage: _Coverage) -> list[SeenFinding]:
    """Drop "service missing" findings of uploads, and of readings that missed more pages than they read."""
    thin = reading.source == Source.UPLOAD or len(coverage.not_read) > len(coverage.for_certain)
    return [finding for finding in result.findings if not (thin and finding.rule is Rule.SERVICE_MISSING)]


def _coverage_of(reading: SiteReading, rows: Iterable[ReadingPage], not_read: Mapping[str, str]) -> _Coverage:
    rows = list(rows)
    gone = {row.page for row in rows if row.state == PageState.GONE} & _gone_last_time(reading)
    there = {row.page for row in rows if row.state in (*_READ, PageState.MOVED)}
    return _Coverage(
        for_certain=frozenset(there | gone),
        not_read=not_read,
        snapshots={row.page: row.snapshot_id for row in rows if row.snapshot_id},
        whole=reading.source == Source.CRAWL and not not_read,
    )


def _gone_last_time(reading: SiteReading) -> set[str]:
    last = (
        SiteReading.objects.filter(tenant_id=reading.tenant_id, source=Source.CRAWL, ended_at__isnull=False)
        .exclude(pk=reading.pk)
        .order_by("-began_at", "-id")
        .first()
    )
    if last is None:
        return set()
    gone = ReadingPage.objects.filter(tenant_id=reading.tenant_id, reading=last, state=PageState.GONE)
    return set(gone.values_list("page", flat=True))


@dataclass
class _FindingUpdater:
    """Applies one reading's findings to the stored ones. `events` are written at the end, in one statement."""

    reading: SiteReading
    coverage: _Coverage
    today: date
    paused: frozenset[str]
    opened: int = 0
    reopened: int = 0
    closed: int = 0
    held_back: int = 0
    events: list[FindingEvent] = field(default_factory=list)

    def settle(self, current: list[SeenFinding]) -> None:
        rows = Finding.objects.select_for_update(no_key=True).filter(tenant_id=self.reading.tenant_id)
        known = {row.fingerprint: row for row in rows.order_by("id")}
        for finding in current:
            row = known.get(finding.fingerprint)
            if row is None:
                self._open(finding)
            else:
                self._see_again(row, finding)
        still = {finding.fingerprint for finding in current}
        for row in known.values():
            if row.fingerprint not in still and row.state in CLOSABLE:
                self._not_seen(row)
        FindingEvent.objects.bulk_create(self.events)

    def _current_fields(self, finding: SeenFinding) -> dict[str, Any]:
        """Return the fields of a finding that every reading updates."""
        return {
            "harm": finding.severity.value,
            "item": finding.item[:260],
            "fact": finding.fact,
            "page": finding.page,
            "pages": list(finding.pages),
            "quote": finding.quote[:400],
            "selector": finding.selector[:400],
            "map_value": finding.map_value[:400],
            "site_value": finding.site_value[:400],
            "recommended_fix": finding.recommended_fix[:600],
            "confidence": finding.confidence,
            "snapshot_id": self.coverage.snapshots.get(finding.page),
            "last_reading": self.reading,
        }

    def _open(self, finding: SeenFinding) -> None:
        if finding.rule.value in self.paused:
            self.held_back += 1
            return
        row = Finding.objects.create(
            tenant_id=self.reading.tenant_id,
            fingerprint=finding.fingerprint,
            rule=finding.rule.value,
            first_reading=self.reading,
            **self._current_fields(finding),
        )
        self.opened += 1
        self._note(row, What.OPENED, _both_values(finding))

    def _see_again(self, row: Finding, finding: SeenFinding) -> None:
        """Update a finding that was seen again: end its expired waiver, or reopen it if it was closed."""
        fields = self._current_fields(finding)
        if row.state == FindingState.CLOSED and row.rule in self.paused:
            self.held_back += 1
        elif row.state == FindingState.CLOSED:
            times = {"times_opened": F("times_opened") + 1, "opened_at": Now()}
            states.move(row, FindingState.OPEN, **fields, **times, agreed_fix="", owner=Owner.PAGETOJOB)
            self.reopened += 1
            self._note(row, What.REOPENED, _both_values(finding))
        elif row.state == FindingState.WAIVED and row.waived_until is not None and row.waived_until < self.today:
            states.move(row, FindingState.OPEN, **fields, waived_until=None, owner=Owner.PAGETOJOB)
            self._note(row, What.WAIVER_ENDED, "")
        else:
            Finding.objects.filter(pk=row.pk).update(**fields)

    def _not_seen(self, row: Finding) -> None:
        """Close a finding if all its pages were checked.

        A finding without pages is closed only if the whole site was read.
        """
        pages, missed = set(row.pages), set(row.pages) & set(self.coverage.not_read)
        if missed:
            self._note(row, What.NOT_LOOKED, ", ".join(sorted(missed)))
        if not (pages <= self.coverage.for_certain if pages else self.coverage.whole):
            return
        agreed = row.state == FindingState.FIX_AGREED
        over = {"waived_until": None, "remind_at": None, "needs_call": False, "reminders": 0}
        states.move(row, FindingState.CLOSED, **over, last_reading=self.reading)
        self.closed += 1
        gone = "The website and the map no longer differ. No fix had been agreed."
        self._note(row, What.CLOSED, "The agreed fix is live." if agreed else gone)

    def _note(self, row: Finding, what: What, note: str) -> None:
        self.events.append(
            FindingEvent(tenant_id=row.tenant_id, finding=row, what=what, note=note[:600], reading=self.reading)
        )


def _both_values(finding: SeenFinding) -> str:
    site, titan_map = sides_in_words(finding.site_value, finding.map_value)
    return f"Website and Titan Map: “{site}”." if site == titan_map else f"Website: “{site}”. Titan Map: “{titan_map}”."


def _finish_reading(reading: SiteReading, rows: list[ReadingPage], result: Result, settler: _FindingUpdater) -> None:
    missed = [row for row in rows if row.state in (PageState.NOT_READ, PageState.GONE)]
    SiteReading.objects.filter(pk=reading.pk).update(
        ended_at=Now(),
        pages_read=sum(row.state in _READ for row in rows),
        pages_unchanged=sum(row.state == PageState.UNCHANGED for row in rows),
        pages_not_read=len(missed),
        facts=result.facts,
        findings_open=Finding.objects.filter(tenant_id=reading.tenant_id, state__in=STANDING).count(),
        opened=settler.opened,
        reopened=settler.reopened,
        closed=settler.closed,
        held_back=settler.held_back,
        not_read=[{"page": row.page, "why": row.why} for row in missed[:MOST_NAMED]],
        outcomes={outcome.value: number for outcome, number in result.outcomes.items()},
    )
    reading.refresh_from_db()
