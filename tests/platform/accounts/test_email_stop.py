"""The previous address stops or undoes a change for 72 hours. No staff admin takes an account over by its address."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pagetojob.platform.accounts.models import EmailChange
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.accounts.services.email_change import STOPPABLE
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from tests.support.accounts import SECURITY, app_of, change_user, link_in, mail_sent, sign_in
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_user

NEW, LATER, FORGOT = "moved@example.com", "later@example.com", "/account/forgot"
STOP, CONFIRM = "email/stop", "email/confirm"


def mail_to(address: str, subject: str) -> EmailMessage:
    return [mail for mail in mail_sent() if mail["To"] == address and subject in mail["Subject"]][-1]


def change_own(client: Client, email: str) -> None:
    client.post("/account/email", {"email": email})
    assert client.post(link_in(mail_to(email, "A new email address"), CONFIRM))["Location"] == SECURITY


def address(user: User) -> str:
    user.refresh_from_db()
    return user.email


def actions(reader: User) -> list[tuple[str, int | None, str]]:
    with scope.operator(reader, reason="test"):
        return list(AuditEntry.objects.order_by("id").values_list("action", "actor_id", "actor_label"))


@pytest.fixture
def undo(signed_in: SignIn, viewer: User) -> str:
    """Return the link that undoes the change of this person, who has a new address."""
    before = viewer.email
    change_own(signed_in(viewer), NEW)
    return link_in(mail_to(before, "was changed"), STOP)


def test_an_admin_takes_over_no_account_by_its_address(
    signed_in: SignIn, admin_user: User, lead_operator: User, viewer: User
) -> None:
    before, key = lead_operator.email, app_of(lead_operator)
    admin = signed_in(admin_user)
    page = change_user(admin, lead_operator, email=NEW, reason="moved").headers["Location"]
    assert f"The email address is still {before}." in admin.get(page).text
    assert NEW in admin.get(f"/admin/tenants/user/{lead_operator.pk}/change/").text
    assert address(lead_operator) == before and key
    notice = mail_to(before, "A new email address was requested")
    assert admin_user.name in notice.get_content() and NEW not in notice.get_content()
    link = link_in(mail_to(NEW, "A new email address"), CONFIRM)
    # Neither the mailbox nor the admin's own session is the account.
    assert Client().post(link)["Location"].startswith("/account/sign-in")
    assert admin.post(link).status_code == 404
    Client().post(FORGOT, {"email": NEW})
    assert not [mail for mail in mail_sent() if mail["To"] == NEW and mail["Subject"] == "Set a new password"]
    assert address(lead_operator) == before
    assert actions(viewer)[:2] == [
        ("security.email_requested", admin_user.pk, "admin"),
        ("tenants.user.change", admin_user.pk, "admin"),
    ]
    with scope.operator(viewer, reason="test"):
        requested, changed = AuditEntry.objects.order_by("id")[:2]
    assert requested.reason == "moved" and changed.changes == {}


def test_a_requested_address_is_confirmed_by_its_owner(
    signed_in: SignIn, admin_user: User, lead_operator: User
) -> None:
    owner = signed_in(lead_operator)
    change_user(signed_in(admin_user), lead_operator, email=NEW)
    assert f"{admin_user}, a PageToJob staff admin" in owner.get(SECURITY).text
    assert owner.post(link_in(mail_to(NEW, "A new email address"), CONFIRM))["Location"] == SECURITY
    assert address(lead_operator) == NEW


def test_the_current_address_stops_a_request(signed_in: SignIn, admin_user: User, viewer: User) -> None:
    before = viewer.email
    change_user(signed_in(admin_user), viewer, email=NEW)
    confirm = link_in(mail_to(NEW, "A new email address"), CONFIRM)
    stop = link_in(mail_to(before, "A new email address was requested"), STOP)
    page = Client().get(stop)
    assert before in page.text and EmailChange.objects.get().canceled_at is None, "opening the link stopped it"
    assert f"You sign in with {before}" in Client().post(stop, follow=True).text
    assert EmailChange.objects.get().canceled_at and address(viewer) == before
    assert signed_in(viewer).post(confirm).status_code == 404
    assert actions(viewer)[-1] == ("security.email_canceled", None, "mailed link")
    assert mail_to(before, "was stopped")


@pytest.mark.parametrize(
    ("typed", "why"),
    [("taken@example.com", "Another user has"), ("TAKEN@example.com", "Another user has"), ("us er@x.com", "valid")],
)
def test_an_admin_requests_no_taken_or_wrong_address(
    signed_in: SignIn, admin_user: User, viewer: User, typed: str, why: str
) -> None:
    make_user(email="taken@example.com")
    answer = change_user(signed_in(admin_user), viewer, email=typed)
    assert answer.status_code == 200 and why in answer.text
    assert not EmailChange.objects.exists() and mail_sent() == []


def test_another_spelling_is_no_request(signed_in: SignIn, admin_user: User, viewer: User) -> None:
    assert change_user(signed_in(admin_user), viewer, email=viewer.email.upper(), name="Ada").status_code == 302
    assert not EmailChange.objects.exists() and address(viewer) == viewer.email.lower() and viewer.name == "Ada"


def test_the_previous_address_undoes_a_change(signed_in: SignIn, viewer: User, undo: str) -> None:
    before, thief = EmailChange.objects.get().previous_email, signed_in(viewer)
    assert before in Client().get(undo).text and address(viewer) == NEW
    answer = Client().post(undo, follow=True)
    assert answer.redirect_chain[-1][0] == FORGOT and "Set a new password now" in answer.text
    assert address(viewer) == before
    assert thief.get(SECURITY).status_code == 302
    assert sign_in(Client(), viewer).status_code == 302
    assert actions(viewer)[-2][0] == "security.email_restored"
    assert mail_to(before, "was stopped") and mail_to(NEW, "no longer belongs")
    assert NEW not in mail_to(before, "was stopped").get_content()
    assert before not in mail_to(NEW, "no longer belongs").get_content()


def test_it_signs_out_the_browser_that_undoes_it(signed_in: SignIn, viewer: User, undo: str) -> None:
    client = signed_in(viewer)
    assert client.post(undo)["Location"] == FORGOT
    assert client.get(SECURITY)["Location"].startswith("/account/sign-in")


def test_a_stop_link_works_once(signed_in: SignIn, viewer: User, undo: str) -> None:
    before = EmailChange.objects.get().previous_email
    assert Client().post(undo).status_code == 302
    for answer in (Client().get(undo), Client().post(undo)):
        assert answer.status_code == 404 and "already used" in answer.text
    change_own(signed_in(viewer), LATER)
    assert Client().post(undo).status_code == 404 and address(viewer) == LATER != before


def test_a_stop_link_ends_after_72_hours(viewer: User, undo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + STOPPABLE - timedelta(minutes=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert Client().get(undo).status_code == 200
    later += timedelta(minutes=2)
    assert Client().post(undo).status_code == 404 and address(viewer) == NEW


def test_a_thief_cannot_undo_the_undoing(signed_in: SignIn, viewer: User, undo: str) -> None:
    change_own(signed_in(viewer), LATER)
    theirs = link_in(mail_to(NEW, "was changed"), STOP)
    before = EmailChange.objects.order_by("pk")[0].previous_email
    assert Client().post(undo).status_code == 302 and address(viewer) == before
    assert Client().post(theirs).status_code == 404 and address(viewer) == before


def test_an_address_that_is_taken_again_is_not_restored(viewer: User, undo: str) -> None:
    make_user(email=EmailChange.objects.get().previous_email)
    assert "Another account uses this address now." in Client().post(undo, follow=True).text
    assert address(viewer) == NEW and EmailChange.objects.get().undone_at is None


def test_the_confirming_link_stops_nothing(signed_in: SignIn, viewer: User) -> None:
    signed_in(viewer).post("/account/email", {"email": NEW})
    row = EmailChange.objects.get()
    for use in ("email", "reset"):
        assert Client().post(f"/account/{STOP}/{link_token(use, row.public_id)}").status_code == 404
    assert EmailChange.objects.get().canceled_at is None


def test_trying_stop_links_is_slowed_down(db: None) -> None:
    client = Client()
    statuses = [client.get(f"/account/{STOP}/{n}").status_code for n in range(throttle.OF_LINKS.free + 1)]
    assert statuses == [404] * throttle.OF_LINKS.free + [429]


def test_only_a_change_that_took_effect_is_undone(signed_in: SignIn, viewer: User) -> None:
    signed_in(viewer).post("/account/email", {"email": NEW})
    with pytest.raises(IntegrityError, match="email_change_undone_after"), transaction.atomic():
        EmailChange.objects.update(undone_at=timezone.now())


def test_a_new_password_leaves_the_undoing(signed_in: SignIn, viewer: User, undo: str) -> None:
    client: Any = signed_in(viewer)
    new = {"old_password": PASSWORD, "new_password1": "a much longer one", "new_password2": "a much longer one"}
    client.post("/account/password", new)
    before = EmailChange.objects.get().previous_email
    assert Client().post(undo).status_code == 302 and address(viewer) == before
