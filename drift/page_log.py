"""The change log of a page, from the facts of its readings and the history of its findings."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from .models import FindingEvent, PageState, ReadingPage, Site, What
from .page_changes import FactChange, fact_changes
from .texts import subject_of

#: Readings that are compared; a daily reading covers a quarter of a year.
MOST_READINGS = 90
_READ = (PageState.READ, PageState.UNCHANGED)
_LISTED = (What.OPENED, What.REOPENED, What.CLOSED)


@dataclass(frozen=True)
class FindingLine:
    """A finding that a reading opened, reopened or closed."""

    public_id: UUID
    about: str
    what: str


@dataclass
class Entry:
    """A reading of the page. `quiet` counts the readings after it that found nothing else."""

    at: datetime
    reading: UUID
    state: str
    why: str
    facts: int
    is_first: bool
    is_new_content: bool
    changes: list[FactChange]
    findings: list[FindingLine] = field(default_factory=list)
    quiet: int = 0
    quiet_until: datetime | None = None


def page_log(site: Site, page: str) -> list[Entry]:
    """Return the newest 90 readings of a page, newest first; readings without a change are counted with the one before.

    Needs the operator scope. Runs two queries.
    """
    rows = ReadingPage.objects.filter(tenant_id=site.tenant_id, page=page, reading__site=site)
    rows = rows.filter(reading__ended_at__isnull=False).exclude(state=PageState.WAITING).select_related("reading")
    newest = list(rows.order_by("-reading__began_at", "-id")[: MOST_READINGS + 1])
    findings = _findings(site, page, [row.reading_id for row in newest])
    entries: list[Entry] = []
    last: ReadingPage | None = None
    for position, row in enumerate(reversed(newest)):
        is_oldest = position == 0
        entry = _entry(row, last, is_first=is_oldest and len(newest) <= MOST_READINGS)
        entry.findings = findings.get(row.reading_id, [])
        if row.state in _READ:
            last = row
        if is_oldest and len(newest) > MOST_READINGS:
            continue  # only compared with
        if entries and _is_quiet(entry, entries[-1]):
            entries[-1].quiet += 1
            entries[-1].quiet_until = entry.at
        else:
            entries.append(entry)
    return entries[::-1]


def _entry(row: ReadingPage, last: ReadingPage | None, *, is_first: bool) -> Entry:
    was_read = row.state in _READ
    return Entry(
        at=row.reading.ended_at or row.reading.began_at,
        reading=row.reading.public_id,
        state="read" if was_read else row.get_state_display(),
        why=row.why,
        facts=len(row.facts),
        is_first=is_first,
        is_new_content=was_read and last is not None and last.snapshot_id != row.snapshot_id,
        changes=fact_changes(last.facts, row.facts) if was_read and last is not None else [],
    )


def _is_quiet(entry: Entry, before: Entry) -> bool:
    is_same = (entry.state, entry.why) == (before.state, before.why)
    return is_same and not (entry.changes or entry.findings or entry.is_new_content)


def _findings(site: Site, page: str, readings: list[int]) -> dict[int | None, list[FindingLine]]:
    events = FindingEvent.objects.filter(tenant_id=site.tenant_id, reading_id__in=readings, what__in=_LISTED)
    events = events.filter(Q(finding__page=page) | Q(finding__pages__contains=[page])).select_related("finding")
    lines: dict[int | None, list[FindingLine]] = {}
    for event in events.order_by("id"):
        finding = event.finding
        line = FindingLine(finding.public_id, subject_of(finding.rule, finding.item), event.what)
        lines.setdefault(event.reading_id, []).append(line)
    return lines
