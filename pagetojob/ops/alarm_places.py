"""The contractor, request, host or task that an alarm is about, for messages and pages. Without personal data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from pagetojob.onboarding import certificates, domains, form_checks, quiet_pages
from pagetojob.onboarding.models import CertificateReading
from pagetojob.platform import hosts, phones
from pagetojob.platform.runs.models import HostReport
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.schedule import PERIODIC_TASKS
from syncqueue import selectors
from syncqueue.notices import escalation
from syncqueue.notices.selectors import failing_notices, marked_with_others, marked_without_others, notice_item
from syncqueue.refused_senders import alarming_senders, refused_routes
from syncqueue.state_texts import how_long

from .alarms import Alarm
from .heartbeats import signs_of_life


@dataclass(frozen=True)
class AlarmPlace:
    """A contractor by name, the page that shows what the alarm is about, and its public phone number, if any."""

    contractor: str
    url: str
    phone: str

    @property
    def dialed(self) -> str:
        return phones.e164(self.phone)


@dataclass(frozen=True)
class AlarmNotice:
    """An alarm as messages and pages describe it. `details` name the requests, hosts, tasks or several contractors."""

    alarm: Alarm
    place: AlarmPlace | None
    details: list[str]


def notice_of(alarm: Alarm) -> AlarmNotice:
    """Return what an active alarm is about. Needs a worker's scope. At most six queries, and one per late request."""
    details = _DETAILS[alarm.key]() if alarm.key in _DETAILS else []
    tenants = _tenants_of(alarm.key)
    if len(tenants) == 1:
        return AlarmNotice(alarm, _place(alarm.key, tenants[0]), details)
    names = [tenant.name for tenant in tenants[:_MOST_CONTRACTORS]]
    more = [] if len(tenants) <= _MOST_CONTRACTORS else ["and others"]
    return AlarmNotice(alarm, None, [*details, *([f"Contractors: {', '.join(names + more)}"] if names else [])])


def disk_words(row: HostReport) -> str:
    """Return the free space of a host in words."""
    return f"{round(row.free * 100)}% free on the disk of {row.folder}"


def clock_words(row: HostReport) -> str:
    """Return the difference of the clock of a host in words."""
    if not hosts.wrong_clocks([row]):
        return "its clock is right"
    return f"its clock is {how_long(abs(row.clock_ahead))} {'ahead' if row.clock_ahead > timedelta() else 'behind'}"


def certificate_words(row: CertificateReading) -> str:
    """Return when the certificate of a host expires, and why it could not be read."""
    expires = f"expires on {row.expires_at:%B %d, %Y, %H:%M} UTC" if row.expires_at else "was never read"
    return ". ".join(part for part in (f"{row.host}: {expires}", row.note.rstrip(".")) if part)


def _tenants_of(key: str) -> list[Tenant]:
    """Return the contractors that an active alarm is about, at most one more than a message names."""
    if key not in _ROWS:
        return []
    rows = _ROWS[key]().order_by().values_list("tenant", flat=True).distinct()[: _MOST_CONTRACTORS + 1]
    return list(Tenant.objects.only("name", "slug").filter(pk__in=list(rows)).order_by("name"))


def _place(key: str, tenant: Tenant) -> AlarmPlace:
    phone = BusinessProfile.of(tenant.pk).phone
    return AlarmPlace(tenant.name, settings.PUBLIC_URL + _path(key, tenant.slug), phone)


def _path(key: str, slug: str) -> str:
    if key == "untold":
        notices = selectors.late_notices()[:2]
        if len(notices) == 1:
            return reverse("ops:item", args=[notices[0].public_id])
        return f"{reverse('ops:list')}?{urlencode({'tenant': slug, 'untold': 'yes'})}"
    if key == "unopened":
        requests = escalation.late_requests().select_related("lead")[:2]
        if len(requests) == 1 and (item := notice_item(requests[0].lead)):
            return reverse("ops:item", args=[item])
        return f"{reverse('ops:list')}?{urlencode({'tenant': slug})}"
    return reverse("domains:contractor" if key == "domains" else "onboarding:contractor", args=[slug])


def _late_requests() -> list[str]:
    """Return the newest late requests with their contractors, and whether a notice of each arrived."""
    late = escalation.late_requests().select_related("lead", "lead__tenant").order_by("-escalated_at")
    rows = list(late[: _MOST_REQUESTS + 1])
    words = {True: "a notice of it arrived, but no one has opened it", False: "no notice of it reached a person"}
    lines = [
        f"{row.lead.spoken_code} of {row.lead.tenant.name}: {words[escalation.was_anyone_notified(row.lead)]}"
        for row in rows[:_MOST_REQUESTS]
    ]
    return lines + ["and others"] * (len(rows) > _MOST_REQUESTS)


_MOST_HOSTS = 20
_MOST_REQUESTS = _MOST_CONTRACTORS = 10
_DETAILS: dict[str, Callable[[], list[str]]] = {
    "certificate": lambda: [certificate_words(row) for row in certificates.overdue()[:_MOST_HOSTS]],
    "certificate-urgent": lambda: [certificate_words(row) for row in certificates.urgent()[:_MOST_HOSTS]],
    "disk": lambda: [f"{row.host}: {disk_words(row)}" for row in hosts.full_disks(hosts.recent_reports())],
    "clock": lambda: [f"{row.host}: {clock_words(row)}" for row in hosts.wrong_clocks(hosts.recent_reports())],
    "refused-reports": lambda: [f"{sender.name}: {sender.sentence}" for sender in alarming_senders()],
    "unopened": _late_requests,
    "task": lambda: [f"{name}: {PERIODIC_TASKS[name].sentence}" for name in signs_of_life().late],
}
#: The alarms about contractors, each with the rows that raise it.
_ROWS: dict[str, Callable[[], QuerySet[Any]]] = {
    "untold": selectors.late_notices,
    "unopened": escalation.late_requests,
    "unreachable": marked_without_others,
    "recipients": marked_with_others,
    "failed-notices": failing_notices,
    "refused-reports": refused_routes,
    "domains": domains.failing_domains,
    "forms": form_checks.failing_forms,
    "quiet-pages": quiet_pages.unchecked_pages,
}
