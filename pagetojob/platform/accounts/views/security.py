"""Account page of the signed-in user: second factors, recovery codes, sessions and password."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from pagetojob.platform.access import actor_of
from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.forms import errors_on, errors_shown

from .. import marks
from ..access import (
    after_password,
    confirmed_first,
    must_add_factor,
    requires_factor,
    safe_next,
    sign_in_buckets,
)
from ..errors import AccountError
from ..forms import AuthenticatorForm, ConfirmForm, OwnPasswordForm, TimeZoneForm
from ..keys import SealBroken, seal, unseal
from ..onetime import app_address, key_as_text, new_key
from ..services import throttle
from ..services.email_change import pending_change
from ..services.factors import add_authenticator, factors_of, has_factors, make_recovery_codes, remove_factor
from ..services.sessions import end_own, sessions_of
from ..time_zone import browser_zone, set_time_zone
from .later import answers_too_many


@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Show the second factors, sessions, email address and time zone of the account. Six queries."""
    return _page(request)


def _page(request: HttpRequest, zone_form: TimeZoneForm | None = None) -> HttpResponse:
    user = actor_of(request)
    here = token_digest(request.session.session_key)
    context = {
        "factors": factors_of(user),
        "sessions": [(row, row.pk == here) for row in sessions_of(user)],
        "email_change": pending_change(user),
        "must_add": must_add_factor(request),
        "required": requires_factor(user),
        "zone_form": zone_form or TimeZoneForm(browser=browser_zone(request), initial={"time_zone": user.time_zone}),
    }
    return render(request, "accounts/security.html", context, status=422 if zone_form else 200)


@require_POST
@login_required
def time_zone(request: HttpRequest) -> HttpResponse:
    """Store the time zone in which the reader sees times."""
    form = TimeZoneForm(request.POST, browser=browser_zone(request))
    if not form.is_valid():
        return _page(request, form)
    set_time_zone(user=actor_of(request), name=form.cleaned_data["time_zone"])
    messages.success(request, "Time zone saved.")
    return redirect("accounts:security")


@never_cache
@answers_too_many
@confirmed_first
def authenticator(request: HttpRequest) -> HttpResponse:
    """Add an authenticator app: show a QR code and the key until the app produces a correct code."""
    user = actor_of(request)
    key = _key_of(request)
    form = AuthenticatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form, AccountError, field="code"):
            throttle.take(throttle.factor_buckets(user.pk))
            add_authenticator(user=user, key=key, keep_session=request.session.session_key, **form.cleaned_data)
            throttle.give_back(throttle.factor_buckets(user.pk))
            request.session.pop(marks.NEW_KEY, None)
            request.session[marks.SECOND_STEP] = "an authenticator app"
            request.session.cycle_key()
            messages.success(request, "Authenticator app added. Save recovery codes too.")
            return redirect("accounts:security")
    context = {"form": form, "key": key_as_text(key), "picture": _picture(key, user.email)}
    return render(request, "accounts/authenticator.html", context)


def _key_of(request: HttpRequest) -> bytes:
    """Return the key offered in this session. It is encrypted, because sessions are stored in the database."""
    sealed = request.session.get(marks.NEW_KEY, "")
    bound_to = str(actor_of(request).pk)
    try:
        return unseal(sealed, use="new authenticator", bound_to=bound_to)
    except SealBroken:
        key = new_key()
        request.session[marks.NEW_KEY] = seal(key, use="new authenticator", bound_to=bound_to)
        return key


def _picture(key: bytes, email: str) -> str:
    """Return the QR code as a data URI: our content security policy allows data images but no inline styles."""
    import segno  # noqa: PLC0415 - most processes never draw a QR code

    code = segno.make(app_address(key, email=email), error="m")
    return code.svg_data_uri(scale=5, border=3, light="#ffffff", encode_minimal=False)


@never_cache
@require_POST
@confirmed_first
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Create new recovery codes and show them once."""
    user = actor_of(request)
    if not factors_of(user):
        messages.error(request, "Add a passkey or an authenticator app first.")
        return redirect("accounts:security")
    return render(request, "accounts/recovery_codes.html", {"codes": make_recovery_codes(user)})


@require_POST
@confirmed_first
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = actor_of(request)
    keep_session = request.session.session_key
    with errors_shown(request, AccountError):
        remove_factor(user=user, public_id=public_id, keep_session=keep_session, required=requires_factor(user))
        if not has_factors(user):  # a role that this person gets later requires a new one, in this session too
            request.session.pop(marks.SECOND_STEP, None)
            request.session.cycle_key()
        messages.success(request, "Removed. You are signed out everywhere else.")
    return redirect("accounts:security")


@require_POST
@confirmed_first
def end_session(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """End one other session, or all others."""
    ended = end_own(actor_of(request), but=request.session.session_key, only=public_id)
    messages.success(request, f"Other sessions ended: {ended}." if ended else "You were not signed in anywhere else.")
    return redirect("accounts:security")


@sensitive_post_parameters()
@never_cache
@answers_too_many
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password again, and for the second factor of a user who has one, before a change to the account."""
    user = actor_of(request)
    target = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        buckets = sign_in_buckets(request, user.email)
        throttle.take(buckets)
        if user.check_password(form.cleaned_data["password"]):
            throttle.give_back(buckets)
            if has_factors(user):
                return after_password(request, user, target=target)
            marks.confirm(request.session)
            return redirect(target)
        form.add_error("password", "Incorrect password.")
    return render(request, "accounts/confirm.html", {"form": form, "next": target})


class ChangePassword(PasswordChangeView):
    """Page to change one's own password; it ends all other sessions."""

    template_name = "accounts/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("accounts:security")

    @method_decorator(answers_too_many)  # type: ignore[arg-type]
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        throttle.take(sign_in_buckets(request, actor_of(request).email))
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"keep_session": self.request.session.session_key}

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:  # type: ignore[override]
        throttle.give_back(sign_in_buckets(self.request, actor_of(self.request).email))
        messages.success(self.request, "Your password has been changed. You are signed out everywhere else.")
        return super().form_valid(form)


change_password = never_cache(ChangePassword.as_view())


def admin_password(request: HttpRequest, extra_context: object = None) -> HttpResponseBase:
    """Use the regular password page in the admin, so that guessing the old password is throttled there too."""
    return change_password(request)
