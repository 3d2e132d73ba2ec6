"""The audit log records changes of rights, sign-ins and failed sign-ins, without names."""

import pytest
from django.core.management import call_command
from django.test import Client

from pagetojob.ops.admin import mark_of
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import fingerprint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import STAFF_ABILITIES, Ability, StaffRole
from tests.support.accounts import change_user, membership_data, sign_in, tenant_data
from tests.support.audit import log_of
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_membership, make_user

OWN = "You cannot change your own roles."
NEW_PASSWORD = "a much longer password"


def log(reader: User) -> list[AuditEntry]:
    with scope.operator(reader, reason="test"):
        return list(AuditEntry.objects.order_by("id"))


@pytest.mark.parametrize("changes", [{"ops_role": "lead"}, {"staff_role": "editor"}, {"is_active": ""}])
def test_people_cannot_change_their_own_roles(signed_in: SignIn, admin_user: User, changes: dict[str, str]) -> None:
    answer = change_user(signed_in(admin_user), admin_user, **changes)
    assert answer.status_code == 200 and OWN in answer.text
    admin_user.refresh_from_db()
    assert admin_user.is_active and admin_user.staff_role == StaffRole.ADMIN
    assert {ability for ability in Ability if admin_user.can(ability)} == STAFF_ABILITIES[StaffRole.ADMIN]


def test_people_may_change_their_own_name_and_the_roles_of_others(
    signed_in: SignIn, admin_user: User, operator: User
) -> None:
    client = signed_in(admin_user)
    assert change_user(client, admin_user, name="Ada").status_code == 302
    assert change_user(client, operator, ops_role="viewer").status_code == 302
    operator.refresh_from_db()
    assert operator.can(Ability.VIEW_QUEUE) and not operator.can(Ability.UNMASK)
    assert [entry.changes.get("ops_role") for entry in log(operator)] == [None, ["operator", "viewer"]]


def test_people_cannot_add_themselves_to_a_tenant(
    signed_in: SignIn, admin_user: User, tenant: Tenant, owner: User
) -> None:
    client = signed_in(admin_user)
    data = {"tenant": tenant.pk, "user": admin_user.pk, "role": "owner", "reason": "test"}
    assert OWN in client.post("/admin/tenants/membership/add/", data).text
    theirs, own = owner.memberships.get(), make_membership(tenant=tenant, user=admin_user, role="reviewer")
    for row in (theirs, own):
        answer = client.post(f"/admin/tenants/membership/{row.pk}/change/", data | {"seen": mark_of(row)})
        assert OWN in answer.text
    assert set(Membership.objects.filter(user=admin_user).values_list("role", flat=True)) == {"reviewer"}


def test_a_membership_is_in_the_log_of_its_tenant_without_the_name(
    signed_in: SignIn, admin_user: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    member = make_user(name="Jamie Rivera")
    data = {"tenant": tenant.pk, "user": member.pk, "role": "owner", "reason": "new owner"}
    assert signed_in(admin_user).post("/admin/tenants/membership/add/", data).status_code == 302
    (entry,) = log_of(tenant)
    assert (entry.actor_id, entry.reason) == (admin_user.pk, "new owner")
    assert entry.changes == {
        "tenant": [None, f"tenants.tenant:{tenant.public_id}"],
        "user": [None, f"tenants.user:{member.public_id}"],
        "role": [None, "owner"],
    }
    assert log_of(other_tenant) == []


def test_a_membership_that_moves_is_in_the_logs_of_both_tenants(
    signed_in: SignIn, admin_user: User, tenant: Tenant, other_tenant: Tenant, owner: User
) -> None:
    row = owner.memberships.get()
    data = membership_data(row, tenant=other_tenant.pk)
    assert signed_in(admin_user).post(f"/admin/tenants/membership/{row.pk}/change/", data).status_code == 302
    moved = [f"tenants.tenant:{one.public_id}" for one in (tenant, other_tenant)]
    assert [entry.changes for entry in log_of(tenant)] == [{"tenant": moved}]
    assert [entry.changes for entry in log_of(other_tenant)] == [{"tenant": moved}]


def test_a_change_of_a_tenant_is_in_its_own_log(signed_in: SignIn, admin_user: User, tenant: Tenant) -> None:
    data = tenant_data(tenant, name="Other")
    assert signed_in(admin_user).post(f"/admin/tenants/tenant/{tenant.pk}/change/", data).status_code == 302
    assert [entry.action for entry in log_of(tenant)] == ["tenants.tenant.change"]


@pytest.mark.parametrize("typed", ["nobody@example.com", "Olive@example.com"])
def test_a_failed_sign_in_is_written_down_without_the_address(client: Client, viewer: User, typed: str) -> None:
    make_user(email="olive@example.com")
    answer = client.post("/account/sign-in", {"username": typed, "password": "wrong"})
    assert "Incorrect email or password" in answer.text
    (entry,) = log(viewer)
    assert (entry.action, entry.actor_id, entry.actor_label) == ("security.sign_in_failed", None, "sign-in")
    assert entry.subject == f"sign-in:{fingerprint(typed.lower())}"
    assert "example.com" not in str(vars(entry))


def test_every_sign_in_is_audited(client: Client, viewer: User, admin_user: User, owner: User) -> None:
    for user in (owner, admin_user):
        client.logout()
        assert sign_in(client, user).status_code == 302
    actors = [(entry.action, entry.actor_id) for entry in log(viewer)]
    assert actors == [("security.sign_in", owner.pk), ("security.sign_in", admin_user.pk)]


def test_a_change_of_the_own_password_is_written_down(signed_in: SignIn, admin_user: User, viewer: User) -> None:
    data = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert signed_in(admin_user).post("/admin/password_change/", data).status_code == 302
    admin_user.refresh_from_db()
    assert admin_user.check_password(NEW_PASSWORD)
    (entry,) = log(viewer)
    assert (entry.action, entry.actor_id) == ("security.password_change", admin_user.pk)
    assert (entry.subject, entry.changes) == (f"tenants.user:{admin_user.public_id}", {})


def test_people_made_and_passwords_set_at_the_command_line_are_written_down(
    viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("createsuperuser", interactive=False, email="ada@example.com", name="Ada", verbosity=0)
    ada = User.objects.get(email="ada@example.com")
    monkeypatch.setattr("getpass.getpass", lambda **_: NEW_PASSWORD)
    call_command("changepassword", "ada@example.com", verbosity=0)
    ada.refresh_from_db()
    assert ada.check_password(NEW_PASSWORD)
    entries = log(viewer)
    assert [entry.action for entry in entries] == ["security.staff_admin_made", "security.password_change"]
    assert {(entry.actor_label, entry.subject) for entry in entries} == {
        ("command line", f"tenants.user:{ada.public_id}")
    }


def test_a_credential_is_no_reason_to_reset_a_second_step(signed_in: SignIn, admin_user: User, viewer: User) -> None:
    page = f"/admin/tenants/user/{viewer.pk}/second-step/"
    answer = signed_in(admin_user).post(page, {"reason": "They sent cs2.abcdefgh12345678 as proof."})
    assert answer.status_code == 200 and "abcdefgh" not in answer.text
    assert not AuditEntry.objects.filter(reason__contains="abcdefgh").exists()


def test_an_admin_ends_all_sessions_of_a_person(signed_in: SignIn, admin_user: User, operator: User) -> None:
    theirs, admin = Client(), Client()
    theirs.force_login(operator)
    admin.force_login(admin_user)
    page = f"/admin/tenants/user/{operator.pk}/sessions/"
    assert "signs" in admin.get(page).text
    assert admin.post(page, {"reason": ""}).status_code == 200
    assert theirs.get("/account/security").status_code == 200
    assert admin.post(page, {"reason": "The laptop was stolen."}).status_code == 302
    assert theirs.get("/account/security").status_code == 302
    last = log(operator)[-1]
    assert (last.action, last.actor, last.reason) == (
        "security.sessions_ended",
        admin_user,
        "The laptop was stolen.",
    )
