"""A tenant can require a second step of its people; its owner or a staff admin decides."""

import pytest
from django.test import Client

from pagetojob.platform.accounts.models import Authenticator
from pagetojob.platform.accounts.services.invitations import invite
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.accounts import SECURITY, app_of, sign_in, stepped_in, tenant_data
from tests.support.cast import SignIn
from tests.support.factories import make_membership

PAGE, SET = "/portal/people/", "/portal/people/second-step"


@pytest.fixture(autouse=True)
def required(settings: pytest.FixtureRequest) -> None:
    settings.SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]


def ask(client: Client, tenant: Tenant, answer: str = "yes") -> int:
    return client.post(SET, {"tenant": str(tenant.public_id), "required": answer}).status_code


def is_required(tenant: Tenant) -> bool:
    tenant.refresh_from_db()
    return tenant.second_factor_required


def test_members_see_nothing_before_they_add_a_second_step(
    signed_in: SignIn, tenant: Tenant, owner: User, reviewer: User
) -> None:
    theirs = signed_in(reviewer)
    assert theirs.get("/portal/gates/").status_code == 200
    owners = stepped_in(owner)
    assert "Optional." in owners.get(PAGE).text
    assert ask(owners, tenant) == 302 and is_required(tenant)
    assert "Required." in owners.get(PAGE).text
    for page in ("/portal/", "/portal/gates/", "/portal/requests/", "/portal/outcomes/"):
        assert theirs.get(page)["Location"] == SECURITY
    assert "a business you belong to" in theirs.get(SECURITY).text
    assert theirs.get("/servicetitan-ready-websites/").status_code != 302
    app_of(reviewer)
    assert stepped_in(reviewer).get("/portal/gates/").status_code == 200


def test_people_of_other_tenants_are_not_asked(signed_in: SignIn, tenant: Tenant, stranger: User, viewer: User) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(second_factor_required=True)
    assert signed_in(stranger).get("/portal/gates/").status_code == 200
    make_membership(tenant=tenant, user=stranger, role="reviewer")
    assert signed_in(stranger).get("/portal/gates/")["Location"] == SECURITY


def test_the_owner_makes_it_optional_again(tenant: Tenant, owner: User) -> None:
    client = stepped_in(owner)
    assert [ask(client, tenant, answer) for answer in ("yes", "yes", "no")] == [302] * 3
    assert not is_required(tenant)
    with scope.tenant(tenant.pk):
        lines = [
            (line.action, line.actor_id)
            for line in AuditEntry.objects.filter(action__startswith="accounts.second_step").order_by("id")
        ]
    assert lines == [("accounts.second_step_required", owner.pk), ("accounts.second_step_optional", owner.pk)]


def test_only_the_owner_decides(signed_in: SignIn, tenant: Tenant, reviewer: User, stranger: User) -> None:
    assert ask(signed_in(reviewer), tenant) == 404
    assert ask(signed_in(stranger), tenant) == 404
    assert not is_required(tenant)


def test_a_form_of_another_tenant_changes_nothing(tenant: Tenant, other_tenant: Tenant, owner: User) -> None:
    make_membership(tenant=other_tenant, user=owner)
    assert ask(stepped_in(owner), other_tenant) == 409
    assert not is_required(tenant) and not is_required(other_tenant)


def test_a_staff_admin_requires_it_too(tenant: Tenant, admin_user: User) -> None:
    data = tenant_data(tenant, second_factor_required="on")
    page = f"/admin/tenants/tenant/{tenant.pk}/change/"
    assert stepped_in(admin_user).post(page, data).status_code == 302
    assert is_required(tenant)
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.get(action="tenants.tenant.change").changes == {
            "second_factor_required": [False, True]
        }


def test_the_last_second_step_stays(tenant: Tenant, reviewer: User) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(second_factor_required=True)
    client = stepped_in(reviewer)
    (button,) = [part for part in client.get(SECURITY).text.split('"') if "/account/security/remove/" in part]
    assert "Your access requires a second step." in client.post(button, follow=True).text
    client.logout()
    assert sign_in(client, reviewer)["Location"] == "/account/second-step"


def test_a_session_without_its_last_second_step_is_asked_for_another(tenant: Tenant, reviewer: User) -> None:
    client = stepped_in(reviewer)
    factor = Authenticator.objects.get(user=reviewer)
    client.post(f"/account/security/remove/{factor.public_id}")
    assert not Authenticator.objects.filter(user=reviewer).exists()
    assert client.get("/portal/gates/").status_code == 200

    Tenant.objects.filter(pk=tenant.pk).update(second_factor_required=True)

    assert client.get("/portal/gates/")["Location"] == SECURITY


def test_an_invitation_to_operations_needs_a_second_step_that_still_exists(
    reviewer: User, admin_user: User, tenant: Tenant
) -> None:
    client = stepped_in(reviewer)
    factor = Authenticator.objects.get(user=reviewer)
    client.post(f"/account/security/remove/{factor.public_id}")
    row = invite(email=reviewer.email, actor=admin_user, reason="She helps.", ops_role="viewer")

    client.post(f"/account/invitation/{link_token('invitation', row.public_id)}")

    reviewer.refresh_from_db()
    assert reviewer.ops_role == "viewer"
    assert client.get("/ops/")["Location"] == SECURITY
