"""Rows of every class that the purge removes, of any age; and a purge that sees the clock of the same transaction."""

import io
import json
import os
import secrets
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.utils import timezone

from attribution.models import Job, OutcomeBooking, OutcomeCustomer, OutcomeKind
from attribution.models.outcomes import PersonFields
from drift.compare.findings import Rule, Severity
from drift.models import (
    Answer,
    Choice,
    Finding,
    FindingPicture,
    Grade,
    Moment,
    PageState,
    ReadingPage,
    ReviewLink,
    ReviewMail,
    Site,
    SiteReading,
    Snapshot,
)
from drift.texts import fact_of
from pagetojob.importer.models import ImportRow, Upload
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.retention.purge import KIND, start_purge
from syncqueue.leads.models import Lead, LeadPhoto
from syncqueue.models import Kind, State, SyncAttempt, SyncItem
from tests.attribution.months import Shop
from tests.support.factories import make_lead, make_sync_item, make_user
from tests.support.pictures import jpeg

#: Class of a row to the statements that make it `%(age)s` old.
AGES = {
    "attempt": (
        (
            "UPDATE syncqueue_syncitem SET state = 'delivered', version = 1, created_at = now() - %(age)s,"
            " state_since = now() - %(age)s WHERE tenant_id = %(tenant)s"
        ),
        "UPDATE syncqueue_syncattempt SET settled_at = now() - %(age)s WHERE tenant_id = %(tenant)s",
    ),
    "website reading": (
        (
            "UPDATE drift_sitereading SET began_at = now() - %(age)s, ended_at = now() - %(age)s"
            " WHERE tenant_id = %(tenant)s AND robots <> 'newest'"
        ),
    ),
    "finding": (
        "UPDATE drift_finding SET state = 'closed', state_since = now() - %(age)s WHERE tenant_id = %(tenant)s",
    ),
    "export": (
        "UPDATE importer_upload SET state = 'applied', state_since = now() - %(age)s WHERE tenant_id = %(tenant)s",
    ),
    "notice mail": (
        (
            "UPDATE drift_reviewmail SET state = 'sent', sent_at = now() - %(age)s, due_at = now() - %(age)s"
            " WHERE tenant_id = %(tenant)s"
        ),
    ),
}
AGES["outcome"] = (
    (
        "UPDATE attribution_job SET opened_at = now() - %(age)s, completed_at = now() - %(age)s"
        " WHERE tenant_id = %(tenant)s"
    ),
    "UPDATE attribution_outcomebooking SET booked_at = now() - %(age)s WHERE tenant_id = %(tenant)s",
    "UPDATE attribution_outcomecustomer SET changed_at = now() - %(age)s WHERE tenant_id = %(tenant)s",
)
AGES["booking envelope"] = AGES["notice"] = AGES["attempt"]
AGES["lead"] = AGES["photo"] = (
    "UPDATE leads_lead SET received_at = now() - %(age)s WHERE tenant_id = %(tenant)s",
    *AGES["attempt"],
)

#: Class to a query that counts the rows, or the values, that the end of its period removes.
LEFT = {
    "attempt": "SELECT count(*) FROM syncqueue_syncattempt WHERE tenant_id = %(tenant)s",
    "booking envelope": "SELECT count(*) FROM syncqueue_syncitem WHERE tenant_id = %(tenant)s"
    " AND kind = 'booking_request' AND (envelope IS NOT NULL OR done_where <> '')",
    "notice": "SELECT count(*) FROM syncqueue_syncitem WHERE tenant_id = %(tenant)s"
    " AND kind = 'business_notification' AND envelope IS NOT NULL",
    "lead": "SELECT count(*) FROM leads_lead WHERE tenant_id = %(tenant)s"
    " AND (name || phone || phone_e164 || email || street || city || state || zip || message <> ''"
    " OR erased_at IS NULL OR source ? 'gclid')",
    "photo": "SELECT count(*) FROM leads_leadphoto JOIN files_filechunk USING (file_id)"
    " WHERE leads_leadphoto.tenant_id = %(tenant)s",
    "website reading": "SELECT count(*) FROM drift_snapshot s LEFT JOIN drift_readingpage p ON p.snapshot_id = s.id"
    " LEFT JOIN drift_findingpicture f ON f.snapshot_id = s.id LEFT JOIN files_filechunk c"
    " ON c.content = 'picture of the old page' AND c.tenant_id = s.tenant_id"
    " WHERE s.tenant_id = %(tenant)s AND s.page = '/old' AND num_nulls(p.id, f.id, c.id) < 3",
    "finding": "SELECT count(*) FROM drift_finding f JOIN drift_answer a ON a.finding_id = f.id"
    " WHERE f.tenant_id = %(tenant)s AND (f.quote <> '' OR a.shown ->> 'quote' <> '')",
    "export": "SELECT count(*) FROM importer_importrow WHERE tenant_id = %(tenant)s",
    "outcome": "SELECT (SELECT count(*) FROM attribution_job WHERE tenant_id = %(tenant)s"
    " AND name || phone || email || street || unit || city || state || zip || reference || summary <> '')"
    " + (SELECT count(*) FROM attribution_outcomebooking WHERE tenant_id = %(tenant)s AND reference || summary <> '')"
    " + (SELECT count(*) FROM attribution_outcomecustomer WHERE tenant_id = %(tenant)s"
    " AND name || phone || email || street || unit || city || state || zip <> '')",
    "notice mail": "SELECT count(*) FROM drift_reviewmail WHERE tenant_id = %(tenant)s",
}
FUNCTIONS = {
    "attempt": "ptj_purge_items",
    "booking envelope": "ptj_purge_items",
    "notice": "ptj_purge_items",
    "lead": "ptj_purge_leads",
    "photo": "ptj_purge_leads",
    "website reading": "ptj_purge_readings",
    "finding": "ptj_purge_findings",
    "notice mail": "ptj_purge_findings",
    "export": "ptj_purge_imports",
    "outcome": "ptj_purge_outcomes",
}


def make_request(tenant: Tenant, **facts: Any) -> Lead:
    """Store a lead with a photo, its booking with an attempt, and its notice."""
    with scope.tenant(tenant.pk):
        lead = make_lead(
            tenant=tenant,
            **{
                "phone_e164": "+16025550199",
                "email": "Jamie@example.com",
                "message": "No cold air.",
                "source": {"utm_campaign": "spring", "gclid": "abc"},
                **facts,
            },
        )
        photo = store_file(tenant=tenant, content=io.BytesIO(jpeg()), name="me.jpg", purpose=Purpose.PHOTO)
        LeadPhoto.objects.create(tenant=tenant, lead=lead, file=photo, position=0)
        booking = make_sync_item(tenant=tenant, lead=lead, envelope={"name": "Jamie Rivera"})
        make_sync_item(tenant=tenant, lead=lead, kind=Kind.BUSINESS_NOTIFICATION, envelope={"name": "Jamie Rivera"})
    add_attempt(booking)
    return lead


def add_attempt(item: SyncItem, claim_version: int = 0) -> None:
    with scope.worker():
        SyncAttempt.objects.create(
            tenant_id=item.tenant_id,
            item=item,
            claim_version=claim_version,
            outcome=State.RETRYING,
            worker="test",
            began_at=timezone.now(),
        )


def make_reading(tenant: Tenant, quote: str = "Call Jamie") -> SiteReading:
    """Store an old reading with a page and a picture, a newer one, and an answered finding with mail about it."""
    by = make_user(ops_role="operator")
    with scope.operator(by, "test"):
        site = Site.objects.create(tenant=tenant, base_url=f"https://{tenant.slug}.example/old/", reads_itself=False)
        page = zlib.compress(b"x")
        snapshot = Snapshot.objects.create(tenant=tenant, page="/old", sha256="a" * 64, html=page, text=page, size=1)
        ended = {"tenant": tenant, "site": site, "ended_at": timezone.now()}
        reading = SiteReading.objects.create(**ended)
        newest = SiteReading.objects.create(**ended | {"ended_at": timezone.now()}, robots="newest")
        ReadingPage.objects.create(
            tenant=tenant, reading=reading, page="/old", url="x", state=PageState.READ, snapshot=snapshot
        )
        ReadingPage.objects.create(tenant=tenant, reading=newest, page="/new", url="x", state=PageState.NOT_READ)
        finding = Finding.objects.create(
            tenant=tenant,
            fingerprint="f" * 32,
            rule=Rule.WRONG_PHONE,
            harm=Severity.CRITICAL,
            item="phone",
            quote=quote,
            first_reading=newest,
            last_reading=newest,
        )
        shown = fact_of(finding).as_json()
        word = {"choice": Choice.WEBSITE_RIGHT, "grade": Grade.PORTAL, "recorded_by": by}
        Answer.objects.create(tenant=tenant, finding=finding, shown=shown, **word)
        content = io.BytesIO(b"picture of the old page")
        FindingPicture.objects.create(
            tenant=tenant,
            finding=finding,
            reading=reading,
            snapshot=snapshot,
            opening=1,
            moment=Moment.OPENED,
            file=store_file(tenant=tenant, content=content, name="x.png", purpose=Purpose.PICTURE),
        )
        link = ReviewLink.objects.create(
            tenant=tenant, finding=finding, digest=secrets.token_hex(32), expires_at=timezone.now()
        )
        ReviewMail.objects.create(tenant=tenant, finding=finding, link=link, to="owner@example.com")
    return reading


def make_import(tenant: Tenant) -> File:
    """Store an uploaded file with two staged rows."""
    with scope.tenant(tenant.pk):
        content = io.BytesIO(b"name,phone\nJamie,602\n")
        file = store_file(tenant=tenant, content=content, name="list.csv", purpose=Purpose.IMPORT)
        upload = Upload.objects.create(tenant=tenant, target="test", file=file, form="UTF-8", heading_row=1)
        for number in (2, 3):
            ImportRow.objects.create(tenant=tenant, upload=upload, number=number, outcome="new", values={"name": "J"})
    return file


def make_outcomes(tenant: Tenant, number: int = 1, **facts: Any) -> Job:
    """Store a job, its booking, its customer, and a customer without a job, as if they had been imported."""
    shop = Shop(tenant)
    person = (
        {name: f"Jamie {name}" for name in PersonFields.PERSON} | {"phone": "(602) 555-0199 / 602 555 0111"} | facts
    )
    job = shop.job(
        shop.file(OutcomeKind.JOBS, note=str(number), taken_at=timezone.now()),
        number,
        booking_external_id=number,
        reference="Jamie's",
        summary="x",
        **person,
    )
    with scope.tenant(tenant.pk):
        row = {"tenant": tenant, "file": job.file, "row": 1}
        OutcomeBooking.objects.create(**row, external_id=number, summary="Call Jamie")
        for customer in (number + 5000, number + 9000):
            OutcomeCustomer.objects.create(**row, external_id=customer, **person)
    return job


def make_everything(tenant: Tenant) -> None:
    make_outcomes(tenant)
    make_request(tenant)
    make_reading(tenant)
    make_import(tenant)


def running_purge(tenant: Tenant) -> Run:
    """Start and claim the purge of a tenant."""
    assert start_purge(tenant.pk)
    with scope.worker():
        run = claim_run()
    assert run is not None and (run.kind, run.state, run.tenant_id) == (KIND, RunState.RUNNING, tenant.pk)
    return run


@contextmanager
def superuser() -> Generator[psycopg.Connection]:
    """Someone whom no trigger stops, in one transaction."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET LOCAL session_replication_role = replica")
        yield session


@dataclass(frozen=True)
class Clock:
    """A transaction in which rows are made exactly so old, and purged, by one and the same clock."""

    session: psycopg.Connection
    tenant: Tenant
    run: Run

    def age(self, kind: str, seconds: float) -> None:
        for statement in AGES[kind]:
            age = f"{seconds} seconds"
            self.session.execute(
                statement.replace("%(age)s", "%(age)s::interval").encode(), {"age": age, "tenant": self.tenant.pk}
            )

    def purge(self, kind: str, times: int = 3) -> None:
        """Call the function of a class as the worker does, until nothing is left to scan."""
        self.session.execute("SET LOCAL session_replication_role = origin")
        self.session.execute("SET LOCAL ROLE pagetojob_worker")
        after = None
        for _ in range(times):
            statement = f"SELECT last, seen FROM {FUNCTIONS[kind]}(%s, %s::jsonb, 100)".encode()
            last, seen = self.session.execute(statement, [self.run.pk, json.dumps(after)]).fetchone() or (None, 0)
            after = last if seen >= 100 else None
        self.session.execute("RESET ROLE")
        self.session.execute("SET LOCAL session_replication_role = replica")

    def left(self, kind: str) -> int:
        row = self.session.execute(LEFT[kind].encode(), {"tenant": self.tenant.pk}).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def shared_clock(tenant: Tenant) -> Generator[Clock]:
    run = running_purge(tenant)
    with superuser() as session:
        yield Clock(session, tenant, run)
