"""The lists of the admin are filtered only as their pages offer, so no hidden column is read bit by bit."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import BadRequest
from django.test import RequestFactory

from pagetojob.platform.tenants.models import User
from tests.support.cast import SignIn

admin.autodiscover()
ADMINS = [row for model, row in sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)]


def columns(row: Any) -> Iterator[str]:
    for field in row.model._meta.concrete_fields:
        yield field.name
        if field.related_model:
            yield from (f"{field.name}__{other.name}" for other in field.related_model._meta.concrete_fields)


@pytest.mark.parametrize("row", ADMINS, ids=lambda row: row.model._meta.label)
def test_no_admin_answers_a_lookup_that_reads_part_of_a_column(row: Any, rf: RequestFactory, admin_user: User) -> None:
    request = rf.get("/")
    request.user = admin_user
    lookups = [f"{name}__{how}" for name in columns(row) for how in ("startswith", "regex", "contains", "gt")]
    assert [lookup for lookup in lookups if row.lookup_allowed(lookup, "a", request)] == []
    assert not row.lookup_allowed("password", "a", request)


def test_a_password_hash_cannot_be_read_by_the_address(signed_in: SignIn, admin_user: User) -> None:
    client = signed_in(admin_user)
    assert client.get("/admin/tenants/user/?password__startswith=argon2").status_code == 400
    assert client.get("/admin/tenants/membership/?user__password__startswith=argon2").status_code == 400
    assert client.get("/admin/tenants/user/?ops_role__exact=lead&is_active__exact=1").status_code == 200


def test_every_filter_that_a_page_offers_works(signed_in: SignIn, admin_user: User) -> None:
    client = signed_in(admin_user)
    for row in ADMINS:
        address = f"/admin/{row.model._meta.app_label}/{row.model._meta.model_name}/"
        page = client.get(address)
        if page.status_code == 403:
            continue
        for spec in page.context["cl"].filter_specs:
            for choice in spec.choices(page.context["cl"]):
                assert client.get(address + choice["query_string"]).status_code == 200, choice


def test_ids_that_cannot_exist_are_refused(signed_in: SignIn, admin_user: User, tenant: Any) -> None:
    client = signed_in(admin_user)
    keys = "/admin/tenants/sitekey/"
    for chosen in ("x", "\x00", str(2**63), "-1.5"):
        assert client.post(f"{keys}add/", {"tenant": chosen, "label": "x", "reason": "x"}).status_code == 200, chosen
        assert client.post(keys, {"action": "x", "_selected_action": ["1", chosen]}).status_code == 400, chosen
    person = f"/admin/tenants/user/{admin_user.pk}/change/"
    assert client.get(f"{person}?_to_field=").status_code == 200
    assert client.get("/admin/tenants/user/?ops_role__exact=%00").status_code == 400


def test_a_popup_of_an_unknown_form_is_refused(rf: RequestFactory, admin_user: User) -> None:
    people = admin.site._registry[User]
    for opener in ("", "tenants.user", "tenants.unknown", "9"):
        request = rf.post("/", {"_popup": "1", "_source_model": opener})
        request.user, request.session = admin_user, {}  # type: ignore[assignment]
        request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
        with pytest.raises(BadRequest) if opener == "9" else nullcontext():
            assert people.response_add(request, admin_user).status_code == 200
