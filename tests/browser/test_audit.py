"""The audit log in a real browser, for operator leads and for the tenant's owner."""

import pytest

from pagetojob.platform.audit import sealer
from pagetojob.platform.audit.findings import Finding, Kind, note
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, visit_as

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(captured: Lead) -> Tenant:
    """A log as it looks in use: people, machines, the house, long reasons; the newest line is not sealed yet."""
    tenant = captured.tenant
    lead = User.objects.get(email="lead@pagetojob.example")
    owner = User.objects.get(email="owner@desert-peak.example")
    with scope.worker():
        record(action="security.sign_in", subject=lead, reason="Signed in with the password.", actor=lead)
        record(action="gates.evidence.add", subject="house", reason="The letter came.", actor=lead)
        for number in range(4):
            record(
                action="syncqueue.manual_complete",
                subject=captured,
                reason="The office booked it by phone while ServiceTitan's booking screen was slow.",
                tenant=tenant,
                actor=lead,
                changes={"excluded_as": ("in the books", "spam"), "name": ("Jamie Rivera", f"J {number}")},
            )
        record(action="runs.stop", subject="runs.run:1", reason="It took too long.", tenant=tenant, actor="sweep")
    sealer.seal_lines()
    with scope.worker():
        record(action="connection.pause", subject=tenant, reason="We are on vacation.", tenant=tenant, actor=owner)
    return tenant


@WIDTHS_AND_THEMES
def test_both_pages(visit: Visit, log: Tenant, width: int, theme: str) -> None:
    for person, path in (("lead@pagetojob.example", "/ops/audit/"), ("owner@desert-peak.example", "/portal/audit/")):
        page = visit_as(visit, person, path, width=width, theme=theme)
        page.get_by_role("heading", name="Audit log").wait_for()
        page.locator("summary", has_text="2 values").first.click()
        check_page(page, f"audit-{path.split('/')[1]}")


def test_a_finding_is_told_first(visit: Visit, log: Tenant) -> None:
    with scope.worker():
        note([Finding(Kind.CHANGED, 7, "The line act 7 was changed.", "act 7")], first=1, last=9, whole=True)
    page = visit_as(visit, "lead@pagetojob.example", "/ops/audit/?since=2999-01-01", width=375)
    page.get_by_text("The line act 7 was changed.").wait_for()
    check_page(page, "audit-finding")
