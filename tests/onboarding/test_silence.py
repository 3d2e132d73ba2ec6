"""The rule that notices quiet pages: seeded simulations of years, and its row in the database."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from pagetojob.onboarding import quiet_pages
from pagetojob.onboarding.models import QuietPage
from pagetojob.onboarding.silence import habit_of
from pagetojob.ops.monitoring import read_health
from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import BookingRequest
from tests.support.factories import make_lead, make_tenant
from tests.support.refusals import left_out, refused
from tests.support.request_years import WEATHERS, simulate


@pytest.mark.nightly
@pytest.mark.parametrize(("weather", "most"), [(WEATHERS[0], 0.2), (WEATHERS[1], 0.2), (WEATHERS[2], 0.5)])
def test_false_alarms_are_rare_and_a_broken_page_is_noticed(weather: object, most: float) -> None:
    result = simulate(5, weather, years=8, seed=5)  # type: ignore[arg-type]
    assert result.false_alarms <= most and result.median_days < 7 and result.watched > 0.9


def test_a_short_or_thin_history_raises_no_alarm() -> None:
    days = [n * 13.9 / 29 for n in range(30)]
    assert habit_of(opened=[day * 32_400 for day in days], is_open=[True] * 30, days=days) is None
    days = [float(n * 3) for n in range(9)]
    assert habit_of(opened=[day * 32_400 for day in days], is_open=[True] * 9, days=days) is None


def visited(tenant: Tenant, *, until: datetime, path: str = "/", every: timedelta = timedelta(hours=7)) -> None:
    """Give a tenant requests of six weeks before a time."""
    with scope.tenant(tenant.pk):
        at = until - timedelta(weeks=6)
        while at <= until:
            lead = make_lead(tenant=tenant, received_at=at)
            BookingRequest.objects.create(tenant=tenant, lead=lead, service="x", urgency="soon", page_path=path)
            at += every


def quiet(tenant: Tenant) -> list[tuple[str, bool]]:
    with scope.worker():
        return [
            (row.page_path, "quiet-pages" in read_health().holding) for row in QuietPage.objects.filter(tenant=tenant)
        ]


@pytest.mark.django_db
def test_a_quiet_website_raises_an_alarm_until_its_next_request() -> None:
    now = timezone.now()
    broken, fine = make_tenant(), make_tenant()
    Tenant.objects.filter(pk__in=(broken.pk, fine.pk)).update(state_since=now - timedelta(days=99))
    visited(broken, until=now - timedelta(days=8))
    visited(fine, until=now - timedelta(hours=1))
    assert quiet_pages.notice_quiet_pages() == 1
    assert quiet(broken) == [("", True)] and quiet(fine) == []
    assert quiet_pages.notice_quiet_pages() == 0, "it is noticed once"
    with scope.tenant(broken.pk):
        make_lead(tenant=broken, suspected=["content"])
        make_lead(tenant=broken, excluded_as="test")
    quiet_pages.notice_quiet_pages()
    assert quiet(broken) == [("", True)], "neither spam nor a test is a request"
    with scope.tenant(broken.pk):
        lead = make_lead(tenant=broken)
        BookingRequest.objects.create(tenant=broken, lead=lead, service="x", urgency="soon", page_path="/")
    quiet_pages.notice_quiet_pages()
    assert quiet(broken) == []


@pytest.mark.django_db
def test_a_quiet_page_of_a_busy_website_is_noticed_and_a_pause_is_no_silence() -> None:
    now = timezone.now()
    tenant = make_tenant()
    Tenant.objects.filter(pk=tenant.pk).update(state_since=now - timedelta(days=99))
    visited(tenant, until=now - timedelta(hours=1))
    visited(tenant, until=now - timedelta(days=8), path="/drains")
    quiet_pages.notice_quiet_pages()
    assert quiet(tenant) == [("/drains", True)]
    tenant.refresh_from_db()
    states.move(tenant, "paused")
    assert quiet(tenant) == [("/drains", False)], "a paused website raises no alarm"
    states.move(tenant, "live")
    quiet_pages.notice_quiet_pages()
    assert quiet(tenant) == [], "its silence begins when it is live again"


@pytest.mark.django_db(transaction=True)
def test_an_error_of_a_contractor_hides_no_quiet_website(caplog: pytest.LogCaptureFixture) -> None:
    now = timezone.now()
    lost, broken = make_tenant(), make_tenant()
    Tenant.objects.filter(pk__in=(lost.pk, broken.pk)).update(state_since=now - timedelta(days=99))
    visited(lost, until=now - timedelta(days=8))
    visited(broken, until=now - timedelta(days=8))
    with refused("onboarding_quietpage", lost):
        assert quiet_pages.notice_quiet_pages() == 1
    assert quiet(broken) == [("", True)]
    assert left_out(caplog) == [("quiet pages", lost.pk)]


@pytest.mark.django_db
def test_a_quiet_website_in_an_unknown_time_zone_is_noticed() -> None:
    now = timezone.now()
    tenant = make_tenant()
    Tenant.objects.filter(pk=tenant.pk).update(state_since=now - timedelta(days=99), time_zone="Mars/Phobos")
    visited(tenant, until=now - timedelta(days=8))
    assert quiet_pages.notice_quiet_pages() == 1
