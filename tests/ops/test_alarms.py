"""Each alarm has a runbook, and every page that shows the alarm links to it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.ops.alarms import ALARMS
from pagetojob.ops.models import AlarmIncident
from pagetojob.ops.monitoring import read_health
from pagetojob.ops.templatetags.runbook_links import with_links
from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import depth
from syncqueue.models import Kind, Lane, State, SyncAttempt
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item

ON_CALL = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "on-call.md"


def test_every_alarm_has_a_meaning_and_instructions(db: None) -> None:
    assert len({alarm.key for alarm in ALARMS}) == len(ALARMS) == len({alarm.sentence for alarm in ALARMS})
    for alarm in ALARMS:
        assert all((alarm.means, alarm.lost, alarm.checks, alarm.steps)), alarm.key
    with scope.worker():
        assert read_health().holding <= {alarm.key for alarm in ALARMS}


def test_whoever_is_on_call_finds_each_alarm_and_its_runbook_in_the_docs() -> None:
    rows = [line for line in ON_CALL.read_text().splitlines() if line.startswith("| ")]
    for alarm in ALARMS:
        assert any(row.startswith(f"| {alarm.sentence} | `#{alarm.key}` | ") for row in rows), alarm.key


def test_those_that_hold_stand_first_and_open(tenant: Tenant, viewer: User, signed_in: SignIn) -> None:
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    page = signed_in(viewer).get("/ops/alarms/").text
    assert page.count(">active<") == 4
    assert page.index('id="books" open') < page.index('id="due"')
    assert f"4 of {len(ALARMS)} alarms are active" in page
    assert 'href="/ops/alarms/#books"' in signed_in(viewer).get("/ops/").text


def test_signs_of_life_tell_dispatcher_worker_and_the_last_try(tenant: Tenant, viewer: User, signed_in: SignIn) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, kind=Kind.WEBSITE_UPDATE)
    with scope.worker():
        ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now() - timedelta(minutes=3))
        SyncAttempt.objects.create(
            tenant=tenant,
            item=item,
            claim_version=1,
            outcome=State.DELIVERED,
            worker="w",
            began_at=Now(),
            settled_at=Now() - timedelta(hours=2),
        )
        assert read_health().holding == {"worker"}
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "3 minutes ago" in page and "2 hours ago" in page


def test_a_lane_in_trouble_is_not_all_well(tenant: Tenant, viewer: User, signed_in: SignIn) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now())
    assert f"All is well: none of the {len(ALARMS)} alarms is active." in signed_in(viewer).get("/ops/alarms/").text
    with scope.worker():
        Lane.objects.create(tenant=tenant, kind=Kind.BOOKING_REQUEST, failures=9)
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "All is well" not in page and "some lanes are paused or cooling down" in page


def test_runbooks_link_their_pages_and_alarms() -> None:
    assert with_links("'/ops/?state=unknown: <each>, at /ops/alarms/, /ops/health.") == (
        '&#x27;<a href="/ops/?state=unknown">/ops/?state=unknown</a>: &lt;each&gt;, at'
        ' <a href="/ops/alarms/">/ops/alarms/</a>, <a href="/ops/health">/ops/health</a>.'
    )
    assert with_links("“worker” and “heavy”") == '“<a href="#worker">worker</a>” and “heavy”'


def test_each_page_that_a_runbook_links_exists(signed_in: SignIn, operator: User) -> None:
    texts = " ".join(with_links(text) for alarm in ALARMS for text in (*alarm.checks, *alarm.steps))
    pages = set(re.findall(r'href="(/[^"]+)"', texts))
    client = signed_in(operator)
    assert len(pages) > 5 and [page for page in sorted(pages) if client.get(page).status_code not in (200, 503)] == []


def test_the_page_counts_alarms_that_nothing_has_recorded(tenant: Tenant, viewer: User, signed_in: SignIn) -> None:
    """While the dispatcher is down, nothing records an alarm, and the page counted it in its first line only."""
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    page = signed_in(viewer).get("/ops/alarms/").text
    assert f"4 of {len(ALARMS)} alarms are active" in page and "4 active</span>" in page
    assert "only the external monitor and a timer for <code>manage.py watch_alarms</code> notify people" in page


def test_the_length_of_a_long_queue_is_shown(
    tenant: Tenant, viewer: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> str:
        page = signed_in(viewer).get("/ops/alarms/").text
        return page.partition("<dt>Items queued</dt><dd>")[2].partition("</dd>")[0]

    monkeypatch.setattr(depth, "LIMIT", 2)
    assert shown() == "0"
    for _ in range(4):
        with scope.tenant(tenant.pk):
            make_sync_item(tenant=tenant, due_at=Now())
    assert shown() == "more than 1,000", "the limit of the product"
    depth.count_deep()
    assert shown() == "4, counted less than a minute ago"


def test_the_operations_page_names_alarms_that_nothing_can_record(viewer: User, signed_in: SignIn) -> None:
    with scope.worker():
        task = ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now())
    assert "The dispatcher is not running." not in signed_in(viewer).get("/ops/").text
    with scope.worker():
        ScheduledTask.objects.filter(pk=task.pk).update(last_woken_at=Now() - timedelta(minutes=2))
    page = signed_in(viewer).get("/ops/").text
    assert 'The dispatcher is not running. <a href="/ops/alarms/#dispatcher">' in page and "1 active" in page
    assert "The dispatcher is not running." in signed_in(viewer).get("/ops/live?books=yes").text
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "No one has been notified of it yet." in page and "No alarm is active." not in page
    assert '<h3><a href="#dispatcher">The dispatcher is not running.</a></h3>' in page


def test_the_operations_page_names_recorded_alarms(viewer: User, signed_in: SignIn) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now())
        AlarmIncident.objects.create(key="due", began_at=timezone.now())
    assert '<a href="/ops/alarms/#due">Next steps</a>' in signed_in(viewer).get("/ops/").text
