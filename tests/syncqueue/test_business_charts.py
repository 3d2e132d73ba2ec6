"""A contractor's requests by week, in the portal and in operations."""

from datetime import UTC, date, datetime, timedelta

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from syncqueue.business_charts import business_charts
from syncqueue.leads.models import Lead
from syncqueue.selectors.requests import timer_of
from syncqueue.selectors.weeks import Week, weeks
from syncqueue.services import answers
from syncqueue.services.intake import capture_request
from tests.support.cast import SignIn
from tests.support.factories import appointment


def received(tenant: Tenant, **typed: object) -> Lead:
    with scope.tenant(tenant.pk):
        return capture_request(tenant=tenant, request=appointment(**typed), binding=None)[0]


def some(tenant: Tenant, owner: User) -> None:
    booked = received(tenant, source={"utm_source": "Google", "referrer": "https://elsewhere.example/"})
    received(tenant, name="Other", source={"referrer": "https://www.neighbors.example/list"})
    received(tenant, name="Unclear", source={"referrer": "http://["})
    received(tenant, name="Test", is_test=True)
    with scope.tenant(tenant.pk):
        answers.answer(lead=booked, kind="booked", by=owner)


def test_weeks_count_requests_bookings_and_sources(tenant: Tenant, owner: User) -> None:
    some(tenant, owner)
    with scope.tenant(tenant.pk):
        counted = weeks(tenant, timer_of(tenant), now=datetime.now(UTC))
        later = weeks(tenant, timer_of(tenant), now=datetime.now(UTC) + timedelta(weeks=1))
        assert [week.requests for week in later] == [*[0] * 10, 3, 0]
    assert len(counted) == 12 and counted[-1].first.weekday() == 0
    week = counted[-1]
    assert (week.requests, week.booked, len(week.seconds)) == (3, 1, 1)
    assert week.sources == {"google": 1, "neighbors.example": 1, "no source recorded": 1}


def test_charts_list_the_most_frequent_sources_and_sum_the_rest() -> None:
    week = Week(date(2026, 11, 23), requests=12, booked=2, seconds=[60, 600, 1200])
    week.sources.update({f"site-{number}": 12 - number for number in range(10)})
    charts = business_charts([Week(date(2026, 11, 16)), week], counts_all_hours=False)
    assert charts["rows"] == [(date(2026, 11, 23), 12, 2, 3, "10 min")]
    assert charts["sources"][0] == ("site-0", 12, 100.0)
    assert charts["sources"][-1][:2] == ("other sources", 4 + 3)
    assert len(charts["sources"]) == 9


def test_both_pages_show_the_charts_with_their_numbers(
    tenant: Tenant, owner: User, viewer: User, signed_in: SignIn
) -> None:
    assert "No requests are counted in these weeks." in signed_in(owner).get("/portal/requests/report").text
    some(tenant, owner)
    of_operator = signed_in(viewer).get("/ops/charts/", {"contractor": tenant.slug}).text
    for page in (signed_in(owner).get("/portal/requests/report").text, of_operator):
        assert "Booked: 1 of 3 requests<" in page
        assert 'data-label="Median">under 1 min<' in page
        assert 'data-label="Source">google<' in page
        assert "in minutes of office hours</h3>" in page and "All hours count" not in page
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(hours={})
    of_operator = signed_in(viewer).get("/ops/charts/", {"contractor": tenant.slug}).text
    for page in (signed_in(owner).get("/portal/requests/report").text, of_operator):
        assert "in minutes</h3>" in page and "All hours count, because no office hours are set." in page
    assert "which begin on Monday in Mountain time without daylight saving (Phoenix)" in of_operator
    assert signed_in(viewer).get("/ops/charts/", {"contractor": "no-such"}).status_code == 200
