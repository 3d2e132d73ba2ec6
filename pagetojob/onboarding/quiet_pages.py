"""Notice pages that normally bring requests and bring none (`silence` has the rule)."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.platform.tenants.one_by_one import sum_of_each
from pagetojob.titanmap.business_time import OfficeClock, office_clock
from pagetojob.titanmap.capacity import Week
from syncqueue.leads.models import Exclusion, Lead

from .errors import OnboardingRefused
from .models import QuietPage
from .silence import habit_of

#: Requests of a contractor that are read, the newest ones.
MOST_REQUESTS = 2000
#: Hours of an office that entered none: every day from 8:00 to 20:00.
_ANY_DAY: Week = [[(8 * 60, 20 * 60)] for _ in range(7)]
_SECOND = timedelta(seconds=1)
log = logging.getLogger(__name__)


def notice_quiet_pages() -> int:
    """Update the quiet pages of all live websites; return how many are new. Periodic task. Two queries for each."""
    with scope.worker():
        tenants = list(Tenant.objects.filter(state=Lifecycle.LIVE).order_by("pk"))
        hours = dict(BusinessProfile.objects.values_list("tenant_id", "hours"))

    def update(tenant: Tenant) -> int:
        return _update(tenant, office_clock(hours.get(tenant.pk), tenant.time_zone))

    return sum_of_each(tenants, update, task="quiet pages")


def _update(tenant: Tenant, office: OfficeClock) -> int:
    office = replace(office, week=office.week or _ANY_DAY)
    now = timezone.now()
    with scope.worker():
        leads = Lead.objects.filter(tenant=tenant, excluded_as=Exclusion.NONE, suspected=[])
        newest = leads.order_by("-received_at").values_list("received_at", "booking_requests__page_path")
        requests = list(reversed(newest[:MOST_REQUESTS]))
        if not requests:
            return 0
        last = {page: at for at, page in requests} | {"": requests[-1][0]}
        known = {row.page_path: row for row in QuietPage.objects.filter(tenant=tenant)}
        quiet = dict(_quiet(requests, office, tenant.state_since, now))
        QuietPage.objects.filter(tenant=tenant, page_path__in=last.keys() - quiet.keys()).delete()
        # The alarm of a website that is quiet as a whole replaces those of its pages.
        wanted = [""] if "" in quiet else list(quiet)
        new = [page for page in wanted if page not in known]
        rows = [QuietPage(tenant=tenant, page_path=page, since=last[page], expected=quiet[page]) for page in new]
        QuietPage.objects.bulk_create(rows, ignore_conflicts=True)
        for page in set(wanted) - set(new):
            QuietPage.objects.filter(pk=known[page].pk).update(expected=quiet[page])
    for page in new:
        log.error("page brings no requests", extra={"tenant_id": tenant.pk, "page": page})
    return len(new)


def _quiet(
    requests: Sequence[tuple[datetime, str | None]], office: OfficeClock, begun: datetime, now: datetime
) -> Iterator[tuple[str, float]]:
    """Yield each page that is quiet, and the requests that it should have brought. The website itself is an empty page.

    A silence begins when the website went live again after a pause, if that was later.
    """
    opened, total = [0.0], 0.0
    for (before, _), (after, _) in pairwise(requests):
        total += office.seconds(before, after)
        opened.append(total)
    places: dict[str, list[int]] = defaultdict(list)
    for position, (_, page) in enumerate(requests):
        places[""].append(position)
        if page:
            places[page].append(position)
    is_open = [bool(office.seconds(at, at + _SECOND)) for at, _ in requests]
    days = [(at - requests[0][0]).total_seconds() / 86_400 for at, _ in requests]
    for page, positions in places.items():
        habit = habit_of(
            opened=[opened[position] for position in positions],
            is_open=[is_open[position] for position in positions],
            days=[days[position] for position in positions],
        )
        silent = office.seconds(max(requests[positions[-1]][0], begun), now)
        if habit and silent > habit.longest_silence:
            yield page, habit.expected(silent)


@transaction.atomic
def mark_checked(*, page: QuietPage, by: User, reason: str) -> None:
    """End the alarm of a quiet page until its next silence. Needs the operator scope. Raises OnboardingRefused."""
    rows = QuietPage.objects.filter(pk=page.pk, checked_at__isnull=True)
    if not rows.update(checked_at=timezone.now(), checked_by=by):
        raise OnboardingRefused("It was checked in the meantime.")
    record_change("onboarding.check_quiet_page", page, actor=by, reason=reason)


def unchecked_pages() -> QuerySet[QuietPage]:
    """Return the quiet pages of live websites that no one checked."""
    return QuietPage.objects.filter(checked_at__isnull=True, tenant__state=Lifecycle.LIVE)
