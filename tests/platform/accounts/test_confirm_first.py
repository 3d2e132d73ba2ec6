"""Changes of access and exports of personal data ask for the password and the second step again."""

import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.onboarding.models import Embed
from pagetojob.platform.accounts import marks
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, SiteKey, Tenant, User
from syncqueue.notices.models import RecipientChange
from tests.support.accounts import SECOND_STEP, app_of, code_of, let_confirmation_age, user_data
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_user

CONFIRM = "/account/confirm"
ROW = uuid.UUID(int=7)

#: Who, the page, and whether its GET asks too. A page that only acts has no GET.
ASKING = [
    ("admin_user", "/admin/tenants/user/add/"),
    ("admin_user", "/admin/tenants/user/1/change/"),
    ("admin_user", "/admin/tenants/user/1/second-step/"),
    ("admin_user", "/admin/tenants/user/1/sessions/"),
    ("admin_user", "/admin/tenants/membership/add/"),
    ("admin_user", "/admin/tenants/membership/1/change/"),
    ("admin_user", "/admin/tenants/tenant/1/change/"),
    ("admin_user", "/admin/tenants/sitekey/add/"),
    ("admin_user", "/admin/tenants/sitekey/1/change/"),
    ("admin_user", "/admin/tenants/siteorigin/add/"),
    ("admin_user", "/admin/tenants/siteorigin/1/delete/"),
    ("admin_user", "/admin/accounts/invitation/add/"),
    ("operator", f"/ops/connections/nothing/{ROW}/keep"),
    ("operator", f"/ops/inbox/keys/{ROW}"),
    ("operator", f"/ops/inbox/routes/{ROW}"),
    ("viewer", "/account/email"),
    ("viewer", "/account/security/authenticator"),
]
ACTING = [
    ("admin_user", "/admin/tenants/siteorigin/"),
    ("admin_user", "/admin/accounts/invitation/"),
    ("owner", "/portal/people/"),
    ("owner", f"/portal/people/revoke/{ROW}"),
    ("owner", "/portal/people/second-step"),
    ("owner", "/portal/requests/export"),
    ("operator", f"/ops/retention/nothing/exports/{ROW}/download"),
    ("operator", f"/ops/retention/nothing/requests/{ROW}/copy/json"),
    ("operator", f"/ops/retention/nothing/requests/{ROW}/copy/html"),
    ("operator", f"/ops/retention/nothing/requests/{ROW}/file"),
    ("viewer", "/account/security/recovery-codes"),
    ("viewer", f"/account/security/remove/{ROW}"),
    ("viewer", "/account/sessions/end"),
    ("viewer", f"/account/sessions/end/{ROW}"),
    ("viewer", "/account/passkey/add/begin"),
    ("viewer", "/account/passkey/add/complete"),
]


def aged(client: Client) -> Client:
    let_confirmation_age(client)
    return client


def asked(answer: Any, back: str) -> bool:
    """Return whether the answer leads to the page that asks, and from there to `back`."""
    to = f"{CONFIRM}?{urlencode({'next': back})}"
    return bool(answer.get("Location") == to or (answer.status_code == 200 and answer.json().get("next") == to))


@pytest.mark.parametrize(("who", "page"), ASKING)
def test_a_privileged_form_asks_first(signed_in: SignIn, request: pytest.FixtureRequest, who: str, page: str) -> None:
    client = aged(signed_in(request.getfixturevalue(who)))
    assert asked(client.get(f"{page}?a=b"), f"{page}?a=b")
    assert asked(client.post(page, headers={"Referer": f"http://testserver{page}"}), page)
    assert asked(client.post(page, headers={"Referer": "https://elsewhere.example/x"}), "/account/security")


@pytest.mark.parametrize(("who", "page"), ACTING)
def test_a_privileged_action_asks_first(signed_in: SignIn, request: pytest.FixtureRequest, who: str, page: str) -> None:
    client = aged(signed_in(request.getfixturevalue(who)))
    assert asked(client.post(page, headers={"Referer": "http://testserver/account/"}), "/account/")
    assert asked(client.post(page), "/account/security")


@pytest.mark.parametrize(("who", "page"), [ACTING[0], ACTING[1], ACTING[2], ("admin_user", "/admin/tenants/user/")])
def test_a_list_is_read_without_being_asked(
    signed_in: SignIn, request: pytest.FixtureRequest, who: str, page: str
) -> None:
    client = aged(signed_in(request.getfixturevalue(who)))
    assert client.get(page).status_code == 200
    assert asked(client.post(page), "/account/security")


def test_an_old_session_sends_no_invitation(signed_in: SignIn, owner: User, tenant: Tenant) -> None:
    data = {"email": "new@example.com", "role": "owner", "tenant": str(tenant.public_id)}
    client = aged(signed_in(owner))
    assert asked(client.post("/portal/people/", data), "/account/security")
    assert "new@example.com" not in client.get("/portal/people/").text


def test_an_old_session_adds_and_restores_no_recipient(signed_in: SignIn, owner: User, tenant: Tenant) -> None:
    page, data = "/portal/settings/notices", {"channel": "email", "address": "thief@example.com", "level": 0}
    client = signed_in(owner)
    client.post(page, data)
    with scope.tenant(tenant.pk):
        row = NoticeRecipient.objects.get(email="thief@example.com")
    client.post(f"{page}/{row.public_id}/remove")
    aged(client)
    with scope.tenant(tenant.pk):
        change = RecipientChange.objects.filter(recipient=row)[0]
    assert asked(client.post(page, data, headers={"Referer": f"http://testserver{page}"}), page)
    undo = f"{page}/changes/{change.public_id}/undo"
    assert asked(client.post(undo, headers={"Referer": f"http://testserver{page}"}), page)
    with scope.tenant(tenant.pk):
        assert NoticeRecipient.objects.get(pk=row.pk).removed_at
    assert client.post(f"{page}/target", {"target_minutes": 9})["Location"] == page, "other settings ask for nothing"


def test_an_old_session_of_operations_adds_no_recipient(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, page = aged(signed_in(operator)), f"/ops/contractors/{tenant.slug}/setup/notices"
    assert client.get(page).status_code == 200
    data = {"email": "thief@example.com", "label": "", "reason": "x"}
    undo = reverse("onboarding:undo", args=[tenant.slug, "notices"])
    for address in (page, undo):
        assert asked(client.post(address, data, headers={"Referer": f"http://testserver{page}"}), page)
    with scope.tenant(tenant.pk):
        assert not NoticeRecipient.objects.filter(email="thief@example.com").exists()


def test_an_old_session_of_operations_makes_and_ends_no_site_key(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    page = f"/ops/contractors/{tenant.slug}/embeds"
    client, data = signed_in(operator), {"page_url": "https://www.example.com/contact", "reason": "A new page."}
    client.post(f"{page}/add", data)
    with scope.operator(operator, reason="a test"):
        embed = Embed.objects.get(tenant=tenant)
    aged(client)
    for act in ("add", f"{embed.public_id}/key", f"{embed.public_id}/remove"):
        answer = client.post(f"{page}/{act}", data, headers={"Referer": f"http://testserver{page}"})
        assert asked(answer, page), act
    with scope.operator(operator, reason="a test"):
        assert [row.pk for row in SiteKey.objects.filter(tenant=tenant, active=True)] == [embed.site_key_id]


def test_an_old_session_exports_no_requests(signed_in: SignIn, owner: User, tenant: Tenant) -> None:
    client, page = signed_in(owner), "/portal/requests/"
    assert client.post(f"{page}export")["Content-Type"].startswith("text/csv")
    aged(client)
    assert asked(
        client.post(f"{page}export", headers={"Referer": f"http://testserver{page}?show=new"}), f"{page}?show=new"
    )
    assert client.get(page).status_code == 200
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.filter(action="leads.export").count() == 1


def test_the_admin_returns_to_the_form_after_both_steps(signed_in: SignIn, admin_user: User) -> None:
    person, key = make_user(), app_of(admin_user)
    client = aged(signed_in(admin_user))
    page = f"/admin/tenants/user/{person.pk}/change/"
    changes = user_data(person, ops_role="viewer")
    assert asked(client.post(page, changes, headers={"Referer": f"http://testserver{page}"}), page)
    person.refresh_from_db()
    assert person.ops_role == ""
    assert client.post(CONFIRM, {"password": PASSWORD, "next": page})["Location"] == SECOND_STEP
    assert asked(client.get(page), page), "the password alone was enough"
    assert client.post(SECOND_STEP, {"code": code_of(key)})["Location"] == page
    assert client.post(page, changes).status_code == 302
    person.refresh_from_db()
    assert person.ops_role == "viewer"


@pytest.mark.parametrize("page", ["/admin/tenants/user/1/change/", f"/ops/inbox/keys/{ROW}"])
def test_people_without_access_are_refused_and_not_asked(signed_in: SignIn, editor: User, page: str) -> None:
    assert aged(signed_in(editor)).get(page).status_code in {403, 404}


def test_a_proof_lasts_ten_minutes() -> None:
    assert marks.CONFIRMED_SECONDS == 600
