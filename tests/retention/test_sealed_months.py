"""Months, packets, links and the next linking stay the same after leads or jobs of the month were emptied."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from attribution.errors import NothingToRestate
from attribution.models import Job, Link, PacketPart
from attribution.packets.sealing import compare_again, seal
from attribution.services.linking import start_linking
from attribution.statements.month_facts import lines_of
from attribution.statements.nightly import verify_statements
from attribution.statements.restating import restate, since_closing
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention.models import PurgeReceipt, RetentionPeriod
from syncqueue.leads.models import Lead
from tests.attribution.months import OCTOBER, october
from tests.attribution.packets import fake_pdf, request_packet
from tests.attribution.statements import close_statement
from tests.retention import aged, asking
from tests.retention.planting import PHONE, SPOKEN
from tests.support.runs import finish_run

pytestmark = pytest.mark.django_db(transaction=True)


def links(tenant: Tenant) -> list[dict[str, Any]]:
    with scope.tenant(tenant.pk):
        current = Link.objects.filter(tenant=tenant, current=True).order_by("pk")
        return [dict(link) for link in current.values("pk", "lead", "job", "label")]


def test_a_sealed_month_and_its_links_outlive_the_leads(
    other_tenant: Tenant, lead_operator: User, operator: User
) -> None:
    shop = october(other_tenant)
    statement = close_statement(other_tenant, lead_operator)
    before = links(other_tenant)
    with scope.operator(operator, "test"):
        RetentionPeriod.objects.create(tenant=other_tenant, kind="lead", days=30)
    work_run(aged.running_purge(other_tenant))
    with scope.tenant(other_tenant.pk):
        assert Lead.objects.count() > 0 and not Lead.objects.exclude(name="", phone="").exists()

    fresh = shop.lead(received_at=timezone.now(), name="Ada Later", phone="(602) 555-0142")
    with scope.operator(operator, "test"):
        run, _ = start_linking(tenant=other_tenant, actor=operator, reason="test", whole=True)
    assert finish_run(run).state == RunState.DONE

    after = links(other_tenant)
    assert before and [link for link in after if link["lead"] != fresh.pk] == before
    assert [link["job"] for link in after if link["lead"] == fresh.pk] == [None]
    assert verify_statements() == 0
    with pytest.raises(NothingToRestate):
        restate(statement=statement, seen=since_closing(statement).seen, actor=lead_operator, reason="x")


def test_months_packets_and_links_outlive_the_personal_values_of_jobs(
    other_tenant: Tenant, lead_operator: User, operator: User
) -> None:
    shop = october(other_tenant)
    with scope.operator(operator, "test"):
        RetentionPeriod.objects.create(tenant=other_tenant, kind="lead", days=2555)
    with aged.superuser() as session:
        session.execute("UPDATE leads_lead SET received_at = now() - interval '3 years'")
        session.execute(
            "UPDATE attribution_job SET name = 'Ada', opened_at = now() - interval '3 years',"
            " completed_at = now() - interval '3 years'"
        )
    statement = close_statement(other_tenant, lead_operator)
    run = aged.running_purge(other_tenant)
    packet = request_packet(other_tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    with scope.worker():
        claim_run()  # that of the packet, so that the next one is the linking
    with scope.tenant(other_tenant.pk):
        lines, jobs = lines_of(other_tenant, OCTOBER), list(Job.objects.order_by("pk").values())
    before = links(other_tenant)

    work_run(run)
    with scope.tenant(other_tenant.pk):
        assert PurgeReceipt.objects.get(run=run, kind="outcome").removed == len(jobs) == 5
        assert list(Job.objects.order_by("pk").values()) == [job | {"name": ""} for job in jobs]
    with scope.tenant(other_tenant.pk):  # a job that the engine would give to a lead of an emptied job
        lead, file = Lead.objects.order_by("pk")[0], Job.objects.order_by("pk")[0].file
        opened = lead.received_at + timedelta(days=1)
        shop.job(file, 9, opened_at=opened, completed_at=timezone.now(), lead_named=lead.spoken_code)
    with scope.operator(operator, "test"):
        run, _ = start_linking(tenant=other_tenant, actor=operator, reason="test", whole=True)
    assert finish_run(run).state == RunState.DONE

    assert before and links(other_tenant) == before
    with scope.tenant(other_tenant.pk):
        assert lines_of(other_tenant, OCTOBER) == lines
    assert verify_statements() == 0
    with pytest.raises(NothingToRestate):
        restate(statement=statement, seen=since_closing(statement).seen, actor=lead_operator, reason="x")
    with scope.tenant(other_tenant.pk):
        packet.refresh_from_db()
        files = compare_again(packet, make_pdf=fake_pdf)
    assert len(files) == len(PacketPart) and all(stored == made for stored, made in files.values())


def test_a_link_outlives_the_erasure_of_a_person_of_its_job(
    other_tenant: Tenant, lead_operator: User, operator: User, settings: Any, tmp_path: Path
) -> None:
    """One of a couple phoned about the job of the other one's request. Only that person asks for an erasure."""
    settings.RECOVERY_FOLDER = str(tmp_path)
    october(other_tenant)
    with scope.tenant(other_tenant.pk):
        job = Link.objects.filter(current=True, job__isnull=False).order_by("pk")[0].job_id
    with aged.superuser() as session:
        session.execute(f"UPDATE attribution_job SET phone = '{SPOKEN}', name = 'Lee' WHERE id = {job}")
    [before] = [link for link in links(other_tenant) if link["job"] == job]
    request = asking.searched(other_tenant, operator, phone=PHONE)
    assert [(row.table, row.row) for row in asking.matches(request)] == [("attribution_job", str(job))]
    asking.request_erasure(request, operator)
    asking.confirm(request, lead_operator)
    assert asking.work().state == RunState.DONE

    with scope.operator(operator, "test"):
        run, _ = start_linking(tenant=other_tenant, actor=operator, reason="test", whole=True)
    assert finish_run(run).state == RunState.DONE
    assert before in links(other_tenant)
