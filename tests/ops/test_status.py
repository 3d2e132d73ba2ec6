"""The public status: true at that moment, about no one, and unknown when it cannot be known."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.onboarding.models import FormCheck
from pagetojob.ops import status
from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.factories import make_lead


@pytest.fixture
def running(db: None) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now())


def test_all_parts_work_while_nothing_waits(client: Client, running: None) -> None:
    page = client.get("/status")
    assert page.status_code == 200 and "All parts work." in page.text
    assert "no-store" in page["Cache-Control"]


def test_a_delay_is_shown(client: Client, db: None) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now() - timedelta(minutes=3))
    page = client.get("/status")
    assert page.status_code == 200 and "Messages to businesses: delayed" in page.text


def test_a_form_that_fails_is_no_part_that_works(client: Client, running: None, tenant: Tenant) -> None:
    now = timezone.now()
    with scope.worker():
        FormCheck.objects.create(tenant=tenant, checked_at=now, failures=2, note="x", failing_since=now, alarm_at=now)
    page = client.get("/status")
    assert page.status_code == 200 and "Requests from websites: works in part" in page.text
    assert "A part works only in part." in page.text and tenant.name not in page.text


def test_without_a_sign_of_a_worker_it_cannot_tell(client: Client, db: None) -> None:
    page = client.get("/status")
    assert page.status_code == 503 and "Messages to businesses: cannot tell" in page.text
    assert page["Retry-After"] == "10"


@pytest.mark.parametrize("part", ["is_writable", "read_health"])
def test_without_a_database_it_cannot_tell(
    client: Client, running: None, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError

    monkeypatch.setattr(status, part, fail)
    page = client.get("/status")
    assert page.status_code == 503 and page.text.count("cannot tell") >= 3


def test_a_read_only_database_is_a_failure(client: Client, running: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "is_writable", lambda: False)
    page = client.get("/status")
    assert page.status_code == 503 and "Requests from websites: does not work" in page.text


def test_it_has_no_names_and_is_equal_for_everyone(
    client: Client, running: None, tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
    page = client.get("/status").text
    assert page == signed_in(operator).get("/status").text
    for word in (tenant.name, tenant.slug, lead.name, operator.name, "ServiceTitan"):
        assert word not in page


def test_many_readers_cost_a_single_reading(client: Client, running: None) -> None:
    client.get("/status")
    with CaptureQueriesContext(connection) as queries:
        client.get("/status")
    assert len(queries) == 0
