"""Sessions: they end by themselves, by their owner, and when what they stood on changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from pagetojob.platform.accounts import marks
from pagetojob.platform.accounts.models import MailTopic, Session
from pagetojob.platform.accounts.services.factors import note_added
from pagetojob.platform.accounts.services.forget import forget_ended
from pagetojob.platform.accounts.services.passwords import password_changed
from pagetojob.platform.accounts.services.sessions import end_sessions_of, sessions_of
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.accounts import (
    SECOND_STEP,
    SECURITY,
    app_of,
    change_user,
    mail_sent,
    membership_data,
    sign_in,
    stepped_in,
    user_data,
)
from tests.support.cast import SignIn
from tests.support.environment import load_settings
from tests.support.factories import PASSWORD
from tests.support.locks import wait_for_lock

NEW = "a much longer password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def is_in(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


def aged(user: User, **ages: timedelta) -> None:
    Session.objects.filter(user=user).update(**{name: timezone.now() - age for name, age in ages.items()})


def test_an_idle_session_ends(signed_in: SignIn, operator: User, settings: Any) -> None:
    client = signed_in(operator)
    (row,) = sessions_of(operator)
    assert abs(row.expire_date - timezone.now() - settings.SESSION_IDLE) < timedelta(minutes=1)
    assert is_in(client)
    aged(operator, expire_date=timedelta(seconds=1))
    assert not is_in(client)


def test_using_it_pushes_the_end_on_once_a_minute(
    signed_in: SignIn, operator: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(operator)
    aged(operator, last_seen=timedelta(minutes=30))
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=5))
    assert is_in(client)
    (row,) = sessions_of(operator)
    assert row.expire_date > timezone.now() + timedelta(minutes=100)
    assert timezone.now() - (row.last_seen or timezone.now()) < timedelta(minutes=1)
    # The tenant, the disclaimers, the session, the person: no page writes at each look.
    with django_assert_num_queries(4):
        client.get("/")


def test_a_response_that_needs_no_user_reads_no_session(
    signed_in: SignIn, operator: User, settings: Any, django_assert_num_queries: Any
) -> None:
    client = signed_in(operator)
    settings.SECOND_FACTOR_REQUIRED = False
    with django_assert_num_queries(0):
        response = client.get("/api/nowhere")
    assert (response.status_code, response.has_header("Vary")) == (404, False)


def test_no_use_pushes_it_over_its_whole_life(signed_in: SignIn, operator: User, settings: Any) -> None:
    client = signed_in(operator)
    session = client.session
    session[marks.SIGNED_IN_AT] -= settings.SESSION_COOKIE_AGE - 60
    session.save()
    aged(operator, last_seen=timedelta(minutes=30))
    assert is_in(client)
    (row,) = sessions_of(operator)
    assert row.expire_date < timezone.now() + timedelta(seconds=61)


def test_the_list_names_browsers_and_ends_sessions_separately(operator: User) -> None:
    here, there, third = Client(), Client(headers={"user-agent": FIREFOX}), Client()
    for client in (here, there, third):
        sign_in(client, operator)
    page = here.get(SECURITY).text
    assert "Firefox on Linux" in page and page.count("this session") == 1
    other = next(row for row in sessions_of(operator) if row.device == "Firefox on Linux")
    here.post(f"/account/sessions/end/{other.public_id}")
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)
    here.post("/account/sessions/end")
    assert (is_in(here), is_in(third)) == (True, False)


def test_ending_sessions_needs_a_recent_password(operator: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, operator)
    session = here.session
    session[marks.CONFIRMED_AT] -= marks.CONFIRMED_SECONDS + 1
    session.save()
    assert here.post("/account/sessions/end")["Location"] == "/account/confirm?next=%2Faccount%2Fsecurity"
    assert is_in(there)


def test_users_cannot_end_sessions_of_others(signed_in: SignIn, operator: User, editor: User) -> None:
    theirs = signed_in(editor)
    (row,) = sessions_of(editor)
    signed_in(operator).post(f"/account/sessions/end/{row.public_id}")
    assert is_in(theirs)


@pytest.mark.parametrize("path", ["/account/password", "/admin/password_change/"])
def test_a_new_password_ends_every_other_session(signed_in: SignIn, admin_user: User, path: str) -> None:
    here, there = signed_in(admin_user), signed_in(admin_user)
    before = here.session.session_key
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post(path, data).status_code == 302
    assert is_in(here) and not is_in(there)
    assert here.session.session_key != before
    assert len(sessions_of(admin_user)) == 1
    assert [mail["Subject"] for mail in mail_sent()] == ["Your password was changed"]


@pytest.mark.parametrize("changes", [{"ops_role": "viewer"}, {"is_active": ""}, {"ops_role": ""}])
def test_a_change_of_roles_ends_sessions(
    signed_in: SignIn, admin_user: User, operator: User, changes: dict[str, str]
) -> None:
    theirs = signed_in(operator)
    data = user_data(operator)
    answer = signed_in(admin_user).post(f"/admin/tenants/user/{operator.pk}/change/", data | changes)
    assert answer.status_code == 302
    assert not is_in(theirs) and not sessions_of(operator)


def test_a_new_name_ends_none(signed_in: SignIn, admin_user: User, operator: User) -> None:
    theirs = signed_in(operator)
    assert change_user(signed_in(admin_user), operator, name="Olive").status_code == 302
    assert is_in(theirs)


def test_a_change_of_membership_ends_sessions(signed_in: SignIn, admin_user: User, owner: User, tenant: Tenant) -> None:
    theirs, row = signed_in(owner), owner.memberships.get()
    data = membership_data(row, role="reviewer")
    assert signed_in(admin_user).post(f"/admin/tenants/membership/{row.pk}/change/", data).status_code == 302
    assert not is_in(theirs)


@pytest.mark.parametrize("path", ["/account/sign-out", "/admin/logout/"])
def test_signing_out_ends_the_session_and_clears_the_browser(signed_in: SignIn, editor: User, path: str) -> None:
    client = signed_in(editor)
    cookie = client.cookies["session"].value
    answer = client.post(path)
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    again = Client()
    again.cookies["session"] = cookie
    assert not is_in(again) and not sessions_of(editor)


@pytest.mark.parametrize("path", ["/ops/", "/account/security", "/", "/ops/health"])
def test_pages_of_signed_in_users_are_not_cached(signed_in: SignIn, operator: User, path: str) -> None:
    assert "no-store" in signed_in(operator).get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/sites/nobody/", "/servicetitan-ready-websites/nothing", "/nothing"])
def test_an_error_page_that_names_its_reader_is_not_cached(signed_in: SignIn, operator: User, path: str) -> None:
    answer = signed_in(operator).get(path)
    assert answer.status_code == 404 and operator.name in answer.text
    assert "no-store" in answer.get("Cache-Control", "")


def test_public_pages_set_their_cache_headers(client: Client, tenant: Tenant, signed_in: SignIn) -> None:
    path = "/sites/desert-peak/request-appointment"
    assert client.get(path)["Cache-Control"] == "private, no-cache"
    assert "no-store" not in client.get("/").get("Cache-Control", "")


def test_what_is_over_is_forgotten(signed_in: SignIn, operator: User, editor: User) -> None:
    signed_in(operator)
    alive = signed_in(editor)
    aged(operator, expire_date=timedelta(seconds=1))
    assert forget_ended() == 1
    assert is_in(alive)


def test_in_production_a_neighbour_cannot_plant_a_cookie() -> None:
    code = "import pagetojob.settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SECOND_FACTOR_REQUIRED)"
    assert load_settings(code=code).stdout.split() == ["__Host-session", "__Host-csrf", "True"]


def test_production_does_not_start_without_the_second_step() -> None:
    assert (
        "SECOND_FACTOR_REQUIRED may be false only while DEBUG" in load_settings(SECOND_FACTOR_REQUIRED="false").stderr
    )


def test_every_mail_has_a_subject() -> None:
    from pagetojob.platform.accounts.services.mails import SUBJECTS

    assert set(SUBJECTS) == set(MailTopic)


@pytest.mark.django_db(transaction=True)
def test_a_session_does_not_survive_its_end_under_a_new_key(operator: User, admin_user: User) -> None:
    """A thief who knows the password confirms it, which changes the key, while a staff admin ends the sessions."""
    thief = stepped_in(operator)

    def confirm() -> int:
        try:
            return int(thief.post("/account/confirm", {"password": PASSWORD}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert end_sessions_of(user=operator, reason="A lost laptop.", actor=admin_user) == 1
            confirmed = pool.submit(confirm)
            wait_for_lock(confirmed)
        assert confirmed.result() == 400
    assert not is_in(thief) and sessions_of(operator) == []


@pytest.mark.django_db(transaction=True)
def test_a_password_that_a_mailed_link_sets_is_not_overwritten_at_that_moment(operator: User) -> None:
    """A thief who knows the password changes it in the moment in which the person sets a new one."""
    thief = Client()
    sign_in(thief, operator)

    def change() -> int:
        try:
            typed = {"old_password": PASSWORD} | dict.fromkeys(
                ("new_password1", "new_password2"), "only mine from now on"
            )
            return int(thief.post("/account/password", typed).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            person = User.objects.select_for_update().get(pk=operator.pk)
            person.set_password(NEW)
            person.save(update_fields=["password"])
            password_changed(person, "Set by a mailed link.")
            changed = pool.submit(change)
            wait_for_lock(changed)
        assert changed.result() == 400
    operator.refresh_from_db()
    assert operator.check_password(NEW) and not is_in(thief)


@pytest.mark.django_db(transaction=True)
def test_no_password_alone_signs_in_while_the_first_factor_is_added(operator: User) -> None:
    """A thief who knows the password signs in at the moment in which the person adds a second step."""
    thief = Client()

    def enter() -> str:
        try:
            return str(sign_in(thief, operator)["Location"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=operator.pk)
            app_of(operator)
            note_added(operator, "An authenticator app.", None)
            entered = pool.submit(enter)
            wait_for_lock(entered)
        assert entered.result() == SECOND_STEP
    assert not is_in(thief) and sessions_of(operator) == []
