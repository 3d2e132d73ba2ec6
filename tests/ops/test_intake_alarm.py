"""A request that could not be stored is on the pages of operations until the next one is stored."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.test import Client

from pagetojob.ops.monitoring import read_health
from pagetojob.platform.runs.models import ScheduledTask
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.services import intake_state
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment


@pytest.fixture(autouse=True)
def heartbeat(db: None) -> None:
    with scope.worker():
        ScheduledTask.objects.create(name="x", last_woken_at=Now(), last_finished_at=Now())


def fail(*_: object, **__: object) -> None:
    raise OperationalError("could not extend file: No space left on device")


def alarms() -> frozenset[str]:
    with scope.worker():
        return read_health().holding


@pytest.fixture(params=["form", "api"])
def send(
    request: pytest.FixtureRequest, client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], int]:
    """Send a request that the database does not store; return the status."""
    monkeypatch.setattr("syncqueue.views.intake._store_request", fail)
    monkeypatch.setattr("syncqueue.views.api.find_caller", fail)
    if request.param == "form":
        return lambda: (
            client.post(f"/sites/{tenant.slug}/request-appointment", {"form_token": str(uuid4())}).status_code
        )
    return lambda: client.post("/api/v1/leads", {}, content_type="application/json").status_code


def test_a_failure_is_shown_until_a_request_is_stored(
    send: Callable[[], int], client: Client, tenant: Tenant, django_capture_on_commit_callbacks: Any
) -> None:
    assert alarms() == frozenset()
    assert send() == 503
    assert alarms() == {"intake"}
    page = client.get("/status")
    assert page.status_code == 503 and "Requests from websites: cannot tell" in page.text
    with django_capture_on_commit_callbacks(execute=True), scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(), binding=None)
    assert alarms() == frozenset()


def test_a_failure_states_nothing_two_minutes_later(send: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    send()
    later = time.monotonic() + intake_state.RECENT_SECONDS
    monkeypatch.setattr("time.monotonic", lambda: later)
    assert not intake_state.is_failing()


def test_a_page_that_cannot_be_read_is_no_lost_request(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncqueue.views.intake._empty_form", fail)
    assert client.get(f"/sites/{tenant.slug}/request-appointment").status_code == 503
    assert not intake_state.is_failing()
