"""A staff admin saves a person whom someone else has changed since: no column returns to an earlier value."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

from pagetojob.ops.admin import CHANGED
from pagetojob.platform.tenants.models import User
from tests.support.accounts import sign_in, user_data
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


def _save(client: Client, person: User, opened: dict[str, str]) -> int:
    try:
        return client.post(f"/admin/tenants/user/{person.pk}/change/", opened).status_code
    finally:
        connection.close()
