"""A staff admin saves a row that someone else has changed since: no column returns to an earlier value."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

from pagetojob.ops.admin import CHANGED
from pagetojob.platform.tenants.models import Membership, Tenant, User
from tests.support.accounts import membership_data, sign_in, tenant_data, user_data
from tests.support.factories import make_user
from tests.support.locks import wait_for_lock

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_that_was_opened_before_does_not_reactivate_a_person(client: Client, admin_user: User) -> None:
    person = make_user(ops_role="viewer")
    sign_in(client, admin_user)
    opened = user_data(person, name="Ada")
    User.objects.filter(pk=person.pk).update(is_active=False, ops_role="")

    answer = client.post(f"/admin/tenants/user/{person.pk}/change/", opened)

    assert CHANGED in answer.text
    person.refresh_from_db()
    assert not person.is_active and not person.ops_role and person.name != "Ada"


def test_a_change_at_the_same_moment_is_not_undone(client: Client, admin_user: User) -> None:
    person = make_user(ops_role="viewer")
    sign_in(client, admin_user)
    opened = user_data(person, name="Ada")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            now = User.objects.select_for_update().get(pk=person.pk)
            now.set_password("a new password after a theft")
            now.save()
            saved = pool.submit(_save, client, person, opened)
            wait_for_lock(saved)
        assert saved.result() == 302

    person.refresh_from_db()
    assert person.name == "Ada" and person.check_password("a new password after a theft")


@pytest.mark.parametrize("change", ["role", "user"])
def test_a_membership_page_that_was_opened_before_changes_nothing(
    client: Client, admin_user: User, owner: User, change: str
) -> None:
    row, another = owner.memberships.get(), make_user()
    sign_in(client, admin_user)
    page = f"/admin/tenants/membership/{row.pk}/change/"
    shown = re.search(r'name="seen" value="(\w+)"', client.get(page).text)
    assert shown
    now = {"role": "reviewer"} if change == "role" else {"user": another}
    Membership.objects.filter(pk=row.pk).update(**now)

    answer = client.post(page, membership_data(row, seen=shown[1]))

    assert CHANGED in answer.text
    assert Membership.objects.filter(pk=row.pk, **now).exists()


def test_a_membership_that_is_refused_once_can_be_corrected(client: Client, admin_user: User, owner: User) -> None:
    row = owner.memberships.get()
    sign_in(client, admin_user)
    page = f"/admin/tenants/membership/{row.pk}/change/"
    refused = client.post(page, membership_data(row, role="reviewer", reason=""))
    shown = re.search(r'name="seen" value="(\w+)"', refused.text)
    assert shown
    assert client.post(page, membership_data(row, role="reviewer", seen=shown[1])).status_code == 302


@pytest.mark.parametrize("now", [{"second_factor_required": True}, {"time_zone": "America/Denver"}, {"name": "Mesa"}])
def test_a_tenant_page_that_was_opened_before_changes_nothing(
    client: Client, admin_user: User, tenant: Tenant, now: dict[str, object]
) -> None:
    sign_in(client, admin_user)
    page = f"/admin/tenants/tenant/{tenant.pk}/change/"
    shown = re.search(r'name="seen" value="(\w+)"', client.get(page).text)
    assert shown
    Tenant.objects.filter(pk=tenant.pk).update(**now)

    answer = client.post(page, tenant_data(tenant, is_demo="", seen=shown[1]))

    assert CHANGED in answer.text
    assert Tenant.objects.filter(pk=tenant.pk, is_demo=tenant.is_demo, **now).exists()


def _save(client: Client, person: User, opened: dict[str, str]) -> int:
    try:
        return client.post(f"/admin/tenants/user/{person.pk}/change/", opened).status_code
    finally:
        connection.close()
