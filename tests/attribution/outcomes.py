"""Helpers of the outcome tests: exports as text, and a tenant with matching leads and jobs."""

import datetime as dt
from typing import Any

from attribution.models import Job, Link
from attribution.services.import_result import ImportResult
from attribution.services.linking import start_linking
from attribution.services.outcome_import import take_file
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import BookingRequest, Lead
from tests.support.factories import make_lead
from tests.support.runs import finish_run

JOBS = """Job ID,Job Number,Created On,Completed,Customer Name,Phone,Email,Street,Zip,Job Type,Campaign,Summary,Status
00501,000501,6/3/2026 9:15 AM,6/4/2026,Jamie Rivera,(602) 555-0199,,12 Camelback Rd,85016,AC Repair,Summer AC,,Completed
502,000502,2026-06-10,,Pat Doe,6025550111,pat@example.com,9 Palm Ln,02134,Plumbing,,Completed,Completed
"""
INVOICES = """Invoice ID,Invoice Number,Job ID,Invoice Date,Total,Status
9001,I-9001,501,6/4/2026,"$1,234.50",Posted
9002,I-9002,501,6/9/2026,($34.50),Posted
9003,I-9003,777,6/9/2026,80,Posted
"""
PAYMENTS = """Payment ID,Invoice ID,Payment Date,Amount,Type
1,9001,6/5/2026,1000.00,Card
1,9002,6/5/2026,-34.5,Card
"""


def jobs_file(rows: int) -> str:
    return "Job ID,Created On\n" + "".join(f"{number},6/1/2026\n" for number in range(1, rows + 1))


def take(tenant: Tenant, actor: User, kind: str, text: str | bytes, **more: Any) -> ImportResult:
    content = text.encode() if isinstance(text, str) else text
    return take_file(
        tenant=tenant, kind=kind, content=content, name=f"{kind}.csv", actor=actor, reason="monthly export", **more
    )


def jobs_of(tenant: Tenant) -> list[Job]:
    return list(Job.objects.filter(tenant=tenant).order_by("external_id"))


def link_all(tenant: Tenant, actor: User, **params: Any) -> Run:
    """Start a linking run and finish it, as the worker does."""
    with scope.operator(actor, "test"):
        asked, _ = start_linking(tenant=tenant, actor=actor, reason="test", **params)
    return finish_run(asked)


def links_by_name(tenant: Tenant) -> dict[str, tuple[int | None, str]]:
    """Map each lead's name to the job and label of its current link; of several jobs, the last."""
    with scope.tenant(tenant.pk):
        links = Link.objects.filter(tenant=tenant, current=True).select_related("lead", "job").order_by("pk")
        return {link.lead.name: (link.job.external_id if link.job else None, link.label) for link in links}


def lead_of(tenant: Tenant, name: str, on: str = "2026-06-01", **facts: Any) -> Lead:
    """Create a lead received at 10 a.m."""
    when = dt.datetime.fromisoformat(f"{on}T10:00:00-07:00")
    lead = make_lead(tenant=tenant, name=name, received_at=when, **{"phone": "", **facts})
    BookingRequest.objects.create(
        tenant=tenant, lead=lead, service="AC Repair", urgency="soon", page_path="/ac-repair-phoenix"
    )
    return lead
