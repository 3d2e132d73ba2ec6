"""What row-level security does that nobody expects. Each trap was met once; each has its test."""

import os
import subprocess
import uuid
from collections.abc import Generator

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from pagetojob.local.postgres import install_folder
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import TaxonomyItem
from tests.support.factories import make_lead, make_taxonomy_item

COLUMNS = "tenant_id, public_id, family, name"


@pytest.fixture
def owner() -> Generator[psycopg.Connection]:
    """The owner's own session, as a migration has it; nothing of it is kept."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as session:
        yield session
        session.rollback()


def forced_tables(session: psycopg.Connection) -> list[str]:
    return [
        name
        for (name,) in session.execute(
            "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
    ]


def test_a_backfill_by_the_owner_reaches_every_row(owner: psycopg.Connection) -> None:
    """FORCE binds the owner too: without a policy of its own, a backfill changes 0 rows and says nothing."""
    tables = forced_tables(owner)
    assert len(tables) > 15
    for table in tables:
        rows = owner.execute(
            "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND cmd = 'ALL'"
            " AND roles = ARRAY['pagetojob_owner']::name[]",
            [table],
        ).fetchall()
        assert rows == [("true", "true")], table


def test_what_the_owner_s_policy_is_for(owner: psycopg.Connection) -> None:
    tenant = owner.execute(
        "INSERT INTO tenants_tenant (public_id, slug, name, time_zone, is_demo, gates_epoch) "
        "VALUES (gen_random_uuid(), 'backfilled', 'x', 'UTC', false, 0) RETURNING id"
    ).fetchone()
    assert tenant is not None
    owner.execute(
        "INSERT INTO gates_flag (tenant_id, slug, wanted, killed) VALUES (%s, 'drift-monitor', true, false)", tenant
    )
    backfill = "UPDATE gates_flag SET wanted = wanted WHERE tenant_id = %s"
    assert owner.execute(backfill, tenant).rowcount == 1
    owner.execute("DROP POLICY owner_all ON gates_flag")
    assert owner.execute(backfill, tenant).rowcount == 0


def copy_in(table: str, *row: object) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
        copy.write_row(row)


def test_rows_cannot_be_copied_in_past_the_policy(tenant: Tenant) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="row-level security"), scope.tenant(tenant.pk):
        copy_in("titanmap_taxonomyitem", tenant.pk, uuid.uuid4(), "job type", "Copied")


@pytest.mark.parametrize("foreign", [False, True])
def test_a_copy_through_a_temporary_table_is_checked_by_the_policy(
    tenant: Tenant, other_tenant: Tenant, foreign: bool
) -> None:
    whose = other_tenant if foreign else tenant
    with scope.tenant(tenant.pk), connection.cursor() as cursor:
        model = make_taxonomy_item(tenant=tenant)
        cursor.execute(f"CREATE TEMP TABLE incoming AS SELECT {COLUMNS} FROM titanmap_taxonomyitem WITH NO DATA")
        copy_in("incoming", whose.pk, uuid.uuid4(), model.family, "Copied")
        taken = (
            f"INSERT INTO titanmap_taxonomyitem ({COLUMNS}, active, detail, zone_state, facts)"
            f" SELECT {COLUMNS}, true, '', '', '{{}}' FROM incoming"
        )
        if foreign:
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                cursor.execute(taken)
        else:
            cursor.execute(taken)
        cursor.execute("DROP TABLE incoming")
        assert TaxonomyItem.objects.filter(name="Copied").count() == (not foreign)


@pytest.mark.django_db(transaction=True)
def test_a_back_up_needs_a_role_above_the_policies(tenant: Tenant, other_tenant: Tenant) -> None:
    """As the owner, pg_dump is refused rather than given half of the rows; the backup role reads all of them."""
    for whose in (tenant, other_tenant):
        with scope.tenant(whose.pk):
            make_lead(tenant=whose, name=f"Lead of {whose.slug}")
    refused = dump(os.environ["PTJ_TEST_OWNER_URL"])
    assert refused.returncode != 0 and "row-level security" in refused.stderr
    whole = dump(os.environ["PTJ_TEST_ADMIN_URL"], "--role=pagetojob_backup")
    assert whole.returncode == 0, whole.stderr
    assert all(f"Lead of {whose.slug}" in whole.stdout for whose in (tenant, other_tenant))


def dump(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    tool = install_folder() / "bin" / "pg_dump"
    return subprocess.run(
        [tool, "--data-only", "--table=leads_lead", *options, url],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_policy_without_a_condition_alone_lets_an_index_of_trigrams_be_used(
    owner: psycopg.Connection, tenant: Tenant, operator: User
) -> None:
    """LIKE and @@ are not leakproof: under a policy with a condition their GIN indexes are never used.

    So only the operators' search has some: its policy is true for all rows.
    """
    rows = owner.execute(
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class i ON i.oid = indexrelid"
        " JOIN pg_am ON pg_am.oid = i.relam JOIN pg_class t ON t.oid = indrelid"
        " WHERE amname IN ('gin', 'gist') AND t.relforcerowsecurity"
    ).fetchall()
    assert {name for (name,) in rows} == {"finding_part", "lead_name_part", "page_binding_part", "sync_item_done_part"}
    with scope.operator(operator, reason="test"):
        assert "lead_name_part" in plan_of_a_search()
    with scope.tenant(tenant.pk):
        assert "lead_name_part" not in plan_of_a_search()


def plan_of_a_search() -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM leads_lead WHERE upper(name) LIKE '%JAMIE%'")
        return "\n".join(line for (line,) in cursor.fetchall())


NAME_ALL = "UPDATE titanmap_taxonomyitem SET detail = %s WHERE name IN ('A', 'B')"


@pytest.mark.django_db(transaction=True)
def test_execute_reaches_a_single_tenant_and_leaves_no_scope(tenant: Tenant, other_tenant: Tenant) -> None:
    """Scope and statement are one message: if the setting did not hold for it, it would reach nobody's row."""
    mine, other = tenant, other_tenant
    for owner, name in ((mine, "A"), (other, "B")):
        with scope.tenant(owner.pk):
            make_taxonomy_item(tenant=owner, name=name)
    assert scope.execute(mine.pk, NAME_ALL, ["changed"], statement_timeout="3s") == 1
    with scope.worker():
        named = TaxonomyItem.objects.filter(name__in="AB")
        assert dict(named.values_list("name", "detail")) == {"A": "changed", "B": ""}
    assert not TaxonomyItem.objects.exists()  # outside of any scope
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true), current_setting('statement_timeout')")
        whose, limit = cursor.fetchone() or ("?", "?")
    assert not whose and limit != "3s"
    with pytest.raises(DatabaseError):
        scope.execute(mine.pk, f"INSERT INTO titanmap_taxonomyitem (tenant_id) VALUES ({other.pk})", [])
    with transaction.atomic(), scope.tenant(other.pk):
        assert scope.execute(mine.pk, NAME_ALL, ["again"]) == 1
        assert TaxonomyItem.objects.get(name__in="AB").name == "B"  # the scope around it is back
