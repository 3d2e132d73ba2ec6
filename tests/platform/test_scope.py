"""Promise 12: tenants never see each other, in the database itself."""

import os
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from pagetojob.gates.models import Flag
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from syncqueue.leads.models import Exclusion, Lead
from tests.support.factories import make_lead, make_taxonomy_item
from tests.support.threads import at_once


@pytest.fixture
def two_leads(tenant: Tenant, other_tenant: Tenant) -> None:
    for owner in (tenant, other_tenant):
        with scope.tenant(owner.pk):
            make_lead(tenant=owner)


def test_the_application_role_is_neither_superuser_nor_owner_nor_above_row_level_security(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls,"
            " pg_has_role(current_user, 'pagetojob_owner', 'member') FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("pagetojob_app", False, False, False)


def test_without_a_scope_nothing_is_seen(two_leads: None) -> None:
    assert Lead.objects.count() == 0


def test_after_a_scope_has_ended_nothing_is_seen_again(two_leads: None, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        assert Lead.objects.count() == 1
    assert Lead.objects.count() == 0


def test_a_tenant_sees_its_own_rows_even_without_a_filter(two_leads: None, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        assert [lead.tenant_id for lead in Lead.objects.all()] == [other_tenant.pk]


def test_a_tenant_cannot_write_into_another(tenant: Tenant, other_tenant: Tenant) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), scope.tenant(tenant.pk):
        make_lead(tenant=other_tenant)


def test_a_tenant_cannot_move_a_row_to_another_tenant(two_leads: None, tenant: Tenant, other_tenant: Tenant) -> None:
    """A lead has no right for it at all; where the whole row may be written, the policy refuses."""
    with pytest.raises(DatabaseError, match="permission denied"), scope.tenant(tenant.pk):
        Lead.objects.update(tenant=other_tenant)
    with pytest.raises(DatabaseError, match="row-level security"), scope.tenant(tenant.pk):
        make_taxonomy_item(tenant=tenant)
        TaxonomyItem.objects.update(tenant=other_tenant)


def test_a_tenant_cannot_change_what_it_does_not_see(two_leads: None, tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        assert Lead.objects.filter(tenant=other_tenant).update(name="taken") == 0


def test_a_key_cannot_point_into_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(other_tenant.pk):
        foreign = make_taxonomy_item(tenant=other_tenant)
    with pytest.raises(IntegrityError, match="same_tenant"), transaction.atomic(), scope.tenant(tenant.pk):
        PageBinding.objects.create(tenant=tenant, slug="x", page_path="/x", label="x", job_type_id=foreign.pk)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_inner_scope_restores_the_outer_scope(two_leads: None, tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        with scope.tenant(other_tenant.pk):
            assert Lead.objects.get().tenant_id == other_tenant.pk
        assert Lead.objects.get().tenant_id == tenant.pk


def test_a_failed_inner_scope_restores_the_outer_scope(two_leads: None, tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        with pytest.raises(ZeroDivisionError), scope.tenant(other_tenant.pk):
            raise ZeroDivisionError
        assert Lead.objects.get().tenant_id == tenant.pk


def test_a_worker_sees_all_tenants_on_the_tables_granted_to_it(two_leads: None) -> None:
    with scope.worker():
        assert Lead.objects.count() == 2


def scope_now() -> tuple[str, str]:
    """Whose rights are in force, and which tenant's rows the app would see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.tenant', true)")
        row: tuple[str, str] = cursor.fetchone()
    return row


OUTER = [
    pytest.param(lambda _: scope.worker(), scope.WORKER, id="worker"),
    pytest.param(lambda actor: scope.operator(actor, reason="test"), scope.OPERATOR, id="operator"),
]
Outer = Callable[[User], AbstractContextManager[None]]


@pytest.mark.parametrize(("outer", "role"), OUTER)
def test_a_tenant_scope_within_a_wider_scope_sees_only_that_tenant(
    two_leads: None, tenant: Tenant, operator: User, outer: Outer, role: str
) -> None:
    with outer(operator):
        assert Lead.objects.count() == 2
        with scope.tenant(tenant.pk):
            assert Lead.objects.get().tenant_id == tenant.pk
            assert TaxonomyItem.objects.exclude(tenant=tenant).count() == 0
            assert scope_now() == (scope.APP, str(tenant.pk))
        assert scope_now() == (role, "")
        assert Lead.objects.count() == 2
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(("outer", "role"), OUTER)
def test_a_wider_scope_within_a_tenant_s_gives_it_back(
    two_leads: None, tenant: Tenant, operator: User, outer: Outer, role: str
) -> None:
    with scope.tenant(tenant.pk):
        with outer(operator):
            assert scope_now()[0] == role
            assert Lead.objects.count() == 2
        assert scope_now() == (scope.APP, str(tenant.pk))
        assert Lead.objects.get().tenant_id == tenant.pk


def test_nested_scopes_are_restored_in_order(tenant: Tenant, other_tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        with scope.tenant(tenant.pk):
            with scope.worker():
                with scope.tenant(other_tenant.pk):
                    assert scope_now() == (scope.APP, str(other_tenant.pk))
                assert scope_now()[0] == scope.WORKER
            assert scope_now() == (scope.APP, str(tenant.pk))
        assert scope_now()[0] == scope.OPERATOR
    assert scope_now()[0] == scope.APP


@pytest.mark.parametrize(("outer", "role"), OUTER)
def test_a_failed_tenant_scope_restores_the_wider_scope(
    two_leads: None, tenant: Tenant, operator: User, outer: Outer, role: str
) -> None:
    with outer(operator):
        with pytest.raises(ZeroDivisionError), scope.tenant(tenant.pk):
            raise ZeroDivisionError
        assert (scope_now(), Lead.objects.count()) == ((role, ""), 2)
        with pytest.raises(DatabaseError), scope.tenant(tenant.pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert (scope_now(), Lead.objects.count()) == ((role, ""), 2)


def test_a_wider_scope_that_fails_within_a_tenant_s_gives_it_back(two_leads: None, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        with pytest.raises(ZeroDivisionError), scope.worker():
            raise ZeroDivisionError
        assert Lead.objects.get().tenant_id == tenant.pk


@pytest.mark.django_db(transaction=True)
def test_a_top_level_scope_leaves_no_settings(tenant: Tenant) -> None:
    for failing in (False, True):
        with suppress(ZeroDivisionError), scope.worker(), scope.tenant(tenant.pk):
            if failing:
                raise ZeroDivisionError
        assert scope_now() == (scope.APP, "")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM leads_lead",
        "UPDATE leads_lead SET reference = reference",
        "UPDATE leads_lead SET spoken_code = spoken_code",
        "UPDATE leads_lead SET form_key = form_key",
        "UPDATE leads_lead SET consent_text = 'all of it', consented_at = now()",
        "UPDATE leads_lead SET received_at = now()",
        "UPDATE leads_bookingrequest SET service = 'x'",
        "UPDATE syncqueue_syncitem SET state = 'cancelled', version = version + 1",
        "SELECT * FROM syncqueue_syncattempt",
        "UPDATE gates_flag SET slug = slug",
        "DELETE FROM gates_flag",
        "DELETE FROM tenants_user",
        "UPDATE django_admin_log SET change_message = 'x'",
        "UPDATE audit_auditentry SET at = now()",
    ],
)
def test_a_tenant_cannot_rewrite_what_is_not_its_to_rewrite(two_leads: None, tenant: Tenant, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        scope.tenant(tenant.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_lead_can_be_excluded_and_its_person_forgotten(two_leads: None, tenant: Tenant) -> None:
    forgotten = {name: {} if name == "source" else "" for name in Lead.PERSONAL_FIELDS}
    with scope.tenant(tenant.pk):
        assert Lead.objects.update(excluded_as=Exclusion.TEST, **forgotten) == 1


def test_an_old_instance_cannot_turn_the_gates_epoch_back(tenant: Tenant) -> None:
    old = Tenant.objects.get(pk=tenant.pk)
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="drift-monitor").update(killed=True)
    raised = Tenant.objects.get(pk=tenant.pk).gates_epoch
    assert raised > old.gates_epoch
    old.name = "Desert Peak"
    old.save()
    now = Tenant.objects.get(pk=tenant.pk)
    assert (now.name, now.gates_epoch) == ("Desert Peak", raised)


def test_an_operator_s_kill_raises_the_epoch_and_nothing_turns_it_back(tenant: Tenant, operator: User) -> None:
    before = Tenant.objects.get(pk=tenant.pk).gates_epoch
    with scope.operator(operator, reason="test"):
        assert Flag.objects.filter(tenant=tenant, slug="drift-monitor").update(killed=True) == 1
        Tenant.objects.filter(pk=tenant.pk).update(gates_epoch=0)
    assert Tenant.objects.get(pk=tenant.pk).gates_epoch > before


@pytest.mark.parametrize(
    "fact", [{"public_id": uuid.uuid4()}, {"created_at": timezone.now()}], ids=["public id", "birth"]
)
def test_a_tenant_is_known_by_the_same_id_for_ever(tenant: Tenant, fact: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        Tenant.objects.filter(pk=tenant.pk).update(**fact)


@pytest.mark.parametrize("role", [None, scope.WORKER, scope.OPERATOR])
def test_no_role_can_set_the_time_of_an_audit_line(db: None, role: str | None) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [role or "none"])
        cursor.execute(
            "INSERT INTO audit_auditentry (at, actor_label, action, subject, reason, changes, request_id)"
            " VALUES (now() - interval '1 year', 'x', 'x', 'x', 'x', '{}', '')"
        )


@pytest.mark.parametrize("statement", ["DELETE FROM leads_lead", "UPDATE leads_lead SET name = 'x'"])
def test_a_worker_cannot_change_leads(two_leads: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), scope.worker(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_worker_reads_addresses_of_people_but_no_password(db: None) -> None:
    with scope.worker():
        assert list(User.objects.values_list("email", flat=True)) == []
    with pytest.raises(DatabaseError, match="permission denied"), scope.worker():
        list(User.objects.values_list("password", flat=True))


def test_an_operator_scope_is_for_people_with_a_ops_role(two_leads: None, operator: User, owner: User) -> None:
    with scope.operator(operator, reason="test"):
        assert Lead.objects.count() == 2
    with pytest.raises(scope.ScopeError), scope.operator(owner, reason="test"):
        pass


def test_an_operator_scope_ends_with_the_person_s_activity(operator: User) -> None:
    operator.is_active = False
    with pytest.raises(scope.ScopeError), scope.operator(operator, reason="test"):
        pass


def test_an_operator_scope_needs_a_reason(operator: User) -> None:
    with pytest.raises(scope.ScopeError), scope.operator(operator, reason=" "):
        pass


def test_an_operator_scope_reads_the_names_of_people_and_nothing_else_of_them(operator: User) -> None:
    with scope.operator(operator, reason="test"):
        assert operator.name in User.objects.order_by("id").values_list("name", flat=True)
    for column in ("email", "password"):
        with pytest.raises(DatabaseError, match="permission denied"), scope.operator(operator, reason="test"):
            list(User.objects.order_by("id").values_list(column, flat=True))


@pytest.mark.parametrize("nonsense", [0, -1, None, "1", "1; DROP TABLE leads_lead"])
def test_a_tenant_scope_takes_only_an_id(db: None, nonsense: object) -> None:
    with pytest.raises(scope.ScopeError), scope.tenant(nonsense):  # type: ignore[arg-type]
        pass


def test_a_setting_left_empty_by_an_earlier_transaction_is_no_scope() -> None:
    """After one tenant transaction the setting is an empty string, not missing."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url) as session:
        with session.transaction():
            session.execute("SELECT set_config('app.tenant', '1', true)")
        assert session.execute("SELECT current_setting('app.tenant', true)").fetchone() == ("",)
        assert session.execute("SELECT count(*) FROM leads_lead").fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_two_tenants_at_once_on_their_own_connections(tenant: Tenant, other_tenant: Tenant) -> None:
    wrong: list[object] = []

    def visit(mine: Tenant) -> None:
        for _ in range(25):
            with scope.tenant(mine.pk):
                make_taxonomy_item(tenant=mine)
                wrong.extend(row for row in TaxonomyItem.objects.all() if row.tenant_id != mine.pk)

    at_once(visit, [tenant, other_tenant] * 2)
    assert wrong == []
