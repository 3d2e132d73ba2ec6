"""Mailed links: a lost password, an invitation. Good once, not for long, and silent about who is known."""

import re
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform.accounts.errors import AccountError, LinkGone
from pagetojob.platform.accounts.models import Invitation, MailTopic, OwedMail, PasswordReset, PrivilegeRequest
from pagetojob.platform.accounts.services import invitations, mails, throttle
from pagetojob.platform.accounts.services.forget import forget_ended
from pagetojob.platform.accounts.services.invitations import accept_as, accept_as_new, invite, open_invitations, revoke
from pagetojob.platform.accounts.services.mails import queue_mail, send_pending_mail
from pagetojob.platform.accounts.services.passwords import password_changed
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.derived_keys import link_token, token_digest
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from tests.support.accounts import SECOND_STEP, SECURITY, app_of, link_in, mail_sent, sign_in
from tests.support.cast import SignIn
from tests.support.factories import make_membership, make_tenant, make_user
from tests.support.locks import wait_for_lock
from tests.support.threads import at_once

NEW = "a much longer password"


def ask(client: Client, email: str, **extra: Any) -> Any:
    return client.post("/account/forgot", {"email": email}, **extra)


def reset_link(client: Client, user: User) -> str:
    ask(client, user.email)
    return link_in(mail_sent()[-1], "reset")


def test_a_lost_password_is_set_by_the_link_once(client: Client, operator: User, signed_in: SignIn) -> None:
    elsewhere = signed_in(operator)
    link = reset_link(client, operator)
    assert client.get(link).status_code == 200
    assert "too short" in client.post(link, {"password": "short"}).text
    assert client.post(link, {"password": NEW})["Location"] == "/account/sign-in"
    operator.refresh_from_db()
    assert operator.check_password(NEW) and not get_user(client).is_authenticated
    assert elsewhere.get(SECURITY).status_code == 302
    for answer in (client.get(link), client.post(link, {"password": "yet another password"})):
        assert answer.status_code == 404 and "was already used" in answer.text
    operator.refresh_from_db()
    assert operator.check_password(NEW)
    assert mail_sent()[-1]["Subject"] == "Your password was changed"


def test_an_invitation_to_a_contractor_names_pagetojob_and_the_account(client: Client, admin_user: User) -> None:
    tenant, owner = make_tenant(name="Blue Mesa Plumbing"), make_user(email="owner@blue-mesa.example", name="Bea Mesa")
    make_membership(user=owner, tenant=tenant, role=TenantRole.OWNER)
    for inviter, named in ((admin_user, f"{admin_user.name} of PageToJob"), (owner, "Bea Mesa")):
        address = f"colleague-of-{inviter.pk}@blue-mesa.example"
        invite(email=address, actor=inviter, reason="New.", tenant=tenant, tenant_role=TenantRole.REVIEWER)
        mail = mail_sent()[-1]
        text = mail.get_content()
        assert f"{named} invites you to the account of Blue Mesa Plumbing at PageToJob." in text
        assert "If you do not work for Blue Mesa Plumbing, ignore this message." in text
        assert f"{named} invites" in client.get(link_in(mail, "invitation")).text


def test_a_reset_asked_before_a_change_of_password_is_not_mailed_after_it(
    client: Client, operator: User, viewer: User
) -> None:
    ask(client, operator.email.upper())
    ask(client, viewer.email)
    password_changed(operator, "A test.")
    assert {mail["To"] for mail in mail_sent() if mail["Subject"] == "Set a new password"} == {viewer.email}


def test_a_reset_does_not_go_round_the_second_step(client: Client, operator: User) -> None:
    app_of(operator)
    client.post(reset_link(client, operator), {"password": NEW})
    assert sign_in(client, operator, NEW)["Location"] == SECOND_STEP


def test_reset_request_does_not_reveal_known_addresses(client: Client, operator: User) -> None:
    make_user(email="gone@example.com", is_active=False)
    seen = []
    for email in (operator.email, "gone@example.com", "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, email)
        seen.append((answer.status_code, answer.text.replace(email, "X"), len(queries)))
        assert not [query for query in queries if "tenants_user" in query["sql"]]
    assert seen[0] == seen[1] == seen[2]
    assert [mail["To"] for mail in mail_sent()] == [operator.email]


def test_what_was_typed_is_forgotten_and_mail_goes_to_the_stored_address_only(client: Client, db: None) -> None:
    make_user(email="mike@example.com")
    for typed in ("mıke@example.com", "ＭＩＫＥ@example.com", "mike@example.com,evil@example.com"):
        ask(client, typed)
    assert [mail["To"] for mail in mail_sent()] == ["mike@example.com"]
    assert set(OwedMail.objects.values_list("typed_email", flat=True)) == {""}


def test_reset_mail_is_rate_limited(client: Client, operator: User) -> None:
    statuses = [ask(client, operator.email, REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(5)]
    assert statuses == [200] * throttle.OF_MAIL.free + [429] * 2
    unknown = [ask(client, "nobody@example.com", REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(5)]
    assert unknown == statuses


@pytest.mark.parametrize("spoil", ["expired", "forged", "other kind", "person left", "nul", "long"])
def test_an_invalid_link_reveals_nothing(
    client: Client, operator: User, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spoil == "expired":
        monkeypatch.setattr(mails, "RESET_LIFE", timedelta(0))
    link = reset_link(client, operator)
    if spoil == "person left":
        User.objects.filter(pk=operator.pk).update(is_active=False)
    elif spoil != "expired":
        public_id = PasswordReset.objects.get().public_id
        token = {
            "forged": link.rsplit("/", 1)[1].swapcase(),
            "other kind": link_token("invitation", public_id),
            "nul": "%00",
            "long": "A" * 5000,
        }[spoil]
        link = f"/account/reset/{token}"
    gone = client.get(link)
    assert gone.status_code == 404
    assert client.post(link, {"password": NEW}).status_code == 404
    assert gone.text == client.get("/account/reset/never-there").text
    operator.refresh_from_db()
    assert not operator.check_password(NEW)


def test_a_reset_link_that_is_gone_leads_to_a_new_link(client: Client, db: None) -> None:
    new = '<a class="button" href="/account/forgot">Request a new link</a>'
    assert new in client.get("/account/reset/never-there").text
    assert "Request a new link" not in client.get("/account/invitation/never-there").text


def test_trying_links_is_slowed_down(client: Client, db: None) -> None:
    statuses = [client.get(f"/account/reset/{n}").status_code for n in range(throttle.OF_LINKS.free + 2)]
    assert statuses == [404] * throttle.OF_LINKS.free + [429] * 2


def test_setting_a_password_ends_the_other_links(client: Client, operator: User) -> None:
    first, second = reset_link(client, operator), reset_link(client, operator)
    assert first != second
    client.post(second, {"password": NEW})
    assert client.get(first).status_code == 404


def test_the_database_knows_no_link(client: Client, operator: User) -> None:
    token = reset_link(client, operator).rsplit("/", 1)[1]
    assert token not in str(list(PasswordReset.objects.values())) + str(list(OwedMail.objects.values()))
    assert PasswordReset.objects.get().digest == token_digest(token)


def test_a_mail_server_that_is_away_gets_the_same_mail_later(client: Client, operator: User) -> None:
    folder = Path(settings.MAILERS["default"]["OPTIONS"]["folder"])
    folder.write_text("a file stands where the folder should be", encoding="ascii")
    ask(client, operator.email)
    assert send_pending_mail() == 0 and OwedMail.objects.get().settled_at is None
    reset = PasswordReset.objects.get()
    folder.unlink()
    OwedMail.objects.update(due_at=timezone.now())
    (mail,) = mail_sent()
    assert link_in(mail, "reset").endswith(link_token("reset", reset.public_id))
    assert "may receive this message twice" in mail.get_content()
    assert PasswordReset.objects.count() == 1


def invited(actor: User, email: str = "new@example.com", **roles: Any) -> str:
    invite(email=email, actor=actor, reason="joins", **roles)
    return link_in(mail_sent()[-1], "invitation")


def test_a_new_user_joins_with_the_roles_of_the_invitation(client: Client, admin_user: User, tenant: Tenant) -> None:
    link = invited(admin_user, ops_role="viewer", tenant=tenant, tenant_role=TenantRole.REVIEWER)
    assert "new@example.com" in client.get(link).text
    data = {"name": "Nia New", "password": NEW, "email": "evil@example.com", "ops_role": "lead"}
    assert client.post(link, data)["Location"] == "/portal/"
    person = User.objects.get(email="new@example.com")
    assert (person.name, person.ops_role, person.staff_role) == ("Nia New", "viewer", "")
    assert person.memberships.get().role == TenantRole.REVIEWER
    assert get_user(client) == person
    assert Client().get(link).status_code == 404
    with scope.tenant(tenant.pk):
        log = list(AuditEntry.objects.order_by("id").values_list("action", "changes"))
    assert [action for action, _ in log] == ["accounts.invite", "accounts.invitation_accepted"]
    assert "new@example.com" not in str(log)


def test_an_invitation_ends_at_a_time_of_its_tenant(admin_user: User, tenant: Tenant) -> None:
    invited(admin_user, "member@example.com", tenant=tenant, tenant_role=TenantRole.REVIEWER)
    ends = tenant.in_words(Invitation.objects.get(tenant=tenant).expires_at)
    assert ends.endswith(" MST") and f"works once, until {ends}:" in mail_sent()[-1].get_content()
    invited(admin_user, ops_role="viewer")
    assert re.search(r"works once, until \w+ \d+, \d+, \d+:\d\d [AP]M UTC:", mail_sent()[-1].get_content())


def test_with_a_role_the_first_page_is_the_second_step(client: Client, admin_user: User, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client.post(invited(admin_user, ops_role="viewer"), {"name": "Nia", "password": NEW})
    assert client.get("/ops/")["Location"] == SECURITY


def test_who_has_an_account_joins_after_signing_in(client: Client, admin_user: User, tenant: Tenant) -> None:
    olive, other = make_user(email="olive@example.com"), make_user()
    link = invited(admin_user, "OLIVE@example.com", tenant=tenant, tenant_role=TenantRole.OWNER)
    assert "already has an account" in client.get(link).text
    client.post(link, {"name": "x", "password": NEW})
    olive.refresh_from_db()
    assert not olive.check_password(NEW) and not olive.memberships.exists()
    client.force_login(other)
    assert "Sign out" in client.get(link).text
    client.post(link)
    assert not other.memberships.exists()
    client.force_login(olive)
    assert client.get(link).status_code == 200 and not olive.memberships.exists()
    assert "You stay an owner." not in client.post(link, follow=True).text
    assert olive.memberships.get().role == TenantRole.OWNER


@pytest.mark.parametrize("spoil", ["revoked", "expired", "inviter left", "inviter lost the role", "newer one"])
def test_an_invitation_that_ended_is_worth_nothing(
    client: Client, admin_user: User, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spoil == "expired":
        monkeypatch.setattr(invitations, "LIFE", timedelta(0))
    link = invited(admin_user, ops_role="viewer")
    row = Invitation.objects.get()
    if spoil == "revoked":
        assert revoke(invitation=row, actor=admin_user, reason="wrong address")
        assert not revoke(invitation=row, actor=admin_user, reason="again")
    elif spoil == "inviter left":
        User.objects.filter(pk=admin_user.pk).update(is_active=False)
    elif spoil == "inviter lost the role":
        User.objects.filter(pk=admin_user.pk).update(staff_role="")
    elif spoil == "newer one":
        invited(admin_user, ops_role="lead")
    assert client.get(link).status_code == 404
    assert client.post(link, {"name": "x", "password": NEW}).status_code == 404
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_revoked_invitation_is_not_even_mailed(admin_user: User) -> None:
    row = invite(email="new@example.com", actor=admin_user, reason="joins", ops_role="viewer")
    revoke(invitation=row, actor=admin_user, reason="typo")
    assert mail_sent() == []


@pytest.mark.django_db(transaction=True)
def test_concurrent_acceptance_succeeds_once(admin_user: User) -> None:
    row = invite(email="new@example.com", actor=admin_user, reason="joins", ops_role="viewer")
    token = link_token("invitation", row.public_id)

    def accept(name: str) -> bool:
        try:
            accept_as_new(token=token, name=name, password=NEW)
        except LinkGone:
            return False
        return True

    assert sorted(at_once(accept, "abcd")) == [False] * 3 + [True]


@pytest.mark.django_db(transaction=True)
def test_of_two_invitations_at_once_the_last_stays_open(admin_user: User, tenant: Tenant) -> None:
    def invite_owner(reason: str) -> None:
        invite(email="new@example.com", actor=admin_user, reason=reason, tenant=tenant, tenant_role="owner")

    at_once(invite_owner, "abcd")
    assert open_invitations(tenant).count() == 1 and Invitation.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_two_first_owners_who_accept_at_once_a_tenant_gets_a_single_owner(operator: User) -> None:
    """The first invitation was sent to a wrong address; it ends when the right person is the owner."""
    tenant, tokens = make_tenant(), []
    for number in range(4):
        email = f"owner-{number}@example.com"
        row = invite(email=email, actor=operator, reason="joins", tenant=tenant, tenant_role="owner")
        tokens.append(link_token("invitation", row.public_id))

    def accept(token: str) -> bool:
        try:
            accept_as_new(token=token, name="Pat Lee", password=NEW)
        except LinkGone:
            return False
        return True

    assert sorted(at_once(accept, tokens)) == [False] * 3 + [True]
    assert Membership.objects.filter(tenant=tenant, role=TenantRole.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_made_at_the_same_time_is_no_error(admin_user: User, tenant: Tenant) -> None:
    """Two tenants invite a person, who sends both forms."""
    row = invite(email="new@example.com", actor=admin_user, reason="joins", tenant=tenant, tenant_role="reviewer")

    def accept() -> None:
        try:
            with pytest.raises(AccountError, match="You already have an account"):
                accept_as_new(token=link_token("invitation", row.public_id), name="Pat Lee", password=NEW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            make_user(email="new@example.com")
            accepted = pool.submit(accept)
            wait_for_lock(accepted)
        accepted.result()
    assert open_invitations(tenant).get() == row


def test_a_role_given_meanwhile_is_not_lost_when_another_invitation_is_accepted(admin_user: User) -> None:
    person = make_user(email="both@example.com")
    seen_before = User.objects.get(pk=person.pk)
    for desk, staff in (("viewer", ""), ("", "editor")):
        row = invite(email=person.email, actor=admin_user, reason="joins", ops_role=desk, staff_role=staff)
        # Each time with the person as a request of before the first acceptance holds them.
        accept_as(token=link_token("invitation", row.public_id), person=copy(seen_before), keep_session=None)
    person.refresh_from_db()
    assert (person.ops_role, person.staff_role) == ("viewer", "")
    assert PrivilegeRequest.objects.get(user=person).privilege == "editor"


@pytest.mark.django_db(transaction=True)
def test_two_invitations_accepted_concurrently_by_the_same_user_both_count(admin_user: User, tenant: Tenant) -> None:
    person = make_user(email="both@example.com")
    rows = [
        invite(email=person.email, actor=admin_user, reason="joins", ops_role="viewer"),
        invite(email=person.email, actor=admin_user, reason="owns", tenant=tenant, tenant_role=TenantRole.OWNER),
    ]
    ready = Barrier(2)

    def accept(row: Invitation) -> None:
        user = User.objects.get(pk=person.pk)
        ready.wait(timeout=60)
        accept_as(token=link_token("invitation", row.public_id), person=user, keep_session=None)

    at_once(accept, rows)
    person.refresh_from_db()
    assert person.ops_role == "viewer"
    assert Membership.objects.get(user=person).role == TenantRole.OWNER


def admin_invites(client: Client, **changes: str) -> Any:
    data = {"email": "new@example.com", "ops_role": "viewer", "staff_role": "", "reason": "joins"}
    return client.post("/admin/accounts/invitation/add/", data | changes)


def test_a_staff_admin_invites_in_the_admin(signed_in: SignIn, admin_user: User, viewer: User) -> None:
    client = signed_in(admin_user)
    assert "Choose at least one role" in admin_invites(client, ops_role="").text
    assert "or neither" in admin_invites(client, tenant_role="owner").text
    assert "cannot invite yourself" in admin_invites(client, email=admin_user.email.upper()).text
    assert "Enter a reason" in admin_invites(client, reason="").text
    assert admin_invites(client).status_code == 302
    row = Invitation.objects.get()
    assert (row.email, row.ops_role, row.invited_by) == ("new@example.com", "viewer", admin_user)
    assert [mail["To"] for mail in mail_sent()] == ["new@example.com"]
    with scope.operator(viewer, reason="test"):
        assert [entry.action for entry in AuditEntry.objects.all()] == ["accounts.invite"]
    assert client.get(f"/admin/accounts/invitation/{row.pk}/change/").status_code == 200
    client.post("/admin/accounts/invitation/", {"action": "take_back", "_selected_action": str(row.pk)})
    row.refresh_from_db()
    assert row.revoked_at


def test_the_admin_shows_why_it_does_not_invite(
    signed_in: SignIn, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    client = signed_in(admin_user)
    assert admin_invites(client).status_code == 302
    answer = admin_invites(client, email="second@example.com")
    assert answer.status_code == 200 and "already open. Revoke some first." in answer.text
    assert "second@example.com" in answer.text, "what was typed stays"
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(("who", "status"), [("editor", 403), ("operator", 302), ("owner", 302)])
def test_only_staff_admins_invite_in_the_admin(
    signed_in: SignIn, request: pytest.FixtureRequest, who: str, status: int
) -> None:
    assert admin_invites(signed_in(request.getfixturevalue(who))).status_code == status
    assert not Invitation.objects.exists()


def test_an_owner_invites_to_the_own_tenant_and_takes_it_back(signed_in: SignIn, owner: User, tenant: Tenant) -> None:
    client = signed_in(owner)
    data = {"tenant": str(tenant.public_id), "email": "new@example.com", "role": "reviewer"}
    assert client.post("/portal/people/", data).status_code == 302
    row = Invitation.objects.get()
    assert (row.tenant, row.tenant_role, row.ops_role, row.staff_role) == (tenant, "reviewer", "", "")
    assert "new@example.com" in client.get("/portal/people/").text
    assert "cannot invite yourself" in client.post("/portal/people/", data | {"email": owner.email}, follow=True).text
    revoked = client.post(f"/portal/people/revoke/{row.public_id}", follow=True).text
    row.refresh_from_db()
    assert row.revoked_at and "Its link no longer works" in revoked
    again = client.post(f"/portal/people/revoke/{row.public_id}", follow=True).text
    assert "accepted or revoked in the meantime" in again and "Its link no longer works" not in again


def test_invitations_are_rate_limited(signed_in: SignIn, owner: User, tenant: Tenant) -> None:
    data = {"tenant": str(tenant.public_id), "email": "new@example.com", "role": "reviewer"}
    statuses = [signed_in(owner).post("/portal/people/", data).status_code for _ in range(4)]
    assert statuses == [302] * throttle.OF_MAIL.free + [429]


def test_an_owner_cannot_keep_an_address_from_being_invited_by_another_tenant(
    signed_in: SignIn, owner: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    other_owner = make_user()
    make_membership(tenant=other_tenant, user=other_owner, role=TenantRole.OWNER)
    data = {"tenant": str(tenant.public_id), "email": "new@example.com", "role": "reviewer"}
    statuses = [signed_in(owner).post("/portal/people/", data).status_code for _ in range(4)]
    assert statuses[-1] == 429
    data["tenant"] = str(other_tenant.public_id)
    assert signed_in(other_owner).post("/portal/people/", data).status_code == 302
    assert Invitation.objects.filter(tenant=other_tenant, email="new@example.com").exists()


def test_strangers_cannot_keep_an_address_from_being_invited(
    client: Client, signed_in: SignIn, owner: User, tenant: Tenant
) -> None:
    asked = [ask(client, "new@example.com", REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(4)]
    assert asked[-1] == 429
    data = {"tenant": str(tenant.public_id), "email": "new@example.com", "role": "reviewer"}
    assert signed_in(owner).post("/portal/people/", data).status_code == 302
    assert Invitation.objects.get().email == "new@example.com"


@pytest.mark.parametrize(
    "name",
    [
        "PageToJob\n\nYour account is locked.",
        "Jo\r\nCall us",
        "Jo \u202eel",
        "Jo\u2028X",
        "Jo\u200bX",
        "Jo \u061cX",
        "Unlock it: https://evil.example",
        "www.evil.example/login",
        "evil.example now",
        "evil\uff0eexample now",
        "support@evil",
        "Unlock it at localhost/login",
    ],
)
def test_a_name_cannot_write_text_of_ours_into_invitations(client: Client, admin_user: User, name: str) -> None:
    answer = client.post(invited(admin_user, ops_role="viewer"), {"name": name, "password": NEW})
    assert "Enter your name on one line" in answer.text
    assert not User.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize(
    "name",
    ["J. R. Smith", "Mary-Jo O'Neil", "St. John", "José Núñez Ávila", "Zoë Žižková", "Łukasz Müller Jr.", "李小龍"],
)
def test_a_name_of_a_person_is_accepted(client: Client, admin_user: User, name: str) -> None:
    client.post(invited(admin_user, ops_role="viewer"), {"name": name, "password": NEW})
    assert User.objects.get(email="new@example.com").name == name


def test_an_invitation_takes_no_role_away(client: Client, owner: User, admin_user: User, tenant: Tenant) -> None:
    link = invited(admin_user, email=owner.email, tenant=tenant, tenant_role=TenantRole.REVIEWER)
    client.force_login(owner)
    assert "You stay an owner." in client.post(link, follow=True).text
    role = Membership.objects.get(tenant=tenant, user=owner).role
    assert role == TenantRole.OWNER, "the tenant would have no owner"
    with scope.tenant(tenant.pk):
        changes = AuditEntry.objects.get(action="accounts.invitation_accepted").changes
    assert changes["tenant_role"] == [None, TenantRole.OWNER]


def test_an_owner_invites_to_no_other_tenant_and_to_no_role_of_ours(
    signed_in: SignIn, owner: User, admin_user: User, other_tenant: Tenant
) -> None:
    client = signed_in(owner)
    data = {"tenant": str(other_tenant.public_id), "email": "new@example.com", "role": "reviewer"}
    assert client.post("/portal/people/", data).status_code == 404
    own = {"tenant": str(owner.memberships.get().tenant.public_id)}
    assert client.post("/portal/people/", data | own | {"role": "lead", "ops_role": "lead"}).status_code == 200
    theirs = invite(
        email="a@example.com", actor=admin_user, reason="x", tenant=other_tenant, tenant_role=TenantRole.OWNER
    )
    missing = "00000000-0000-4000-8000-000000000000"
    answers = [client.post(f"/portal/people/revoke/{name}") for name in (theirs.public_id, missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


@pytest.mark.parametrize("who", ["reviewer", "operator", "admin_user"])
def test_for_everybody_else_there_is_no_such_page(signed_in: SignIn, request: pytest.FixtureRequest, who: str) -> None:
    assert signed_in(request.getfixturevalue(who)).get("/portal/people/").status_code == 404


def test_ended_links_are_forgotten_after_a_month(client: Client, admin_user: User, operator: User) -> None:
    invited(admin_user, ops_role="viewer")
    reset_link(client, operator)
    month = timezone.now() + timedelta(days=38)
    assert forget_ended(now=month) and not OwedMail.objects.exists()
    assert not Invitation.objects.exists() and not PasswordReset.objects.exists()


def test_an_invitation_of_a_former_owner_is_invalid(client: Client, owner: User, tenant: Tenant) -> None:
    link = invited(owner, tenant=tenant, tenant_role=TenantRole.OWNER)
    assert client.get(link).status_code == 200
    owner.memberships.update(role=TenantRole.REVIEWER)
    assert client.get(link).status_code == client.post(link, {"name": "x", "password": NEW}).status_code == 404


@pytest.mark.parametrize(("zone", "shown"), [("", "UTC"), ("Asia/Tokyo", "JST")])
def test_an_email_about_an_account_shows_its_readers_zone(operator: User, zone: str, shown: str) -> None:
    User.objects.filter(pk=operator.pk).update(time_zone=zone)
    with transaction.atomic():
        queue_mail(MailTopic.PASSWORD_CHANGED, operator)
    body = mail_sent()[-1].get_content()
    assert re.search(rf"^On \w+ \d+, \d+, \d\d:\d\d {shown} ", body, re.MULTILINE), body


def test_a_replaced_invitation_is_revoked_in_the_log(owner: User, tenant: Tenant) -> None:
    first = invitations.invite(
        email="new@example.com", actor=owner, reason="Joins.", tenant=tenant, tenant_role="reviewer"
    )
    invitations.invite(email="new@example.com", actor=owner, reason="As owner.", tenant=tenant, tenant_role="owner")

    first.refresh_from_db()
    assert first.revoked_at
    with scope.tenant(tenant.pk):
        lines = AuditEntry.objects.order_by("id").values_list("action", "actor_id", "reason")
        assert list(lines) == [
            ("accounts.invite", owner.pk, "Joins."),
            ("accounts.invitation_revoked", owner.pk, "Replaced by a new invitation. As owner."),
            ("accounts.invite", owner.pk, "As owner."),
        ]
