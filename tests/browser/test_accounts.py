"""Accounts in a real browser: a passkey (virtual authenticator), an authenticator app, every page looked at."""

import base64
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pagetojob.platform.accounts.models import Passkey
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.accounts import app_of, code_of, link_in, mail_sent
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, send_sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_home(settings: Any, live_server: Any) -> str:
    """Passkeys are bound to the host of PUBLIC_URL, so the running product must know its own address."""
    settings.PUBLIC_URL = live_server.url
    settings.SECOND_FACTOR_REQUIRED = True
    return str(live_server.url)


def with_authenticator(context: BrowserContext, page: Page) -> None:
    """A device of this browser that holds passkeys and whose person always agrees."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_then_signs_in(visit: Visit, browser: Browser, at_home: str, operator: User) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit("/account/sign-in?next=/ops/", context=context)
    with_authenticator(context, page)
    send_sign_in(page, operator.email)
    page.get_by_text("Add a second step to continue").wait_for()
    page.get_by_label("Passkey name").fill("Work laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Remove Work laptop").wait_for()
    page.get_by_text("You have no recovery codes").wait_for()
    assert Passkey.objects.get(user=operator).sign_count >= 0
    page.goto(f"{at_home}/ops/")
    page.get_by_role("heading", name="Operations").first.wait_for()

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{at_home}/account/sign-in?next=/ops/")
    send_sign_in(page, operator.email)
    page.get_by_role("heading", name="Second step").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{at_home}/ops/")

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{at_home}/account/sign-in?next=/ops/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{at_home}/ops/")

    Passkey.objects.all().delete()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{at_home}/account/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("We could not verify that passkey").wait_for()
    context.close()


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_an_authenticator_app_from_adding_to_signing_in(
    visit: Visit, at_home: str, operator: User, width: int, theme: str
) -> None:
    page = visit("/account/sign-in?next=/ops/", width=width, theme=theme)
    check_page(page, "accounts-sign-in")
    send_sign_in(page, operator.email, "wrong")
    check_page(page, "accounts-sign-in-wrong")
    send_sign_in(page, operator.email)
    check_page(page, "accounts-must-add")
    page.get_by_role("link", name="Add an authenticator app").click()
    key = bytes_of(page.locator(".account__key").inner_text())
    page.get_by_label("Code").fill("123")
    page.get_by_role("button", name="Add app").click()
    check_page(page, "accounts-authenticator")
    page.get_by_label("Code").fill(code_of(key))
    page.get_by_role("button", name="Add app").click()
    page.get_by_role("button", name="Create recovery codes").click()
    check_page(page, "accounts-recovery-codes")
    recovery = page.locator(".account__codes code").first.inner_text()
    page.get_by_role("link", name="I have saved them").click()
    check_page(page, "accounts-security")

    other = visit("/account/sign-in?next=/ops/", width=width, theme=theme)
    send_sign_in(other, operator.email)
    other.get_by_label("Code").fill(code_of(key, ahead=1))
    check_page(other, "accounts-second-step")
    other.get_by_role("link", name="Use a recovery code").click()
    check_page(other, "accounts-recovery")
    other.get_by_label("Recovery code").fill(recovery)
    other.get_by_role("button", name="Continue").click()
    other.wait_for_url(f"{at_home}/ops/")


def bytes_of(key: str) -> bytes:
    return base64.b32decode(key.replace(" ", ""))


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_pages_behind_mailed_links(  # noqa: PLR0917 - fixtures
    visit: Visit, at_home: str, owner: User, tenant: Tenant, width: int, theme: str
) -> None:
    page = visit("/account/forgot", width=width, theme=theme)
    check_page(page, "accounts-forgot")
    page.get_by_label("Email").fill(owner.email)
    page.get_by_role("button", name="Send link").click()
    check_page(page, "accounts-forgot-sent")
    page.goto(at_home + link_in(mail_sent()[-1], "reset"))
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set password").click()
    check_page(page, "accounts-reset")
    page.get_by_label("New password").fill("a much longer password")
    page.get_by_role("button", name="Set password").click()
    page.get_by_text("Your password has been changed.").wait_for()
    send_sign_in(page, owner.email, "a much longer password")
    page.goto(f"{at_home}/portal/people/")
    page.get_by_text("Invite someone").click()
    page.get_by_label("Email").fill("new@example.com")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("invited", exact=True).wait_for()
    page.get_by_text("Invite someone").click()
    check_page(page, "accounts-people")
    page.goto(f"{at_home}/account/confirm")
    check_page(page, "accounts-confirm")
    page.goto(f"{at_home}/account/password")
    check_page(page, "accounts-password")

    guest = visit(link_in(mail_sent()[-1], "invitation"), width=width, theme=theme)
    check_page(guest, "accounts-invitation")
    guest.get_by_label("Your name").fill("Nia New")
    guest.get_by_label("New password").fill("another long password")
    guest.get_by_role("button", name="Create account").click()
    guest.get_by_role("heading", name="Requests", exact=True).wait_for()
    # On a phone, the name is in the menu.
    assert guest.get_by_text("Nia New").count()


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_email_address_is_changed_with_the_keyboard(
    visit: Visit, at_home: str, owner: User, width: int, theme: str
) -> None:
    before = owner.email
    page = visit("/account/sign-in?next=/account/security", width=width, theme=theme)
    send_sign_in(page, before)
    check_page(page, "accounts-email-none-pending")
    page.get_by_role("link", name="Change your email address").press("Enter")
    page.get_by_label("New email address").fill(before.upper())
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    check_page(page, "accounts-email-wrong")
    page.get_by_label("New email address").fill("a-rather-long-name.of-an-owner@desert-peak-heating-and-air.example")
    page.keyboard.press("Enter")
    page.get_by_text("Waiting for your confirmation").wait_for()
    check_page(page, "accounts-email-pending")
    page.get_by_role("button", name="Cancel the change").press("Enter")
    page.get_by_text("The change was canceled.").wait_for()

    page.goto(f"{at_home}/account/email")
    check_page(page, "accounts-email-form")
    page.get_by_label("New email address").fill("moved@example.com")
    page.keyboard.press("Enter")
    page.get_by_text("Waiting for your confirmation").wait_for()
    (mail,) = [mail for mail in mail_sent() if mail["To"] == "moved@example.com"]
    link = link_in(mail, "email/confirm")
    page.goto(at_home + link)
    check_page(page, "accounts-email-confirm")
    page.get_by_role("button", name="Confirm new address").press("Enter")
    page.get_by_text("Your email address is now moved@example.com.").wait_for()
    check_page(page, "accounts-email-changed")
    page.goto(at_home + link)
    check_page(page, "accounts-email-link-gone")
    assert User.objects.get(pk=owner.pk).email == "moved@example.com"


@WIDTHS_AND_THEMES
def test_pages_that_say_no(visit: Visit, live_server: Any, width: int, theme: str, db: None) -> None:
    page = visit("/account/reset/never-there", width=width, theme=theme)
    check_page(page, "accounts-link-gone")
    page.goto(f"{live_server}/account/sign-in")
    for _ in range(6):
        send_sign_in(page, "nobody@example.com", "wrong")
    page.get_by_role("heading", name="Too many attempts").wait_for()
    check_page(page, "accounts-too-many")


def test_the_reset_of_a_second_step_in_the_admin(
    visit: Visit, live_server: Any, admin_user: User, operator: User
) -> None:
    app_of(operator)
    page = visit("/account/sign-in?next=/admin/", width=1280)
    send_sign_in(page, admin_user.email)
    page.goto(f"{live_server}/admin/tenants/user/{operator.pk}/second-step/")
    check_page(page, "accounts-admin-reset")
    page.goto(f"{live_server}/admin/accounts/invitation/add/")
    check_page(page, "accounts-admin-invite")
