"""The operators' list of contractors: health and what needs attention. Needs the operator scope."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from drift.models import STANDING, Finding
from pagetojob.platform.forms import typed_number
from pagetojob.platform.tenants.hosts import is_reserved
from pagetojob.platform.tenants.lifecycle import PUBLIC, Lifecycle
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.time_zones import known_zone
from syncqueue.leads.models import Exclusion, Lead
from syncqueue.response import Response, ResponseTimer, duration, response, response_timer
from syncqueue.selectors.first_answers import newest_answers

from .checklist import missing_entries
from .facts import LaunchFacts, launch_facts
from .models import Assignment, FormCheck, QuietPage

#: Response times of requests of this time.
RESPONSES_OF = timedelta(days=30)


@dataclass(frozen=True)
class ResponseTime:
    """The responses to a contractor's newest requests, counted as in its response report.

    `counts_all_hours`: its office hours are not set.
    """

    responses: Sequence[Response]
    counts_all_hours: bool

    @property
    def requests(self) -> int:
        return len(self.responses)

    @property
    def answered(self) -> int:
        return sum(response.is_answered for response in self.responses)

    @property
    def late(self) -> int:
        return sum(response.is_late for response in self.responses)

    @property
    def words(self) -> str:
        """Return the median counted time to the first answer, such as `3 h 20 min`; empty if none was answered."""
        seconds = [response.seconds for response in self.responses if response.is_answered]
        return duration(int(median(seconds))) if seconds else ""


@dataclass(frozen=True)
class Line:
    """A contractor in the list, with the last check of its form and its quiet pages."""

    tenant: Any
    missing: int
    response: ResponseTime | None
    form: FormCheck | None
    quiet: list[QuietPage]


def search(*, words: str = "", state: str = "", assignee: str = "") -> QuerySet[Tenant]:
    """Return the contractors that match, those that need attention first.

    `assignee` is the id of a person, or any other text for contractors without one.
    """
    rows = _annotated()
    if words := words.strip():
        rows = rows.filter(Q(name__icontains=words) | Q(slug__icontains=words))
    if state:
        rows = rows.filter(state=state)
    if assignee:
        rows = rows.filter(assignee_id=typed_number(assignee))
    return rows.order_by("attention", "-findings", "name", "pk")


def with_reserved_slugs() -> list[Tenant]:
    """Return the contractors whose short name was reserved after they got it, without closed ones. Runs one query."""
    rows = Tenant.objects.exclude(state=Lifecycle.CLOSED).only("name", "slug").order_by("name")
    return [tenant for tenant in rows if is_reserved(tenant.slug)]


def _annotated() -> QuerySet[Any]:
    own = {"tenant": OuterRef("pk")}
    newest = Assignment.objects.filter(**own).order_by("-number")
    findings = Finding.objects.filter(state__in=STANDING, **own).order_by().values("tenant")
    live = Q(state=Lifecycle.LIVE)
    return Tenant.objects.annotate(
        last_lead=_last(Exclusion.NONE),
        last_test=_last(Exclusion.TEST),
        findings=Coalesce(Subquery(findings.annotate(n=Count("pk")).values("n")), 0),
        assignee_id=Subquery(newest.values("assignee")[:1]),
        assignee=Subquery(newest.values("assignee__name")[:1]),
        form_alarm=Exists(FormCheck.objects.filter(alarm_at__isnull=False, **own)),
        is_quiet=Exists(QuietPage.objects.filter(checked_at__isnull=True, **own)),
    ).annotate(
        attention=Case(
            When(live & Q(form_alarm=True), then=Value(0)),
            When(live & Q(is_quiet=True), then=Value(1)),
            When(Q(state__in=PUBLIC) & Q(findings__gt=0), then=Value(2)),
            When(state__in=(Lifecycle.DRAFT, Lifecycle.PREVIEW), then=Value(3)),
            When(state=Lifecycle.PAUSED, then=Value(4)),
            When(state=Lifecycle.CLOSED, then=Value(6)),
            default=Value(5),
            output_field=IntegerField(),
        )
    )


def _last(excluded_as: str) -> Subquery:
    leads = Lead.objects.filter(tenant=OuterRef("pk"), excluded_as=excluded_as)
    return Subquery(leads.order_by("-received_at").values("received_at")[:1])


def lines_of(tenants: Sequence[Any]) -> list[Line]:
    """Return the lines of tenants that `search` returned. Nine queries, regardless of their number."""
    ids = [tenant.pk for tenant in tenants]
    facts = launch_facts(tenants)
    times = response_times(facts)
    checks = {row.tenant_id: row for row in FormCheck.objects.filter(tenant__in=ids)}
    quiet: dict[int, list[QuietPage]] = defaultdict(list)
    for row in QuietPage.objects.filter(tenant__in=ids, checked_at__isnull=True):
        quiet[row.tenant_id].append(row)
    return [
        Line(
            tenant=tenant,
            missing=len(missing_entries(facts[tenant.pk])),
            response=times.get(tenant.pk),
            form=checks.get(tenant.pk),
            quiet=quiet[tenant.pk] if tenant.state == Lifecycle.LIVE else [],
        )
        for tenant in tenants
    ]


def response_times(facts: Mapping[int, LaunchFacts]) -> dict[int, ResponseTime]:
    """Return the response times of those contractors that had a request in the last thirty days. Runs one query.

    A contractor with an unknown time zone has none, because its office hours cannot be counted.
    """
    now = timezone.now()
    responses: dict[int, list[Response]] = defaultdict(list)
    timers: dict[int, ResponseTimer] = {}
    countable = [tenant for tenant, fact in facts.items() if known_zone(fact.time_zone)]
    for row in newest_answers(countable, now - RESPONSES_OF):
        fact = facts[row.tenant_id]
        timer = timers[row.tenant_id] = response_timer(fact.hours, fact.time_zone, row.target_minutes)
        responses[row.tenant_id].append(response(timer, row.received, row.answered, now))
    return {tenant: ResponseTime(rows, timers[tenant].counts_all_hours) for tenant, rows in responses.items()}
