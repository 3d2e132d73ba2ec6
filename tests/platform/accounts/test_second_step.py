"""The second step: asked for, not to be replayed or gone round, and required of whoever works at PageToJob."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.accounts import keys, marks
from pagetojob.platform.accounts.errors import AccountError
from pagetojob.platform.accounts.models import Authenticator, RecoveryCode
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.accounts.services.factors import check_code, factors_of, make_recovery_codes, reset_factors
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.accounts import (
    SECOND_STEP,
    SECURITY,
    SIGN_IN,
    SoftPasskey,
    add_passkey,
    app_of,
    code_of,
    mail_sent,
    sign_in,
    stepped_in,
)
from tests.support.cast import SignIn
from tests.support.factories import PASSWORD, make_user
from tests.support.threads import at_once


def actions(reader: User) -> list[str]:
    with scope.operator(reader, reason="test"):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def required(settings: pytest.FixtureRequest) -> None:
    settings.SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]


def test_the_password_alone_is_half_the_way(client: Client, operator: User) -> None:
    app_of(operator)
    answer = sign_in(client, operator, next="/ops/")
    assert answer["Location"] == SECOND_STEP
    assert client.get("/ops/").status_code == 302 and client.get(SECURITY).status_code == 302
    assert "security.sign_in" not in actions(operator)


def test_a_code_opens_once_and_never_again(client: Client, operator: User) -> None:
    key = app_of(operator)
    code = code_of(key)
    sign_in(client, operator, next="/ops/")
    half = client.session.session_key
    assert client.post(SECOND_STEP, {"code": f"{code[:3]} {code[3:]}"})["Location"] == "/ops/"
    assert client.session.session_key != half
    assert client.get("/ops/").status_code == 200
    other = Client()
    sign_in(other, operator)
    answer = other.post(SECOND_STEP, {"code": code})
    assert answer.status_code == 200 and "already used" in answer.text
    assert actions(operator) == ["security.sign_in", "security.second_step_failed"]


@pytest.mark.django_db(transaction=True)
def test_a_code_used_twice_concurrently_signs_in_once(operator: User) -> None:
    code = code_of(app_of(operator))
    entered = at_once(lambda _: check_code(user=operator, code=code), range(4))
    assert sorted(entered) == [False] * 3 + [True]


@pytest.mark.parametrize("ahead", [-1, 1])
def test_a_code_of_another_step_is_wrong(operator: User, ahead: int) -> None:
    key = app_of(operator)
    assert not check_code(user=operator, code=code_of(key, ahead=ahead))


@pytest.mark.parametrize("code", ["", "abcdef", "１２３４５６", "12345", "1234567", "\0" * 6])
def test_what_is_no_code_is_wrong(operator: User, code: str) -> None:
    app_of(operator)
    assert not check_code(user=operator, code=code)


def test_a_code_of_another_user_is_wrong(operator: User, editor: User) -> None:
    app_of(operator)
    assert not check_code(user=operator, code=code_of(app_of(editor)))


def test_a_sealed_key_does_not_open_for_another_person(operator: User, editor: User) -> None:
    key = app_of(operator)
    row = Authenticator.objects.get(user=operator)
    stolen = Authenticator(user=editor, name="App", sealed_key=row.sealed_key)
    stolen.save()
    assert not check_code(user=editor, code=code_of(key))
    assert key.hex() not in row.sealed_key


def test_guessing_codes_is_slowed_down(client: Client, operator: User) -> None:
    app_of(operator)
    sign_in(client, operator)
    statuses = [client.post(SECOND_STEP, {"code": "000000"}).status_code for _ in range(7)]
    assert statuses == [200] * throttle.OF_ACCOUNT_HERE.free + [429] * 2


def test_a_recovery_code_works_once_in_any_spelling(client: Client, operator: User) -> None:
    app_of(operator)
    first, *_ = make_recovery_codes(operator)
    sign_in(client, operator)
    typed = first.replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert client.post(f"{SECOND_STEP}?recovery", {"recovery": typed}).status_code == 302
    other = Client()
    sign_in(other, operator)
    assert "already used" in other.post(f"{SECOND_STEP}?recovery", {"recovery": first}).text
    assert factors_of(operator).codes_left == 9
    assert {mail["Subject"] for mail in mail_sent()} >= {"A recovery code was used to sign in"}
    assert first not in str(list(RecoveryCode.objects.values()))


def test_new_recovery_codes_invalidate_old_codes(operator: User) -> None:
    from pagetojob.platform.accounts.services.factors import use_recovery_code

    old = make_recovery_codes(operator)[0]
    new = make_recovery_codes(operator)[0]
    assert not use_recovery_code(user=operator, typed=old)
    assert use_recovery_code(user=operator, typed=new)


def test_half_way_in_ends_after_ten_minutes_and_with_the_password(client: Client, operator: User) -> None:
    key = app_of(operator)
    sign_in(client, operator)
    session = client.session
    session[marks.PENDING] = session[marks.PENDING] | {"at": session[marks.PENDING]["at"] - 601}
    session.save()
    assert client.post(SECOND_STEP, {"code": code_of(key)})["Location"] == SIGN_IN
    sign_in(client, operator)
    operator.set_password("another long password")
    operator.save()
    assert client.post(SECOND_STEP, {"code": code_of(key)})["Location"] == SIGN_IN


@pytest.mark.parametrize(
    "path", ["/ops/", "/ops/health", "/admin/", "/styleguide/", "/portal/people/", "/no-such-page"]
)
@pytest.mark.parametrize("who", ["operator", "editor"])
def test_without_a_second_step_a_role_opens_nothing(
    required: None, signed_in: SignIn, request: pytest.FixtureRequest, who: str, path: str
) -> None:
    client = signed_in(request.getfixturevalue(who))
    for method in (client.get, client.post):
        assert method(path)["Location"] == SECURITY
    assert "Add a second step to continue" in client.get(SECURITY).text


def test_with_a_second_step_it_opens(required: None, operator: User) -> None:
    assert stepped_in(operator).get("/ops/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/account/security", "/servicetitan-ready-websites/"])
def test_public_pages_and_the_own_account_stay_open(
    required: None, signed_in: SignIn, operator: User, path: str
) -> None:
    assert signed_in(operator).get(path).status_code != 302


def test_a_tenant_s_own_people_choose(required: None, signed_in: SignIn, owner: User) -> None:
    assert signed_in(owner).get("/portal/people/").status_code == 200


def test_the_second_factor_check_costs_visitors_no_query(required: None, client: Client, tenant: Tenant) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/sites/desert-peak/request-appointment")
    assert not [query for query in queries if "accounts_" in query["sql"]]


def test_an_authenticator_app_is_added_from_the_page(required: None, signed_in: SignIn, operator: User) -> None:
    client, elsewhere = signed_in(operator), signed_in(operator)
    page = client.get("/account/security/authenticator")
    assert "data:image/svg+xml" in page.text and "style=" not in page.text
    key = keys.unseal(client.session[marks.NEW_KEY], use="new authenticator", bound_to=str(operator.pk))
    assert client.get("/account/security/authenticator").context["key"] == page.context["key"]
    wrong = client.post("/account/security/authenticator", {"code": "000000", "name": "Phone"})
    assert "incorrect, already used or expired" in wrong.text
    code = code_of(key)
    assert client.post("/account/security/authenticator", {"code": code, "name": "Phone"}).status_code == 302
    assert client.get("/ops/").status_code == 200
    assert elsewhere.get(SECURITY)["Location"].startswith(SIGN_IN), "a session without the second step lived on"
    assert not check_code(user=operator, code=code), "the code that added the app was good again"
    assert actions(operator) == ["security.factor_added"]
    assert [mail["Subject"] for mail in mail_sent()] == ["A second step was added to your account"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/account/security/authenticator"),
        ("post", "/account/security/recovery-codes"),
        ("post", "/account/passkey/add/begin"),
        ("post", "/account/security/remove/{factor}"),
    ],
)
def test_a_session_left_open_changes_no_factor(operator: User, method: str, path: str) -> None:
    client, key = stepped_in(operator), app_of(operator, name="Second app")
    session = client.session
    session[marks.CONFIRMED_AT] -= marks.CONFIRMED_SECONDS + 1
    session.save()
    before = Authenticator.objects.get(user=operator, name="App")
    answer = getattr(client, method)(path.format(factor=before.public_id))
    assert "/account/confirm" in (answer.headers.get("Location") or answer.json()["next"])
    assert Authenticator.objects.filter(pk=before.pk).exists() and not RecoveryCode.objects.exists()
    assert "Incorrect password" in client.post("/account/confirm", {"password": "wrong"}).text
    assert client.post("/account/confirm", {"password": PASSWORD, "next": SECURITY})["Location"] == SECOND_STEP
    assert "/account/confirm" in client.get("/account/security/authenticator")["Location"]
    assert client.post(SECOND_STEP, {"code": code_of(key)})["Location"] == SECURITY
    assert client.get("/account/security/authenticator").status_code == 200


def test_the_last_factor_of_a_role_stays(required: None, operator: User) -> None:
    client = stepped_in(operator)
    only = Authenticator.objects.get(user=operator)
    page = client.post(f"/account/security/remove/{only.public_id}", follow=True)
    assert "Add another one before" in page.text
    add_passkey(client, SoftPasskey())
    page = client.post(f"/account/security/remove/{only.public_id}", follow=True)
    assert "Removed." in page.text
    assert client.get("/ops/").status_code == 200


def test_users_cannot_remove_factors_of_others(operator: User, editor: User) -> None:
    app_of(editor)
    theirs = Authenticator.objects.get(user=editor)
    stepped_in(operator).post(f"/account/security/remove/{theirs.public_id}")
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


def test_a_staff_admin_resets_a_lost_second_step(signed_in: SignIn, admin_user: User, viewer: User) -> None:
    theirs = stepped_in(viewer)
    admin = signed_in(admin_user)
    page = f"/admin/tenants/user/{viewer.pk}/second-step/"
    assert page in admin.get(f"/admin/tenants/user/{viewer.pk}/change/").text
    assert admin.post(page, {"reason": " "}).status_code == 200 and factors_of(viewer)
    assert admin.post(page, {"reason": "called back on a known number"}).status_code == 302
    assert not factors_of(viewer) and theirs.get("/ops/").status_code == 302
    assert "security.factors_reset" in actions(viewer)
    assert [mail["To"] for mail in mail_sent()] == [viewer.email]


@pytest.mark.parametrize("who", ["editor", "operator", "owner"])
def test_only_staff_admins_reset_a_second_step(
    signed_in: SignIn, request: pytest.FixtureRequest, lead_operator: User, who: str
) -> None:
    app_of(lead_operator)
    client = signed_in(request.getfixturevalue(who))
    client.post(f"/admin/tenants/user/{lead_operator.pk}/second-step/", {"reason": "test"})
    assert factors_of(lead_operator)


def test_people_cannot_reset_their_own_second_step(viewer: User, admin_user: User) -> None:
    """Nor someone whose factors a single other person may reset."""
    assert not viewer.is_privileged
    for person in (viewer, admin_user):
        app_of(person)
        with pytest.raises(AccountError, match="your own"):
            reset_factors(user=person, reason="test", actor=person)
        assert factors_of(person)


def test_an_engineer_resets_it_at_the_command_line(admin_user: User, viewer: User) -> None:
    app_of(admin_user)
    call_command("reset_second_step", admin_user.email.upper(), reason="the only one", stdout=StringIO())
    assert not factors_of(admin_user) and actions(viewer) == ["security.factors_reset"]
    with pytest.raises(CommandError):
        call_command("reset_second_step", "nobody@example.com", reason="x")


def test_ten_factors_are_enough(operator: User) -> None:
    client = stepped_in(operator)
    for _ in range(9):
        assert add_passkey(client, SoftPasskey()).status_code == 200
    answer = add_passkey(client, SoftPasskey())
    assert answer.status_code == 400 and "at most ten" in answer.json()["error"]


def test_without_factors_sign_in_takes_a_single_step_in_the_demo(client: Client, db: None) -> None:
    assert sign_in(client, make_user(), next="/servicetitan-ready-websites/")["Location"].startswith("/servicetitan")
