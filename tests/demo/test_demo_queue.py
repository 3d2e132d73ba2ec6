"""The five example items, one per outcome; none is ever sent."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models.functions import Now

from pagetojob.demo.data import SLUG
from pagetojob.demo.queue import load_demo_queue
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.leads.models import Exclusion, Lead
from syncqueue.leads.reference import read_spoken_code
from syncqueue.models import State, SyncAttempt, SyncItem
from syncqueue.services import alarm, delivery


@pytest.fixture
def items(tenant: Tenant) -> dict[str, SyncItem]:
    """Return the items by the start of their keys."""
    assert load_demo_queue(tenant) == 5
    with scope.worker():
        rows = SyncItem.objects.select_related("lead", "binding").order_by("pk")
        return {item.dedupe_key.removeprefix("st-ready:")[:8]: item for item in rows}


def test_each_item_has_its_expected_state(items: dict[str, SyncItem]) -> None:
    stand = {key: (item.kind, item.state, item.cause, item.attempts) for key, item in items.items()}
    assert stand == {
        "9f2a7c10": ("booking_request", State.QUEUED, "", 0),
        "b8c44191": ("booking_request", State.NEEDS_REVIEW, "capacity-review", 0),
        "taxonomy": ("taxonomy_import", State.BLOCKED, "access-missing", 0),
        "outcome-": ("outcome_match", State.NEEDS_REVIEW, "field-missing", 2),
        "website-": ("website_update", State.MANUAL_COMPLETE, "", 0),
    }
    sources = {key: (item.source, item.binding.slug if item.binding else "") for key, item in items.items()}
    assert sources["9f2a7c10"] == ("/ac-repair-phoenix", "ac-repair-phoenix")
    assert sources["b8c44191"] == ("/emergency-ac-repair", "emergency-ac-repair")
    assert sources["taxonomy"] == ("job types and business units", "")
    assert sources["outcome-"] == ("June AC Repair campaign outcomes", "summer-ac-demand")


def test_a_missing_field_is_not_a_transient_error(items: dict[str, SyncItem]) -> None:
    """Check the only difference from real items: this one is not retried."""
    outcome = items["outcome-"]
    assert "Waiting does not add a missing field" in outcome.last_error and outcome.error_class == "mapping"
    with scope.worker():
        attempts = SyncAttempt.objects.filter(item=outcome).values_list("outcome", flat=True)
        assert list(attempts) == ["needs review", "needs review"]


def test_the_reasons_have_holders_and_the_proof_its_line(items: dict[str, SyncItem], operator: User) -> None:
    holders = {reason["what"]: reason["holder"] for reason in items["taxonomy"].missing}
    assert holders == {
        "partner approval": "PageToJob",
        "customer authorization": "ServiceTitan admin",
        "scopes granted": "ServiceTitan admin",
    }
    done = items["website-"]
    assert done.done_where and done.done_reference and done.done_at and done.ended_from == State.NEEDS_REVIEW
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.get(action="syncqueue.manual_complete").actor_label == "demo data"


def test_the_rule_that_stops_the_emergency_is_named_and_its_envelope_is_there(items: dict[str, SyncItem]) -> None:
    stopped = items["b8c44191"]
    assert "After-hours emergency HVAC" in stopped.last_error
    assert stopped.envelope and stopped.envelope["booking"]["priority"] == "Urgent"


def test_none_is_ever_taken_or_alarmed_about(items: dict[str, SyncItem]) -> None:
    with scope.worker():
        assert set(SyncItem.objects.values_list("due_at", flat=True)) == {None}
        SyncItem.objects.exclude(state=State.MANUAL_COMPLETE).update(created_at=Now() - timedelta(days=3))
        assert not selectors.anything_due()
    assert delivery.claim(10) == []
    assert alarm.raise_alarms() == 0


def test_the_ledger_counts_them_as_excluded(items: dict[str, SyncItem]) -> None:
    with scope.worker():
        assert selectors.books() == selectors.BookingLedger(2, delivered=0, manual_complete=0, waiting=0, excluded=2)
        assert selectors.ledgers().notices.due == 0
        leads = list(Lead.objects.all())
    assert {lead.excluded_as for lead in leads} == {Exclusion.TEST}
    assert all(read_spoken_code(lead.spoken_code) for lead in leads)


def test_loading_again_changes_nothing(items: dict[str, SyncItem], tenant: Tenant, settings: object) -> None:
    settings.DEMO_PASSWORD = "correct horse battery"  # type: ignore[attr-defined]
    settings.DEBUG = True  # type: ignore[attr-defined]
    assert load_demo_queue(tenant) == 0
    call_command("load_demo", verbosity=0)
    with scope.worker():
        assert {item.pk: item.version for item in SyncItem.objects.filter(tenant__slug=SLUG)} == {
            item.pk: item.version for item in items.values()
        }
        assert SyncAttempt.objects.count() == 4
