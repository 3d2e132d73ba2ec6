"""A tenant's requests for its own people: lists, search, one request, and the monthly response report.

Needs the tenant's scope. Every list takes a constant number of queries.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any, Self

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from pagetojob.platform import phones
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.retention.person import plain_email, seen
from pagetojob.titanmap.models import Urgency
from syncqueue.leads import reference
from syncqueue.leads.models import (
    ANSWERS,
    AnswerKind,
    BookingRequest,
    Exclusion,
    Lead,
    LeadAnswer,
    LeadNote,
    email_is,
    name_contains,
    seen_email,
)

from ..notices.recipients import notice_settings
from ..response import Response, ResponseTimer, response, response_timer
from .counts import count_each

PAGE_SIZE = 25
#: New requests of at most this age are first, the longest-waiting one before the others.
FRESH = timedelta(days=7)
MOST_MATCHES = 50
#: Other requests of the same person that a request shows, and how far apart those of one email address may be.
MOST_OTHERS, SAME_EMAIL_WITHIN = 5, timedelta(days=90)
_FEWEST_DIGITS = 4
#: A request waits for its first answer in these states of its newest answer row.
_IS_NEW = Q(status__isnull=True) | Q(status=AnswerKind.NOT_SPAM)
_IS_ANSWERED = Q(status__in=ANSWERS)
#: Requests with such an answer have no response time.
_UNCOUNTED = (AnswerKind.SPAM, AnswerKind.DUPLICATE)
_IN_DOUBT = ~Q(suspected=[]) | Q(status=AnswerKind.SPAM) | Q(excluded_as=Exclusion.SPAM)
#: Not its negation in SQL: without an answer, the comparison is null.
BELIEVED = Q(suspected=[]) & (Q(status__isnull=True) | ~Q(status=AnswerKind.SPAM)) & ~Q(excluded_as=Exclusion.SPAM)

#: The lists of the page: key and label.
LISTS = (("", "All"), ("new", "New"), ("answered", "Answered"), ("spam", "Spam"))
AGES = (("", "Any time"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"))


@dataclass(frozen=True)
class RequestFilters:
    """The filters of the list. Unknown values count as not set."""

    show: str = ""
    urgency: str = ""
    days: str = ""

    @classmethod
    def read(cls, given: Any) -> Self:
        known = {"show": {key for key, _ in LISTS}, "urgency": set(Urgency.values), "days": {key for key, _ in AGES}}
        typed = {name: str(given.get(name, "")) for name in known}
        return cls(**{name: value for name, value in typed.items() if value in known[name]})

    def as_query(self) -> dict[str, str]:
        return {item.name: value for item in fields(self) if (value := getattr(self, item.name))}


@dataclass
class Line:
    """A request as the list shows it. `status` is its newest answer, `answered` its first one."""

    lead: Lead
    booking: BookingRequest | None
    status: LeadAnswer | None
    answered: LeadAnswer | None
    response: Response | None

    @property
    def is_new(self) -> bool:
        waits = self.status is None or self.status.kind == AnswerKind.NOT_SPAM
        return waits and not self.lead.excluded_as and not self.lead.suspected


def timer_of(tenant: Tenant) -> ResponseTimer:
    """Return the tenant's hours and target. Runs two queries."""
    profile = BusinessProfile.of(tenant.pk)
    return response_timer(profile.hours, tenant.time_zone, notice_settings(tenant.pk).target_minutes)


def requests_page(
    tenant: Tenant, filters: RequestFilters, timer: ResponseTimer, *, number: int, now: datetime
) -> tuple[list[Line], bool]:
    """Return a page of requests, the new ones first, and whether there are more. Three queries."""
    first = (number - 1) * PAGE_SIZE
    rows = list(_with_parts(_listed(tenant, filters, now))[first : first + PAGE_SIZE + 1])
    return [line_of(lead, timer, now) for lead in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def list_counts(tenant: Tenant) -> dict[str, int]:
    """Return the number of new requests and of those in the spam list, each up to 1,001. A single query."""
    rows = _with_status(tenant)
    new, doubted = count_each([rows.filter(_IS_NEW, BELIEVED, excluded_as=""), rows.filter(_IN_DOUBT)])
    return {"new": new, "spam": doubted}


def search_requests(tenant: Tenant, text: str, timer: ResponseTimer, *, now: datetime) -> list[Line]:
    """Return up to 50 requests, the newest first, by name, phone, email, city, code or reference. Three queries."""
    wanted = _wanted(seen(text.replace("\x00", ""))[:200])
    rows = _with_status(tenant).alias(seen_email=seen_email()).filter(wanted)
    newest = _with_parts(rows.order_by("-received_at", "-id"))[:MOST_MATCHES]
    return [line_of(lead, timer, now) for lead in newest]


def every_line(
    tenant: Tenant, filters: RequestFilters, timer: ResponseTimer, *, now: datetime, most: int
) -> Iterator[Line]:
    """Yield the requests of a list up to `most`, in batches of three queries."""
    rows = _with_parts(_listed(tenant, filters, now))
    for first in range(0, most, 500):
        batch = list(rows[first : min(first + 500, most)])
        yield from (line_of(lead, timer, now) for lead in batch)
        if len(batch) < 500:
            return


def request_line(lead: Lead, timer: ResponseTimer, *, now: datetime) -> Line:
    """Return one request with its answers. Three queries."""
    return line_of(_with_parts(Lead.objects.filter(pk=lead.pk)).get(), timer, now)


def others_of_contact(tenant: Tenant, lead: Lead) -> list[Lead]:
    """Return the newest other requests with the phone number or email address of this one. A single query.

    `status` is the kind of the newest answer. Under the row policy of a tenant, comparisons of addresses reach no
    index, so they are limited to requests that were received within 90 days of this one.
    """
    rows = Lead.objects.filter(tenant=tenant)
    since, until = lead.received_at - SAME_EMAIL_WITHIN, lead.received_at + SAME_EMAIL_WITHIN
    phone, email = lead.phone_e164, plain_email(lead.email)
    by_phone = rows.filter(phone_e164=phone) if phone else rows.none()
    by_email = rows.filter(email_is(email), received_at__range=(since, until)) if email else rows.none()
    same = by_phone.values("pk").union(by_email.values("pk"))
    others = _with_status(tenant).defer("consent_text", "source").filter(pk__in=same).exclude(pk=lead.pk)
    return list(others.order_by("-received_at", "-id")[:MOST_OTHERS])


def history_of(lead: Lead) -> list[LeadAnswer]:
    """Return every answer of a request, undone ones too, the oldest first. A single query."""
    return list(LeadAnswer.objects.filter(tenant=lead.tenant_id, lead=lead).select_related("by", "undone_by"))


def notes_of(lead: Lead) -> list[LeadNote]:
    return list(LeadNote.objects.filter(tenant=lead.tenant_id, lead=lead).select_related("by"))


def _with_status(tenant: Tenant) -> QuerySet[Lead]:
    active = LeadAnswer.objects.filter(tenant=OuterRef("tenant"), lead=OuterRef("pk"), undone_at=None)
    newest = active.order_by("-pk").values("kind")[:1]
    return Lead.objects.filter(tenant=tenant, erased_at=None).annotate(status=Subquery(newest))


def _listed(tenant: Tenant, filters: RequestFilters, now: datetime) -> QuerySet[Lead]:
    rows = _with_status(tenant)
    rows = rows.filter(_IN_DOUBT if filters.show == "spam" else BELIEVED)
    if filters.show == "new":
        rows = rows.filter(_IS_NEW, excluded_as="")
    if filters.show == "answered":
        rows = rows.filter(_IS_ANSWERED)
    if filters.urgency:
        asked = BookingRequest.objects.filter(tenant=OuterRef("tenant"), lead=OuterRef("pk"), urgency=filters.urgency)
        rows = rows.filter(Exists(asked.exclude(as_typed__has_key="urgency")))
    if filters.days:
        rows = rows.filter(received_at__gte=now - timedelta(days=int(filters.days)))
    return rows.order_by(*_order(now))


def _order(now: datetime) -> tuple[Any, ...]:
    """Return the order of a list: the new requests in the order of their deadlines, then the others, newest first.

    The new ones of longer ago than `FRESH` follow the other new ones, newest first, so that an office that never
    marks its requests still sees the present ones.
    """
    new = _IS_NEW & Q(excluded_as="")
    fresh = new & Q(received_at__gte=now - FRESH)
    group = Case(When(fresh, then=Value(0)), When(new, then=Value(1)), default=Value(2), output_field=IntegerField())
    return group, Case(When(fresh, then=F("received_at"))).asc(), "-received_at", "-id"


def _with_parts(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    answers = LeadAnswer.objects.filter(undone_at=None).select_related("by").order_by("pk")
    return rows.defer("consent_text", "source").prefetch_related(
        Prefetch("booking_requests"), Prefetch("answers", queryset=answers, to_attr="active_answers")
    )


def line_of(lead: Lead, timer: ResponseTimer, now: datetime) -> Line:
    answers: Sequence[LeadAnswer] = lead.active_answers  # type: ignore[attr-defined]  # prefetched
    answered = next((row for row in answers if row.kind in ANSWERS), None)
    status = answers[-1] if answers else None
    counts = not (lead.suspected or lead.excluded_as or (status and status.kind in _UNCOUNTED))
    timed = response(timer, lead.received_at, answered.created_at if answered else None, now) if counts else None
    return Line(lead, next(iter(lead.booking_requests.all()), None), status, answered, timed)


def _wanted(text: str) -> Q:
    if not text:
        return Q(pk__in=[])
    wanted = name_contains(text) | Q(city__icontains=text)
    if email := plain_email(text):
        wanted |= Q(seen_email__icontains=email)
    if code := reference.read_spoken_code(text):
        wanted |= Q(spoken_code=code)
    if number := phones.e164(text):
        wanted |= Q(phone_e164=number)
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) >= _FEWEST_DIGITS and not any(map(str.isalpha, text)):
        wanted |= Q(phone_e164__contains=digits)
    return wanted | Q(reference=f"st-ready:{text.lower().removeprefix('st-ready:')}")


@dataclass
class ResponseReport:
    """Response times of the requests of a period. Excluded requests are counted by reason and nowhere else."""

    first: date
    received: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    answered: int = 0
    within_target: int = 0
    never_answered: int = 0
    waiting: int = 0
    seconds: list[int] = field(default_factory=list)
    late: list[Line] = field(default_factory=list)

    @property
    def counted(self) -> int:
        """Return the denominator: the received requests without the excluded ones."""
        return self.received - sum(self.excluded.values())

    @property
    def median_seconds(self) -> int | None:
        return int(median(self.seconds)) if self.seconds else None


def first_months(tenants: Collection[Tenant]) -> dict[int, date]:
    """Return per tenant the month in which it was added or, if earlier, that of its oldest request. Makes one query."""
    oldest = Lead.objects.filter(tenant=OuterRef("pk")).order_by("received_at").values("received_at")[:1]
    rows = Tenant.objects.filter(pk__in=[tenant.pk for tenant in tenants]).order_by()
    received = dict(rows.values_list("pk", Subquery(oldest)))
    return {tenant.pk: _first_month(tenant, received[tenant.pk]) for tenant in tenants}


def _first_month(tenant: Tenant, oldest: datetime | None) -> date:
    added = tenant.first_month
    return min(added, oldest.astimezone(tenant.shown_zone).date().replace(day=1)) if oldest else added


def month_report(tenant: Tenant, first: date, timer: ResponseTimer, *, now: datetime) -> ResponseReport:
    """Return the report of the month that begins on `first`. Three queries."""
    return period_report(tenant, first, (first + timedelta(days=32)).replace(day=1), timer, now=now)


def period_report(tenant: Tenant, first: date, after: date, timer: ResponseTimer, *, now: datetime) -> ResponseReport:
    """Return the report of the days from `first` to before `after`, in the tenant's time zone. Three queries.

    A request that is not answered yet is waiting within the target, and never answered after it.
    """
    zone = tenant.shown_zone
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    rows = Lead.objects.filter(tenant=tenant, received_at__gte=begin, received_at__lt=end).order_by("received_at")
    report = ResponseReport(first)
    for lead in _with_parts(rows):
        _count(report, line_of(lead, timer, now))
    return report


def _count(report: ResponseReport, line: Line) -> None:
    report.received += 1
    if reason := _excluded_as(line):
        report.excluded[reason] = report.excluded.get(reason, 0) + 1
        return
    assert line.response is not None  # only excluded requests have none
    if line.response.is_answered:
        report.answered += 1
        report.seconds.append(line.response.seconds)
        report.within_target += not line.response.is_late
    elif line.response.is_late:
        report.never_answered += 1
    else:
        report.waiting += 1
    if line.response.is_late:
        report.late.append(line)


def _excluded_as(line: Line) -> str:
    if line.lead.excluded_as:
        return Exclusion(line.lead.excluded_as).label
    if line.status is not None and line.status.kind in _UNCOUNTED:
        return f"marked as {line.status.kind}"
    return "suspected spam" if line.lead.suspected else ""
