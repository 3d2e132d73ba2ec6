"""Rows written as arrays, and found by an index that row-level security does not shut out."""

import pytest
from django.db import DataError, connection, transaction

from pagetojob.kernel.batches import write_rows
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant
from pagetojob.kernel.titanmap.models import Family, TaxonomyItem

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


@pytest.mark.parametrize("wanted", [{"lowered__in": ["offer 1", "offer 2"]}, {"external_id__in": [1, 2]}])
def test_an_import_finds_items_by_index_as_the_app(tenant: Tenant, wanted: dict[str, list[object]]) -> None:
    (column,) = (name.removesuffix("__in") for name in wanted)
    with scope.tenant(tenant.pk):
        made(tenant, 200)
        rows = TaxonomyItem.objects.filter(tenant=tenant, family=Family.OFFER, **wanted)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
    assert any("Index Cond" in line and f"({column}" in line for line in plan.splitlines()), plan
