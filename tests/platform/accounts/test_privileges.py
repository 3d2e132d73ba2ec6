"""Operator, lead and staff roles, and the reset of their second step, need two staff admins."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pagetojob.platform.accounts.errors import AccountError
from pagetojob.platform.accounts.models import Authenticator, Privilege, PrivilegeRequest
from pagetojob.platform.accounts.services.factors import factors_of, reset_factors
from pagetojob.platform.accounts.services.forget import forget_ended
from pagetojob.platform.accounts.services.privileges import (
    LIFE,
    confirm_privilege,
    decline_privilege,
    request_privilege,
)
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import FIRST_ADMINS, User
from pagetojob.platform.tenants.roles import Ability
from tests.support.accounts import app_of, change_user, mail_sent, user_data
from tests.support.cast import SignIn
from tests.support.factories import make_user

LIST = "/admin/accounts/privilegerequest/"


@pytest.fixture
def second(db: None) -> User:
    return make_user(staff_role="admin", name="Second Admin")


def decide(client: Client, row: PrivilegeRequest, answer: str = "confirm") -> Any:
    return client.post(f"{LIST}{row.pk}/decide/", {"reason": "Called back.", answer: "x"})


def roles(user: User) -> tuple[str, str]:
    user.refresh_from_db()
    return user.ops_role, user.staff_role


def actions(reader: User) -> list[tuple[str, int | None]]:
    with scope.operator(reader, reason="test"):
        return list(AuditEntry.objects.order_by("id").values_list("action", "actor_id"))


@pytest.mark.parametrize(
    "case",
    [
        ({"ops_role": "lead"}, ("lead", "")),
        ({"staff_role": "admin"}, ("operator", "admin")),
        ({"staff_role": "editor"}, ("operator", "editor")),
    ],
)
def test_a_second_admin_confirms_a_privileged_role(
    signed_in: SignIn, admin_user: User, second: User, operator: User, case: tuple[dict[str, str], tuple[str, str]]
) -> None:
    change, after = case
    theirs, asking, confirming = signed_in(operator), signed_in(admin_user), signed_in(second)
    page = change_user(asking, operator, **change, reason="Night shift")
    shown = asking.get(page["Location"]).text
    assert "waits until another staff admin confirms it" in shown and "changed successfully" not in shown
    assert roles(operator) == ("operator", "")
    row = PrivilegeRequest.objects.get()
    listed = confirming.get(LIST).text
    assert "Night shift" in listed and str(admin_user) in listed and f"{row.pk}/decide/" in listed
    assert theirs.get("/account/security").status_code == 200
    assert decide(confirming, row)["Location"] == LIST
    assert roles(operator) == after
    assert theirs.get("/account/security").status_code == 302, "the session of before goes on"
    assert actions(operator) == [
        ("security.privilege_requested", admin_user.pk),
        ("tenants.user.change", admin_user.pk),
        ("security.privilege_confirmed", second.pk),
        ("security.privilege_granted", second.pk),
    ]
    sent = [(mail["To"], mail["Subject"]) for mail in mail_sent()]
    requested, decided = "A privileged change was requested", "A privileged change was decided"
    assert sorted(sent) == sorted(
        [(operator.email, requested), (second.email, requested), (operator.email, decided), (admin_user.email, decided)]
    )
    assert "until" not in confirming.get(f"{LIST}{row.pk}/decide/").text
    assert "already decided" in decide(confirming, row).text


def test_other_changes_of_the_same_form_apply_at_once(signed_in: SignIn, admin_user: User, operator: User) -> None:
    client = signed_in(admin_user)
    page = change_user(client, operator, ops_role="viewer", staff_role="editor", name="Olive")
    assert "changed successfully" in client.get(page["Location"]).text
    assert roles(operator) == ("viewer", "") and operator.name == "Olive"
    with scope.operator(operator, reason="test"):
        changes = AuditEntry.objects.get(action="tenants.user.change").changes
    assert set(changes) == {"ops_role", "name"}


def test_neither_the_requester_nor_the_person_confirms(signed_in: SignIn, admin_user: User, second: User) -> None:
    change_user(signed_in(admin_user), second, ops_role="lead")
    row = PrivilegeRequest.objects.get()
    assert "You requested this" in decide(signed_in(admin_user), row).text
    assert "This is about you" in decide(signed_in(second), row).text
    assert "This is about you" in decide(signed_in(second), row, "decline").text
    assert roles(second) == ("", "admin") and PrivilegeRequest.objects.get().outcome == ""


@pytest.mark.parametrize("who", ["editor", "operator", "lead_operator", "owner"])
def test_only_staff_admins_decide(
    signed_in: SignIn, request: pytest.FixtureRequest, admin_user: User, viewer: User, who: str
) -> None:
    row = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x")
    person = request.getfixturevalue(who)
    assert decide(signed_in(person), row).status_code in {302, 403, 404}
    with pytest.raises(AccountError):
        confirm_privilege(row=row, actor=person, reason="x")
    with pytest.raises(AccountError):
        request_privilege(privilege=Privilege.ADMIN, user=viewer, actor=person, reason="x")
    assert roles(viewer) == ("viewer", "")


def test_a_request_ends_after_seven_days(admin_user: User, second: User, viewer: User) -> None:
    row = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x")
    with pytest.raises(AccountError, match="already requested"):
        request_privilege(privilege=Privilege.LEAD, user=viewer, actor=second, reason="x")
    assert timedelta(0) < row.expires_at - timezone.now() <= LIFE == timedelta(days=7)
    row = _aged(row)
    with pytest.raises(AccountError, match="expired"):
        confirm_privilege(row=row, actor=second, reason="x")
    again = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=second, reason="x")
    confirm_privilege(row=again, actor=admin_user, reason="x")
    assert roles(viewer) == ("lead", "")


def _aged(row: PrivilegeRequest) -> PrivilegeRequest:
    """Return the request with its seven days over; the app may not change the column."""
    PrivilegeRequest.objects.filter(pk=row.pk).delete()
    row.pk, row.expires_at = None, timezone.now() - timedelta(seconds=1)
    row.save(force_insert=True)
    return row


@pytest.mark.parametrize("field", ["staff_role", "is_active"])
def test_the_request_of_a_former_admin_is_worth_nothing(
    admin_user: User, second: User, viewer: User, field: str
) -> None:
    row = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x")
    User.objects.filter(pk=admin_user.pk).update(**{field: "" if field == "staff_role" else False})
    with pytest.raises(AccountError, match="no longer has the role"):
        confirm_privilege(row=row, actor=second, reason="x")


@pytest.mark.parametrize("who", ["admin_user", "second"])
def test_either_admin_declines(
    signed_in: SignIn, request: pytest.FixtureRequest, admin_user: User, viewer: User, who: str
) -> None:
    second = request.getfixturevalue("second")
    row = request_privilege(privilege=Privilege.ADMIN, user=viewer, actor=admin_user, reason="x")
    assert decide(signed_in(request.getfixturevalue(who)), row, "decline").status_code == 302
    with pytest.raises(AccountError):
        confirm_privilege(row=row, actor=second, reason="x")
    with pytest.raises(AccountError):
        decline_privilege(row=row, actor=second, reason="x")
    assert roles(viewer) == ("viewer", "")


def test_an_invitation_grants_no_privileged_role(
    signed_in: SignIn, admin_user: User, second: User, client: Client
) -> None:
    data = {"email": "new@example.com", "ops_role": "lead", "staff_role": "editor", "reason": "joins"}
    assert signed_in(admin_user).post("/admin/accounts/invitation/add/", data).status_code == 302
    (mail,) = mail_sent()
    link = next(word for word in mail.get_content().split() if "/account/invitation/" in word)
    client.post(link.removeprefix("http://testserver"), {"name": "Nia", "password": "a much longer password"})
    nia = User.objects.get(email="new@example.com")
    assert roles(nia) == ("", "")
    lead, editor = PrivilegeRequest.objects.order_by("-privilege")
    assert (lead.user, lead.requested_by, lead.privilege) == (nia, admin_user, "lead")
    decide(signed_in(second), lead)
    assert roles(nia) == ("lead", "")
    decide(signed_in(second), editor)
    assert roles(nia) == ("lead", "editor")


def test_an_admin_alone_makes_no_two_operators(signed_in: SignIn, admin_user: User, second: User) -> None:
    """Two operators confirm an erasure or a hold, and approve each other's pages."""
    asking, people = signed_in(admin_user), [make_user(name=name) for name in ("Ann", "Bob")]
    for person in people:
        change_user(asking, person, ops_role="operator")
        assert roles(person) == ("", "") and not person.can(Ability.ACT_ON_QUEUE)
    for row in PrivilegeRequest.objects.all():
        assert "You requested this" in decide(asking, row).text
        decide(signed_in(second), row)
    assert {roles(person) for person in people} == {("operator", "")}


def test_a_single_admin_of_a_new_server_names_a_second_at_the_shell(
    signed_in: SignIn, admin_user: User, viewer: User
) -> None:
    asking = signed_in(admin_user)
    shown = asking.get(change_user(asking, viewer, ops_role="operator")["Location"]).text
    assert "There is no other yet: name one with manage.py createsuperuser." in shown
    call_command("createsuperuser", interactive=False, email="b@example.com", name="Bea", verbosity=0)
    row = PrivilegeRequest.objects.get()
    confirm_privilege(row=row, actor=User.objects.get(email="b@example.com"), reason="Called back.")
    assert roles(viewer) == ("operator", "")
    shown = asking.get(change_user(asking, viewer, ops_role="lead")["Location"]).text
    assert "waits until another staff admin confirms it" in shown and "createsuperuser" not in shown


def test_a_lead_becomes_an_operator_at_once(signed_in: SignIn, admin_user: User, lead_operator: User) -> None:
    change_user(signed_in(admin_user), lead_operator, ops_role="operator")
    assert roles(lead_operator) == ("operator", "") and not PrivilegeRequest.objects.exists()


def test_a_new_person_starts_without_a_privileged_role(signed_in: SignIn, admin_user: User) -> None:
    new = User(email="new@example.com", name="Nia", ops_role="lead")
    assert signed_in(admin_user).get("/admin/tenants/user/add/").status_code == 200
    assert signed_in(admin_user).post("/admin/tenants/user/add/?ops_role=lead", user_data(new)).status_code == 302
    assert roles(User.objects.get(email="new@example.com")) == ("", "")
    assert PrivilegeRequest.objects.get().privilege == "lead"


def test_a_privileged_person_comes_back_without_the_role(
    signed_in: SignIn, admin_user: User, lead_operator: User
) -> None:
    client = signed_in(admin_user)
    change_user(client, lead_operator, is_active="")
    assert "Take the operations" in change_user(client, lead_operator, is_active="on").text
    lead_operator.refresh_from_db()
    assert not lead_operator.is_active
    assert "Take the operations" in change_user(client, lead_operator, is_active="on", ops_role="operator").text
    change_user(client, lead_operator, is_active="on", ops_role="viewer")
    assert roles(lead_operator) == ("viewer", "") and lead_operator.is_active


def test_a_privileged_second_step_is_reset_by_two(
    signed_in: SignIn, admin_user: User, second: User, lead_operator: User
) -> None:
    app_of(lead_operator)
    page = f"/admin/tenants/user/{lead_operator.pk}/second-step/"
    assert signed_in(admin_user).post(page, {"reason": "lost the phone"}).status_code == 302
    assert "already requested" in signed_in(admin_user).post(page, {"reason": "lost the phone"}).text
    assert factors_of(lead_operator), "one admin was enough"
    with pytest.raises(AccountError, match="second staff admin"):
        reset_factors(user=lead_operator, reason="x", actor=admin_user)
    row = PrivilegeRequest.objects.get()
    assert "You requested this" in decide(signed_in(admin_user), row).text and factors_of(lead_operator)
    assert decide(signed_in(second), row).status_code == 302
    assert not factors_of(lead_operator) and not Authenticator.objects.exists()
    assert actions(lead_operator)[-1] == ("security.factors_reset", second.pk)


def test_the_shell_names_the_first_two_admins_and_no_third(db: None) -> None:
    def name(who: str) -> None:
        call_command("createsuperuser", interactive=False, email=f"{who}@example.com", name=who, verbosity=0)

    name("first")
    name("second")
    with pytest.raises(CommandError, match="Two staff admins exist"):
        name("third")
    assert User.objects.filter(staff_role="admin").count() == 2
    User.objects.filter(email="first@example.com").update(is_active=False)
    name("third")


PRIVILEGED = [("ops_role", "operator"), ("ops_role", "lead"), ("staff_role", "admin"), ("staff_role", "editor")]


@pytest.mark.parametrize(("field", "role"), PRIVILEGED)
def test_the_database_refuses_a_new_person_with_a_privileged_role(
    admin_user: User, second: User, field: str, role: str
) -> None:
    with pytest.raises(IntegrityError, match="second staff admin confirms"), transaction.atomic():
        User.objects.create(email="new@example.com", name="Nia", **{field: role})
    User.objects.create(email="new@example.com", name="Nia", ops_role="viewer")
    User.objects.filter(pk=second.pk).update(is_active=False)
    assert User.objects.create(email="third@example.com", name="Tia", **{field: role}).pk


def test_the_trigger_counts_the_same_first_admins() -> None:
    migration = import_module("pagetojob.platform.accounts.migrations.0007_privileged_operators")
    assert f"staff_role = 'admin') < {FIRST_ADMINS} THEN" in migration.TRIGGER


@pytest.mark.parametrize(("field", "role"), PRIVILEGED)
def test_the_database_refuses_a_privileged_role_without_a_confirmation(
    admin_user: User, viewer: User, field: str, role: str
) -> None:
    request_privilege(privilege=Privilege(role), user=viewer, actor=admin_user, reason="x")
    with pytest.raises(IntegrityError, match="second staff admin confirms"), transaction.atomic():
        User.objects.filter(pk=viewer.pk).update(**{field: role})
    viewer.name, viewer.ops_role = "Vera", ""
    viewer.save()


@pytest.mark.parametrize(
    ("who", "constraint"),
    [("admin_user", "privilege_two_people"), ("viewer", "privilege_of_another_person"), (None, "decided_whole")],
)
def test_the_database_wants_a_second_person(
    request: pytest.FixtureRequest, admin_user: User, viewer: User, who: str | None, constraint: str
) -> None:
    row = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x")
    by = request.getfixturevalue(who) if who else None
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PrivilegeRequest.objects.filter(pk=row.pk).update(outcome="confirmed", decided_by=by, decided_at=timezone.now())


def test_ended_requests_are_forgotten_after_a_month(admin_user: User, viewer: User) -> None:
    request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x")
    assert link_token("x", "y") and mail_sent()
    forget_ended(now=timezone.now() + timedelta(days=36))
    assert PrivilegeRequest.objects.exists()
    forget_ended(now=timezone.now() + timedelta(days=38))
    assert not PrivilegeRequest.objects.exists()


def test_a_lead_before_has_every_right_and_after_a_decline_none(admin_user: User, second: User, viewer: User) -> None:
    row = request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x")
    decline_privilege(row=row, actor=second, reason="x")
    viewer.refresh_from_db()
    assert not viewer.can(Ability.SECOND_PERSON)
    confirm_privilege(
        row=request_privilege(privilege=Privilege.LEAD, user=viewer, actor=admin_user, reason="x"),
        actor=second,
        reason="x",
    )
    viewer.refresh_from_db()
    assert viewer.can(Ability.SECOND_PERSON)
