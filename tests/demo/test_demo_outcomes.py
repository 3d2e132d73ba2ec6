"""Fictional half year of the demo tenant: every kind of link, a balanced ledger, and loaded only once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from attribution.models import LINK, Label, LinkRun, OutcomeFile
from attribution.selectors import money
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import selectors
from syncqueue.leads.models import Lead
from syncqueue.selectors import requests
from tests.support.runs import finish_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_demo_shows_every_label_and_the_ledger_balances(
    tenant: Tenant, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG = True
    for _ in range(2):
        call_command("load_demo_outcomes")
    assert "260 leads created" in (output := capsys.readouterr().out) and "already loaded" in output
    with scope.worker():
        ledger = selectors.books(tenant)
        asked = Run.objects.get(kind=LINK)
    assert (ledger.captured, ledger.manual_complete, ledger.missing) == (260, 260, 0) and ledger.balance
    assert finish_run(asked).state == RunState.DONE
    with scope.tenant(tenant.pk):
        _require_handled(tenant)
        counts = LinkRun.objects.get().counts
        figures = money.overview(tenant)
        lines = money.campaigns(tenant)
        leads_of = {line.name: line.leads for line in money.customers(tenant)}
        assert Lead.objects.filter(received_at__isnull=False).count() == 260 and OutcomeFile.objects.count() == 3
    assert all(counts[label] > 0 for label in Label.values if label != Label.REVIEWED)
    assert figures.leads == sum(line.leads for line in lines) == 260 and len(lines) == 4
    assert figures.low == sum(
        line.low for line in lines
    ) > 10_000 and figures.high > figures.low > figures.paid > Decimal(0)
    assert figures.uncharged > 0
    assert leads_of["new"] > leads_of["returning"] > 5 and leads_of["not known"] == 0


def _require_handled(tenant: Tenant) -> None:
    """What operations count as completed is no new or late request for the contractor: the office answered."""
    assert requests.list_counts(tenant)["new"] == 0
    now, day = timezone.now(), timezone.localdate()
    report = requests.period_report(tenant, day - timedelta(days=300), day, requests.timer_of(tenant), now=now)
    assert (report.answered, report.never_answered, report.waiting) == (260, 0, 0)
    assert 0 < len(report.late) < 60 and len(report.late) + report.within_target == 260


def test_it_is_refused_outside_of_a_demo(tenant: Tenant, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="for demos"):
        call_command("load_demo_outcomes")
