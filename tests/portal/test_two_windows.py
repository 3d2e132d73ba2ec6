"""A person with two businesses has both open in two windows: a form saves nothing for the other business."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from tests.support.cast import SignIn
from tests.support.factories import make_membership

ADDED = {"channel": "email", "address": "office@example.com", "level": "0"}


@pytest.fixture(params=TenantRole)
def windows(
    request: pytest.FixtureRequest, tenant: Tenant, other_tenant: Tenant, owner: User, signed_in: SignIn
) -> Client:
    """The owner's browser, in which the other business, where the owner has any role, was selected last."""
    make_membership(tenant=other_tenant, user=owner, role=request.param)
    client = signed_in(owner)
    client.post("/portal/choose/", {"tenant": str(other_tenant.public_id)})
    return client


def recipients(tenant: Tenant) -> list[str]:
    with scope.tenant(tenant.pk):
        return list(NoticeRecipient.objects.filter(tenant=tenant).values_list("email", flat=True))


def test_a_recipient_is_not_added_to_the_other_business(tenant: Tenant, other_tenant: Tenant, windows: Client) -> None:
    before = recipients(other_tenant)
    answer = windows.post("/portal/settings/notices", ADDED | {"tenant": str(tenant.public_id)})
    assert answer.status_code == 409
    sentence = f"{other_tenant.name} is selected now, and this form is about {tenant.name}. Nothing was saved."
    assert sentence in unescape(answer.text)
    assert {answer.context["tenant"], answer.context["form_tenant"]} == {tenant, other_tenant}
    assert recipients(other_tenant) == before
    windows.post("/portal/choose/", {"tenant": str(tenant.public_id)})
    assert windows.post("/portal/settings/notices", ADDED | {"tenant": str(tenant.public_id)}).status_code == 302
    assert ADDED["address"] in recipients(tenant)


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("settings/pause", {"to": "paused", "seen": "1"}),
        ("settings/notices/target", {"target_minutes": "7"}),
        ("emails/", {"weekly": "no"}),
        ("access/access/items/name-the-admin", {"text": "Jo is the admin."}),
        ("audit/export", {}),
        ("requests/export", {}),
        ("requests/search", {"wanted": "Jo"}),
    ],
)
def test_no_form_is_for_whichever_business_is_selected(
    other_tenant: Tenant, windows: Client, page: str, data: dict[str, str]
) -> None:
    answer = windows.post(f"/portal/{page}", data)
    assert answer.status_code == 409, "no business is named"
    assert f"{other_tenant.name} is selected now, and this form does not name its business." in unescape(answer.text)
    named = data | {"tenant": str(other_tenant.public_id)}
    assert windows.post(f"/portal/{page}", named).status_code != 409


def test_each_form_of_the_portal_names_its_business() -> None:
    for path in sorted(Path(settings.BASE_DIR, "templates/portal").glob("*.html")):
        forms = re.findall(r'<form[^>]* method="post".*?</form>', path.read_text(), re.DOTALL)
        for form in forms:
            names = "portal/form_token.html" in form or "portal:choose" in form
            assert names, f"{path.name}: {form[:120]}"


def test_the_form_of_a_setting_names_its_business(tenant: Tenant, windows: Client) -> None:
    """Its template is that of the steps of the setup, which operators open outside the portal."""
    windows.post("/portal/choose/", {"tenant": str(tenant.public_id)})
    page = windows.get("/portal/settings/hours").text
    [form] = re.findall(r'<form class="form".*?</form>', page, re.DOTALL)
    assert f'<input type="hidden" name="tenant" value="{tenant.public_id}">' in form
