"""Refused events and reports raise one alarm, and a single accepted report does not end it."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.ops import incidents
from pagetojob.ops.alarm_places import notice_of
from pagetojob.ops.alarms import BY_KEY
from pagetojob.ops.models import AlarmIncident
from pagetojob.ops.monitoring import read_health
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.inbox.outcomes import Outcome, ReportOutcome
from syncqueue.inbox.verifiers import Scheme
from syncqueue.models import HookCount, HookRoute
from syncqueue.refused_senders import alarming_senders, newest_refusal, refused_senders
from syncqueue.services import inbox_keys
from tests.support.cast import SignIn
from tests.support.inbox import OTHER_SECRET, Sender
from tests.support.vault import authorized

pytestmark = pytest.mark.django_db
TEXT = (ReportOutcome.TEXT_REFUSED, ReportOutcome.TEXT_ACCEPTED)
MAIL = (ReportOutcome.EMAIL_REFUSED, ReportOutcome.EMAIL_ACCEPTED)


@pytest.fixture
def production(tenant: Tenant, owner: User) -> HookRoute:
    """A route of a production connection."""
    connection = authorized(tenant, owner, Environment.PRODUCTION)
    return inbox_keys.open_route(connection=connection, scheme=Scheme.STANDARD, actor=owner, reason="They send events.")


def count(outcome: Outcome | ReportOutcome, hits: int, *, hours_ago: int, route: HookRoute | None = None) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_ago)
    HookCount.objects.create(hour=hour, route=route, outcome=outcome, hits=hits)


def is_active() -> bool:
    with scope.worker():
        active = "refused-reports" in read_health().holding
        assert active is bool(alarming_senders())
    return active


@pytest.mark.parametrize(("refused", "accepted"), [TEXT, MAIL, (Outcome.WRONG_SIGNATURE, Outcome.ACCEPTED)])
def test_the_alarm_ends_after_three_reports_an_hour_after_the_last_refusal(
    production: HookRoute, refused: Outcome | ReportOutcome, accepted: Outcome | ReportOutcome
) -> None:
    route = production if refused in Outcome else None
    assert not is_active()
    count(refused, 2, hours_ago=5, route=route)
    assert is_active()
    count(accepted, 50, hours_ago=5, route=route)
    count(accepted, 50, hours_ago=4, route=route)
    assert is_active(), "some hosts of the sender may still be refused"
    count(accepted, 2, hours_ago=3, route=route)
    assert is_active()
    count(accepted, 1, hours_ago=2, route=route)
    assert not is_active()
    count(refused, 1, hours_ago=1, route=route)
    assert is_active(), "it was not repaired"


def test_a_retired_key_counts_too(production: HookRoute) -> None:
    count(Outcome.RETIRED_KEY, 1, hours_ago=0, route=production)
    assert is_active()


def test_requests_without_a_signature_are_on_the_page_of_their_route_only(production: HookRoute) -> None:
    count(Outcome.UNSIGNED, 9, hours_ago=0, route=production)
    assert not is_active()
    with scope.worker():
        [sender] = refused_senders(production)
    assert sender.refused == 9


def test_a_second_sender_is_a_new_alarm_after_the_first_was_acknowledged(production: HookRoute, operator: User) -> None:
    def waits() -> bool:
        with scope.worker():
            incidents.track({"refused-reports"}, timezone.now())
            return AlarmIncident.objects.get().acknowledged_at is None

    def acknowledge() -> None:
        with scope.operator(operator, reason="test"):
            assert incidents.acknowledge(incidents=incidents.incidents_now(), by=operator) == 1

    count(Outcome.WRONG_SIGNATURE, 1, hours_ago=8, route=production)
    count(ReportOutcome.TEXT_REFUSED, 1, hours_ago=6)
    assert waits()
    acknowledge()
    count(Outcome.WRONG_SIGNATURE, 5, hours_ago=1, route=production)
    count(ReportOutcome.TEXT_REFUSED, 5, hours_ago=0)
    assert not waits(), "both are known"
    count(ReportOutcome.EMAIL_REFUSED, 1, hours_ago=6)
    assert waits(), "another sender in the same hour"
    acknowledge()
    count(Outcome.ACCEPTED, 3, hours_ago=4, route=production)
    assert waits(), "the webhook was repaired, and is refused again"


def test_a_sender_that_is_refused_all_week_is_notified_of_once() -> None:
    for days in range(7):
        count(ReportOutcome.TEXT_REFUSED, 1, hours_ago=24 * days + 2)
    with scope.worker():
        assert newest_refusal() == 0


@pytest.mark.parametrize("outcome", [Outcome.STALE, Outcome.MALFORMED, Outcome.NOT_IN_SERVICE, Outcome.TOO_BIG])
def test_requests_that_are_refused_for_another_reason_do_not_count(production: HookRoute, outcome: Outcome) -> None:
    count(outcome, 9, hours_ago=0, route=production)
    assert not is_active()


def test_the_alarm_ends_a_week_after_the_last_refusal() -> None:
    count(ReportOutcome.TEXT_REFUSED, 1, hours_ago=7 * 24)
    assert not is_active()
    count(ReportOutcome.TEXT_REFUSED, 1, hours_ago=7 * 24 - 2)
    assert is_active()


def test_the_alarm_names_each_sender_and_the_contractor_of_a_webhook(production: HookRoute) -> None:
    count(ReportOutcome.TEXT_REFUSED, 4, hours_ago=0)
    count(Outcome.WRONG_SIGNATURE, 2, hours_ago=9, route=production)
    count(Outcome.RETIRED_KEY, 1, hours_ago=6, route=production)
    count(Outcome.REPEATED, 2, hours_ago=1, route=production)
    with scope.worker():
        notice = notice_of(BY_KEY["refused-reports"])
        webhook, text = sorted(notice.details, reverse=True)
    assert text.startswith("Text provider: 4 refused (last before ")
    assert webhook.startswith(f"Webhook of {production.tenant.name}: 3 refused (")
    assert webhook.endswith(
        "), 2 accepted since the first of them; 2 of the 3 accepted reports that end this have arrived"
    )
    assert notice.place is not None and notice.place.contractor == production.tenant.name


def accept(route: HookRoute, *, hours: range) -> None:
    for hour in hours:
        count(Outcome.ACCEPTED, 1, hours_ago=hour, route=route)


def refuse(route: HookRoute, *, hours: range) -> None:
    for hour in hours:
        count(Outcome.WRONG_SIGNATURE, 1, hours_ago=hour, route=route)


def alarm_of(route: HookRoute) -> tuple[bool, str]:
    """Return whether a route raises the alarm, and the sentence on its page."""
    active = is_active()
    with scope.worker():
        [sender] = refused_senders(route)
    return active, sender.sentence


def test_a_stranger_holds_the_alarm_for_a_day_at_most_while_the_sender_is_accepted(
    production: HookRoute, signed_in: SignIn, viewer: User
) -> None:
    """Anyone who knows the address of a route can send wrong signatures, and no one else correct ones."""
    refuse(production, hours=range(24))
    accept(production, hours=range(1, 24))
    assert is_active(), "some hosts of the sender may have a wrong secret"
    refuse(production, hours=range(24, 40))
    active, sentence = alarm_of(production)
    assert not active
    assert sentence.startswith("40 refused (last before ") and "23 accepted since the first of them" in sentence
    page = unescape(signed_in(viewer).get("/ops/alarms/").text)
    assert f"<dt>Webhook of {production.tenant.name}</dt><dd>40 refused" in page, "it stays visible"


def test_the_page_of_alarms_reads_the_senders_without_an_alarm_once(
    production: HookRoute, signed_in: SignIn, viewer: User
) -> None:
    refuse(production, hours=range(40))
    accept(production, hours=range(40))
    client = signed_in(viewer)
    with CaptureQueriesContext(connection) as queries:
        assert "40 refused" in client.get("/ops/alarms/").text
    assert sum('"hits"' in query["sql"] and "outcome" in query["sql"] for query in queries) == 2


def test_a_sender_whose_secret_becomes_wrong_raises_the_alarm_in_spite_of_a_stranger(production: HookRoute) -> None:
    refuse(production, hours=range(60))
    accept(production, hours=range(7, 60))
    with scope.worker():
        assert newest_refusal(), "people are notified, also if another sender's alarm was acknowledged"
    active, sentence = alarm_of(production)
    assert active and sentence.endswith("; the next accepted report ends this")
    count(Outcome.ACCEPTED, 1, hours_ago=0, route=production)
    assert not is_active()


def test_a_sender_that_breaks_again_in_the_same_week_raises_the_alarm_for_another_day(production: HookRoute) -> None:
    accept(production, hours=range(100))
    refuse(production, hours=range(90, 96))
    assert not is_active(), "it was repaired"
    refuse(production, hours=range(2))
    assert is_active(), "some of its hosts are refused"


def test_a_stranger_who_pauses_for_a_day_begins_no_first_day_of_a_quiet_sender(production: HookRoute) -> None:
    accept(production, hours=range(1, 160, 24))
    refuse(production, hours=range(0, 160, 26))
    assert not is_active(), "the sender was not repaired in between, because it was accepted too rarely to tell"


def test_a_sender_that_was_never_accepted_raises_the_alarm_all_week(production: HookRoute) -> None:
    refuse(production, hours=range(0, 160, 20))
    assert is_active()


def test_a_closed_route_and_the_simulator_raise_no_alarm(production: HookRoute, owner: User, sender: Sender) -> None:
    assert sender.send(secret=OTHER_SECRET) == 401 and not is_active(), "a drill sends forged events to the simulator's"
    with scope.worker():
        [refused] = refused_senders(sender.route)
        assert (refused.route, refused.refused) == (sender.route, 1), "the page of its route shows it"
    count(Outcome.WRONG_SIGNATURE, 1, hours_ago=0, route=production)
    assert is_active()
    inbox_keys.close_route(route=production, actor=owner, reason="They moved.")
    assert not is_active()
