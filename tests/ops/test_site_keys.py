"""Site keys and listed websites in Django admin: created by staff admins, shown once, audited."""

import re
from typing import Any

import pytest
from django.test import Client

from pagetojob.platform.tenants import site_keys
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant, User
from syncqueue.services.api import find_caller, origin_is_known
from tests.support.audit import log_of
from tests.support.cast import SignIn

KEYS, ORIGINS = "/admin/tenants/sitekey/", "/admin/tenants/siteorigin/"
ORIGIN = "https://www.desert-peak.example"


@pytest.fixture
def staff(signed_in: SignIn, admin_user: User) -> Client:
    return signed_in(admin_user)


def make(client: Client, tenant: Tenant, **changes: Any) -> Any:
    return client.post(f"{KEYS}add/", {"tenant": tenant.pk, "label": "main website", "reason": "asked for"} | changes)


def key_in(answer: Any) -> str:
    keys = set(re.findall(r"site_[\w-]{32,}", answer.text))
    assert len(keys) == 1
    return str(keys.pop())


def test_a_key_is_shown_once_and_works(staff: Client, tenant: Tenant, admin_user: User) -> None:
    answer = make(staff, tenant)
    key, row = key_in(answer), SiteKey.objects.get()
    assert "no-store" in answer["Cache-Control"]
    assert row.digest == site_keys.digest(key) and key.startswith(row.prefix)
    caller = find_caller(key=key, origin="")
    assert caller and caller.site_key.tenant == tenant
    for url in (KEYS, f"{KEYS}{row.pk}/change/", f"{KEYS}{row.pk}/form/", f"{KEYS}{row.pk}/history/"):
        page = staff.get(url)
        assert page.status_code == 200 and key not in page.text and row.digest not in page.text
    (line,) = log_of(tenant)
    assert (line.action, line.actor_id, line.reason) == ("tenants.sitekey.add", admin_user.pk, "asked for")
    assert line.subject == f"tenants.sitekey:{row.public_id}"
    assert key not in str(vars(line)) and row.digest not in str(vars(line))


def test_keys_differ_and_are_long(staff: Client, tenant: Tenant) -> None:
    keys = {key_in(make(staff, tenant)) for _ in range(3)}
    assert len(keys) == 3 and all(len(key) == 48 for key in keys)


def test_a_key_is_retired_and_nothing_else_of_it_changes(staff: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    key, row = key_in(make(staff, tenant)), SiteKey.objects.get()
    data = {"label": "old website", "reason": "replaced", "tenant": other_tenant.pk, "digest": "0" * 64}
    assert staff.post(f"{KEYS}{row.pk}/change/", data).status_code == 302
    retired = SiteKey.objects.get()
    assert (retired.label, retired.active) == ("old website", False)
    assert (retired.tenant_id, retired.digest) == (row.tenant_id, row.digest)
    assert find_caller(key=key, origin="") is None
    assert log_of(tenant)[1].changes == {"label": ["main website", "old website"], "active": [True, False]}
    assert staff.post(f"{KEYS}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_without_a_reason_there_is_no_key(staff: Client, tenant: Tenant) -> None:
    answer = make(staff, tenant, reason=" ")
    assert "Enter a reason. It is recorded in the audit log." in answer.text
    assert not SiteKey.objects.exists()


def test_a_website_is_listed_and_taken_off_again(staff: Client, tenant: Tenant) -> None:
    assert staff.post(f"{ORIGINS}add/", {"tenant": tenant.pk, "origin": ORIGIN, "reason": "theirs"}).status_code == 302
    assert origin_is_known(ORIGIN)
    row = SiteOrigin.objects.get()
    assert staff.post(f"{ORIGINS}{row.pk}/change/", {"origin": "https://x.example", "reason": "x"}).status_code == 403
    assert staff.post(f"{ORIGINS}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not origin_is_known(ORIGIN)
    assert [line.action for line in log_of(tenant)] == ["tenants.siteorigin.add", "tenants.siteorigin.delete"]


@pytest.mark.parametrize("origin", ["*", "null", "www.x.example", "https://x.example/", "https://X.example", "ftp://x"])
def test_what_is_no_origin_is_not_listed(staff: Client, tenant: Tenant, origin: str) -> None:
    answer = staff.post(f"{ORIGINS}add/", {"tenant": tenant.pk, "origin": origin, "reason": "x"})
    assert "An origin is like https://www.example.com" in answer.text
    assert not SiteOrigin.objects.exists()


def test_only_staff_admins_make_keys_or_list_websites(
    signed_in: SignIn, tenant: Tenant, editor: User, lead_operator: User, owner: User
) -> None:
    row = SiteKey.objects.create(tenant=tenant, label="x", prefix="site_xxxxx", digest="0" * 64)
    for user, status in ((editor, 403), (lead_operator, 302), (owner, 302)):
        client = signed_in(user)
        assert make(client, tenant).status_code == status
        assert client.get(f"{KEYS}{row.pk}/form/").status_code == status
        assert client.post(f"{ORIGINS}add/", {"tenant": tenant.pk, "origin": ORIGIN}).status_code == status
    assert SiteKey.objects.count() == 1 and not SiteOrigin.objects.exists()


def test_the_form_to_copy_is_of_the_tenant(staff: Client, tenant: Tenant) -> None:
    answer = make(staff, tenant)
    key, row = key_in(answer), SiteKey.objects.get()
    assert "No website is listed" in answer.text
    snippet = answer.context["snippet"]
    assert "embed.js" in snippet and not re.search("<script[^>]*embed", answer.text), "it is shown, not run"
    assert 'action="http://localhost:8000/sites/desert-peak/request-appointment"' in snippet
    assert f'src="http://localhost:8000/static/embed.js" data-site-key="{key}"' in snippet
    assert "maxlength" not in snippet, "a browser would cut a pasted text without a word"
    assert "AC Repair" in snippet and "Something else" in snippet and "Water Heater Repair" not in snippet
    assert "Desert Peak Heating &amp; Air may contact me" in snippet

    SiteOrigin.objects.create(tenant=tenant, origin=ORIGIN)
    page = staff.get(f"{KEYS}{row.pk}/form/", {"page": "/ac-repair-phoenix"})
    assert "?page=%2Fac-repair-phoenix" in page.context["snippet"] and ORIGIN in page.text
    assert f"INSERT THE KEY THAT BEGINS WITH {row.prefix}" in page.context["snippet"]
    odd = staff.get(f"{KEYS}{row.pk}/form/", {"page": '"><script>'})
    assert "?page" not in odd.context["snippet"]
    assert staff.get(f"{KEYS}999/form/").status_code == 404
