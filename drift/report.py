"""Monthly report of a tenant: open findings, changes, answers, and how many pages were read."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from pagetojob.platform.tenants.models import Tenant

from .models import STANDING, Answer, Finding, FindingEvent, FindingPicture, FindingState, SiteReading, Source, What
from .selectors import coverage
from .texts import NEXT_STEP, Fact, answer_words, fact_of, subject_of

MOST = 200
#: Pictures in a report. A PDF contains all of them.
MOST_PICTURES = 12
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_CAME = (What.OPENED, What.REOPENED, What.WAIVER_ENDED)


@dataclass(frozen=True, kw_only=True)
class Line(Fact):
    """A finding in the customer's terms. `is_question`: the customer can answer it in the portal."""

    public_id: UUID
    is_question: bool
    harm: str
    state: str
    next_step: str
    until: date | None
    fix: str


@dataclass(frozen=True)
class GivenAnswer:
    """A customer's answer."""

    about: str
    words: str
    grade: str
    at: datetime
    until: date | None


@dataclass(frozen=True)
class ReportPicture:
    """A picture of a finding. `data` is its content as a data URL, for a document that loads no files."""

    about: str
    picture: FindingPicture
    data: str = ""


@dataclass(frozen=True)
class Month:
    """The report of one month. `more` counts the open findings that are not listed."""

    tenant: Tenant
    first: date
    open_findings: list[Line]
    more: int
    waived: list[Line]
    opened: int
    closed: list[Line]
    answers: list[GivenAnswer]
    readings: int
    coverage: str
    read_at: datetime | None
    not_read: list[dict[str, str]]
    pictures: list[ReportPicture]

    @property
    def has_questions(self) -> bool:
        return any(line.is_question for line in self.open_findings)

    @property
    def before(self) -> date | None:
        """Return the month before, or None if the contractor had not been added then."""
        return (self.first - timedelta(days=1)).replace(day=1) if self.first > self.tenant.first_month else None

    @property
    def after(self) -> date:
        return _next(self.first)


def first_of(typed: str, *, today: date) -> date:
    """Return the first day of a month such as “2026-11”. Invalid and future months become this month."""
    match = _MONTH.fullmatch(typed)
    this = today.replace(day=1)
    return min(date(int(match[1]), int(match[2]), 1), this) if match else this


def month_of(tenant: Tenant, first: date) -> Month:
    """Return the month that begins on `first`, in the tenant's time zone.

    Needs a scope that can read the rows. Runs nine queries.
    """
    zone = tenant.shown_zone
    begin, end = (datetime(day.year, day.month, 1, tzinfo=zone).astimezone(UTC) for day in (first, _next(first)))
    rows = Finding.objects.filter(tenant=tenant)
    events = FindingEvent.objects.filter(tenant=tenant, at__gte=begin, at__lt=end)
    answers = Answer.objects.filter(tenant=tenant, at__gte=begin, at__lt=end).select_related("finding").order_by("-id")
    readings = SiteReading.objects.filter(tenant=tenant, source=Source.CRAWL, ended_at__gte=begin, ended_at__lt=end)
    last = readings.order_by("-began_at", "-id").first()
    open_rows = rows.filter(state__in=STANDING)
    closed = events.filter(what=What.CLOSED).values("finding_id")
    return Month(
        tenant=tenant,
        first=first,
        open_findings=_lines(open_rows),
        more=max(open_rows.count() - MOST, 0),
        waived=_lines(rows.filter(state=FindingState.WAIVED)),
        opened=events.filter(what__in=_CAME).values("finding_id").distinct().count(),
        closed=_lines(rows.filter(pk__in=closed)),
        answers=[_given_answer(answer) for answer in answers[:MOST]],
        readings=readings.count(),
        coverage=coverage(last) if last else "",
        read_at=last.ended_at if last else None,
        not_read=last.not_read if last else [],
        pictures=_pictures(tenant, Q(finding__state__in=STANDING) | Q(finding__in=closed)),
    )


def standing(tenant: Tenant, most: int) -> list[Line]:
    """Return the open findings, most severe first. Needs a scope that can read the rows. Runs one query."""
    return _lines(Finding.objects.filter(tenant=tenant, state__in=STANDING), most)


def newest_reading(tenant: Tenant) -> SiteReading | None:
    """Return the last finished reading of the live website. Needs a scope that can read the rows. Runs one query."""
    rows = SiteReading.objects.filter(tenant=tenant, source=Source.CRAWL, ended_at__isnull=False)
    return rows.order_by("-began_at", "-id").first()


def _pictures(tenant: Tenant, wanted: Q) -> list[ReportPicture]:
    """Return pictures of the last opening of these findings, most severe first. Runs one query."""
    rows = FindingPicture.objects.filter(wanted, tenant=tenant, file__isnull=False, snapshot__size__gt=0)
    rows = rows.filter(opening=F("finding__times_opened")).select_related("finding", "snapshot", "file")
    rows = rows.defer("snapshot__html", "snapshot__text").order_by("finding__harm", "finding_id", "id")
    return [ReportPicture(subject_of(row.finding.rule, row.finding.item), row) for row in rows[:MOST_PICTURES]]


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _lines(rows: QuerySet[Finding], most: int = MOST) -> list[Line]:
    return [_line(row) for row in rows.order_by("harm", "-opened_at", "-id")[:most]]


def _line(row: Finding) -> Line:
    return Line(
        **vars(fact_of(row)),
        public_id=row.public_id,
        is_question=row.state in (FindingState.OPEN, FindingState.ASKED),
        harm=row.get_harm_display(),
        state=row.get_state_display(),
        next_step=_FOR_CUSTOMERS.get(row.state, NEXT_STEP[row.state]),
        until=row.waived_until,
        fix=row.agreed_fix,
    )


_FOR_CUSTOMERS: dict[str, str] = {
    FindingState.OPEN: "Your answer",
    FindingState.ASKED: "Your answer",
    FindingState.ANSWERED: "We will plan the change that follows from your answer.",
    FindingState.FIX_AGREED: "The change is being made. We will close this when we see it on your website.",
}


def _given_answer(answer: Answer) -> GivenAnswer:
    about = subject_of(answer.finding.rule, answer.finding.item)
    words = answer_words(answer.choice, answer.shown.get("question", ""))
    return GivenAnswer(about, words, answer.get_grade_display(), answer.at, answer.until)
