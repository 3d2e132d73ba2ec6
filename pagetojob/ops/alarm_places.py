"""The contractor that an alarm is about and the page to open, for messages. They contain no personal data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from pagetojob.onboarding import domains, form_checks, quiet_pages
from pagetojob.platform.tenants.models import Tenant
from syncqueue import selectors
from syncqueue.notices import escalation
from syncqueue.notices.selectors import marked_recipients


@dataclass(frozen=True)
class AlarmPlace:
    """A contractor by name, and the address of the page that shows what the alarm is about."""

    contractor: str
    url: str


def place_of(key: str) -> AlarmPlace | None:
    """Return the place of an active alarm; None if it is about several contractors or none.

    Needs a worker's scope. At most three queries.
    """
    if key not in _ROWS:
        return None
    tenants = _ROWS[key]().order_by().values_list("tenant", flat=True).distinct()[:2]
    if len(tenants) != 1:
        return None
    tenant = Tenant.objects.only("name", "slug").get(pk=tenants[0])
    return AlarmPlace(tenant.name, settings.PUBLIC_URL + _path(key, tenant.slug))


def _path(key: str, slug: str) -> str:
    if key == "untold":
        notices = selectors.late_notices()[:2]
        if len(notices) == 1:
            return reverse("ops:item", args=[notices[0].public_id])
        return f"{reverse('ops:list')}?{urlencode({'tenant': slug, 'untold': 'yes'})}"
    if key == "unopened":
        return f"{reverse('ops:list')}?{urlencode({'tenant': slug})}"
    return reverse("domains:contractor" if key == "domains" else "onboarding:contractor", args=[slug])


#: The alarms about contractors, each with the rows that raise it.
_ROWS: dict[str, Callable[[], QuerySet[Any]]] = {
    "untold": selectors.late_notices,
    "unopened": escalation.late_requests,
    "recipients": marked_recipients,
    "domains": domains.failing_domains,
    "forms": form_checks.failing_forms,
    "quiet-pages": quiet_pages.unchecked_pages,
}
