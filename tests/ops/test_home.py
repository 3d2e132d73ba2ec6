"""Home page, sign-in, health checks and admin."""

import os
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from django.contrib.auth import get_user
from django.core.management import CommandError, call_command
from django.test import Client
from django.test.utils import override_settings
from pytest_django import DjangoAssertNumQueries

from pagetojob.demo.data import load_demo
from pagetojob.gates.models import Flag
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import DESK_ABILITIES, STAFF_ABILITIES, Ability, OpsRole, StaffRole
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from tests.support.accounts import user_data
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_user


def test_home_links_to_the_three_entry_points(client: Client, tenant: Tenant) -> None:
    page = client.get("/").text
    assert "never lose" not in page and "Then the business is notified." in page
    for link in ("api-readiness", "/sites/desert-peak/request-appointment", "/ops/"):
        assert link in page


def test_home_without_a_demo_offers_no_form(client: Client, db: None) -> None:
    assert "request-appointment" not in client.get("/").text


@pytest.mark.parametrize("typed", ["olive@example.com", "Olive@Example.COM"])
def test_people_sign_in_with_their_e_mail_in_any_case(client: Client, db: None, typed: str) -> None:
    make_user(email="olive@example.com")
    answer = client.post("/account/sign-in", {"username": typed, "password": PASSWORD})
    assert answer.status_code == 302
    assert str(client.session["_auth_user_id"]) == str(User.objects.get(email="olive@example.com").pk)


@pytest.mark.parametrize(
    ("email", "password"),
    [("olive@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("gone@example.com", PASSWORD)],
)
def test_a_failed_sign_in_does_not_tell_whether_the_address_is_known(
    client: Client, db: None, email: str, password: str
) -> None:
    make_user(email="olive@example.com")
    make_user(email="gone@example.com", is_active=False)
    answer = client.post("/account/sign-in", {"username": email, "password": password})
    assert answer.status_code == 200
    assert "Incorrect email or password" in answer.text
    assert not get_user(client).is_authenticated


def test_sign_in_does_not_redirect_to_other_sites(client: Client, db: None) -> None:
    make_user(email="olive@example.com")
    answer = client.post(
        "/account/sign-in?next=https://evil.example/", {"username": "olive@example.com", "password": PASSWORD}
    )
    assert answer["Location"] == "/"


def test_two_people_cannot_share_an_address_in_another_case(db: None) -> None:
    make_user(email="olive@example.com")
    with pytest.raises(Exception, match="user_email_once"):
        make_user(email="OLIVE@example.com")


def test_roles_grow_from_viewer_to_lead() -> None:
    steps = [DESK_ABILITIES[role] for role in (OpsRole.NONE, OpsRole.VIEWER, OpsRole.OPERATOR, OpsRole.LEAD)]
    assert all(small < big for small, big in pairwise(steps))
    assert Ability.SECOND_PERSON in steps[3] and Ability.SECOND_PERSON not in steps[2]


def test_a_staff_admin_has_no_operator_rights_by_that(admin_user: User, signed_in: SignIn) -> None:
    assert {ability for ability in Ability if admin_user.can(ability)} == STAFF_ABILITIES[StaffRole.ADMIN]
    assert signed_in(admin_user).get("/ops/").status_code == 404


@pytest.mark.parametrize(
    ("who", "users", "pack"),
    [
        ("admin_user", 200, 403),
        ("editor", 403, 200),
        ("operator", 302, 302),
        ("lead_operator", 302, 302),
        ("owner", 302, 302),
        ("stranger", 302, 302),
    ],
)
def test_who_may_use_the_admin(
    signed_in: SignIn, request: pytest.FixtureRequest, who: str, users: int, pack: int
) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert client.get("/admin/tenants/user/").status_code == users
    assert client.get("/admin/readiness/checklistitem/").status_code == pack


def test_a_change_of_roles_is_audited(signed_in: SignIn, admin_user: User, operator: User, lead_operator: User) -> None:
    answer = _take_role(signed_in(admin_user), operator, reason="left")
    assert answer.status_code == 302
    operator.refresh_from_db()
    assert not operator.can(Ability.VIEW_QUEUE)
    with scope.operator(lead_operator, reason="test"):
        entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.action) == (admin_user.pk, "tenants.user.change")
    assert (entry.reason, entry.changes) == ("left", {"ops_role": ["operator", ""]})


def test_without_a_reason_nothing_changes(signed_in: SignIn, admin_user: User, operator: User) -> None:
    answer = _take_role(signed_in(admin_user), operator, reason="")
    assert "Enter a reason. It is recorded in the audit log." in answer.text
    operator.refresh_from_db()
    assert operator.can(Ability.VIEW_QUEUE)


def test_people_cannot_be_deleted(signed_in: SignIn, admin_user: User, operator: User) -> None:
    assert signed_in(admin_user).post(f"/admin/tenants/user/{operator.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_person_added_by_an_admin_cannot_sign_in_until_a_password_is_set(signed_in: SignIn, admin_user: User) -> None:
    signed_in(admin_user).post(
        "/admin/tenants/user/add/",
        {
            "email": "new@example.com",
            "name": "New",
            "is_active": "on",
            "ops_role": "viewer",
            "staff_role": "",
            "reason": "joins",
        },
    )
    assert not User.objects.get(email="new@example.com").has_usable_password()


def test_the_demo_is_loaded_once(tenant: Tenant) -> None:
    def counts() -> list[int]:
        with scope.tenant(tenant.pk):
            rows = [TaxonomyItem.objects.count(), PageBinding.objects.count(), Flag.objects.count()]
        return [User.objects.count(), Tenant.objects.count(), *rows]

    before = counts()
    load_demo("another long password")
    assert counts() == before == [6, 1, 12, 9, 11]
    assert User.objects.get(email="operator@pagetojob.example").check_password("another long password")


@override_settings(DEBUG=False, DEMO_PASSWORD="long enough for this")
def test_the_demo_s_shared_password_stays_out_of_production(db: None) -> None:
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("load_demo")


@override_settings(DEBUG=True, DEMO_PASSWORD="short")
def test_the_demo_asks_for_a_long_password(db: None) -> None:
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("load_demo")


def test_health_needs_nothing(client: Client) -> None:
    """Run without a database mark, so that a query fails the test."""
    answer = client.get("/healthz")
    assert answer.json() == {"schema": "pagetojob.health/1", "ok": True}
    assert answer["X-Request-ID"]


def test_ready_means_database_and_migrations(client: Client, db: None) -> None:
    assert client.get("/readyz").json()["ok"] is True


def test_readyz_makes_two_queries(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/readyz")
    monkeypatch.setattr("django.db.migrations.loader.MigrationLoader.build_graph", None)
    with django_assert_num_queries(2):
        assert client.get("/readyz").json()["ok"] is True


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/account/sign-in"])
def test_head_is_answered_where_get_is(client: Client, db: None, path: str) -> None:
    assert client.head(path).status_code == 200


@override_settings(DEBUG=False)
def test_a_request_that_cannot_be_read_is_answered_in_our_words(client: Client, db: None) -> None:
    too_long = client.post("/account/sign-in", {"username": "x" * 1_100_000})
    elsewhere = client.get("/", headers={"host": "elsewhere.example"})
    assert (too_long.status_code, elsewhere.status_code) == (413, 400)
    assert "This page accepts at most 64 kB" in too_long.text
    assert "We could not read your request" in elsewhere.text


@pytest.mark.django_db(transaction=True)
def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        row = owner.execute(
            "DELETE FROM django_migrations WHERE app = 'syncqueue' AND name = '0002_rights'"
            " RETURNING app, name, applied"
        ).fetchone()
    assert row is not None
    try:
        answer = client.get("/readyz")
    finally:
        with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
            owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)
    assert answer.status_code == 503 and answer.json()["missing_migrations"] == 1
    assert answer["Retry-After"] == "10"


@pytest.mark.parametrize("path", ["/", "/account/sign-in", "/healthz", "/no-such-page"])
def test_every_answer_carries_the_headers(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/static/", "/static/fonts/", "/media/", "/.git/HEAD", "/account/"])
def test_no_folder_is_listed(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def _take_role(client: Client, person: User, *, reason: str) -> Any:
    data = user_data(person) | {"ops_role": "", "reason": reason}
    return client.post(f"/admin/tenants/user/{person.pk}/change/", data)
