"""Change of the email address: confirmed at the new address, announced at the old one, silent about other accounts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform.accounts.errors import AccountError
from pagetojob.platform.accounts.models import EmailChange, OwedMail, SignInTry
from pagetojob.platform.accounts.services import email_change, throttle
from pagetojob.platform.accounts.services.email_change import confirm_change, request_change
from pagetojob.platform.accounts.services.forget import forget_ended
from pagetojob.platform.accounts.services.passwords import end_links
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.derived_keys import link_token, token_digest
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from tests.support.accounts import (
    SECOND_STEP,
    SECURITY,
    SoftPasskey,
    add_passkey,
    app_of,
    change_user,
    code_of,
    let_confirmation_age,
    link_in,
    mail_sent,
    post_json,
    sign_in,
    stepped_in,
)
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_user
from tests.support.threads import at_once

PAGE, CANCEL = "/account/email", "/account/email/cancel"
NEW, TAKEN = "moved@example.com", "taken@example.com"


def ask(client: Client, email: str = NEW, **extra: Any) -> Any:
    return client.post(PAGE, {"email": email}, **extra)


def link_to(row: EmailChange) -> str:
    return f"/account/email/confirm/{link_token('email', row.public_id)}"


def address(user: User) -> str:
    user.refresh_from_db()
    return user.email


def log(reader: User) -> list[tuple[str, str]]:
    with scope.operator(reader, reason="test"):
        rows = AuditEntry.objects.order_by("id").values_list("action", "subject", "reason", "changes", "actor_label")
        return [(row[0], str(row)) for row in rows]


def test_the_address_changes_when_the_new_address_confirms(signed_in: SignIn, viewer: User) -> None:
    here, elsewhere, before = signed_in(viewer), signed_in(viewer), viewer.email
    assert ask(here)["Location"] == SECURITY
    page = here.get(SECURITY).text
    assert "Waiting for your confirmation" in page and NEW in page
    notice, request = sorted(mail_sent(), key=lambda mail: mail["To"] == NEW)
    assert (notice["To"], notice["Subject"]) == (before, "A new email address was requested for your account")
    assert request["To"] == NEW and before not in request.get_content() and viewer.name not in request.get_content()
    assert NEW not in notice.get_content() and "/account/email/confirm" not in notice.get_content()

    link, key = link_in(request, "email/confirm"), here.session.session_key
    assert NEW in here.get(link).text
    assert address(viewer) == before, "opening the link changed the address"
    assert here.post(link)["Location"] == SECURITY
    assert address(viewer) == NEW
    assert f"You sign in with <strong>{NEW}</strong>" in here.get(SECURITY).text
    assert elsewhere.get(SECURITY).status_code == 302 and here.session.session_key != key
    done = mail_sent()[-1]
    assert (done["To"], done["Subject"]) == (before, "The email address of your account was changed")
    for answer in (here.get(link), here.post(link)):
        assert answer.status_code == 404 and "already used" in answer.text
    assert "Incorrect email" in Client().post("/account/sign-in", {"username": before, "password": PASSWORD}).text
    assert sign_in(Client(), viewer).status_code == 302
    entries = log(viewer)
    assert [action for action, _ in entries][:2] == ["security.email_requested", "security.email_changed"]
    assert before not in str(entries) and NEW not in str(entries)


def test_a_request_needs_a_recent_password(signed_in: SignIn, viewer: User) -> None:
    client = signed_in(viewer)
    let_confirmation_age(client)
    assert client.get(PAGE)["Location"] == "/account/confirm?next=%2Faccount%2Femail"
    assert ask(client)["Location"].startswith("/account/confirm")
    assert not EmailChange.objects.exists()
    assert "Incorrect password" in client.post("/account/confirm", {"password": "wrong", "next": PAGE}).text
    assert client.post("/account/confirm", {"password": PASSWORD, "next": PAGE})["Location"] == PAGE
    assert ask(client)["Location"] == SECURITY and EmailChange.objects.exists()


def test_who_has_a_second_step_needs_it_too(viewer: User) -> None:
    client = stepped_in(viewer)
    key = app_of(viewer, name="Second app")
    let_confirmation_age(client)
    assert client.post("/account/confirm", {"password": PASSWORD, "next": PAGE})["Location"] == SECOND_STEP
    assert "/account/confirm" in client.get(PAGE)["Location"], "the password alone was enough"
    assert "/account/security" in client.get(SECOND_STEP).text
    assert client.post(SECOND_STEP, {"code": "000000"}).status_code == 200
    assert "/account/confirm" in client.get(PAGE)["Location"]
    assert client.post(SECOND_STEP, {"code": code_of(key)})["Location"] == PAGE
    assert ask(client)["Location"] == SECURITY


def test_a_passkey_confirms_as_well(viewer: User) -> None:
    client, passkey = stepped_in(viewer), SoftPasskey()
    add_passkey(client, passkey)
    let_confirmation_age(client)
    client.post("/account/confirm", {"password": PASSWORD, "next": PAGE})
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    answer = post_json(client, "/account/passkey/use/complete", {"credential": passkey.use(options)})
    assert answer.json()["next"] == PAGE
    assert client.get(PAGE).status_code == 200


def test_the_answer_is_the_same_for_a_taken_address(signed_in: SignIn, viewer: User) -> None:
    make_user(email=TAKEN), make_user(email="gone@example.com", is_active=False)
    client, seen = signed_in(viewer), []
    for email in ("free@example.com", TAKEN, "gone@example.com"):
        SignInTry.objects.all().delete()
        EmailChange.objects.update(canceled_at=timezone.now())
        client.cookies.pop("messages", None)
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, email)
        shapes = [re.split(r" WHERE | SET |VALUES|UNNEST|SAVEPOINT", query["sql"])[0] for query in queries]
        assert not [query for query in queries if 'LOWER("tenants_user"."email")' in query["sql"]]
        page = client.get(SECURITY).text.replace(email, "X")
        seen.append((answer.status_code, answer["Location"], shapes, plain(page)))
    assert seen[0] == seen[1] == seen[2]


def plain(page: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"|\d\d(?::\d\d)+', "", page)


@pytest.mark.parametrize("active", [True, False])
def test_the_mail_to_a_taken_address_explains_it_without_a_link(signed_in: SignIn, viewer: User, active: bool) -> None:
    make_user(email="Taken@Example.com", is_active=active)
    before = viewer.email
    client = signed_in(viewer)
    ask(client, "TAKEN@example.com")
    (mail,) = [mail for mail in mail_sent() if mail["To"] == TAKEN]
    assert "already\nbelongs to an account" in mail.get_content()
    assert "/account/email" not in mail.get_content() and before not in mail.get_content()
    # Not even the link that the mail does not contain works.
    page = client.post(link_to(EmailChange.objects.get()), follow=True).text
    assert "Another account uses this address now." in page
    assert address(viewer) == before
    assert EmailChange.objects.get().confirmed_at is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "no address",
        "a@example.com\nBcc: b@example.com",
        "a@example.com\r\nSubject: x",
        "a@example.com,b@example.com",
        "a@example.com b@example.com",
        "A <a@example.com>",
        '"a@example.com, b"@example.com',
        '"a\\\nb"@example.com',
        "a@example.com\0",
        "mıke@example.com",
        "user@exаmple.com",
        "user@bücher.example",
        "us\u200ber@example.com",
        "user@example.com\u202e",
        "a@[127.0.0.1]",
        "root@localhost",
        f"{'a' * 250}@example.com",
    ],
)
def test_an_address_with_tricks_is_refused(signed_in: SignIn, viewer: User, typed: str) -> None:
    answer = ask(signed_in(viewer), typed)
    assert answer.status_code == 200 and "There is a problem" in answer.text
    assert 'aria-invalid="true"' in answer.text and 'aria-describedby="id_email_helptext id_email_error"' in answer.text
    assert not EmailChange.objects.exists() and mail_sent() == []


@pytest.mark.parametrize(
    "typed", ["MIKE@Example.com", "ｍｉｋｅ@example.com", " mike@example.com\n", "mi\u212ae@example.com"]
)
def test_another_spelling_is_the_same_address(signed_in: SignIn, db: None, typed: str) -> None:
    mike = make_user(email="mike@example.com")
    assert "already your email address" in ask(signed_in(mike), typed).text
    ask(signed_in(make_user()), typed)
    assert {mail["To"] for mail in mail_sent()} >= {"mike@example.com"}
    assert EmailChange.objects.get().new_email == "mike@example.com"


def test_the_link_is_bound_to_the_person(signed_in: SignIn, viewer: User, editor: User) -> None:
    ask(signed_in(viewer))
    link, before = link_to(EmailChange.objects.get()), viewer.email
    for answer in (Client().get(link), Client().post(link)):
        assert answer["Location"] == f"/account/sign-in?next={link}"
    other = signed_in(editor)
    unknown = "/account/email/confirm/never-there"
    for send in (other.get, other.post):
        answer = send(link)
        assert answer.status_code == 404 and NEW not in answer.text and before not in answer.text
        assert plain(answer.text).replace(link, unknown) == plain(send(unknown).text)
    assert address(viewer) == before and address(editor) != NEW


@pytest.mark.parametrize(
    "spoil", ["canceled", "newer request", "expired", "new password", "admin", "forged", "other kind", "nul", "long"]
)
def test_an_ended_or_forged_link_changes_nothing(
    signed_in: SignIn, viewer: User, admin_user: User, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spoil == "expired":
        monkeypatch.setattr(email_change, "LIFE", timedelta(0))
    client = signed_in(viewer)
    ask(client)
    row = EmailChange.objects.get()
    link, expected = link_to(row), viewer.email
    if spoil == "canceled":
        assert "was canceled" in client.post(CANCEL, follow=True).text
    elif spoil == "newer request":
        ask(client, "third@example.com")
    elif spoil == "new password":
        new = {"old_password": PASSWORD, "new_password1": "a much longer one", "new_password2": "a much longer one"}
        client.post("/account/password", new)
    elif spoil == "admin":
        change_user(signed_in(admin_user), viewer, email="third@example.com")
    elif spoil != "expired":
        token = {
            "forged": link.rsplit("/", 1)[1].swapcase(),
            "other kind": link_token("reset", row.public_id),
            "nul": "%00",
            "long": "A" * 5000,
        }[spoil]
        link = f"/account/email/confirm/{token}"
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 404 and "This link no longer works" in answer.text
    assert address(viewer) == expected


def test_the_mail_to_the_new_address_is_not_sent_after_the_request_ended(signed_in: SignIn, viewer: User) -> None:
    client = signed_in(viewer)
    ask(client)
    client.post(CANCEL)
    assert [mail["To"] for mail in mail_sent()] == [viewer.email]
    assert "There was no change to cancel" in client.post(CANCEL, follow=True).text
    assert [action for action, _ in log(viewer)] == ["security.email_requested", "security.email_canceled"]


def test_reset_links_in_the_old_mailbox_end(signed_in: SignIn, viewer: User) -> None:
    client = signed_in(viewer)
    client.post("/account/forgot", {"email": viewer.email})
    reset = link_in(mail_sent()[-1], "reset")
    ask(client)
    client.post(link_to(EmailChange.objects.get()))
    assert Client().get(reset).status_code == 404


def test_a_reset_from_the_old_mailbox_cancels_the_request(signed_in: SignIn, viewer: User) -> None:
    ask(signed_in(viewer))
    client = Client()
    client.post("/account/forgot", {"email": viewer.email})
    (reset,) = [link_in(mail, "reset") for mail in mail_sent() if mail["Subject"] == "Set a new password"]
    client.post(reset, {"password": "a much longer password"})
    assert EmailChange.objects.get().canceled_at


def test_the_known_browser_stays_known(viewer: User) -> None:
    client = Client()
    sign_in(client, viewer)
    ask(client)
    client.post(link_to(EmailChange.objects.get()))
    viewer.refresh_from_db()
    stranger = Client()
    for _ in range(throttle.OF_ACCOUNT_HERE.free):
        sign_in(stranger, viewer, "wrong")
    assert sign_in(stranger, viewer).status_code == 429
    client.post("/account/sign-out")
    assert sign_in(client, viewer).status_code == 302


def test_requests_are_rate_limited(signed_in: SignIn, viewer: User, editor: User) -> None:
    client = signed_in(viewer)
    statuses = [ask(client, f"n{n}@example.com", REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(4)]
    assert statuses == [302] * throttle.OF_MAIL.free + [429]
    SignInTry.objects.all().delete()
    people = [signed_in(make_user()) for _ in range(4)]
    statuses = [ask(each, TAKEN, REMOTE_ADDR=f"203.0.113.{n}").status_code for n, each in enumerate(people)]
    assert statuses == [302] * throttle.OF_MAIL.free + [429], "strangers could fill a mailbox together"


def test_trying_links_is_slowed_down(signed_in: SignIn, viewer: User) -> None:
    client = signed_in(viewer)
    statuses = [client.get(f"/account/email/confirm/{n}").status_code for n in range(throttle.OF_LINKS.free + 1)]
    assert statuses == [404] * throttle.OF_LINKS.free + [429]


@pytest.mark.parametrize("path", [PAGE, CANCEL, "/account/email/confirm/x"])
def test_a_foreign_form_is_refused(viewer: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    assert client.post(path, {"email": NEW}).status_code == 403


def test_the_database_knows_no_link_and_refuses_another_address(viewer: User) -> None:
    row = request_change(user=viewer, new_email=NEW)
    token = link_token("email", row.public_id)
    assert token not in str(list(EmailChange.objects.values())) + str(list(OwedMail.objects.values()))
    assert row.digest == token_digest(token)
    for column in ("new_email", "previous_email", "digest", "expires_at"):
        with pytest.raises(ProgrammingError), transaction.atomic():
            EmailChange.objects.update(**{column: getattr(row, column)})
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailChange.objects.create(
            user=viewer, previous_email="a@example.com", new_email=NEW, digest="x", expires_at=timezone.now()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailChange.objects.update(canceled_at=timezone.now(), confirmed_at=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [1, 2])
def test_concurrent_confirmations_succeed_once(people: int) -> None:
    users = [make_user() for _ in range(people)]
    rows = [request_change(user=user, new_email=NEW) for user in users] * (2 // people)

    def confirm(row: EmailChange) -> bool:
        try:
            confirm_change(token=link_token("email", row.public_id), user=row.user, keep_session=None)
        except AccountError:
            return False
        return True

    assert sorted(at_once(confirm, rows)) == [False, True]
    assert User.objects.filter(email=NEW).count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_leave_a_single_open_row(viewer: User) -> None:
    at_once(lambda number: request_change(user=viewer, new_email=f"n{number}@example.com"), range(3))
    assert EmailChange.objects.filter(canceled_at=None).count() == 1 and EmailChange.objects.count() == 3


def test_ended_changes_are_forgotten_after_a_month(viewer: User) -> None:
    request_change(user=viewer, new_email=NEW)
    end_links(viewer)
    assert mail_sent()
    forget_ended(now=timezone.now() + timedelta(days=29))
    assert EmailChange.objects.exists()
    forget_ended(now=timezone.now() + timedelta(days=32))
    assert not EmailChange.objects.exists() and not OwedMail.objects.exists()
