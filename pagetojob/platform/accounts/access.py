"""Access control of a request: client address, pending and completed sign-ins, required second factors."""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from pagetojob.platform.audit.services import record
from pagetojob.platform.client_address import client_address
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import Membership, User

from . import marks
from .keys import is_keyed_hash, keyed_hash
from .services import throttle
from .services.factors import has_factors
from .sessions import lock_sessions

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: After a correct password, the second factor must follow within this time.
PENDING_SECONDS = 600
DEVICE_AGE = 180 * 24 * 60 * 60
_DEVICE_SALT = "accounts.device"


def sign_in_buckets(request: HttpRequest, typed_email: str) -> list[throttle.Bucket]:
    account = normalised_email(typed_email)
    return throttle.sign_in_buckets(
        account=account, address=client_address(request), known_device=_known_device(request, account)
    )


def _known_device(request: HttpRequest, account: str) -> str:
    """Return this browser's id if the account signed in here before, else empty. A signed cookie proves it."""
    try:
        cookie: Any = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_DEVICE_SALT, max_age=DEVICE_AGE
        )
    except signing.BadSignature:
        return ""
    return str(cookie["id"]) if is_keyed_hash(str(cookie.get("account")), "device", account) else ""


def remember_device(response: HttpResponse, user: User) -> None:
    """Set a cookie that lets this browser skip limits caused by strangers' guesses. It grants no access."""
    cookie = {"id": secrets.token_hex(8), "account": keyed_hash("device", normalised_email(user.email))}
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(cookie, salt=_DEVICE_SALT),
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def safe_next(request: HttpRequest, target: str) -> str:
    """Return `target` if it is a local path, else the home page. `redirect` would treat a bare word as a view name."""
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else reverse("core:home")


def start_page(user: User) -> str:
    """Return the page where a person's work starts: operations, the admin, the portal, or else the home page."""
    if user.ops_role:
        return reverse("ops:list")
    if user.staff_role:
        return reverse("admin:index")
    is_member = Membership.objects.filter(user=user).exists()
    return reverse("portal:home" if is_member else "core:home")


def after_password(request: HttpRequest, user: User, *, target: str) -> HttpResponse:
    """Sign the user in, or continue with the second factor. `target` must already be safe."""
    if not has_factors(user):
        return complete_sign_in(request, user, how="the password", second_step="", target=target)
    request.session.cycle_key()
    request.session[marks.PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": int(time.time()),
        "next": target,
    }
    return redirect("accounts:second-step")


def pending_sign_in(request: HttpRequest) -> tuple[User, str] | None:
    """Return the user whose password was recently accepted in this session, and the target URL. Runs one query."""
    pending = request.session.get(marks.PENDING)
    if not isinstance(pending, dict) or not 0 <= time.time() - pending["at"] + 1 <= PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    # A password change in the meantime invalidates the pending sign-in.
    if user is None or not _has_session_hash(user, pending["hash"]):
        return None
    return user, pending["next"]


def _has_session_hash(user: User, value: str) -> bool:
    """Return whether the value names the user's current password, signed with any SECRET_KEY still in use."""
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(value, known) for known in hashes)


def complete_sign_in(request: HttpRequest, user: User, *, how: str, second_step: str, target: str) -> HttpResponse:
    """Sign a user in under a new session key, and record it in the audit log.

    Asks for the second step if the user added the first factor in the meantime: that ends sessions without one.
    """
    with transaction.atomic():
        lock_sessions(user.pk)
        if not second_step and has_factors(user):
            return after_password(request, user, target=target)
        # Do not carry over anything from an earlier session of this browser.
        request.session.flush()
        login(request, user, backend=BACKEND)
        if second_step:
            request.session[marks.SECOND_STEP] = second_step
        request.session.save()  # under the lock; the middleware saves it later, when it could have been ended
        record(action="security.sign_in", subject=user, reason=f"Signed in with {how}.", actor=user)
    response = redirect(target)
    remember_device(response, user)
    return response


def requires_factor(user: User) -> bool:
    """Return whether a role of the user, or one of the user's tenants, requires a second factor. At most one query."""
    if not settings.SECOND_FACTOR_REQUIRED:
        return False
    if user.ops_role or user.staff_role:
        return True
    return Membership.objects.filter(user=user, tenant__second_factor_required=True).exists()


def must_add_factor(request: HttpRequest) -> bool:
    """Return whether the user must add a second factor before going anywhere else."""
    user = request.user
    # The setting comes first: reading the user reads the session, and the response then varies by cookie.
    return (
        settings.SECOND_FACTOR_REQUIRED
        and isinstance(user, User)
        and not request.session.get(marks.SECOND_STEP)
        and requires_factor(user)
    )


def ask_to_confirm(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the page that asks for password and second factor, or None within ten minutes of a proof.

    Afterwards the user returns to the page with the form, which a POST names as its referrer.
    """
    if marks.is_confirmed(request.session):
        return None
    back = form_page(request, default=reverse("accounts:security"))
    return redirect(f"{reverse('accounts:confirm')}?{urlencode({'next': back})}")


_SAFE = frozenset({"GET", "HEAD"})


def form_page(request: HttpRequest, *, default: str) -> str:
    """Return the page that was requested; of a POST, the page with its form, or `default` if the browser hides it.

    A form may be sent to an address that has no page.
    """
    if request.method in _SAFE:
        return request.get_full_path()
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return default
    if page.netloc != request.get_host():
        return default
    return safe_next(request, urlunsplit(("", "", page.path, page.query, "")))


def confirmed_first[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Require a signed-in user who proved their identity within ten minutes; ask others to do it first."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return ask_to_confirm(request) or view(request, *args, **kwargs)

    return guarded


def confirmed_to_post[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Decorate a view like `confirmed_first`, but ask only before a POST: reading the page needs no confirmation."""
    asking = confirmed_first(view)

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return (view if request.method in _SAFE else asking)(request, *args, **kwargs)

    return guarded
