"""Queries behind the drift pages. They need a scope that can read the rows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Count, F, Q, QuerySet

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.tenants.models import Tenant

from .compare.findings import Severity
from .models import (
    STANDING,
    Answer,
    Finding,
    FindingEvent,
    FindingPicture,
    FindingState,
    Moment,
    ReviewMail,
    RulePause,
    Site,
    SiteReading,
)

_SALT = "drift.cursor"
#: Paused rules that the board shows, each with its form.
MOST_PAUSES = 20


@dataclass(frozen=True)
class Filters:
    """Filters of the findings list. Empty filters list everything that is open."""

    state: str = ""
    harm: int = 0
    rule: str = ""
    tenant: str = ""

    @property
    def key(self) -> str:
        return f"{self.state}|{self.harm}|{self.rule}|{self.tenant}"


class BadCursor(Exception):
    """The page cursor in the address is not ours, or belongs to another list."""


def findings(filters: Filters, *, after: str = "") -> tuple[list[Finding], str]:
    """Return up to 50 findings, most severe and newest first, and the cursor of the next page.

    Runs one query. Raises BadCursor.
    """
    rows = _listed(filters)
    if after:
        harm, at, pk = _read(filters, after)
        rows = rows.filter(Q(harm__gt=harm) | Q(harm=harm, opened_at__lt=at) | Q(harm=harm, opened_at=at, pk__lt=pk))
    page_rows = list(
        rows.select_related("tenant").defer("snapshot").order_by("harm", "-opened_at", "-id")[: PAGE_SIZE + 1]
    )
    more = len(page_rows) > PAGE_SIZE
    return page_rows[:PAGE_SIZE], _mark(filters, page_rows[PAGE_SIZE - 1]) if more else ""


def _listed(filters: Filters) -> QuerySet[Finding]:
    rows = Finding.objects.filter(state=filters.state) if filters.state else Finding.objects.filter(state__in=STANDING)
    rows = rows.filter(harm=filters.harm) if filters.harm else rows
    rows = rows.filter(rule=filters.rule) if filters.rule else rows
    return rows.filter(tenant__slug=filters.tenant) if filters.tenant else rows


def _mark(filters: Filters, row: Finding) -> str:
    return signing.dumps([row.harm, row.opened_at.isoformat(), row.pk], salt=f"{_SALT}:{filters.key}", compress=True)


def _read(filters: Filters, mark: str) -> tuple[int, datetime, int]:
    try:
        harm, at, pk = signing.loads(mark, salt=f"{_SALT}:{filters.key}")
        return int(harm), datetime.fromisoformat(at), int(pk)
    except (signing.BadSignature, ValueError, TypeError):
        raise BadCursor from None


def counts() -> dict[str, Any]:
    """Count open findings by severity, and the findings that need a call. Runs two queries."""
    open_rows = Finding.objects.filter(state__in=STANDING)
    by_harm = dict(open_rows.values_list("harm").annotate(hits=Count("pk")))
    return {
        "harms": [
            {"harm": severity.value, "word": severity.label, "hits": by_harm.get(severity, 0)} for severity in Severity
        ],
        "needs_call": Finding.objects.filter(state=FindingState.ASKED, needs_call=True).count(),
    }


def pauses(tenant: str) -> tuple[list[RulePause], bool]:
    """Return paused rules of a tenant, or of all, and if there are more than MOST_PAUSES. Runs one query."""
    rows = RulePause.objects.filter(lifted_at__isnull=True).select_related("tenant").order_by("tenant__name", "rule")
    shown = list((rows.filter(tenant__slug=tenant) if tenant else rows)[: MOST_PAUSES + 1])
    return shown[:MOST_PAUSES], len(shown) > MOST_PAUSES


@dataclass(frozen=True)
class SiteLine:
    tenant: Tenant
    site: Site | None
    reading: SiteReading | None


def sites(tenants: Collection[Tenant]) -> list[SiteLine]:
    """Return these tenants with their sites and newest readings. Runs two queries."""
    known = {site.tenant_id: site for site in Site.objects.filter(tenant__in=tenants)}
    newest = {
        reading.tenant_id: reading
        for reading in SiteReading.objects.filter(tenant__in=tenants, ended_at__isnull=False, source="crawl")
        .order_by("tenant_id", "-began_at", "-id")
        .distinct("tenant_id")
    }
    return [SiteLine(tenant, known.get(tenant.pk), newest.get(tenant.pk)) for tenant in tenants]


def coverage(reading: SiteReading) -> str:
    """Describe the coverage of a reading: the number of findings, facts and pages, and unread pages. No queries."""
    counts = ((reading.findings_open, "finding"), (reading.facts, "fact"), (reading.pages_read, "page"))
    findings, facts, pages = (_counted(number, word) for number, word in counts)
    line = f"{findings} in {facts} on {pages}"
    if not reading.pages_not_read:
        return f"{line}; every page was read."
    named = ", ".join(entry["page"] for entry in reading.not_read[:5])
    more = " and more" if reading.pages_not_read > len(reading.not_read[:5]) else ""
    return f"{line}; {reading.pages_not_read} not read: {named}{more}."


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def readings(site: Site) -> list[SiteReading]:
    """Return the newest ten finished readings. Runs one query."""
    rows = SiteReading.objects.filter(tenant_id=site.tenant_id, site=site, ended_at__isnull=False)
    return list(rows.order_by("-began_at", "-id")[:10])


def last_run(site: Site, kind: str) -> Run | None:
    """Return the newest run over a site. Runs one query."""
    return Run.objects.filter(tenant_id=site.tenant_id, kind=kind).order_by("-id").first()


def is_open(run: Run | None) -> bool:
    return run is not None and run.state in OPEN


def history(finding: Finding) -> list[FindingEvent]:
    """Return the events of a finding, newest first, annotated with the `person` who caused each. Runs one query."""
    rows = FindingEvent.objects.filter(tenant_id=finding.tenant_id, finding=finding)
    return list(rows.annotate(person=F("actor__name")).order_by("-id")[:100])


def answers(finding: Finding) -> list[Answer]:
    """Return the customer's answers, newest first, annotated with the `person` who recorded each. Runs one query."""
    rows = Answer.objects.filter(tenant_id=finding.tenant_id, finding=finding)
    return list(rows.select_related("photo").annotate(person=F("recorded_by__name")).order_by("-id"))


def mails(finding: Finding) -> list[ReviewMail]:
    """Return the newest 20 emails about a finding. Runs one query."""
    return list(ReviewMail.objects.filter(tenant_id=finding.tenant_id, finding=finding).order_by("-id")[:20])


@dataclass(frozen=True)
class ShownPictures:
    """Pictures of a finding: of its current opening the first and the last, and all others."""

    shown: list[FindingPicture]
    earlier: list[FindingPicture]

    @property
    def has_after(self) -> bool:
        return any(picture.moment != Moment.OPENED for picture in self.shown)


def pictures(finding: Finding) -> ShownPictures:
    """Return the newest 50 pictures of a finding. Runs one query."""
    rows = FindingPicture.objects.filter(tenant_id=finding.tenant_id, finding=finding).select_related("snapshot")
    newest = list(rows.defer("snapshot__html", "snapshot__text").order_by("-id")[:50])
    current = [picture for picture in newest if picture.opening == finding.times_opened]
    shown = [*current[-1:], *current[:1]] if len(current) > 1 else current
    return ShownPictures(shown, [picture for picture in newest if picture not in shown])


def newest_pictures(findings: Iterable[Finding]) -> dict[int, FindingPicture]:
    """Return the newest picture of each finding that has one since it was last opened. Runs one query."""
    rows = FindingPicture.objects.filter(finding__in=list(findings), opening=F("finding__times_opened"))
    rows = rows.filter(file__isnull=False, snapshot__size__gt=0).select_related("snapshot").order_by("id")
    return {row.finding_id: row for row in rows.defer("snapshot__html", "snapshot__text")}
