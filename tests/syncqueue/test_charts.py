"""Charts: drawn from the tallies, each with its table."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from syncqueue.models import Kind, TallyDay, TallyHour, What
from syncqueue.selectors import slots_of
from tests.support.cast import SignIn

HOUR = timedelta(hours=1)


def tally(hour: datetime, what: What, label: str, n: int, kind: Kind = Kind.BOOKING_REQUEST) -> None:
    with scope.worker():
        facts = {"kind": kind, "what": what, "label": label}
        TallyHour.objects.create(hour=hour, n=n, seconds=n, **facts)
        of_day, _ = TallyDay.objects.get_or_create(day=hour.date(), defaults={"n": 0, "seconds": 0}, **facts)
        TallyDay.objects.filter(pk=of_day.pk).update(n=of_day.n + n, seconds=of_day.seconds + n)


def this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def a_busy_day(hour: datetime) -> None:
    tally(hour, What.OUTCOME, "delivered", 90)
    tally(hour, What.OUTCOME, "retrying", 10)
    tally(hour, What.FAILURE, "booking-away", 7)
    tally(hour, What.FAILURE, "transient", 3)
    tally(hour, What.TOOK, "0.25", 94)
    tally(hour, What.TOOK, "30", 6)
    tally(hour, What.WAITED, "1", 90)
    tally(hour, What.OUTCOME, "delivered", 40, Kind.BUSINESS_NOTIFICATION)


def test_slots_are_hours_or_days_and_of_a_kind_or_all(db: None) -> None:
    noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    for hour in (noon, noon - 13 * HOUR, noon - 47 * HOUR, noon - 48 * HOUR):
        tally(hour, What.OUTCOME, "delivered", 5)
    tally(noon, What.OUTCOME, "lost", 1, Kind.OUTCOME_MATCH)
    with scope.worker():
        hours = slots_of("hour", None, noon + timedelta(minutes=59))
        assert len(hours) == 48 and [slot.attempts for slot in hours if slot.attempts] == [5, 5, 6]
        assert (hours[-1].at, hours[-1].delivered, hours[-1].others) == (noon, 5, 1)
        days = slots_of("day", None, noon)
        assert len(days) == 30 and [slot.attempts for slot in days][-3:] == [10, 5, 6]
        assert [slot.attempts for slot in slots_of("day", Kind.OUTCOME_MATCH, noon)][-2:] == [0, 1]


def test_the_page_shows_numbers_with_their_meaning(viewer: User, signed_in: SignIn) -> None:
    a_busy_day(this_hour())
    page = signed_in(viewer).get("/ops/charts/").text
    assert "Delivered: 130 of 140 attempts" in page
    assert "class: transient" in page and "booking-away" not in page, "a cause is told in its words"
    assert page.count("<svg viewBox") >= 3 and "style=" not in page
    for expected in ("250 ms", "30 s", "95% within"):
        assert expected in page
    entry = signed_in(viewer).get("/ops/charts/?by=day&kind=booking_request").text
    assert "Delivered: 90 of 100 attempts" in entry and "the last 30 days" in entry
    assert signed_in(viewer).get("/ops/charts/?by=x&kind=nothing").status_code == 200


def test_charts_without_attempts_show_a_message(viewer: User, signed_in: SignIn) -> None:
    page = signed_in(viewer).get("/ops/charts/").text
    assert "No attempts have been counted yet" in page and "No attempts were settled" not in page


def test_charts_cost_the_same_however_much_there_is(viewer: User, signed_in: SignIn) -> None:
    client = signed_in(viewer)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/ops/charts/")
        return len(queries)

    cost()
    few = cost()
    for back in range(5):
        a_busy_day(this_hour() - back * HOUR)
    assert cost() == few
