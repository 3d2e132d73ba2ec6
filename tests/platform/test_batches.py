"""Rows written as arrays, and found by an index that row-level security does not shut out."""

import os
from typing import Any

import psycopg
import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pagetojob.importer.models import ImportRow, RowOutcome, Upload
from pagetojob.platform.batches import write_rows
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap import importing
from pagetojob.titanmap.models import Family, TaxonomyItem
from tests.support.factories import make_lead

NAMES = ("name", "external_id", "active", "detail", "facts")


def made(tenant: Tenant, count: int) -> list[TaxonomyItem]:
    return TaxonomyItem.objects.bulk_create(
        TaxonomyItem(tenant=tenant, family=Family.OFFER, name=f"Offer {n}", detail="untouched") for n in range(count)
    )


def test_each_row_gets_its_own_values_and_what_is_not_named_stays(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        first, second, third = made(tenant, 3)
        first.name, first.external_id, first.facts = "Été, “50 %” \\ {off}", 7, {"synonyms": ["a, b", 'c "d"']}
        second.active, second.zone_state = False, "not written"
        assert write_rows([first, second], NAMES) == 2 and write_rows([], NAMES) == 0
        for row in (first, second, third):
            row.refresh_from_db()
        assert (first.name, first.external_id) == ("Été, “50 %” \\ {off}", 7) and first.lowered == first.name.lower()
        assert first.facts == {"synonyms": ["a, b", 'c "d"']}
        assert (second.active, second.external_id, second.facts, second.zone_state) == (False, None, {}, "")
        assert (third.active, third.detail) == (True, "untouched")


def test_a_text_that_is_too_long_is_refused_and_not_cut(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        (row,) = made(tenant, 1)
        row.detail = "x" * 201
        with pytest.raises(DataError), transaction.atomic():
            write_rows([row], ["detail"])


def test_another_tenant_s_rows_are_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        (theirs,) = made(other_tenant, 1)
    theirs.detail = "ours"
    with scope.tenant(tenant.pk):
        assert write_rows([theirs], ["detail"]) == 0
    with scope.tenant(other_tenant.pk):
        theirs.refresh_from_db()
    assert theirs.detail == "untouched"


ODD = ['a, "b"', "{c}", "\\", "NULL", "", "Été 🔧", None, "'; --", "%s"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, -(2**63), 2**63 - 1, None]),
        ("integer", [0, -(2**31), 2**31 - 1]),
        ("smallint", [-(2**15), 2**15 - 1, None]),
        ("text", ODD),
        ("varchar", ODD),
        ("bigint", []),
        ("boolean", [True, None, False]),
    ],
)
def test_a_list_comes_back_from_a_prepared_statement_as_it_was_passed(db: None, kind: str, values: list[Any]) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT value FROM unnest(%b::{kind}[]) AS value", [values])
        assert [value for (value,) in cursor.fetchall()] == values


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("smallint[]", [2**15]),
        ("integer[]", [1, 2**31]),
        ("bigint[]", [2**63]),
        ("text[]", ["a\0b"]),
        ("text[]::jsonb[]", ['"\\u0000"']),
        ("text[]::jsonb[]", ["{"]),
    ],
)
def test_a_list_that_does_not_fit_is_refused(db: None, kind: str, values: list[Any]) -> None:
    with pytest.raises(DataError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute(f"SELECT %b::{kind}", [values])


def leads_by_a_prepared_statement() -> int:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_lead WHERE id > %s", [0])
        row = cursor.fetchone()
    assert row
    return int(row[0])


def test_a_cached_plan_shows_each_scope_its_own_rows(tenant: Tenant, other_tenant: Tenant) -> None:
    """The server plans it once, and anew for another role: never with the door of an earlier scope open."""
    for owner in (tenant, other_tenant, other_tenant):
        with scope.tenant(owner.pk):
            make_lead(tenant=owner)
    for _ in range(7):
        with scope.worker():
            assert leads_by_a_prepared_statement() == 3
        with scope.tenant(tenant.pk):
            assert leads_by_a_prepared_statement() == 1
        with scope.tenant(other_tenant.pk):
            assert leads_by_a_prepared_statement() == 2
        assert leads_by_a_prepared_statement() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%leads_lead WHERE id > %%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_an_import_finds_items_by_index_as_the_app(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        items = made(tenant, 3_000)
        for number, item in enumerate(items, start=1):
            item.external_id = number
        write_rows(items, ["external_id"])
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as admin:
        admin.execute("ANALYZE titanmap_taxonomyitem")
    rows = [ImportRow(values={"name": f"Offer {n}", "external_id": n + 1}) for n in range(20)]
    with scope.tenant(tenant.pk), connection.cursor() as cursor:
        with CaptureQueriesContext(connection) as captured:
            importing.compare(Family.OFFER, tenant, Upload(), rows)
        assert {row.outcome for row in rows} == {RowOutcome.SAME} and len(captured) == 2
        for query in captured:
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "taxonomy_item_by_" in plan and "= ANY" in plan.partition("Index Cond")[2].partition("\n")[0], plan
