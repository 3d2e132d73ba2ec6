"""The time zone of the reader: their setting, else that of their browser, else UTC.

Pages about one contractor show the contractor's time zone instead. Public pages and files show UTC.
"""

from collections.abc import Callable
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.time_zones import usable_zone

#: Set by `time-zone.js`; the prefix binds the cookie to the host where https allows it.
COOKIES = ("__Host-time_zone", "time_zone")
#: Pages of people who are signed in. The portal shows the time zone of its contractor.
_PAGES = ("/ops/", "/admin/", "/account/")
View = Callable[[HttpRequest], HttpResponse]


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all time zones that name a region or UTC."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")) | {"UTC"}


def browser_zone(request: HttpRequest) -> str:
    """Return the time zone of the browser, empty if it is not known."""
    typed = next((value for name in COOKIES if (value := request.COOKIES.get(name))), "")
    return typed if typed in known_zones() else ""


def use_reader_zone(get_response: View) -> View:
    """Show times in the reader's time zone. No cost without a session cookie, or on other pages than `_PAGES`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_PAGES) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        user = request.user
        zone = (user.time_zone or browser_zone(request)) if isinstance(user, User) else ""
        with timezone.override(usable_zone(zone or settings.TIME_ZONE)):
            return get_response(request)

    return middleware


def set_time_zone(*, user: User, name: str) -> None:
    """Store the time zone that a person chose; an empty name means that of their browser."""
    with transaction.atomic():
        current = User.objects.select_for_update().only("time_zone").get(pk=user.pk)
        if current.time_zone == name:
            return
        User.objects.filter(pk=user.pk).update(time_zone=name)
        record(
            action="accounts.set_time_zone", subject=user, reason="Chosen by the person.", actor=user,
            changes={"time_zone": (current.time_zone, name)},
        )  # fmt: skip
