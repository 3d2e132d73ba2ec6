"""Signing in: slowed down for whoever guesses, silent about who is known, under a new session each time."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform.accounts.errors import TryLater
from pagetojob.platform.accounts.models import Session, SignInTry
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import User
from tests.support.accounts import SIGN_IN, sign_in
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_user
from tests.support.threads import at_once

FREE = throttle.OF_ACCOUNT_HERE.free


def wrong(client: Client, email: str = "olive@example.com", **extra: str) -> int:
    headers = {"REMOTE_ADDR": extra.get("address", "203.0.113.9")}
    return client.post(SIGN_IN, {"username": email, "password": "wrong"}, **headers).status_code  # type: ignore[arg-type]


@pytest.fixture
def olive(db: None) -> User:
    return make_user(email="olive@example.com")


@pytest.mark.parametrize("email", ["olive@example.com", "nobody@example.com"])
def test_five_wrong_attempts_are_throttled_for_known_and_unknown_addresses(
    client: Client, olive: User, email: str
) -> None:
    assert [wrong(client, email) for _ in range(FREE + 2)] == [200] * FREE + [429] * 2
    answer = client.post(SIGN_IN, {"username": email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 429
    assert 25 <= int(answer["Retry-After"]) <= 30
    assert "Try again in" in answer.text and email not in answer.text


def test_an_empty_field_is_named_with_what_to_do(client: Client, db: None) -> None:
    page = client.post(SIGN_IN, {}).text
    assert "Enter your email address." in page and "Enter your password." in page
    assert "Enter your email address." in client.post("/account/forgot", {"email": ""}).text
    assert "This field is required." not in page


def test_the_rules_of_a_new_password_describe_its_field(signed_in: SignIn, olive: User) -> None:
    """A list in a paragraph would end it, so screen readers would read nothing for the field."""
    page = signed_in(olive).get("/account/password").text
    assert '<div class="field__help" id="id_new_password1_helptext"><ul>' in page
    assert "Current password" in page and "New password again" in page and "for verification" not in page


def test_a_stranger_does_not_lock_the_owner_out(client: Client, olive: User) -> None:
    for _ in range(FREE + 1):
        wrong(Client(), address="198.51.100.7")
    assert sign_in(client, olive).status_code == 302


def test_a_known_browser_is_not_throttled_by_guesses_from_its_network(client: Client, olive: User) -> None:
    assert sign_in(client, olive).status_code == 302
    client.post("/account/sign-out")
    for _ in range(FREE + 1):
        wrong(Client(), address="127.0.0.1")
    assert sign_in(Client(), olive).status_code == 429
    assert sign_in(client, olive).status_code == 302


def test_a_known_browser_is_slowed_down_by_its_own_guesses(client: Client, olive: User) -> None:
    sign_in(client, olive)
    client.post("/account/sign-out")
    assert [wrong(client, address="127.0.0.1") for _ in range(FREE + 1)] == [200] * FREE + [429]


def test_a_device_cookie_applies_only_to_its_account(client: Client, olive: User) -> None:
    other = make_user()
    sign_in(client, other)
    client.post("/account/sign-out")
    for _ in range(FREE):
        wrong(Client(), address="127.0.0.1")
    assert wrong(client, address="127.0.0.1") == 429


@pytest.mark.parametrize("address", ["2001:db8::1", "2001:db8:0:0:ffff::2"])
def test_an_ipv6_visitor_counts_as_a_single_network(client: Client, olive: User, address: str) -> None:
    for _ in range(FREE):
        wrong(client, address="2001:db8::9")
    assert wrong(client, address=address) == 429


def test_attempts_on_many_accounts_from_the_same_address_are_throttled(olive: User) -> None:
    for number in range(throttle.OF_ADDRESS.free):
        throttle.take(
            throttle.sign_in_buckets(account=f"p{number}@example.com", address="198.51.100.7", known_device="")
        )
    assert wrong(Client(), address="198.51.100.7") == 429
    assert wrong(Client(), address="198.51.100.8") == 200


def test_the_wait_grows_and_ends_and_a_right_try_clears_it(db: None) -> None:
    buckets = [throttle.Bucket.of("test", 1, limit=throttle.OF_ACCOUNT_HERE, own=True)]
    now = timezone.now()
    for _ in range(FREE):
        throttle.take(buckets, now=now)
    waits = []
    for _ in range(8):
        with pytest.raises(TryLater) as refused:
            throttle.take(buckets, now=now)
        waits.append(refused.value.seconds)
        now += timedelta(seconds=refused.value.seconds)
        throttle.take(buckets, now=now)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    throttle.give_back(buckets, now=now)
    for _ in range(FREE):
        throttle.take(buckets, now=now)


@pytest.mark.django_db(transaction=True)
def test_exactly_five_of_twenty_concurrent_attempts_are_evaluated() -> None:
    buckets = throttle.sign_in_buckets(account="olive@example.com", address="198.51.100.7", known_device="")

    def attempt(_: int) -> bool:
        try:
            throttle.take(buckets)
        except TryLater:
            return False
        return True

    assert sum(at_once(attempt, range(20))) == FREE
    assert sorted(SignInTry.objects.values_list("tries", flat=True)) == [FREE] * 3


@pytest.mark.parametrize(
    "typed", ["ＯＬＩＶＥ@example.com", " olive@EXAMPLE.com", "olive@example.com\u00a0", "Olive@example．com"]
)
def test_all_spellings_of_an_address_share_a_counter(client: Client, olive: User, typed: str) -> None:
    for _ in range(FREE):
        wrong(client)
    assert wrong(client, typed) == 429


def test_lookalike_letters_make_a_different_address(db: None) -> None:
    mike = make_user(email="mike@example.com")
    assert User.objects.by_email("MIKE@example.com") == mike
    assert User.objects.by_email("mıke@example.com") is None  # a dotless i
    assert User.objects.by_email("miKe@example.com") == mike  # the sign of the kelvin
    assert normalised_email("mıke@example.com") != normalised_email("mike@example.com")


@pytest.mark.parametrize("password", ["x" * 10_240, "a\0b", "\ud800", "", "пароль🔑"])
@pytest.mark.parametrize("email", ["olive@example.com", "a\0b@example.com", "nobody@example.com"])
def test_strange_input_is_a_wrong_password_and_nothing_else(
    client: Client, olive: User, email: str, password: str
) -> None:
    body = urlencode({"username": email, "password": password}, errors="surrogatepass")
    answer = client.post(SIGN_IN, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_known_and_unknown_addresses_have_the_same_cost_and_response(client: Client, olive: User) -> None:
    make_user(email="gone@example.com", is_active=False)
    seen = []
    for email in ("olive@example.com", "gone@example.com", "nobody@example.com"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.post(SIGN_IN, {"username": email, "password": "wrong"}, REMOTE_ADDR="203.0.113.9")
        page = answer.text.replace(email, "X").replace(str(answer.context["csrf_token"]), "T")
        seen.append((answer.status_code, len(queries), page))
    assert seen[0][:2] == seen[1][:2] == seen[2][:2]
    assert seen[0][2] == seen[1][2] == seen[2][2]


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
def test_next_never_redirects_to_another_site(client: Client, olive: User, target: str) -> None:
    assert sign_in(client, olive, next=target)["Location"] == "/"
    assert client.get("/account/confirm", {"next": target}).context["next"] == "/"


def test_the_session_key_from_before_is_worth_nothing(client: Client, olive: User) -> None:
    planted = client.session
    planted["marker"] = "planted"
    planted.save()
    client.cookies["session"] = planted.session_key or ""
    sign_in(client, olive)
    assert client.session.session_key != planted.session_key
    assert "marker" not in client.session
    thief = Client()
    thief.cookies["session"] = planted.session_key or ""
    assert thief.get("/account/security").status_code == 302


def test_the_database_knows_no_cookie(client: Client, olive: User) -> None:
    sign_in(client, olive)
    row = Session.objects.get(user=olive)
    cookie = client.cookies["session"].value
    assert cookie and cookie not in f"{row.session_key}{row.session_data}"


def test_the_admin_has_no_sign_in_of_its_own(client: Client, admin_user: User, operator: User) -> None:
    answer = client.get("/admin/login/?next=/admin/tenants/user/")
    assert answer["Location"] == "/account/sign-in?next=%2Fadmin%2Ftenants%2Fuser%2F"
    assert client.get("/admin/login/?next=https://evil.example/")["Location"].endswith("next=%2F")
    assert client.post("/admin/login/", {"username": admin_user.email, "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" not in client.session
    client.force_login(operator)
    assert client.get("/admin/login/?next=/admin/").status_code == 404


def test_the_admin_s_page_for_a_new_password_slows_guesses_down_too(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    data = {"old_password": "wrong", "new_password1": "a long new sentence", "new_password2": "a long new sentence"}
    statuses = [client.post("/admin/password_change/", data).status_code for _ in range(FREE + 1)]
    assert statuses == [200] * FREE + [429]


@pytest.mark.parametrize("target", ["word", SIGN_IN, f"{SIGN_IN}?next=word"])
def test_a_target_that_is_no_page_leads_home(client: Client, olive: User, target: str) -> None:
    assert sign_in(client, olive, next=target)["Location"] == "/"
    assert client.get(SIGN_IN, {"next": target})["Location"] == "/"
    assert client.post("/account/confirm", {"password": PASSWORD, "next": "word"})["Location"] == "/"


@pytest.mark.parametrize(
    ("fixture", "start"),
    [("operator", "/ops/"), ("admin_user", "/admin/"), ("owner", "/portal/"), ("reviewer", "/portal/"), ("olive", "/")],
)
def test_a_person_starts_where_their_work_is(
    request: pytest.FixtureRequest, client: Client, fixture: str, start: str
) -> None:
    person: User = request.getfixturevalue(fixture)
    person.set_password(PASSWORD)
    person.save()
    assert sign_in(client, person)["Location"] == start
    assert client.get(SIGN_IN)["Location"] == start
