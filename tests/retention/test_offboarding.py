"""A contract ends: two people delete everything of a tenant, and nothing of another."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from pagetojob.gates.registry import Environment
from pagetojob.onboarding.domains import is_served
from pagetojob.platform import states
from pagetojob.platform.accounts.services.invitations import invite
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.canonical import canonical_ascii_json
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.files.models import FileChunk
from pagetojob.platform.files.services import FileUnreadable, opened
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_here
from pagetojob.platform.sealing.errors import Destroyed, SealBroken
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import OFFBOARDED, Lifecycle
from pagetojob.platform.tenants.models import HostKind, Membership, PublicHost, StateChange, Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from pagetojob.platform.tenants.two_people import LOST
from pagetojob.retention import erasure_list, exporting, offboarding, purge, replay, subjects
from pagetojob.retention.labels import kind_of
from pagetojob.retention.last_page import last_page
from pagetojob.retention.models import ExportPart, LegalHold, OffboardedTable, Offboarding, SubjectRequest, TenantExport
from pagetojob.retention.services import RetentionRefused, request_hold
from pagetojob.servicetitan.vault.models import DataKey
from pagetojob.servicetitan.vault.services import connections, inbox_box
from pagetojob.transparency.models import LogSubmission
from syncqueue.services.intake import capture_request
from tests.isolation.world import settle
from tests.support.accounts import sign_in
from tests.support.factories import appointment, make_membership, make_tenant, make_user
from tests.support.runs import work_runs

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timezone.now().date() + timedelta(days=30)
#: Statements that end everything a person would have ended before an offboarding, written without the triggers.
SETTLED = (
    "UPDATE syncqueue_syncitem SET state = 'cancelled', due_at = NULL, lease_until = NULL WHERE tenant_id = %s",
    "UPDATE runs_run SET state = 'cancelled', lease_until = NULL WHERE tenant_id = %s",
    "UPDATE vault_connection SET state = 'disconnected' WHERE tenant_id = %s",
    "UPDATE retention_subjectrequest SET ended_at = now() WHERE tenant_id = %s AND ended_at IS NULL",
    "DELETE FROM retention_legalhold WHERE tenant_id = %s",
    "DELETE FROM retention_offboarding WHERE tenant_id = %s",
    "UPDATE tenants_tenant SET state = 'closed', version = version + 1, state_since = now() WHERE id = %s",
)
#: Data on a page under the name of its table instead of plain words.
TABLE_NAME = re.compile(r">\w+_\w+</")
OF_TENANTS = """
    SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant_id'
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
"""


def keys_sha256(keys: Iterable[object]) -> str:
    """Return the `rows_sha256` of rows with these primary keys, the highest first."""
    link = ""
    for key in keys:
        link = hashlib.sha256(f"{link}{key}".encode()).hexdigest()
    return link


@pytest.fixture(autouse=True)
def recovery(settings: Any, tmp_path: Path) -> None:
    settings.RECOVERY_FOLDER = str(tmp_path / "recovery")


@pytest.fixture
def closed(db: None) -> Tenant:
    return make_tenant(state=Lifecycle.CLOSED)


def as_admin(*statements: str, tenant: Tenant) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        for statement in statements:
            session.execute(statement, [tenant.pk])


def everything(tenant: Tenant) -> dict[str, list[str]]:
    """Return all rows of a tenant as text, by table."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        tables = [name for (name,) in session.execute(OF_TENANTS).fetchall()]
        rows = {
            name: [row for (row,) in session.execute(
                f"SELECT t::text FROM {name} AS t WHERE tenant_id = %s ORDER BY 1", [tenant.pk]
            ).fetchall()]
            for name in tables
        }  # fmt: skip
    return {name: lines for name, lines in rows.items() if lines}


def requested(tenant: Tenant, actor: User, **facts: Any) -> Offboarding:
    asked: dict[str, Any] = {
        "typed_slug": tenant.slug,
        "page_until": DAY,
        "is_waived": True,
        "reason": "The contract ends.",
    } | facts
    with scope.operator(actor, "test"):
        return offboarding.request_offboarding(tenant=tenant, actor=actor, **asked)


def confirm(row: Offboarding, actor: User) -> None:
    with scope.operator(actor, "test"):
        offboarding.confirm_offboarding(
            offboarding=row, typed_slug=row.tenant.slug, actor=actor, reason="I read the preview."
        )


def work(tenant: Tenant) -> Run:
    with scope.worker():
        run = Run.objects.get(tenant=tenant, kind=offboarding.KIND, state=RunState.QUEUED)
    return work_here(run)


def offboard(tenant: Tenant) -> Offboarding:
    row = requested(tenant, make_user(ops_role="operator"))
    confirm(row, make_user(ops_role="lead"))
    run = work(tenant)
    assert run.state == RunState.DONE, run.error
    with scope.worker():
        return Offboarding.objects.get(pk=row.pk)


def downloaded(tenant: Tenant, actor: User) -> TenantExport:
    with scope.operator(actor, "test"):
        export = exporting.request_export(tenant=tenant, actor=actor, reason="The contract ends.")
        run = Run.objects.get(pk=export.run_id)
    assert work_here(run).state == RunState.DONE
    with scope.operator(actor, "test"):
        TenantExport.objects.filter(pk=export.pk).update(downloaded_at=timezone.now())
        return TenantExport.objects.select_related("tenant").get(pk=export.pk)


def test_everything_of_the_tenant_goes_and_nothing_of_another(lead_operator: User, operator: User) -> None:
    gone, stays = make_tenant(name="Quetzal Plumbing"), make_tenant(name="Ibis Roofing")
    holding = settle(gone, "Quetzal")
    settle(stays, "Ibis")
    box = inbox_box(gone, why="test", by=operator)
    envelope = box.seal(b"Quetzal-sealed", about="test")
    member = make_membership(tenant=gone, user=make_user()).user
    both = make_membership(tenant=gone, user=make_user()).user
    make_membership(tenant=stays, user=both)
    as_admin(*SETTLED, tenant=gone)
    gone.refresh_from_db()
    export = downloaded(gone, operator)
    with scope.worker():
        parts = list(ExportPart.objects.filter(export=export).values_list("position", "content"))
        document = FileChunk.objects.filter(tenant=gone).exclude(content=b"").select_related("file").first()
    assert document is not None and opened(document)
    with scope.worker():
        leads = [str(pk) for (pk,) in _keys("leads_lead", gone)]
    before, filled = everything(stays), everything(gone)
    assert len(filled) > 55, sorted(filled)

    row = requested(gone, operator, is_waived=False)
    confirm(row, lead_operator)
    assert work(gone).state == RunState.DONE

    left = everything(gone)
    assert set(left) <= offboarding.REMAINS.keys() and len(left["runs_run"]) == 1
    assert {"audit_auditentry", "attribution_statement"} <= left.keys()
    after = everything(stays)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    with scope.worker():
        row = Offboarding.objects.get(pk=row.pk)
        deleted = {line.table: line for line in OffboardedTable.objects.filter(offboarding=row)}
    receipt = row.receipt
    assert receipt is not None
    assert deleted["leads_lead"].rows == len(leads)
    assert deleted["leads_lead"].rows_sha256 == keys_sha256(leads)
    assert {line["table"]: line["rows"] for line in receipt["remains"]} == {
        name: len(lines) for name, lines in left.items() if name != "audit_auditentry"
    } | {"audit_auditentry": len(left["audit_auditentry"]) - 1}, "the line about the deletion comes after the count"
    preserved = "".join(line for lines in left.values() for line in lines) + json.dumps(receipt)
    personal = (*holding.personal, member.email, "office@example.com", "Quetzal-sealed", "Quetzal-label")
    assert [word for word in personal if word in preserved] == []
    content = canonical_ascii_json({name: value for name, value in receipt.items() if name != "sha256"})
    assert hashlib.sha256(content).hexdigest() == receipt["sha256"]
    with scope.worker():
        assert LogSubmission.objects.filter(kind="receipt", sha256=receipt["sha256"]).exists()
    # The keys are gone, so what was copied earlier cannot be read.
    assert str(export.public_id) in receipt["keys_destroyed"] and len(receipt["keys_destroyed"]) > 1
    with scope.worker():
        assert not DataKey.objects.filter(tenant=gone).exists()
    with pytest.raises(Destroyed):
        exporting._open(exporting._key_of(export), export, parts[0][0], bytes(parts[0][1]))
    with pytest.raises(FileUnreadable):
        opened(document)
    # Accounts of its people are empty, unless they belong to another tenant.
    member.refresh_from_db()
    both.refresh_from_db()
    assert (member.is_active, member.name) == (False, "Erased person") and member.email.endswith("@erased.invalid")
    assert both.is_active and Membership.objects.filter(user=both).count() == 1
    # No nightly task brings rows back.
    purge.start_purges()
    assert set(everything(gone)) <= offboarding.REMAINS.keys()
    with pytest.raises(SealBroken):
        inbox_box(gone, why="test", by=operator).open(envelope, about="test")


def _keys(table: str, tenant: Tenant) -> list[tuple[int]]:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        sql = f"SELECT id FROM {table} WHERE tenant_id = %s ORDER BY id DESC"
        return session.execute(sql, [tenant.pk]).fetchall()


def _hold(tenant: Tenant, actor: User) -> None:
    with scope.operator(actor, "test"):
        request_hold(tenant=tenant, person="held@example.com", actor=actor, reason="A dispute.")


def _connection(tenant: Tenant, actor: User) -> None:
    connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=actor, reason="test")


def _subject(tenant: Tenant, actor: User) -> None:
    with scope.operator(actor, "test"):
        SubjectRequest.objects.create(tenant=tenant, kind="export", name="A", opened_by=actor, due_on=DAY)


def _item(tenant: Tenant, _actor: User) -> None:
    with scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(), binding=None)


def _run(tenant: Tenant, actor: User) -> None:
    with scope.operator(actor, "test"):
        exporting.request_export(tenant=tenant, actor=actor, reason="test")


def _reopened(tenant: Tenant, _actor: User) -> None:
    as_admin("UPDATE tenants_tenant SET state = 'paused' WHERE id = %s", tenant=tenant)


@pytest.mark.parametrize(
    ("obstacle", "sentence"),
    [
        (_hold, "legal hold"),
        (_connection, "Disconnect it first"),
        (_subject, "request of a person is open"),
        (_item, "still being worked on"),
        (_run, "background job"),
        (_reopened, "Only a closed contractor"),
    ],
)
def test_an_obstacle_prevents_the_offboarding(
    closed: Tenant, operator: User, lead_operator: User, obstacle: Callable[[Tenant, User], None], sentence: str
) -> None:
    row = requested(closed, operator)
    obstacle(closed, operator)
    with pytest.raises(RetentionRefused, match=sentence):
        confirm(row, lead_operator)
    with scope.operator(operator, "test"):
        offboarding.withdraw_offboarding(offboarding=row, actor=operator, reason="Not yet.")
    with pytest.raises(RetentionRefused, match=sentence):
        requested(closed, operator)


def test_the_first_person_needs_a_downloaded_export_or_a_waiver(closed: Tenant, operator: User) -> None:
    with pytest.raises(RetentionRefused, match="Download a complete export"):
        requested(closed, operator, is_waived=False)
    export = downloaded(closed, operator)
    as_admin("UPDATE tenants_tenant SET state_since = now() + interval '1 hour' WHERE id = %s", tenant=closed)
    closed.refresh_from_db()
    with pytest.raises(RetentionRefused, match="Download a complete export"):
        requested(closed, operator, is_waived=False)
    with scope.operator(operator, "test"):
        assert "older than the closing" in offboarding.refusal_of(closed, export.public_id)


def test_an_offboarding_is_not_confirmed_once_who_requested_it_has_left(closed: Tenant, lead_operator: User) -> None:
    former = make_user(ops_role="operator")
    row = requested(closed, former)
    lead = Client()
    lead.force_login(lead_operator)
    page = reverse("retention:offboarding", args=[closed.slug])
    assert "Confirm and delete" in lead.get(page).text
    User.objects.filter(pk=former.pk).update(is_active=False)
    shown = lead.get(page).text
    assert LOST in shown and "Confirm and delete" not in shown and "Withdraw offboarding" in shown
    with pytest.raises(RetentionRefused, match="no longer has the role"):
        confirm(row, lead_operator)


def test_two_people_type_the_short_name(closed: Tenant, operator: User, lead_operator: User) -> None:
    with pytest.raises(RetentionRefused, match="Type the short name"):
        requested(closed, operator, typed_slug="another")
    with pytest.raises(RetentionRefused, match="7 to 365 days"):
        requested(closed, operator, page_until=date(2020, 1, 1))
    row = requested(closed, operator)
    with pytest.raises(RetentionRefused, match="already requested"):
        requested(closed, operator)
    with pytest.raises(RetentionRefused, match="Another person"):
        confirm(row, operator)
    with pytest.raises(IntegrityError, match="offboarding_by_two"), scope.operator(operator, "test"):
        Offboarding.objects.filter(pk=row.pk).update(confirmed_by=operator, confirmed_at=timezone.now())
    with pytest.raises(RetentionRefused, match="Type the short name"), scope.operator(lead_operator, "test"):
        offboarding.confirm_offboarding(offboarding=row, typed_slug="", actor=lead_operator, reason="test")
    confirm(row, lead_operator)
    with pytest.raises(RetentionRefused, match="waits for its confirmation"), scope.operator(operator, "test"):
        offboarding.withdraw_offboarding(offboarding=row, actor=operator, reason="test")


def test_the_database_deletes_only_for_a_confirmed_offboarding(
    closed: Tenant, operator: User, lead_operator: User
) -> None:
    row = requested(closed, operator)
    with scope.operator(operator, "test"):
        forged = Run.objects.create(tenant=closed, kind=offboarding.KIND, params={"offboarding": row.pk})
    with scope.worker():
        states.move(forged, RunState.RUNNING, lease_until=timezone.now())
    deleting = "SELECT ptj_offboard_rows(%s, %s, 10)"
    with pytest.raises(DatabaseError, match="two people confirmed"), scope.worker():
        connection.cursor().execute(deleting, [forged.pk, "leads_lead"])
    confirm(row, lead_operator)
    for table in offboarding.PRESERVED:
        with pytest.raises(DatabaseError, match=r"rows of .* stay"), scope.worker():
            connection.cursor().execute(deleting, [forged.pk, table])
    # Other triggers apply to everyone else, also to the owner in the meantime.
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner, pytest.raises(psycopg.Error, match="append-only"):
        owner.execute("DELETE FROM tenants_statechange")
        owner.execute("DELETE FROM audit_auditentry")


def test_a_killed_deletion_continues_and_a_hold_stops_it(
    operator: User, lead_operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant()
    settle(tenant, "Quetzal")
    as_admin(*SETTLED, tenant=tenant)
    tenant.refresh_from_db()
    inbox_box(tenant, why="test", by=operator)
    monkeypatch.setattr(offboarding, "BATCH", 1)
    row = requested(tenant, operator)
    confirm(row, lead_operator)
    everywhere = {name: len(lines) for name, lines in everything(tenant).items()}
    with scope.worker():
        run = claim_run()
    assert run is not None
    steps = offboarding.work(run)
    next(steps)
    with scope.worker():
        keys = DataKey.objects.filter(tenant=tenant)
        assert keys.exists() and not keys.filter(wrapped__isnull=False).exists(), "the keys go first"
    for _ in range(19):
        next(steps)
    with scope.worker():
        states.move(run, RunState.QUEUED, lease_until=None)
    _hold(tenant, operator)
    assert "legal hold" in work(tenant).error
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("DELETE FROM retention_legalhold")
    confirm(row, lead_operator)
    assert work(tenant).state == RunState.DONE
    with scope.worker():
        counted = dict(OffboardedTable.objects.filter(offboarding=row).values_list("table", "rows"))
    expected = {name: count for name, count in everywhere.items() if name not in offboarding.REMAINS}
    members = counted.pop("tenants_user")
    counted["tenants_membership"] = counted.get("tenants_membership", 0) + members
    assert {name: counted[name] for name in expected} == expected
    with scope.worker():
        assert not LegalHold.objects.filter(tenant=tenant).values("id").exists()


def test_the_website_shows_the_number_until_the_day_and_then_is_gone(
    client: Client, tenant: Tenant, settings: Any
) -> None:
    settings.PUBLIC_SUFFIX = "sites.pagetojob.example"
    with scope.operator(make_user(ops_role="operator"), "test"):
        PublicHost.objects.create(
            tenant=tenant, kind=HostKind.OWN_DOMAIN, host="www.quetzal.example", skeleton="www.quetzal.example",
            verified_at=timezone.now(),
        )  # fmt: skip
    as_admin(*SETTLED, tenant=tenant)
    tenant.refresh_from_db()
    home, form = reverse("intake:home", args=[tenant.slug]), reverse("intake:request", args=[tenant.slug])
    assert client.get(home).status_code == 404
    offboard(tenant)
    hosts = ("www.quetzal.example", f"{tenant.slug}.sites.pagetojob.example")
    for answer in (client.get(home), client.get(form), *(client.get("/", HTTP_HOST=host) for host in hosts)):
        assert answer.status_code == 200 and "(602) 555-0100" in answer.text and escape(tenant.name) in answer.text
        assert answer["X-Robots-Tag"] == "noindex, nofollow" and "<form" not in answer.text
    assert client.post(form, {"name": "A"}).status_code == 410
    robots, sitemap = (client.get(f"/{name}", HTTP_HOST=hosts[0]) for name in ("robots.txt", "sitemap.xml"))
    assert robots.status_code == 200 and robots["Content-Type"].startswith("text/plain")
    assert robots.text == "User-agent: *\nDisallow:\n" and sitemap.status_code == 410
    assert all(is_served(host) for host in hosts)

    as_admin("UPDATE tenants_tenant SET page_until = current_date - 2 WHERE id = %s", tenant=tenant)
    as_admin("UPDATE retention_offboarding SET page_until = current_date - 2 WHERE tenant_id = %s", tenant=tenant)
    for answer in (client.get(home), client.get(form), *(client.get("/", HTTP_HOST=host) for host in hosts)):
        assert answer.status_code == 410 and "555-0100" not in answer.text and escape(tenant.name) not in answer.text
    for name in ("robots.txt", "sitemap.xml"):
        answer = client.get(f"/{name}", HTTP_HOST=hosts[0])
        assert answer.status_code == 410 and answer["Content-Type"].startswith("text/plain")
    assert offboarding.end_pages() == 1
    assert "5550100" not in "".join("".join(lines) for lines in everything(tenant).values()).replace("-", "")
    as_admin("UPDATE retention_offboarding SET page_until = current_date - 92 WHERE tenant_id = %s", tenant=tenant)
    offboarding.end_pages()
    assert "tenants_publichost" not in everything(tenant) and not is_served(hosts[0])


def test_the_last_day_ends_at_midnight_of_the_contractor(closed: Tenant) -> None:
    today = timezone.now().date()
    local = {name: timezone.localdate(timezone=ZoneInfo(name)) for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago")}
    zone, day = next((name, day) for name, day in local.items() if day != today)  # one of them has another day now
    offboard(closed)
    for until, is_over in ((day, False), (day - timedelta(days=1), True)):
        for table, key in (("tenants_tenant", "id"), ("retention_offboarding", "tenant_id")):
            as_admin(f"UPDATE {table} SET page_until = '{until}' WHERE {key} = %s", tenant=closed)
        as_admin(f"UPDATE tenants_tenant SET time_zone = '{zone}' WHERE id = %s", tenant=closed)
        as_admin("UPDATE retention_offboarding SET page_phone = '(602) 555-0100' WHERE tenant_id = %s", tenant=closed)
        page = last_page(closed.slug)
        assert page is not None and page.is_over is is_over
        assert offboarding.end_pages() == is_over


def test_an_unknown_time_zone_keeps_no_last_page_from_its_end(closed: Tenant) -> None:
    """It stopped the nightly task, so no page ended and no purge started."""
    offboard(closed)
    as_admin("UPDATE tenants_tenant SET time_zone = 'Mars/Phobos' WHERE id = %s", tenant=closed)
    page = last_page(closed.slug)
    assert page is not None and not page.is_over
    ended = "page_until = current_date - 2, page_phone = '(602) 555-0100'"
    as_admin(f"UPDATE retention_offboarding SET {ended} WHERE tenant_id = %s", tenant=closed)
    assert offboarding.end_pages() == 1


def test_operators_offboard_on_the_pages(closed: Tenant, operator: User, lead_operator: User) -> None:
    first, second = Client(), Client()
    assert sign_in(first, operator).status_code == sign_in(second, lead_operator).status_code == 302
    lead = Client()
    lead.force_login(lead_operator)
    page = reverse("retention:offboarding", args=[closed.slug])
    assert page in first.get(reverse("onboarding:contractor", args=[closed.slug])).text
    preview = first.get(page).text
    assert "No export was downloaded" in preview and "<strong>Line of the audit log</strong>" in preview
    assert not TABLE_NAME.findall(preview)
    asked: dict[str, Any] = {
        "typed_slug": closed.slug,
        "page_until": DAY.isoformat(),
        "is_waived": "on",
        "reason": "See the letter.",
    }
    ask = reverse("retention:request-offboarding", args=[closed.slug])
    refused = first.post(ask, asked | {"typed_slug": "other"})
    assert refused.status_code == 422 and "Type the short name" in refused.text
    assert "Offboarding requested" in first.post(ask, asked, follow=True).text
    assert "Another person must confirm" in first.get(page).text and "Confirm and delete" not in first.get(page).text
    approve = reverse("retention:confirm-offboarding", args=[closed.slug])
    assert first.post(approve, asked).status_code == 404
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', second.get(page).text)
    first.post(reverse("retention:withdraw-offboarding", args=[closed.slug]), {"reason": "Another day."})
    later = asked | {"page_until": (DAY + timedelta(days=30)).isoformat()}
    assert "Offboarding requested" in first.post(ask, later, follow=True).text
    stale = second.post(approve, asked | {"seen": seen}, follow=True)
    assert stale.status_code == 422 and "was requested again since you opened this page" in stale.text
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', stale.text)
    assert "The deletion is queued" in second.post(approve, asked | {"seen": seen}, follow=True).text
    assert work(closed).state == RunState.DONE
    shown = second.get(page).text
    assert "SHA-256 of the receipt" in shown and "Confirm and delete" not in shown
    assert "<strong>Line of the audit log</strong>" in shown and not TABLE_NAME.findall(shown)
    assert second.get(reverse("retention:offboarding-receipt", args=[closed.slug])).status_code in (200, 409)
    with scope.worker():
        actions = set(AuditEntry.objects.filter(tenant=closed).values_list("action", flat=True))
    assert {f"retention.{verb}_offboarding" for verb in ("request", "confirm")} | {"retention.offboard"} <= actions


def test_a_restore_repeats_the_offboarding(operator: User, lead_operator: User) -> None:
    tenant = make_tenant()
    settle(tenant, "Quetzal")
    entry = {
        "request": "7b0d4f0e-0000-4000-8000-000000000001",
        "offboarding": "7b0d4f0e-0000-4000-8000-000000000001",
        "tenant": str(tenant.public_id),
        "page_until": DAY.isoformat(),
        "page_phone": "(602) 555-0100",
        "requested_by": str(operator.public_id),
        "confirmed_by": str(lead_operator.public_id),
    }
    as_admin(*SETTLED[4:6], tenant=tenant)
    assert replay.repeat_all([entry], end_items=lambda _: None) == 1
    assert set(everything(tenant)) <= offboarding.REMAINS.keys()
    tenant.refresh_from_db()
    assert (tenant.state, tenant.page_until) == (Lifecycle.CLOSED, DAY)
    with scope.operator(operator, "test"):
        assert StateChange.objects.filter(tenant=tenant, after="closed").count() == 1
    assert replay.repeat_all([entry], end_items=lambda _: None) == 0
    [listed] = erasure_list.read(erasure_list.path())
    assert listed == entry


def test_every_table_of_tenants_is_deleted_or_preserved_for_a_reason() -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        tables = {name for (name,) in session.execute(OF_TENANTS).fetchall()}
        preserved = session.execute("SELECT ptj_offboard_preserved()").fetchone()
        referring = session.execute(
            """SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
                AND confrelid::regclass::text = ANY (%s) AND NOT conrelid::regclass::text = ANY (%s)""",
            [sorted(tables), sorted(tables)],
        ).fetchall()
    assert preserved is not None and set(preserved[0]) == offboarding.PRESERVED.keys()
    assert set(offboarding.deletion_order()) == tables - offboarding.PRESERVED.keys()
    # Rows without a tenant that refer to rows of tenants: `ptj_offboard_rows` names each of these tables.
    assert {name for (name,) in referring} == {"accounts_owedmail", "readiness_evidencenotice", "syncqueue_hookcount"}


def test_every_kind_of_data_has_a_name_in_plain_words() -> None:
    names = {table: kind_of(table) for table in (*offboarding.PRESERVED, "leads_lead", "attribution_link")}
    assert (names["leads_lead"], names["attribution_link"]) == ("request from the website", "link")
    assert not [name for name in names.values() if "_" in name]


#: Pages that add personal data about a contractor, with their forms.
ADDING: list[tuple[str, list[str], dict[str, str]]] = [
    ("onboarding:invite-owner", [], {"email": "jane.doe@example.com"}),
    ("onboarding:recipients", [], {"email": "jane@example.com", "label": "Jane", "reason": "She asked for it."}),
    ("onboarding:add-note", [], {"text": "Jane Doe called from 602 555 0123.", "seen": "0"}),
    ("retention:open-subject", [], {"kind": "erasure", "name": "Jane Doe", "reason": "She asked for it."}),
    ("retention:hold", [], {"person": "jane@example.com", "reason": "A dispute."}),
    ("retention:start-export", [], {"reason": "She asked for it."}),
    ("onboarding:step", ["contact"], {"phone": "(602) 555-0123", "reason": "She asked for it."}),
]


@pytest.mark.parametrize("adding", ADDING, ids=lambda adding: adding[0])
def test_nothing_is_added_after_an_offboarding(
    client: Client, closed: Tenant, lead_operator: User, adding: tuple[str, list[str], dict[str, str]]
) -> None:
    name, more, form = adding
    offboard(closed)
    before = everything(closed)
    sign_in(client, lead_operator)

    answer = client.post(reverse(name, args=[closed.slug, *more]), form, follow=True)

    assert OFFBOARDED in answer.content.decode()
    assert everything(closed) == before


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("accounts_invitation", {"email": "jane.doe@example.com", "tenant_role": "owner"}),
        ("tenants_membership", {"role": "owner"}),
        ("tenants_sitekey", {"label": "Jane's website"}),
        ("tenants_siteorigin", {"origin": "https://jane.example.com"}),
    ],
)
def test_a_staff_admin_cannot_add_to_an_offboarded_contractor(
    client: Client, closed: Tenant, page: str, form: dict[str, str]
) -> None:
    offboard(closed)
    before = everything(closed)
    sign_in(client, make_user(staff_role="admin"))

    facts = {"user": str(make_user().pk), "tenant": str(closed.pk), "reason": "She is new."}
    answer = client.post(reverse(f"admin:{page}_add"), facts | form)

    assert OFFBOARDED in answer.content.decode()
    assert everything(closed) == before


def test_a_hold_can_be_requested_on_the_page_while_the_deletion_runs(
    client: Client, closed: Tenant, operator: User, lead_operator: User
) -> None:
    confirm(requested(closed, operator), lead_operator)
    sign_in(client, operator)

    form = {"person": "jane@example.com", "reason": "A dispute."}
    client.post(reverse("retention:hold", args=[closed.slug]), form)

    assert work(closed).state == RunState.FAILED


def test_a_person_is_answered_while_a_hold_stops_the_deletion(
    client: Client, closed: Tenant, operator: User, lead_operator: User
) -> None:
    row = requested(closed, operator)
    confirm(row, lead_operator)
    _hold(closed, operator)
    assert work(closed).state == RunState.FAILED
    sign_in(client, operator)

    form = {"kind": "export", "name": "Jane Doe", "reason": "She asked for it."}
    client.post(reverse("retention:open-subject", args=[closed.slug]), form)
    work_runs()

    as_admin("DELETE FROM retention_legalhold WHERE tenant_id = %s", tenant=closed)
    with pytest.raises(RetentionRefused, match="Answer it first"):
        confirm(row, lead_operator)
    with scope.operator(operator, "test"):
        answered = SubjectRequest.objects.get(tenant=closed)
        assert answered.searched_at
        subjects.close_request(request=answered, actor=operator, reason="She has her copy.")
    confirm(row, lead_operator)
    assert work(closed).state == RunState.DONE


def test_an_invitation_ends_when_the_deletion_is_confirmed(
    client: Client, closed: Tenant, operator: User, lead_operator: User, admin_user: User
) -> None:
    invited = invite(
        email="jane@example.com", actor=admin_user, reason="test", tenant=closed, tenant_role=TenantRole.OWNER
    )
    confirm(requested(closed, operator), lead_operator)

    path = f"/account/invitation/{link_token('invitation', invited.public_id)}"
    client.post(path, {"name": "Jane Doe", "password": "a much longer password"})

    assert not User.objects.by_email("jane@example.com")
